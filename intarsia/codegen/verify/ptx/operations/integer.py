"""Products and quotients of integers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import fault, unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import SIGNED, TYPES, UNSIGNED, Array, Type


def multiply(builder: Builder, instruction: Instruction) -> Step:
    """mul and mad with .lo, .hi or .wide."""
    words = Modifiers(instruction)
    part = words.choice("lo", "hi", "wide")
    kind = words.type()
    words.done()
    if kind.kind not in "us" or (part == "wide" and kind.bits == 64):
        raise unknown(f"a product of type {kind.name}", instruction)
    result = TYPES[f"{kind.kind}{2 * kind.bits}"] if part == "wide" else kind
    x, y = (builder.array(operand, kind, instruction) for operand in instruction.operands[1:3])
    product = _product(kind, part)
    write = builder.writer(instruction.operands[0], result, instruction)
    if instruction.opcode == "mul":
        return lambda lanes: write(product(x, y), lanes)
    addend = builder.array(instruction.operands[3], result, instruction)
    return lambda lanes: write(product(x, y) + addend, lanes)


def _product(kind: Type, part: str) -> Callable[[Array, Array], Array]:
    if part == "lo":
        return np.multiply
    if kind.bits == 64:
        return _high64
    wide = (SIGNED if kind.kind == "s" else UNSIGNED)[2 * kind.bits]
    if part == "wide":
        return lambda x, y: np.multiply(x, y, dtype=wide)
    return lambda x, y: (np.multiply(x, y, dtype=wide) >> wide(kind.bits)).astype(kind.dtype)


def _high64(x: Array, y: Array) -> Array:
    """The upper half of a product of 64-bit integers, of either sign: as unsigned, with the usual correction."""
    a, b = x.view(np.uint64), y.view(np.uint64)
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    a0, a1, b0, b1 = a & low, a >> half, b & low, b >> half
    middle = a1 * b0 + (a0 * b0 >> half)
    carry = a0 * b1 + (middle & low)
    high = a1 * b1 + (middle >> half) + (carry >> half)
    if x.dtype == np.int64:
        high = high - np.where(x < 0, b, np.uint64(0)) - np.where(y < 0, a, np.uint64(0))
    return high.view(x.dtype)


def divide(builder: Builder, instruction: Instruction) -> Step:
    """div and rem, toward zero. PTX leaves division by zero open, so it is a fault."""
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    if kind.kind not in "us" or kind.bits == 8:
        raise unknown(f"a quotient of type {kind.name}", instruction)
    x, y = (builder.array(operand, kind, instruction) for operand in instruction.operands[1:])
    write = builder.writer(instruction.operands[0], kind, instruction)
    remainder = instruction.opcode == "rem"

    def step(lanes: Lanes) -> None:
        if not lanes.pick(y).all():
            raise fault("arithmetic", "an integer is divided by zero", instruction)
        below = np.where(y == 0, kind.dtype(1), y)
        rest = np.fmod(x, below)
        write(rest if remainder else (x - rest) // below, lanes)

    return step


@operation("rem", forms="s and u integers; the sign of the dividend")
def _rem(builder: Builder, instruction: Instruction) -> Step:
    return divide(builder, instruction)
