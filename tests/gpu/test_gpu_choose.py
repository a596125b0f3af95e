"""Which kernel serves a product: by warps with roles on Hopper where rows are many, Triton's elsewhere; whatever is chosen is legal and fits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.codegen.cuda.gemm_hopper import GemmHopper
from intarsia.codegen.gpu import legal
from intarsia.codegen.gpu.bundle.choose import STREAMED_ROWS, Chooser
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.triton.gemm import Gemm


def chooser(target: str = "sm_90a", cores: int = 132) -> Chooser:
    return Chooser(TARGETS[target], cores, 4096, 256)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 400).map(lambda x: 8 * x), k=st.integers(1, 80).map(lambda x: 128 * x), rows=st.integers(1, 9000), cores=st.integers(1, 140), scales=st.sampled_from(["", "row", "block"]))
def test_what_is_chosen_is_legal(n: int, k: int, rows: int, cores: int, scales: str) -> None:
    choose = chooser(cores=cores)
    spec = choose.gemm_eights(n, k, rows, scales) if scales else choose.gemm(n, k, rows)
    legal.check(spec, TARGETS["sm_90a"])
    assert isinstance(spec, GemmHopper) == (rows > STREAMED_ROWS)
    if isinstance(spec, GemmHopper):
        assert spec.ctas == cores and spec.dynamic_shared_bytes <= TARGETS["sm_90a"].shared_cta < replace(spec, stages=spec.stages + 1).dynamic_shared_bytes


@pytest.mark.parametrize(("n", "k", "rows", "scales", "tile_n"), [
    (6144, 4096, 1024, "row", 192), (4096, 4096, 1024, "row", 256), (4096, 14336, 1024, "row", 256), (8192, 8192, 8192, "row", 192), (8192, 8192, 8192, "block", 192),
    (28672, 4096, 512, "block", 192), (4096, 14336, 512, "row", 128), (4096, 14336, 256, "block", 64), (6144, 4096, 256, "row", 128), (4096, 4096, 128, "row", 64),
    (28672, 4096, 64, "int4", 256), (4096, 14336, 64, "int4", 64), (6144, 4096, 256, "int4", 128), (6144, 4096, 1024, "int4", 192), (4096, 4096, 1024, "int4", 256),
    (4096, 14336, 128, "", 64), (6144, 4096, 1024, "", 192), (4096, 4096, 512, "", 128), (28672, 4096, 256, "", 256),
])  # fmt: skip
def test_the_last_round_of_tiles_counts_whole(n: int, k: int, rows: int, scales: str, tile_n: int) -> None:
    """Those that were fastest on an H100, or within 2 % of it."""
    choose = chooser()
    spec = choose.gemm_weights(n, k, rows, 4, group=32) if scales == "int4" else choose.gemm_eights(n, k, rows, scales) if scales else choose.gemm(n, k, rows)
    assert isinstance(spec, GemmHopper) and (spec.tile_m, spec.tile_n) == (128, tile_n)


@pytest.mark.parametrize(("target", "change"), [("sm_80", {}), ("sm_100a", {}), ("gfx942", {}), ("sm_90a", {"activation": "silu"}), ("sm_90a", {"out": "f32"}), ("sm_90a", {"n": 4100})])
def test_what_it_has_no_kernel_for_is_tritons(target: str, change: dict[str, object]) -> None:
    spec = chooser(target).gemm(**({"n": 4096, "k": 4096, "rows": 1024} | change))  # type: ignore[arg-type]
    assert isinstance(spec, Gemm)
    legal.check(spec, TARGETS[target])
