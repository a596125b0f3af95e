"""Compiled loops: the maximum flow of a placement, and covers. Machines are numbers; the source is number n, the sink n + 1.

The flow network has two vertices a machine, 2i (in) and 2i + 1 (out), joined by an arc of its rate; arcs are held in pairs, each beside its reverse (arc ^ 1).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intarsia import loops
from intarsia.loops import RealRows, Wholes, long_entry, part

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
TINY = 1e-9
"""Tokens/s below which an arc counts as full."""


class Network(NamedTuple):
    """Room for a flow network, made once for many placements."""

    head: Wholes
    following: Wholes
    to: Wholes
    room: loops.Reals
    level: Wholes
    at: Wholes
    queue: Wholes
    first: Wholes
    beside: Wholes


def network(machines: int, layers: int) -> Network:
    """Room for so many machines, all linked."""
    vertices, arcs = 2 * machines + 2, 2 * (machines * machines + 3 * machines)
    whole = [np.zeros(size, dtype=np.int64) for size in (vertices, arcs, arcs, vertices, vertices, vertices + 1, layers + 1, machines)]
    head, following, to, level, at, queue, first, beside = whole
    return Network(head, following, to, np.zeros(arcs), level, at, queue, first, beside)


@part
def fill(array: Wholes, value: int) -> None:
    """Every number becomes `value`."""
    for i in range(len(array)):
        array[i] = value


@part
def copy(source: Wholes, target: Wholes) -> None:
    """Numbers of one array into another, as long."""
    for i in range(len(source)):
        target[i] = source[i]


@part
def _arc(net: Network, arcs: int, a: int, b: int, capacity: float) -> int:
    net.to[arcs], net.room[arcs], net.following[arcs] = b, capacity, net.head[a]
    net.head[a] = arcs
    net.to[arcs + 1], net.room[arcs + 1], net.following[arcs + 1] = a, 0.0, net.head[b]
    net.head[b] = arcs + 1
    return arcs + 2


@part
def _build(layers: int, rates: RealRows, links: RealRows, loan: float, start: Wholes, size: Wholes, net: Network) -> int:
    count = len(start)
    fill(net.head, -1)
    fill(net.first, -1)
    for j in range(count):
        if size[j] > 0:
            net.beside[j] = net.first[start[j]]
            net.first[start[j]] = j
    arcs = 0
    for i in range(count):
        if size[i] > 0:
            arcs = _arc(net, arcs, 2 * i, 2 * i + 1, rates[i, size[i]])
    for i in range(count):
        if size[i] == 0:
            continue
        if start[i] == 0 and max(links[count, i], loan) > 0:
            arcs = _arc(net, arcs, 2 * count, 2 * i, max(links[count, i], loan))
        end = start[i] + size[i]
        if end == layers:
            if max(links[i, count + 1], loan) > 0:
                arcs = _arc(net, arcs, 2 * i + 1, 2 * count + 1, max(links[i, count + 1], loan))
            continue
        j = net.first[end]
        while j >= 0:
            if max(links[i, j], loan) > 0:
                arcs = _arc(net, arcs, 2 * i + 1, 2 * j, max(links[i, j], loan))
            j = net.beside[j]
    return arcs


@part
def _levels(source: int, sink: int, net: Network) -> bool:
    """Distances from the source over arcs with room; whether the sink can be reached."""
    fill(net.level, -1)
    net.level[source] = 0
    net.queue[0] = source
    a, b = 0, 1
    while a < b:
        v = net.queue[a]
        a += 1
        arc = net.head[v]
        while arc >= 0:
            if net.room[arc] > TINY and net.level[net.to[arc]] < 0:
                net.level[net.to[arc]] = net.level[v] + 1
                net.queue[b] = net.to[arc]
                b += 1
            arc = net.following[arc]
    return net.level[sink] >= 0


@part
def _block(source: int, sink: int, net: Network) -> float:
    """A blocking flow along the levels."""
    copy(net.head, net.at)
    total, depth, v = 0.0, 0, source
    while True:
        if v == sink:
            least = math.inf
            for step in range(depth):
                least = min(least, net.room[net.queue[step]])
            for step in range(depth):
                net.room[net.queue[step]] -= least
                net.room[net.queue[step] ^ 1] += least
            total += least
            depth, v = 0, source
        arc = net.at[v]
        while arc >= 0 and not (net.room[arc] > TINY and net.level[net.to[arc]] == net.level[v] + 1):
            arc = net.following[arc]
        net.at[v] = arc
        if arc >= 0:
            net.queue[depth] = arc
            depth, v = depth + 1, net.to[arc]
        elif depth == 0:
            return total
        else:
            depth -= 1
            back = net.queue[depth]
            v = net.to[back ^ 1]
            net.at[v] = net.following[back]


@part
def flow(layers: int, rates: RealRows, links: RealRows, loan: float, start: Wholes, size: Wholes, net: Network) -> float:
    """The maximum flow by Dinic's algorithm; see `score`."""
    count = len(start)
    _build(layers, rates, links, loan, start, size, net)
    total = 0.0
    while _levels(2 * count, 2 * count + 1, net):
        total += _block(2 * count, 2 * count + 1, net)
    if total > 0:
        return total
    far = 0
    for i in range(count):
        if size[i] > 0 and net.level[2 * i + 1] >= 0:
            far = max(far, start[i] + size[i])
    return float(far - layers) - 1.0


