"""Cuts on pools: which of them must be open for the end-to-end goal to be kept.

Were only some pools open, each task would be no quicker than its quickest way there. If the goal is missed even so, at least one other pool must be open, whatever is
done with tasks: sum of n[pool] over the others >= 1. The others are made few, and dear: whatever can be opened besides, the cheapest first, with the goal still missed,
drops out of the sum. Which these are is guessed from means and variances; the judge then confirms the set as a whole.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist

from intarsia.planner.placement.agents.cuts import Cutter, Levels, Parts
from intarsia.planner.placement.agents.problem import Graph, Node, Pool, Problem, mean_rounds, rounds

ORDERS = 6
"""Sums that are derived from one set of open pools, by opening others in so many orders."""
MARGIN = 0.002
"""Of the goal, by which the guess must miss it."""
Moments = tuple[float, float]
"""A mean and a variance."""


@dataclass
class Opening:
    """Makes cuts on pools for one problem; `seconds` bounds the work on each round of them."""

    problem: Problem
    cutter: Cutter
    seconds: float = 5.0
    _known: dict[tuple[str, frozenset[str]], tuple[Parts, Moments] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pools_of = {task.name: frozenset(way.pool for way in task.ways) for task in self.problem.tasks}
        self._prices = {pool.name: self._price(pool) for pool in self.problem.pools}
        quantile = self.problem.goals.quantile
        self._deviations = NormalDist().inv_cdf(quantile) if quantile else 0.0

    def _price(self, pool: Pool) -> float:
        return pool.group * self.problem.class_of(pool.name).usd_per_h

    def closed(self, pools: frozenset[str]) -> list[frozenset[str]]:
        """Sets of pools of which one at least must be open; none where the goal can be kept with `pools`."""
        if not self.misses(pools):
            return []
        ends, limit = time.monotonic() + self.seconds, self._scale(pools) * (1 + MARGIN)
        others = [name for name in self._prices if name not in pools]
        found: list[frozenset[str]] = []
        for number in range(ORDERS):
            if found and time.monotonic() > ends:
                break
            rng = random.Random(number)
            order = sorted(others, key=lambda name: self._prices[name] * (rng.uniform(0.5, 2.0) if number else 1.0))
            found.append(frozenset(self._prices) - self._grown(pools, order, limit))
        return list(dict.fromkeys(found))

    def misses(self, pools: frozenset[str]) -> bool:
        """Whether the goal is missed with these pools alone, each as large as may be."""
        levels = self._levels(pools)
        return levels is None or self.cutter.misses(levels)

    def _levels(self, pools: frozenset[str]) -> Levels | None:
        """What no task or transfer is quicker than with these pools; None where a task has none of them."""
        found = {name: self._quickest(name, pools) for name in self._pools_of}
        if any(each is None for each in found.values()):
            return None
        return {name: each[0] for name, each in found.items() if each} | self.cutter.edge_floors

    def _quickest(self, task: str, pools: frozenset[str]) -> tuple[Parts, Moments] | None:
        key = task, pools & self._pools_of[task]
        if key not in self._known:
            parts = self.cutter.quickest_of(task, key[1])
            self._known[key] = (parts, (sum(p.mean for p in parts), sum(p.variance for p in parts))) if parts else None
        return self._known[key]

    def _grown(self, pools: frozenset[str], order: list[str], limit: float) -> frozenset[str]:
        """With as many of `order` as leave the goal missed: all that the guess lets in, or the first of them with which the judge agrees."""
        added: list[str] = []
        for name in order:
            if self._guess(pools | {*added, name}) > limit:
                added.append(name)
        few, many = 0, len(added)
        middle = many
        while few < many:
            if self.misses(pools | set(added[:middle])):
                few = middle
            else:
                many = middle - 1
            middle = (few + many + 1) // 2
        return pools | set(added[:few])

    def _scale(self, pools: frozenset[str]) -> float:
        """What is guessed of a set that just keeps the goal: as the guess of `pools` is to what the judge says."""
        levels, goal = self._levels(pools), self.problem.goals.e2e_s or 0.0
        return self._guess(pools) * goal / self.cutter.reached(levels) if levels else goal

    def _guess(self, pools: frozenset[str]) -> float:
        """Roughly the seconds at the goal's percentile, from means and variances."""
        found = {name: self._quickest(name, pools) for name in self._pools_of}
        if any(each is None for each in found.values()):
            return math.inf
        return _within(rough(self.problem.graph, {name: each[1] for name, each in found.items() if each}, self._deviations), self._deviations)


def _within(moments_: Moments, deviations: float) -> float:
    return moments_[0] + deviations * math.sqrt(moments_[1])


def rough(graph: Graph, tasks: Mapping[str, Moments], deviations: float) -> Moments:
    """The mean and variance of a graph's seconds, the longest of several paths alone."""
    ends: list[Moments] = []
    for node in graph.nodes:
        start = _later([ends[i] for i in node.after], deviations)
        mean, variance = _of_node(node, tasks, deviations)
        ends.append((start[0] + mean, start[1] + variance))
    inner = {i for node in graph.nodes for i in node.after}
    return _later([end for i, end in enumerate(ends) if i not in inner], deviations)


def _later(ends: list[Moments], deviations: float) -> Moments:
    if len(ends) == 1:
        return ends[0]
    return max(ends, key=lambda end: _within(end, deviations), default=(0.0, 0.0))


def _of_node(node: Node, tasks: Mapping[str, Moments], deviations: float) -> Moments:
    if node.kind == "task":
        return tasks[node.name]
    if node.kind == "wait":
        return node.seconds.mean, node.seconds.variance
    if node.kind == "branch":
        cases = [(odds, rough(inner, tasks, deviations)) for odds, inner in node.cases]
        mean = sum(odds * m for odds, (m, _) in cases)
        return mean, max(0.0, sum(odds * (v + m * m) for odds, (m, v) in cases) - mean**2)
    mean, variance = rough(node.cases[0][1], tasks, deviations)
    turns = mean_rounds(node)
    spread = sum(odds * count**2 for count, odds in rounds(node)) - turns**2
    return turns * mean, turns * variance + max(0.0, spread) * mean**2
