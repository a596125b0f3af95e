"""Tensor-core instructions against products computed element by element, with fragments placed by the PTX ISA's formulas, lane by lane."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from ptx_harness import run

from intarsia.codegen.verify.ptx import KernelFault
from intarsia.errors import UnsupportedError

TYPES = {
    "f16": np.float16, "bf16": ml_dtypes.bfloat16, "tf32": np.float32, "e4m3": ml_dtypes.float8_e4m3fn, "e5m2": ml_dtypes.float8_e5m2, "s8": np.int8, "u8": np.uint8, "f32": np.float32, "s32": np.int32,
}  # fmt: skip
UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32}


def matrix(rng: np.random.Generator, kind: str, rows: int, columns: int) -> np.ndarray:
    if kind in ("s8", "u8"):
        return rng.integers(-100 if kind == "s8" else 0, 100, (rows, columns)).astype(TYPES[kind])
    values = rng.standard_normal((rows, columns)).astype(np.float32)
    return (values.view(np.uint32) & np.uint32(0xFFFFE000)).view(np.float32) if kind == "tf32" else values.astype(TYPES[kind])


def bits(array: np.ndarray) -> np.ndarray:
    return array.view(UNSIGNED[array.dtype.itemsize]).astype(np.uint32)


def pack(elements: list[int], width: int) -> int:
    return sum(int(one) << width * place for place, one in enumerate(elements))


def left_registers(a: np.ndarray, lane: int, kind: str) -> list[int]:
    """A of m16n8kK: register i, element e of lane l holds row l/4 (+8 for odd i), column (l mod 4) per + e, and half the columns more from register 2 on."""
    per, width = 4 // a.dtype.itemsize, 8 * a.dtype.itemsize
    half = a.shape[1] // 2 if a.shape[1] > 4 * per else a.shape[1]
    count = a.shape[1] * 16 // 32 // per
    return [pack([bits(a)[lane // 4 + 8 * (i % 2), lane % 4 * per + e + half * (i // 2)] for e in range(per)], width) for i in range(count)]


def right_registers(b: np.ndarray, lane: int) -> list[int]:
    per, width = 4 // b.dtype.itemsize, 8 * b.dtype.itemsize
    half = b.shape[0] // 2
    return [pack([bits(b)[lane % 4 * per + e + half * i, lane // 4] for e in range(per)], width) for i in range(b.shape[0] * 8 // 32 // per)]


SHAPES = [
    ("f16", "f32", 16), ("f16", "f32", 8), ("bf16", "f32", 16), ("bf16", "f32", 8), ("f16", "f16", 16), ("tf32", "f32", 8), ("tf32", "f32", 4), ("s8", "s32", 32), ("s8", "s32", 16), ("u8", "s32", 32),
    ("e4m3", "f32", 32), ("e5m2", "f32", 32),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "result", "inner"), SHAPES)
def test_mma(kind, result, inner):
    rng = np.random.default_rng(inner)
    a, b, c = matrix(rng, kind, 16, inner), matrix(rng, kind, inner, 8), matrix(rng, result, 16, 8) if result != "s32" else rng.integers(-1000, 1000, (16, 8)).astype(np.int32)
    left = np.array([left_registers(a, lane, kind) for lane in range(32)], np.uint32)
    right = np.array([right_registers(b, lane) for lane in range(32)], np.uint32)
    if result == "f16":
        addend = np.array([[pack(bits(c)[lane // 4 + 8 * i, 2 * (lane % 4) :][:2].tolist(), 16) for i in range(2)] for lane in range(32)], np.uint32)
    else:
        addend = np.array([[bits(c)[lane // 4 + 8 * (i // 2), 2 * (lane % 4) + i % 2] for i in range(4)] for lane in range(32)], np.uint32)
    out = np.zeros((32, addend.shape[1]), np.uint32)
    found = multiply(f"mma.sync.aligned.m16n8k{inner}.row.col.{result}.{kind}.{kind}.{result}", left, right, addend, out)
    exact = a.astype(np.float64) @ b.astype(np.float64) + c.astype(np.float64)
    for lane in range(32):
        for i in range(out.shape[1]):
            row, columns = (lane // 4 + 8 * i, [0, 1]) if result == "f16" else (lane // 4 + 8 * (i // 2), [i % 2])
            values = np.array([found[lane, i]], np.uint32).view(TYPES[result])
            assert np.allclose(values.astype(np.float64), exact[row, [2 * (lane % 4) + one for one in columns]], rtol=2e-3 if result == "f16" else 1e-6, atol=1e-3 if result == "f16" else 1e-6)


def multiply(opcode: str, left: np.ndarray, right: np.ndarray, addend: np.ndarray, out: np.ndarray) -> np.ndarray:
    lines, lists, register = [], [], 10
    for place, array in enumerate((left, right, addend)):
        count = array.shape[1]
        names = [f"%r{register + i}" for i in range(count)]
        lines += [f"mul.wide.u32 %rd9, %r0, {4 * count}; add.s64 %rd10, %rd{place}, %rd9;", *(f"ld.global.b32 {name}, [%rd10+{4 * i}];" for i, name in enumerate(names))]
        lists.append("{" + ", ".join(names) + "}")
        register += count
    results = [f"%r{register + i}" for i in range(out.shape[1])]
    lines += [f"{opcode} {{{', '.join(results)}}}, {', '.join(lists)};", f"mul.wide.u32 %rd9, %r0, {4 * len(results)}; add.s64 %rd10, %rd3, %rd9;"]
    lines += [f"st.global.b32 [%rd10+{4 * i}], {name};" for i, name in enumerate(results)]
    run("\n".join(lines), [left, right, addend, out])
    return out


def test_integers_wrap_or_saturate():
    left, right = np.full((32, 4), 0x7F7F7F7F, np.uint32), np.full((32, 2), 0x7F7F7F7F, np.uint32)
    addend = np.full((32, 4), 2**31 - 1, np.uint32)
    wrapped = multiply("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32", left, right, addend, np.zeros((32, 4), np.uint32))
    kept = multiply("mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.s8.s32", left, right, addend, np.zeros((32, 4), np.uint32))
    assert (wrapped == 2**31 - 1 + 32 * 127 * 127).all() and (kept == 2**31 - 1).all()


SHARED = ".shared .align 128 .b8 sm[4096];"
FILL = "mov.u32 %r1, sm; shl.b32 %r2, %r0, 4; add.s32 %r3, %r1, %r2; cvt.u64.u32 %rd9, %r2; add.s64 %rd10, %rd0, %rd9; ld.global.v4.b32 {%r4, %r5, %r6, %r7}, [%rd10]; st.shared.v4.b32 [%r3], {%r4, %r5, %r6, %r7}; bar.warp.sync -1;"
"""Thread i puts row i of a matrix of 8 columns of 16 bits into shared memory."""


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_ldmatrix(count, transposed):
    source = np.random.default_rng(count).integers(0, 65536, (32, 8)).astype(np.uint16)
    out = np.zeros((32, count), np.uint32)
    names = [f"%r{20 + i}" for i in range(count)]
    body = FILL + f"ldmatrix.sync.aligned.m8n8.x{count}{'.trans' if transposed else ''}.shared.b16 {{{', '.join(names)}}}, [%r3];"
    body += f"mul.wide.u32 %rd9, %r0, {4 * count}; add.s64 %rd10, %rd1, %rd9;" + "".join(f"st.global.b32 [%rd10+{4 * i}], {name};" for i, name in enumerate(names))
    run(body, [source, out], shared=SHARED)
    for lane in range(32):
        for i in range(count):
            block = source[8 * i : 8 * i + 8]
            pair = [block[2 * (lane % 4) + e, lane // 4] if transposed else block[lane // 4, 2 * (lane % 4) + e] for e in (0, 1)]
            assert out[lane, i] == pack(pair, 16)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_stmatrix(count, transposed):
    source = np.random.default_rng(count).integers(0, 2**32, (32, count)).astype(np.uint32)
    out = np.zeros((32, 8), np.uint16)
    names = [f"%r{20 + i}" for i in range(count)]
    body = f"mul.wide.u32 %rd9, %r0, {4 * count}; add.s64 %rd10, %rd0, %rd9;" + "".join(f"ld.global.b32 {name}, [%rd10+{4 * i}];" for i, name in enumerate(names))
    body += f"mov.u32 %r1, sm; shl.b32 %r2, %r0, 4; add.s32 %r3, %r1, %r2; stmatrix.sync.aligned.m8n8.x{count}{'.trans' if transposed else ''}.shared.b16 [%r3], {{{', '.join(names)}}}; bar.warp.sync -1;"
    body += f"setp.lt.u32 %p1, %r0, {8 * count}; cvt.u64.u32 %rd9, %r2; add.s64 %rd10, %rd1, %rd9; @%p1 ld.shared.v4.b32 {{%r4, %r5, %r6, %r7}}, [%r3]; @%p1 st.global.v4.b32 [%rd10], {{%r4, %r5, %r6, %r7}};"
    run(body, [source, out], shared=SHARED)
    for i in range(count):
        for row in range(8):
            for column in range(8):
                lane, half = (column * 4 + row // 2, row % 2) if transposed else (row * 4 + column // 2, column % 2)
                assert out[8 * i + row, column] == source[lane, i] >> 16 * half & 0xFFFF


def test_a_matrix_needs_its_whole_warp():
    body = "mov.u32 %r1, sm; setp.lt.u32 %p1, %r0, 16; @%p1 ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r5}, [%r1];"
    with pytest.raises(KernelFault, match="whole warps"):
        run(FILL + body, [np.zeros((32, 8), np.uint16)], shared=SHARED)


# ---- wgmma

SPANS = {0: 16, 1: 128, 2: 64, 3: 32}


def image(operand: np.ndarray, layout: int, along_rows: bool) -> tuple[bytes, int, int]:
    """[rows, inner] as bytes of shared memory at a multiple of 1024, and the descriptor's leading and stride offsets in bytes.

    Written with plain loops from the canonical layouts: atoms of 8 rows of a span; within an atom, 16-byte chunk c of row r lies at c xor (r mod swizzle rows).
    """
    size, span = operand.dtype.itemsize, SPANS[layout]
    data = bytearray(8192)
    source = operand.T if along_rows else operand
    outer, length = source.shape
    each = span // size
    leading, stride = (8 * span * ((outer + 7) // 8), 8 * span) if along_rows else (128, 8 * span) if layout else (128, 128 * (length * size // 16))
    for row in range(outer):
        for column in range(length):
            if layout == 0:
                address = row // 8 * stride + column * size // 16 * leading + row % 8 * 16 + column * size % 16
            else:
                address = column // each * leading + row // 8 * stride + row % 8 * span + column % each * size
                chunk, repeat = address // 16, {1: 8, 2: 4, 3: 2}[layout]
                address = (chunk ^ (address // 128 % repeat)) * 16 + address % 16
            data[address : address + size] = source[row, column].tobytes()
    return bytes(data), leading, stride


def descriptor(start: int, leading: int, stride: int, layout: int) -> int:
    return start >> 4 | leading >> 4 << 16 | stride >> 4 << 32 | layout << 62


def wgmma(a, b, kind: str, result: str, layout: int, *, left_in_registers=False, along=(False, False), scale=1, negate=(1, 1), before=None, middle="wgmma.fence.sync.aligned;", end="wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0;"):  # type: ignore[no-untyped-def] # fmt: skip
    columns, inner = b.shape[1], a.shape[1]
    (left, *left_offsets), (right, *right_offsets) = image(a, layout, along[0]), image(b.T.copy(), layout, along[1])
    memory = np.frombuffer(left + right, np.uint8).copy()
    count = columns // 4 if result == "f16" else columns // 2
    start = np.zeros((128, count), np.uint32) if before is None else before
    registers = np.array([left_registers(a[16 * (t // 32) : 16 * (t // 32) + 16], t % 32, kind) for t in range(128)], np.uint32) if left_in_registers else np.zeros((128, 4), np.uint32)
    out = np.zeros((128, count), np.uint32)
    names = [f"%r{20 + i}" for i in range(count)]
    lines = ["mov.u32 %r1, sm; shl.b32 %r2, %r0, 7; add.s32 %r3, %r1, %r2; cvt.u64.u32 %rd9, %r2; add.s64 %rd10, %rd0, %rd9;"]
    for i in range(8):
        lines.append(f"ld.global.v4.b32 {{%r4, %r5, %r6, %r7}}, [%rd10+{16 * i}]; st.shared.v4.b32 [%r3+{16 * i}], {{%r4, %r5, %r6, %r7}};")
    lines += ["fence.proxy.async.shared::cta; bar.sync 0;", f"mul.wide.u32 %rd9, %r0, {4 * count}; add.s64 %rd11, %rd1, %rd9; add.s64 %rd12, %rd2, %rd9; shl.b32 %r2, %r0, 4; cvt.u64.u32 %rd9, %r2; add.s64 %rd13, %rd3, %rd9;"]
    lines += [f"ld.global.b32 {name}, [%rd11+{4 * i}];" for i, name in enumerate(names)] + ["ld.global.v4.b32 {%r10, %r11, %r12, %r13}, [%rd13];", f"setp.ne.s32 %p1, %r0, {1000 if scale else 0}; mov.b32 %r8, {scale}; setp.ne.b32 %p1, %r8, 0;"]
    left_operand = "{%r10, %r11, %r12, %r13}" if left_in_registers else f"{descriptor(0, *left_offsets, layout)}"
    flags = f"{negate[0]}, {negate[1]}" + ("" if np.dtype(TYPES[kind]).itemsize != 2 else f", {int(along[1])}" if left_in_registers else f", {int(along[0])}, {int(along[1])}")
    lines += [middle, f"wgmma.mma_async.sync.aligned.m64n{columns}k{inner}.{result}.{kind}.{kind} {{{', '.join(names)}}}, {left_operand}, {descriptor(8192, *right_offsets, layout)}, %p1, {flags};", end]
    lines += [f"st.global.b32 [%rd12+{4 * i}], {name};" for i, name in enumerate(names)]
    run("\n".join(lines), [memory, start, out, registers], 128, shared=".shared .align 1024 .b8 sm[16384];")
    return out


def unpack(out: np.ndarray, result: str, columns: int) -> np.ndarray:
    """Registers of the accumulator as a matrix, by the formula of the PTX ISA for D of m64nNk*."""
    found = np.zeros((64, columns))
    for thread in range(128):
        values = out[thread].view(TYPES[result])
        for i, value in enumerate(values):
            found[16 * (thread // 32) + thread % 32 // 4 + 8 * (i % 4 // 2), 8 * (i // 4) + 2 * (thread % 4) + i % 2] = value
    return found


@pytest.mark.parametrize("layout", SPANS)
@pytest.mark.parametrize(("kind", "result"), [("bf16", "f32"), ("f16", "f16"), ("e4m3", "f32"), ("e5m2", "f32"), ("s8", "s32"), ("u8", "s32"), ("tf32", "f32")])
def test_wgmma(kind, result, layout):
    rng = np.random.default_rng(layout)
    inner = 32 // np.dtype(TYPES[kind]).itemsize
    a, b = matrix(rng, kind, 64, inner), matrix(rng, kind, inner, 24)
    found = unpack(wgmma(a, b, kind, result, layout), result, 24)
    assert np.allclose(found, a.astype(np.float64) @ b.astype(np.float64), rtol=2e-3 if result == "f16" else 1e-5, atol=5e-3 if result == "f16" else 1e-5)


@pytest.mark.parametrize("layout", [1, 2, 3])
@pytest.mark.parametrize("along", [(True, False), (False, True), (True, True)])
def test_wgmma_along_rows(along, layout):
    rng = np.random.default_rng(layout)
    a, b = matrix(rng, "bf16", 64, 16), matrix(rng, "bf16", 16, 64)
    assert np.allclose(unpack(wgmma(a, b, "bf16", "f32", layout, along=along), "f32", 64), a.astype(np.float64) @ b.astype(np.float64), rtol=1e-5, atol=1e-5)


def test_wgmma_with_its_left_operand_in_registers_and_an_accumulator():
    rng = np.random.default_rng(0)
    a, b, start = matrix(rng, "f16", 64, 16), matrix(rng, "f16", 16, 16), matrix(rng, "f32", 128, 8)
    product, before = a.astype(np.float64) @ b.astype(np.float64), unpack(start.view(np.uint32), "f32", 16)
    for scale, negate, wanted in ((1, (1, 1), before + product), (1, (-1, 1), before - product), (1, (-1, -1), before + product), (0, (1, 1), product)):
        found = wgmma(a, b, "f16", "f32", 1, left_in_registers=True, scale=scale, negate=negate, before=start.view(np.uint32))
        assert np.allclose(unpack(found, "f32", 16), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [("race", {"middle": ""}), ("pending", {"end": ""}), ("pending", {"end": "wgmma.wait_group.sync.aligned 0;"}), ("pending", {"end": "wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 1;"})],
)
def test_wgmma_without_its_fence_or_its_wait(kind, changes):
    rng = np.random.default_rng(0)
    with pytest.raises(KernelFault) as caught:
        wgmma(matrix(rng, "bf16", 64, 16), matrix(rng, "bf16", 16, 8), "bf16", "f32", 1, **changes)
    assert caught.value.kind == kind


@pytest.mark.parametrize("fence", ["", "fence.proxy.async.shared::cta;"])
def test_wgmma_reads_what_was_written_just_before(fence):
    rng = np.random.default_rng(0)
    middle = f"st.shared.b32 [%r3], %r4; {fence} bar.sync 0; wgmma.fence.sync.aligned;"
    a, b = matrix(rng, "bf16", 64, 16), matrix(rng, "bf16", 16, 8)
    if fence:
        wgmma(a, b, "bf16", "f32", 1, middle=middle)
        return
    with pytest.raises(KernelFault, match="fence.proxy.async"):
        wgmma(a, b, "bf16", "f32", 1, middle=middle)


def test_wgmma_operands_are_not_written_while_it_reads_them():
    rng = np.random.default_rng(0)
    with pytest.raises(KernelFault, match="wgmma that nobody waited for"):
        wgmma(matrix(rng, "bf16", 64, 16), matrix(rng, "bf16", 16, 8), "bf16", "f32", 1, end="wgmma.commit_group.sync.aligned; st.shared.b32 [%r3], %r0; wgmma.wait_group.sync.aligned 0;")


@pytest.mark.parametrize("shape", ["m64n20k16", "m64n16k8", "m32n16k16"])
def test_other_shapes_are_refused(shape):
    names = "{" + ",".join(f"%r{20 + i}" for i in range(8)) + "}"
    with pytest.raises(UnsupportedError, match="shape"):
        run(f"wgmma.mma_async.sync.aligned.{shape}.f32.bf16.bf16 {names}, %rd1, %rd1, 1, 1, 1, 0, 0;", [np.zeros(4), np.zeros(4)], 128)
