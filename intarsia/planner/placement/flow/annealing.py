"""Compiled loops: annealing over placements, by random changes of one or a few machines."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from intarsia import loops
from intarsia.loops import RealRows, Wholes, long_entry, part
from intarsia.planner.placement.flow.kernels import TINY, Ints, Network, Reals, copy, flow


@part
def _draw(state: Wholes) -> int:
    """48 random bits, of the generator of POSIX's drand48."""
    state[0] = (int(state[0]) * 0x5DEECE66D + 11) & 0xFFFFFFFFFFFF
    return int(state[0])


@part
def _below(state: Wholes, end: int) -> int:
    """A whole number from 0 to below `end` (at most 2 ** 15), by the first bits: the last ones repeat too soon."""
    return (_draw(state) * end) >> 48


@part
def _share(state: Wholes) -> float:
    """A number from 0 to below 1."""
    return _draw(state) / 0x1000000000000


@part
def _boundary(layers: int, start: Wholes, size: Wholes, state: Wholes) -> None:
    """Move a boundary between layers, with all machines that end or begin there, or some of them."""
    i = _below(state, len(start))
    at = start[i] + size[i] * _below(state, 2)
    by = (1 - 2 * _below(state, 2)) * (2 if _share(state) < 0.2 else 1)
    some = _share(state) < 0.3
    if at == 0 or at == layers:
        return
    for j in range(len(start)):
        if some and _share(state) < 0.5:
            continue
        if start[j] == at:
            start[j] += by
            size[j] -= by
        elif start[j] + size[j] == at:
            size[j] += by


@part
def _window(start: Wholes, size: Wholes, state: Wholes) -> None:
    """Move all that lies in a window of layers by one: what ends before it grows or shrinks, and what begins after it shrinks or grows."""
    i = _below(state, len(start))
    low = start[i]
    high = low + 1 + _below(state, 20)
    by = 1 - 2 * _below(state, 2)
    for j in range(len(start)):
        end = start[j] + size[j]
        if start[j] >= low and end <= high:
            start[j] += by
        elif start[j] < low and end == low:
            size[j] += by
        elif start[j] == high:
            start[j] += by
            size[j] -= by


@part
def _between(most: Wholes, start: Wholes, size: Wholes, state: Wholes) -> None:
    """Put a machine between two boundaries that others have, or from one of them on."""
    i, a, b = _below(state, len(start)), _below(state, len(start)), _below(state, len(start))
    begin = start[a] + size[a] * _below(state, 2)
    width = start[b] + size[b] * _below(state, 2) - begin
    if width < 1 or width > most[i]:
        width = 1 + _below(state, max(1, most[i]))
    start[i], size[i] = begin, width


@part
def _move(layers: int, most: Wholes, start: Wholes, size: Wholes, state: Wholes) -> None:
    """One random change; what it leaves may break the rules."""
    kind = _share(state)
    i, j = _below(state, len(start)), _below(state, len(start))
    if kind < 0.3:
        _boundary(layers, start, size, state)
    elif kind < 0.45:
        start[i], start[j] = start[j], start[i]
        size[i], size[j] = size[j], size[i]
    elif kind < 0.6:
        start[i], size[i] = start[j], size[j]
    elif kind < 0.8:
        _between(most, start, size, state)
    elif kind < 0.85:
        _window(start, size, state)
    elif kind < 0.9:
        start[i] += 1 - 2 * _below(state, 2)
    else:
        start[i], size[i] = _below(state, layers), 1 + _below(state, max(1, most[i]))


@part
def _legal(layers: int, most: Wholes, start: Wholes, size: Wholes) -> bool:
    for i in range(len(start)):  # noqa: SIM110  # loops know no generators
        if start[i] < 0 or size[i] < 1 or size[i] > most[i] or start[i] + size[i] > layers:  # loops know no generators
            return False
    return True


class Walk(NamedTuple):
    """Room for annealing: where it is, where it may go, and its generator's state."""

    now_start: Wholes
    now_size: Wholes
    new_start: Wholes
    new_size: Wholes
    state: Wholes


@long_entry
def _annealed(
    layers: int, rates: RealRows, most: Wholes, links: RealRows, loan: float, start: Wholes, size: Wholes, net: Network, walk: Walk, steps: int, hot: float, cold: float,
    value: loops.Reals,
) -> None:  # fmt: skip
    copy(start, walk.now_start)
    copy(size, walk.now_size)
    now = best = flow(layers, rates, links, loan, start, size, net)
    for step in range(steps):
        copy(walk.now_start, walk.new_start)
        copy(walk.now_size, walk.new_size)
        _move(layers, most, walk.new_start, walk.new_size, walk.state)
        if not _legal(layers, most, walk.new_start, walk.new_size):
            continue
        found = flow(layers, rates, links, loan, walk.new_start, walk.new_size, net)
        heat = hot * math.exp(math.log(cold / hot) * step / steps)
        if found >= now or _share(walk.state) < math.exp((found - now) / heat):
            copy(walk.new_start, walk.now_start)
            copy(walk.new_size, walk.now_size)
            now = found
            if found > best + TINY:
                copy(walk.new_start, start)
                copy(walk.new_size, size)
                best = found
    value[0] = best


def anneal(layers: int, rates: Reals, most: Ints, links: Reals, loan: float, start: Ints, size: Ints, net: Network, seed: int, steps: int, hot: float, cold: float) -> float:
    """Simulated annealing from a placement in which every machine holds something, in place; gives the best score, and leaves its placement."""
    room = np.zeros((4, len(start)), np.int64)
    value, walk = np.zeros(1), Walk(room[0], room[1], room[2], room[3], np.array([seed << 16 | 0x330E], np.int64))
    _annealed(layers, rates, most, links, loan, start, size, net, walk, steps, hot, cold, value)
    return float(value[0])
