"""What the search gives: every nano-batch with its begin, its end and its shares, in a period that repeats layer after layer."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.pipeline import fluid
from intarsia.planner.pipeline.curves import STEPS, Interference
from intarsia.planner.pipeline.fluid import AT_ONCE, REST, Handover
from intarsia.planner.pipeline.layer import KINDS, Kind, Layer
from intarsia.planner.pipeline.nano import Graph, Group, Nano, Structure, graph, speeds

Part = tuple[float, float]
"""Seconds on a share."""


@dataclass(frozen=True)
class Run:
    """A nano-batch from `start_s` (0: the layer's first begin) on; `order` is its place on its kind's lane; `waits` are (nano-batch, layers between)."""

    nano: Nano
    order: int
    start_s: float
    parts: tuple[Part, ...]
    waits: tuple[tuple[str, int], ...]

    @property
    def seconds(self) -> float:
        return sum(seconds for seconds, _ in self.parts)

    @property
    def end_s(self) -> float:
        return self.start_s + self.seconds

    @property
    def share(self) -> float:
        """The mean over its time."""
        return sum(seconds * share for seconds, share in self.parts) / self.seconds


@dataclass(frozen=True)
class Schedule:
    """A layer's pipeline. `overlapped` is False where one operator after the other, with the whole batch, is best.

    `bound_s` is what no schedule of this layer under these curves can be shorter than; `notes` say what was tried, and what stopped the search.
    """

    layer: Layer
    curves: Interference
    structure: Structure
    runs: tuple[Run, ...]
    period_s: float
    bound_s: float = 0.0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    tried: tuple[dict[str, Any], ...] = field(default=(), hash=False)

    @property
    def overlapped(self) -> bool:
        return len(self.structure.groups) > 1

    @property
    def gap(self) -> float:
        """How much shorter an unknown schedule could be at most, of the period."""
        return max(0.0, 1 - self.bound_s / self.period_s)

    @property
    def speedup(self) -> float:
        return self.layer.sequential_s / self.period_s

    @property
    def span_s(self) -> float:
        """Seconds from a layer's first begin to its last end."""
        return max(run.end_s for run in self.runs)

    @cached_property
    def graph(self) -> Graph:
        return graph(self.layer, self.structure)

    @cached_property
    def model_s(self) -> float:
        """Seconds of all layers: simulated, as the first and the last ones have less beside them."""
        return float(self.play(self.graph.work[None, None])[1].max())

    def play(self, work: NDArray[np.float64], curves: Interference | None = None, handover: Handover = AT_ONCE) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Starts and ends of all layers' nano-batches on several ranks, from their seconds, [ranks, layers or 1, nano-batches] (`fluid.play`).

        `curves`: other ones than it was found with.
        """
        by_name, curves = {run.nano.name: run for run in self.runs}, curves or self.curves
        ordered = [by_name[nano.name] for nano in self.graph.nanos]
        keys = np.array([run.start_s / self.period_s for run in ordered])
        shares = np.array([REST if curves.elastic and run.nano.kind == "compute" else round(run.share * STEPS) for run in ordered], np.int64)
        return fluid.play(self.graph, self.graph.together(keys), shares, speeds(curves), work, self.layer.layers, handover)


def sequential(layer: Layer, curves: Interference) -> Schedule:
    """One operator after the other, with the whole batch, on all units."""
    structure = Structure((Group(layer.decode, layer.prefill),))
    made = graph(layer, structure)
    ends = np.cumsum(made.work)
    shares = np.full(len(made.nanos), STEPS, np.int64)
    return timed(layer, curves, structure, made, shares, ends - made.work, ends, float(ends[-1]))


def timed(layer: Layer, curves: Interference, structure: Structure, made: Graph, shares: NDArray[np.int64], starts: NDArray[np.float64], ends: NDArray[np.float64],
          period: float) -> Schedule:  # fmt: skip
    """A schedule of given times; times begin at the layer's first one."""
    first = float(starts.min())
    starts, ends = starts - first, ends - first
    lanes: dict[Kind, list[int]] = {kind: sorted(made.of_kind(kind), key=lambda i: (starts[i] % period, i)) for kind in KINDS}
    waits: list[list[tuple[str, int]]] = [[] for _ in made.nanos]
    for nano, before, lag in made.needs:
        waits[nano].append((made.nanos[before].name, lag))
    runs = [Run(nano, lanes[nano.kind].index(i), float(starts[i]), _parts(i, shares, starts, ends, period), tuple(sorted(waits[i]))) for i, nano in enumerate(made.nanos)]
    return Schedule(layer, curves, structure, tuple(runs), period)


def _parts(i: int, shares: NDArray[np.int64], starts: NDArray[np.float64], ends: NDArray[np.float64], period: float) -> tuple[Part, ...]:
    """The shares of a nano-batch over its time: one, or what the others leave between their begins and ends."""
    if shares[i] != REST:
        return ((float(ends[i] - starts[i]), float(shares[i]) / STEPS),)
    others = [j for j in range(len(shares)) if j != i and shares[j] != REST]
    cuts = {float(starts[i]), float(ends[i])}
    for time in (*(starts[j] for j in others), *(ends[j] for j in others)):
        at = float(starts[i] + (time - starts[i]) % period)
        if starts[i] < at < ends[i]:
            cuts.add(at)
    found: list[Part] = []
    ordered = sorted(cuts)
    for begin, end in itertools.pairwise(ordered):
        taken = sum(int(shares[j]) for j in others if ((begin + end) / 2 - starts[j]) % period < ends[j] - starts[j])
        if end - begin > 1e-9 * period:
            _append(found, end - begin, (STEPS - taken) / STEPS)
    return tuple(found)


def _append(found: list[Part], seconds: float, share: float) -> None:
    if found and found[-1][1] == share:
        found[-1] = (found[-1][0] + seconds, share)
    else:
        found.append((seconds, share))


def mean_shares(runs: Sequence[Run]) -> dict[str, float]:
    """The mean share of each operator over its time."""
    by_operator: dict[str, list[Run]] = {}
    for run in runs:
        by_operator.setdefault(run.nano.operator, []).append(run)
    return {name: sum(run.share * run.seconds for run in found) / sum(run.seconds for run in found) for name, found in by_operator.items()}
