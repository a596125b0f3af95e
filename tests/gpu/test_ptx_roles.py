"""Warps with a role each: mbarriers that warps arrive at and wait for, barriers of some of a CTA's threads, registers that are given away."""

from __future__ import annotations

import re

import numpy as np
import pytest
from ptx_harness import run

from intarsia.codegen.cuda import nvrtc
from intarsia.codegen.cuda.compile import compile_kernel
from intarsia.codegen.cuda.gemm_hopper import GemmHopper
from intarsia.codegen.verify.cases import products
from intarsia.codegen.verify.ptx import KernelFault, emulate
from intarsia.errors import UnsupportedError

SHARED = ".shared .align 16 .b8 sm[1024];"
ROUNDS = 3
WAIT = "{{ .reg .pred over; AGAIN: mbarrier.try_wait.parity.shared::cta.b64 over, [%r1+{}], {}; @!over bra.uni AGAIN; }}"


def handed_over(**changes: str) -> list[int]:
    """Warp 0 writes a word a lane, ROUNDS times into the same place; warp 1 reads and stores it. Two mbarriers say when it is full and when it is empty."""
    parts = {
        "empty": WAIT.format(8, "%r21"), "write": "st.shared.b32 [%r3], %r6;", "filled": "mbarrier.arrive.shared::cta.b64 _, [%r1];", "full": WAIT.format(0, "%r20"),
        "read": "ld.shared.b32 %r7, [%r3];", "emptied": "mbarrier.arrive.shared::cta.b64 _, [%r1+8];", "count": "32",
    } | changes  # fmt: skip
    body = f"""
  mov.u32 %r1, sm; and.b32 %r2, %r0, 31; shl.b32 %r3, %r2, 2; add.s32 %r3, %r3, %r1; add.s32 %r3, %r3, 64;
  setp.ne.u32 %p1, %r0, 0; @%p1 bra BEGUN;
  mbarrier.init.shared::cta.b64 [%r1], {parts["count"]}; mbarrier.init.shared::cta.b64 [%r1+8], 32;
  fence.mbarrier_init.release.cluster;
BEGUN: bar.sync 0;
  mov.u32 %r5, 0; setp.ge.u32 %p2, %r0, 32; @%p2 bra READER;
WRITER: and.b32 %r20, %r5, 1; xor.b32 %r21, %r20, 1;
  {parts["empty"]} mad.lo.s32 %r6, %r5, 100, %r2; {parts["write"]} {parts["filled"]}
  add.s32 %r5, %r5, 1; setp.lt.u32 %p3, %r5, {ROUNDS}; @%p3 bra WRITER; bra END;
READER: and.b32 %r20, %r5, 1;
  {parts["full"]} {parts["read"]} {parts["emptied"]}
  mad.lo.s32 %r8, %r5, 32, %r2; mul.wide.u32 %rd5, %r8, 4; add.s64 %rd5, %rd5, %rd0; st.global.b32 [%rd5], %r7;
  add.s32 %r5, %r5, 1; setp.lt.u32 %p3, %r5, {ROUNDS}; @%p3 bra READER;
END:"""
    out = np.zeros(32 * ROUNDS, np.uint32)
    run(body, [out], 64, shared=SHARED, limit=20_000)
    return out.tolist()


def test_a_warp_hands_over_to_another() -> None:
    assert handed_over() == [100 * i + lane for i in range(ROUNDS) for lane in range(32)]


@pytest.mark.parametrize(("changes", "message"), [
    ({"full": ""}, "which nobody wrote|with no barrier"),
    ({"empty": ""}, "nobody completes|with no barrier"),
    ({"empty": "", "filled": "", "full": ""}, "with no barrier"),
    ({"filled": ""}, "nobody completes"),
    ({"emptied": ""}, "nobody completes"),
    ({"count": "33"}, "nobody completes"),
    ({"write": "", "filled": "mbarrier.arrive.shared::cta.b64 _, [%r1]; st.shared.b32 [%r3], %r6;"}, "with no barrier"),
    ({"read": "", "emptied": "mbarrier.arrive.shared::cta.b64 _, [%r1+8]; ld.shared.b32 %r7, [%r3];"}, "with no barrier"),
])  # fmt: skip
def test_what_is_left_out_shows(changes: dict[str, str], message: str) -> None:
    """Whichever warp comes first."""
    with pytest.raises(KernelFault, match=message):
        handed_over(**changes)


def met(writer: str, reader: str, threads: int = 96) -> list[int]:
    """Warp 0 writes, warp 1 reads, warp 2 does neither."""
    body = f"""
  mov.u32 %r1, sm; and.b32 %r2, %r0, 31; shl.b32 %r3, %r2, 2; add.s32 %r3, %r3, %r1; setp.ge.u32 %p1, %r0, 64; @%p1 bra END;
  setp.ge.u32 %p2, %r0, 32; @%p2 bra READER;
  st.shared.b32 [%r3], %r0; {writer} bra END;
READER: mov.u32 %r9, 3; {reader} ld.shared.b32 %r7, [%r3]; mul.wide.u32 %rd5, %r2, 4; add.s64 %rd5, %rd5, %rd0; st.global.b32 [%rd5], %r7;
END:"""
    out = np.zeros(32, np.uint32)
    run(body, [out], threads, shared=SHARED, limit=20_000)
    return out.tolist()


@pytest.mark.parametrize("writer", ["bar.sync 3, 64;", "bar.arrive 3, 64;", "barrier.cta.sync.aligned 3, 64;"])
def test_some_warps_meet(writer: str) -> None:
    assert met(writer, "bar.sync 3, 64;") == list(range(32)) == met(writer, "bar.sync %r9, 64;")


