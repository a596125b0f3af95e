"""What a kernel must not do, and what the emulator must not guess: each is reported, with its kind, its line and its instruction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptx_harness import module, run

from intarsia.codegen.verify.ptx import KernelFault, emulate, parse
from intarsia.errors import InputError, IntarsiaError, UnsupportedError

SHARED = ".shared .align 16 .b8 sm[1024];"
EACH = "mov.u32 %r1, sm; shl.b32 %r2, %r0, 2; add.s32 %r3, %r1, %r2;"
"""%r3 is the thread's own word of shared memory."""
LINES = 12
"""Lines of `module` before a kernel's body where it has one parameter."""


def words(threads: int = 32) -> np.ndarray:
    return np.zeros(threads, np.uint32)


def fails(kind: str, body: str, *arguments: object, threads: int = 32, match: str = "", **options: object) -> KernelFault:
    with pytest.raises(KernelFault, match=match or None) as caught:
        run(body, list(arguments) or [words(threads)], threads, **options)
    assert caught.value.kind == kind, caught.value
    return caught.value


STORE = "mul.wide.u32 %rd9, %r0, 4; add.s64 %rd10, %rd0, %rd9;"


class TestGlobalMemory:
    @pytest.mark.parametrize("offset", [128, 132, 4096, 1 << 20, -4, -4096])
    def test_beyond_an_argument(self, offset):
        found = fails("bounds", f"ld.global.b32 %r5, [%rd0+{offset}];", match=r"argument 0 \(p0\), which has 128|before")
        assert found.where.line == LINES and "ld.global.b32 %r5" in found.where.node

    def test_between_two_arguments(self):
        fails("bounds", "sub.s64 %rd5, %rd1, %rd0; shr.u64 %rd5, %rd5, 1; add.s64 %rd5, %rd5, %rd0; ld.global.b32 %r5, [%rd5];", words(), words())

    @pytest.mark.parametrize("address", ["mov.u64 %rd5, 0;", "mov.u64 %rd5, 64;", "cvt.u64.u32 %rd5, %r0;", "neg.s64 %rd5, %rd0;", "shl.b64 %rd5, %rd0, 8;"])
    def test_no_argument(self, address):
        fails("bounds", f"{address} st.global.b32 [%rd5], %r0;", match="where no argument is")

    def test_one_lane_is_enough(self):
        fails("bounds", STORE + "setp.eq.u32 %p1, %r0, 31; @%p1 add.s64 %rd10, %rd10, 4; st.global.b32 [%rd10], %r0;", match="byte 128 of argument 0")

    def test_a_guard_keeps_lanes_away(self):
        out = words()
        run("setp.lt.u32 %p1, %r0, 7;" + STORE + "@%p1 st.global.b32 [%rd10], 9; @!%p1 st.global.b32 [%rd10], 4;", [out])
        assert out.tolist() == [9] * 7 + [4] * 25

    def test_null(self):
        fails("bounds", "ld.global.b32 %r5, [%rd1];", words(), None)

    def test_alignment(self):
        fails("alignment", "ld.global.b32 %r5, [%rd0+2];")
        fails("alignment", "ld.global.v4.b32 {%r5, %r6, %r7, %r8}, [%rd0+8];")

    def test_overlapping_arguments_are_one(self):
        whole = np.arange(64, dtype=np.uint32)
        run("ld.global.b32 %r5, [%rd1]; st.global.b32 [%rd0+4], %r5;", [whole, whole[32:]], threads=1)
        assert whole[1] == 32

    def test_arrays_that_cannot_be_written(self):
        with pytest.raises(InputError, match="argument 0"):
            run("", [np.zeros((4, 4), np.uint32)[:, 1]])


