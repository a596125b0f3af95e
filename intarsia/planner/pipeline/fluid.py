"""A fluid simulation of many layers: what is running goes at the speed of its share, and every operator starts as soon as it may.

Each kind of operator has a lane, which takes nano-batches in a fixed order, one at a time. A nano-batch waits for its lane, for what it depends on,
and for its share to be free; one with share REST takes what the others leave, from moment to moment. Searches take all ranks as equal and simulate one;
`ranks.py` simulates several, which wait for each other. The loops are in `kernels.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.pipeline import kernels
from intarsia.planner.pipeline.kernels import ACROSS, REST, SETTLED, Handover, Nanos, Room
from intarsia.planner.pipeline.nano import Graph

__all__ = ["AT_ONCE", "REST", "Flow", "Handover", "periods", "play", "simulate"]

LAYERS, JUDGED = 14, 12
"""Layers that are simulated for starts and ends, and for a period alone."""
SAME = 1e-6
"""Relative difference of periods up to which a schedule repeats itself."""


AT_ONCE = Handover(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Flow:
    """Seconds between two layers in the steady state; whether every layer is like the one before; a layer's starts and ends, from its first start on."""

    period_s: float
    steady: bool
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]


def simulate(graph: Graph, keys: NDArray[np.float64], shares: NDArray[np.int64], speeds: NDArray[np.float64]) -> Flow | None:
    """Run the nano-batches in the order of `keys` (starts in periods) with `shares` in steps; None where they wait for each other for ever."""
    begins, ends = (each[0] for each in play(graph, keys, shares, speeds, graph.work[None, None], LAYERS))
    if not np.isfinite(ends).all():
        return None
    last = LAYERS - SETTLED
    steps = np.diff(begins[last - ACROSS : last + 1], axis=0)
    period = float(steps.mean(axis=0).max())
    steady = bool(np.abs(steps - period).max() <= SAME * period)
    at = float(begins[last].min())
    return Flow(period, steady, begins[last] - at, ends[last] - at)


def play(graph: Graph, keys: NDArray[np.float64], shares: NDArray[np.int64], speeds: NDArray[np.float64], work: NDArray[np.float64], layers: int,
         handover: Handover = AT_ONCE) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Starts and ends, [ranks, layers, nano-batches]; infinite where they never come. `work`: the nano-batches' seconds, [ranks, layers or 1, nano-batches]."""
    room = Room.of(len(work), layers, len(graph.nanos))
    kernels.play(nanos(graph, speeds), np.ascontiguousarray(work), shares[None], keys[None], handover, room, np.zeros(1))
    return room.begins, room.ends


def periods(graph: Graph, keys: Sequence[NDArray[np.float64]], shares: Sequence[NDArray[np.int64]], speeds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds between two layers in the steady state of each schedule; infinite where nothing goes on."""
    found = np.zeros(len(keys))
    if len(keys):
        kernels.play(nanos(graph, speeds), graph.work[None, None], np.array(shares), np.array(keys), AT_ONCE, Room.of(1, JUDGED, len(graph.nanos)), found)
    return found


def nanos(graph: Graph, speeds: NDArray[np.float64]) -> Nanos:
    """As the loops take them."""
    groups = np.array([nano.group for nano in graph.nanos], np.int64)
    return Nanos(graph.kinds, groups, *graph.before, speeds)
