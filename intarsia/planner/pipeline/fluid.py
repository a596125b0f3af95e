"""A fluid simulation of many layers: what is running goes at the speed of its share, and every operator starts as soon as it may.

Each kind of operator has a lane, which takes nano-batches in a fixed order, one at a time. A nano-batch waits for its lane, for what it depends on,
and for its share to be free; one with share REST takes what the others leave, from moment to moment. Searches take all ranks as equal and simulate one;
`ranks.py` simulates several, which wait for each other. Compiled with numba: a search asks for tens of thousands of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intarsia.jit import compiled
from intarsia.planner.pipeline.curves import STEPS
from intarsia.planner.pipeline.layer import KINDS
from intarsia.planner.pipeline.nano import Graph

NETWORK = KINDS.index("network")
REST = 0
"""The share of an operator that takes what is left."""
LAYERS = 14
SETTLED = 5
"""Layers before the end whose starts are compared: the last ones have nothing after them to wait for."""
SAME = 1e-6
"""Relative difference of periods up to which a schedule repeats itself."""


class Handover(NamedTuple):
    """Seconds from a signal to a nano-batch's begin: right after another one on its lane, on a lane that slept, and on one that slept while another lane of its rank computes."""

    step_s: float
    wake_s: float
    beside_s: float


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
    begins, ends = (each[0] for each in run(graph.kinds, graph.work[None, None], shares, keys, *graph.before, speeds, LAYERS, AT_ONCE))
    if not np.isfinite(ends).all():
        return None
    last = LAYERS - SETTLED
    steps = np.diff(begins[last - 4 : last + 1], axis=0)
    period = float(steps.mean(axis=0).max())
    steady = bool(np.abs(steps - period).max() <= SAME * period)
    at = float(begins[last].min())
    return Flow(period, steady, begins[last] - at, ends[last] - at)


@compiled
def period_of(kinds, work, shares, keys, starts, others, lags, speeds, layers):  # type: ignore[no-untyped-def]
    """Seconds between two layers in the steady state; infinite where nothing goes on."""
    begins, ends = run(kinds, work.reshape((1, 1, work.size)), shares, keys, starts, others, lags, speeds, layers, AT_ONCE)
    worst = 0.0
    for i in range(work.size):
        if not np.isfinite(ends[0, layers - 1, i]):
            return np.inf
        worst = max(worst, (begins[0, layers - SETTLED, i] - begins[0, layers - SETTLED - 4, i]) / 4)
    return worst