class TestSharedMemory:
    def test_nobody_wrote_it(self):
        fails("uninitialised", EACH + "ld.shared.b32 %r5, [%r3];", shared=SHARED, match="byte 0 of shared memory")

    def test_beyond_its_end(self):
        fails("bounds", "mov.u32 %r1, sm; st.shared.b32 [%r1+1024], %r0;", shared=SHARED)
        fails("bounds", "mov.u32 %r1, sm; st.shared.b32 [%r1+-4], %r0;", shared=SHARED)
        fails("alignment", "mov.u32 %r1, sm; st.shared.b32 [%r1+2], %r0;", shared=SHARED)

    def test_what_another_warp_wrote(self):
        body = EACH + "st.shared.b32 [%r3], %r0; {} xor.b32 %r4, %r2, 128; add.s32 %r4, %r4, %r1; ld.shared.b32 %r5, [%r4];" + STORE + "st.global.b32 [%rd10], %r5;"
        fails("race", body.format(""), threads=64, shared=SHARED, match="written by warp 1 with no barrier")
        fails("race", body.format("bar.warp.sync -1;"), threads=64, shared=SHARED)
        out = words(64)
        run(body.format("bar.sync 0;"), [out], 64, shared=SHARED)
        assert out.tolist() == [(i ^ 32) for i in range(64)]

    def test_what_another_lane_wrote(self):
        body = EACH + "st.shared.b32 [%r3], %r0; {} xor.b32 %r4, %r2, 4; add.s32 %r4, %r4, %r1; ld.shared.b32 %r5, [%r4];"
        fails("race", body.format(""), shared=SHARED, match="no bar.warp.sync")
        run(body.format("bar.warp.sync 0xffffffff;"), [words()], shared=SHARED)

    def test_written_while_another_warp_reads(self):
        body = EACH + "st.shared.b32 [%r3], %r0; bar.sync 0; xor.b32 %r4, %r2, 128; add.s32 %r4, %r4, %r1; ld.shared.b32 %r5, [%r4]; {} st.shared.b32 [%r3], 7;"
        fails("race", body.format(""), threads=64, shared=SHARED, match="read by warp")
        run(body.format("bar.sync 0;"), [words(64)], 64, shared=SHARED)

    def test_two_writers(self):
        fails("race", "mov.u32 %r1, sm; st.shared.b32 [%r1], %r0;", threads=64, shared=SHARED, match="different values")
        run("mov.u32 %r1, sm; st.shared.b32 [%r1], 5;", [words(64)], 64, shared=SHARED)
        fails("race", "mov.u32 %r1, sm; setp.lt.u32 %p1, %r0, 32; @%p1 st.shared.b32 [%r1], 1; @!%p1 st.shared.b32 [%r1], 2;", threads=64, shared=SHARED)

    def test_atomic_operations_meet_each_other_alone(self):
        start = "mov.u32 %r1, sm; setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.b32 [%r1], 0; bar.sync 0; atom.shared.add.u32 %r5, [%r1], 1; atom.shared.add.u32 %r5, [%r1], 1; {} ld.shared.b32 %r6, [%r1];"
        out = words(64)
        run(start.format("bar.sync 0;") + STORE + "st.global.b32 [%rd10], %r6;", [out], 64, shared=SHARED)
        assert out.tolist() == [128] * 64
        fails("race", start.format(""), threads=64, shared=SHARED)

    def test_ctas_have_their_own(self):
        out = words(8)
        body = "mov.u32 %r1, sm; mov.u32 %r6, %ctaid.x; st.shared.b32 [%r1], %r6; ld.shared.b32 %r5, [%r1]; mul.wide.u32 %rd9, %r6, 4; add.s64 %rd10, %rd0, %rd9; st.global.b32 [%rd10], %r5;"
        run(body, [out], threads=1, grid=8, shared=SHARED)
        assert out.tolist() == list(range(8))


COPY = EACH + "cvt.u64.u32 %rd9, %r2; add.s64 %rd10, %rd0, %rd9; cp.async.ca.shared.global [%r3], [%rd10], 4; cp.async.commit_group;"


