"""What can be known of a kernel before it runs: its basic blocks, which registers may be read before they are written, and what depends on those.

Registers that are written on every path before they are read need no watching, so only the others are watched while the kernel runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from intarsia.codegen.verify.ptx import table
from intarsia.codegen.verify.ptx.program import Instruction, Kernel

ENDS = ("bra", "ret", "exit", "bar", "barrier")
Fact = TypeVar("Fact")


@dataclass(frozen=True)
class Block:
    """Instructions [begin, end). It may go on at the blocks `successors`; the end of the kernel is none."""

    begin: int
    end: int
    successors: tuple[int, ...]


@lru_cache(maxsize=64)
def blocks(kernel: Kernel) -> tuple[Block, ...]:
    """Basic blocks in order of the text. A convergent instruction begins one, so that it can wait for the rest of its warp; so does a wait for an mbarrier."""
    code = kernel.instructions
    starts = {0, *(at for at in kernel.labels if at < len(code))}
    for at, one in enumerate(code):
        if one.opcode in ENDS:
            starts.add(at + 1)
        if one.opcode in ("bar", "barrier") or table.find(one).convergent or is_wait(one):
            starts.add(at)
    cuts = sorted(at for at in starts if at < len(code))
    number = {at: place for place, at in enumerate(cuts)}
    number[len(code)] = len(cuts)
    made = []
    for begin, end in zip(cuts, [*cuts[1:], len(code)], strict=True):
        made.append(Block(begin, end, tuple(number[at] for at in _next(code[end - 1], end) if at < len(code))))
    return tuple(made)


def is_wait(instruction: Instruction) -> bool:
    """A wait for a phase of an mbarrier."""
    return instruction.opcode == "mbarrier" and "try_wait" in instruction.modifiers


def _next(last: Instruction, after: int) -> list[int]:
    if last.opcode == "bra":
        return [last.target, after] if last.guard else [last.target]
    if last.opcode in ("ret", "exit") and last.guard is None:
        return []
    return [after]


def forward(parts: tuple[Block, ...], start: Fact, step: Callable[[Fact, int], Fact], join: Callable[[Fact, Fact], Fact]) -> dict[int, Fact]:
    """The facts at the beginning of each block that something gets to. `step` takes facts through a block, `join` merges those of two paths."""
    found = {0: start} if parts else {}
    todo = list(found)
    while todo:
        number = todo.pop()
        leaving = step(found[number], number)
        for successor in parts[number].successors:
            joined = join(found[successor], leaving) if successor in found else leaving
            if successor not in found or joined != found[successor]:
                found[successor] = joined
                todo.append(successor)
    return found


@lru_cache(maxsize=64)
def watched(kernel: Kernel) -> frozenset[str]:
    """Registers that may be read before they are written, and those whose value may come of such a read."""
    return _dependent(kernel, _unwritten_reads(kernel))


def _unwritten_reads(kernel: Kernel) -> set[str]:
    bit = {name: 1 << place for place, name in enumerate(kernel.registers)}
    parts = blocks(kernel)
    writes = [sum({bit[name] for name in table.written(one) if name in bit}) if one.guard is None else 0 for one in kernel.instructions]
    reads = [[name for name in table.read(one) if name in bit] for one in kernel.instructions]

    def step(defined: int, number: int) -> int:
        for at in range(parts[number].begin, parts[number].end):
            defined |= writes[at]
        return defined

    found: set[str] = set()
    for number, defined in forward(parts, 0, step, int.__and__).items():
        for at in range(parts[number].begin, parts[number].end):
            found.update(name for name in reads[at] if not defined & bit[name])
            defined |= writes[at]
    return found


def _dependent(kernel: Kernel, seeds: set[str]) -> frozenset[str]:
    found, growing = set(seeds), bool(seeds)
    while growing:
        growing = False
        for one in kernel.instructions:
            if not table.find(one).sink and found.intersection(table.read(one)) and not found.issuperset(table.written(one)):
                found.update(table.written(one))
                growing = True
    return frozenset(found)
