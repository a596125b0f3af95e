"""Decode attention in CUDA C++, in the PTX that is launched: any sizes, any number of CTAs, and what small errors do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.codegen.cuda.compile import compile_kernel
from intarsia.codegen.cuda.kernels import CudaAttentionDecode
from intarsia.codegen.verify import account
from intarsia.codegen.verify.cases import attention
from tests.gpu import broken


@settings(max_examples=7, deadline=None, derandomize=True)
@given(
    group=st.integers(1, 16), kv_heads=st.integers(1, 2), head_dim=st.sampled_from([64, 128]), page=st.sampled_from([1, 8, 16, 64]), splits=st.sampled_from([1, 1, 2, 5]), warps=st.sampled_from([1, 2, 4]),
    dtype=st.sampled_from(["bf16", "f16"]), lengths=st.lists(st.integers(1, 150), min_size=1, max_size=3), grids=st.sets(st.integers(1, 6), min_size=2, max_size=2),
)  # fmt: skip
def test_any_sizes(group: int, kv_heads: int, lengths: list[int], grids: set[int], **sizes: object) -> None:
    """Rows of the second half of a product filled or not, splits and warps without a token, pages smaller than what a warp takes and larger; the same bits for any number of CTAs."""
    spec = CudaAttentionDecode(heads=group * kv_heads, kv_heads=kv_heads, **sizes)  # type: ignore[arg-type]
    case, made = attention.decode(spec, tuple(lengths)), compile_kernel(spec, "sm_80")
    results = []
    for grid in grids:
        arguments, _ = account.run(case, made, grid)
        assert case.error(arguments) <= case.tolerance
        results.append([arguments[name].tobytes() for name in case.expected])  # type: ignore[union-attr]
    assert results[0] == results[1]


SPEC = CudaAttentionDecode(heads=4, kv_heads=1, head_dim=64, warps=2)
LENGTHS = (40, 75)


@pytest.mark.parametrize(("what", "with_"), [
    ("    __syncthreads();\n", ""),
    ("    __syncthreads();  // what warps left", "    // what warps left"),
    ("t * 2 + i % 2 < end ?", "t * 2 + i % 2 < end + 1 ?"),
    ("      page = coming;\n", ""),
    ("fetch(from + s * 64, token < end)", "fetch(from + s * 64, true)"),
    ("0x5410)", "0x7632)"),
    ("__shfl_xor_sync(0xffffffffu, total[half], 2)", "0.0f"),
    ("if (__any_sync(0xffffffffu, larger > largest[half]))", "if (largest[half] < -1e30f)"),
    ("t * 8 + 4)", "t * 8)"),
    ("i % 2 ? right : left", "left"),
])  # fmt: skip
def test_small_errors_show(what: str, with_: str) -> None:
    """As a fault of memory or of order, or in the numbers."""
    assert broken.shows(SPEC, attention.decode(SPEC, LENGTHS), what, with_)
