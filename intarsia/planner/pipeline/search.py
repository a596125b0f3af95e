"""The search: ways to cut the batch, and the structures with the best bounds; for each an order, shares, and small changes; the best, and how far from the bound it is.

`search` is the path: read it first.
"""

from __future__ import annotations

import itertools
import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.errors import InputError
from intarsia.planner.ilp.solver import Answer
from intarsia.planner.pipeline import fluid, nano, schedule, structure
from intarsia.planner.pipeline.curves import STEPS, Interference
from intarsia.planner.pipeline.descend import descend
from intarsia.planner.pipeline.fluid import REST
from intarsia.planner.pipeline.layer import KINDS, Kind, Layer
from intarsia.planner.pipeline.nano import Graph, Structure
from intarsia.planner.pipeline.order import order
from intarsia.planner.pipeline.rotate import rotations, slowdowns
from intarsia.planner.pipeline.schedule import Schedule
from intarsia.planner.pipeline.shares import allot

ORDER_S, SHARES_S = 2.0, 5.0
"""Seconds that one integer program of an order or of shares gets at most."""
TYPICAL, ORDERED = 3, 3
"""Shares of a kind for which orders are made; orders that the integer program gives, all of them for the structure with the best bound."""
KEPT, FINALISTS = 24, 4
"""Structures that small changes begin from, each with so many seeds (SEEDS), and those of them that they begin from again (TURNS)."""
SEEDS, TURNS = 1, 3
WORTH, CLOSE = 1e-6, 1.005
"""A period is shorter if it is so by more than rounding; the integer program of shares looks at what comes within 0.5 % of the best."""
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Options:
    """`structures`: how many are asked for in order of their bounds; `changes`: small changes tried on each schedule. The time limit is one of wall-clock time.

    `pieces`: operators may take a group of rows in finer pieces. `overlap`: give the best pipeline of several groups even where one after the other is better.

    The same options and `seed` give the same schedule, unless the time limit cuts the search short (a note says so).
    """

    time_limit_s: float = 50.0
    structures: int = 24
    changes: int = 10_000
    seed: int = 0
    pieces: bool = True
    overlap: bool = False
    write_lp: Path | None = None

    def __post_init__(self) -> None:
        if self.time_limit_s <= 0 or self.structures < 1 or self.changes < 0 or self.seed < 0:
            raise InputError("the search needs a time limit greater than zero, at least one structure, and a seed of zero or more")


def search(layer: Layer, curves: Interference, options: Options | None = None, progress: Progress = lambda share, text: None) -> Schedule:
    """The pipeline with the shortest period found. Raises InputError, InfeasibleError."""
    it = _Search(layer, curves, options or Options(), progress)
    it.screen()
    it.explore()
    it.refine()
    return it.result()


@dataclass(frozen=True)
class Found:
    """An order and shares of a structure, with the period that the simulation gives."""

    structure: Structure
    graph: Graph
    keys: NDArray[np.float64]
    shares: NDArray[np.int64]
    period_s: float


