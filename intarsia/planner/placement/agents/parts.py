"""A problem in parts that share nothing but the end-to-end goal: as a rule a model and its tasks, which have pools of their own.

In place of the goal a second gets a price. Each part is then a program of its own, with whole replicas, and for any price

    sum over parts of min (objective + price * seconds)  -  price * (the most seconds that the goal allows)

is a bound for the whole problem (Geoffrion, "Lagrangean relaxation for integer programming", 1974). The relaxation of the whole program, with divided replicas, bounds less.
Seconds are those of a mean of paths, as in the outline: the longest takes no less. Links that parts share, and what goes from one to another, only make things dearer.

What the parts choose at several prices, their links their own, are columns; the best choice of one for each that takes so many seconds in all is a small
program (Dantzig and Wolfe 1960).
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from intarsia.errors import InfeasibleError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Expression, Model, total
from intarsia.planner.placement.agents import program as programs
from intarsia.planner.placement.agents.lengths import task_length
from intarsia.planner.placement.agents.outcome import Choice, chosen_ways, durations
from intarsia.planner.placement.agents.outline import Divided
from intarsia.planner.placement.agents.paths import Path
from intarsia.planner.placement.agents.problem import Goals, Graph, Node, Problem, Task, Way, among
from intarsia.planner.placement.agents.variables import Program

GAP = 0.004
"""Of all parts together; each has an equal share of it."""
WHOLE_SHARE = 0.3
"""Of a part's time, for its tasks as wholes."""
STEP = 1.6
"""By how much a price changes where no two columns say what a second is worth."""


@dataclass(frozen=True)
class Column:
    """What a part may choose: what it costs, how many seconds of the path it takes, and the placement."""

    value: float
    seconds: float
    choice: Choice


@dataclass
class Part:
    """Tasks whose pools no other task uses, with links of their own. `counts`: how often each task counts on the path."""

    problem: Problem
    objective: str
    counts: Mapping[str, float]
    columns: list[Column] = field(default_factory=list)
    worth: float = math.nan
    """What it came to when it was asked last."""

    def __post_init__(self) -> None:
        linkless = tuple(replace(c, in_bytes_per_s=math.inf, out_bytes_per_s=math.inf) for c in self.problem.classes)
        self.program = programs.build(replace(self.problem, classes=linkless), self.objective, model=Divided(self.problem.name))
        self.cost = self.program.model.objective + 0
        self._start: dict[str, float] = {}

    def recount(self, counts: Mapping[str, float]) -> None:
        """Other counts: what columns take changes with them."""
        self.counts = counts
        self.columns = [replace(c, seconds=_seconds(self.problem, counts, chosen_ways(self.problem, c.choice))) for c in self.columns]

    def _taken(self, program: Program) -> Expression:
        """Seconds of the path."""
        seconds = Expression()
        for task in self.problem.tasks:
            if count := self.counts.get(task.name, 0.0):
                seconds += count * task_length(program, task.name)
        return seconds

    def ask(self, price: float, seconds: float, gap: float) -> float:
        """What no choice of the part's costs less than at a price of a second; whole tasks in the pools that it opens are a new column. Raises InfeasibleError."""
        self.program.model.minimize(self.cost + price * self._taken(self.program), "priced")
        answer = solver.solve(self.program.model, time_limit_s=max(1.0, (1 - WHOLE_SHARE) * seconds), gap=gap, start=self._start)
        if answer.status == "infeasible":
            raise InfeasibleError(f"no device of the fleet can run all of {self.problem.tasks[0].name} and what is placed with it")
        if not answer.found:
            return -math.inf
        self._add(frozenset(name for name, n in self.program.n.items() if solver.integer(n)), price, max(1.0, WHOLE_SHARE * seconds))
        self._start = {variable.name: variable.value() for variable in (*self.program.x.values(), *self.program.n.values(), *self.program.z.values())}
        self.worth = answer.objective
        return answer.bound

    def _add(self, pools: frozenset[str], price: float, seconds: float) -> None:
        program = programs.build(among(self.problem, pools), self.objective, model=Model(self.problem.name))
        cost, taken = program.model.objective + 0, self._taken(program)
        program.model.minimize(cost + price * taken, "priced")
        if solver.solve(program.model, time_limit_s=seconds, gap=GAP).found:
            column = Column(float(cost.value() or 0.0), float(taken.value() or 0.0), programs.choice_of(program))
            if column not in self.columns:
                self.columns.append(column)


