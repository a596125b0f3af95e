"""Arithmetic that integers and floats share: add, sub, mul, mad, fma, div, min, max, neg, abs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx import floats
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.operations import integer
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import PACKED, TYPES, Array, Type

Function = Callable[..., Any]
ROUNDINGS = ("rn", "rz", "rm", "rp")


@operation("add", "sub", forms="integers; f16 f32 f64 bf16 and packed f16x2 bf16x2, .rn .rz .rm .rp (f32) .ftz .sat; add.s16x2 .u16x2")
def _add(builder: Builder, instruction: Instruction) -> Step:
    return _two(builder, instruction, np.add if instruction.opcode == "add" else np.subtract)


@operation("mul", forms="integers .lo .hi .wide; floats as add")
def _mul(builder: Builder, instruction: Instruction) -> Step:
    if instruction.modifiers and instruction.modifiers[0] in ("lo", "hi", "wide"):
        return integer.multiply(builder, instruction)
    if _integer(instruction):
        raise unknown("a product of integers without .lo, .hi or .wide", instruction)
    return _two(builder, instruction, np.multiply)


@operation("fma", "mad", forms="fma: floats as add, rounded once; mad: integers .lo .hi .wide, and floats like fma")
def _fma(builder: Builder, instruction: Instruction) -> Step:
    if instruction.modifiers and instruction.modifiers[0] in ("lo", "hi", "wide"):
        return integer.multiply(builder, instruction)
    return _floats(builder, instruction, Modifiers(instruction), _fused, 3, rounds=True)


@operation("div", forms="s and u integers toward zero; f32 f64 .rn .full .approx .ftz, all rounded exactly")
def _div(builder: Builder, instruction: Instruction) -> Step:
    if instruction.modifiers[-1][0] in "us":
        return integer.divide(builder, instruction)
    words = Modifiers(instruction)
    words.flag("full", "approx")
    return _floats(builder, instruction, words, np.divide, 2, rounds=True)


@operation("min", "max", forms="integers; floats ignore NaN, with .NaN they don't; packed too")
def _extreme(builder: Builder, instruction: Instruction) -> Step:
    low = instruction.opcode == "min"
    words = Modifiers(instruction)
    if words.flag("NaN"):
        return _floats(builder, instruction, words, np.minimum if low else np.maximum, 2)
    if _integer(instruction):
        return _direct(builder, instruction, words, np.minimum if low else np.maximum, 2)
    return _floats(builder, instruction, words, np.fmin if low else np.fmax, 2)


@operation("neg", "abs", forms="signed integers, floats, packed floats")
def _sign(builder: Builder, instruction: Instruction) -> Step:
    function = np.negative if instruction.opcode == "neg" else np.absolute
    words = Modifiers(instruction)
    return _direct(builder, instruction, words, function, 1) if _integer(instruction) else _floats(builder, instruction, words, function, 1)


@operation("copysign", forms="f32 f64: the second value with the first one's sign")
def _copysign(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    if kind.kind != "f" or kind.bits == 16:
        raise unknown(f"copysign of type {kind.name}", instruction)
    return general(builder, instruction, kind, lambda sign, size: np.copysign(size, sign))


def _two(builder: Builder, instruction: Instruction, function: Function) -> Step:
    words = Modifiers(instruction)
    if _integer(instruction):
        return _direct(builder, instruction, words, function, 2)
    return _floats(builder, instruction, words, function, 2, rounds=True)


def _integer(instruction: Instruction) -> bool:
    return instruction.modifiers[-1][0] in "us"


def _fused(x: Array, y: Array, z: Array) -> Array:
    """x * y + z in a wider type. A product of two float32 is exact in float64; the sum is rounded there and again by the writer, which differs from one rounding in
    about one case of 2^29."""
    wide: Any = x.astype(np.longdouble if x.dtype == np.float64 else np.float64)
    wide *= y
    wide += z
    return np.asarray(wide)


def _direct(builder: Builder, instruction: Instruction, words: Modifiers, function: Function, arity: int) -> Step:
    """A NumPy function straight from registers to register."""
    if (packed := words.packed()) and instruction.opcode in ("add", "min", "max"):
        words.done()
        return pairs(builder, instruction, PACKED[packed], function)
    kind = words.type()
    words.done()
    return straight(builder, instruction, kind, function, arity)


def straight(builder: Builder, instruction: Instruction, kind: Type, function: Function, arity: int) -> Step:
    """A step of `function(sources, out=, where=)` where all operands have the type `kind`."""
    target = builder.target(instruction.operands[0], kind, instruction)
    if target is None or len(instruction.operands) != arity + 1:
        raise unknown("its operands do not fit its type", instruction)
    sources = [builder.array(operand, kind, instruction) for operand in instruction.operands[1:]]
    if arity == 1:
        (only,) = sources
        return lambda lanes: function(only, out=target, where=lanes.where)
    first, second = sources
    return lambda lanes: function(first, second, out=target, where=lanes.where)


def _floats(builder: Builder, instruction: Instruction, words: Modifiers, function: Function, arity: int, rounds: bool = False) -> Step:
    packed = words.packed()
    kind = PACKED[packed] if packed else words.type()
    rounding = words.choice(*ROUNDINGS, default="rn") if rounds else "rn"
    flush, saturate = words.flag("ftz"), words.flag("sat")
    words.done()
    if len(instruction.operands) != arity + 1 or not kind.floating or packed.startswith("e"):
        raise unknown("its operands do not fit its type", instruction)
    if rounding != "rn":
        if packed or kind.name != "f32":
            raise unknown(f"the rounding .{rounding} of type {packed or kind.name}", instruction)
        function = _directed(function, rounding)
    if packed:
        return pairs(builder, instruction, kind, function)
    if kind.kind == "f" and not flush and not saturate and isinstance(function, np.ufunc):
        return straight(builder, instruction, kind, function, arity)
    return general(builder, instruction, kind, _shaped(function, flush and kind.bits == 32, saturate))


def _directed(function: Function, rounding: str) -> Function:
    """Rounded from float64's result toward zero (.rz), down (.rm) or up (.rp)."""

    def directed(*sources: Array) -> Array:
        wide = np.asarray(function(*(one.astype(np.float64) for one in sources)), np.float64)
        near = wide.astype(np.float32)
        toward = np.where(wide > 0, -np.inf, np.inf) if rounding == "rz" else np.full(wide.shape, -np.inf if rounding == "rm" else np.inf)
        wrong = np.where(toward < 0, near > wide, near < wide)
        return np.where(wrong, np.nextafter(near, toward.astype(np.float32)), near)

    return directed


