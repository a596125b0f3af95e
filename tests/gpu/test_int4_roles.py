"""Products of many rows with weights of 4 bits on Hopper: warps that widen them for the tensor cores of other warps, in the PTX that is launched."""

from __future__ import annotations

from typing import Any

import pytest

from intarsia.codegen.cuda.compile import compile_kernel
from intarsia.codegen.cuda.gemm_hopper import GemmWeightsHopper
from intarsia.codegen.gpu.bundle.choose import Chooser
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.verify import account
from intarsia.codegen.verify.cases import products
from tests.gpu import broken


@pytest.mark.parametrize(("sizes", "rows"), [
    ({"n": 264, "k": 256, "group": 128, "tile_n": 256, "stages": 2}, 30),
    ({"n": 392, "k": 320, "group": 32, "tile_n": 192, "stages": 3, "dtype": "f16"}, 20),
    ({"n": 136, "k": 128, "group": 64, "tile_n": 128, "stages": 4, "residual": True}, 129),
])  # fmt: skip
def test_any_sizes(sizes: dict[str, Any], rows: int) -> None:
    """Threads with two rows of weights, with one or two, with one; more steps than stages and fewer; edges in rows and outputs; the same bits for any number of CTAs."""
    spec = GemmWeightsHopper(**sizes)
    case, made = products.gemm_weights(spec, rows), compile_kernel(spec, "sm_90a")
    results = []
    for grid in (1, 3):
        arguments, _ = account.run(case, made, grid)
        assert case.error(arguments) <= case.tolerance
        results.append(arguments["c"].tobytes())  # type: ignore[union-attr]
    assert results[0] == results[1]


SPEC = GemmWeightsHopper(n=136, k=320, group=32, tile_n=64, stages=2)


@pytest.mark.parametrize(("what", "with_"), [
    ("        written_for_engines();\n", ""),
    ("        if (lane == 0) arrive(there);\n", ""),
    ("await(empty + 8 * place.stage, place.parity ^ 1);", ""),
    ("0x5352", "0x5350"),
    ("^ swizzle", "^ 0"),
    (">> 4 * high", ">> 2 * high"),
    ("high ? 0x3232 : 0x1010", "high ? 0x1010 : 0x3232"),
    ("&& row < N", ""),
    ("fewer_registers<88>", "fewer_registers<96>"),
])  # fmt: skip
def test_small_errors_show(what: str, with_: str) -> None:
    """As a fault of memory or of order, or in the numbers."""
    assert broken.shows(SPEC, products.gemm_weights(SPEC, 20), what, with_, "sm_90a")


@pytest.mark.parametrize(("target", "bits", "change", "roles"), [
    ("sm_90a", 4, {}, True), ("sm_90a", 8, {}, False), ("sm_80", 4, {}, False), ("sm_90a", 4, {"activation": "silu"}, False), ("sm_90a", 4, {"n": 4100}, False),
])  # fmt: skip
def test_where_it_is_chosen(target: str, bits: int, change: dict[str, Any], roles: bool) -> None:
    chosen = Chooser(TARGETS[target], 132, 1024, 64).gemm_weights(**({"n": 4096, "k": 4096, "rows": 1024, "bits": bits, "group": 32} | change))
    assert isinstance(chosen, GemmWeightsHopper if roles else GemmWeights) and chosen.bits == bits
    assert chosen.arguments == GemmWeights(n=chosen.n, k=4096, bits=bits, group=32).arguments
