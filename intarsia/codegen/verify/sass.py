"""NVIDIA's machine code as data: instructions, natural loops, and what verification asks of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

LABEL = re.compile(r"\s*(\.L_x_\w+):")
INSTRUCTION = re.compile(r"\s*/\*[0-9a-f]+\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)(.*?);")
GLOBAL = ("LDG", "STG", "LDGSTS")
TENSOR = ("HMMA", "HGMMA", "QMMA", "QGMMA", "IMMA", "IGMMA", "UTCHMMA", "UTCQMMA", "UTCIMMA")
"""Products on tensor cores: of warps (sm_80), warpgroups (sm_90a), single threads into tensor memory (sm_100a); H 16-bit floats, Q 8-bit floats, I integers."""


@dataclass(frozen=True)
class Instruction:
    """`op` with all its modifiers, and the rest of the line."""

    op: str
    operands: str

    @property
    def name(self) -> str:
        return self.op.partition(".")[0]

    @property
    def bits(self) -> int:
        """How much a load or store moves for a thread."""
        widths = [part for part in self.op.split(".") if part in ("U8", "S8", "U16", "S16", "64", "128", "256")]
        return int(widths[-1].lstrip("US")) if widths else 32


@dataclass(frozen=True)
class Program:
    """The instructions of one kernel in order, and where its labels stand."""

    instructions: list[Instruction]
    labels: dict[str, int] = field(default_factory=dict)

    @cached_property
    def loops(self) -> list[list[Instruction]]:
        """Bodies of loops, found by their branches backward."""
        return [self.instructions[begin : end + 1] for begin, end in self._backward()]

    def _backward(self) -> Iterator[tuple[int, int]]:
        for place, instruction in enumerate(self.instructions):
            target = re.search(r"\.L_x_\w+", instruction.operands) if instruction.name == "BRA" else None
            if target and self.labels.get(target.group(), place + 1) < place:
                yield self.labels[target.group()], place

    def main_loop(self) -> list[Instruction]:
        """The shortest loop with a product on tensor cores; without one, the shortest that loads global memory; else empty."""
        for names in (TENSOR, GLOBAL):
            holding = [loop for loop in self.loops if any(i.name in names for i in loop)]
            if holding:
                return min(holding, key=len)
        return []

    def wide_share(self) -> float:
        """Of the bytes that one pass over the code moves to and from global memory, those in accesses of 128 bits."""
        moved = [i.bits for i in self.instructions if i.name in GLOBAL]
        return sum(bits for bits in moved if bits >= 128) / sum(moved) if moved else 0.0

    def products(self) -> set[str]:
        """Names of the products on tensor cores in the main loop."""
        return {i.name for i in self.main_loop() if i.name in TENSOR}

    def local_accesses(self) -> int:
        """Loads and stores of local memory: spills."""
        return sum(i.name in ("LDL", "STL") for i in self.instructions)


def parse(text: str) -> Program:
    """What nvdisasm printed of one kernel."""
    instructions: list[Instruction] = []
    labels: dict[str, int] = {}
    for line in text.splitlines():
        if label := LABEL.match(line):
            labels[label.group(1)] = len(instructions)
        elif found := INSTRUCTION.match(line):
            instructions.append(Instruction(found.group(1), found.group(2)))
    return Program(instructions, labels)
