"""Mean seconds of an agent's paths: as expressions of the program, and of a placement that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulp

from intarsia.planner.ilp.model import Expression
from intarsia.planner.placement.agents.outcome import durations
from intarsia.planner.placement.agents.problem import Graph, Node, Problem, Way, inner, mean_of
from intarsia.planner.placement.agents.variables import Program, moves_of


@dataclass
class Lengths:
    """Mean seconds of the longest path of a graph; a variable wherever several paths meet."""

    program: Program
    horizon_s: float

    def graph(self, graph: Graph, name: str) -> Expression:
        ends: list[Expression] = []
        for number, node in enumerate(graph.nodes):
            start = self._latest([ends[i] for i in node.after], f"before[{name}{number}_{node.name}]")
            ends.append(start + self._node(node, f"{name}{number}_"))
        followed = {i for node in graph.nodes for i in node.after}
        return self._latest([end for i, end in enumerate(ends) if i not in followed], f"length[{name}]")

    def _latest(self, times: list[Expression], name: str) -> Expression:
        if len(times) <= 1:
            return times[0] + 0 if times else Expression()
        latest = self.program.model.continuous(name, 0.0, self.horizon_s)
        for number, time in enumerate(times):
            self.program.model.rule(f"{name}_after_{number}", latest >= time)
        return latest + Expression()

    def _node(self, node: Node, name: str) -> Expression:
        match node.kind:
            case "task":
                return task_length(self.program, node.name)
            case "wait":
                return Expression(constant=node.seconds.mean)
        return pulp.lpSum(runs * self.graph(graph, f"{name}{number}.") for number, (runs, graph) in enumerate(inner(node)) if runs > 0)


def task_length(program: Program, name: str) -> Expression:
    """Mean seconds of a task's run: wait, service, and what its inputs take on their way."""
    task = program.tasks[name]
    own = program.of_task(task, {way.name: way.seconds.mean + way.wait.mean for way in task.ways})
    for edge in program.incoming.get(name, ()):
        own += moves_of(program, edge, "seconds")
    return own


def length_of(problem: Problem, ways: Mapping[str, Way]) -> float:
    """The program's mean of the longest path for a placement: means side by side, the longest counts."""
    seconds = {name: sum(part.mean for part in parts) for name, parts in durations(problem, ways).items()}
    return _mean_length(problem.graph, seconds)


def _mean_length(graph: Graph, seconds: Mapping[str, float]) -> float:
    ends: list[float] = []
    for node in graph.nodes:
        ends.append(max((ends[i] for i in node.after), default=0.0) + mean_of(node, seconds, _mean_length))
    return max(ends, default=0.0)
