"""Restarts of the compiled search: several ways of ordering, each with weights that it learns from its failures.

One run of a depth-first search may lose itself in a bad early choice, so runs are short and many: their lengths follow the
sequence of Luby, Sinclair and Zuckerman (1993), which no other sequence beats by more than a logarithm. The ways take turns.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from intarsia.planner.memory import canonical
from intarsia.planner.memory.problem import Block, sections_of
from intarsia.planner.memory.state import ALL, FOUND, INFEASIBLE, Blocks, Floats, Frames, Ints, Rule, State

RUN = 500
PER_BLOCK = 2
"""Branches of the shortest run: so many, or so many a block, whichever is more. No run ends before it has placed all."""
NOISE = (0.05, 0.2)
"""How much random ranks differ from the way's own, in turns, as the deviation of a logarithm."""
FRESH = 5
"""Turns after which weights are forgotten: they may have been learnt where there is no solution."""
TIGHTNESS = 4
"""The first weight of a section is its load to this power."""
MOST_TRAIL = 1 << 24
"""Entries of the trail, at most; a run that needs more gives up."""
WAYS = (("lifetime", 0.01), ("area", 0.01), ("tightness", 0.01), ("lifetime", 1.0), ("area", 1.0), ("tightness", 1.0))
"""How candidates are ranked, and how much heavier a section becomes by an overflow."""


@dataclass(frozen=True)
class Answer:
    """What the search found: offsets under the capacity, or a set of blocks (by index) that can't fit, or neither."""

    offsets: list[int] | None
    conflict: list[int] | None
    branches: int

    @property
    def settled(self) -> bool:
        return self.offsets is not None or self.conflict is not None


