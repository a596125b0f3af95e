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
from intarsia.planner.placement.agents import drafts
from intarsia.planner.placement.agents import program as programs
from intarsia.planner.placement.agents.cuts import Cutter
from intarsia.planner.placement.agents.drafts import Drafter
from intarsia.planner.placement.agents.opening import Opening
from intarsia.planner.placement.agents.outcome import Assessor, Choice, Found, chosen_ways
from intarsia.planner.placement.agents.problem import OBJECTIVES, Problem, check
from intarsia.planner.placement.agents.variables import Program

TIME_LIMIT_S = 30.0
DRAFT_SHARE = 0.9
"""Of the time, for the outline of a problem whose whole program can be solved too."""
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
    first = _best(problem, objective, limits, dict(caps or {}))
    if then is None or then == objective:
        return first
    held = {**(caps or {}), objective: first.value * (1 + 1e-6) + 1e-12}
    try:
        second = _best(problem, then, limits, held)
    except IntarsiaError:
        return first
    return replace(second, objective=objective, value=first.value, bound=first.bound, seconds=first.seconds + second.seconds, solves=first.solves + second.solves)


def _best(problem: Problem, objective: str, limits: Limits, caps: dict[str, float]) -> Found:
    """By way of the outline where there are many tasks; by the whole program where that leaves a gap, or there are few."""
    began = time.monotonic()
    if not drafts.worth(problem):
        return Search(problem, objective, limits, caps).run()
    drafter = Drafter(problem, objective, caps, limits.time_limit_s * (1.0 if drafts.many(problem) else DRAFT_SHARE), limits.gap, Assessor(problem))
    drafter.run()
    left = limits.time_limit_s - (time.monotonic() - began)
    if drafter.near or (drafter.best is not None and (drafts.many(problem) or left < 1)):
        if limits.write_lp:
            programs.build(problem, objective, caps=caps).model.write_lp(limits.write_lp)
        return drafter.found(time.monotonic() - began)
    search = Search(problem, objective, replace(limits, time_limit_s=max(1.0, left)), caps, drafter.best, drafter.value, drafter.bound, closed=drafter.closed)
    found = search.run()
    return replace(found, seconds=time.monotonic() - began, solves=found.solves + drafter.solves)


@dataclass
class Search:
    """One search of the whole program as it stands, and the best placement so far. `closed`: sets of pools of which one at least must be open."""

    problem: Problem
    objective: str
    limits: Limits
    caps: dict[str, float]
    best: Choice | None = None
    value: float = math.inf
    bound: float = -math.inf
    solves: int = 0
    cuts: int = 0
    closed: list[frozenset[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def run(self) -> Found:
        began = time.monotonic()
        self._ends = began + self.limits.time_limit_s
        self.program = programs.build(self.problem, self.objective, caps=self.caps)
        self.assessor = Assessor(self.problem)
        seconds = min(5.0, self.limits.time_limit_s / 10)
        self.cutter = Cutter(self.problem, self.assessor, seconds)
        self.opening = Opening(self.problem, self.cutter, seconds)
        if self.limits.write_lp:
            self.program.model.write_lp(self.limits.write_lp)
        self._open(self.closed)
        answer = self._to_the_end()
        return self._found(time.monotonic() - began, answer)

    def _to_the_end(self) -> Answer:
        """Solve, pace once, and cut until the program's solution keeps the goal, or time is up."""
        answer, paced = self._master(), self.best is not None
        while not self._settled(answer) and not self._near() and self._left() > 0:
            if not self._open(self.opening.closed(frozenset(self._choice().replicas))):
                if not paced:
                    assert self._ways is not None
                    self._pace(self._ways, solver_value(self.program))
                    paced = True
                    if self._near() or self._left() <= 0:
                        break
                self._cut()
            answer = self._master()
        return answer

    def _open(self, closed: list[frozenset[str]]) -> bool:
        """One at least of each set of pools is to be open; whether there were any. Raises InfeasibleError where no pool could help."""
        for pools in closed:
            if not pools:
                raise self._late()
            self.cuts += 1
            self.program.model.rule(f"open[{self.cuts}]", total((1.0, self.program.n[pool]) for pool in pools) >= 1)
        return bool(closed)

    def _left(self) -> float:
        return self._ends - time.monotonic()

    def _near(self) -> bool:
        return self.best is not None and self.value - self.bound <= self.limits.gap * max(abs(self.value), 1e-12)

    def _solve(self, share: float = 1.0, gap: float | None = None) -> Answer:
        self.solves += 1
        model, near = self.program.model, self.limits.gap / 2 if gap is None else gap
        start = programs.values_of(self.program, self.best) if self.best else None
        answer = solver.solve(model, time_limit_s=max(0.5, self._left() * share), gap=near, threads=self.limits.threads, start=start)
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
        self._ways = programs.ways_of(self.program) if answer.found else None
        return answer

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
        return programs.choice_of(self.program)

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
            elif self._keeps(programs.ways_of(self.program)):
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
