"""Classical heuristics for offsets. Each takes the blocks in one order and puts each at a free place among those alive with it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator

from intarsia.planner.memory.problem import Block, load_bound

WORK = 600_000
"""Pairs of overlapping blocks that may be looked at, in all: about half a second."""

ORDERS: dict[str, Callable[[Block], tuple[int, ...]]] = {
    "size": lambda b: (-b.size, b.lower - b.upper),
    "lifetime": lambda b: (b.lower - b.upper, -b.size),
    "area": lambda b: (-b.size * (b.upper - b.lower), b.lower),
    "start": lambda b: (b.lower, -b.size),
}


def attempts(blocks: list[Block]) -> Iterator[tuple[str, list[int]]]:
    """Every heuristic's name and offsets. Only the last is run where blocks are too many for the others."""
    pairs = _pairs(blocks)
    if pairs <= WORK:
        yield from _by_order(blocks, pairs)
    yield "as an allocator", _as_allocator(blocks)


def _by_order(blocks: list[Block], pairs: int) -> Iterator[tuple[str, list[int]]]:
    neighbours = _neighbours(blocks)
    ways = [(name, best_fit) for name in ORDERS for best_fit in (False, True)]
    for name, best_fit in ways[: max(1, WORK // max(pairs, 1))]:
        order = sorted(range(len(blocks)), key=lambda i: ORDERS[name](blocks[i]))
        yield f"{name}, {'best' if best_fit else 'first'} fit", _greedy(blocks, neighbours, order, best_fit=best_fit)
    for name in ("lifetime", "size"):
        if len(blocks) ** 2 < WORK:
            yield f"{name}, lowest first", _lowest_first(blocks, neighbours, sorted(range(len(blocks)), key=lambda i: ORDERS[name](blocks[i])))


def best(blocks: list[Block], enough: int | None = None) -> tuple[list[int], int, str]:
    """The offsets of least peak, that peak, and the heuristic: the first that reaches `enough` (the load bound by default)."""
    enough = load_bound(blocks) if enough is None else enough
    found: tuple[list[int], int, str] | None = None
    for method, places in attempts(blocks):
        peak = max((p + b.size for p, b in zip(places, blocks, strict=True)), default=0)
        if found is None or peak < found[1]:
            found = places, peak, method
        if found[1] <= enough:
            break
    assert found is not None
    return found


def _pairs(blocks: list[Block]) -> int:
    """How many pairs of blocks overlap in time: by a sweep, those that are alive when one starts."""
    starts, ends = sorted(b.lower for b in blocks), sorted(b.upper for b in blocks)
    ended = pairs = 0
    for started, time in enumerate(starts):
        while ends[ended] <= time:
            ended += 1
        pairs += started - ended
    return pairs


def _as_allocator(blocks: list[Block]) -> list[int]:
    """Blocks come and go in order of time, each taking the tightest free gap, as a heap would serve them: what ends at a time
    goes first, then the largest comes first."""
    heap = _Heap()
    places = [0] * len(blocks)
    solid = [i for i, b in enumerate(blocks) if b.size]
    coming = sorted(sorted(solid, key=[-b.size for b in blocks].__getitem__), key=[b.lower for b in blocks].__getitem__)
    going = sorted(solid, key=[b.upper for b in blocks].__getitem__)
    gone = 0
    for i in coming:
        lower, _, size, alignment, _ = blocks[i]
        while blocks[going[gone]].upper <= lower:
            left = going[gone]
            heap.give(places[left], places[left] + blocks[left].size)
            gone += 1
        places[i] = heap.take(size, alignment)
    return places


class _Heap:
    """Free gaps below `top`, by size and by both ends; above `top` all is free."""

    def __init__(self) -> None:
        self.top = 0
        self.by_size: list[tuple[int, int]] = []
        self.end_of: dict[int, int] = {}
        self.start_of: dict[int, int] = {}

    def take(self, size: int, alignment: int) -> int:
        for at in range(bisect_left(self.by_size, (size, 0)), len(self.by_size)):
            free, start = self.by_size[at]
            place = -(-start // alignment) * alignment
            if place + size <= start + free:
                self._remove(start, start + free)
                self._add(start, place)
                self._add(place + size, start + free)
                return place
        place = -(-self.top // alignment) * alignment
        self._add(self.top, place)
        self.top = place + size
        return place

    def give(self, start: int, end: int) -> None:
        if start in self.start_of:
            before = self.start_of[start]
            self._remove(before, start)
            start = before
        if end in self.end_of:
            after = self.end_of[end]
            self._remove(end, after)
            end = after
        if end == self.top:
            self.top = start
        else:
            self._add(start, end)

    def _add(self, start: int, end: int) -> None:
        if start < end:
            self.end_of[start], self.start_of[end] = end, start
            insort(self.by_size, (end - start, start))

    def _remove(self, start: int, end: int) -> None:
        del self.end_of[start], self.start_of[end]
        del self.by_size[bisect_left(self.by_size, (end - start, start))]


def _neighbours(blocks: list[Block]) -> list[list[int]]:
    """For each block, the others alive at some time with it (a sweep over starts)."""
    found: list[list[int]] = [[] for _ in blocks]
    alive: list[int] = []
    for i in sorted((i for i, b in enumerate(blocks) if b.size), key=lambda i: blocks[i].lower):
        alive = [j for j in alive if blocks[j].upper > blocks[i].lower]
        for j in alive:
            found[i].append(j)
            found[j].append(i)
        alive.append(i)
    return found


def _greedy(blocks: list[Block], neighbours: list[list[int]], order: list[int], *, best_fit: bool) -> list[int]:
    places = [-1] * len(blocks)
    for i in order:
        taken = sorted((places[j], places[j] + blocks[j].size) for j in neighbours[i] if places[j] >= 0)
        places[i] = _gap(taken, blocks[i].size, blocks[i].alignment, best_fit)
    return places


def _gap(taken: list[tuple[int, int]], size: int, alignment: int, best_fit: bool) -> int:
    """The lowest gap of at least `size` between the intervals `taken` (by start), or the tightest one."""
    cursor, place, tightest = 0, -1, 0
    for start, end in taken:
        gap = start - cursor
        if gap >= size and (place < 0 or gap < tightest):
            place, tightest = cursor, gap
            if not best_fit:
                return place
        if end > cursor:
            cursor = -(-end // alignment) * alignment
    return cursor if place < 0 else place


def _lowest_first(blocks: list[Block], neighbours: list[list[int]], rank: list[int]) -> list[int]:
    """Always the block that can go lowest on top of what lies there, ties by `rank`."""
    order = {block: position for position, block in enumerate(rank)}
    floor = [0] * len(blocks)
    places = [-1] * len(blocks)
    left = set(range(len(blocks)))
    while left:
        i = min(left, key=lambda j: (floor[j], order[j]))
        left.discard(i)
        places[i] = floor[i]
        for j in neighbours[i]:
            if j in left and floor[j] < places[i] + blocks[i].size:
                floor[j] = -(-(places[i] + blocks[i].size) // blocks[j].alignment) * blocks[j].alignment
    return places
