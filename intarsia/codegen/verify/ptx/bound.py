"""A kernel's blocks as lists of steps, with guards, counts, and the watching of registers that may be undefined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from intarsia.codegen.verify.ptx import definedness, flow, table
from intarsia.codegen.verify.ptx.builder import Builder
from intarsia.codegen.verify.ptx.counters import full_name
from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.matrix_reads import GROUP
from intarsia.codegen.verify.ptx.operations.bulk import waits
from intarsia.codegen.verify.ptx.operations.sync import Meeting, meeting
from intarsia.codegen.verify.ptx.program import Instruction, Kernel, Register
from intarsia.codegen.verify.ptx.table import Step
from intarsia.codegen.verify.ptx.types import TYPES, Array

CONTROL = ("bra", "ret", "exit")
MEMBERS = {"shfl": 4, "vote": 2, "redux": 2, "match": 2, "elect": 1, "bar": 0}
"""Where the mask of the lanes that take part stands among the operands. Others take whole warps."""


@dataclass
class BoundBlock:
    """`gate`: whom the block needs before it may run (a function of who came), or None; `waits`: who of them need not wait for an mbarrier, or None. `barrier`: it ends at
    a barrier of the whole CTA, or with `meeting` of some of its threads. `count`: threads that ran it, summed up."""

    begin: int
    steps: list[Step]
    next: int
    last: Instruction
    branch: int = -1
    guard: Array | None = None
    barrier: bool = False
    gate: Callable[[Lanes], Array] | None = None
    waits: Callable[[Lanes], Array] | None = None
    meeting: Meeting | None = None
    count: int = 0


@dataclass
class BoundProgram:
    """All blocks; `guarded` counts threads of instructions with a guard, `plain` lists those without."""

    kernel: Kernel
    blocks: list[BoundBlock]
    plain: list[list[str]]
    guarded: Counter[str] = field(default_factory=Counter)

    def executed(self) -> Counter[str]:
        total = Counter(self.guarded)
        for block, names in zip(self.blocks, self.plain, strict=True):
            for name in names:
                total[name] += block.count
        return total


def is_barrier(instruction: Instruction) -> bool:
    """A barrier of the CTA."""
    return instruction.opcode in ("bar", "barrier") and "warp" not in instruction.modifiers


def bind(kernel: Kernel, builder: Builder) -> BoundProgram:
    """Steps for every instruction. Raises UnsupportedError for one that is not known."""
    parts = flow.blocks(kernel)
    number = {part.begin: place for place, part in enumerate(parts)} | {len(kernel.instructions): len(parts)}
    program = BoundProgram(kernel, [], [])
    for place, part in enumerate(parts):
        code = kernel.instructions[part.begin : part.end]
        last = code[-1]
        steps = [_step(builder, one, program.guarded) for one in code]
        bound = BoundBlock(part.begin, [step for step, one in zip(steps, code, strict=True) if one.opcode not in CONTROL and not is_barrier(one)], place + 1, last)
        if last.opcode in CONTROL and (check := _guard_check(builder, last)):
            bound.steps.append(check)
        bound.branch = number[last.target] if last.opcode == "bra" else -1
        bound.guard = builder.state.registers.row(last.guard.name) if last.guard is not None and last.opcode in CONTROL else None
        bound.barrier = is_barrier(last)
        bound.meeting = meeting(builder, last) if bound.barrier else None
        if table.find(code[0]).convergent or bound.meeting or (code[0].opcode == "bar" and not is_barrier(code[0])):
            bound.gate = _gate(builder, code[0])
        bound.waits = waits(builder, code[0]) if flow.is_wait(code[0]) else None
        if (bound.barrier or bound.waits) and (last if bound.barrier else code[0]).guard is not None:
            raise fault("divergence", "a barrier with a guard", last)
        program.blocks.append(bound)
        program.plain.append([full_name(one) for one in code if one.guard is None or one.opcode in CONTROL])
    return program


def _gate(builder: Builder, instruction: Instruction) -> Callable[[Lanes], Array]:
    """Which threads must be there, given who came: those that the mask names, or the whole warp, for products the whole warpgroup."""
    place = MEMBERS.get(instruction.opcode)
    if instruction.opcode == "wgmma":
        return lambda lanes: np.repeat(lanes.mask.reshape(-1, GROUP).any(1), GROUP)
    if place is None or is_barrier(instruction):
        return lambda lanes: np.repeat(lanes.mask.reshape(-1, WARP).any(1), WARP)
    members = builder.array(instruction.operands[place], TYPES["u32"], instruction)
    lane = np.arange(builder.state.threads, dtype=np.uint32) % WARP

    def needed(lanes: Lanes) -> Array:
        masks = np.bitwise_or.reduce(np.where(lanes.mask, members, np.uint32(0)).reshape(-1, WARP), axis=1)
        return (np.repeat(masks, WARP) >> lane & np.uint32(1)).astype(bool) | lanes.mask

    return needed


def _step(builder: Builder, instruction: Instruction, guarded: Counter[str]) -> Step:
    step = table.find(instruction).build(builder, instruction)
    step = definedness.watch(builder, instruction, step)
    if instruction.guard is None or instruction.opcode in CONTROL:
        return step
    check = _guard_check(builder, instruction)
    whole = table.find(instruction).convergent and instruction.opcode not in MEMBERS
    predicate, negated, name = builder.array(Register(instruction.guard.name), TYPES["pred"], instruction), instruction.guard.negated, full_name(instruction)

    def run(lanes: Lanes) -> None:
        if check is not None:
            check(lanes)
        inner = lanes.among(predicate, negated)
        if whole and not inner.whole_warps:
            raise fault("divergence", "it takes whole warps, and its guard holds for a part of one", instruction)
        if inner.count:
            step(inner)
            guarded[name] += inner.count

    return run


def _guard_check(builder: Builder, instruction: Instruction) -> Step | None:
    """A check that a guard is defined, where that is in doubt."""
    defined = builder.state.defined.get(instruction.guard.name) if instruction.guard else None
    if defined is None:
        return None

    def check(lanes: Lanes) -> None:
        if not lanes.pick(defined == definedness.ALL).all():
            raise fault("uninitialised", f"its guard is read, which nobody wrote: {instruction.guard and instruction.guard.name}", instruction)

    return check
