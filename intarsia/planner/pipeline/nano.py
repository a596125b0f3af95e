"""Nano-batches: how a batch is cut, and the operators' runs over the pieces with what each waits for.

Rows are numbered group after group, in each group decode rows first; every row keeps its place through all layers.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.pipeline.curves import ALONE, STEPS, Interference
from intarsia.planner.pipeline.layer import KINDS, Kind, Layer, Operator, waits


@dataclass(frozen=True)
class Group:
    """Rows that go through the layer together."""

    decode: int
    prefill: int

    @property
    def rows(self) -> int:
        return self.decode + self.prefill


@dataclass(frozen=True)
class Structure:
    """How many nano-batches of which sizes: the groups, and in how many pieces each operator takes a group (one where it isn't named)."""

    groups: tuple[Group, ...]
    pieces: tuple[tuple[str, int], ...] = ()

    def of(self, operator: str) -> int:
        return dict(self.pieces).get(operator, 1)

    def __str__(self) -> str:
        sizes = " + ".join(str(group.rows) for group in self.groups)
        finer = ", ".join(f"{name} in {count * len(self.groups)}" for name, count in self.pieces if count > 1)
        return f"{sizes} rows" + (f" ({finer})" if finer else "")


@dataclass(frozen=True)
class Nano:
    """A nano-batch of an operator: rows [first, last) of the batch, `decode` and `prefill` of them counted; `seconds` alone on all units."""

    operator: str
    kind: Kind
    index: int
    group: int
    first: int
    last: int
    decode: int
    prefill: int
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.operator}.{self.index}"


@dataclass(frozen=True)
class Graph:
    """All nano-batches of one layer; `needs` are (nano, what it waits for, layers between), by number."""

    nanos: tuple[Nano, ...]
    needs: tuple[tuple[int, int, int], ...]

    @cached_property
    def kinds(self) -> NDArray[np.int64]:
        return np.array([KINDS.index(nano.kind) for nano in self.nanos], np.int64)

    @cached_property
    def work(self) -> NDArray[np.float64]:
        return np.array([nano.seconds for nano in self.nanos])

    @cached_property
    def before(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """What each nano-batch waits for, as compressed rows: starts, numbers, layers between."""
        lists: list[list[tuple[int, int]]] = [[] for _ in self.nanos]
        for nano, other, lag in self.needs:
            lists[nano].append((other, lag))
        starts = np.cumsum([0, *(len(each) for each in lists)])
        flat = [pair for each in lists for pair in each]
        return starts.astype(np.int64), np.array([i for i, _ in flat], np.int64), np.array([lag for _, lag in flat], np.int64)

    @cached_property
    def parts(self) -> list[list[int]]:
        """Nano-batches that depend on each other, directly or not: those of a group of rows."""
        found: list[set[int]] = [{i} for i in range(len(self.nanos))]
        for nano, other, _ in self.needs:
            if found[nano] is not found[other]:
                joined = found[nano] | found[other]
                for i in joined:
                    found[i] = joined
        return [sorted(part) for part in {id(part): part for part in found}.values()]

    def together(self, keys: NDArray[np.float64]) -> NDArray[np.float64]:
        """Keys (starts in periods) moved by whole periods, so that every part's first nano-batch begins in the first one: lanes keep their orders, and less is in flight."""
        moved = keys.copy()
        for part in self.parts:
            moved[part] -= np.floor(keys[part].min() + 1e-9)
        return moved

    def of_kind(self, kind: Kind) -> list[int]:
        return [i for i, nano in enumerate(self.nanos) if nano.kind == kind]


def graph(layer: Layer, structure: Structure) -> Graph:
    """The nano-batches of a structure. Pieces of no rows are left out."""
    nanos: list[Nano] = []
    for op in layer.active:
        index = 0
        for number, start in enumerate(starts(structure)):
            for first, last in _pieces(op, structure.groups[number], start, structure.of(op.name)):
                decode = max(0, min(last, start + structure.groups[number].decode) - first)
                rows = last - first
                nanos.append(Nano(op.name, op.kind, index, number, first, last, decode, rows - decode, op.seconds(rows)))
                index += 1
    by_operator: dict[str, list[int]] = {}
    for number, nano in enumerate(nanos):
        by_operator.setdefault(nano.operator, []).append(number)
    needs = [
        (mine, other, lag) for name, before, lag in waits(layer) for mine in by_operator.get(name, ()) for other in by_operator.get(before, ())
        if nanos[mine].first < nanos[other].last and nanos[other].first < nanos[mine].last
    ]  # fmt: skip
    return Graph(tuple(nanos), tuple(needs))


def starts(structure: Structure) -> list[int]:
    """The first row of each group."""
    return [sum(group.rows for group in structure.groups[:number]) for number in range(len(structure.groups))]


def _pieces(op: Operator, group: Group, start: int, count: int) -> list[tuple[int, int]]:
    """An operator's rows of a group, cut into `count` nearly equal pieces."""
    first, last = {"all": (0, group.rows), "decode": (0, group.decode), "prefill": (group.decode, group.rows)}[op.rows]
    cuts = [start + first + (last - first) * i // count for i in range(count + 1)]
    return [(a, b) for a, b in itertools.pairwise(cuts) if a < b]


def speeds(curves: Interference) -> NDArray[np.float64]:
    """Speeds by kind, by the kind beside it (the last: alone), and by share in steps of 1/STEPS."""
    besides = (*KINDS, ALONE)
    return np.array([[[curves.speed(kind, step / STEPS, (beside,)) for step in range(STEPS + 1)] for beside in besides] for kind in KINDS])
