"""Loads, stores and atomic operations in every address space; bytes and instructions counted; groups of CTAs of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptx_harness import BITS, bf16_bits, from_bits, module, run, signed, to_bits

from intarsia.codegen.verify.ptx import Traffic, emulate
from intarsia.codegen.verify.ptx.counters import tensor_flops, vector_flops
from intarsia.errors import UnsupportedError

LOCAL = ".local .align 16 .b8 depot[32];"
SHARED = ".shared .align 16 .b8 sm[1024];"
SPACES = {
    "global": ("global", "add.s64 %rd20, %rd2, %rd9;"),
    "shared": ("shared", "cvt.u32.u64 %r40, %rd9; mov.u32 %r41, sm; add.s32 %r42, %r41, %r40; cvt.u64.u32 %rd20, %r42;"),
    "local": ("local", "mov.u64 %rd20, depot;"),
    "generic global": ("", "add.s64 %rd20, %rd2, %rd9;"),
    "generic shared": ("", "cvt.u32.u64 %r40, %rd9; mov.u64 %rd21, sm; cvta.shared.u64 %rd21, %rd21; add.s64 %rd20, %rd21, %rd9;"),
    "generic local": ("", "mov.u64 %rd20, depot; cvta.local.u64 %rd20, %rd20;"),
    "to shared": ("shared", "mov.u64 %rd21, sm; cvta.shared.u64 %rd21, %rd21; add.s64 %rd20, %rd21, %rd9; cvta.to.shared.u64 %rd20, %rd20;"),
    "to global": ("global", "add.s64 %rd20, %rd2, %rd9; cvta.to.global.u64 %rd20, %rd20;"),
}


@pytest.mark.parametrize(("count", "width"), [(1, 8), (1, 16), (1, 32), (1, 64), (2, 8), (2, 16), (2, 32), (2, 64), (4, 8), (4, 16), (4, 32)])
@pytest.mark.parametrize("space", SPACES)
def test_what_is_stored_is_loaded(space, count, width):
    """Through a space and back, [32, 32 bytes]; every thread its own."""
    name, address = SPACES[space]
    data, out, between = np.random.default_rng(width).integers(0, 256, (32, 32)).astype(np.uint8), np.zeros((32, 32), np.uint8), np.zeros((32, 32), np.uint8)
    size, register = count * width // 8, {8: "%rs", 16: "%rs", 32: "%r", 64: "%rd"}[width]
    names = [f"{register}{30 + i}" for i in range(count)]
    listed, vector = ("{" + ", ".join(names) + "}", f".v{count}") if count > 1 else (names[0], "")
    space_word = f".{name}" if name else ""
    body = f"""mul.wide.u32 %rd9, %r0, 32; add.s64 %rd10, %rd0, %rd9; add.s64 %rd11, %rd1, %rd9; {address}
    ld.global{vector}.b{width} {listed}, [%rd10+{size}]; st{space_word}{vector}.b{width} [%rd20+{size}], {listed};
    ld{space_word}{vector}.b{width} {listed}, [%rd20+{size}]; st.global{vector}.b{width} [%rd11+{size}], {listed};"""
    run(body, [data, out, between], shared=SHARED, registers=LOCAL)
    assert (out[:, size : 2 * size] == data[:, size : 2 * size]).all() and not out[:, :size].any() and not out[:, 2 * size :].any()


@pytest.mark.parametrize("kind", ["u8", "s8", "u16", "s16", "u32", "s32"])
@pytest.mark.parametrize("register", ["%r5", "%rd5"])
def test_loads_extend(kind, register):
    values = np.random.default_rng(1).integers(0, 256, (32, 8)).astype(np.uint8)
    out = np.zeros(32, np.uint64)
    width = BITS[kind]
    extend = {"%r5": "cvt.u64.u32 %rd6, %r5;", "%rd5": "mov.b64 %rd6, %rd5;"}[register]
    run(f"mul.wide.u32 %rd9, %r0, 8; add.s64 %rd10, %rd0, %rd9; add.s64 %rd11, %rd1, %rd9; ld.global.{kind} {register}, [%rd10]; {extend} st.global.b64 [%rd11], %rd6;", [values, out])
    for row, found in zip(values, out.tolist(), strict=True):
        exact = int.from_bytes(row[: width // 8].tobytes(), "little")
        wanted = signed(exact, width) if kind[0] == "s" else exact
        assert found == wanted & (0xFFFFFFFF if register == "%r5" else 0xFFFFFFFFFFFFFFFF)


def test_hints_change_nothing():
    out = np.zeros(32, np.uint32)
    body = """mul.wide.u32 %rd9, %r0, 4; add.s64 %rd10, %rd0, %rd9; createpolicy.fractional.L2::evict_first.b64 %rd5, 1.0;
    st.global.L1::no_allocate.b32 [%rd10], 5; ld.global.nc.L1::evict_last.L2::128B.b32 %r5, [%rd10]; ld.volatile.global.u32 %r6, [%rd10]; ld.acquire.gpu.global.b32 %r7, [%rd10];
    ld.global.L1::evict_first.L2::cache_hint.b32 %r8, [%rd10], %rd5; prefetch.global.L2 [%rd10]; fence.acq_rel.gpu; membar.gl; griddepcontrol.wait; add.u32 %r5, %r5, %r6; add.u32 %r5, %r5, %r7; add.u32 %r5, %r5, %r8;
    st.release.gpu.global.b32 [%rd10], %r5;"""
    run(body, [out])
    assert (out == 20).all()


def test_parameters_by_value_and_variables_of_the_module():
    text = module("").replace(".param .u64 p3)", ".param .u64 p3, .param .f32 x, .param .align 4 .b8 s[12], .param .u16 h)").replace("ld.param.u64 %rd3, [p3];", "ld.param.u64 %rd3, [p3];")
    text = text.replace(".visible", ".global .align 4 .u32 table[4] = {10, 20, 0x1E, 40};\n.const .align 4 .b32 one = 7;\n.visible").replace(
        "  ret;",
        """ld.param.f32 %f1, [x]; ld.param.b32 %r1, [s+4]; ld.param.s16 %r2, [h]; mov.u64 %rd5, table; ld.global.u32 %r3, [%rd5+8]; ld.const.u32 %r4, [one];
        st.global.f32 [%rd0], %f1; st.global.b32 [%rd0+4], %r1; st.global.b32 [%rd0+8], %r2; st.global.b32 [%rd0+12], %r3; st.global.b32 [%rd0+16], %r4; ret;""",
    )
    out = np.zeros(5, np.int32)
    emulate(text, "t", 1, 1, [out, None, None, None, 1.5, np.array([1, -9, 3], np.int32).tobytes(), -2])
    assert out.tolist() == [to_bits(1.5, "f32"), -9, -2, 30, 7]


ATOMICS = [
    *[("add", kind) for kind in ("u32", "s32", "u64", "f32", "f64")], *[(name, kind) for name in ("min", "max") for kind in ("u32", "s32", "u64", "s64")],
    *[(name, kind) for name in ("and", "or", "xor") for kind in ("b32", "b64")], ("exch", "b32"), ("exch", "b64"), ("inc", "u32"), ("dec", "u32"), ("cas", "b32"), ("cas", "b64"), ("add", "f16"), ("add", "bf16"),
]  # fmt: skip


def atomically(name: str, kind: str, old: int, x: int, y: int) -> int:
    width = BITS[kind]
    if kind in ("f16", "bf16", "f32", "f64"):
        total = from_bits(old, kind) + from_bits(x, kind)
        return bf16_bits(total) if kind == "bf16" else to_bits(total, kind)
    a, b = (signed(one, width) if kind[0] == "s" else one for one in (old, x))
    found = {"add": a + b, "min": min(a, b), "max": max(a, b), "and": a & b, "or": a | b, "xor": a ^ b, "exch": b, "inc": 0 if a >= b else a + 1, "dec": b if a == 0 or a > b else a - 1, "cas": y if a == b else a}
    return found[name] & ((1 << width) - 1)


def drawn(kind: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Bits of small numbers."""
    floats = {"f32": np.float32, "f64": np.float64, "f16": np.float16}
    held = f"u{BITS[kind] // 8}"
    if kind == "bf16":
        return np.array([bf16_bits(float(value)) for value in rng.integers(-8, 8, count)], held)
    return rng.integers(-8, 8, count).astype(floats[kind]).view(held) if kind in floats else rng.integers(0, 6, count).astype(held)