def _shaped(function: Function, flush: bool, saturate: bool) -> Function:
    """With subnormal inputs and results flushed (.ftz), and results brought to [0, 1], NaN to 0 (.sat)."""
    if not flush and not saturate:
        return function

    def shaped(*sources: Array) -> Array:
        result = function(*(floats.flush(one) for one in sources) if flush else sources)
        if flush:
            result = floats.flush(np.asarray(result, np.float32))
        return np.clip(np.nan_to_num(result, nan=0.0, posinf=None, neginf=None), 0, 1) if saturate else result

    return shaped


def general(builder: Builder, instruction: Instruction, kind: Type, function: Function) -> Step:
    """A step of `function(numbers) -> numbers` where all operands have the type `kind`."""
    reads = [builder.values(operand, kind, instruction) for operand in instruction.operands[1:]]
    write = builder.writer(instruction.operands[0], kind, instruction)
    return lambda lanes: write(function(*(read() for read in reads)), lanes)


def pairs(builder: Builder, instruction: Instruction, kind: Type, function: Function) -> Step:
    """A step on two numbers of each register."""
    whole = TYPES[f"b{2 * kind.bits}"]
    rows = [builder.array(operand, whole, instruction) for operand in instruction.operands[1:]]
    write = builder.writer(instruction.operands[0], whole, instruction)

    def step(lanes: Lanes) -> None:
        halves = [floats.numeric(np.ascontiguousarray(row).view(kind.dtype), kind) for row in rows]
        write(floats.to_bits(function(*halves), kind).view(whole.dtype), lanes)

    return step
