"""The distribution of end-to-end seconds of a placed graph: a sound upper bound by convolution.

Durations are rounded up to a grid, so every law here is stochastically no smaller than the true one, and its percentiles are no smaller:

- one after another: convolution (draws of different tasks, and of a task's visits, are taken to be independent);
- side by side: the product of the distribution functions. Ends of paths that share tasks are associated, so that independence is the worst case
  (G. Kleindorfer, "Bounding distributions for a stochastic acyclic network", Operations Research 19, 1971; Esary, Proschan and Walkup 1967);
- a branch: the mixture of its cases; a loop: the mixture over its turns of so many convolutions;
- a map: rounds of `parallel` items that wait for each other, no quicker than items that follow as soon as there is room.

What lies beyond the grid counts as late.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from intarsia.planner.placement.agents.problem import Graph, Node
from intarsia.planner.placement.agents.spread import ODDS, Array, Spread

Durations: TypeAlias = Mapping[str, Sequence[Spread]]
"""By task, the independent parts of one run: service, wait, transfers."""
CELLS = 4096
SMALL = 64
"""Laws of fewer cells are convolved directly."""


@dataclass(frozen=True, eq=False)
class Law:
    """Probability `mass[k]` of `shift` + k steps of the grid; what is missing to one lies beyond it."""

    shift: float
    mass: Array


@dataclass
class Judge:
    """Laws of `graph` on a grid of `cells` cells of `step` seconds."""

    graph: Graph
    step: float
    cells: int = CELLS
    _leaves: dict[tuple[int, ...], tuple[tuple[Spread, ...], Law]] = field(default_factory=dict)

    def law(self, durations: Durations) -> Law:
        return self._graph(self.graph, durations)

    def _graph(self, graph: Graph, durations: Durations) -> Law:
        ends: list[Law] = []
        for node in graph.nodes:
            start = self._latest([ends[i] for i in node.after])
            ends.append(self.sum(start, self._node(node, durations)))
        inner = {i for node in graph.nodes for i in node.after}
        return self._latest([law for i, law in enumerate(ends) if i not in inner])

    def _node(self, node: Node, durations: Durations) -> Law:
        match node.kind:
            case "task":
                return self.leaf(durations[node.name])
            case "wait":
                return self.leaf((node.seconds,))
            case "branch":
                return self.mixture([(odds, self._graph(inner, durations)) for odds, inner in node.cases if odds > 0])
        body = self._graph(node.cases[0][1], durations)
        if node.kind == "loop":
            return self._turns(body, node.counts)
        return self._rounds(body, node)

    def leaf(self, parts: Sequence[Spread]) -> Law:
        """The law of a sum of independent parts."""
        key = tuple(map(id, parts))
        if key not in self._leaves:
            law = NOTHING
            for part in parts:
                law = self.sum(law, self._gridded(part))
            self._leaves[key] = tuple(parts), law
        return self._leaves[key][1]

    def _gridded(self, part: Spread) -> Law:
        least = float(part.values[0])
        if part.fixed:
            return Law(least, ONE)
        return self._placed(least, np.ceil((part.values - least) / self.step - 1e-9), ODDS)

    def _placed(self, shift: float, cells: Array, odds: Array) -> Law:
        inside = cells < self.cells
        where = np.maximum(cells[inside], 0).astype(np.int64)
        return Law(shift, np.bincount(where, weights=odds[inside], minlength=1).astype(np.float64))

    def sum(self, first: Law, second: Law) -> Law:
        """The law of the sum of independent things."""
        a, b = first.mass, second.mass
        if len(a) == 1 or len(b) == 1:
            return Law(first.shift + second.shift, a * b if len(a) == len(b) == 1 else (a * b[0] if len(b) == 1 else b * a[0]))
        made = np.convolve(a, b) if min(len(a), len(b)) <= SMALL else _fft(a, b)
        return Law(first.shift + second.shift, _trimmed(made[: self.cells]))

    def mixture(self, parts: Sequence[tuple[float, Law]]) -> Law:
        """One of several laws, each with its odds."""
        base = min(law.shift for _, law in parts)
        made = np.zeros(1)
        for odds, law in parts:
            moved = math.ceil((law.shift - base) / self.step - 1e-9)
            made = _add(made, law.mass * odds, moved, self.cells)
        return Law(base, made)

    def _latest(self, laws: Sequence[Law]) -> Law:
        """The law of the maximum, as if they were independent."""
        if len(laws) <= 1:
            return laws[0] if laws else NOTHING
        base = max(law.shift for law in laws)
        length, below = 1, []
        for law in laws:
            moved = math.ceil((law.shift - base) / self.step - 1e-9)
            total = np.cumsum(law.mass)
            below.append(total[min(-moved, len(total) - 1) :])
            length = max(length, len(below[-1]))
        product = np.ones(length)
        for total in below:
            product[: len(total)] *= total
            product[len(total) :] *= total[-1]
        return Law(base, _trimmed(np.diff(product, prepend=0.0)))

    def _turns(self, body: Law, counts: Sequence[tuple[int, float]]) -> Law:
        return self.mixture(self._powers(body, counts))

    def _powers(self, body: Law, counts: Sequence[tuple[int, float]]) -> list[tuple[float, Law]]:
        """For each count, its odds and the law of so many of the body, one after another."""
        wanted, found, power = dict(counts), [], NOTHING
        for count in range(max(wanted) + 1):
            if count:
                power = self.sum(power, body)
            if wanted.get(count, 0.0) > 0:
                found.append((wanted[count], power))
        return found

    def _rounds(self, body: Law, node: Node) -> Law:
        most = max(count for count, _ in node.counts)
        width = min(node.parallel or most, most) or 1
        full, parts = self._latest([body] * width), []
        for count, odds in node.counts:
            if odds <= 0:
                continue
            law = self._powers(full, ((count // width, 1.0),))[0][1]
            rest = count % width
            parts.append((odds, self.sum(law, self._latest([body] * rest)) if rest else law))
        return self.mixture(parts)


ONE = np.ones(1)
NOTHING = Law(0.0, ONE)


def _fft(a: Array, b: Array) -> Array:
    size = len(a) + len(b) - 1
    padded = 1 << (size - 1).bit_length()
    made: Array = np.fft.irfft(np.fft.rfft(a, padded) * np.fft.rfft(b, padded), padded)[:size]
    return np.maximum(made, 0.0)


def _trimmed(mass: Array) -> Array:
    """Without what rounding left at the end."""
    known = np.flatnonzero(mass > 1e-18)
    return mass[: known[-1] + 1] if len(known) else np.zeros(1)


def _add(to: Array, mass: Array, moved: int, cells: int) -> Array:
    mass = mass[: max(cells - moved, 0)]
    size = max(len(to), moved + len(mass))
    made = np.zeros(size)
    made[: len(to)] += to
    made[moved : moved + len(mass)] += mass
    return made


def share_within(law: Law, step: float, seconds: float) -> float:
    """The probability of at most `seconds`, which is no larger than the true one."""
    last = math.floor((seconds * (1 + 1e-9) - law.shift) / step + 1e-9)
    return float(np.sum(law.mass[: last + 1])) if last >= 0 else 0.0


def quantile(law: Law, step: float, level: float) -> float:
    """The seconds that a share `level` does not exceed; infinite where they lie beyond the grid."""
    total = np.cumsum(law.mass)
    place = int(np.searchsorted(total, level - 1e-9))
    return law.shift + place * step if place < len(total) else math.inf


def mean(law: Law, step: float) -> float:
    """Mean seconds of what lies on the grid."""
    whole = float(np.sum(law.mass)) or 1.0
    return law.shift + step * float(np.arange(len(law.mass)) @ law.mass) / whole