@pytest.mark.parametrize("space", ["global", "shared", ""])
@pytest.mark.parametrize(("name", "kind"), ATOMICS)
def test_atomic_operations(name, kind, space):
    """Threads meet at four places, in order of their numbers; each gets what was there before it."""
    width = BITS[kind]
    rng = np.random.default_rng(5)
    memory, x, y = (drawn(kind, count, rng) for count in (4, 32, 32))
    old = np.zeros(32, x.dtype)
    expected, before = memory.tolist(), []
    for thread in range(32):
        before.append(expected[thread % 4])
        expected[thread % 4] = atomically(name, kind, expected[thread % 4], int(x[thread]), int(y[thread]))
    register, size = {16: "%rs", 32: "%r", 64: "%rd"}[width], width // 8
    r = [f"{register}{30 + i}" for i in range(4)]
    third = f", {r[2]}" if name == "cas" else ""
    place, finish = "add.s64 %rd15, %rd0, %rd14;", ""
    if space == "shared":
        place = f"mov.u32 %r20, sm; cvt.u32.u64 %r21, %rd14; add.s32 %r22, %r20, %r21; add.s64 %rd13, %rd0, %rd14; setp.lt.u32 %p1, %r0, 4; @%p1 ld.global.b{width} {r[3]}, [%rd13]; @%p1 st.shared.b{width} [%r22], {r[3]}; bar.sync 0; cvt.u64.u32 %rd15, %r22;"
        finish = f"bar.sync 0; @%p1 ld.shared.b{width} {r[3]}, [%rd15]; @%p1 st.global.b{width} [%rd13], {r[3]};"
    word = f".{space}" if space else ""
    noftz = ".noftz" if kind in ("f16", "bf16") else ""
    body = f"""mul.wide.u32 %rd9, %r0, {size}; add.s64 %rd10, %rd1, %rd9; add.s64 %rd11, %rd2, %rd9; add.s64 %rd12, %rd3, %rd9; and.b32 %r1, %r0, 3; mul.wide.u32 %rd14, %r1, {size}; {place}
    ld.global.b{width} {r[1]}, [%rd10]; ld.global.b{width} {r[2]}, [%rd11]; atom{word}.relaxed.gpu.{name}{noftz}.{kind} {r[0]}, [%rd15], {r[1]}{third}; st.global.b{width} [%rd12], {r[0]}; {finish}"""
    again = memory.copy()
    run(body, [memory, x, y, old], shared=SHARED)
    assert memory.tolist() == expected and old.tolist() == before
    if name not in ("exch", "cas"):
        run(body.replace("atom", "red").replace(f"{r[0]}, [%rd15]", "[%rd15]").replace(f"st.global.b{width} [%rd12], {r[0]};", ""), [again, x, y, old], shared=SHARED)
        assert again.tolist() == expected


