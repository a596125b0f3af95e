"""A kernel's blocks as lists of steps, with guards, counts, and the watching of registers that may be undefined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from intarsia.codegen.verify.ptx import flow, table
from intarsia.codegen.verify.ptx.builder import Builder
from intarsia.codegen.verify.ptx.counters import full_name
from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.program import Instruction, Kernel, Register
from intarsia.codegen.verify.ptx.table import Step
from intarsia.codegen.verify.ptx.types import TYPES, Array

CONTROL = ("bra", "ret", "exit")
MEMBERS = {"shfl": 4, "vote": 2, "redux": 2, "match": 2, "elect": 1, "bar": 0}
"""Where the mask of the lanes that take part stands among the operands. Others take whole warps."""


@dataclass
class BoundBlock:
    """`gate`: whom the block needs before it may run (a function of who came), or None. `count`: threads that ran it, summed up."""

    begin: int
    steps: list[Step]
    next: int
    last: Instruction
    branch: int = -1
    guard: Array | None = None
    barrier: bool = False
    gate: Callable[[Lanes], Array] | None = None
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
        bound.branch = number[last.target] if last.opcode == "bra" else -1
        bound.guard = builder.state.registers.row(last.guard.name) if last.guard is not None and last.opcode in CONTROL else None
        bound.barrier = is_barrier(last)
        if table.find(code[0]).convergent or (code[0].opcode == "bar" and not is_barrier(code[0])):
            bound.gate = _gate(builder, code[0])
        if bound.barrier and last.guard is not None:
            raise fault("divergence", "a barrier with a guard", last)
        program.blocks.append(bound)
        program.plain.append([full_name(one) for one in code if one.guard is None or one.opcode in CONTROL])
    return program


def _gate(builder: Builder, instruction: Instruction) -> Callable[[Lanes], Array]:
    """Which threads must be there, given who came: those that the mask names, or the whole warp."""
    place = MEMBERS.get(instruction.opcode)
    if place is None:
        return lambda lanes: np.repeat(lanes.mask.reshape(-1, WARP).any(1), WARP)
    members = builder.array(instruction.operands[place], TYPES["u32"], instruction)
    lane = np.arange(builder.state.threads, dtype=np.uint32) % WARP

    def needed(lanes: Lanes) -> Array:
        masks = np.bitwise_or.reduce(np.where(lanes.mask, members, np.uint32(0)).reshape(-1, WARP), axis=1)
        return (np.repeat(masks, WARP) >> lane & np.uint32(1)).astype(bool) | lanes.mask

    return needed


def _step(builder: Builder, instruction: Instruction, guarded: Counter[str]) -> Step:
    step = table.find(instruction).build(builder, instruction)
    step = _watching(builder, instruction, step)
    if instruction.guard is None or instruction.opcode in CONTROL:
        return step
    predicate, negated, name = builder.array(Register(instruction.guard.name), TYPES["pred"], instruction), instruction.guard.negated, full_name(instruction)

    def run(lanes: Lanes) -> None:
        inner = lanes.among(predicate, negated)
        if inner.count:
            step(inner)
            guarded[name] += inner.count

    return run


def _watching(builder: Builder, instruction: Instruction, step: Step) -> Step:
    """With a check that a sink reads nothing undefined, or with its result marked as what it came from."""
    defined = builder.state.defined
    reads, writes = [name for name in table.read(instruction) if name in defined], [name for name in table.written(instruction) if name in defined]
    if not reads and not writes:
        return step
    sink = table.find(instruction).sink
    known = _known(builder, instruction, reads)

    def run(lanes: Lanes) -> None:
        if sink and reads and not lanes.pick(known()).all():
            raise fault("uninitialised", f"a register is read that nobody wrote: one of {', '.join(reads)}", instruction)
        valid: Array | bool = True if sink or not reads else known().copy()
        step(lanes)
        for name in writes:
            np.copyto(defined[name], valid, where=lanes.where)

    return run


def _known(builder: Builder, instruction: Instruction, reads: list[str]) -> Callable[[], Array]:
    """Which threads have defined sources."""
    defined = builder.state.defined
    everywhere = np.ones(builder.state.threads, bool)

    def state(operand: object) -> Array:
        return defined.get(operand.name, everywhere) if isinstance(operand, Register) else everywhere

    if instruction.opcode == "selp":
        _, x, y, chooser = instruction.operands
        choose = builder.values(chooser, TYPES["pred"], instruction)
        return lambda: np.where(choose(), state(x), state(y)) & state(chooser)
    if instruction.opcode == "wgmma" and len(instruction.operands) > 3:
        keep = builder.values(instruction.operands[3], TYPES["pred"], instruction)
        others = [name for operand in instruction.operands[1:] for name in table.names(operand) if name in defined]
        accumulators = [name for name in table.names(instruction.operands[0]) if name in defined]
        return lambda: np.logical_and.reduce([everywhere, *(defined[name] for name in others), *(defined[name] | ~keep() for name in accumulators)])
    if instruction.opcode == "shfl":
        return lambda: np.repeat(np.logical_and.reduce([defined[name] for name in reads]).reshape(-1, WARP).all(1), WARP)
    return lambda: np.logical_and.reduce([defined[name] for name in reads])
