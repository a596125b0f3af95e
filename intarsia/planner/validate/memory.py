"""Memory maps: a phase is played through, and every operator must find its operands' bytes as they were written."""

from __future__ import annotations

import itertools
from typing import Any

from intarsia.ir.bindings import ir
from intarsia.ir.dialects import spec_of
from intarsia.ir.module import attribute


def phase_problems(phase: Any, selected: int) -> list[str]:
    """What goes wrong with the memory of a phase when it is played through, each repeat twice."""
    return _Play(phase, selected).found


class _Play:
    """An arena that knows whose bytes it holds."""

    IN_PLACE = {"llm.matmul": 1, "llm.add": 0, "llm.moe_experts": 3}
    BY_ROW = ("llm.layernorm", "llm.rmsnorm", "llm.glu", "llm.activate")

    def __init__(self, phase: Any, selected: int) -> None:
        self.name, self.rows, self.selected = attribute(phase, "sym_name"), attribute(phase, "max_rows", 0), selected
        self.capacity = attribute(phase, "arena_bytes", -1)
        self.found: list[str] = []
        self.holds: dict[int, tuple[int, int]] = {}
        self.tag_of: dict[Any, int] = {}
        self.place_of: dict[int, tuple[int, int]] = {}
        self.few: set[int] = set()
        self.tags = itertools.count()
        if self.rows <= 0 or self.capacity < 0:
            self.found.append(f"{self.name} has no max_rows or arena_bytes")
            return
        self.play(phase.regions[0].blocks[0])

    def play(self, block: Any) -> None:
        for wrapped in block.operations:
            op = wrapped.operation
            if op.name == "llm.repeat":
                self.repeat(op)
            elif op.name != "llm.yield":
                self.operator(op)

    def operator(self, op: Any) -> None:
        for value in op.operands:
            self.read(value, op.name)
        spec = spec_of(op.name)
        if spec is None or "offset" not in spec.optional:
            return
        few = op.name in ("llm.select_rows", "llm.pool") or any(self.tag_of[v] in self.few for v in op.operands if v in self.tag_of)
        for index, result in enumerate(op.results):
            start = attribute(op, "offset" if index == 0 else f"offset{index}")
            if start is None or start % 64:
                self.found.append(f"{self.name}: {op.name} has no offset that is a multiple of 64")
                continue
            self.write(op, result, start, few)

    def write(self, op: Any, result: Any, start: int, few: bool) -> None:
        end = start + _row_bytes(result) * (self.selected if few else self.rows)
        if end > self.capacity:
            self.found.append(f"{self.name}: {op.name} writes up to byte {end} of an arena of {self.capacity}")
        for index, operand in enumerate(op.operands):
            tag = self.tag_of.get(operand)
            place = self.place_of.get(tag, (0, 0)) if tag is not None else (0, 0)
            own = self.IN_PLACE.get(op.name) == index or (op.name in self.BY_ROW and place == (start, end))
            if own and op.name in self.IN_PLACE and place != (start, end):
                self.found.append(f"{self.name}: {op.name} at {start} should lie where its operand {index} does, at {place[0]}")
            if not own and start < place[1] and place[0] < end:
                self.found.append(f"{self.name}: {op.name} overwrites its own operand {index}")
        self.put(result, start, end, few)

    def put(self, value: Any, start: int, end: int, few: bool) -> None:
        self.holds = {tag: (a, b) for tag, (a, b) in self.holds.items() if b <= start or end <= a}
        tag = next(self.tags)
        self.tag_of[value], self.holds[tag], self.place_of[tag] = tag, (start, end), (start, end)
        if few:
            self.few.add(tag)

    def read(self, value: Any, reader: str) -> None:
        tag = self.tag_of.get(value)
        if tag is not None and tag not in self.holds:
            self.found.append(f"{self.name}: {reader} reads bytes {self.place_of[tag]} that have been overwritten")

    def repeat(self, op: Any) -> None:
        """Two turns show whatever a later one would."""
        body = op.regions[0].blocks[0]
        places = [self.place_of[self.tag_of[value]] for value in op.operands]
        tags = [self.tag_of[value] for value in op.operands]
        for _ in range(2):
            self.tag_of.update(zip(body.arguments, tags, strict=True))
            self.play(body)
            yielded = list(list(body.operations)[-1].operation.operands)
            for value in yielded:
                self.read(value, "llm.yield")
            tags = [self.carry(value, place) for value, place in zip(yielded, places, strict=True)]
        self.tag_of.update(zip(op.results, tags, strict=True))

    def carry(self, value: Any, place: tuple[int, int]) -> int:
        """What a turn yields lies in the carried place, or is copied there."""
        if self.place_of[self.tag_of[value]] != place:
            self.put(value, *place, few=self.tag_of[value] in self.few)
        return int(self.tag_of[value])


def _row_bytes(value: Any) -> int:
    kind = ir.RankedTensorType(value.type)
    columns = int(kind.shape[-1])
    size: int = {"i8": columns + 8 * (columns // 32), "bf16": 2 * columns}.get(str(kind.element_type), 4 * columns)
    return (size + 63) // 64 * 64