def test_atomic_pairs():
    memory, x = np.array([1.5, -2.0], np.float16), np.array([[0.25, i] for i in range(32)], np.float16)
    run("mul.wide.u32 %rd9, %r0, 4; add.s64 %rd9, %rd1, %rd9; ld.global.b32 %r1, [%rd9]; red.global.add.noftz.f16x2 [%rd0], %r1;", [memory, x])
    assert memory.tolist() == [1.5 + 8, -2.0 + sum(range(32))]


def test_bytes_are_counted():
    source, out = np.zeros(128, np.uint32), np.zeros(64, np.uint32)
    body = """shl.b32 %r1, %r0, 2; cvt.u64.u32 %rd9, %r1; add.s64 %rd10, %rd0, %rd9; add.s64 %rd11, %rd1, %rd9; ld.global.b32 %r5, [%rd10]; ld.global.b32 %r6, [%rd10]; ld.global.b32 %r7, [%rd0+256];
    setp.lt.u32 %p1, %r0, 8; @%p1 st.global.b32 [%rd11], %r7; @%p1 red.global.add.u32 [%rd11], 1;"""
    counters = run(body, [source, out], 64)
    assert counters.arrays[0] == Traffic(load_bytes=256 + 256 + 4, distinct_load_bytes=256 + 4)
    assert counters.arrays[1] == Traffic(load_bytes=32, store_bytes=32 + 32, distinct_load_bytes=32, distinct_store_bytes=32)
    assert counters.traffic.load_bytes == 548
    assert counters.executed["ld.global.b32"] == 192 and counters.executed["st.global.b32"] == 8


