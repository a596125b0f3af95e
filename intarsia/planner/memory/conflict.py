"""Why nothing fits: a time, and the fewest buffers there that are too much together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.planner.memory.problem import Block, load_bound

SHRINK_BRANCHES = 3000
"""A conflict is proved anew without some of its blocks in so many branches, or they stay."""


@dataclass(frozen=True)
class Conflict:
    """Buffers alive over parts of [lower, upper) that can't be placed under `capacity`; `load` is the most of them alive at once."""

    lower: int
    upper: int
    names: tuple[str, ...]
    load: int
    capacity: int

    def __str__(self) -> str:
        shown = ", ".join(self.names[:8]) + (f" and {len(self.names) - 8} more" if len(self.names) > 8 else "")
        many = f"{len(self.names)} buffer{'s' * (len(self.names) != 1)} over [{self.lower}, {self.upper}) ({shown})"
        if self.load > self.capacity:
            return f"{many} need {self.load} at one time, {self.load - self.capacity} more than {self.capacity}"
        return f"{many} need only {self.load} at one time, but no offsets under {self.capacity} keep them apart"


def overload(blocks: Sequence[Block], capacity: int) -> Conflict | None:
    """The fewest blocks that are alive at one time and exceed the capacity, or None where no load does."""
    best: tuple[int, int, list[Block]] | None = None
    alive: set[int] = set()
    load = 0
    events = sorted([(b.upper, 0, i) for i, b in enumerate(blocks)] + [(b.lower, 1, i) for i, b in enumerate(blocks)])
    for at, (when, starts, i) in enumerate(events):
        load += blocks[i].size if starts else -blocks[i].size
        if not starts:
            alive.discard(i)
            continue
        alive.add(i)
        following = events[at + 1]
        if not following[1] and load > capacity:
            fewest = _fewest([blocks[j] for j in sorted(alive)], capacity)
            if best is None or len(fewest) < len(best[2]):
                best = when, following[0], fewest
    return None if best is None else _made(best[2], capacity, best[0], best[1])


def _fewest(alive: list[Block], capacity: int) -> list[Block]:
    """The largest blocks, until they exceed the capacity."""
    chosen, total = [], 0
    for block in sorted(alive, key=lambda b: -b.size):
        chosen.append(block)
        total += block.size
        if total > capacity:
            break
    return chosen


def shrunk(blocks: Sequence[Block], conflict: list[int], capacity: int, until: float) -> Conflict:
    """The conflict that a search proved, without what it can do without: halves, quarters and so on down to single blocks
    are left out where the rest is still proved to be too much. Stops at `until` (by time.monotonic)."""
    kept, piece = conflict, max(1, len(conflict) // 2)
    while piece and time.monotonic() < until:
        at = 0
        while at < len(kept) and time.monotonic() < until:
            fewer = kept[:at] + kept[at + piece :]
            proved = _proved([blocks[i] for i in fewer], capacity) if fewer else None
            if proved is None:
                at += piece
            else:
                kept = [fewer[i] for i in proved]
        piece //= 2
    return whole([blocks[i] for i in kept], capacity)


def whole(blocks: Sequence[Block], capacity: int) -> Conflict:
    """All of `blocks`, over the hull of their lifetimes."""
    return _made(blocks, capacity, min(b.lower for b in blocks), max(b.upper for b in blocks))


def _proved(blocks: list[Block], capacity: int) -> list[int] | None:
    from intarsia.planner.memory.exact import Search

    return Search(blocks).fit(capacity, most=SHRINK_BRANCHES).conflict


def _made(blocks: Sequence[Block], capacity: int, lower: int, upper: int) -> Conflict:
    return Conflict(lower, upper, tuple(name for b in blocks for name in b.names), load_bound(blocks), capacity)