class Search:
    """One set of blocks, to be asked about several capacities. Sizes must be above zero."""

    def __init__(self, blocks: Sequence[Block], *, rules: Rule = ALL, seed: int = 0) -> None:
        self.unit = unit_of(blocks)
        self.rules, self.seed = rules, seed
        self.sections = sections_of(blocks)
        self.first, self.last = np.array(self.sections.first, np.int64), np.array(self.sections.last, np.int64)
        self.size = np.array([b.size // self.unit for b in blocks], np.int64)
        self.align = np.array([max(1, b.alignment // self.unit) for b in blocks], np.int64)
        self.length = np.array([b.upper - b.lower for b in blocks], np.float64)
        self.given, self.load = _given(self)
        self.frames = _frames(len(blocks))

    def fit(self, capacity: int, *, until: float = math.inf, most: int = 1 << 62, watch: Callable[[int], None] = lambda branches: None) -> Answer:
        """Offsets under `capacity`, or a proof that there are none, or neither by `until` (by time.monotonic)
        or after about `most` branches. `watch` hears how many branches were tried."""
        rng = np.random.default_rng(self.seed)
        weights = [self._first_weight() for _ in WAYS]
        tried = run = 0
        while tried < most and time.monotonic() < until:
            turn, way = divmod(run, len(WAYS))
            limit = _luby(turn + 1) * max(RUN, PER_BLOCK * len(self.size))
            if turn % FRESH == 0:
                weights[way] = self._first_weight()
            ranks = self._ranks(WAYS[way][0], weights[way], NOISE[turn % len(NOISE)] if turn else 0.0, rng)
            outcome, branches, found = self._run(capacity // self.unit, ranks, weights[way], WAYS[way][1], limit)
            tried, run = tried + branches, run + 1
            if outcome == FOUND:
                return Answer([int(o) * self.unit for o in found], None, tried)
            if outcome == INFEASIBLE:
                return Answer(None, [i for i in range(len(self.size)) if found[i >> 6] >> (i & 63) & 1], tried)
            watch(tried)
        return Answer(None, None, tried)

    def _first_weight(self) -> Floats:
        weight: Floats = (self.load / self.load.max()) ** TIGHTNESS
        return weight

    def _run(self, capacity: int, ranks: Ints, weight: Floats, step: float, limit: int) -> tuple[int, int, Ints]:
        """One run: its outcome, its branches, and offsets or the words of a conflict."""
        n, m = len(self.size), self.sections.count
        blocks = self.given._replace(order=ranks)
        most = n + 2 * m + 1
        zeros, room = np.zeros, 1024 * min(most, 256) + 8 * most + min(4 * n * (m + 4), MOST_TRAIL)
        state = State(
            zeros(n, np.int64), zeros(n, np.int64), self.load.copy(), np.full(m, -1, np.int64), zeros(m, np.int64), weight,
            zeros(room, np.int64), zeros(room, np.int64),
        )  # fmt: skip
        offsets, blame = zeros(n, np.int64), zeros((n + 63) // 64, np.int64)
        answer = zeros(2, np.int64)
        canonical.find(blocks, state, self.frames, capacity, int(self.rules), limit, step, offsets, blame, answer)
        outcome, branches = answer.tolist()
        weight /= weight.mean()
        return outcome, branches, offsets if outcome == FOUND else blame

    def _ranks(self, key: str, weight: Floats, deviation: float, rng: np.random.Generator) -> Ints:
        """The rank of each block among candidates: the long-lived, the large, or those of heavy sections first."""
        noise = np.exp(deviation * rng.standard_normal((2, len(self.size))))
        length, area = self.length * noise[0], self.length * self.size * noise[1]
        heavy = np.array([weight[f:e].max() for f, e in zip(self.first, self.last, strict=True)])
        keys = {"lifetime": (-area, -length), "area": (-length, -area), "tightness": (-area, -length, -heavy)}[key]
        ranks = np.empty(len(self.size), np.int64)
        ranks[np.lexsort(keys)] = np.arange(len(self.size))
        return ranks


def unit_of(blocks: Sequence[Block]) -> int:
    """What divides all sizes, and so every offset of a canonical solution: alignments that divide it ask for nothing more."""
    unit = math.gcd(*(b.size for b in blocks))
    return math.gcd(unit, *(b.alignment for b in blocks if unit % b.alignment))


def _luby(i: int) -> int:
    """The i-th number, from 1, of 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 ..."""
    k = i.bit_length()
    return 1 << (k - 1) if i == (1 << k) - 1 else _luby(i - (1 << (k - 1)) + 1)


def _given(s: Search) -> tuple[Blocks, Ints]:
    """The arrays of the blocks, and the load of each section."""
    n, m = len(s.size), s.sections.count
    overlaps = (s.first[:, None] < s.last) & (s.first < s.last[:, None])
    np.fill_diagonal(overlaps, False)
    inside = (s.first <= np.arange(m)[:, None]) & (np.arange(m)[:, None] < s.last)
    bits = np.zeros((n, (n + 63) // 64 * 64), bool)
    bits[:, :n] = overlaps
    words = np.packbits(bits, axis=1, bitorder="little").view(np.int64)
    rows = [np.concatenate([[0], np.cumsum(table.sum(axis=1))]).astype(np.int64) for table in (overlaps, inside)]
    columns = [np.nonzero(table)[1].astype(np.int64) for table in (overlaps, inside)]
    blocks = Blocks(s.first, s.last, s.size, s.align, _twins(s), np.arange(n), rows[0], columns[0], rows[1], columns[1], words)
    return blocks, inside.astype(np.int64) @ s.size


def _twins(s: Search) -> Ints:
    seen: dict[tuple[int, ...], int] = {}
    found = np.full(len(s.size), -1, np.int64)
    for i, key in enumerate(zip(s.first.tolist(), s.last.tolist(), s.size.tolist(), s.align.tolist(), strict=True)):
        found[i], seen[key] = seen.get(key, -1), i
    return found


def _frames(n: int) -> Frames:
    depth = 8 * n + 1024
    section, ground, start, end, cursor, mark = np.zeros((6, depth), np.int64)
    return Frames(section, ground, start, end, cursor, mark, np.zeros((depth, (n + 63) // 64), np.int64), np.zeros(16 * n * min(n, 256) + 8192, np.int64))
