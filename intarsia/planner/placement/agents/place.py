"""Placing: the integer program, the judge of its percentile, cuts where the judge refuses, and the best so far when time runs out.

    build ─▶ solve ─▶ judge: keeps the goal? ── yes ─▶ optimal
                        └─ no ─▶ pace the mean until the judge agrees (a placement to fall back on) ─▶ cut ─▶ solve again

>>> found = place(problem, "hourly", time_limit_s=20)
>>> print(found.choice.ways, found.value, found.bound, found.gap)
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from intarsia.errors import InfeasibleError, InputError, IntarsiaError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import total
from intarsia.planner.ilp.solver import Answer
from intarsia.planner.placement.agents import large
from intarsia.planner.placement.agents import program as programs
from intarsia.planner.placement.agents.cuts import Cutter
from intarsia.planner.placement.agents.greedy import greedy
from intarsia.planner.placement.agents.outcome import Assessor, Choice, Found, chosen_ways
from intarsia.planner.placement.agents.problem import OBJECTIVES, Problem, check
from intarsia.planner.placement.agents.program import Program
from intarsia.planner.validate import agents as judge

TIME_LIMIT_S = 30.0
PACES = 6
"""Solves that look for the mean at which the percentile is kept, each to within `PACE_GAP`."""
PACE_GAP = 0.005
FIRST_PACE = 0.99
MENDS = {
    "GB": "devices with more memory, or other precisions", "s": "looser goals, or faster devices", "devices": "more devices", "GB/s": "faster links, or a lower rate",
    "dollars a request": "a higher price", "dollars an hour": "a higher price", "J a request": "more energy",
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """How long to look, and how near to the optimum is near enough."""

    time_limit_s: float = TIME_LIMIT_S
    gap: float = 1e-4
    threads: int = 1
    write_lp: Path | None = None

    def __post_init__(self) -> None:
        if not self.time_limit_s > 0 or not 0 <= self.gap < 1:
            raise InputError("placing needs a time limit greater than zero and a gap in [0, 1)")


def place(problem: Problem, objective: str = "cost", limits: Limits = Limits(), *, then: str | None = None, caps: Mapping[str, float] | None = None) -> Found:
    """The best placement; of equals, that with the least of `then`. `caps` are the most that other objectives may come to.

    Raises InputError for a problem that is none, InfeasibleError that names the fewest limits to relax, IntarsiaError when time was too short to find anything.
    """
    for name in (objective, *((then,) if then else ())):
        if name not in OBJECTIVES:
            raise InputError(f"there is no objective {name!r} here", mend=f"choose one of {', '.join(OBJECTIVES)}")
    check(problem)
    first = (_of_many if large.many(problem) else _whole)(problem, objective, limits, dict(caps or {}))
    if then is None or then == objective:
        return first
    held = {**(caps or {}), objective: first.value * (1 + 1e-6) + 1e-12}
    try:
        second = (_of_many if large.many(problem) else _whole)(problem, then, limits, held)
    except IntarsiaError:
        return first
    return replace(second, objective=objective, value=first.value, bound=first.bound, seconds=first.seconds + second.seconds, solves=first.solves + second.solves)


def _whole(problem: Problem, objective: str, limits: Limits, caps: dict[str, float]) -> Found:
    return Search(problem, objective, limits, caps).run()


def _of_many(problem: Problem, objective: str, limits: Limits, caps: dict[str, float]) -> Found:
    """A bound by the linear relaxation, and a search among the pools that are worth it, begun with the greedy placement."""
    began = time.monotonic()
    assessor = Assessor(problem)
    start = greedy(problem, assessor)
    drawn = large.sketch(problem, objective, caps, 0.4 * limits.time_limit_s)
    rest = max(1.0, limits.time_limit_s - (time.monotonic() - began))
    narrow = large.narrowed(problem, drawn, start)
    search = Search(narrow, objective, replace(limits, time_limit_s=rest), caps, start, many=True)
    search.notes.append(f"searched among {len(narrow.pools)} of {len(problem.pools)} pools; the bound is that of the linear relaxation")
    found = search.run()
    return replace(found, bound=min(drawn.bound, found.value), seconds=time.monotonic() - began, solves=found.solves + 1)


@dataclass
class Search:
    """One search: the program as it stands, and the best placement so far. `start` is one to begin with; `many`: too many ways to solve it whole."""

    problem: Problem
    objective: str
    limits: Limits
    caps: dict[str, float]
    start: Choice | None = None
    many: bool = False
    best: Choice | None = None
    value: float = math.inf
    bound: float = -math.inf
    solves: int = 0
    cuts: int = 0
    notes: list[str] = field(default_factory=list)
    _values: dict[str, float] = field(default_factory=dict)

    def run(self) -> Found:
        began = time.monotonic()
        self._ends = began + self.limits.time_limit_s
        self.program = programs.build(self.problem, self.objective, caps=self.caps)
        self.assessor = Assessor(self.problem)
        self.cutter = Cutter(self.problem, self.assessor, min(5.0, self.limits.time_limit_s / 10))
        if self.limits.write_lp:
            self.program.model.write_lp(self.limits.write_lp)
        answer = self._from_start(self.start) if self.many else self._to_the_end()
        return self._found(time.monotonic() - began, answer)

    def _to_the_end(self) -> Answer:
        """Solve, pace once, and cut until the program's solution keeps the goal, or time is up."""
        answer = self._master()
        while not self._settled(answer):
            if self.cuts == 0:
                assert self._ways is not None
                self._pace(self._ways, solver_value(self.program))
            if self._near() or self._left() <= 0:
                break
            self._cut()
            answer = self._master()
        return answer

    def _from_start(self, start: Choice | None) -> Answer:
        """Of a large problem: tasks divided over ways first, at a pace; then whole, all but a few as they were."""
        if start is not None:
            self._begin(start)
        pace = self._first_pace(start)
        while True:
            kept = large.divided(self.problem, self.objective, self.caps, pace, max(1.0, 0.6 * self._left()))
            self.solves += 1
            answer = self._rounded(kept or {}, pace)
            if not answer.found or self._keeps(self._read()):
                break
            pace = 0.97 * (pace or 0.0)
            if self._left() < 0.3 * self.limits.time_limit_s:
                return answer
        if answer.found:
            self._take(answer.objective)
        return answer

    def _first_pace(self, start: Choice | None) -> float | None:
        """A mean with as much between it and the goal at its percentile as the start has; None without a goal."""
        goals = self.problem.goals
        if goals.e2e_s is None or goals.late_usd_per_s is not None:
            return None
        if start is None:
            return 0.8 * goals.e2e_s
        ways, level = chosen_ways(self.problem, start), goals.quantile or 0.5
        return self.assessor.mean(ways) * goals.e2e_s / max(self.assessor.percentiles(ways, (level,))[level], 1e-12) * FIRST_PACE

    def _rounded(self, kept: Mapping[str, str], pace: float | None) -> Answer:
        """Solve with the ways of some tasks as they are."""
        rules = self.program.model.rules
        fixed = {f"as_divided[{task}]": self.program.x[task, way] == 1 for task, way in kept.items()}
        if pace is not None:
            fixed["pace"] = self.program.length <= pace
        rules.update(fixed)
        answer = self._solve(0.8, max(self.limits.gap / 2, PACE_GAP))
        for rule in fixed:
            del rules[rule]
        return answer

    def _left(self) -> float:
        return self._ends - time.monotonic()

    def _near(self) -> bool:
        return self.best is not None and self.value - self.bound <= self.limits.gap * max(abs(self.value), 1e-12)

    def _begin(self, start: Choice) -> None:
        """The start is the best so far, if the independent judge has nothing against it."""
        self._values = large.begin(self.program, start)
        if not self.caps and not any(judge.problems(self.problem, start, samples=2000)):
            self.best, self.value = start, self.assessor.figures(start).of(self.objective)

    def _solve(self, share: float = 1.0, gap: float | None = None) -> Answer:
        self.solves += 1
        model, near = self.program.model, self.limits.gap / 2 if gap is None else gap
        answer = solver.solve(model, time_limit_s=max(0.5, self._left() * share), gap=near, threads=self.limits.threads, start=self._values)
        self.notes += [note for note in answer.notes if note not in self.notes]
        return answer

    def _master(self) -> Answer:
        """Solve with the cuts so far. Raises InfeasibleError."""
        answer = self._solve()
        if answer.status == "infeasible" and self.best is None:
            raise self._infeasible()
        if answer.found and math.isfinite(answer.bound):
            self.bound = max(self.bound, answer.bound)
        elif answer.status == "infeasible":
            self.bound = self.value
        self._ways = self._read() if answer.found else None
        return answer

    def _read(self) -> dict[str, str]:
        """The way of each task, read by rounding."""
        return {task.name: next(way.name for way in task.ways if solver.chosen(self.program.x[task.name, way.name])) for task in self.problem.tasks}

    def _settled(self, answer: Answer) -> bool:
        """Whether there is nothing more to do: the program's solution keeps the goal, or none was found."""
        if self._ways is None:
            return True
        if self._keeps(self._ways):
            self._take(answer.objective)
            return True
        return False

    def _keeps(self, ways: Mapping[str, str]) -> bool:
        return self.assessor.keeps(chosen_ways(self.problem, Choice(ways, {})))

    def _take(self, value: float) -> None:
        """The solution that the variables hold is the best so far, if it is."""
        if value < self.value:
            self.value, self.best = value, self._choice()

    def _choice(self) -> Choice:
        replicas = {name: solver.integer(variable) for name, variable in self.program.n.items()}
        return Choice(self._read(), {name: count for name, count in replicas.items() if count}, tuple(key for key, z in self.program.z.items() if solver.chosen(z)))

    def _pace(self, ways: Mapping[str, str], mean_s: float) -> None:
        """Hold the mean to a pace, by bisection the slowest that the judge accepts: placements to fall back on.

        `ways` take `mean_s` on average: the first pace leaves as much between mean and percentile as they do.
        """
        goal = self.problem.goals.e2e_s or 0.0
        slow, quick = goal + self.program.slack_s, 0.0
        level = self.problem.goals.quantile or 0.5
        reached = self.assessor.percentiles(chosen_ways(self.problem, Choice(ways, {})), (level,))[level]
        pace = min(slow, mean_s * goal / max(reached, 1e-12) * FIRST_PACE)
        for _ in range(PACES):
            if self._left() <= 0 or slow - quick < 1e-3 * goal:
                break
            self.program.model.rules["pace"] = self.program.length <= pace
            answer = self._solve(0.15, max(self.limits.gap / 2, PACE_GAP))
            if not answer.found:
                quick = pace
            elif self._keeps(self._read()):
                self._take(answer.objective)
                quick = pace
            else:
                slow = pace
            pace = (slow + quick) / 2
        self.program.model.rules.pop("pace", None)

    def _cut(self) -> None:
        assert self._ways is not None
        expression = self.cutter.cut(self.program, chosen_ways(self.problem, Choice(self._ways, {})))
        if not expression:
            raise self._late()
        self.cuts += 1
        self.program.model.rule(f"quicker[{self.cuts}]", expression >= 1)

    def _found(self, seconds: float, answer: Answer) -> Found:
        if self.best is None:
            raise IntarsiaError(f"no placement was found in {self.limits.time_limit_s:g} s", mend="give more time with --time-limit")
        choice = self._fewest(self.best)
        return Found(
            choice, self.assessor.figures(choice), self.objective, self.value, min(self.bound, self.value), seconds, answer.solver, self.solves, self.cuts,
            answer.variables, answer.constraints, tuple(self.notes),
        )  # fmt: skip

    def _fewest(self, choice: Choice) -> Choice:
        """The same ways with the cheapest replicas that carry them: other objectives leave more of them than need be."""
        model, program = self.program.model, self.program
        if self.objective == "hourly":
            return choice
        objective, name = model.objective, model.objective_name
        fixed = {f"as_placed[{task}]": program.x[task, way] == 1 for task, way in choice.ways.items()}
        model.rules.update(fixed)
        held = ((pool.group * (self.problem.class_of(pool.name).usd_per_h or 1e-3), program.n[pool.name]) for pool in self.problem.pools)
        model.minimize(total(held), "replicas")
        answer = solver.solve(model, time_limit_s=10.0)
        fewer = self._choice() if answer.found else choice
        for rule in fixed:
            del model.rules[rule]
        model.minimize(objective, name)
        return fewer

    def _infeasible(self) -> InfeasibleError:
        """What to relax: the fewest limits of the program, or else the end-to-end goal."""
        if self.cuts:
            return self._late()
        excess = solver.smallest_relaxation(self.program.model, time_limit_s=max(5.0, self._left()))
        if len(excess) == 1 and excess[0].limit.name == programs.END_TO_END:
            return self._late()
        return solver.infeasible(self.program.model, MENDS)

    def _late(self) -> InfeasibleError:
        """How quick the quickest placement is."""
        goals = replace(self.problem.goals, e2e_s=None)
        quickest = Search(replace(self.problem, goals=goals), "latency", replace(self.limits, write_lp=None), self.caps).run()
        level = self.problem.goals.quantile
        reached = quickest.figures.percentiles[level] if level else quickest.figures.mean_s
        where = f"at {100 * level:g} % of requests" if level else "on average"
        subject = f"end-to-end time {where}: the quickest placement needs {reached:.3g} s, {self.problem.goals.e2e_s:.3g} allowed"
        return InfeasibleError(f"nothing fits: {subject}", mend="try looser goals, or faster devices")


