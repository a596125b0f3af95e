"""Who is simulated first, and under which load the rest is looked at.

Estimates know a workload's mean rate and lengths. Bursts and long prompts press harder than these; by how much only simulations tell. So with goals the plans are taken in rounds
of ROUND: in the order of the estimates, and, once a plan has missed goals that its estimate promised, half of them from a heavier load: plans are composed and estimated anew
at so many times the rate (the press) that no estimate promises what was missed, and the best of those are next. A plan that keeps the goals bounds the press from above; then a
load in between is tried, for the cheapest plan lies there, and the same plan in fewer replicas.

A round's plans differ in more than the limits of their iterations, as far as that is possible: a run may show that its limits don't matter (tuning.py), and then those that differ
in them alone need none.

Rounds wait for all of their simulations, so that the next one doesn't depend on which ends first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from intarsia.planner.search import assess, compose, outcome, tuning
from intarsia.planner.search.compose import Candidate, Make
from intarsia.planner.search.design import Design
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.run import Run, Simulate, Watch, simulate_all
from intarsia.planner.search.scenario import Scenario
from intarsia.planner.search.space import Deployment

ROUND = 4
PRESSES = tuple(1.25**step for step in range(10))
"""Multiples of the rate at which the estimates of simulated plans are asked whether they promise the goals, up to 7.5."""
GROWTH = 1.5
"""Beyond what was promised and missed, as long as nothing keeps the goals."""


def scout(run: Run, designs: list[Design], simulate: Simulate, scenario: Scenario, watch: Watch) -> bool:
    """Fills `run.done` with the first simulations, as many as were granted; gives whether it was interrupted."""
    asked, most = run.asked, run.most
    if not most or not asked.goals.any or run.options.objective or not math.isfinite(asked.rate):
        return simulate_all(run, simulate, scenario, watch)
    estimated, press = list(run.order), Press(asked, designs)
    while len(run.done) < most and not run.late:
        run.order, run.most = _next(run, press, estimated, min(ROUND, most - len(run.done))), 0
        if not run.order:
            break
        if simulate_all(run, simulate, scenario, watch):
            return True
    return False


def _next(run: Run, press: Press, estimated: list[int], count: int) -> list[int]:
    """The places of the next round's candidates."""
    heavier = press.load(run)
    known = {run.candidates[place].make for place in run.done}
    wanted = [*fewer(run), *press.plans(heavier, known, (count + 1) // 2)][: (count + 1) // 2] if heavier > 1 else []
    more = [run.add_new(candidate) for candidate in wanted]
    places = [place for place in more if not run.hopeless(place)]
    others = (place for place in estimated if place not in run.done and place not in places and not run.hopeless(place))
    return places + _unlike(run, others, count - len(places))


def _unlike(run: Run, places: Iterator[int], count: int) -> list[int]:
    """The first that differ in more than their limits, as long as there are such: what one of the others does may show that its limits don't matter."""
    found: dict[Deployment, int] = {}
    put_off = []
    for place in places:
        if len(found) == count:
            break
        if found.setdefault(tuning.without_limits(run.candidates[place].deployment), place) != place:
            put_off.append(place)
    return [*found.values(), *put_off][:count]


def fewer(run: Run) -> list[Candidate]:
    """The cheapest plan that keeps the goals in fewer replicas: half-way to what has missed them, or to what the estimate says is needed at least."""
    goals = run.asked.goals
    alone = {place: run.candidates[place].parts[0] for place in run.done if len(run.candidates[place].parts) == 1}
    kept = [place for place in alone if run.done[place].meets(goals)]
    if not kept:
        return []
    best = alone[outcome.best([(place, run.done[place]) for place in kept], goals, "")[0]]
    missed = [part.count for place, part in alone.items() if place not in kept and part.design is best.design]
    low = max([math.ceil(run.asked.rate / best.design.capacity) - 1, *missed]) if best.design.capacity else max(missed, default=0)
    middle = (low + best.count) // 2
    return [Candidate((replace(best, count=middle),), middle * best.design.capacity)] if low < middle < best.count else []


@dataclass
class Press:
    """Loads heavier than the problem's own."""

    asked: Problem
    designs: list[Design]
    promised: dict[int, float] = field(default_factory=dict)

    def at(self, press: float) -> Problem:
        """The problem at so many times its rate."""
        return replace(self.asked, workload=self.asked.workload.at_rate(press * self.asked.rate))

    @cached_property
    def loads(self) -> list[Problem]:
        return [self.at(press) for press in PRESSES]

    def load(self, run: Run) -> float:
        """How many times the rate estimates have to be asked for, by what is simulated so far; 1 where they were right."""
        self._learn(run)
        missed = [self.promised[place] for place, found in run.done.items() if not found.meets(self.asked.goals)]
        kept = [self.promised[place] for place, found in run.done.items() if found.meets(self.asked.goals)]
        low = max(missed, default=0.0)
        if low < 1:
            return 1.0
        return math.sqrt(low * min(kept)) if kept and min(kept) > low else min(kept) if kept else GROWTH * low

    def plans(self, press: float, known: set[Make], count: int) -> list[Candidate]:
        """The most promising plans at a load, none of a make that is known."""
        problem, found = self.at(press), list[Candidate]()
        candidates = compose.candidates(problem, self.designs)
        for place in outcome.best(enumerate(assess.assess(problem, candidates)), problem.goals, ""):
            if candidates[place].make not in known:
                known = known | {candidates[place].make}
                found.append(candidates[place])
            if len(found) == count:
                break
        return found

    def _learn(self, run: Run) -> None:
        """The heaviest load at which the estimate of each simulated plan promises the goals; 0 where not even its own is."""
        new = [place for place in run.done if place not in self.promised]
        self.promised |= dict.fromkeys(new, 0.0)
        for press, problem in zip(PRESSES, self.loads, strict=True):
            estimates = assess.assess(problem, [run.candidates[place] for place in new])
            self.promised |= {place: press for place, estimate in zip(new, estimates, strict=True) if estimate.meets(problem.goals)}
