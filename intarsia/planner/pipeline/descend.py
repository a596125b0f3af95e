"""From a schedule to a better one by small changes, each judged by the fluid simulation: other shares, and neighbours of a lane exchanged.

All in compiled code with a generator of its own, so that a seed gives the same schedule everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intarsia.jit import compiled
from intarsia.planner.pipeline import fluid
from intarsia.planner.pipeline.nano import Graph

LAYERS = 12
EXCHANGES = 3
"""One change in so many exchanges neighbours; the others change a share."""


def descend(graph: Graph, keys: NDArray[np.float64], shares: NDArray[np.int64], choices: dict[str, list[int]], speeds: NDArray[np.float64], *,
            changes: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:  # fmt: skip
    """Keys, shares and period after `changes` changes, of which those that lengthen the period are undone."""
    most = max(len(found) for found in choices.values())
    table, counts = np.zeros((len(graph.nanos), most), np.int64), np.zeros(len(graph.nanos), np.int64)
    for i, nano in enumerate(graph.nanos):
        found = choices[nano.kind]
        table[i, : len(found)], counts[i] = found, len(found)
    return _descend(graph.kinds, graph.work, *graph.before, speeds, keys.copy(), shares.copy(), table, counts, changes, seed)


@compiled
def _next(state):  # type: ignore[no-untyped-def]
    """A xorshift generator of 64 bits (Marsaglia 2003)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    return state ^ (state << np.uint64(17))


@compiled
def _descend(kinds, work, starts, others, lags, speeds, keys, shares, table, counts, changes, seed):  # type: ignore[no-untyped-def]
    n, state = work.size, np.uint64(2 * seed + 0x9E3779B97F4A7C15)
    best = fluid.period_of(kinds, work, shares, keys, starts, others, lags, speeds, LAYERS)
    for change in range(changes):
        state = _next(state)
        i = int(state >> np.uint64(11)) % n
        old_keys, old_shares = keys.copy(), shares.copy()
        state = _next(state)
        if change % EXCHANGES == 0:
            _exchange(kinds, keys, i)
        elif counts[i] > 1:
            shares[i] = table[i, int(state >> np.uint64(11)) % counts[i]]
        else:
            continue
        found = fluid.period_of(kinds, work, shares, keys, starts, others, lags, speeds, LAYERS)
        if found <= best:
            best = found
        else:
            keys[:], shares[:] = old_keys, old_shares
    return keys, shares, best


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
