"""Shuffles, votes and reductions of a warp, against loops over its lanes."""

from __future__ import annotations

import numpy as np
import pytest
from ptx_harness import run, signed

from intarsia.codegen.verify.ptx import KernelFault

LOAD = "mul.wide.u32 %rd9, %r0, 4; add.s64 %rd10, %rd0, %rd9; add.s64 %rd11, %rd1, %rd9; ld.global.b32 %r1, [%rd10];"
VALUES = np.random.default_rng(3).integers(0, 2**32, 64).astype(np.uint32)


def result(body: str, values: np.ndarray = VALUES) -> list[int]:
    out = np.zeros(64, np.uint32)
    run(LOAD + body + "st.global.b32 [%rd11], %r2;", [values.copy(), out], 64)
    return [int(x) for x in out]


def shuffled(mode: str, by: int, clamp: int) -> tuple[list[int], list[int]]:
    """The PTX ISA's own pseudo-code for shfl.sync, one lane after another."""
    values, inside = [], []
    for thread in range(64):
        lane, warp = thread % 32, thread // 32 * 32
        segment, bound = clamp >> 8 & 31, clamp & 31
        low, high = lane & segment, lane & segment | bound & ~segment & 31
        j = {"up": lane - by, "down": lane + by, "bfly": lane ^ by, "idx": low | by & ~segment & 31}[mode]
        ok = j >= high if mode == "up" else j <= high
        values.append(int(VALUES[warp + (j if ok else lane)]))
        inside.append(int(ok))
    return values, inside


@pytest.mark.parametrize("width", [32, 8, 2])
@pytest.mark.parametrize("by", [0, 1, 3, 16])
@pytest.mark.parametrize("mode", ["up", "down", "bfly", "idx"])
def test_shfl(mode, by, width):
    clamp = (32 - width) << 8 | (0 if mode == "up" else 31)
    values, inside = shuffled(mode, by, clamp)
    assert result(f"shfl.sync.{mode}.b32 %r2, %r1, {by}, {clamp}, -1;") == values
    assert result(f"shfl.sync.{mode}.b32 %r2|%p1, %r1, {by}, {clamp}, 0xffffffff; selp.b32 %r2, 1, 0, %p1;") == inside


