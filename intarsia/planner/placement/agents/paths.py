"""What the longest path through a graph takes at least, as one sum over its tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from intarsia.planner.placement.agents.problem import Graph, Node, inner

NEARLY_LONGEST = 0.8
"""Paths that take so much of the longest's time count too."""


@dataclass(frozen=True)
class Path:
    """Seconds of a path on a reference, how often each task counts on it, and the seconds of it that no way changes."""

    seconds: float = 0.0
    tasks: Mapping[str, float] = field(default_factory=dict)
    fixed_s: float = 0.0

    def __add__(self, other: Path) -> Path:
        return Path(self.seconds + other.seconds, {**self.tasks, **other.tasks}, self.fixed_s + other.fixed_s)

    def times(self, factor: float) -> Path:
        return Path(factor * self.seconds, {name: factor * count for name, count in self.tasks.items()}, factor * self.fixed_s)


def path(graph: Graph, seconds: Mapping[str, float]) -> Path:
    """What the longest path takes at least, as a mean of all paths with weights that sum to 1: the nearer to the longest where tasks take `seconds`, the heavier."""
    ends: list[Path] = []
    for node in graph.nodes:
        ends.append(_latest([ends[i] for i in node.after]) + _of_node(node, seconds))
    followed = {i for node in graph.nodes for i in node.after}
    return _latest([end for i, end in enumerate(ends) if i not in followed])


def _latest(paths: list[Path]) -> Path:
    """All that are nearly the longest count, equally."""
    most = max((path.seconds for path in paths), default=0.0)
    near = [path for path in paths if path.seconds >= NEARLY_LONGEST * most]
    if len(near) <= 1:
        return near[0] if near else Path()
    tasks: dict[str, float] = defaultdict(float)
    for each in near:
        for name, count in each.tasks.items():
            tasks[name] += count / len(near)
    return Path(most, tasks, sum(each.fixed_s for each in near) / len(near))


def _of_node(node: Node, seconds: Mapping[str, float]) -> Path:
    if node.kind == "task":
        return Path(seconds[node.name], {node.name: 1.0})
    if node.kind == "wait":
        return Path(node.seconds.mean, {}, node.seconds.mean)
    whole = Path()
    for runs, graph in inner(node):
        whole += path(graph, seconds).times(runs)
    return whole