@pytest.mark.parametrize(("writer", "reader", "message"), [
    ("", "", "no barrier|nobody wrote"),
    ("bar.sync 2, 64;", "bar.sync 3, 64;", "wait for the others"),
    ("bar.sync 3, 96;", "bar.sync 3, 96;", "64 of the 96"),
    ("bar.sync 3, 64;", "bar.sync 3, 96;", "for"),
    ("bar.arrive 3, 64; bar.arrive 3, 64; bar.arrive 3, 64;", "bar.arrive 3, 64;", "race|nobody wrote"),
    ("bar.arrive 3, 32; bar.arrive 3, 64;", "bar.arrive 3, 64;", "race|nobody wrote"),
])  # fmt: skip
def test_who_meets_wrongly_shows(writer: str, reader: str, message: str) -> None:
    with pytest.raises(KernelFault, match=message):
        met(writer, reader)


@pytest.mark.parametrize("text", ["bar.arrive 3;", "bar.sync 0, 64;", "setmaxnreg.dec.sync.aligned.u32 20;", "setmaxnreg.inc.sync.aligned.u32 100;"])
def test_what_is_not_known(text: str) -> None:
    with pytest.raises(UnsupportedError):
        run(text, [np.zeros(4, np.uint32)], 96)


CASE = products.gemm(GemmHopper(dtype="f8e4m3", out="bf16", scales="row", n=72, k=400, tile_n=64, stages=2), 150)
"""Four stages' worth of operands in two, edges in all three sizes."""


@pytest.fixture(scope="module")
def ptx() -> str:
    return compile_kernel(CASE.spec, "sm_90a").ptx  # type: ignore[arg-type]


def multiplied(text: str) -> float:
    """The error of a launch of one CTA with several tiles."""
    made = compile_kernel(CASE.spec, "sm_90a")  # type: ignore[arg-type]
    arguments = CASE.fresh()
    emulate(text, made.function, 1, made.resources.threads, [*arguments.values(), np.zeros(made.scratch_bytes, np.uint8)], shared_bytes=made.dynamic_shared_bytes, limit=60_000)
    return float(CASE.error(arguments))


def test_a_kernel_with_roles(ptx: str) -> None:
    assert "setmaxnreg" in ptx and multiplied(ptx) <= CASE.tolerance


@pytest.mark.parametrize(("what", "with_", "message"), [
    (r"mbarrier\.arrive\.shared[^;]*;", "", "nobody completes"),
    (r"(mbarrier\.init[^;]*), %?\w+;", r"\1, 3;", "nobody completes|more arrive"),
    (r"wgmma\.wait_group[^;]*;", "", "not waited for"),
    (r"wgmma\.fence[^;]*;", "", "no wgmma.fence"),
    (r"(expect_tx[^;]*), %?\w+;", r"\1, 1024;", "nobody completes"),
])  # fmt: skip
def test_what_a_kernel_with_roles_leaves_out_shows(what: str, with_: str, message: str, ptx: str) -> None:
    broken, count = re.subn(what, with_, ptx)
    assert count
    with pytest.raises(KernelFault, match=message):
        multiplied(broken)


def test_waits_that_are_left_out_show(ptx: str) -> None:
    """Each of the waits for an mbarrier: those for operands, and those for room."""
    waits = list(re.finditer(r"mbarrier\.try_wait[^;]*;\s*@!\w+ bra\.uni \w+;", ptx))
    assert len(waits) >= 2
    for wait in waits:
        with pytest.raises(KernelFault):
            multiplied(ptx[: wait.start()] + ptx[wait.end() :])


@pytest.mark.parametrize(("tile_n", "n"), [(256, 392), (192, 392), (128, 136)])
def test_scales_of_blocks_come_by_a_warp_of_their_own(tile_n: int, n: int) -> None:
    """Tiles whose columns have two scales, three or four, one span of columns or two, and begin within a block or not; more steps than stages."""
    case = products.gemm(GemmHopper(dtype="f8e4m3", out="bf16", scales="block", n=n, k=640, tile_n=tile_n, stages=2), 150)
    arguments, made = case.fresh(), compile_kernel(case.spec, "sm_90a")  # type: ignore[arg-type]
    emulate(made.ptx, made.function, 1, made.resources.threads, [*arguments.values(), np.zeros(made.scratch_bytes, np.uint8)], shared_bytes=made.dynamic_shared_bytes)
    assert case.error(arguments) <= case.tolerance


@pytest.mark.parametrize(("what", "message"), [
    (r"  +if \(lane == 0\) arrive\(full \+ 8 \* place\.stage\);\n", "nobody completes"),
    (r"await\(empty \+ 8 \* place\.stage, place\.parity \^ 1\);(?=\n +float\* to)", "with no barrier|more arrive|race"),
])  # fmt: skip
def test_what_that_warp_leaves_out_shows(what: str, message: str) -> None:
    case = products.gemm(GemmHopper(dtype="f8e4m3", out="bf16", scales="block", n=72, k=640, tile_n=64, stages=2), 150)
    assert isinstance(case.spec, GemmHopper)
    broken, count = re.subn(what, "", case.spec.source())
    assert count == 1
    text, _ = nvrtc.compile_text(broken, "broken.cu", "sm_90a")
    arguments = [*case.fresh().values(), np.zeros(case.spec.scratch_bytes, np.uint8)]
    with pytest.raises(KernelFault, match=message):
        emulate(text, case.spec.kernel, 1, case.spec.threads, arguments, shared_bytes=case.spec.dynamic_shared_bytes, limit=60_000)
