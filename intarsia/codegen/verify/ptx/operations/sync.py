"""Barriers and fences. bar.sync of a CTA and branches are the machine's; what stands here only moves the time of shared memory on."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.operations import bulk
from intarsia.codegen.verify.ptx.program import Immediate, Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import Array


def _warps(lanes: Lanes) -> Array:
    """Which warps are there, in part or whole."""
    return np.asarray(lanes.mask.reshape(-1, WARP).any(1))


@operation("bar", "barrier", forms="bar.sync and barrier.sync (.cta .aligned) of all threads; bar.warp.sync", writes=False, sink=True)
def _barrier(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    if words.flag("warp"):
        words.choice("sync")
        words.done()
        return lambda lanes: builder.state.shared.sync_warps(_warps(lanes))
    words.flag("cta")
    words.choice("sync")
    words.flag("aligned")
    words.done()
    threads = instruction.operands[1] if len(instruction.operands) > 1 else None
    if threads is not None and threads != Immediate(builder.state.shared.threads):
        raise unknown("a barrier of a part of the threads", instruction)
    if not instruction.operands or not isinstance(instruction.operands[0], Immediate):
        raise unknown("a barrier whose number is no constant", instruction)
    return lambda lanes: None


@operation("bra", "ret", "exit", forms="direct, .uni", writes=False, sink=True)
def _control(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.flag("uni")
    words.done()
    return lambda lanes: None


@operation("membar", "fence", forms=".acq_rel .sc .release .acquire, .cta .gpu .sys .gl: no effect; .proxy.async and .proxy.tensormap are checked for", writes=False)
def _fence(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    if words.flag("proxy"):
        if "tensormap::generic" in words.left:
            return bulk.fence(builder, instruction, words)
        words.choice("async")
        words.flag("shared::cta", "global")
        words.done()
        return lambda lanes: builder.state.shared.fence_proxy(_warps(lanes))
    words.flag("acq_rel", "sc", "acquire", "release", "cta", "gpu", "sys", "gl", "cluster")
    words.done()
    return lambda lanes: None
