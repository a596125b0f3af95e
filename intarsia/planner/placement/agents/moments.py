"""Means and variances of a graph's seconds: what the integer program says of them, and a bound on how far a percentile lies below the mean.

For any random L with mean m and deviation s, Cantelli's inequality gives P(L > m - k s) >= k^2 / (1 + k^2). So where a share q of requests must end within T,
m <= T + k s with k = sqrt((1 - q) / q) holds for every placement that keeps the goal: a limit that cuts no good placement off.

The variance is that of some placement which keeps the limit itself. It is bounded by a sum over tasks, linear in what is chosen, and so is the mean from below
(paths.py); the most of the one under a limit on the other is found by weighing them, and the limit that follows is a new one, until it no longer falls.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from intarsia.planner.placement.agents.paths import path
from intarsia.planner.placement.agents.problem import Graph, Node, Problem, mean_of
from intarsia.planner.placement.agents.spread import Array

ROUNDS, STEPS = 20, 60
"""Limits in a row, and halvings that look for a weight."""


def most_mean(graph: Graph, tasks: Mapping[str, float]) -> float:
    """The mean seconds of all nodes one after another, where tasks take so many."""
    return sum(mean_of(node, tasks, most_mean) for node in graph.nodes)


def of_tasks(problem: Problem) -> dict[str, float]:
    """For each task the most that its run may take on average, with wait and transfers."""
    moved = _moved(problem)
    return {task.name: max(way.seconds.mean + way.wait.mean for way in task.ways) + moved[task.name][0] for task in problem.tasks}


def _moved(problem: Problem) -> dict[str, tuple[float, float]]:
    """For each task the largest mean and the largest variance of what its inputs take on their way."""
    found: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for edge in problem.edges:
        moves = [move.seconds for move in edge.moves.values()]
        if moves:
            mean, variance = found[edge.target]
            found[edge.target] = mean + max(m.mean for m in moves), variance + max(m.variance for m in moves)
    return found


@dataclass(frozen=True)
class Weights:
    """A graph's variance is at most `constant` + the sum of variances x `variances` and of means x `means`; its mean at most `fixed_s` + the sum of means x `counts`.

    `most_s` is the most that its mean may be.
    """

    variances: Mapping[str, float] = field(default_factory=dict)
    means: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    constant: float = 0.0
    fixed_s: float = 0.0
    most_s: float = 0.0

    def again(self, turns: float, spread: float) -> Weights:
        """`turns` times on average, with a variance of `spread`: E[N] Var(X) + Var(N) E[X]^2, of which one E[X] is taken at its most."""
        squares = spread * self.most_s
        means = {name: turns * self.means.get(name, 0.0) + squares * count for name, count in self.counts.items()}
        return Weights(
            _times(self.variances, turns), means, _times(self.counts, turns), turns * self.constant + squares * self.fixed_s, turns * self.fixed_s, turns * self.most_s,
        )  # fmt: skip


def _times(weights: Mapping[str, float], factor: float) -> dict[str, float]:
    return {name: factor * weight for name, weight in weights.items()}


def weights(graph: Graph, most: Mapping[str, float]) -> Weights:
    """Of all nodes together: no path has more variance than all of them (for a maximum of independent things: Efron and Stein 1981)."""
    parts = [_of_node(node, most) for node in graph.nodes]
    variances, means, counts = ({name: weight for part in parts for name, weight in getattr(part, what).items()} for what in ("variances", "means", "counts"))
    return Weights(variances, means, counts, *(sum(getattr(part, what) for part in parts) for what in ("constant", "fixed_s", "most_s")))


def _of_node(node: Node, most: Mapping[str, float]) -> Weights:
    if node.kind == "task":
        return Weights({node.name: 1.0}, {}, {node.name: 1.0}, most_s=most[node.name])
    if node.kind == "wait":
        return Weights(constant=node.seconds.variance, fixed_s=node.seconds.mean, most_s=node.seconds.mean)
    if node.kind == "branch":
        cases = [weights(inner, most).again(odds, odds * (1 - odds)) for odds, inner in node.cases]
        variances, means, counts = ({name: weight for case in cases for name, weight in getattr(case, what).items()} for what in ("variances", "means", "counts"))
        return Weights(variances, means, counts, *(sum(getattr(case, what) for case in cases) for what in ("constant", "fixed_s", "most_s")))
    turns = sum(odds * count for count, odds in node.counts)
    return weights(node.cases[0][1], most).again(turns, max(0.0, sum(odds * count**2 for count, odds in node.counts) - turns**2))


def slack(problem: Problem) -> float:
    """Seconds by which the mean may exceed the goal at its percentile; zero for a goal on the mean."""
    goals = problem.goals
    if goals.quantile is None or goals.e2e_s is None:
        return 0.0
    most = _Most.of(problem)
    factor = math.sqrt((1 - goals.quantile) / goals.quantile)
    found = factor * math.sqrt(most.variance(math.inf))
    for _ in range(ROUNDS):
        less = factor * math.sqrt(most.variance(goals.e2e_s + found))
        if less > found * (1 - 1e-3):
            break
        found = less
    return found


@dataclass(frozen=True)
class _Most:
    """The most variance that a placement of no more than some mean may have. Arrays are over all ways of all tasks, `starts` where each task's begin."""

    variances: Array
    means: Array
    starts: npt.NDArray[np.int64]
    constant: float
    fixed_s: float

    @staticmethod
    def of(problem: Problem) -> _Most:
        made, moved = weights(problem.graph, of_tasks(problem)), _moved(problem)
        mean = path(problem.graph, {task.name: min(way.seconds.mean + way.wait.mean for way in task.ways) for task in problem.tasks})
        variances: list[float] = []
        means: list[float] = []
        starts: list[int] = []
        for task in problem.tasks:
            starts.append(len(means))
            for way in task.ways:
                seconds = way.seconds.mean + way.wait.mean
                spread = way.seconds.variance + way.wait.variance + moved[task.name][1]
                variances.append(made.variances.get(task.name, 0.0) * spread + made.means.get(task.name, 0.0) * (seconds + moved[task.name][0]))
                means.append(mean.tasks.get(task.name, 0.0) * seconds)
        return _Most(np.array(variances), np.array(means), np.array(starts, dtype=np.int64), made.constant, mean.fixed_s)

    def variance(self, mean_s: float) -> float:
        """By weak duality: for any price of a second, what the dearest ways come to together."""
        if not len(self.starts):
            return self.constant
        if math.isinf(mean_s):
            return self._priced(0.0, 0.0)
        low, high = 0.0, 2 * float(self.variances.max(initial=0.0)) / max(float(self.means[self.means > 0].min(initial=math.inf)), 1e-12)
        high = high if math.isfinite(high) else 1.0
        for _ in range(STEPS):
            first, second = low + (high - low) * 0.382, low + (high - low) * 0.618
            if self._priced(first, mean_s) < self._priced(second, mean_s):
                high = second
            else:
                low = first
        return max(0.0, min(self._priced(price, mean_s) for price in (0.0, low, high)))

    def _priced(self, price: float, mean_s: float) -> float:
        best = np.maximum.reduceat(self.variances - price * self.means, self.starts)
        return float(best.sum()) + self.constant + price * (mean_s - self.fixed_s)
