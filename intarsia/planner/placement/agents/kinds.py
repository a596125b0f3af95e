"""A problem in outline: tasks that are alike are taken together, so that a thousand tasks are a few dozen kinds, which may be divided over ways.

Tasks are alike where they have the same ways, and every way needs of time, devices and money the same multiple of the task's work. A kind's share of a way is the
mean of its tasks' x, weighted by their work w:

    X[kind, way] = sum w x[task, way] / sum w        sum a x[task, way]  >=  (sum w) min(a / w) X[kind, way]      for anything a that ways need

So whatever a placement keeps, the shares of its kinds keep, and nothing costs more than it should: the outline's optimum bounds that of the problem. Where tasks are
alike to the letter nothing is lost but that they are whole. What moves between two kinds has shares weighted by bytes, at both ends, which are no less than what the
tasks that move least for their work would move. The mean of the longest path is no less than any mean of paths with weights that sum to 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from intarsia.planner.placement.agents import moments, paths
from intarsia.planner.placement.agents.problem import Edge, Goals, Graph, Move, Node, Problem, Task, Way
from intarsia.planner.placement.agents.spread import Array, Spread, constant

NEARLY = 0.03
"""How far multiples of tasks of one kind may differ: more makes fewer kinds, and a lower bound."""
SUPPORTS = (0.35, 0.7, 1.0)
"""Shares of a kind's work at which what it moves is held from below."""
NEEDS = ("busy_s", "byte_seconds", "dollars", "joules")
NOTHING = constant(0.0)


@dataclass(frozen=True)
class Support:
    """A share of what an edge moves is no less than `slope` times the kind's share of work, plus `height`, way by way."""

    moved: str
    kind: str
    slope: float
    height: float


@dataclass(frozen=True)
class Delay:
    """Seconds that transfers add to the path: no less than `slope_s` times the share of an edge's bytes that moves, plus `height_s`."""

    edge: str
    slope_s: float
    height_s: float


@dataclass(frozen=True)
class Outline:
    """The problem of kinds, and what holds between its tasks and edges."""

    problem: Problem
    supports: tuple[Support, ...]
    delays: tuple[Delay, ...]


def outline(problem: Problem, reference: Mapping[str, Way] | None = None, *, transfers: bool = True) -> Outline:
    """The problem of its kinds; `reference` says which of several paths count (without: ways on average). Without `transfers` it bounds less, and is solved sooner."""
    usual = {task.name: float(np.mean([_mean(way) for way in task.ways])) for task in problem.tasks}
    mean = paths.path(problem.graph, {name: _mean(way) for name, way in reference.items()} if reference else usual)
    groups = {f"kind{number}_{tasks[0][0].name}": tasks for number, tasks in enumerate(_alike(problem, mean.tasks, usual))}
    made = [_kind(name, tasks) for name, tasks in groups.items()]
    nodes = [Node("task", task.name, (number - 1,) if number else ()) for number, task in enumerate(made)]
    nodes.append(Node("wait", "fixed", (len(nodes) - 1,) if nodes else (), constant(mean.fixed_s)))
    moved, edges, supports, delays = _moved(problem, groups, mean.tasks) if transfers else ([], [], [], [])
    whole = replace(problem, tasks=(*made, *moved), graph=Graph(tuple(nodes)), edges=tuple(edges), goals=_on_average(problem), name=f"{problem.name}_outline")
    return Outline(whole, tuple(supports), tuple(delays))


def _on_average(problem: Problem) -> Goals:
    """The goals with that at a percentile as the mean that it allows."""
    goals = problem.goals
    if goals.e2e_s is None or goals.late_usd_per_s is not None:
        return replace(goals, quantile=None)
    return replace(goals, quantile=None, e2e_s=goals.e2e_s + moments.slack(problem))


def _mean(way: Way) -> float:
    return way.seconds.mean + way.wait.mean


@dataclass(frozen=True)
class _Work:
    """A task's weight and, by way, what it needs: seconds on the path, then NEEDS, for all its visits; and the seconds of a step."""

    weight: float
    needs: Array
    steps: Array

    @property
    def multiples(self) -> Array:
        return np.concatenate([(self.needs / self.weight).ravel(), self.steps])


def _work(task: Task, count: float, usual_s: float) -> _Work:
    needs = np.array([[count * _mean(way), *(task.visits * getattr(way, need) for need in NEEDS)] for way in task.ways])
    return _Work(task.visits * usual_s or 1.0, needs, np.array([way.step_s for way in task.ways]))


def _alike(problem: Problem, counts: Mapping[str, float], usual: Mapping[str, float]) -> list[list[tuple[Task, _Work]]]:
    """Tasks that are alike, each with the first that it is like."""
    found: dict[object, list[list[tuple[Task, _Work]]]] = defaultdict(list)
    for task in problem.tasks:
        work = _work(task, counts.get(task.name, 0.0), usual[task.name])
        groups = found[task.goal, tuple((way.name, way.pool, way.tenant) for way in task.ways)]
        near = next((group for group in groups if np.allclose(group[0][1].multiples, work.multiples, rtol=NEARLY, atol=0.0)), None)
        if near is None:
            groups.append([(task, work)])
        else:
            near.append((task, work))
    return [group for groups in found.values() for group in groups]