@compiled
def run(kinds, work, shares, keys, starts, others, lags, speeds, layers, handover):  # type: ignore[no-untyped-def]
    """Starts and ends, [ranks, layers, nano-batches]; infinite where they never come.

    `work` has shape [ranks, layers or 1, nano-batches]. Ranks go through the same nano-batches; one of the network's begins when its own rank comes to it,
    goes on only once all ranks have, and ends on all together. `handover` are the seconds of a Handover.
    """
    ranks, n = work.shape[0], kinds.size
    begins, ends = np.full((ranks, layers, n), np.inf), np.full((ranks, layers, n), np.inf)
    order = np.argsort(keys - np.floor(keys), kind="mergesort")
    lanes, counts = np.zeros((3, n), np.int64), np.zeros(3, np.int64)
    for i in order:
        lanes[kinds[i], counts[kinds[i]]] = i
        counts[kinds[i]] += 1
    turns = layers + int(np.floor(keys.max())) + 1
    heads, running, layer_of = np.zeros((ranks, 3), np.int64), np.full((ranks, 3), -1, np.int64), np.zeros((ranks, 3), np.int64)
    left, size, idle_since, speed = np.zeros((ranks, 3)), np.ones((ranks, 3)), np.full((ranks, 3), -1.0), np.zeros((ranks, 3))
    now = 0.0
    for _ in range(4 * n * layers * ranks + 16):
        for rank in range(ranks):
            for lane in range(3):
                while running[rank, lane] < 0 and counts[lane] > 0 and heads[rank, lane] < counts[lane] * turns:
                    nano = lanes[lane, heads[rank, lane] % counts[lane]]
                    layer = heads[rank, lane] // counts[lane] - int(np.floor(keys[nano]))
                    if layer < 0 or layer >= layers:
                        heads[rank, lane] += 1
                        continue
                    if not _ready(nano, layer, starts, others, lags, ends[rank]) or not _room(nano, running[rank], shares):
                        break
                    running[rank, lane], layer_of[rank, lane] = nano, layer
                    taken_over = handover[0]
                    if now > idle_since[rank, lane]:
                        taken_over = handover[2] if _others_run(running[rank], lane) else handover[1]
                    left[rank, lane] = work[rank, layer % work.shape[1], nano] + taken_over
                    size[rank, lane] = left[rank, lane]
                    begins[rank, layer, nano] = now + taken_over
                    heads[rank, lane] += 1
        if _speeds(running, layer_of, shares, speeds, speed) and ranks > 1:
            left[:, NETWORK], size[:, NETWORK] = left[:, NETWORK].max(), size[:, NETWORK].max()
        step = np.inf
        for rank in range(ranks):
            for lane in range(3):
                if running[rank, lane] >= 0 and speed[rank, lane] > 0:
                    step = min(step, left[rank, lane] / speed[rank, lane])
        if not np.isfinite(step):
            break
        now += step
        for rank in range(ranks):
            for lane in range(3):
                if running[rank, lane] >= 0:
                    left[rank, lane] -= step * speed[rank, lane]
                    if left[rank, lane] <= 1e-9 * size[rank, lane] and speed[rank, lane] > 0:
                        ends[rank, layer_of[rank, lane], running[rank, lane]] = now
                        running[rank, lane], idle_since[rank, lane] = -1, now
    return begins, ends


@compiled
def _others_run(running, lane):  # type: ignore[no-untyped-def]
    others = 0
    for other in range(3):
        others += other != lane and running[other] >= 0
    return others > 0


@compiled
def _ready(nano, layer, starts, others, lags, ends):  # type: ignore[no-untyped-def]
    for at in range(starts[nano], starts[nano + 1]):
        before = layer - lags[at]
        if before >= 0 and not np.isfinite(ends[before, others[at]]):
            return False
    return True


@compiled
def _room(nano, running, shares):  # type: ignore[no-untyped-def]
    """Whether the share is free: one that takes the rest needs none in advance."""
    taken = shares[nano]
    for lane in range(3):
        if running[lane] >= 0:
            taken += shares[running[lane]]
    return taken <= STEPS


@compiled
def _speeds(running, layer_of, shares, speeds, found):  # type: ignore[no-untyped-def]
    """Of all that runs: what waits for another rank has none, and slows nothing; what several ranks do together goes at the pace of the slowest.

    Gives whether all are at the same collective.
    """
    ranks, together = running.shape[0], True
    for rank in range(1, ranks):
        together = together and running[rank, NETWORK] == running[0, NETWORK] and layer_of[rank, NETWORK] == layer_of[0, NETWORK]
    for rank in range(ranks):
        for lane in range(3):
            found[rank, lane] = 0.0
            if running[rank, lane] >= 0 and (together or lane != NETWORK):
                found[rank, lane] = _speed(lane, running[rank], shares, speeds, together)
    if ranks > 1:
        found[:, NETWORK] = found[:, NETWORK].min()
    return together


@compiled
def _speed(lane, running, shares, speeds, together):  # type: ignore[no-untyped-def]
    share = shares[running[lane]]
    if share == REST:
        share = STEPS
        for other in range(3):
            if other != lane and running[other] >= 0:
                share -= shares[running[other]]
    slowest, alone = np.inf, True
    for other in range(3):
        if other != lane and running[other] >= 0 and (together or other != NETWORK):
            slowest, alone = min(slowest, speeds[lane, other, share]), False
    return speeds[lane, 3, share] if alone else slowest
