"""What the threads of a warp tell each other: shfl, vote, redux, match, elect, activemask."""

from __future__ import annotations

from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import fault, unknown
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import TYPES, Array

B32, U32, PRED = TYPES["b32"], TYPES["u32"], TYPES["pred"]


@operation("shfl", forms=".sync .up .down .bfly .idx, b32, with or without a predicate", convergent=True)
def _shuffle(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.choice("sync")
    mode = words.choice("up", "down", "bfly", "idx")
    words.type()
    words.done()
    target, landed = builder.pair(instruction.operands[0])
    source, by, clamp = (builder.array(operand, U32, instruction) for operand in instruction.operands[1:4])
    write = builder.writer(target, B32, instruction)
    write_landed = builder.writer(landed, PRED, instruction) if landed is not None else None
    lane = np.arange(builder.state.threads) % WARP
    first = np.arange(builder.state.threads) - lane

    def step(lanes: Lanes) -> None:
        """Lane j is read where it lies within the segment; elsewhere the own value (PTX ISA, shfl.sync)."""
        segment, bound, offset = (clamp >> np.uint32(8) & np.uint32(31)).astype(np.int64), (clamp & np.uint32(31)).astype(np.int64), (by & np.uint32(31)).astype(np.int64)
        low = lane & segment
        high = low | bound & ~segment
        wanted = {"up": lane - offset, "down": lane + offset, "bfly": lane ^ offset, "idx": low | offset & ~segment}[mode]
        inside = wanted >= high if mode == "up" else wanted <= high
        chosen = first + np.where(inside, wanted, lane)
        if not lanes.full and not lanes.mask[chosen][lanes.mask].all():
            raise fault("divergence", "a lane is read that does not take part", instruction)
        write(source[chosen], lanes)
        if write_landed is not None:
            write_landed(inside, lanes)

    return step


def _by_warp(lanes: Lanes, values: Array, absent: Any) -> Array:
    """Values as [warps, 32], those of threads that don't take part replaced."""
    return (values if lanes.full else np.where(lanes.mask, values, absent)).reshape(-1, WARP)


def _spread(values: Any) -> Array:
    """One value a warp, for each of its threads."""
    return np.repeat(values, WARP)


_BITS = np.uint32(1) << np.arange(WARP, dtype=np.uint32)


@operation("vote", forms=".sync .all .any .uni .pred, .ballot .b32", convergent=True)
def _vote(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.choice("sync")
    mode = words.choice("all", "any", "uni", "ballot")
    kind = words.type()
    words.done()
    read = builder.values(instruction.operands[1], PRED, instruction)
    write = builder.writer(instruction.operands[0], kind, instruction)

    def step(lanes: Lanes) -> None:
        true, false = _by_warp(lanes, read(), False), _by_warp(lanes, ~read(), False)
        if mode == "ballot":
            write(_spread((true * _BITS).sum(1).astype(np.uint32)), lanes)
        else:
            write(_spread({"all": ~false.any(1), "any": true.any(1), "uni": ~(true.any(1) & false.any(1))}[mode]), lanes)

    return step


_REDUCE = {"add": np.add, "min": np.minimum, "max": np.maximum, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}


@operation("redux", forms=".sync .add .min .max of u32 s32; .and .or .xor of b32", convergent=True)
def _reduce(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.choice("sync")
    mode = words.choice(*_REDUCE)
    kind = words.type()
    words.done()
    if kind.floating or kind.bits != 32:
        raise unknown(f"a reduction of type {kind.name}", instruction)
    source = builder.array(instruction.operands[1], kind, instruction)
    write = builder.writer(instruction.operands[0], kind, instruction)
    limits = np.iinfo(kind.dtype)
    absent = {"min": limits.max, "max": limits.min, "and": -1 if kind.kind == "s" else limits.max}.get(mode, 0)
    return lambda lanes: write(_spread(_REDUCE[mode].reduce(_by_warp(lanes, source, kind.dtype(absent)), axis=1, dtype=kind.dtype)), lanes)


@operation("match", forms=".any .sync b32 b64", convergent=True)
def _match(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.choice("any")
    words.choice("sync")
    kind = words.type()
    words.done()
    source = builder.array(instruction.operands[1], kind, instruction)
    write = builder.writer(instruction.operands[0], B32, instruction)

    def step(lanes: Lanes) -> None:
        values, here = source.reshape(-1, WARP), lanes.mask.reshape(-1, WARP)
        same = (values[:, :, None] == values[:, None, :]) & here[:, None, :]
        write((same * _BITS).sum(2).astype(np.uint32).reshape(-1), lanes)

    return step


@operation("elect", forms=".sync: the lowest lane and whether it is oneself", convergent=True)
def _elect(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.choice("sync")
    words.done()
    target, leads = builder.pair(instruction.operands[0])
    write = builder.writer(target, B32, instruction)
    write_leads = builder.writer(leads, PRED, instruction) if leads is not None else None

    def step(lanes: Lanes) -> None:
        leader = np.argmax(lanes.mask.reshape(-1, WARP), 1)
        write(_spread(leader), lanes)
        if write_leads is not None:
            write_leads(_spread(leader) == np.arange(lanes.mask.size) % WARP, lanes)

    return step


@operation("activemask", forms="b32: those that run together here")
def _active(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    write = builder.writer(instruction.operands[0], words.type(), instruction)
    words.done()
    return lambda lanes: write(_spread((lanes.mask.reshape(-1, WARP) * _BITS).sum(1).astype(np.uint32)), lanes)