def _kind(name: str, tasks: list[tuple[Task, _Work]]) -> Task:
    """One task that needs, by way, the least multiple of all their work."""
    first = tasks[0][0]
    weight = sum(work.weight for _, work in tasks)
    needs = weight * np.min([work.needs / work.weight for _, work in tasks], axis=0)
    steps = np.min([work.steps for _, work in tasks], axis=0)
    ways = [_way(way, constant(row[0]), float(step), [float(value) for value in row[1:]]) for way, row, step in zip(first.ways, needs, steps, strict=True)]
    return replace(first, name=name, visits=1.0, ways=tuple(ways))


def _moved(
    problem: Problem, groups: Mapping[str, list[tuple[Task, _Work]]], counts: Mapping[str, float],
) -> tuple[list[Task], list[Edge], list[Support], list[Delay]]:
    """Edges between the same two kinds as one. Each end has shares of its own, weighted by bytes instead of work, which the kind's shares support from below."""
    kind_of = {task.name: name for name, tasks in groups.items() for task, _ in tasks}
    found: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in problem.edges:
        if edge.moves and _bytes(edge) > 0:
            found[kind_of[edge.source], kind_of[edge.target]].append(edge)
    tasks: list[Task] = []
    edges: list[Edge] = []
    supports: list[Support] = []
    delays: list[Delay] = []
    for number, (ends, alike) in enumerate(found.items()):
        names = [f"moved{number}_{side}" for side in ("from", "to")]
        for name, kind, side in zip(names, ends, ("source", "target"), strict=True):
            moved: dict[str, float] = defaultdict(float)
            for edge in alike:
                moved[getattr(edge, side)] += _bytes(edge)
            tasks.append(_weightless(name, groups[kind][0][0]))
            sizes = [(work.weight, moved.get(task.name, 0.0)) for task, work in groups[kind]]
            supports += [Support(name, kind, slope, height) for slope, height in _supports(sizes)]
        edges.append(Edge(f"moved{number}", names[0], names[1], 1.0, _least_moves(alike), alike[0].kind))
        seconds = [(_bytes(edge), counts.get(edge.target, 0.0) * min(m.seconds.mean for m in edge.moves.values() if m.bytes > 0)) for edge in alike]
        if total := sum(value for _, value in seconds):
            delays += [Delay(f"moved{number}", total * slope, total * height) for slope, height in _supports(seconds)]
    return tasks, edges, supports, delays


def _bytes(edge: Edge) -> float:
    return edge.visits * max((move.bytes for move in edge.moves.values()), default=0.0)


def _weightless(name: str, task: Task) -> Task:
    return Task(name, 0.0, tuple(_way(way, NOTHING, 0.0, [0.0] * len(NEEDS)) for way in task.ways))


def _way(way: Way, seconds: Spread, step_s: float, needs: list[float]) -> Way:
    """`needs` in the order of NEEDS."""
    busy_s, byte_seconds, dollars, joules = needs
    return replace(way, seconds=seconds, wait=NOTHING, step_s=step_s, busy_s=busy_s, byte_seconds=byte_seconds, dollars=dollars, joules=joules)


def _least_moves(alike: list[Edge]) -> dict[tuple[str, str], Move]:
    """What all of them move at least, for each pair of ends: the least multiple of their bytes and dollars."""
    sizes = [_bytes(edge) for edge in alike]
    pairs = set.intersection(*(set(edge.moves) for edge in alike))

    def least(pair: tuple[str, str], what: str) -> float:
        return sum(sizes) * min(edge.visits * float(getattr(edge.moves[pair], what)) / size for edge, size in zip(alike, sizes, strict=True))

    return {pair: Move(NOTHING, least(pair, "dollars"), least(pair, "bytes")) for pair in alike[0].moves if pair in pairs}


def _supports(tasks: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Lines (slope, height) below the least share of values that can go with a share of weights, a convex function: those first that have least value for their weight."""
    order = sorted(tasks, key=lambda task: task[1] / task[0])
    weight, value = np.cumsum([task[0] for task in order]), np.cumsum([task[1] for task in order])
    weight, value = weight / weight[-1], value / value[-1]
    found = []
    for share in SUPPORTS:
        place = min(int(np.searchsorted(weight, share - 1e-12)), len(order) - 1)
        before = (weight[place - 1], value[place - 1]) if place else (0.0, 0.0)
        slope = float((value[place] - before[1]) / (weight[place] - before[0]))
        found.append((slope, float(value[place] - slope * weight[place])))
    return list(dict.fromkeys(found))
