"""Registers of wgmma: accumulators may not be touched until they were waited for, and what was written before needs a wgmma.fence.

Both are known from the text alone, on every path through the kernel, so that running it pays nothing for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from intarsia.codegen.verify.ptx import flow, table
from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.program import Immediate, Instruction, Kernel, Vector

DEPTH = 9
"""Groups that are told apart; PTX's wait_group takes numbers up to 7."""


@dataclass(frozen=True)
class _Facts:
    """Sets of registers as bits. `dirty`: written since the last fence. `results` and `sources`: in flight as accumulators, and as left operands; element c holds
    those with c commits or fewer since."""

    dirty: int
    results: tuple[int, ...]
    sources: tuple[int, ...]

    def joined(self, other: _Facts) -> _Facts:
        return _Facts(self.dirty | other.dirty, _union(self.results, other.results), _union(self.sources, other.sources))


def _union(mine: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a | b for a, b in zip(mine, other, strict=True))


@lru_cache(maxsize=64)
def check(kernel: Kernel) -> None:
    """Raises KernelFault where a register of wgmma is used too early, or written with no fence after."""
    multiplying = [one for one in kernel.instructions if _is(one, "mma_async")]
    if not multiplying:
        return
    names = sorted({name for one in multiplying for operand in _matrices(one) for name in table.names(operand)})
    judge = _Judge(kernel, {name: 1 << place for place, name in enumerate(names)})
    entries = flow.forward(judge.parts, _Facts((1 << len(names)) - 1, (0,) * DEPTH, (0,) * DEPTH), judge.through, _Facts.joined)
    for number, facts in entries.items():
        judge.through(facts, number, judging=True)


def _is(instruction: Instruction, what: str) -> bool:
    return instruction.opcode == "wgmma" and what in instruction.modifiers


def _matrices(instruction: Instruction) -> tuple[Vector, Vector]:
    """The accumulator and the left operand, an empty one where that lies in shared memory."""
    accumulator, left = instruction.operands[:2]
    return accumulator if isinstance(accumulator, Vector) else Vector(()), left if isinstance(left, Vector) else Vector(())


class _Judge:
    def __init__(self, kernel: Kernel, bit: dict[str, int]) -> None:
        self.kernel, self.bit = kernel, bit
        self.parts = flow.blocks(kernel)

    def bits(self, names: Iterable[str]) -> int:
        found = 0
        for name in names:
            found |= self.bit.get(name, 0)
        return found

    def through(self, facts: _Facts, number: int, judging: bool = False) -> _Facts:
        """The facts after a block."""
        for at in range(self.parts[number].begin, self.parts[number].end):
            instruction = self.kernel.instructions[at]
            if judging:
                self._judge(facts, instruction)
            facts = self._after(facts, instruction)
        return facts

    def _after(self, facts: _Facts, instruction: Instruction) -> _Facts:
        if instruction.opcode != "wgmma":
            written = self.bits(table.written(instruction))
            return replace(facts, dirty=facts.dirty | written) if written else facts
        if _is(instruction, "fence"):
            return replace(facts, dirty=0)
        if _is(instruction, "commit_group"):
            return _Facts(facts.dirty, _shifted(facts.results), _shifted(facts.sources))
        if _is(instruction, "wait_group"):
            allowed = instruction.operands[0].value if isinstance(instruction.operands[0], Immediate) else DEPTH
            return _Facts(facts.dirty, _kept(facts.results, allowed), _kept(facts.sources, allowed))
        results, sources = (self.bits(table.names(operand)) for operand in _matrices(instruction))
        return _Facts(facts.dirty, tuple(one | results for one in facts.results), tuple(one | sources for one in facts.sources))

    def _judge(self, facts: _Facts, instruction: Instruction) -> None:
        results, sources = facts.results[-1], facts.sources[-1]
        if _is(instruction, "mma_async"):
            target, left = (self.bits(table.names(operand)) for operand in _matrices(instruction))
            if facts.dirty & (target | left):
                raise fault("race", f"{self._name(facts.dirty & (target | left))} was written with no wgmma.fence since", instruction)
            if left & results or target & sources:
                raise fault("pending", f"{self._name(left & results | target & sources)} belongs to a wgmma that was not waited for", instruction)
        elif instruction.opcode != "wgmma":
            early = self.bits(table.read(instruction)) & results | self.bits(table.written(instruction)) & (results | sources)
            if early:
                raise fault("pending", f"{self._name(early)} belongs to a wgmma that was not waited for", instruction)

    def _name(self, bits: int) -> str:
        return next(name for name, one in self.bit.items() if one & bits)


def _shifted(sets: tuple[int, ...]) -> tuple[int, ...]:
    """One commit more."""
    return (0, *sets[:-2], sets[-1])


def _kept(sets: tuple[int, ...], allowed: int) -> tuple[int, ...]:
    """After a wait that leaves `allowed` groups in flight."""
    return tuple(sets[min(at, allowed)] for at in range(DEPTH))
