"""What a placement comes to: the choice itself, its figures, and how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from intarsia.planner.placement.agents import moments, percentile
from intarsia.planner.placement.agents.percentile import Durations, Judge, Law
from intarsia.planner.placement.agents.problem import FREE, Edge, Move, Problem, Way
from intarsia.planner.placement.agents.spread import Spread

LEVELS = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Choice:
    """A placement: the way of each task, replicas of each pool in use, and (model, pool) of the models in shared pools."""

    ways: Mapping[str, str]
    replicas: Mapping[str, int]
    tenants: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Figures:
    """What a placement is predicted to do. `within` is the share of requests that keep the end-to-end goal, no larger than the true one."""

    usd_per_request: float
    usd_per_h: float
    joules: float
    mean_s: float
    percentiles: dict[float, float]
    within: float = 1.0
    devices: dict[str, int] = field(default_factory=dict)

    def of(self, objective: str) -> float:
        return {"cost": self.usd_per_request, "hourly": self.usd_per_h, "energy": self.joules, "latency": self.mean_s}[objective]


@dataclass(frozen=True)
class Found:
    """A placement and how it was found. `bound`: no placement that keeps the goals has less of the objective."""

    choice: Choice
    figures: Figures
    objective: str
    value: float
    bound: float
    seconds: float
    solver: str = ""
    solves: int = 1
    cuts: int = 0
    variables: int = 0
    constraints: int = 0
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Relative; zero for a proven optimum."""
        return max(0.0, self.value - self.bound) / max(abs(self.value), 1e-12)

    def __str__(self) -> str:
        state = "optimal" if self.gap <= 1e-5 else "best so far"
        value = f"{self.objective} {self.value:.6g}, bound {self.bound:.6g}, gap {self.gap:.2%}"
        return f"{state}: {value}, {self.seconds:.2f} s, {self.solves} solves, {self.cuts} cuts ({self.solver})"


def chosen_ways(problem: Problem, choice: Choice) -> dict[str, Way]:
    """By task, the way that a choice names."""
    return {task.name: next(way for way in task.ways if way.name == choice.ways[task.name]) for task in problem.tasks}


def chosen_move(edge: Edge, ways: Mapping[str, Way]) -> Move:
    """What an edge moves between the pools of the chosen ways; nothing inside one."""
    return edge.moves.get((ways[edge.source].at, ways[edge.target].at), FREE)


def durations(problem: Problem, ways: Mapping[str, Way]) -> dict[str, list[Spread]]:
    """By task, the independent parts of a run: its wait, its service, and what its inputs take on their way, one after another."""
    found = {name: [way.seconds, way.wait] if way.wait.values[-1] > 0 else [way.seconds] for name, way in ways.items()}
    for edge in problem.edges:
        seconds = chosen_move(edge, ways).seconds
        if seconds.values[-1] > 0:
            found[edge.target].append(seconds)
    return found


@dataclass
class Assessor:
    """Figures of placements of one problem, on a grid that reaches well beyond the goal."""

    problem: Problem
    cells: int = 0
    _judges: dict[float, Judge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Finer grids for graphs of many tasks: each rounds up by half a step on average."""
        count = len(self.problem.tasks)
        self.cells = self.cells or percentile.CELLS * (1 if count <= 100 else 4 if count <= 400 else 8)

    def judge(self, reach_s: float) -> Judge:
        """Laws on a grid that reaches up to about `reach_s`."""
        step = max(reach_s, 1e-9) / self.cells
        return self._judges.setdefault(step, Judge(self.problem.graph, step, self.cells))

    def law(self, ways: Mapping[str, Way], reach_s: float) -> tuple[Law, float]:
        """The law of the whole graph, and the step of its grid."""
        judge = self.judge(reach_s)
        return judge.law(durations(self.problem, ways)), judge.step

    def within(self, ways: Mapping[str, Way]) -> float:
        """The share of requests that keep the end-to-end goal, from below; for a goal on the mean, 1 where the mean does."""
        goals = self.problem.goals
        if goals.e2e_s is None or goals.late_usd_per_s is not None:
            return 1.0
        if goals.quantile is None:
            return float(self.mean(ways) <= goals.e2e_s * (1 + 1e-6))
        law, step = self.law(ways, 1.25 * goals.e2e_s)
        return percentile.share_within(law, step, goals.e2e_s)

    def keeps(self, ways: Mapping[str, Way]) -> bool:
        return self.within(ways) >= (self.problem.goals.quantile or 1.0) - 1e-9

    def mean(self, ways: Mapping[str, Way]) -> float:
        law, step = self.whole(durations(self.problem, ways))
        return percentile.mean(law, step)

    def percentiles(self, ways: Mapping[str, Way], levels: tuple[float, ...] = LEVELS) -> dict[float, float]:
        law, step = self.whole(durations(self.problem, ways))
        return {level: percentile.quantile(law, step, level) for level in levels}

    def whole(self, parts: Durations) -> tuple[Law, float]:
        """On a grid as short as it may be with all but a thousandth of the requests on it."""
        reach = 2.0 * self._rough(parts)
        while True:
            judge = self.judge(reach)
            law = judge.law(parts)
            if float(law.mass.sum()) > 0.999 or reach > 1e12:
                return law, judge.step
            reach *= 2

    def _rough(self, parts: Durations) -> float:
        return max(moments.most_mean(self.problem.graph, {name: sum(p.mean for p in each) for name, each in parts.items()}), 1e-9)

    def figures(self, choice: Choice) -> Figures:
        problem, ways = self.problem, chosen_ways(self.problem, choice)
        usage = sum(task.visits * ways[task.name].dollars for task in problem.tasks)
        moved = sum(edge.visits * chosen_move(edge, ways).dollars for edge in problem.edges)
        devices: dict[str, int] = {}
        for pool in problem.pools:
            if count := choice.replicas.get(pool.name, 0) * pool.group:
                devices[pool.device] = devices.get(pool.device, 0) + count
        held = sum(count * next(c.usd_per_h for c in problem.classes if c.name == name) for name, count in devices.items())
        law, step = self.whole(durations(self.problem, ways))
        levels = dict.fromkeys((*LEVELS, *([problem.goals.quantile] if problem.goals.quantile else [])))
        return Figures(
            usage + moved + self._resident(choice), held + 3600 * problem.rate_per_s * moved, sum(task.visits * ways[task.name].joules for task in problem.tasks),
            percentile.mean(law, step), {level: percentile.quantile(law, step, level) for level in levels}, self.within(ways), devices,
        )  # fmt: skip

    def _resident(self, choice: Choice) -> float:
        """Dollars a request for the memory that models take, used or not."""
        problem = self.problem
        if not problem.rate_per_s:
            return 0.0
        shared = {pool.name for pool in problem.pools if pool.shared}
        here = (t for t in problem.tenants if t.pool not in shared or (t.name, t.pool) in choice.tenants)
        return sum(t.usd_per_h * choice.replicas.get(t.pool, 0) for t in here) / 3600 / problem.rate_per_s
