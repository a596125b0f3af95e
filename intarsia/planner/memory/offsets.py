"""Static memory planning by classical heuristics: buffers with lifetimes and sizes -> offsets, stopped at the load bound.

The problem is Google's MiniMalloc's (ASPLOS 2024): buffers are rectangles of fixed extent in time, to be packed as low as
possible. Each heuristic takes the buffers in one order and puts each at a free place among those alive at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from intarsia.errors import InputError, Where

ALIGNMENT = 64


@dataclass(frozen=True)
class Buffer:
    """`size` bytes alive over [lower, upper). Buffers of one non-empty `alias` group share one place."""

    name: str
    lower: int
    upper: int
    size: int
    alias: str = ""


@dataclass(frozen=True)
class Assignment:
    """An offset for each buffer by name, the arena's `peak` in bytes, and the `bound` that no assignment goes below."""

    offsets: dict[str, int]
    peak: int
    bound: int
    method: str = ""

    @property
    def proven(self) -> bool:
        """Whether the peak is known to be the least possible."""
        return self.peak == self.bound


@dataclass(frozen=True)
class _Block:
    """A place to be found: an alias group, or a buffer alone. `size` is a multiple of the alignment."""

    lower: int
    upper: int
    size: int
    names: tuple[str, ...]


def assign(buffers: Sequence[Buffer], alignment: int = ALIGNMENT) -> Assignment:
    """The best assignment of the classical heuristics, the first that reaches the load bound.

    Raises InputError for an empty lifetime, a negative size, a name given twice, or an alignment below one.
    """
    _check(buffers, alignment)
    blocks = _blocks(buffers, alignment)
    bound = load(blocks)
    best: tuple[int, list[int], str] | None = None
    for method, places in _attempts(blocks):
        peak = max((p + b.size for p, b in zip(places, blocks, strict=True)), default=0)
        if best is None or peak < best[0]:
            best = (peak, places, method)
        if peak == bound:
            break
    assert best is not None
    offsets = {name: place for place, block in zip(best[1], blocks, strict=True) for name in block.names}
    return Assignment(offsets, best[0], bound, best[2])


def load(blocks: Iterable[Buffer | _Block]) -> int:
    """The most bytes alive at any one time: a lower bound on every peak."""
    changes: dict[int, int] = {}
    for block in blocks:
        changes[block.lower] = changes.get(block.lower, 0) + block.size
        changes[block.upper] = changes.get(block.upper, 0) - block.size
    most = alive = 0
    for time in sorted(changes):
        alive += changes[time]
        most = max(most, alive)
    return most


def _check(buffers: Sequence[Buffer], alignment: int) -> None:
    if alignment < 1:
        raise InputError(f"the alignment must be at least 1 byte, found {alignment}")
    seen: set[str] = set()
    for buffer in buffers:
        where = Where(node=buffer.name)
        if buffer.lower >= buffer.upper:
            raise InputError(f"the lifetime [{buffer.lower}, {buffer.upper}) is empty", where=where, mend="make upper greater than lower")
        if buffer.size < 0:
            raise InputError(f"the size {buffer.size} is negative", where=where)
        if buffer.name in seen:
            raise InputError("two buffers have this name", where=where, mend="give each its own")
        seen.add(buffer.name)


def _blocks(buffers: Sequence[Buffer], alignment: int) -> list[_Block]:
    """Alias groups merged: the hull of their lifetimes, the largest of their sizes, rounded up to the alignment."""
    groups: dict[tuple[str, str], list[Buffer]] = {}
    for buffer in buffers:
        key = ("group", buffer.alias) if buffer.alias else ("alone", buffer.name)
        groups.setdefault(key, []).append(buffer)
    return [
        _Block(
            min(b.lower for b in group), max(b.upper for b in group),
            -(-max(b.size for b in group) // alignment) * alignment, tuple(b.name for b in group),
        )
        for group in groups.values()
    ]  # fmt: skip


ORDERS: dict[str, Callable[[_Block], tuple[int, ...]]] = {
    "size": lambda b: (-b.size, b.lower - b.upper),
    "lifetime": lambda b: (b.lower - b.upper, -b.size),
    "area": lambda b: (-b.size * (b.upper - b.lower), b.lower),
    "start": lambda b: (b.lower, -b.size),
}


def _attempts(blocks: list[_Block]) -> Iterator[tuple[str, list[int]]]:
    """Every heuristic's name and places."""
    neighbours = _neighbours(blocks)
    for name, key in ORDERS.items():
        order = sorted(range(len(blocks)), key=lambda i: key(blocks[i]))
        yield f"{name}, first fit", _greedy(blocks, neighbours, order, best_fit=False)
        yield f"{name}, best fit", _greedy(blocks, neighbours, order, best_fit=True)
    for name in ("lifetime", "size"):
        rank = sorted(range(len(blocks)), key=lambda i: ORDERS[name](blocks[i]))
        yield f"{name}, lowest first", _lowest_first(blocks, neighbours, rank)


def _neighbours(blocks: list[_Block]) -> list[list[int]]:
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


def _greedy(blocks: list[_Block], neighbours: list[list[int]], order: list[int], *, best_fit: bool) -> list[int]:
    places = [-1] * len(blocks)
    for i in order:
        taken = sorted((places[j], places[j] + blocks[j].size) for j in neighbours[i] if places[j] >= 0)
        places[i] = _gap(taken, blocks[i].size, best_fit)
    return places


def _gap(taken: list[tuple[int, int]], size: int, best_fit: bool) -> int:
    """The lowest gap of at least `size` between the intervals `taken` (by start), or the tightest one."""
    cursor, place, tightest = 0, -1, 0
    for start, end in taken:
        gap = start - cursor
        if gap >= size and (place < 0 or gap < tightest):
            place, tightest = cursor, gap
            if not best_fit:
                return place
        cursor = max(cursor, end)
    return cursor if place < 0 else place


def _lowest_first(blocks: list[_Block], neighbours: list[list[int]], rank: list[int]) -> list[int]:
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
            if j in left:
                floor[j] = max(floor[j], places[i] + blocks[i].size)
    return places
