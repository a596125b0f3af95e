"""The variables of the integer program that places an agent's tasks, with names that a person can read in the written-out LP.

    x[task, way]        1 when the task runs this way
    n[pool]             replicas of a pool
    z[model, pool]      1 when a pool that several models share has this one
    y[edge, a, b]       1 when an edge goes from the end a to the end b: the product of both ends' choices, as sums over each end (exact, and tight in the LP);
                        ends that are alike are taken together (transport.py), and s[edge, a] is 1 when it stays at a
    after[...]          mean seconds until a node begins (lengths.py)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pulp

from intarsia.planner.ilp.model import Expression, Model, total
from intarsia.planner.placement.agents import transport
from intarsia.planner.placement.agents.problem import Edge, Problem, Task, Way
from intarsia.planner.placement.agents.transport import Shape, Shapes


@dataclass
class Program:
    """The model and its variables. `length` is the mean seconds of the longest path."""

    problem: Problem
    model: Model
    x: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    n: dict[str, pulp.LpVariable] = field(default_factory=dict)
    z: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    y: dict[tuple[str, int, int], pulp.LpVariable] = field(default_factory=dict)
    stays: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    maker: Shapes = field(default_factory=Shapes)
    tasks: dict[str, Task] = field(default_factory=dict)
    homes: dict[str, set[str]] = field(default_factory=dict)
    users: dict[str, list[tuple[Task, Way]]] = field(default_factory=dict)
    incoming: dict[str, list[Edge]] = field(default_factory=dict)
    weights: dict[tuple[str, str], Expression] = field(default_factory=dict)
    length: Expression = field(default_factory=Expression)
    slack_s: float = 0.0
    late: pulp.LpVariable | None = None

    def of_task(self, task: Task, weight: dict[str, float]) -> Expression:
        return total((weight[way.name], self.x[task.name, way.name]) for way in task.ways if weight[way.name])


def moves_of(program: Program, edge: Edge, what: str) -> Expression:
    """The chosen pair's seconds (mean), dollars or bytes."""
    shape = program.shapes.get(edge.name)
    if shape is None:
        return Expression()
    variables = ((value, program.stays[edge.name, key] if isinstance(key, str) else program.y[edge.name, *key]) for key, value in transport.values(shape, what))
    return total(variables)


def ways_by(ways: Iterable[Way], what: str) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = defaultdict(list)
    for way in ways:
        found[getattr(way, what)].append(way)
    return found


def homes(problem: Problem) -> dict[str, set[str]]:
    """The device classes of each end."""
    device = {pool.name: pool.device for pool in problem.pools}
    found: dict[str, set[str]] = defaultdict(set)
    for task in problem.tasks:
        for way in task.ways:
            found[way.at].add(device[way.pool])
    return found
