"""Which order, in a layer that repeats: an integer program over frequencies, with no big constants.

    f                      layers per ms, to be maximised
    x[nano]                when a nano-batch begins, in periods
    turn[a, b]             how many periods lie between a and b on the lane that they share

With times counted in periods, "a ends before b begins, and b before the next a" is x[b] - x[a] + turn in [d_a f, 1 - d_b f], which is linear in all of its
unknowns (the cyclic job shop as a periodic event-scheduling problem: Serafini and Ukovich 1989; maximising the frequency: Brucker and Kampmeyer 2008).
Durations `d` are those at typical shares; the simulation that follows knows better ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import Answer, solve, value
from intarsia.planner.pipeline.layer import KINDS, Kind
from intarsia.planner.pipeline.nano import Graph

DEEPEST = 3
"""Periods within which a layer's nano-batches all begin: more would hold more layers in flight than dependencies allow to be useful."""
MILLI = 1e3


@dataclass(frozen=True)
class Order:
    """When each nano-batch begins, in periods of `period_s`, if durations were those given."""

    keys: NDArray[np.float64]
    period_s: float
    answer: Answer


def order(graph: Graph, slowdown: Mapping[Kind, float], *, time_limit_s: float, write_lp: Path | None = None) -> Order | None:
    """The order with the shortest period, or None where none was found in time."""
    durations = [MILLI * nano.seconds * slowdown.get(nano.kind, 1.0) for nano in graph.nanos]
    model, most = Model("order"), 1.0 / max(sum(d for d, nano in zip(durations, graph.nanos, strict=True) if nano.kind == kind) or 1e-9 for kind in KINDS)
    f = model.continuous("f", 0.0, most)
    x = [model.continuous(f"x[{nano.name}]", 0.0, DEEPEST) for nano in graph.nanos]
    model.rule("begin", x[0] == 0)
    for nano, before, lag in graph.needs:
        model.rule(f"{graph.nanos[nano].name}_after_{graph.nanos[before].name}_{lag}", x[nano] - x[before] - durations[before] * f >= -lag)
    apart = _ordered(graph)
    for kind in KINDS:
        for a, b in itertools.combinations(graph.of_kind(kind), 2):
            name = f"{graph.nanos[a].name},{graph.nanos[b].name}"
            turn = 0.0 if (a, b) in apart else model.integer(f"turn[{name}]", -DEEPEST, DEEPEST)
            model.rule(f"first[{name}]", x[b] - x[a] + turn - durations[a] * f >= 0)
            model.rule(f"next[{name}]", x[b] - x[a] + turn + durations[b] * f <= 1)
    in_flight = total((1e-4 * most, start) for start in x)
    model.maximize(f - in_flight / len(x), "layers_per_ms")
    answer = solve(model, time_limit_s=time_limit_s, gap=2e-3, write_lp=write_lp)
    if not answer.found or value(f) <= 0:
        return None
    return Order(graph.together(np.array([value(start) for start in x])), 1 / value(f) / MILLI, answer)


def _ordered(graph: Graph) -> set[tuple[int, int]]:
    """Pairs (a, b) where b follows a in its layer and the next layer's a follows b, so that no period lies between them."""
    n = len(graph.nanos)
    reach = np.zeros((n, n), bool)
    for nano, before, lag in graph.needs:
        if lag == 0:
            reach[before, nano] = True
    for middle in range(n):
        reach |= np.outer(reach[:, middle], reach[middle])
    again = np.zeros((n, n), bool)
    whole = reach | np.eye(n, dtype=bool)
    for nano, before, lag in graph.needs:
        if lag == 1:
            again |= np.outer(whole[:, before], whole[nano])
    return {(a, b) for a in range(n) for b in range(n) if reach[a, b] and again[b, a]}
