"""Means and variances of a graph's seconds: what the integer program says of them, and a bound on how far a percentile lies below the mean.

For any random L with mean m and deviation s, Cantelli's inequality gives P(L > m - k s) >= k^2 / (1 + k^2). So where a share q of requests must end within T,
m <= T + k s with k = sqrt((1 - q) / q) holds for every placement that keeps the goal: a limit that cuts no good placement off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from intarsia.planner.placement.agents.problem import Graph, Node, Problem


@dataclass(frozen=True)
class Bounds:
    """Of a part of the graph, over all placements: the least mean, the largest mean, the largest variance of any one path."""

    least: float = 0.0
    most: float = 0.0
    variance: float = 0.0

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.least + other.least, self.most + other.most, self.variance + other.variance)


def slack(problem: Problem, bounds: Bounds) -> float:
    """Seconds by which the mean may exceed the goal at its percentile; zero for a goal on the mean."""
    quantile = problem.goals.quantile
    return math.sqrt((1 - quantile) / quantile * bounds.variance) if quantile else 0.0


def of_tasks(problem: Problem) -> dict[str, Bounds]:
    """For each task, its run with wait and transfers."""
    found = {}
    for task in problem.tasks:
        means = [way.seconds.mean + way.wait.mean for way in task.ways]
        spread = max(way.seconds.variance + way.wait.variance for way in task.ways)
        found[task.name] = Bounds(min(means), max(means), spread)
    for edge in problem.edges:
        moves = [move.seconds for move in edge.moves.values()]
        if moves:
            found[edge.target] += Bounds(0.0, max(m.mean for m in moves), max(m.variance for m in moves))
    return found


def of_graph(graph: Graph, tasks: dict[str, Bounds]) -> Bounds:
    """All nodes together: no path has more variance than all of them."""
    whole = Bounds()
    for node in graph.nodes:
        whole += _of_node(node, tasks)
    return whole


def _of_node(node: Node, tasks: dict[str, Bounds]) -> Bounds:
    match node.kind:
        case "task":
            return tasks[node.name]
        case "wait":
            return Bounds(node.seconds.mean, node.seconds.mean, node.seconds.variance)
        case "branch":
            return _mixture([(odds, of_graph(inner, tasks)) for odds, inner in node.cases])
    body = of_graph(node.cases[0][1], tasks)
    counts = rounds(node)
    mean = sum(odds * count for count, odds in counts)
    variance = sum(odds * count**2 for count, odds in counts) - mean**2
    return Bounds(mean * body.least, mean * body.most, mean * body.variance + max(variance, 0.0) * body.most**2)


def _mixture(parts: list[tuple[float, Bounds]]) -> Bounds:
    least, most = (sum(odds * getattr(b, what) for odds, b in parts) for what in ("least", "most"))
    square = sum(odds * (b.variance + b.most**2) for odds, b in parts)
    return Bounds(least, most, max(square - least**2, 0.0))


def rounds(node: Node) -> tuple[tuple[int, float], ...]:
    """Of a loop, its turns; of a map, its rounds of `parallel` items, which follow one another."""
    if node.kind == "loop":
        return node.counts
    return tuple((-(-count // node.parallel) if node.parallel else min(count, 1), odds) for count, odds in node.counts)


def mean_rounds(node: Node) -> float:
    return sum(odds * count for count, odds in rounds(node))
