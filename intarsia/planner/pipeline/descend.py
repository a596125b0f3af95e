"""From a schedule to a better one by small changes, each judged by the fluid simulation: other shares, neighbours of a lane exchanged, a nano-batch or a whole group moved.

Simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983): a change that lengthens the period a little is kept with some chance at first, and never at the end.
All in compiled code (`kernels.py`) with a generator of its own, so that a seed gives the same schedule everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.pipeline import fluid, kernels
from intarsia.planner.pipeline.kernels import Room, Walk
from intarsia.planner.pipeline.nano import Graph

HEAT = 0.004
"""The first temperature, as part of the period."""



def descend(graph: Graph, keys: NDArray[np.float64], shares: NDArray[np.int64], choices: dict[str, list[int]], speeds: NDArray[np.float64], *,
            changes: int, seed: int, heat: float = HEAT) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:  # fmt: skip
    """The best keys, shares and period after `changes` changes; with no `heat`, all that lengthen the period are undone."""
    most = max(len(found) for found in choices.values())
    table, counts = np.zeros((len(graph.nanos), most), np.int64), np.zeros(len(graph.nanos), np.int64)
    for i, nano in enumerate(graph.nanos):
        found = choices[nano.kind]
        table[i, : len(found)], counts[i] = found, len(found)
    walk = Walk(keys.copy(), shares.copy(), keys.copy(), shares.copy(), keys.copy(), shares.copy(), table, counts)
    period = np.zeros(1)
    room = Room.of(1, fluid.JUDGED, len(graph.nanos))
    kernels.anneal(fluid.nanos(graph, speeds), graph.work[None, None], walk, changes, seed, heat, np.zeros(1, np.int64), room, period)
    return walk.best_keys, walk.best_shares, float(period[0])
