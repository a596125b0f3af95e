"""Tensor cores of one warp: ldmatrix, stmatrix, mma.sync. Fragments are laid out as in the PTX ISA, section Warp Level Matrix Instructions."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx import floats
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import UNSIGNED, WIDE, Array, Type

SHAPES = {16: (8, 16), 32: (4, 8), 8: (16, 32)}
"""Inner sizes of m16n8k* by bits of an operand."""
OPERANDS = ("f16", "bf16", "tf32", "s8", "u8", "e4m3", "e5m2")
ROW = 16
"""Bytes of a row of an 8x8 matrix of b16."""


def _matrices(words: Modifiers, instruction: Instruction) -> tuple[int, bool]:
    """How many matrices, and whether transposed."""
    for word in ("sync", "aligned", "m8n8"):
        words.choice(word)
    count = int(words.choice("x1", "x2", "x4")[1])
    transposed = words.flag("trans")
    words.choice("shared", "shared::cta")
    words.choice("b16")
    words.done()
    return count, transposed


def gather_rows(file: Array, index: Any, lanes: Lanes) -> Array:
    """Registers [count, picked threads]."""
    rows = file[index]
    return np.ascontiguousarray(rows) if lanes.full else np.ascontiguousarray(rows[:, lanes.index])


def scatter_rows(file: Array, index: Any, lanes: Lanes, values: Array) -> None:
    """Put values [registers, lanes] into registers, for the lanes that run; `index` says which registers."""
    if lanes.full:
        file[index] = values
    elif isinstance(index, slice):
        file[index][:, lanes.index] = values
    else:
        file[np.ix_(np.asarray(index), lanes.index)] = values


@operation("ldmatrix", forms=".m8n8 .x1 .x2 .x4 .trans .shared .b16", convergent=True, sink=True)
def _load_matrix(builder: Builder, instruction: Instruction) -> Step:
    count, transposed = _matrices(Modifiers(instruction), instruction)
    file, index = builder.rows(instruction.operands[0], instruction)
    read = builder.address(instruction.operands[1], instruction)
    shared = builder.state.shared
    if len(builder.items(instruction.operands[0])) != count or file.dtype != np.uint32:
        raise unknown(f"other destinations than {count} of 32 bits", instruction)

    def step(lanes: Lanes) -> None:
        giving = lanes.index.reshape(-1, WARP)[:, : 8 * count].reshape(-1)
        places = shared.places(read()[giving], giving, ROW, "load", instruction)
        builder.state.counters.shared_load_bytes += giving.size * ROW
        rows = shared.load(places, giving, ROW, instruction).view(np.uint16).reshape(-1, count, 8, 8)
        matrices = rows.swapaxes(2, 3) if transposed else rows
        values = np.ascontiguousarray(matrices).view(np.uint32).reshape(-1, count, WARP)
        scatter_rows(file, index, lanes, values.swapaxes(0, 1).reshape(count, -1))

    return step


@operation("stmatrix", forms=".m8n8 .x1 .x2 .x4 .trans .shared .b16", convergent=True, writes=False, sink=True)
def _store_matrix(builder: Builder, instruction: Instruction) -> Step:
    count, transposed = _matrices(Modifiers(instruction), instruction)
    file, index = builder.rows(instruction.operands[1], instruction)
    read = builder.address(instruction.operands[0], instruction)
    shared = builder.state.shared
    if len(builder.items(instruction.operands[1])) != count or file.dtype != np.uint32:
        raise unknown(f"other sources than {count} of 32 bits", instruction)

    def step(lanes: Lanes) -> None:
        values = gather_rows(file, index, lanes).reshape(count, -1, WARP).swapaxes(0, 1)
        matrices = np.ascontiguousarray(values).view(np.uint16).reshape(-1, count, 8, 8)
        rows = np.ascontiguousarray(matrices.swapaxes(2, 3) if transposed else matrices)
        giving = lanes.index.reshape(-1, WARP)[:, : 8 * count].reshape(-1)
        places = shared.places(read()[giving], giving, ROW, "store", instruction)
        builder.state.counters.shared_store_bytes += giving.size * ROW
        shared.store(places, giving, rows.reshape(-1, 8).view(WIDE[ROW]).reshape(-1), ROW, instruction)

    return step


def shape(words: Modifiers) -> tuple[int, int, int]:
    """Takes .mMnNkK."""
    for word in words.left:
        if match := re.fullmatch(r"m(\d+)n(\d+)k(\d+)", word):
            words.left.remove(word)
            rows, columns, inner = map(int, match.groups())
            return rows, columns, inner
    raise unknown("its shape is missing", words.instruction)


_MMA = ".sync .aligned .m16n8k* .row.col: f16 bf16 (k8 k16), tf32 (k4 k8), s8 u8 e4m3 e5m2 (k16 k32) to f32, s32, f16; .satfinite for integers"


@operation("mma", forms=_MMA, convergent=True, sink=True)
def _mma(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.choice("sync")
    words.choice("aligned")
    rows, columns, inner = shape(words)
    words.choice("row")
    words.choice("col")
    saturate = words.flag("satfinite")
    result, left, right, addend = words.types(4)
    words.done()
    if left.name not in OPERANDS or right.name not in OPERANDS or left.bits != right.bits or (rows, columns) != (16, 8) or inner not in SHAPES[left.bits] or result != addend:
        raise unknown("this shape with these types", instruction)
    if result.name not in (("s32",) if left.integer else ("f32", "f16")) or (saturate and not left.integer):
        raise unknown(f"a result of type {result.name}", instruction)
    d, a, b, c = (builder.rows(operand, instruction) for operand in instruction.operands)
    lengths = [len(builder.items(operand)) for operand in instruction.operands]
    per = 32 // left.bits
    if lengths != [2 if result.bits == 16 else 4, 16 * inner // WARP // per, 8 * inner // WARP // per, 2 if result.bits == 16 else 4]:
        raise unknown("another number of registers than its shape has", instruction)

    def step(lanes: Lanes) -> None:
        product = left_fragment(gather_rows(*a, lanes), left, inner) @ _right_fragment(gather_rows(*b, lanes), right, inner)
        total = product + _accumulator(gather_rows(*c, lanes), result)
        scatter_rows(*d, lanes, _registers(total, result, saturate))

    return step


def _elements(registers: Array, kind: Type) -> Array:
    """Numbers in float64, which holds every product and sum of them: [registers, threads, elements of a register]."""
    bits = registers.view(UNSIGNED[kind.bits])
    return floats.numeric(bits, kind).astype(np.float64).reshape(*registers.shape, -1)


def left_fragment(registers: Array, kind: Type, inner: int) -> Array:
    """Registers [n, threads] to matrices [warps, 16, inner]: register r holds rows g + 8 (r mod 2), its half r // 2 of the columns."""
    halves = registers.shape[0] // 2
    return _elements(registers, kind).reshape(halves, 2, -1, 8, 4, 32 // kind.bits).transpose(2, 1, 3, 0, 4, 5).reshape(-1, 16, inner)


def _right_fragment(registers: Array, kind: Type, inner: int) -> Array:
    """Registers [n, threads] to matrices [warps, inner, 8]."""
    return _elements(registers, kind).reshape(registers.shape[0], -1, 8, 4, 32 // kind.bits).transpose(1, 0, 3, 4, 2).reshape(-1, inner, 8)


def _accumulator(registers: Array, kind: Type) -> Array:
    """Registers [4, threads] (f16: [2, threads] of pairs) to matrices [warps, 16, 8]."""
    if kind.bits == 16:
        return _elements(registers, kind).reshape(2, -1, 8, 4, 2).transpose(1, 0, 2, 3, 4).reshape(-1, 16, 8)
    values = registers.view(kind.dtype).astype(np.float64)
    return values.reshape(2, 2, -1, 8, 4).transpose(2, 0, 3, 4, 1).reshape(-1, 16, 8)


def _registers(matrices: Array, kind: Type, saturate: bool) -> Array:
    """The reverse of `_accumulator`, rounded to the type; integers wrap, or with `saturate` stay within their range."""
    parts = matrices.reshape(-1, 2, 8, 4, 2)
    if kind.bits == 16:
        return np.ascontiguousarray(parts.transpose(1, 0, 2, 3, 4)).astype(np.float16).reshape(2, -1).view(np.uint32)
    ordered = parts.transpose(1, 4, 0, 2, 3).reshape(4, -1)
    if kind.integer:
        whole = np.clip(ordered, -(2.0**31), 2.0**31 - 1) if saturate else ordered
        return whole.astype(np.int64).astype(np.int32).view(np.uint32)
    return ordered.astype(np.float32).view(np.uint32)
