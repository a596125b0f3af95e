"""One request of an agent as a task graph: its tasks unrolled, on one device after another of a mixed fleet.

Loops run their mean turns, rounded; a branch takes its likeliest case; a map its mean items, at most `parallel` side by side. Times are means.
A task's time on a device is that of its quickest way there; ways that need a group of devices are left out, because a processor here is one device.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from intarsia.errors import InfeasibleError
from intarsia.planner.placement.agents.links import Links
from intarsia.planner.placement.agents.problem import Graph, Node, Problem
from intarsia.planner.placement.agents.reading import Reading
from intarsia.planner.placement.dag.problem import Instance, instance

MOST_OF_A_KIND = 8
"""Devices of one class that are offered: more than a request's tasks could use side by side only slow the search."""


def from_reading(reading: Reading) -> Instance:
    """The task graph of one request. Raises InfeasibleError for a task that no single device can run."""
    problem = reading.problem
    unrolled = _Unrolled(problem)
    unrolled.graph(problem.graph, [], "")
    kinds = [c.name for c in problem.classes for _ in range(min(c.count, MOST_OF_A_KIND, max(1, len(unrolled.tasks))))]
    numbers: Counter[str] = Counter()
    processors = []
    for kind in kinds:
        processors.append(f"{kind}[{numbers[kind]}]")
        numbers[kind] += 1
    times = _times(problem)
    seconds = {name: [times[task].get(kind, float("inf")) if task else wait for kind in kinds] for name, (task, wait) in unrolled.tasks.items()}
    for name, row in seconds.items():
        if not np.isfinite(row).any():
            mend = "add a device with more memory, or plan the agent with `intarsia plan`, which splits models over devices"
            raise InfeasibleError(f"{name} fits no single device of the fleet", mend=mend)
    links = Links.of(reading.facts)
    ways = np.array([[links.between(a, b) for b in kinds] for a in kinds])
    return instance(seconds, unrolled.edges, processors, seconds_per_byte=1.0 / ways[..., 0], latency_s=ways[..., 1])


def _times(problem: Problem) -> dict[str, dict[str, float]]:
    """By task and device class: mean seconds of the quickest way on one device."""
    pools = {pool.name: pool for pool in problem.pools}
    found: dict[str, dict[str, float]] = {}
    for task in problem.tasks:
        here = found.setdefault(task.name, {})
        for way in task.ways:
            pool = pools[way.pool]
            if pool.group == 1:
                here[pool.device] = min(way.seconds.mean, here.get(pool.device, float("inf")))
    return found


@dataclass
class _Unrolled:
    """Tasks of one request by name, each with its task of the problem or a fixed wait; edges with the bytes that move."""

    problem: Problem
    tasks: dict[str, tuple[str, float]] = field(default_factory=dict)
    edges: dict[tuple[str, str], float] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bytes = {(e.source, e.target): max((m.bytes for m in e.moves.values()), default=0.0) for e in self.problem.edges}

    def graph(self, graph: Graph, before: list[str], suffix: str) -> list[str]:
        """Adds a graph's tasks after those named in `before`; gives the last ones."""
        ends: list[list[str]] = []
        for node in graph.nodes:
            follows = sorted({name for i in node.after for name in ends[i]}) or before
            ends.append(self._node(node, follows, suffix))
        inner = {i for node in graph.nodes for i in node.after}
        return sorted({name for i, names in enumerate(ends) if i not in inner for name in names}) or before

    def _node(self, node: Node, before: list[str], suffix: str) -> list[str]:
        match node.kind:
            case "task" | "wait":
                return self._task(node, before, suffix)
            case "branch":
                _, likeliest = max(node.cases, key=lambda case: case[0])
                return self.graph(likeliest, before, suffix)
            case "loop":
                for turn in range(max(1, _mean(node))):
                    before = self.graph(node.cases[0][1], before, f"{suffix}#{turn + 1}")
                return before
        return self._map(node, before, suffix)

    def _map(self, node: Node, before: list[str], suffix: str) -> list[str]:
        """Items side by side; with `parallel`, each follows the one that many places before it."""
        ends: list[list[str]] = []
        for item in range(max(1, _mean(node))):
            follows = ends[item - node.parallel] if node.parallel and item >= node.parallel else before
            ends.append(self.graph(node.cases[0][1], follows, f"{suffix}#{item + 1}"))
        return sorted({name for names in ends for name in names})

    def _task(self, node: Node, before: list[str], suffix: str) -> list[str]:
        if node.kind == "wait" and not node.seconds.mean:
            return before
        name = f"{node.name}{suffix}"
        self.tasks[name] = (node.name, 0.0) if node.kind == "task" else ("", node.seconds.mean)
        for earlier in before:
            self.edges[earlier, name] = self._bytes.get((self.tasks[earlier][0], node.name), 0.0)
        for source, target in self._bytes:
            if target == node.name and source in self.last:
                self.edges[self.last[source], name] = self._bytes[source, target]
        self.last[node.name] = name
        return [name]


def _mean(node: Node) -> int:
    return round(sum(count * odds for count, odds in node.counts))
