"""Bits: and, or, xor, not, shifts, fields, permutations, counts."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.operations.arithmetic import general, straight
from intarsia.codegen.verify.ptx.program import Immediate, Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import TYPES, UNSIGNED, Array

_BITWISE = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "not": np.bitwise_not}
U32 = TYPES["u32"]


@operation("and", "or", "xor", "not", forms="pred b16 b32 b64")
def _bitwise(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    if kind.kind not in ("b", "pred"):
        raise unknown(f"{instruction.opcode} of type {kind.name}", instruction)
    function, arity = _BITWISE[instruction.opcode], 1 if instruction.opcode == "not" else 2
    if any(getattr(operand, "negated", False) for operand in instruction.operands):
        return general(builder, instruction, kind, function)
    return straight(builder, instruction, kind, function, arity)


@operation("shl", "shr", forms="b u s of 16 32 64; shifts by the width or more give zero, or the sign")
def _shift(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    source = builder.array(instruction.operands[1], kind, instruction)
    amount = builder.array(instruction.operands[2], U32, instruction)
    write = builder.writer(instruction.operands[0], kind, instruction)
    if instruction.opcode == "shl":
        source = source.view(UNSIGNED[kind.bits])
    function = np.left_shift if instruction.opcode == "shl" else np.right_shift
    fixed = instruction.operands[2]
    if isinstance(fixed, Immediate) and fixed.value < kind.bits:
        by = builder.constant(fixed.value, source.dtype.type)
        return lambda lanes: write(function(source, by), lanes)
    last = source.dtype.type(kind.bits - 1)

    def step(lanes: Lanes) -> None:
        far = amount >= kind.bits
        shifted = function(source, np.where(far, last, amount).astype(source.dtype))
        gone = source >> last if kind.kind == "s" and instruction.opcode == "shr" else source.dtype.type(0)
        write(np.where(far, gone, shifted), lanes)

    return step


@operation("shf", forms=".l .r, .wrap .clamp, b32")
def _funnel(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    left, wrap = words.choice("l", "r") == "l", words.choice("wrap", "clamp") == "wrap"
    kind = words.type()
    words.done()
    low, high, amount = (builder.array(operand, U32, instruction) for operand in instruction.operands[1:])
    write = builder.writer(instruction.operands[0], kind, instruction)

    def step(lanes: Lanes) -> None:
        both = low.astype(np.uint64) | high.astype(np.uint64) << np.uint64(32)
        by = (amount & np.uint32(31) if wrap else np.minimum(amount, np.uint32(32))).astype(np.uint64)
        write((both << by) >> np.uint64(32) if left else both >> by, lanes)

    return step


@operation("bfe", forms="u32 s32 u64 s64")
def _extract(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    source = builder.array(instruction.operands[1], kind, instruction)
    start, length = (builder.array(operand, U32, instruction) for operand in instruction.operands[2:])
    write = builder.writer(instruction.operands[0], kind, instruction)

    def step(lanes: Lanes) -> None:
        """The field, extended by its highest bit (or the highest of all, where it sticks out) if the type is signed."""
        begin, size = start & np.uint32(255), length & np.uint32(255)
        bits = source.view(UNSIGNED[kind.bits]).astype(np.uint64)
        field = _right(bits, begin) & _ones(size)
        if kind.kind == "s":
            top = np.minimum(begin.astype(np.int64) + size - 1, kind.bits - 1)
            negative = (_right(bits, np.maximum(top, 0).astype(np.uint32)) & np.uint64(1)).astype(bool) & (size > 0)
            present = np.clip(kind.bits - begin.astype(np.int64), 0, size.astype(np.int64)).astype(np.uint32)
            field = np.where(negative, field | ~_ones(present), field)
        write(field.view(np.int64), lanes)

    return step


@operation("bfi", forms="b32 b64")
def _insert(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    field, base = (builder.array(operand, kind, instruction) for operand in instruction.operands[1:3])
    start, length = (builder.array(operand, U32, instruction) for operand in instruction.operands[3:])
    write = builder.writer(instruction.operands[0], kind, instruction)

    def step(lanes: Lanes) -> None:
        begin = start & np.uint32(255)
        mask = _left(_ones(length & np.uint32(255)), begin)
        write(base.astype(np.uint64) & ~mask | _left(field.astype(np.uint64), begin) & mask, lanes)

    return step


def _ones(count: Array) -> Array:
    return np.where(count >= 64, ~np.uint64(0), (np.uint64(1) << np.minimum(count, 63).astype(np.uint64)) - np.uint64(1))


def _right(bits: Array, by: Array) -> Array:
    return np.where(by >= 64, np.uint64(0), bits >> np.minimum(by, 63).astype(np.uint64))


def _left(bits: Array, by: Array) -> Array:
    return np.where(by >= 64, np.uint64(0), bits << np.minimum(by, 63).astype(np.uint64))


@operation("lop3", forms="b32 with its table as a constant")
def _lookup(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    table = instruction.operands[4]
    if not isinstance(table, Immediate) or kind.name != "b32":
        raise unknown("its table is no constant, or its type is not b32", instruction)
    x, y, z = (builder.array(operand, U32, instruction) for operand in instruction.operands[1:4])
    write = builder.writer(instruction.operands[0], kind, instruction)
    chosen = [place for place in range(8) if table.value >> place & 1]

    def step(lanes: Lanes) -> None:
        result = np.zeros_like(x)
        for place in chosen:
            result |= (x if place & 4 else ~x) & (y if place & 2 else ~y) & (z if place & 1 else ~z)
        write(result, lanes)

    return step


@operation("prmt", forms="b32, default mode")
def _permute(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    low, high, selector = (builder.array(operand, U32, instruction) for operand in instruction.operands[1:])
    write = builder.writer(instruction.operands[0], kind, instruction)

    def step(lanes: Lanes) -> None:
        both = low.astype(np.uint64) | high.astype(np.uint64) << np.uint64(32)
        bytes_of_result = [_selected_byte(both, selector >> np.uint32(4 * at)) << np.uint64(8 * at) for at in range(4)]
        write(np.bitwise_or.reduce(bytes_of_result), lanes)

    return step


def _selected_byte(both: Array, selector: Array) -> Array:
    """One byte of eight, or with bit 3 its sign in all bits."""
    byte = both >> ((selector & np.uint32(7)) * np.uint32(8)).astype(np.uint64) & np.uint64(255)
    sign = np.where(byte & np.uint64(128), np.uint64(255), np.uint64(0))
    return np.where(selector & np.uint32(8), sign, byte)


@operation("popc", "clz", "brev", forms="b32 b64")
def _count(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    source = builder.array(instruction.operands[1], kind, instruction)
    write = builder.writer(instruction.operands[0], kind if instruction.opcode == "brev" else U32, instruction)

    def step(lanes: Lanes) -> None:
        bits = np.unpackbits(np.ascontiguousarray(source).view(np.uint8).reshape(source.size, -1), axis=1, bitorder="little")
        if instruction.opcode == "popc":
            write(bits.sum(1), lanes)
        elif instruction.opcode == "clz":
            write(np.where(bits.any(1), np.argmax(bits[:, ::-1], 1), kind.bits), lanes)
        else:
            write(np.packbits(bits[:, ::-1], axis=1, bitorder="little").reshape(-1).view(kind.dtype), lanes)

    return step


@operation("bfind", forms="u32 s32 u64 s64, .shiftamt")
def _highest(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    shift = words.flag("shiftamt")
    kind = words.type()
    words.done()
    source = builder.array(instruction.operands[1], kind, instruction)
    write = builder.writer(instruction.operands[0], U32, instruction)

    def step(lanes: Lanes) -> None:
        """The place of the highest bit that differs from the sign, or all ones."""
        positive = np.where(source < 0, ~source, source) if kind.kind == "s" else source
        bits = np.unpackbits(np.ascontiguousarray(positive).view(np.uint8).reshape(source.size, -1), axis=1, bitorder="little")
        place = kind.bits - 1 - np.argmax(bits[:, ::-1], 1)
        write(np.where(bits.any(1), kind.bits - 1 - place if shift else place, -1), lanes)

    return step
