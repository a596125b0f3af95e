"""Offsets of buffers: no two that are alive at the same time share a byte. Needs no MLIR, and shares no code with what made them."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


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


def offset_problems(buffers: Sequence[Any], offsets: Mapping[str, int], capacity: int) -> list[str]:
    """What is wrong with the offsets of buffers: those missing, misaligned, overlapping, outside [0, capacity), or apart from their group.

    A buffer is anything with `name`, `lower`, `upper`, `size`, `alias`, `in_place` and `alignment`.
    """
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
