"""Bulk copies under the emulator: Triton's own PTX gives float64's product, and every step of their protocol that is left out or wrong shows."""

from __future__ import annotations

import re

import numpy as np
import pytest

from intarsia.codegen.triton.compile import compile_kernel
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.verify.cases import products
from intarsia.codegen.verify.ptx import emulate
from intarsia.codegen.verify.ptx.faults import KernelFault
from intarsia.errors import UnsupportedError

CASE = products.gemm(Gemm(n=72, k=136, bulk=True, tile_m=64, tile_n=64, tile_k=64, warps=4, stages=2), 70)
"""Edges in all three sizes."""
CTAS = 2


def run(text: str) -> float:
    """The error of a launch."""
    made = compile_kernel(CASE.spec, "sm_90a")  # type: ignore[arg-type]
    arguments = CASE.fresh()
    scratch = np.zeros(CTAS * made.scratch_bytes, np.uint8)
    emulate(text, made.function, CTAS, made.resources.threads, [*arguments.values(), scratch], shared_bytes=made.dynamic_shared_bytes, limit=200_000)
    return float(CASE.error(arguments))


@pytest.fixture(scope="module")
def ptx() -> str:
    return compile_kernel(CASE.spec, "sm_90a").ptx  # type: ignore[arg-type]


def test_boxes_beyond_the_edges_are_zeros(ptx: str) -> None:
    assert "cp.async.bulk.tensor.2d" in ptx and run(ptx) <= CASE.tolerance


@pytest.mark.parametrize(("what", "with_", "message"), [
    (r"(@%p\d+ )?fence\.proxy\.tensormap[^;]*;", "", "no fence.proxy.tensormap"),
    (r"mbarrier\.try_wait[^;]*;\s*@!complete bra[^;]*;", "", "asynchronous copy to it is on its way"),
    (r"(expect_tx[^;]*), \d+;", r"\1, 1024;", "nobody completes"),
    (r"(@%p\d+ )?mbarrier\.init[^;]*;", "", "no mbarrier was begun"),
    (r"(mbarrier\.init[^;]*), 1;", r"\1, 2;", "nobody completes"),
    (r"(swizzle_mode[^;]*), 0x3;", r"\1, 0x2;", "a swizzle of rows"),
    (r"(@%p\d+ )?tensormap\.cp_fenceproxy[^;]*;", "", "a tensor map of another kind"),
])  # fmt: skip
def test_what_is_left_out_or_wrong_shows(what: str, with_: str, message: str, ptx: str) -> None:
    broken, count = re.subn(what, with_, ptx)
    assert count
    with pytest.raises((KernelFault, UnsupportedError), match=message):
        run(broken)


def test_wrong_rows_give_a_wrong_product(ptx: str) -> None:
    """A copy from one row further down."""
    broken = re.sub(r"(cp\.async\.bulk\.tensor\.2d[^;]*\{)(%r\d+), (%r\d+)\}", r"\1\3, \3}", ptx)
    assert broken != ptx and run(broken) > CASE.tolerance
