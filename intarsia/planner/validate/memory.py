"""Memory maps: a phase is played through, and every operator must find its operands' bytes as they were written."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from intarsia.ir.bindings import ir
from intarsia.ir.dialects import spec_of
from intarsia.ir.module import attribute


@dataclass(frozen=True)
class Span:
    """Bytes [start, end) of an arena, alive over [lower, upper)."""

    name: str
    start: int
    end: int
    lower: int
    upper: int


def overlaps(spans: Sequence[Span], capacity: int) -> list[str]:
    """Spans that share bytes with another while both alive (each named once at least), and spans that leave [0, capacity)."""
    found = [f"{s.name} at [{s.start}, {s.end}) leaves the arena of {capacity} bytes" for s in spans if s.start < 0 or s.end > capacity]
    alive: list[tuple[int, int, str]] = []
    events = sorted([(s.upper, 0, i) for i, s in enumerate(spans)] + [(s.lower, 1, i) for i, s in enumerate(spans)])
    for _, begins, i in events:
        me = (spans[i].start, spans[i].end, spans[i].name)
        at = bisect.bisect_left(alive, me)
        if not begins:
            if at < len(alive) and alive[at] == me:
                del alive[at]
            continue
        others = [other for other in alive[max(at - 1, 0) : at + 1] if other[0] < me[1] and me[0] < other[1]]
        found += [f"{min(other[2], me[2])} and {max(other[2], me[2])} share bytes while both are alive" for other in others]
        if not others and me[0] < me[1]:
            alive.insert(at, me)
    return found


class Placed(Protocol):
    """What is asked of a buffer: its lifetime, its size, and what it shares its place with."""

    name: str
    lower: int
    upper: int
    size: int
    alias: str
    in_place: str
    alignment: int


def offset_problems(buffers: Sequence[Any], offsets: Mapping[str, int], capacity: int) -> list[str]:
    """What is wrong with the offsets of buffers (each a `Placed`): those missing, misaligned, overlapping, outside [0, capacity), or apart from their group."""
    found = [f"{b.name} has no offset" for b in buffers if b.name not in offsets]
    if found:
        return found
    found += [f"{b.name} at {offsets[b.name]} is not aligned to {b.alignment}" for b in buffers if offsets[b.name] % b.alignment]
    hulls: dict[str, Span] = {}
    label = _labels(buffers)
    for b in buffers:
        mine = Span(label[b.name], offsets[b.name], offsets[b.name] + b.size, b.lower, b.upper)
        hull = hulls.setdefault(mine.name, mine)
        if hull.start != mine.start:
            found.append(f"{b.name} at {mine.start} should lie where {hull.name} does, at {hull.start}")
        hulls[mine.name] = Span(hull.name, hull.start, max(hull.end, mine.end), min(hull.lower, mine.lower), max(hull.upper, mine.upper))
    return found + overlaps(list(hulls.values()), capacity)


def _labels(buffers: Sequence[Any]) -> dict[str, str]:
    """One name for all buffers that share a place, by spreading the least name along alias groups and in-place pairs."""
    ties: dict[str, list[str]] = {b.name: [] for b in buffers}
    groups: dict[str, str] = {}
    for b in buffers:
        for other in [groups.setdefault(b.alias, b.name)] * bool(b.alias) + [b.in_place] * bool(b.in_place):
            ties[b.name].append(other)
            ties[other].append(b.name)
    label: dict[str, str] = {}
    for name in ties:
        waiting = [] if name in label else [name]
        while waiting:
            one = waiting.pop()
            if one not in label:
                label[one] = name
                waiting += ties[one]
    return label


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
    size: int = columns + 8 * (columns // 32) if str(kind.element_type) == "i8" else 4 * columns
    return (size + 63) // 64 * 64