def test_arithmetic_is_counted():
    body = "mov.b32 %r1, 0; fma.rn.f32 %f1, 0f3F800000, 0f3F800000, 0f3F800000; setp.lt.u32 %p1, %r0, 5; @%p1 add.f32 %f2, %f1, %f1; mul.rn.bf16x2 %r2, %r1, %r1; ex2.approx.f32 %f3, %f1; add.s32 %r3, %r1, 1; div.u32 %r3, %r1, 3;"
    counters = run(body, [np.zeros(1)])
    assert (counters.vector_flops, counters.special, counters.tensor_flops) == (64 + 5 + 64, 32, 0)


@pytest.mark.parametrize(("name", "flops"), [("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 16 * 8 * 16 * 2), ("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16", 64 * 128 * 16 * 2)])
def test_flops_of_tensor_cores(name, flops):
    assert tensor_flops(name) * (128 if name[0] == "w" else 32) == flops and vector_flops(name) == 0


TICKETS = """
LOOP: setp.eq.u32 %p1, %r0, 0; @%p1 atom.global.add.u32 %r1, [%rd1], 1; mov.u32 %r2, sm; @%p1 st.shared.b32 [%r2], %r1; bar.sync 0; ld.shared.b32 %r3, [%r2]; bar.sync 0;
setp.ge.u32 %p2, %r3, 37; @%p2 bra END; mad.lo.u32 %r4, %r3, 32, %r0; mul.wide.u32 %rd9, %r4, 4; add.s64 %rd10, %rd0, %rd9; ld.global.b32 %r5, [%rd10]; mad.lo.u32 %r5, %r5, 3, 1; st.global.b32 [%rd10], %r5; bra LOOP; END:"""


@settings(max_examples=15, deadline=None)
@given(grid=st.integers(1, 9), together=st.integers(1, 400))
def test_any_number_of_ctas_and_any_group_gives_the_same(grid, together):
    data, ticket = np.arange(37 * 32, dtype=np.uint32), np.zeros(1, np.uint32)
    counters = run(TICKETS, [data, ticket], grid=grid, shared=SHARED, together=together)
    assert (data == 3 * np.arange(37 * 32) + 1).all() and ticket[0] == 37 + grid
    assert counters.arrays[0] == Traffic(4 * 37 * 32, 4 * 37 * 32, 4 * 37 * 32, 4 * 37 * 32)


def test_a_variable_that_does_not_exist():
    with pytest.raises(UnsupportedError, match="sn"):
        run("mov.u32 %r1, sn;", [np.zeros(1)], shared=SHARED)