def test_shfl_by_a_register():
    assert result("not.b32 %r3, %r0; and.b32 %r3, %r3, 31; shfl.sync.idx.b32 %r2, %r1, %r3, 31, -1;") == [int(VALUES[t // 32 * 32 + 31 - t % 32]) for t in range(64)]


def test_shfl_among_some():
    body = "and.b32 %r4, %r0, 31; setp.lt.u32 %p1, %r4, 16; mov.b32 %r2, 0; @!%p1 bra END; shfl.sync.bfly.b32 %r2, %r1, {}, 31, 0x0000ffff; END:"
    assert result(body.format(5)) == [int(VALUES[t ^ 5]) if t % 32 < 16 else 0 for t in range(64)]
    with pytest.raises(KernelFault, match="does not take part"):
        result(body.format(16))


ODD = "and.b32 %r3, %r1, 1; setp.ne.u32 %p1, %r3, 0;"


@pytest.mark.parametrize("values", [VALUES, VALUES | 1, VALUES & np.uint32(0xFFFFFFFE), np.concatenate([VALUES[:32] | 1, VALUES[32:] & np.uint32(0xFFFFFFFE)])])
def test_vote(values):
    odd = (values.reshape(2, 32) & 1).astype(bool)
    wanted = {"all": odd.all(1), "any": odd.any(1), "uni": odd.all(1) | ~odd.any(1)}
    for mode, one in wanted.items():
        assert result(ODD + f"vote.sync.{mode}.pred %p2, %p1, -1; selp.b32 %r2, 1, 0, %p2;", values) == np.repeat(one, 32).astype(int).tolist()
    ballots = [sum(int(bit) << i for i, bit in enumerate(row)) for row in odd]
    assert result(ODD + "vote.sync.ballot.b32 %r2, %p1, -1;", values) == np.repeat(ballots, 32).tolist()
    assert result(ODD + "vote.sync.any.pred %p2, !%p1, -1; selp.b32 %r2, 1, 0, %p2;", values) == np.repeat((~odd).any(1), 32).astype(int).tolist()


@pytest.mark.parametrize(("mode", "kind"), [("add", "u32"), ("add", "s32"), ("min", "u32"), ("min", "s32"), ("max", "u32"), ("max", "s32"), ("and", "b32"), ("or", "b32"), ("xor", "b32")])
def test_redux(mode, kind):
    wanted = []
    for warp in VALUES.reshape(2, 32).tolist():
        numbers = [signed(x, 32) if kind == "s32" else x for x in warp]
        total = numbers[0]
        for x in numbers[1:]:
            total = {"add": total + x, "min": min(total, x), "max": max(total, x), "and": total & x, "or": total | x, "xor": total ^ x}[mode]
        wanted += [total & 0xFFFFFFFF] * 32
    assert result(f"redux.sync.{mode}.{kind} %r2, %r1, -1;") == wanted


def test_redux_among_some():
    body = "and.b32 %r4, %r0, 31; setp.lt.u32 %p1, %r4, 4; mov.b32 %r2, 0; @!%p1 bra END; redux.sync.min.u32 %r2, %r1, 0xf; END:"
    assert result(body) == [int(VALUES[t // 32 * 32 : t // 32 * 32 + 4].min()) if t % 32 < 4 else 0 for t in range(64)]


def test_match():
    values = VALUES % np.uint32(5)
    wanted = [sum(int(values[t // 32 * 32 + i] == values[t]) << i for i in range(32)) for t in range(64)]
    assert result("match.any.sync.b32 %r2, %r1, -1;", values) == wanted


def test_elect_and_activemask():
    assert result("elect.sync %r2|%p1, -1; selp.b32 %r3, 100, 0, %p1; add.u32 %r2, %r2, %r3;") == [100 if t % 32 == 0 else 0 for t in range(64)]
    body = "and.b32 %r4, %r0, 31; setp.ge.u32 %p1, %r4, 20; mov.b32 %r2, 0; @!%p1 bra END; {} END:"
    assert result(body.format("activemask.b32 %r2;")) == [0xFFF00000 if t % 32 >= 20 else 0 for t in range(64)]
    assert result(body.format("elect.sync %r2|%p2, 0xfff00000;")) == [20 if t % 32 >= 20 else 0 for t in range(64)]


@pytest.mark.parametrize(("name", "wanted"), [("eq", lambda i: 1 << i), ("lt", lambda i: (1 << i) - 1), ("le", lambda i: (2 << i) - 1), ("gt", lambda i: 2**32 - (2 << i)), ("ge", lambda i: 2**32 - (1 << i))])
def test_masks_of_lanes(name, wanted):
    assert result(f"mov.u32 %r2, %lanemask_{name};") == [wanted(t % 32) for t in range(64)]


def test_where_a_thread_is():
    out = np.zeros((2, 3, 2, 2, 4, 2, 14), np.uint32)
    names = [f"%{kind}.{axis}" for kind in ("ctaid", "tid", "nctaid", "ntid") for axis in "xyz"] + ["%laneid", "%warpid"]
    body = """mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ctaid.y; mov.u32 %r3, %ctaid.z; mad.lo.u32 %r1, %r2, 2, %r1; mad.lo.u32 %r1, %r3, 6, %r1;
    mov.u32 %r2, %tid.y; mov.u32 %r3, %tid.z; mad.lo.u32 %r0, %r2, 2, %r0; mad.lo.u32 %r0, %r3, 8, %r0; mad.lo.u32 %r1, %r1, 16, %r0; mul.wide.u32 %rd9, %r1, 56; add.s64 %rd9, %rd0, %rd9;"""
    run(body + "".join(f"mov.u32 %r5, {name}; st.global.b32 [%rd9+{4 * i}], %r5;" for i, name in enumerate(names)), [out], (2, 4, 2), (2, 3, 2))
    for place in np.ndindex(2, 3, 2, 2, 4, 2):
        cz, cy, cx, tz, ty, tx = place
        assert out[place].tolist() == [cx, cy, cz, tx, ty, tz, 2, 3, 2, 2, 4, 2, tx + 2 * ty + 8 * tz, 0]