class TestAsynchronousCopies:
    def test_read_before_the_wait(self):
        fails("pending", COPY + "ld.shared.b32 %r5, [%r3];", shared=SHARED, match="on its way")
        fails("pending", COPY + "cp.async.wait_group 1; ld.shared.b32 %r5, [%r3];", shared=SHARED)

    def test_written_before_the_wait(self):
        fails("pending", COPY + "st.shared.b32 [%r3], 0;", shared=SHARED)
        fails("pending", COPY + "cp.async.ca.shared.global [%r3], [%rd10], 4;", shared=SHARED)

    @pytest.mark.parametrize("wait", ["cp.async.wait_group 0;", "cp.async.wait_all;"])
    def test_read_after_it(self, wait):
        source, out = np.arange(32, dtype=np.uint32), words()
        run(COPY.replace("%rd0", "%rd1") + wait + "ld.shared.b32 %r5, [%r3];" + STORE + "st.global.b32 [%rd10], %r5;", [out, source], shared=SHARED)
        assert out.tolist() == source.tolist()

    def test_a_group_that_was_not_committed(self):
        fails("pending", COPY.replace("cp.async.commit_group;", "") + "cp.async.wait_group 0; ld.shared.b32 %r5, [%r3];", shared=SHARED)

    def test_the_second_of_two_groups(self):
        two = COPY + "cp.async.ca.shared.global [%r3+256], [%rd10], 4; cp.async.commit_group; cp.async.wait_group 1;"
        run(two + "ld.shared.b32 %r5, [%r3];", [words()], shared=SHARED)
        fails("pending", two + "ld.shared.b32 %r5, [%r3+256];", shared=SHARED)

    def test_waiting_is_for_oneself(self):
        other = "xor.b32 %r4, %r2, 128; add.s32 %r4, %r4, %r1; ld.shared.b32 %r5, [%r4];"
        fails("race", COPY + "cp.async.wait_group 0;" + other, threads=64, shared=SHARED)
        run(COPY + "cp.async.wait_group 0; bar.sync 0;" + other, [words(64)], 64, shared=SHARED)

    def test_a_short_source_is_filled_with_zeros(self):
        source, out = np.arange(1, 33, dtype=np.uint32), np.full(8, 7, np.uint32)
        body = """mov.u32 %r1, sm; and.b32 %r2, %r0, 31; shl.b32 %r2, %r2, 4; add.s32 %r3, %r1, %r2; cvt.u64.u32 %rd9, %r2; add.s64 %rd10, %rd1, %rd9; shl.b32 %r4, %r0, 3;
        cp.async.cg.shared.global [%r3], [%rd10], 16, %r4; cp.async.commit_group; cp.async.wait_group 0; ld.shared.v4.b32 {%r5, %r6, %r7, %r8}, [%r3];
        add.s64 %rd11, %rd0, %rd9; st.global.v4.b32 [%rd11], {%r5, %r6, %r7, %r8};"""
        run(body, [out, source], threads=2, shared=SHARED)
        assert out.tolist() == [0, 0, 0, 0, 5, 6, 0, 0]
        fails("bounds", body.replace("shl.b32 %r4, %r0, 3", "mov.b32 %r4, 32"), out, source, threads=2, shared=SHARED)