@long_entry
def _built(layers: int, rates: RealRows, links: RealRows, loan: float, start: Wholes, size: Wholes, net: Network, arcs: Wholes) -> None:
    arcs[0] = _build(layers, rates, links, loan, start, size, net)


@long_entry
def _scored(layers: int, rates: RealRows, links: RealRows, loan: float, start: Wholes, size: Wholes, net: Network, value: loops.Reals) -> None:
    value[0] = flow(layers, rates, links, loan, start, size, net)


def build(layers: int, rates: Reals, links: Reals, loan: float, start: Ints, size: Ints, net: Network) -> int:
    """Lay the network of a placement; gives its number of arcs. The first arc of machine i is its own, in order of machines that hold something.

    Links of less than `loan` tokens/s are lent that much.
    """
    arcs = np.zeros(1, np.int64)
    _built(layers, rates, links, loan, start, size, net, arcs)
    return int(arcs[0])


def score(layers: int, rates: Reals, links: Reals, loan: float, start: Ints, size: Ints, net: Network) -> float:
    """The maximum flow (Dinic's algorithm); where nothing flows, minus the layers that no chain from the source reaches, so that a search has a slope."""
    value = np.zeros(1)
    _scored(layers, rates, links, loan, start, size, net, value)
    return float(value[0])


@long_entry
def _covered(weight: Wholes, alone: Wholes, cost: loops.Reals, cells: int, best: loops.Reals, last: Wholes, used: loops.Reals, least: loops.Reals) -> None:
    for v in range(1, cells + 1):
        best[v] = math.inf
        for i in range(len(weight)):
            rest = best[max(0, v - weight[i])] + cost[i]
            if rest < best[v]:
                best[v], last[v] = rest, i
    least[0], first = math.inf, 0
    for i in range(len(weight)):
        whole = cost[i] + (0.0 if alone[i] else best[max(1, cells - weight[i])])
        if whole < least[0]:
            least[0], first = whole, i
    used[first] = 1.0
    v = 0 if alone[first] else max(1, cells - weight[first])
    while v > 0:
        used[last[v]] += 1.0
        v = max(0, v - weight[last[v]])


def cover(weight: Ints, alone: NDArray[np.bool_], cost: Reals, cells: int) -> tuple[float, Reals]:
    """The cheapest multiset of things whose weights come to `cells`, and how many of each are in it. Weights are at least 1; only what may stand `alone` is enough by itself."""
    used, least = np.zeros(len(weight)), np.zeros(1)
    _covered(weight, alone.astype(np.int64), cost, cells, np.zeros(cells + 1), np.zeros(cells + 1, np.int64), used, least)
    return float(least[0]), used
