"""Static memory planning: buffers with lifetimes and sizes -> offsets, with what is proved of them.

    heuristics  ->  stop at the load bound (or at the capacity)  ->  canonical depth-first search  ->  CP-SAT  ->  report

Each stage gets what the one before left open. Most graphs are done after the heuristics, which need no compiled code.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from intarsia.planner.ilp import worker
from intarsia.planner.memory import canonical, cpsat, heuristics
from intarsia.planner.memory import conflict as conflicts
from intarsia.planner.memory.conflict import Conflict
from intarsia.planner.memory.exact import Answer, Search
from intarsia.planner.memory.problem import Block, Buffer, blocks_of, load_bound

ALIGNMENT = 64
TIME_LIMIT_S = 10.0
SEARCH_SHARE = 0.6
"""Of the time limit, for our own search where CP-SAT can follow."""
LARGEST = 4096
"""Blocks, at most, that are searched: memory grows with the square of them."""
POLISH_BRANCHES = 30_000
"""Once a capacity is met, the search tries the load bound for so many branches."""
EXPLAIN_S = 3.0
"""For making a conflict smaller."""

Watch = Callable[[float, str], None]


@dataclass(frozen=True)
class Assignment:
    """An offset for each buffer by name, and the arena's `peak`.

    `bound` is proved: no assignment has a lower peak. `load` is the load bound, which is where proofs start. `stage` and
    `method` found the offsets. `proof` is one of

        optimal       the peak is the bound
        fits          the capacity that was asked for is met; a lower peak may exist
        infeasible    it is proved that nothing meets the capacity; `conflict` says why, and the offsets are the best known
        open          the time limit came first
        interrupted   the user did
    """

    offsets: dict[str, int]
    peak: int
    bound: int
    load: int = 0
    method: str = ""
    stage: str = "heuristics"
    proof: str = "open"
    conflict: Conflict | None = field(default=None, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    branches: int = field(default=0, compare=False)
    cpu_s: float = field(default=0.0, compare=False)

    @property
    def proven(self) -> bool:
        """Whether the peak is known to be the least possible."""
        return self.peak == self.bound

    @property
    def gap(self) -> float:
        """How far the peak is above the bound, relative to the peak."""
        return (self.peak - self.bound) / self.peak if self.peak else 0.0


def assign(
    buffers: Sequence[Buffer], alignment: int = ALIGNMENT, *, capacity: int | None = None, time_limit_s: float = TIME_LIMIT_S,
    seed: int = 0, watch: Watch | None = None,
) -> Assignment:  # fmt: skip
    """The lowest peak that is found in `time_limit_s`, or, where a `capacity` is given, any below it.

    Loading the compiled search is not counted, because the first load on a machine compiles it.
    `watch` hears the share of the time that is spent, and what goes on. Ctrl-C ends the search, not the program: the best
    so far is returned. Raises InputError as `problem.check` does.
    """
    began = _cpu_s()
    blocks = blocks_of(buffers, alignment)
    planner = _Planner(blocks, capacity, time.monotonic() + time_limit_s, time_limit_s, seed, watch or (lambda share, text: None))
    planner.run()
    return planner.report(_cpu_s() - began)


def _cpu_s() -> float:
    """Processor seconds of this process and of those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


