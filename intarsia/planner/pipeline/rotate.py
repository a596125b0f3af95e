"""First schedules: every group of rows goes through the layer one operator after the other, each group a part of a period behind the one before.

A group's next layer waits for this one, so groups hardly do better than that on their own; what is open is how far apart they are, and on which shares operators run.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.pipeline import fluid
from intarsia.planner.pipeline.curves import STEPS, Interference
from intarsia.planner.pipeline.fluid import REST
from intarsia.planner.pipeline.layer import KINDS, Kind, Layer
from intarsia.planner.pipeline.nano import Graph, Structure

PHASES = {2: 24, 3: 8, 4: 4}
"""Distances between groups that are tried, in parts of a period, by the number of groups."""
WITHIN = 0.999
"""The longest group takes a little less than a period in its keys, so that its first nano-batch of the next layer follows its last."""


@dataclass(frozen=True)
class Start:
    """Keys (starts in periods), shares in steps, and the simulated period."""

    keys: NDArray[np.float64]
    shares: NDArray[np.int64]
    period_s: float


def rotations(layer: Layer, structure: Structure, graph: Graph, curves: Interference, shares: Mapping[Kind, Sequence[int]], speeds: NDArray[np.float64]) -> list[Start]:
    """Schedules of a structure, best first, with each choice of `shares` (steps by kind) for all operators of a kind. Those that never end are left out."""
    number = {op.name: place for place, op in enumerate(layer.active)}
    order = sorted(range(len(graph.nanos)), key=lambda i: (number[graph.nanos[i].operator], i))
    kinds = [kind for kind in KINDS if graph.of_kind(kind)]
    groups = np.array([nano.group for nano in graph.nanos])
    given, keys = list[NDArray[np.int64]](), list[NDArray[np.float64]]()
    for picked in itertools.product(*(shares[kind] for kind in kinds)):
        steps = dict(zip(kinds, picked, strict=True))
        begins = _one_by_one(graph, order, slowdowns(curves, steps))
        for phases in _phases(len(structure.groups)):
            given.append(np.array([steps[nano.kind] for nano in graph.nanos], np.int64))
            keys.append(begins + phases[groups])
    found = [Start(key, each, float(period)) for key, each, period in zip(keys, given, fluid.periods(graph, keys, given, speeds), strict=True)]
    return sorted((start for start in found if np.isfinite(start.period_s)), key=lambda start: start.period_s)


def slowdowns(curves: Interference, steps: Mapping[Kind, int]) -> dict[Kind, float]:
    """How many times longer than alone on all units each kind takes on its share."""
    return {kind: 1.0 if step == REST else 1 / curves.speed(kind, step / STEPS) for kind, step in steps.items()}


def _one_by_one(graph: Graph, order: Sequence[int], slowdown: Mapping[Kind, float]) -> NDArray[np.float64]:
    """When each nano-batch begins if its group has the device to itself, as part of the longest group's time."""
    begins, ends = np.zeros(len(graph.nanos)), np.zeros(len(graph.nanos))
    lanes: dict[tuple[int, Kind], float] = {}
    needs: dict[int, list[int]] = {}
    for mine, before, lag in graph.needs:
        if lag == 0:
            needs.setdefault(mine, []).append(before)
    for i in order:
        nano = graph.nanos[i]
        begins[i] = max([lanes.get((nano.group, nano.kind), 0.0), *(ends[before] for before in needs.get(i, ()))])
        ends[i] = lanes[nano.group, nano.kind] = begins[i] + nano.seconds * slowdown[nano.kind]
    return begins / ends.max() * WITHIN


def _phases(groups: int) -> Iterator[NDArray[np.float64]]:
    count = PHASES.get(groups, 1)
    for steps in itertools.product(range(count), repeat=groups - 1):
        yield np.array([0, *steps]) / count
