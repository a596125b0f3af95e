"""Problems of many ways: a bound from the linear relaxation, and a search among the pools that it, and the greedy placement, use.

The relaxation leaves the edges out and lets everything be divided, so its optimum bounds every placement. Of its pools those that carry something matter; with
them alone the program is a tenth as large, and what it finds is a placement of the whole problem.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulp

from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Model
from intarsia.planner.placement.agents import program as programs
from intarsia.planner.placement.agents.outcome import Choice
from intarsia.planner.placement.agents.problem import Problem
from intarsia.planner.placement.agents.program import Program

MANY_WAYS = 4000
"""From so many on, the whole program is not solved at once."""
USED = 0.05
"""Replicas of a pool in the relaxation from which on it counts as used."""
MOST_POOLS = 3
"""Pools for each model that are kept beside those of the greedy placement, the most used first."""

DIVIDED_GAP = 0.01


class Relaxed(Model):
    """A model whose integers may be divided."""

    def binary(self, name: str) -> pulp.LpVariable:
        return self.continuous(name, 0.0, 1.0)

    def integer(self, name: str, low: int | None = 0, high: int | None = None) -> pulp.LpVariable:
        return self.continuous(name, low, high)


@dataclass(frozen=True)
class Sketch:
    """What the relaxation says: its optimum (minus infinity where it was not found in time), and how much each pool is used."""

    bound: float
    used: dict[str, float]
    seconds: float = 0.0


def many(problem: Problem) -> bool:
    return sum(len(task.ways) for task in problem.tasks) >= MANY_WAYS


def sketch(problem: Problem, objective: str, caps: Mapping[str, float], time_limit_s: float) -> Sketch:
    """The linear relaxation without edges."""
    program = programs.build(problem, objective, transfers=False, caps=caps, model=Relaxed(f"{problem.name}_relaxed"))
    answer = solver.solve(program.model, time_limit_s=time_limit_s)
    if answer.status != "optimal":
        return Sketch(-math.inf, {}, answer.seconds)
    return Sketch(answer.objective, {name: solver.value(variable) for name, variable in program.n.items()}, answer.seconds)


def narrowed(problem: Problem, found: Sketch, start: Choice | None) -> Problem:
    """The problem with the pools that are worth it; every task keeps a way."""
    kept = set(start.replicas) if start else set()
    by_models: dict[frozenset[str], list[str]] = defaultdict(list)
    tenants: dict[str, set[str]] = defaultdict(set)
    for tenant in problem.tenants:
        tenants[tenant.pool].add(tenant.name)
    for pool in problem.pools:
        by_models[frozenset(tenants[pool.name])].append(pool.name)
    for pools in by_models.values():
        order = sorted(pools, key=lambda pool: -found.used.get(pool, 0.0))
        kept |= {pool for pool in order[:MOST_POOLS] if found.used.get(pool, 0.0) >= USED}
    tasks = tuple(replace(task, ways=tuple(way for way in task.ways if way.pool in kept) or task.ways) for task in problem.tasks)
    needed = {way.pool for task in tasks for way in task.ways}
    return replace(
        problem, tasks=tasks, pools=tuple(pool for pool in problem.pools if pool.name in needed), tenants=tuple(t for t in problem.tenants if t.pool in needed),
    )  # fmt: skip


class Divided(Model):
    """A model whose choices may be divided, while numbers stay whole."""

    def binary(self, name: str) -> pulp.LpVariable:
        return self.continuous(name, 0.0, 1.0)


def divided(problem: Problem, objective: str, caps: Mapping[str, float], pace_s: float | None, time_limit_s: float) -> dict[str, str] | None:
    """The ways of tasks that are whole where tasks may be divided over ways but replicas are whole: nearly all. None where nothing was found."""
    program = programs.build(problem, objective, caps=caps, model=Divided(f"{problem.name}_divided"))
    if pace_s is not None:
        program.model.rule("pace", program.length <= pace_s)
    if not solver.solve(program.model, time_limit_s=time_limit_s, gap=DIVIDED_GAP).found:
        return None
    return {task: way for (task, way), variable in program.x.items() if solver.value(variable) > 1 - 1e-4}


def begin(program: Program, choice: Choice) -> dict[str, float]:
    """A placement as values of the program's variables, for the solver to begin with."""
    values = {variable.name: 0.0 for variable in program.x.values()}
    values |= {program.x[task, way].name: 1.0 for task, way in choice.ways.items() if (task, way) in program.x}
    values |= {variable.name: float(choice.replicas.get(pool, 0)) for pool, variable in program.n.items()}
    return values | {variable.name: float(key in choice.tenants) for key, variable in program.z.items()}
