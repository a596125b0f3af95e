"""Numbers of machines of a class on an interval -> named machines on it, and what flows between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.placement.flow import kernels
from intarsia.planner.placement.flow.problem import Arrays
from intarsia.planner.placement.flow.program import Slot
from intarsia.planner.placement.flow.regions import Kind

Ints = NDArray[np.int64]


def expand(made: Arrays, kinds: Sequence[Kind], counts: Mapping[Slot, int]) -> tuple[Ints, Ints]:
    """First layers and sizes by machine. Machines with links to the source or the sink are taken first where they are needed, last elsewhere; what is left over holds layer 0."""
    count = len(made.most)
    start, size = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64)
    entry, exit_ = made.links[count, :count] > 0, made.links[:count, count + 1] > 0
    free = {number: list(kind.members) for number, kind in enumerate(kinds)}
    ends = [(slot, n) for slot, n in counts.items() if slot[1] == 0 or slot[1] + slot[2] == made.layers]
    for (number, first, width), n in [*ends, *(item for item in counts.items() if item not in ends)]:
        begins, finishes = first == 0, first + width == made.layers
        free[number].sort(key=lambda i: (begins and not entry[i], finishes and not exit_[i], entry[i] and not begins, exit_[i] and not finishes))
        for i in free[number][:n]:
            start[i], size[i] = first, width
        del free[number][:n]
    return start, size


def flows(made: Arrays, start: Ints, size: Ints) -> tuple[float, dict[tuple[int, int], float]]:
    """The maximum flow of a placement, and what each link carries of it."""
    net = kernels.network(len(made.most), made.layers)
    value = max(0.0, float(kernels.score(made.layers, made.rates, made.links, 0.0, start, size, net)))
    arcs = kernels.build(made.layers, made.rates, made.links, 0.0, start, size, kernels.network(len(made.most), made.layers))
    found: dict[tuple[int, int], float] = {}
    count = len(made.most)
    for arc in range(0, arcs, 2):
        a, b = int(net.to[arc + 1]), int(net.to[arc])
        carried = float(net.room[arc + 1])
        if (carried > kernels.TINY and a // 2 != b // 2) or (a, b) == (2 * count, 2 * count + 1):
            found[_machine(a, count), _machine(b, count)] = carried
    return value, found


def _machine(vertex: int, count: int) -> int:
    """The number that links know a vertex by: the source count, the sink count + 1."""
    return vertex // 2 if vertex < 2 * count else vertex - count
