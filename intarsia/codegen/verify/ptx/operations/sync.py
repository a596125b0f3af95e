"""Barriers and fences. bar.sync of a CTA and branches are the machine's; what stands here only moves the time of shared memory on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import fault, unknown
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.operations import bulk
from intarsia.codegen.verify.ptx.program import Immediate, Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import TYPES, Array

REGISTERS, MOST_REGISTERS = 1 << 16, 255
"""Of a core and of a thread (CUDA programming guide, "Technical specifications per compute capability"); warps get them in eights a thread."""


def _warps(lanes: Lanes) -> Array:
    """Which warps are there, in part or whole."""
    return np.asarray(lanes.mask.reshape(-1, WARP).any(1))


@dataclass(frozen=True)
class Meeting:
    """A barrier of some of a CTA's threads: its number and how many threads it is for, both for each thread; whether those who come wait for the others."""

    number: Array
    threads: Array
    waits: bool


def meeting(builder: Builder, instruction: Instruction) -> Meeting | None:
    """What a barrier is; None where it is for all threads of the CTA."""
    waits = "arrive" not in instruction.modifiers
    number, *count = instruction.operands
    if waits and (not count or number == Immediate(0)):
        return None
    if not count:
        raise unknown("an arrival at a barrier of no number of threads", instruction)
    return Meeting(builder.array(number, TYPES["u32"], instruction), builder.array(count[0], TYPES["u32"], instruction), waits)


@operation(
    "bar", "barrier", forms="bar.sync and barrier.sync (.cta .aligned) of all threads; .sync and .arrive of some, by number and count; bar.warp.sync", writes=False, sink=True,
)  # fmt: skip
def _barrier(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    if words.flag("warp"):
        words.choice("sync")
        words.done()
        return lambda lanes: builder.state.shared.sync_warps(_warps(lanes))
    words.flag("cta")
    words.choice("sync", "arrive")
    words.flag("aligned")
    words.done()
    number, *count = instruction.operands or (None,)
    if count and number == Immediate(0) and count[0] != Immediate(builder.state.shared.threads):
        raise unknown("barrier 0 for a part of the threads", instruction)
    if number is None or not (count or isinstance(number, Immediate)):
        raise unknown("a barrier of all threads whose number is no constant", instruction)
    return lambda lanes: None


@operation(
    "setmaxnreg", forms=".inc .dec .sync.aligned.u32, 24 to 256 in eights: all warps of a CTA together no more than it can have been launched with", writes=False, convergent=True,
)  # fmt: skip
def _registers(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.choice("inc", "dec")
    for word in ("sync", "aligned", "u32"):
        words.choice(word)
    words.done()
    count = instruction.operands[0]
    if not isinstance(count, Immediate) or count.value % 8 or not 24 <= count.value <= 256:
        raise unknown("a number of registers that is none of 24 to 256 in eights", instruction)
    state, threads = builder.state, builder.state.shared.threads
    most = min(MOST_REGISTERS, REGISTERS // threads // 8 * 8) * threads

    def step(lanes: Lanes) -> None:
        np.copyto(state.taken, int(count.value), where=lanes.mask)
        ctas = state.taken.reshape(-1, threads)
        if ((ctas > 0).all(1) & (ctas.sum(1) > most)).any():
            raise fault("divergence", f"a CTA's warps want {int(ctas.sum(1).max())} registers, and it was launched with {most} at most: one waits for ever", instruction)

    return step


@operation("bra", "ret", "exit", forms="direct, .uni", writes=False, sink=True)
def _control(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.flag("uni")
    words.done()
    return lambda lanes: None


@operation(
    "membar", "fence", forms=".acq_rel .sc .release .acquire, .cta .gpu .sys .gl, .mbarrier_init: no effect; .proxy.async and .proxy.tensormap are checked for", writes=False,
)  # fmt: skip
def _fence(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    if words.flag("proxy"):
        if "tensormap::generic" in words.left:
            return bulk.fence(builder, instruction, words)
        words.choice("async")
        words.flag("shared::cta", "global")
        words.done()
        return lambda lanes: builder.state.shared.fence_proxy(_warps(lanes))
    words.flag("mbarrier_init", "acq_rel", "sc", "acquire", "release", "cta", "gpu", "sys", "gl", "cluster")
    words.done()
    return lambda lanes: None
