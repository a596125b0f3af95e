"""One repeated layer as a graph of operators, each with its seconds by the rows of a nano-batch.

The idea of nano-batches, and of three kinds of operators that can share a device, is NanoFlow's (arXiv 2408.12757, sections 3 and 4).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from intarsia.errors import InputError

Kind = Literal["compute", "memory", "network"]
KINDS: tuple[Kind, ...] = ("compute", "memory", "network")
ROWS = ("all", "decode", "prefill")


@dataclass(frozen=True)
class Resources:
    """Seconds that a layer's whole batch would take at the peak rate of each resource, were the others free."""

    compute: float = 0.0
    memory: float = 0.0
    network: float = 0.0

    @property
    def bound(self) -> Kind:
        """The resource that takes longest."""
        return max(KINDS, key=lambda kind: getattr(self, kind))

    def __add__(self, other: Resources) -> Resources:
        return Resources(self.compute + other.compute, self.memory + other.memory, self.network + other.network)


@dataclass(frozen=True)
class Operator:
    """`points` are (rows, seconds) of one layer on all execution units with nothing beside it, in ascending order of rows.

    It works on `rows` of the batch (all, decode or prefill), after operators of the same layer (`after`) and of the layer before (`previous`) have
    worked on the same rows.
    """

    name: str
    kind: Kind
    points: tuple[tuple[float, float], ...]
    after: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()
    rows: str = "all"
    resources: Resources = field(default_factory=Resources)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"the kind is {self.kind!r}", where=self.name, mend=f"choose one of {', '.join(KINDS)}")
        if self.rows not in ROWS:
            raise InputError(f"rows is {self.rows!r}", where=self.name, mend=f"choose one of {', '.join(ROWS)}")
        counts = [rows for rows, _ in self.points]
        if not counts or counts[0] <= 0 or any(a >= b for a, b in itertools.pairwise(counts)):
            raise InputError("its times need row counts greater than zero, each once", where=self.name, mend="give at least one, such as {2048: 0.2}")
        if any(not 0 < seconds < float("inf") for _, seconds in self.points):
            raise InputError("its times must be greater than zero", where=self.name)

    def seconds(self, rows: float) -> float:
        """Seconds of a nano-batch: between two points on the line through them, beyond all on the line through the nearest two.

        Fewer rows than measured never take less than their part of the fewest measured ones; with one point, seconds are in proportion.
        """
        if rows <= 0:
            return 0.0
        first_rows, first_s = self.points[0]
        if len(self.points) == 1:
            return first_s * rows / first_rows
        at = next((i for i, (known, _) in enumerate(self.points) if known >= rows), len(self.points) - 1)
        (a, a_s), (b, b_s) = self.points[max(at, 1) - 1], self.points[max(at, 1)]
        line = a_s + (b_s - a_s) * (rows - a) / (b - a)
        return max(line, first_s * rows / first_rows if rows < first_rows else 0.0, self.points[-1][1] if rows > self.points[-1][0] else 0.0)


@dataclass(frozen=True)
class Layer:
    """`layers` equal layers that a batch of `decode` and `prefill` rows goes through on each of `devices` devices.

    `optimal_s` is what a layer would take if the bounding resource were never idle; `grain` the rows that nano-batches are multiples of; `outside_s` what a step
    takes before and after its layers, 0 where nothing is known of it.
    """

    name: str
    operators: tuple[Operator, ...]
    decode: int
    prefill: int
    layers: int = 1
    devices: int = 1
    optimal_s: float = 0.0
    grain: int = 128
    outside_s: float = 0.0

    def __post_init__(self) -> None:
        if self.decode < 0 or self.prefill < 0 or self.rows <= 0:
            raise InputError(f"a batch of {self.decode} decode and {self.prefill} prefill rows", where=self.name, mend="give it at least one row")
        if self.layers < 1 or self.devices < 1 or self.grain < 1:
            raise InputError("layers, devices and the grain must be at least 1", where=self.name)
        if not self.operators:
            raise InputError("the layer has no operators", where=self.name)
        _check_graph(self)

    @property
    def rows(self) -> int:
        return self.decode + self.prefill

    def rows_of(self, operator: Operator) -> int:
        """Rows of the batch that an operator works on."""
        return {"all": self.rows, "decode": self.decode, "prefill": self.prefill}[operator.rows]

    @property
    def active(self) -> tuple[Operator, ...]:
        """Operators that have rows in this batch, each after those that it waits for."""
        return tuple(op for op in in_order(self) if self.rows_of(op) > 0)

    @property
    def resources(self) -> Resources:
        return sum((op.resources for op in self.active), Resources())

    @property
    def sequential_s(self) -> float:
        """Seconds of a layer, one operator after the other with the whole batch."""
        return sum(op.seconds(self.rows_of(op)) for op in self.active)

    def throughput(self, period_s: float) -> float:
        """Tokens a second of one device, where a layer takes `period_s` and nothing is outside the layers."""
        return self.rows / (self.layers * period_s * self.devices)

    def with_ends(self, period_s: float) -> float:
        """A layer's seconds with its part of what is outside the layers."""
        return period_s + self.outside_s / self.layers


def _check_graph(layer: Layer) -> None:
    names = [op.name for op in layer.operators]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two operators are called {twice}", where=layer.name)
    for op in layer.operators:
        if missing := next((name for name in (*op.after, *op.previous) if name not in names), None):
            raise InputError(f"waits for {missing!r}, which the layer has not", where=f"{layer.name}, {op.name}", mend=f"operators are {', '.join(names)}")
    in_order(layer)


def in_order(layer: Layer) -> list[Operator]:
    """Operators, each after those that it waits for. Raises InputError where they wait for each other in a circle."""
    left, done, found = list(layer.operators), set[str](), list[Operator]()
    while left:
        ready = next((op for op in left if done.issuperset(op.after)), None)
        if ready is None:
            raise InputError(f"these operators wait for each other: {', '.join(op.name for op in left)}", where=layer.name)
        left.remove(ready)
        done.add(ready.name)
        found.append(ready)
    return found


def waits(layer: Layer) -> Iterator[tuple[str, str, int]]:
    """(operator, what it waits for, layers between), with operators that have no rows in this batch stepped over."""
    active = {op.name: op for op in layer.active}
    every = {op.name: op for op in layer.operators}
    for op in active.values():
        found = {pair for name in op.after for pair in _through(every, active, name, 0)} | {pair for name in op.previous for pair in _through(every, active, name, 1)}
        yield from ((op.name, name, lag) for name, lag in sorted(found))


def _through(every: dict[str, Operator], active: dict[str, Operator], name: str, lag: int) -> set[tuple[str, int]]:
    if name in active:
        return {(name, lag)}
    skipped = every[name]
    return {pair for before in skipped.after for pair in _through(every, active, before, lag)} | {
        pair for before in skipped.previous if lag == 0 for pair in _through(every, active, before, 1)
    }


def kind_of(text: str) -> Kind:
    """A kind by its name. Raises InputError."""
    for kind in KINDS:
        if kind == text:
            return kind
    raise InputError(f"no kind {text!r}", mend=f"choose one of {', '.join(KINDS)}")
