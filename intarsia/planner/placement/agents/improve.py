"""A placement made better a part at a time: the tasks of two models are placed anew, all others stay as they are, and the end-to-end mean keeps its pace.

A part of a large problem is small enough for the whole program. Whatever room the percentile leaves at first goes into the pace, so parts may trade seconds for devices.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from intarsia.planner.ilp import solver
from intarsia.planner.placement.agents import program as programs
from intarsia.planner.placement.agents.lengths import length_of
from intarsia.planner.placement.agents.outcome import Assessor, Choice, chosen_ways
from intarsia.planner.placement.agents.problem import Problem, Task

PART_S, PART_GAP = 8.0, 2e-3
TIGHTER = 0.998
"""What the pace shrinks to where a part that it allowed misses the goal."""


@dataclass
class Improver:
    """Improves `best`, of `value`, among `pools`."""

    problem: Problem
    objective: str
    caps: Mapping[str, float]
    assessor: Assessor
    pools: frozenset[str]
    best: Choice
    value: float
    solves: int = 0
    _rng: random.Random = field(default_factory=lambda: random.Random(0))

    def run(self, ends: float) -> None:
        """Until the monotonic clock says `ends`, or every part has been tried since the last gain."""
        groups = self._groups()
        pace, idle = self._pace(), 0
        pairs: list[tuple[str, ...]] = []
        while time.monotonic() < ends and idle < len(groups) * (len(groups) - 1) / 2:
            if not pairs:
                names = sorted(groups)
                pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]] or [tuple(names)]
                costs = self._costs(groups)
                pairs.sort(key=lambda pair: self._rng.uniform(0.3, 1.0) * sum(costs[name] for name in pair))
            part = {task.name for name in pairs.pop() for task in groups[name]}
            found = self._part(part, pace, min(PART_S, ends - time.monotonic()))
            if found is None or found[1] >= self.value * (1 - 1e-6):
                idle += 1
            elif self._keeps(found[0]):
                self.best, self.value, idle = *found, 0
                pace = self._pace()
            elif pace is not None:
                pace *= TIGHTER

    def _groups(self) -> dict[str, list[Task]]:
        """Tasks of one model; those without a model together."""
        found: dict[str, list[Task]] = defaultdict(list)
        for task in self.problem.tasks:
            found[min((way.tenant for way in task.ways), default="")].append(task)
        return found

    def _costs(self, groups: Mapping[str, list[Task]]) -> dict[str, float]:
        """Dollars an hour of the devices that each model's pools hold."""
        ways, found = chosen_ways(self.problem, self.best), {}
        prices = {pool.name: pool.group * self.problem.class_of(pool.name).usd_per_h for pool in self.problem.pools}
        for name, tasks in groups.items():
            found[name] = sum(prices[pool] * self.best.replicas.get(pool, 0) for pool in {ways[task.name].pool for task in tasks})
        return found

    def _keeps(self, choice: Choice) -> bool:
        return not self.problem.goals.limited or self.assessor.keeps(chosen_ways(self.problem, choice))

    def _pace(self) -> float | None:
        """The program's mean of the best, with the room that it leaves at the goal's percentile."""
        if not self.problem.goals.limited:
            return None
        goals, ways = self.problem.goals, chosen_ways(self.problem, self.best)
        reached = self.assessor.percentiles(ways, (goals.quantile,))[goals.quantile] if goals.quantile else self.assessor.mean(ways)
        return length_of(self.problem, ways) * (goals.e2e_s or 0.0) / max(reached, 1e-12)

    def _part(self, part: set[str], pace: float | None, seconds: float) -> tuple[Choice, float] | None:
        """The best placement in which only some tasks may change."""
        held = self.best.ways
        tasks = tuple(
            replace(task, ways=tuple(way for way in task.ways if way.name == held[task.name] or (task.name in part and way.pool in self.pools))) for task in self.problem.tasks
        )  # fmt: skip
        needed = {way.pool for task in tasks for way in task.ways}
        narrow = replace(
            self.problem, tasks=tasks, pools=tuple(p for p in self.problem.pools if p.name in needed), tenants=tuple(t for t in self.problem.tenants if t.pool in needed),
        )  # fmt: skip
        program = programs.build(narrow, self.objective, caps=self.caps)
        if pace is not None:
            program.model.rule("pace", program.length <= pace)
        self.solves += 1
        answer = solver.solve(program.model, time_limit_s=max(0.5, seconds), gap=PART_GAP, start=programs.values_of(program, self.best))
        if not answer.found:
            return None
        choice = programs.choice_of(program)
        return choice, self.assessor.figures(choice).of(self.objective)