class TestControl:
    def test_a_barrier_that_some_never_reach(self):
        fails("divergence", "setp.lt.u32 %p1, %r0, 32; @%p1 bra B; WAIT: bra.uni WAIT2; WAIT2: bar.sync 1; ret; B: bar.sync 0;", threads=64, match="different barriers")
        fails("divergence", "setp.lt.u32 %p1, %r0, 16; @%p1 bra B; shfl.sync.idx.b32 %r5, %r0, 0, 31, -1; B:", match="never come")

    def test_those_who_ended_are_not_waited_for(self):
        run("setp.lt.u32 %p1, %r0, 32; @%p1 ret; bar.sync 0;", [words(64)], 64)

    def test_divergent_threads_meet_again(self):
        out = words()
        body = "and.b32 %r1, %r0, 1; setp.eq.u32 %p1, %r1, 0; mov.b32 %r2, 0; @%p1 bra EVEN; mov.b32 %r2, 5; bra.uni END; EVEN: mov.b32 %r2, 3; END: shfl.sync.bfly.b32 %r3, %r2, 1, 31, -1;"
        run(body + STORE + "st.global.b32 [%rd10], %r3;", [out])
        assert out.tolist() == [5, 3] * 16

    def test_loops_of_different_lengths(self):
        out = words(96)
        body = "mov.b32 %r1, 0; mov.b32 %r2, 0; LOOP: add.u32 %r1, %r1, %r2; add.u32 %r2, %r2, 1; setp.le.u32 %p1, %r2, %r0; @%p1 bra LOOP;"
        run(body + STORE + "st.global.b32 [%rd10], %r1;", [out], 96)
        assert out.tolist() == [i * (i + 1) // 2 for i in range(96)]

    def test_an_endless_loop(self):
        fails("limit", "LOOP: add.u32 %r1, %r0, 1; bra LOOP;", limit=1000)

    def test_division_by_zero(self):
        fails("arithmetic", "div.u32 %r5, 7, %r0;")

    def test_a_part_of_a_warp(self):
        out = words(40)
        run("shfl.sync.bfly.b32 %r5, %r0, 1, 31, -1; bar.sync 0;" + STORE + "st.global.b32 [%rd10], %r5;", [out], 40)
        assert out.tolist() == [i ^ 1 for i in range(40)]


class TestUndefinedRegisters:
    def test_stored(self):
        found = fails("uninitialised", STORE + "st.global.b32 [%rd10], %r77;", match="%r77")
        assert "st.global.b32" in found.where.node

    @pytest.mark.parametrize("use", ["ld.global.b32 %r5, [%rd50];", "setp.eq.u32 %p2, %r78, 0; @%p2 bra END; END:", "@%p9 mov.b32 %r5, 0;", "bra.uni END; END: st.global.b32 [%rd0], %r78;"])
    def test_used(self, use):
        fails("uninitialised", use)

    def test_what_is_made_of_one(self):
        fails("uninitialised", "add.u32 %r1, %r77, 1; xor.b32 %r2, %r1, %r1;" + STORE + "st.global.b32 [%rd10], %r2;")

    def test_on_some_paths(self):
        body = "setp.lt.u32 %p1, %r0, {}; @%p1 mov.b32 %r5, 1;" + STORE + "{} st.global.b32 [%rd10], %r5;"
        fails("uninitialised", body.format(31, ""))
        run(body.format(32, ""), [words()])
        run(body.format(31, "@%p1"), [words()])

    def test_not_chosen(self):
        run("setp.lt.u32 %p1, %r0, 40; selp.b32 %r5, %r0, %r77, %p1;" + STORE + "st.global.b32 [%rd10], %r5;", [words()])
        fails("uninitialised", "setp.lt.u32 %p1, %r0, 31; selp.b32 %r5, %r0, %r77, %p1;" + STORE + "st.global.b32 [%rd10], %r5;")

    @pytest.mark.parametrize(
        ("body", "width", "defined"),
        [
            ("cvt.rn.satfinite.e4m3x2.f32 %rs1, %f99, %f1; cvt.u32.u16 %r5, %rs1;", 8, True), ("cvt.rn.satfinite.e4m3x2.f32 %rs1, %f99, %f1; cvt.u32.u16 %r5, %rs1;", 16, False),
            ("cvt.rn.bf16x2.f32 %r5, %f99, %f1;", 16, True), ("cvt.rn.bf16x2.f32 %r5, %f99, %f1;", 32, False), ("cvt.rn.bf16x2.f32 %r5, %f1, %f99;", 16, False),
            ("cvt.rn.bf16x2.f32 %r5, %f1, %f99; shr.u32 %r5, %r5, 16;", 32, True), ("cvt.rn.bf16x2.f32 %r5, %f1, %f99; shr.u32 %r5, %r5, 15;", 32, False),
            ("cvt.rn.f16x2.f32 %r5, %f99, %f1; min.f16x2 %r5, %r5, %r0;", 16, True), ("cvt.rn.f16x2.f32 %r5, %f99, %f1; min.f16x2 %r5, %r5, %r0;", 32, False),
            ("cvt.rn.f16x2.f32 %r5, %f99, %f1; shl.b32 %r5, %r5, 16;", 32, True), ("shl.b32 %r5, %r77, 31;", 16, True), ("shl.b32 %r5, %r77, 31;", 32, False),
            ("and.b32 %r5, %r77, 0xffff0000;", 16, True), ("and.b32 %r5, %r77, 0xffff0000;", 32, False), ("or.b32 %r5, %r77, 0xffff;", 16, True), ("or.b32 %r5, %r77, %r0;", 8, False),
            ("shl.b32 %r5, %r77, 16; add.u32 %r5, %r5, 5;", 16, True), ("shr.u32 %r5, %r77, 16; add.u32 %r5, %r5, 0x10000;", 32, False), ("shr.u32 %r5, %r77, 16; shr.u32 %r5, %r5, 16;", 32, True),
            ("prmt.b32 %r5, %r77, %r0, 0x5476;", 32, True), ("prmt.b32 %r5, %r77, %r0, 0x3544;", 16, True), ("prmt.b32 %r5, %r77, %r0, 0x3544;", 32, False), ("prmt.b32 %r5, %r77, %r0, %r0;", 8, False),
            ("mov.b32 %r5, {%rs50, %rs51}; mov.b32 {%rs1, %rs2}, %r5; cvt.u32.u16 %r5, %rs1;", 16, False), ("mov.b16 %rs1, 3; mov.b32 %r5, {%rs1, %rs51};", 16, True),
            ("mov.b16 %rs1, 3; mov.b32 %r5, {%rs51, %rs1}; mov.b32 {%rs2, %rs3}, %r5; cvt.u32.u16 %r5, %rs3;", 32, True), ("lop3.b32 %r5, %r77, %r0, %r0, 0xf8;", 8, False),
            ("mul.lo.u32 %r5, %r77, 2;", 8, False), ("add.f32 %r5, %r77, %r0;", 8, False), ("shfl.sync.bfly.b32 %r5, %r77, 1, 31, -1;", 8, False),
        ],
    )  # fmt: skip
    def test_bit_by_bit(self, body, width, defined):
        text = f"mov.b32 %f1, 0; {body} shr.u32 %r1, %r0, 0; mul.wide.u32 %rd9, %r0, 4; add.s64 %rd10, %rd0, %rd9; st.global.b{width} [%rd10], %r5;"
        if defined:
            run(text, [words()])
        else:
            fails("uninitialised", text)

    def test_never_used(self):
        run("add.u32 %r1, %r77, 1;", [words()])


class TestWhatIsUnknown:
    @pytest.mark.parametrize(
        "text",
        [
            "frobnicate.b32 %r1, %r0;", "add.foo.s32 %r1, %r0, 1;", "add.ra.f32 %f1, %f1, %f1;", "mul.s32 %r1, %r0, 2;", "ld.global.v8.b64 {%rd1}, [%rd0];", "ld.texture.b32 %r1, [%rd0];", "mov.b32 %r1, %clock;",
            "cvt.f32.s32 %f1, %q0;", "cp.async.bulk.shared.global [%r1], [%rd0], 16;", "bar.sync 0, 16;", "barrier.cluster.arrive;", "wgmma.mma_async.sp.sync.aligned.m64n8k32.f32.f16.f16 {%f1}, %rd0, %rd0;",
            "mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%fd1}, {%fd2}, {%fd3}, {%fd4};", "add.s32 %rd1, %r0, 1;", "call foo;", "atom.global.nand.b32 %r1, [%rd0], 1;", "cvt.s32.f32 %r1, %f1;",
            "st.shared.b32 [nowhere], %r0;", "setp.ltu.s32 %p1, %r0, 1;", "lop3.b32 %r1, %r0, %r0, %r0, %r0;", "ex2.approx.f32 %f1, 0d3FF0000000000000+1;",
        ],
    )  # fmt: skip
    def test_it_is_refused_with_its_line(self, text):
        with pytest.raises(UnsupportedError) as caught:
            run("bra.uni END;\n" + text + "\nEND:", [words()], 32)
        assert caught.value.where.line == LINES + 1 and caught.value.where.node.strip("`").startswith(text.split(" ")[0].rstrip(";"))

    @pytest.mark.parametrize(
        ("body", "match"),
        [("bra NOWHERE;", "label"), ("add.s32 %r1, %r0, 1", "operand"), ("123;", "no instruction"), (".weird x;", "directive"), ("{ mov.b32 %r1, %r0;", "does not end"), (".reg .b99 %z;", "declaration")],
    )
    def test_what_is_no_ptx(self, body, match):
        with pytest.raises(IntarsiaError, match=match):
            run(body + "\n", [words()])

    def test_the_kernel_is_not_there(self):
        with pytest.raises(InputError, match="it has t"):
            emulate(module(""), "other", 1, 32, [words()] * 4)

    @pytest.mark.parametrize("arguments", [[], [words()] * 5, [1.5, words(), words(), words()]])
    def test_arguments_that_do_not_fit(self, arguments):
        with pytest.raises(InputError):
            emulate(module("").replace(".param .u64 p3", ".param .u32 p3"), "t", 1, 32, arguments)

    def test_a_block_that_does_not_fit(self):
        with pytest.raises(InputError, match="it takes 64"):
            emulate(module("", threads=".reqntid 64"), "t", 1, 32, [words()] * 4)
        with pytest.raises(InputError, match="at most 16"):
            emulate(module("", threads=".maxntid 16, 1, 1"), "t", 1, 32, [words()] * 4)
        with pytest.raises(InputError, match="grid"):
            emulate(module(""), "t", 0, 32, [words()] * 4)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 12), st.text(st.sampled_from("%{}[];:.,@!rdp019 abmov\n_$"), max_size=6))
def test_damaged_text_is_an_error_or_a_kernel(at, length, extra):
    text = module("mul.wide.u32 %rd9, %r0, 4;\n@%p1 bra L;\nld.global.v2.b32 {%r1, %r2}, [%rd0+8];\nL: { .reg .pred q; setp.lt.s32 q, %r0, 4; }")
    at %= len(text)
    damaged = text[:at] + extra + text[at + length :]
    try:
        assert parse(damaged, "t").name == "t"
    except IntarsiaError as error:
        assert str(error)
