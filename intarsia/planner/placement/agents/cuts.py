"""Cuts: what a placement that misses the end-to-end goal says of others.

Laws rise with durations: if a placement misses its percentile, so does every one whose tasks and transfers are stochastically no quicker. So at least one
of them must be quicker, and that is a linear rule on x and y. It is strengthened first: what could be as quick as anything and the goal would still be missed
drops out of the rule, and for what stays the quickest way with which it is still missed takes the place of the chosen one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from intarsia.planner.ilp.model import Expression
from intarsia.planner.placement.agents import percentile
from intarsia.planner.placement.agents.outcome import Assessor, chosen_move
from intarsia.planner.placement.agents.problem import Edge, Problem, Way
from intarsia.planner.placement.agents.spread import Spread, constant
from intarsia.planner.placement.agents.variables import Program

Parts = tuple[Spread, ...]
Levels = dict[str, Parts]
"""How long each task (service, wait) and each edge ("edge:" before its name) is taken to need."""
ZERO = constant(0.0)


@dataclass
class Cutter:
    """Makes cuts for one problem; `seconds` bounds the strengthening of each."""

    problem: Problem
    assessor: Assessor
    seconds: float = 5.0
    _floors: Levels = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tasks = {task.name: task for task in self.problem.tasks}
        self._edges = {f"edge:{edge.name}": edge for edge in self.problem.edges if edge.moves}
        for name, task in self._tasks.items():
            self._floors[name] = _quickest(task.ways) or (ZERO, ZERO)
        for name, edge in self._edges.items():
            self._floors[name] = (_least([move.seconds for move in edge.moves.values()]) if self._always(edge) else ZERO,)

    def quickest_of(self, task: str, pools: frozenset[str]) -> Parts | None:
        """What no way of a task in some pools is quicker than; None where it has none there."""
        return _quickest([way for way in self._tasks[task].ways if way.pool in pools])

    @property
    def edge_floors(self) -> Levels:
        """What no transfer is quicker than."""
        return {name: self._floors[name] for name in self._edges}

    def _always(self, edge: Edge) -> bool:
        """Whether every pair of ends has a move of its own."""
        ends = [{way.at for way in self._tasks[name].ways} for name in (edge.source, edge.target)]
        return len(edge.moves) >= len(ends[0]) * len(ends[1])

    def levels(self, ways: Mapping[str, Way]) -> Levels:
        found: Levels = {name: (way.seconds, way.wait) for name, way in ways.items()}
        return found | {name: (chosen_move(edge, ways).seconds,) for name, edge in self._edges.items()}

    def misses(self, levels: Levels) -> bool:
        """Whether the goal is missed when everything takes so long."""
        goals = self.problem.goals
        assert goals.e2e_s is not None
        judge = self.assessor.judge(1.25 * goals.e2e_s)
        law = judge.law(self._durations(levels))
        if goals.quantile is None:
            return float(law.mass.sum()) < 0.999 or percentile.mean(law, judge.step) > goals.e2e_s * (1 + 1e-6)
        return percentile.share_within(law, judge.step, goals.e2e_s) < goals.quantile - 1e-9

    def reached(self, levels: Levels) -> float:
        """Seconds at the goal's percentile (without one, on average) when everything takes so long."""
        level = self.problem.goals.quantile
        law, step = self.assessor.whole(self._durations(levels))
        return percentile.quantile(law, step, level) if level else percentile.mean(law, step)

    def _durations(self, levels: Levels) -> dict[str, list[Spread]]:
        durations = {name: [part for part in levels[name] if part.values[-1] > 0] for name in self._tasks}
        for name, edge in self._edges.items():
            if levels[name][0].values[-1] > 0:
                durations[edge.target].append(levels[name][0])
        return durations

    def unreachable(self) -> bool:
        """Whether the goal is missed even if everything is as quick as it can be."""
        return self.misses(self._floors)

    def cut(self, program: Program, ways: Mapping[str, Way]) -> Expression:
        """An expression that is at least 1 for every placement that keeps the goal, and 0 for this one."""
        chosen = self.levels(ways)
        kept = self._kept(chosen)
        levels = self._quicker({name: (chosen if name in kept else self._floors)[name] for name in chosen}, kept)
        expression = Expression()
        for name in kept:
            if name in self._tasks:
                for way in self._tasks[name].ways:
                    if not _no_quicker((way.seconds, way.wait), levels[name]):
                        expression.addterm(program.x[name, way.name], 1.0)
            else:
                self._pairs(program, self._edges[name], levels[name], expression)
        return expression

    def _pairs(self, program: Program, edge: Edge, level: Parts, expression: Expression) -> None:
        """Pairs of groups that are quicker, and of the others the ends whose staying is."""
        shape = program.shapes[edge.name]
        quicker = {pair for pair, move in shape.between.items() if not _no_quicker((move.seconds,), level)}
        for pair in quicker:
            expression.addterm(program.y[edge.name, *pair], 1.0)
        for end, move in shape.staying.items():
            if shape.pair(end) not in quicker and not _no_quicker((move.seconds,), level):
                expression.addterm(program.stays[edge.name, end], 1.0)

    def _kept(self, chosen: Levels) -> list[str]:
        """What matters: of the others, all could be as quick as they can be, and the goal would be missed."""
        order = sorted((name for name in chosen if self._gain(name, chosen) > 0), key=lambda name: self._gain(name, chosen))
        few, many = 0, len(order)
        while few < many:
            middle = (few + many + 1) // 2
            if self.misses(chosen | {name: self._floors[name] for name in order[:middle]}):
                few = middle
            else:
                many = middle - 1
        dropped, ends = set(order[:few]), time.monotonic() + self.seconds / 2
        for name in order[few + 1 :]:
            if time.monotonic() > ends:
                break
            if self.misses(chosen | {other: self._floors[other] for other in (*dropped, name)}):
                dropped.add(name)
        return [name for name in order if name not in dropped]

    def _gain(self, name: str, chosen: Levels) -> float:
        return sum(part.mean for part in chosen[name]) - sum(part.mean for part in self._floors[name])

    def _quicker(self, levels: Levels, kept: list[str]) -> Levels:
        """With the quickest way of each, one after another, with which the goal is still missed."""
        ends = time.monotonic() + self.seconds / 2
        for name in kept:
            options = [(way.seconds, way.wait) for way in self._tasks[name].ways] if name in self._tasks else [(move.seconds,) for move in self._edges[name].moves.values()]
            quicker = sorted((o for o in options if _no_quicker(levels[name], o) and o != levels[name]), key=lambda parts: sum(part.mean for part in parts))
            for option in quicker:
                if time.monotonic() > ends:
                    return levels
                if self.misses(levels | {name: option}):
                    levels = levels | {name: option}
                    break
        return levels


def _quickest(ways: Sequence[Way]) -> Parts | None:
    return (_least([way.seconds for way in ways]), _least([way.wait for way in ways])) if ways else None


def _least(spreads: list[Spread]) -> Spread:
    return Spread(np.min([spread.values for spread in spreads], axis=0))


def _no_quicker(parts: Parts, others: Parts) -> bool:
    return all(mine.no_quicker(theirs) for mine, theirs in zip(parts, others, strict=True))