class _Search:
    """The state of one search: the best schedule so far is always a valid one."""

    def __init__(self, layer: Layer, curves: Interference, options: Options, progress: Progress) -> None:
        self.layer, self.curves, self.options, self.progress = layer, curves, options, progress
        self.began = time.perf_counter()
        self.speeds = nano.speeds(curves)
        self.choices: dict[str, list[int]] = {kind: [REST] if kind == "compute" and curves.elastic else [round(r * STEPS) for r in curves.choices(kind)] for kind in KINDS}
        self.best = schedule.sequential(layer, curves)
        self.bound_s = self.best.period_s
        self.pool: list[Found] = []
        self.notes: list[str] = []
        self.tried: list[dict[str, Any]] = []

    @property
    def left_s(self) -> float:
        return self.options.time_limit_s - (time.perf_counter() - self.began)

    @property
    def limit_s(self) -> float:
        """What a schedule must beat: the best so far, unless that is none of several groups and one such is asked for."""
        return self.best.period_s if self.best.overlapped or not self.options.overlap else math.inf

    @property
    def shares(self) -> dict[Kind, list[int]]:
        """A few for each kind."""
        return {kind: typical(self.curves, kind, self.choices[kind]) for kind in KINDS}

    def screen(self) -> None:
        """Every way to cut the batch, with each operator in one piece for each group."""
        cuts = structure.splits(self.layer)
        for number, groups in enumerate(cuts):
            if self.left_s <= 0:
                self.notes.append(f"the time limit ended the search after {number} of {len(cuts)} ways to cut the batch")
                return
            self.progress(number / len(cuts), "ways to cut the batch")
            self._rotate(Structure(groups))

    def _rotate(self, one: Structure) -> Found | None:
        """The best first schedule of a structure; it joins the pool. None where it has one group, or none that ends."""
        if len(one.groups) == 1:
            return None
        if known := next((each for each in self.pool if each.structure == one), None):
            return known
        made = nano.graph(self.layer, one)
        starts = rotations(self.layer, one, made, self.curves, self.shares, self.speeds)
        if not starts:
            return None
        self.pool.append(Found(one, made, starts[0].keys, starts[0].shares, starts[0].period_s))
        return self.pool[-1]

    def explore(self) -> None:
        """Structures by their bounds, until none that is left can beat the best."""
        lp = _beside(self.options.write_lp, "structure")
        found = structure.candidates(self.layer, self.curves, pieces=self.options.pieces, time_limit_s=max(1.0, self.left_s / 2), write_lp=lp)
        for number, (candidate, answer) in zip(range(self.options.structures), found, strict=False):
            if number == 0:
                self.bound_s = min(candidate.bound_s, self.best.period_s)
                self.notes.append(f"structure: {answer}")
                self._improve()
                self._order(candidate.structure)
            if candidate.bound_s >= self.limit_s * (1 - WORTH):
                self.notes.append(f"no structure beyond the first {number} by their bounds can be better")
                return
            if self.left_s <= 0:
                self.notes.append(f"the time limit ended the search after {number} structures by their bounds")
                return
            self.progress(number / self.options.structures, str(candidate.structure))
            rotated = self._rotate(candidate.structure)
            self.tried.append({"structure": str(candidate.structure), "bound_s": candidate.bound_s, "period_s": rotated.period_s if rotated else self.layer.sequential_s})
        self.notes.append(f"{len(self.pool)} structures were tried, among them the first {self.options.structures} by their bounds")

    def _improve(self) -> None:
        """A few small changes to the best so far, so that a good schedule is there early."""
        for each in sorted(self.pool, key=lambda each: each.period_s)[:FINALISTS]:
            self._offer(self._changed(each, self.options.changes // 4, self.options.seed))

    def _order(self, one: Structure) -> None:
        """Orders by the integer program, for some of the typical shares; the best joins the pool."""
        made = nano.graph(self.layer, one)
        kinds: list[Kind] = [kind for kind in KINDS if made.of_kind(kind)]
        lp = _beside(self.options.write_lp, "order")
        found: list[Found] = []
        for picked in sorted(itertools.product(*(self.shares[kind] for kind in kinds)), key=sum)[:ORDERED]:
            steps = dict(zip(kinds, picked, strict=True))
            if self.left_s <= 0 or len(one.groups) == 1:
                return
            ordered = order(made, slowdowns(self.curves, steps), time_limit_s=min(ORDER_S, max(0.1, self.left_s)), write_lp=lp)
            lp = None
            given = np.array([steps[each.kind] for each in made.nanos], np.int64)
            flow = ordered and fluid.simulate(made, ordered.keys, given, self.speeds)
            if ordered and flow:
                found.append(Found(one, made, ordered.keys, given, flow.period_s))
        self.pool += sorted(found, key=lambda each: each.period_s)[:1]

    def _changed(self, found: Found, changes: int, seed: int) -> Found:
        keys, shares, period = descend(found.graph, found.keys, found.shares, self.choices, self.speeds, changes=changes, seed=seed)
        return replace(found, keys=found.graph.together(keys), shares=shares, period_s=float(period))

    def refine(self) -> None:
        """Small changes, with several seeds: from the best start of many structures, then again from the best few of what they gave."""
        best = sorted(self.pool, key=lambda each: each.period_s)[:KEPT]
        changed = self._all_changed(best, range(SEEDS), 0)
        again = self._all_changed(sorted(changed, key=lambda each: each.period_s)[:FINALISTS], range(SEEDS, SEEDS + TURNS), len(changed))
        lp = _beside(self.options.write_lp, "shares")
        for found in sorted((*changed, *again), key=lambda each: each.period_s)[:FINALISTS]:
            self._offer(found, lp)
            lp = None

    def _all_changed(self, starts: Sequence[Found], seeds: Sequence[int], done: int) -> list[Found]:
        """Each start with each seed, unless the bound is reached or time runs out: as many at once as there are cores, which compiled loops let go on beside each other."""
        found: list[Found] = []
        asked = list(itertools.product(starts, seeds))
        with ThreadPoolExecutor(_cores()) as threads:
            while len(found) < len(asked) and self.best.period_s > self.bound_s * (1 + WORTH):
                if self.left_s <= 0:
                    if "small changes" not in self.notes[-1]:
                        self.notes.append("the time limit cut short the small changes")
                    break
                self.progress((done + len(found)) / (KEPT * SEEDS + FINALISTS * TURNS), "small changes")
                turns = asked[len(found) : len(found) + _cores()]
                found += threads.map(lambda each: self._changed(each[0], self.options.changes, self.options.seed + each[1]), turns)
        return found

    def _offer(self, found: Found, write_lp: Path | None = None) -> None:
        """Take it if it is shorter: as simulated, and with the shares and times of the integer program."""
        if found.period_s > self.limit_s * CLOSE:
            return
        flow = fluid.simulate(found.graph, found.keys, found.shares, self.speeds)
        if flow is None or not flow.steady:
            return
        self._take(found.structure, found.graph, found.shares, flow.starts, flow.ends, flow.period_s)
        if self.left_s > 0:
            better = allot(found.graph, self.curves, found.shares, flow.starts, flow.ends, flow.period_s, time_limit_s=min(SHARES_S, self.left_s), write_lp=write_lp)
            if better is not None:
                self._take(found.structure, found.graph, better.steps, better.starts, better.ends, better.period_s, better.answer)

    def _take(self, one: Structure, made: Graph, shares: NDArray[np.int64], starts: NDArray[np.float64], ends: NDArray[np.float64], period: float,
              answer: Answer | None = None) -> None:  # fmt: skip
        if period < self.limit_s * (1 - WORTH):
            self.best = schedule.timed(self.layer, self.curves, one, made, shares, starts, ends, period)
            self.proof = f"shares: {answer}" if answer else "shares: by small changes, no better in the integer program's order of events"

    def result(self) -> Schedule:
        if self.best.overlapped:
            self.notes.append(self.proof)
        else:
            self.notes.append("don't overlap: one operator after the other is best")
        return replace(self.best, bound_s=min(self.bound_s, self.best.period_s), seconds=time.perf_counter() - self.began, notes=tuple(self.notes), tried=tuple(self.tried))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def typical(curves: Interference, kind: Kind, choices: Sequence[int]) -> list[int]:
    """A few shares on the upper hull of a kind's curve: those that give most speed for what they take."""
    if list(choices) == [REST]:
        return [REST]
    points = [(0, 0.0), *((step, curves.speed(kind, step / STEPS)) for step in choices)]
    hull: list[tuple[int, float]] = []
    for point in points:
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) <= _slope(hull[-2], point) + 1e-9:
            hull.pop()
        hull.append(point)
    return [step for step, _ in hull[1:]][:TYPICAL]


def _slope(a: tuple[int, float], b: tuple[int, float]) -> float:
    return (b[1] - a[1]) / (b[0] - a[0])


def _beside(path: Path | None, part: str) -> Path | None:
    """The file of one of the programs: FILE-part.lp."""
    return None if path is None else path.with_name(f"{path.stem}-{part}{path.suffix or '.lp'}")
