"""From a schedule to a better one by small changes, each judged by the fluid simulation: other shares, neighbours of a lane exchanged, a nano-batch or a whole group moved.

Simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983): a change that lengthens the period a little is kept with some chance at first, and never at the end.
All in compiled code with a generator of its own, so that a seed gives the same schedule everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intarsia.jit import compiled
from intarsia.planner.pipeline import fluid
from intarsia.planner.pipeline.nano import Graph

LAYERS = 12
HEAT = 0.004
"""The first temperature, as part of the period."""
KINDS_OF_CHANGE, EXCHANGE, GROUP, SINGLE = 10, 3, 4, 5
"""Of ten changes, so many (up to each number) exchange neighbours, move a group, move a nano-batch; the others change a share."""
GROUP_FAR, SINGLE_FAR = 0.1, 0.25
"""How far a group or a nano-batch moves at most, in periods."""


def descend(graph: Graph, keys: NDArray[np.float64], shares: NDArray[np.int64], choices: dict[str, list[int]], speeds: NDArray[np.float64], *,
            changes: int, seed: int, heat: float = HEAT) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:  # fmt: skip
    """The best keys, shares and period after `changes` changes; with no `heat`, all that lengthen the period are undone."""
    most = max(len(found) for found in choices.values())
    table, counts = np.zeros((len(graph.nanos), most), np.int64), np.zeros(len(graph.nanos), np.int64)
    for i, nano in enumerate(graph.nanos):
        found = choices[nano.kind]
        table[i, : len(found)], counts[i] = found, len(found)
    groups = np.array([nano.group for nano in graph.nanos], np.int64)
    return _descend(graph.kinds, graph.work, groups, *graph.before, speeds, keys.copy(), shares.copy(), table, counts, changes, seed, heat)


@compiled
def _next(state):  # type: ignore[no-untyped-def]
    """A xorshift generator of 64 bits (Marsaglia 2003)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    return state ^ (state << np.uint64(17))


@compiled
def _descend(kinds, work, groups, starts, others, lags, speeds, keys, shares, table, counts, changes, seed, heat):  # type: ignore[no-untyped-def]
    state = np.uint64(2 * seed + 0x9E3779B97F4A7C15)
    now = fluid.period_of(kinds, work, shares, keys, starts, others, lags, speeds, LAYERS)
    best, best_keys, best_shares = now, keys.copy(), shares.copy()
    for change in range(changes):
        old_keys, old_shares = keys.copy(), shares.copy()
        state = _next(state)
        i = int(state >> np.uint64(11)) % work.size
        state = _next(state)
        _change(int(state >> np.uint64(11)), i, kinds, groups, keys, shares, table, counts)
        found = fluid.period_of(kinds, work, shares, keys, starts, others, lags, speeds, LAYERS)
        state = _next(state)
        chance = (float(state >> np.uint64(11)) + 1) / 2.0**53
        warm = heat * best * (1 - change / changes) ** 2
        if found <= now or (warm > 0 and np.isfinite(found) and found - now < -warm * np.log(chance)):
            now = found
            if found < best:
                best = found
                best_keys[:], best_shares[:] = keys, shares
        else:
            keys[:], shares[:] = old_keys, old_shares
    return best_keys, best_shares, best


@compiled
def _change(drawn, i, kinds, groups, keys, shares, table, counts):  # type: ignore[no-untyped-def]
    """One change to nano-batch `i` or its group, in place."""
    kind, drawn = drawn % KINDS_OF_CHANGE, drawn // KINDS_OF_CHANGE
    far = (drawn % 1000) / 500 - 1
    if kind < EXCHANGE:
        _exchange(kinds, keys, i)
    elif kind < GROUP:
        for j in range(keys.size):
            if groups[j] == groups[i]:
                keys[j] += far * GROUP_FAR
        keys -= min(0.0, np.floor(keys.min()))
    elif kind < SINGLE:
        keys[i] = max(0.0, keys[i] + far * SINGLE_FAR)
    else:
        shares[i] = table[i, drawn % counts[i]]


@compiled
def _exchange(kinds, keys, i):  # type: ignore[no-untyped-def]
    """Exchange a nano-batch with the one that follows it on its lane, round the period."""
    mine, after, nearest = keys[i] - np.floor(keys[i]), -1, 2.0
    for j in range(keys.size):
        if j != i and kinds[j] == kinds[i]:
            ahead = (keys[j] - np.floor(keys[j]) - mine) % 1.0
            if ahead < nearest:
                after, nearest = j, ahead
    if after >= 0:
        keys[i] += nearest
        keys[after] -= nearest
        if keys[after] < 0:
            keys += 1.0
