"""Comparisons and choices: setp, set, selp, slct."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from intarsia.codegen.verify.ptx import floats
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.operations.arithmetic import pairs
from intarsia.codegen.verify.ptx.program import Instruction, Sink
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import PACKED, TYPES, Array

PRED = TYPES["pred"]
_ORDERED = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}
_UNSIGNED = {"lo": np.less, "ls": np.less_equal, "hi": np.greater, "hs": np.greater_equal}
_UNORDERED = {"equ": np.equal, "neu": np.not_equal, "ltu": np.less, "leu": np.less_equal, "gtu": np.greater, "geu": np.greater_equal}
_COMBINE = {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}
Compare = Callable[[Array, Array], Array]


def _comparison(name: str, floating: bool) -> Compare:
    if name in _UNORDERED:
        return lambda x, y: _UNORDERED[name](x, y) | np.isnan(x) | np.isnan(y)
    if name == "num":
        return lambda x, y: ~(np.isnan(x) | np.isnan(y))
    if name == "nan":
        return lambda x, y: np.isnan(x) | np.isnan(y)
    if name == "ne" and floating:
        return lambda x, y: (x != y) & ~np.isnan(x) & ~np.isnan(y)
    return {**_ORDERED, **_UNSIGNED}[name]


@operation("setp", forms="all comparisons of b u s f bf16, .ftz, one or two destinations, combined with .and .or .xor")
def _setp(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    name = words.choice(*_ORDERED, *_UNSIGNED, *_UNORDERED, "num", "nan")
    combine = words.choice(*_COMBINE, default="none")
    flush = words.flag("ftz")
    kind = words.type()
    words.done()
    if (name in _UNORDERED or name in ("num", "nan")) and not kind.floating:
        raise unknown(f"a comparison .{name} of type {kind.name}", instruction)
    compare = _comparison(name, kind.floating)
    first, second = builder.pair(instruction.operands[0])
    if combine == "none" and second is None and kind.kind != "coded" and not flush and isinstance(compare, np.ufunc):
        target = builder.target(first, PRED, instruction)
        x, y = (builder.array(operand, kind, instruction) for operand in instruction.operands[1:3])
        if target is not None:
            return lambda lanes: compare(x, y, out=target, where=lanes.where)
    reads = [builder.values(operand, kind, instruction) for operand in instruction.operands[1:3]]
    partner = builder.values(instruction.operands[3], PRED, instruction) if combine != "none" else None
    write = builder.writer(first, PRED, instruction)
    write_second = builder.writer(second, PRED, instruction) if second is not None else None

    def step(lanes: Lanes) -> None:
        x, y = (floats.flush(read()) if flush else read() for read in reads)
        found = compare(x, y)
        other = None if partner is None else partner().copy()
        write(found if other is None else _COMBINE[combine](found, other), lanes)
        if write_second is not None:
            write_second(~found if other is None else _COMBINE[combine](~found, other), lanes)

    return step


@operation("set", forms="comparisons as setp; u32 s32 (all ones) or f32 (1.0); f16x2 bf16x2 to the same type (1.0 each)")
def _set(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    name = words.choice(*_ORDERED, *_UNSIGNED, *_UNORDERED, "num", "nan")
    if packed := words.packed():
        if words.packed() != packed or not PACKED[packed].floating or PACKED[packed].bits != 16:
            raise unknown("this comparison of pairs", instruction)
        words.done()
        compare = _comparison(name, True)
        return pairs(builder, instruction, PACKED[packed], lambda x, y: compare(x, y).astype(np.float32))
    result, kind = words.types(2)
    words.done()
    if result.name not in ("u32", "s32", "f32"):
        raise unknown(f"a result of type {result.name}", instruction)
    compare = _comparison(name, kind.floating)
    x, y = (builder.values(operand, kind, instruction) for operand in instruction.operands[1:3])
    write = builder.writer(instruction.operands[0], result, instruction)
    yes = np.float32(1) if result.name == "f32" else np.int64(-1)
    return lambda lanes: write(np.where(compare(x(), y()), yes, yes.dtype.type(0)), lanes)


_TESTS: dict[str, Callable[[Array], Array]] = {
    "finite": np.isfinite, "infinite": np.isinf, "number": lambda x: ~np.isnan(x), "notanumber": np.isnan,
    "subnormal": lambda x: (np.abs(x) < np.finfo(x.dtype).tiny) & (x != 0), "normal": lambda x: np.isfinite(x) & (np.abs(x) >= np.finfo(x.dtype).tiny),
}  # fmt: skip


@operation("testp", forms=".finite .infinite .number .notanumber .normal .subnormal, f32 f64")
def _test(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    test = _TESTS[words.choice(*_TESTS)]
    kind = words.type()
    words.done()
    if kind.kind != "f":
        raise unknown(f"testp of type {kind.name}", instruction)
    source = builder.array(instruction.operands[1], kind, instruction)
    write = builder.writer(instruction.operands[0], PRED, instruction)
    return lambda lanes: write(test(source), lanes)


@operation("selp", forms="any type of 16 32 64 bits")
def _select(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    bits = TYPES[f"b{kind.bits}"]
    if isinstance(instruction.operands[0], Sink):
        raise unknown("its result is not kept", instruction)
    x, y = (builder.array(operand, kind, instruction).view(bits.dtype) for operand in instruction.operands[1:3])
    choose = builder.values(instruction.operands[3], PRED, instruction)
    write = builder.writer(instruction.operands[0], bits, instruction)
    return lambda lanes: write(np.where(choose(), x, y), lanes)


@operation("slct", forms="b32 u32 s32 f32, by s32 or f32 that is not negative")
def _by_sign(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind, test = words.types(2)
    words.done()
    x, y = (builder.array(operand, kind, instruction) for operand in instruction.operands[1:3])
    choose = builder.array(instruction.operands[3], test, instruction)
    write = builder.writer(instruction.operands[0], kind, instruction)
    return lambda lanes: write(np.where(choose >= 0, x, y), lanes)
