"""Products of few rows with weights of 4 bits, in the PTX that is launched: any sizes, any number of CTAs, and what small errors do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.codegen.cuda.compile import compile_kernel
from intarsia.codegen.cuda.kernels import SLOT_BYTES, GemvInt4
from intarsia.codegen.gpu.bundle.choose import Chooser
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.verify import account
from intarsia.codegen.verify.cases import products
from tests.gpu import broken

SIZES = st.fixed_dictionaries(
    {"n": st.integers(1, 70), "group": st.sampled_from([32, 64, 128]), "rows": st.integers(1, 8), "warps": st.sampled_from([1, 2, 8]), "dtype": st.sampled_from(["bf16", "f16"]), "bias": st.booleans()},
)  # fmt: skip


@settings(max_examples=8, deadline=None, derandomize=True)
@given(sizes=SIZES, runs=st.integers(1, 9), rows=st.integers(1, 11), grids=st.sets(st.integers(1, 6), min_size=2, max_size=2))
def test_any_sizes(sizes: dict[str, object], runs: int, rows: int, grids: set[int]) -> None:
    """More and fewer rows than a pass takes, more warps than blocks of k and fewer, outputs that fill no tile, blocks of k that are no whole ones; the same bits for any number of CTAs."""
    spec = GemvInt4(k=128 * runs, **sizes)  # type: ignore[arg-type]
    case, made = products.gemm_weights(spec, rows), compile_kernel(spec, "sm_80")
    results = []
    for grid in grids:
        arguments, _ = account.run(case, made, grid)
        assert case.error(arguments) <= case.tolerance
        results.append(arguments["c"].tobytes())  # type: ignore[union-attr]
    assert results[0] == results[1]


def test_sums_that_shared_memory_holds_in_turns() -> None:
    """Beside rows that all but fill it there is room for some warps' sums at a time."""
    spec = GemvInt4(n=20, k=14336, rows=8, warps=16, group=32)
    assert 1 < spec.slots < spec.warps and spec.dynamic_shared_bytes <= TARGETS["sm_90a"].shared_cta < spec.dynamic_shared_bytes + SLOT_BYTES
    case = products.gemm_weights(spec, 8)
    arguments, _ = account.run(case, compile_kernel(spec, "sm_90a"), 1)
    assert case.error(arguments) <= case.tolerance


SPEC = GemvInt4(n=48, k=512, rows=4, group=32, warps=2)


@pytest.mark.parametrize(("what", "with_"), [
    ("        __syncthreads();  // what was there is read\n", ""),
    ("        __syncthreads();\n", ""),
    ("0x1010", "0x3232"),
    ("packed >> 8", "packed >> 4"),
    ("half * 16", "half * 8"),
    ("if (coming < TILES) next", "next"),
    ("(row * RUNS + at) * 2 + half", "(row * RUNS + at) * 2 + 1 - half"),
    ("| 0x00080008u", "| 0x00070008u"),
])  # fmt: skip
def test_small_errors_show(what: str, with_: str) -> None:
    """As a fault of memory or of order, or in the numbers."""
    assert broken.shows(SPEC, products.gemm_weights(SPEC, 4), what, with_, ctas=2)


@pytest.mark.parametrize(("target", "k", "rows"), [("sm_90a", 4096, 8), ("sm_90a", 14336, 8), ("sm_80", 14336, 5), ("sm_80", 1 << 18, 0), ("gfx942", 4096, 0)])
def test_as_many_rows_at_a_time_as_a_core_holds(target: str, k: int, rows: int) -> None:
    chosen = Chooser(TARGETS[target], 132, 64, 64).few_rows(GemmWeights(n=4096, k=k, group=32))
    assert (chosen.rows if chosen else 0) == rows
    if chosen:
        assert chosen.dynamic_shared_bytes <= TARGETS[target].shared_cta and chosen.arguments == replace(chosen, rows=1).arguments