@dataclass
class Parts:
    """All parts of a problem. `path`: the mean of paths that stands for the longest."""

    problem: Problem
    objective: str
    path: Path

    def __post_init__(self) -> None:
        self.parts = [Part(part, self.objective, self.path.tasks) for part in split(self.problem)]

    def recount(self, path: Path) -> None:
        """Halfway from the mean of paths to another one: where several are nearly the longest, all of them should count."""
        old, new = self.path, path
        tasks = {name: (old.tasks.get(name, 0.0) + new.tasks.get(name, 0.0)) / 2 for name in {**old.tasks, **new.tasks}}
        self.path = path = Path((old.seconds + new.seconds) / 2, tasks, (old.fixed_s + new.fixed_s) / 2)
        for part in self.parts:
            part.recount(path.tasks)

    def bound(self, price: float, limit_s: float, ends: float) -> float:
        """No placement whose path takes at most `limit_s` costs less. Stops at `ends` (of time.monotonic), minus infinity where that is too soon. Raises InfeasibleError."""
        least = 0.0
        whole = sum(part.worth for part in self.parts)
        for number, part in enumerate(self.parts):
            gap = GAP if math.isnan(whole) else min(0.05, GAP * whole / len(self.parts) / max(part.worth, 1e-12))
            if time.monotonic() > ends:
                return -math.inf
            least += part.ask(price, (ends - time.monotonic()) / max(1.0, (len(self.parts) - number) / 3), gap)
        return least - (price * (limit_s - self.path.fixed_s) if price else 0.0)

    def price(self, limit_s: float, asked: float) -> float:
        """What a second is worth by the columns so far, where all may take `limit_s`; `asked` is the last price."""
        prices = {asked}
        for part in self.parts:
            prices |= {(a.value - b.value) / (b.seconds - a.seconds) for a in part.columns for b in part.columns if a.seconds < b.seconds and a.value > b.value}
        best = max(prices, key=lambda price: self._least(price, limit_s))
        if best < max(prices):
            return best
        return best * STEP if self.seconds(best) > limit_s else best if best < asked else best / STEP

    def _least(self, price: float, limit_s: float) -> float:
        return sum(min((c.value + price * c.seconds for c in part.columns), default=0.0) for part in self.parts) - price * (limit_s - self.path.fixed_s)

    def seconds(self, price: float) -> float:
        """Of the path, where each part has the column that is best at a price."""
        chosen = (min(part.columns, key=lambda c: c.value + price * c.seconds, default=None) for part in self.parts)
        return self.path.fixed_s + sum(column.seconds for column in chosen if column)

    def seconds_of(self, ways: Mapping[str, Way]) -> float:
        """Of the path, for a placement."""
        return self.path.fixed_s + _seconds(self.problem, self.path.tasks, ways)

    def combined(self, limit_s: float) -> Choice | None:
        """The best choice of a column for each part that takes at most `limit_s`, or the quickest where none does; None where a part has no column."""
        if not all(part.columns for part in self.parts):
            return None
        limit_s = max(limit_s, self.path.fixed_s + sum(min(column.seconds for column in part.columns) for part in self.parts) + 1e-6)
        model = Model("columns")
        take = {(p, c): model.binary(f"take[{p},{c}]") for p, part in enumerate(self.parts) for c in range(len(part.columns))}
        for p, part in enumerate(self.parts):
            model.rule(f"one_of[{p}]", total((1.0, take[p, c]) for c in range(len(part.columns))) == 1)
        if math.isfinite(limit_s):
            model.rule("seconds", total((self.parts[p].columns[c].seconds, variable) for (p, c), variable in take.items()) <= limit_s - self.path.fixed_s)
        model.minimize(total((self.parts[p].columns[c].value, variable) for (p, c), variable in take.items()), self.objective)
        if not solver.solve(model, time_limit_s=5.0).found:
            return None
        chosen = [self.parts[p].columns[c].choice for (p, c), variable in take.items() if solver.chosen(variable)]
        return Choice(
            {task: way for each in chosen for task, way in each.ways.items()}, {pool: count for each in chosen for pool, count in each.replicas.items()},
            tuple(key for each in chosen for key in each.tenants),
        )  # fmt: skip


def _seconds(problem: Problem, counts: Mapping[str, float], ways: Mapping[str, Way]) -> float:
    """Mean seconds of tasks, each as often as it counts."""
    taken = durations(problem, ways)
    return sum(counts.get(name, 0.0) * sum(part.mean for part in parts) for name, parts in taken.items())


def split(problem: Problem) -> list[Problem]:
    """The parts of a problem: tasks that may use a pool both are in one. Nothing of the end-to-end goal or of transfers between parts is left."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for task in problem.tasks:
        for way in task.ways:
            parent[root(f"pool {way.pool}")] = root(f"task {task.name}")
    found: dict[str, list[Task]] = defaultdict(list)
    for task in problem.tasks:
        found[root(f"task {task.name}")].append(task)
    return [_part(problem, tasks) for tasks in found.values()]


def _part(problem: Problem, tasks: list[Task]) -> Problem:
    names, pools = {task.name for task in tasks}, {way.pool for task in tasks for way in task.ways}
    goals: Goals = replace(problem.goals, e2e_s=None, quantile=None, late_usd_per_s=None)
    return replace(
        problem, tasks=tuple(tasks), pools=tuple(pool for pool in problem.pools if pool.name in pools), tenants=tuple(t for t in problem.tenants if t.pool in pools),
        edges=tuple(edge for edge in problem.edges if edge.source in names and edge.target in names), goals=goals, name=f"{problem.name}_{tasks[0].name}",
        graph=Graph(tuple(Node("task", task.name) for task in tasks)),
    )  # fmt: skip
