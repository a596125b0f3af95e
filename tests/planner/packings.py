"""Instances whose optimum is known: a full rectangle cut into buffers, so that a packing at the load bound exists."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from intarsia.planner.memory.problem import Block, Buffer

UNIT = 1024
"""Of sizes and times in MiniMalloc's instances."""


def perfect(count: int, seed: int, *, height: int = 1024, times: int = 2000, thinned: float = 0.0) -> list[Buffer]:
    """`count` buffers that fill `height` over all of [0, `times`), in random order; `thinned` is the share left out again.

    The widest or the tallest rectangle is cut in two, over and over, at random: the cuts nest like those of guillotines, and
    every fourth is replaced by a pinwheel of five, which do not.
    """
    rng = random.Random(seed)
    whole = [(0, times, 0, height)]
    while len(whole) < count:
        piece = whole.pop(rng.choice(sorted(range(len(whole)), key=lambda i: -_area(whole[i], height, times))[: max(1, len(whole) // 4)]))
        whole += _pinwheel(rng, piece) if rng.random() < 0.25 and len(whole) + 5 <= count else _cut(rng, piece)
    kept = [piece for piece in whole if rng.random() >= thinned]
    rng.shuffle(kept)
    return [Buffer(str(number), left, right, top - bottom) for number, (left, right, bottom, top) in enumerate(kept)]


Piece = tuple[int, int, int, int]


def _area(piece: Piece, height: int, times: int) -> float:
    left, right, bottom, top = piece
    return (right - left) / times * (top - bottom) / height


def _cut(rng: random.Random, piece: Piece) -> list[Piece]:
    left, right, bottom, top = piece
    if right - left > 1 and (top - bottom == 1 or rng.random() < 0.5):
        at = rng.randint(left + 1, right - 1)
        return [(left, at, bottom, top), (at, right, bottom, top)]
    if top - bottom > 1:
        at = rng.randint(bottom + 1, top - 1)
        return [(left, right, bottom, at), (left, right, at, top)]
    return [piece]


def _pinwheel(rng: random.Random, piece: Piece) -> list[Piece]:
    left, right, bottom, top = piece
    if right - left < 3 or top - bottom < 3:
        return _cut(rng, piece)
    a, c = sorted(rng.sample(range(left + 1, right), 2))
    b, d = sorted(rng.sample(range(bottom + 1, top), 2))
    return [(left, c, bottom, b), (c, right, bottom, d), (a, right, d, top), (left, a, b, top), (a, c, b, d)]


def variants(buffers: Sequence[Buffer], seed: int) -> Iterator[tuple[str, list[Buffer]]]:
    """Instances that fit wherever `buffers` do: other orders of the rows, time run backwards, buffers left out, cut in two in time or in size."""
    rng, end = random.Random(seed), max(b.upper for b in buffers)
    yield "in another order", rng.sample(buffers, len(buffers))
    yield "backwards", [replace(b, lower=end - b.upper, upper=end - b.lower) for b in rng.sample(buffers, len(buffers))]
    for share in (0.01, 0.05):
        yield f"without {share:.0%}", [b for b in buffers if rng.random() >= share]
    yield "cut in time", [piece for b in buffers for piece in _halves(rng, b, b.lower, b.upper, lambda b, at: (replace(b, upper=at), replace(b, lower=at, name=f"{b.name}'")))]
    yield "cut in size", [piece for b in buffers for piece in _halves(rng, b, 0, b.size, lambda b, at: (replace(b, size=at), replace(b, size=b.size - at, name=f"{b.name}'")))]


def _halves(rng: random.Random, buffer: Buffer, low: int, high: int, cut: Callable[[Buffer, int], tuple[Buffer, Buffer]]) -> tuple[Buffer, ...]:
    """One buffer in twelve is cut, at a multiple of the instances' unit."""
    if high - low < 4 * UNIT or rng.random() >= 1 / 12:
        return (buffer,)
    return cut(buffer, low + UNIT * rng.randint(1, (high - low) // UNIT - 1))


def fits(blocks: Sequence[Block], capacity: int) -> bool:
    """An oracle for a few blocks: whether any order of placing them, each on top of what lies there, stays under the capacity.

    Orders are given up where at some time what is left can't be stacked on what lies there.
    """
    times = sorted({b.lower for b in blocks})
    alive = [[i for i, b in enumerate(blocks) if b.lower <= t < b.upper] for t in times]

    def place(places: dict[int, int], last: tuple[int, int]) -> bool:
        if len(places) == len(blocks):
            return True
        tops = [max((places[i] + blocks[i].size for i in here if i in places), default=0) for here in alive]
        if any(top + sum(blocks[i].size for i in here if i not in places) > capacity for top, here in zip(tops, alive, strict=True)):
            return False
        for i, block in enumerate(blocks):
            if i not in places:
                top = max(top for top, here in zip(tops, alive, strict=True) if i in here)
                low = -(-top // block.alignment) * block.alignment
                if (low, i) > last and low + block.size <= capacity and place({**places, i: low}, (low, i)):
                    return True
        return False

    return place({}, (-1, -1))