def solver_value(program: Program) -> float:
    """Mean seconds of the longest path, as the last solve has it."""
    return float(program.length.value() or 0.0)


def pareto(problem: Problem, objective: str, points: int = 6, limits: Limits = Limits(), against: str = "latency") -> list[Found]:
    """Placements between the least of `objective` and the least of `against`, none of them beaten in both, best `objective` first.

    Against latency, each is the best under an end-to-end goal at the goals' percentile (without one, 95 %); else under a cap on `against`.
    Raises what `place` does.
    """
    if points < 2:
        raise InputError(f"a front needs at least two points, found {points}")
    level = problem.goals.quantile or 0.95
    free = replace(problem, goals=replace(problem.goals, e2e_s=None, quantile=level))

    def measure(found: Found) -> float:
        return found.figures.percentiles[level] if against == "latency" else found.figures.of(against)

    ends = [place(free, objective, limits, then=against), place(free, against, limits, then=objective)]
    high, low = (measure(end) for end in ends)
    found = list(ends)
    for number in range(1, points - 1):
        aim = low * (high / low) ** (number / (points - 1)) if low > 0 else high * number / (points - 1)
        try:
            if against == "latency":
                found.append(place(replace(free, goals=replace(free.goals, e2e_s=aim)), objective, limits))
            else:
                found.append(place(free, objective, limits, caps={against: aim}))
        except InfeasibleError:
            continue
    return _front(found, objective, measure)


def _front(found: list[Found], objective: str, measure: object) -> list[Found]:
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (round(f.figures.of(objective), 12), measure(f))):  # type: ignore[operator]
        if not kept or measure(one) < measure(kept[-1]) * (1 - 1e-6):  # type: ignore[operator]
            kept.append(one)
    return kept
