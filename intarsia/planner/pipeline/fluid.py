"""A fluid simulation of many layers: what is running goes at the speed of its share, and every operator starts as soon as it may.

Each kind of operator has a lane, which takes nano-batches in a fixed order, one at a time. A nano-batch waits for its lane, for what it depends on,
and for its share to be free; one with share REST takes what the others leave, from moment to moment. Compiled with numba: a search asks for
tens of thousands of these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from intarsia.planner.pipeline.curves import STEPS
from intarsia.planner.pipeline.nano import Graph

REST = 0
"""The share of an operator that takes what is left."""
LAYERS = 14
SETTLED = 5
"""Layers before the end whose starts are compared: the last ones have nothing after them to wait for."""
SAME = 1e-6
"""Relative difference of periods up to which a schedule repeats itself."""


@dataclass(frozen=True)
class Flow:
    """Seconds between two layers in the steady state; whether every layer is like the one before; a layer's starts and ends, from its first start on."""

    period_s: float
    steady: bool
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]


def simulate(graph: Graph, keys: NDArray[np.float64], shares: NDArray[np.int64], speeds: NDArray[np.float64]) -> Flow | None:
    """Run the nano-batches in the order of `keys` (starts in periods) with `shares` in steps; None where they wait for each other for ever."""
    begins, ends = run(graph.kinds, graph.work, shares, keys, *graph.before, speeds, LAYERS)
    if not np.isfinite(ends).all():
        return None
    last = LAYERS - SETTLED
    steps = np.diff(begins[last - 4 : last + 1], axis=0)
    period = float(steps.mean(axis=0).max())
    steady = bool(np.abs(steps - period).max() <= SAME * period)
    at = float(begins[last].min())
    return Flow(period, steady, begins[last] - at, ends[last] - at)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def period_of(kinds, work, shares, keys, starts, others, lags, speeds, layers):  # type: ignore[no-untyped-def]
    """Seconds between two layers in the steady state; infinite where nothing goes on."""
    begins, ends = run(kinds, work, shares, keys, starts, others, lags, speeds, layers)
    worst = 0.0
    for i in range(work.size):
        if not np.isfinite(ends[layers - 1, i]):
            return np.inf
        worst = max(worst, (begins[layers - SETTLED, i] - begins[layers - SETTLED - 4, i]) / 4)
    return worst


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def run(kinds, work, shares, keys, starts, others, lags, speeds, layers):  # type: ignore[no-untyped-def]
    """Starts and ends, [layers, nano-batches]; infinite where they never come."""
    n = work.size
    begins, ends = np.full((layers, n), np.inf), np.full((layers, n), np.inf)
    order, heads = np.argsort(keys - np.floor(keys), kind="mergesort"), np.zeros(3, np.int64)
    lanes, counts = np.zeros((3, n), np.int64), np.zeros(3, np.int64)
    for i in order:
        lanes[kinds[i], counts[kinds[i]]] = i
        counts[kinds[i]] += 1
    turns = layers + int(np.floor(keys.max())) + 1
    running, left = np.full(3, -1, np.int64), np.zeros(3)
    layer_of = np.zeros(3, np.int64)
    now = 0.0
    for _ in range(4 * n * layers + 16):
        for lane in range(3):
            while running[lane] < 0 and counts[lane] > 0 and heads[lane] < counts[lane] * turns:
                nano = lanes[lane, heads[lane] % counts[lane]]
                layer = heads[lane] // counts[lane] - int(np.floor(keys[nano]))
                if layer < 0 or layer >= layers:
                    heads[lane] += 1
                    continue
                if not _ready(nano, layer, starts, others, lags, ends) or not _room(nano, running, shares):
                    break
                running[lane], left[lane], layer_of[lane] = nano, work[nano], layer
                begins[layer, nano] = now
                heads[lane] += 1
        step = np.inf
        for lane in range(3):
            if running[lane] >= 0:
                speed = _speed(lane, running, shares, speeds)
                if speed > 0:
                    step = min(step, left[lane] / speed)
        if not np.isfinite(step):
            break
        past = np.zeros(3)
        for lane in range(3):
            if running[lane] >= 0:
                past[lane] = step * _speed(lane, running, shares, speeds)
        now += step
        for lane in range(3):
            if running[lane] >= 0:
                left[lane] -= past[lane]
                if left[lane] <= 1e-9 * work[running[lane]]:
                    ends[layer_of[lane], running[lane]] = now
                    running[lane] = -1
    return begins, ends


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _ready(nano, layer, starts, others, lags, ends):  # type: ignore[no-untyped-def]
    for at in range(starts[nano], starts[nano + 1]):
        before = layer - lags[at]
        if before >= 0 and not np.isfinite(ends[before, others[at]]):
            return False
    return True


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _room(nano, running, shares):  # type: ignore[no-untyped-def]
    """Whether the share is free: one that takes the rest needs none in advance."""
    taken = shares[nano]
    for lane in range(3):
        if running[lane] >= 0:
            taken += shares[running[lane]]
    return taken <= STEPS


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _speed(lane, running, shares, speeds):  # type: ignore[no-untyped-def]
    share = shares[running[lane]]
    if share == REST:
        share = STEPS
        for other in range(3):
            if other != lane and running[other] >= 0:
                share -= shares[running[other]]
    slowest, alone = np.inf, True
    for other in range(3):
        if other != lane and running[other] >= 0:
            slowest, alone = min(slowest, speeds[lane, other, share]), False
    return speeds[lane, 3, share] if alone else slowest