class _Planner:
    """The stages over one set of blocks, and the best so far."""

    def __init__(self, blocks: list[Block], capacity: int | None, until: float, time_limit_s: float, seed: int, watch: Watch) -> None:
        self.blocks, self.capacity, self.until, self.time_limit_s, self.seed, self.watch = blocks, capacity, until, time_limit_s, seed, watch
        self.bound = self.load = load_bound(blocks)
        self.solid = [i for i, b in enumerate(blocks) if b.size]
        self.places: list[int] = []
        self.peak, self.method, self.stage = 0, "", "heuristics"
        self.conflict: Conflict | None = None
        self.notes: list[str] = []
        self.branches, self.interrupted = 0, False

    def run(self) -> None:
        """All stages, each where the ones before left something open."""
        self.watch(0.0, "heuristics")
        self.places, self.peak, self.method = heuristics.best(self.blocks, max(self.load, self.capacity or 0))
        if self.capacity is not None and self.load > self.capacity:
            self.conflict = conflicts.overload(self.blocks, self.capacity)
            return
        if self._met:
            return
        try:
            self._search()
        except KeyboardInterrupt:
            self.interrupted = True

    @property
    def _met(self) -> bool:
        """Whether what was asked for is reached."""
        return self.peak == self.bound or (self.capacity is not None and self.peak <= self.capacity)

    def _search(self) -> None:
        if len(self.solid) > LARGEST:
            if not self._met:
                self.notes.append(f"{len(self.solid)} buffers are too many to search: heuristics only")
            return
        began = time.monotonic()
        if began >= self.until:
            return
        canonical.find.load()  # which may have to be compiled first
        self.until += time.monotonic() - began

        search = Search([self.blocks[i] for i in self.solid], seed=self.seed)
        share = SEARCH_SHARE if worker.has_cpsat() else 1.0
        ends = self.until - (1 - share) * self.time_limit_s
        if self.capacity is not None:
            if not self._met:
                self._ask(search, self.capacity, ends)
            if self._met and self.peak > self.bound:
                self._ask(search, self.bound, ends, POLISH_BRANCHES)
        else:
            self._descend(search, ends)
        if not self._met and self.conflict is None:
            self._cpsat(search, self.capacity if self.capacity is not None else self.bound)

    def _descend(self, search: Search, ends: float) -> None:
        """The bound first; where it is proved too low, what lies between it and the peak is halved until the time is over."""
        asked = -1
        while self.peak > self.bound and time.monotonic() < ends:
            goal = self.bound if asked < self.bound else (max(self.bound, asked + search.unit) + self.peak - search.unit) // 2
            goal -= goal % search.unit
            if goal <= asked or goal >= self.peak:
                return
            now = time.monotonic()
            answer = self._ask(search, goal, now + (ends - now) / 2)
            if not answer.settled:
                asked = goal

    def _ask(self, search: Search, goal: int, ends: float, most: int = 1 << 62) -> Answer:
        """Looks for a peak of at most `goal`, and keeps what is learnt."""

        def watch(branches: int) -> None:
            spent = 1 - (self.until - time.monotonic()) / self.time_limit_s
            self.watch(min(spent, 1.0), f"searching under {goal}, {self.branches + branches} branches, best {self.peak}")

        answer = search.fit(goal, until=ends, most=most, watch=watch)
        self.branches += answer.branches
        if answer.offsets is not None:
            self._keep(answer.offsets, "search", "canonical search")
        elif answer.conflict is not None:
            self._rule_out(goal, search.unit)
            if goal == self.capacity:
                solid = [self.blocks[i] for i in self.solid]
                self.conflict = conflicts.shrunk(solid, answer.conflict, goal, time.monotonic() + EXPLAIN_S)
        return answer

    def _rule_out(self, goal: int, unit: int) -> None:
        """Every peak is a multiple of the unit, so the next one is the new bound."""
        self.bound = max(self.bound, goal // unit * unit + unit)

    def _keep(self, offsets: list[int], stage: str, method: str) -> None:
        peak = max(offset + self.blocks[i].size for offset, i in zip(offsets, self.solid, strict=True))
        if peak < self.peak:
            self.places = [0] * len(self.blocks)
            for offset, i in zip(offsets, self.solid, strict=True):
                self.places[i] = offset
            self.peak, self.stage, self.method = peak, stage, method

    def _cpsat(self, search: Search, goal: int) -> None:
        left = self.until - time.monotonic()
        if left < 1.0:
            return
        self.watch(1 - left / self.time_limit_s, f"CP-SAT under {goal}, best {self.peak}")
        solid = [self.blocks[i] for i in self.solid]
        outcome = cpsat.fit(solid, goal, search.unit, left)
        if outcome.offsets is not None:
            self._keep(outcome.offsets, "cpsat", "CP-SAT")
        elif outcome.infeasible:
            self._rule_out(goal, search.unit)
            if goal == self.capacity:
                self.conflict = conflicts.whole(solid, goal)
        else:
            self.notes.append(outcome.trouble)

    def report(self, cpu_s: float) -> Assignment:
        offsets = {name: place for place, block in zip(self.places, self.blocks, strict=True) for name in block.names}
        return Assignment(
            offsets, self.peak, self.bound, self.load, self.method, self.stage, self._proof(), self.conflict, tuple(self.notes), self.branches, cpu_s,
        )  # fmt: skip

    def _proof(self) -> str:
        if self.conflict is not None:
            return "infeasible"
        if self.peak == self.bound:
            return "optimal"
        if self.capacity is not None and self.peak <= self.capacity:
            return "fits"
        return "interrupted" if self.interrupted else "open"
