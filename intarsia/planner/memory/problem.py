"""The problem of static memory planning: buffers with lifetimes and sizes, the blocks that need a place, and the load bound.

The problem is that of Google's MiniMalloc (Moffitt, ASPLOS 2023): rectangles of fixed extent in time, to be packed as low as
possible. Time has no unit; sizes and offsets are in bytes, or in whatever the sizes are given in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from intarsia.errors import InputError, Where

MAX_SIZE = 2**62
"""Sums of sizes stay below 2^63, so that compiled code can add them."""


@dataclass(frozen=True)
class Buffer:
    """`size` bytes alive over [lower, upper), at an offset that is a multiple of `alignment`.

    Buffers of one non-empty `alias` group share one place, over the hull of their lifetimes. A buffer with `in_place` takes
    over the place of the buffer of that name, which must live until this one begins or longer.
    """

    name: str
    lower: int
    upper: int
    size: int
    alias: str = ""
    in_place: str = ""
    alignment: int = 1


class Block(NamedTuple):
    """A place to be found over [lower, upper): buffers that share it, or one alone. `size` is a multiple of `alignment`.

    A tuple, because a hundred thousand are made in a tenth of the time that the dataclass takes.
    """

    lower: int
    upper: int
    size: int
    alignment: int
    names: tuple[str, ...]


def blocks_of(buffers: Sequence[Buffer], alignment: int = 1) -> list[Block]:
    """The blocks of checked buffers, each aligned to `alignment` or to what its buffers ask for, whichever is more.

    A group has the hull of its lifetimes, and the largest of its sizes rounded up. Raises InputError as `check` does.
    """
    check(buffers, alignment)
    if not any(b.alias or b.in_place for b in buffers):
        return [_block([b], alignment) for b in buffers]
    groups: dict[str, list[Buffer]] = {}
    roots = _roots(buffers)
    for buffer in buffers:
        groups.setdefault(roots[buffer.name], []).append(buffer)
    return [_block(group, alignment) for group in groups.values()]


def _block(group: list[Buffer], alignment: int) -> Block:
    if len(group) == 1 and group[0].alignment == alignment == 1:
        return Block(group[0].lower, group[0].upper, group[0].size, 1, (group[0].name,))
    aligned = math.lcm(alignment, *(b.alignment for b in group))
    size = -(-max(b.size for b in group) // aligned) * aligned
    return Block(min(b.lower for b in group), max(b.upper for b in group), size, aligned, tuple(b.name for b in group))


def _roots(buffers: Sequence[Buffer]) -> dict[str, str]:
    """For each buffer, the name that stands for everything which shares its place."""
    parent = {buffer.name: buffer.name for buffer in buffers}
    leaders: dict[str, str] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for buffer in buffers:
        if buffer.alias:
            parent[root(buffer.name)] = root(leaders.setdefault(buffer.alias, buffer.name))
        if buffer.in_place:
            parent[root(buffer.name)] = root(buffer.in_place)
    return {name: root(name) for name in parent}


def check(buffers: Sequence[Buffer], alignment: int = 1) -> None:
    """Raises InputError for an empty lifetime, a size below zero, sizes that come to 2^62 or more, a name given twice, an
    alignment below one, or a buffer written in place of one that is not there or already dead."""
    if alignment < 1:
        raise InputError(f"the alignment must be at least 1 byte, found {alignment}")
    known: dict[str, Buffer] = {}
    for buffer in buffers:
        _check_one(buffer)
        if buffer.name in known:
            raise InputError("two buffers have this name", where=Where(node=buffer.name), mend="give each its own")
        known[buffer.name] = buffer
    for buffer in buffers:
        if buffer.in_place:
            _check_in_place(buffer, known)
    if sum(buffer.size for buffer in buffers) >= MAX_SIZE:
        raise InputError("the sizes come to 2^62 or more", mend="give them in a larger unit")


def _check_one(buffer: Buffer) -> None:
    if buffer.lower < buffer.upper and buffer.size >= 0 and buffer.alignment >= 1:
        return
    where = Where(node=buffer.name)
    if buffer.lower >= buffer.upper:
        raise InputError(f"the lifetime [{buffer.lower}, {buffer.upper}) is empty", where=where, mend="make upper greater than lower")
    if buffer.size < 0:
        raise InputError(f"the size {buffer.size} is negative", where=where)
    raise InputError(f"the alignment must be at least 1 byte, found {buffer.alignment}", where=where)


def _check_in_place(buffer: Buffer, known: dict[str, Buffer]) -> None:
    where = Where(node=buffer.name)
    if buffer.in_place not in known:
        raise InputError(f"takes the place of {buffer.in_place!r}, which is no buffer", where=where, mend="name another buffer")
    source = known[buffer.in_place]
    if not source.lower <= buffer.lower <= source.upper:
        raise InputError(f"takes the place of {source.name}, which does not live over [{source.lower}, {source.upper}] until this one begins at {buffer.lower}", where=where)


def load_bound(blocks: Iterable[Block]) -> int:
    """The most bytes alive at any one time: a lower bound on every peak."""
    changes: dict[int, int] = {}
    for block in blocks:
        changes[block.lower] = changes.get(block.lower, 0) + block.size
        changes[block.upper] = changes.get(block.upper, 0) - block.size
    return max(accumulate(changes[time] for time in sorted(changes)), default=0)


@dataclass(frozen=True)
class Sections:
    """Time cut where the set of live blocks changes, without the pieces whose set a neighbour's holds.

    Block i is alive in sections [first[i], last[i]). Two blocks overlap in time exactly where they share a section.
    """

    first: list[int]
    last: list[int]
    count: int


def sections_of(blocks: Sequence[Block]) -> Sections:
    """The sections of blocks: a piece counts where some block begins at its start and another ends at its end."""
    starts, ends = {b.lower for b in blocks}, {b.upper for b in blocks}
    times = sorted(starts | ends)
    before: dict[int, int] = {}
    count = 0
    for index, time in enumerate(times):
        before[time] = count
        if time in starts and index + 1 < len(times) and times[index + 1] in ends:
            count += 1
    return Sections([before[b.lower] for b in blocks], [before[b.upper] for b in blocks], count)
