"""Compiled loops: the maximum flow of a placement, and annealing over placements. Machines are numbers; the source is number n, the sink n + 1.

The flow network has two vertices a machine, 2i (in) and 2i + 1 (out), joined by an arc of its rate; arcs are held in pairs, each beside its reverse (arc ^ 1).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intarsia.jit import compiled

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
TINY = 1e-9
"""Tokens/s below which an arc counts as full."""


class Network(NamedTuple):
    """Room for a flow network, made once for many placements."""

    head: Ints
    following: Ints
    to: Ints
    room: Reals
    level: Ints
    at: Ints
    queue: Ints
    first: Ints
    beside: Ints


def network(machines: int, layers: int) -> Network:
    vertices, arcs = 2 * machines + 2, 2 * (machines * machines + 3 * machines)
    whole = [np.zeros(size, dtype=np.int64) for size in (vertices, arcs, arcs, vertices, vertices, vertices + 1, layers + 1, machines)]
    head, following, to, level, at, queue, first, beside = whole
    return Network(head, following, to, np.zeros(arcs), level, at, queue, first, beside)


@compiled
def _arc(net: Network, arcs: int, a: int, b: int, capacity: float) -> int:
    net.to[arcs], net.room[arcs], net.following[arcs] = b, capacity, net.head[a]
    net.head[a] = arcs
    net.to[arcs + 1], net.room[arcs + 1], net.following[arcs + 1] = a, 0.0, net.head[b]
    net.head[b] = arcs + 1
    return arcs + 2


@compiled
def build(layers: int, rates: Reals, links: Reals, loan: float, start: Ints, size: Ints, net: Network) -> int:
    """Lay the network of a placement; gives its number of arcs. The first arc of machine i is its own, in order of machines that hold something.

    Links of less than `loan` tokens/s are lent that much.
    """
    count = len(start)
    net.head[:] = -1
    net.first[:] = -1
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


@compiled
def _levels(source: int, sink: int, net: Network) -> bool:
    """Distances from the source over arcs with room; whether the sink can be reached."""
    net.level[:] = -1
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


@compiled
def _block(source: int, sink: int, net: Network) -> float:
    """A blocking flow along the levels."""
    net.at[:] = net.head
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


@compiled
def score(layers: int, rates: Reals, links: Reals, loan: float, start: Ints, size: Ints, net: Network) -> float:
    """The maximum flow (Dinic's algorithm); where nothing flows, minus the layers that no chain from the source reaches, so that a search has a slope."""
    count = len(start)
    build(layers, rates, links, loan, start, size, net)
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


@compiled
def _boundary(layers: int, start: Ints, size: Ints) -> None:
    """Move a boundary between layers, with all machines that end or begin there, or some of them."""
    i = np.random.randint(len(start))
    at = start[i] + size[i] * np.random.randint(2)
    by = (1 - 2 * np.random.randint(2)) * (2 if np.random.random() < 0.2 else 1)
    some = np.random.random() < 0.3
    if at == 0 or at == layers:
        return
    for j in range(len(start)):
        if some and np.random.random() < 0.5:
            continue
        if start[j] == at:
            start[j] += by
            size[j] -= by
        elif start[j] + size[j] == at:
            size[j] += by


@compiled
def _window(start: Ints, size: Ints) -> None:
    """Move all that lies in a window of layers by one: what ends before it grows or shrinks, and what begins after it shrinks or grows."""
    i = np.random.randint(len(start))
    low = start[i]
    high = low + 1 + np.random.randint(20)
    by = 1 - 2 * np.random.randint(2)
    for j in range(len(start)):
        end = start[j] + size[j]
        if start[j] >= low and end <= high:
            start[j] += by
        elif start[j] < low and end == low:
            size[j] += by
        elif start[j] == high:
            start[j] += by
            size[j] -= by


@compiled
def _between(layers: int, most: Ints, start: Ints, size: Ints) -> None:
    """Put a machine between two boundaries that others have, or from one of them on."""
    i, a, b = np.random.randint(len(start)), np.random.randint(len(start)), np.random.randint(len(start))
    begin = start[a] + size[a] * np.random.randint(2)
    width = start[b] + size[b] * np.random.randint(2) - begin
    if width < 1 or width > most[i]:
        width = 1 + np.random.randint(max(1, most[i]))
    start[i], size[i] = begin, width


@compiled
def _move(layers: int, most: Ints, start: Ints, size: Ints) -> None:
    """One random change; what it leaves may break the rules."""
    kind = np.random.random()
    i, j = np.random.randint(len(start)), np.random.randint(len(start))
    if kind < 0.3:
        _boundary(layers, start, size)
    elif kind < 0.45:
        start[i], start[j] = start[j], start[i]
        size[i], size[j] = size[j], size[i]
    elif kind < 0.6:
        start[i], size[i] = start[j], size[j]
    elif kind < 0.8:
        _between(layers, most, start, size)
    elif kind < 0.85:
        _window(start, size)
    elif kind < 0.9:
        start[i] += 1 - 2 * np.random.randint(2)
    else:
        start[i], size[i] = np.random.randint(layers), 1 + np.random.randint(max(1, most[i]))


@compiled
def _legal(layers: int, most: Ints, start: Ints, size: Ints) -> bool:
    return bool(np.all((start >= 0) & (size >= 1) & (size <= most) & (start + size <= layers)))


@compiled
def anneal(
    layers: int, rates: Reals, most: Ints, links: Reals, loan: float, start: Ints, size: Ints, net: Network, seed: int, steps: int, hot: float, cold: float,
) -> float:  # fmt: skip
    """Simulated annealing from a placement in which every machine holds something, in place; gives the best score, and leaves its placement."""
    np.random.seed(seed)
    now_start, now_size, new_start, new_size = start.copy(), size.copy(), start.copy(), size.copy()
    now = best = score(layers, rates, links, loan, start, size, net)
    for step in range(steps):
        new_start[:], new_size[:] = now_start, now_size
        _move(layers, most, new_start, new_size)
        if not _legal(layers, most, new_start, new_size):
            continue
        value = score(layers, rates, links, loan, new_start, new_size, net)
        heat = hot * (cold / hot) ** (step / steps)
        if value >= now or np.random.random() < math.exp((value - now) / heat):
            now_start[:], now_size[:], now = new_start, new_size, value
            if value > best + TINY:
                start[:], size[:], best = new_start, new_size, value
    return best


@compiled
def cover(weight: Ints, alone: NDArray[np.bool_], cost: Reals, cells: int) -> tuple[float, Reals]:
    """The cheapest multiset of things whose weights come to `cells`, and how many of each are in it. Weights are at least 1; only what may stand `alone` is enough by itself."""
    best, last = np.full(cells + 1, np.inf), np.zeros(cells + 1, dtype=np.int64)
    best[0] = 0.0
    for v in range(1, cells + 1):
        for i in range(len(weight)):
            rest = best[max(0, v - weight[i])] + cost[i]
            if rest < best[v]:
                best[v], last[v] = rest, i
    least, first = np.inf, 0
    for i in range(len(weight)):
        whole = cost[i] + (0.0 if alone[i] else best[max(1, cells - weight[i])])
        if whole < least:
            least, first = whole, i
    used = np.zeros(len(weight))
    used[first] = 1.0
    v = 0 if alone[first] else max(1, cells - weight[first])
    while v > 0:
        used[last[v]] += 1.0
        v = max(0, v - weight[last[v]])
    return least, used
