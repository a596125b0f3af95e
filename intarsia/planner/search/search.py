"""The search: every plan -> those that are legal -> those worth simulating -> the best.

    layouts ──rules──▶ legal ──prices──▶ designs ──estimate──▶ undominated ──compose──▶ candidates, best estimate first ──scouted──▶ finalists ──bounds──▶ simulated ──▶ ranked

A long workload is scouted first: its first requests alone choose the finalists that get all of them.

Any moment has a best so far: an interrupt, or the end of the seconds or simulations that were granted, returns it. A candidate is left out for good only where its bound shows that
it can't be better; candidates that were merely not reached are counted as open.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.search import assess, bounds, compose, design, engines, outcome, problem, rules, space
from intarsia.planner.search.compose import Candidate
from intarsia.planner.search.design import Design, Pricing
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.scenario import NORMAL, Scenario
from intarsia.planner.search.space import Deployment
from intarsia.planner.search.variants import variants

Simulate = Callable[..., Outcome]
"""Runs the problem's workload on a deployment, or a Scenario of it where that is long. It must be fit for other processes: a function of a module, or an object that pickles."""
Watch = Callable[[float, str], None]
"""Takes the share of the work that is done, and the best so far or what is being done."""
FEWEST_SCOUTS = 128
PRICING_SHARE = 0.3
"""Of the progress bar."""


@dataclass(frozen=True)
class Options:
    """`objective` "" weighs by the Pareto front. `simulations` and `seconds` (of this clock) bound the search, 0 for no bound: then the best is proven.

    Long workloads are scouted with a quarter of their requests, `scouts` at most (0: none is), and `finals` of the plans simulated so get all.
    """

    objective: str = ""
    simulations: int = 12
    scouts: int = 1000
    finals: int = 5
    seconds: float = 0.0
    engine: str = "processes"
    workers: int = 0

    def __post_init__(self) -> None:
        if self.objective and self.objective not in outcome.OBJECTIVES:
            raise InputError(f"there is no objective {self.objective!r}", mend=f"choose one of {', '.join(outcome.OBJECTIVES)}")
        if min(self.simulations, self.seconds, self.workers, self.scouts) < 0 or self.finals < 1:
            raise InputError("simulations, seconds, workers and scouts must be zero or more, and finals at least one")

    def scouting(self, requests: int) -> int:
        """Requests of scouting runs; 0 where all are simulated at once."""
        few = min(self.scouts, max(FEWEST_SCOUTS, requests // 4))
        return few if self.simulations > self.finals and requests > 2 * few else 0


@dataclass(frozen=True)
class Ranked:
    """A simulated candidate: what it is predicted to do, what was estimated, and its bound."""

    candidate: Candidate
    outcome: Outcome
    estimate: Outcome
    bound: Outcome


@dataclass
class Counts:
    """How many plans each part of the search saw."""

    layouts: int = 0
    legal: int = 0
    designs: int = 0
    undominated: int = 0
    candidates: int = 0
    bounded: int = 0
    scouted: int = 0
    simulated: int = 0
    open: int = 0


@dataclass(frozen=True)
class Found:
    """The ranked plans, best first; `front`: places in `plans` of those that no other beats in every objective. `proven`: no candidate that was left out can be better."""

    problem: Problem
    options: Options
    plans: list[Ranked]
    front: list[int]
    excluded: Excluded
    counts: Counts
    proven: bool
    interrupted: bool
    seconds: float

    @property
    def best(self) -> Ranked:
        return self.plans[0]


@dataclass
class Run:
    """A search under way."""

    asked: Problem
    options: Options
    candidates: list[Candidate]
    estimates: list[Outcome]
    limits: list[Outcome]
    counts: Counts
    order: list[int]
    most: int
    done: dict[int, Outcome] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def jobs(self) -> Iterator[int]:
        """Candidates in order, as long as there is time, without those that a bound excludes by now."""
        given = 0
        for place in self.order:
            if self._spent(given):
                return
            if self.hopeless(place):
                self.counts.bounded += 1
                continue
            given += 1
            yield place

    @property
    def late(self) -> bool:
        """The seconds that were granted are over."""
        return self.options.seconds > 0 and time.monotonic() - self.started > self.options.seconds

    def _spent(self, given: int) -> bool:
        return (given > 0 and self.late) or bool(self.most and given >= self.most)

    def add(self, like: int, more: Sequence[Candidate]) -> list[int]:
        """Candidates that are estimated and bounded as another is; gives their places."""
        first = len(self.candidates)
        self.candidates += more
        self.estimates += [self.estimates[like]] * len(more)
        self.limits += [self.limits[like]] * len(more)
        self.counts.candidates += len(more)
        return list(range(first, len(self.candidates)))

    def finalists(self, scouted: dict[int, Outcome]) -> list[int]:
        """The candidates that were scouted, in the order of what they did, the best by each objective in turn."""
        places = sorted(scouted)
        return [places[i] for i in assess.order(self.asked, [scouted[place] for place in places], self.options.objective)]

    def hopeless(self, place: int) -> bool:
        """Whether what was simulated beats the best that the candidate could do: by the objective, or in every one of the front's."""
        goals, limit = self.asked.goals, self.limits[place]
        if self.options.objective:
            worst = outcome.key(limit, goals, self.options.objective)
            return any(outcome.key(found, goals, self.options.objective) <= worst for found in self.done.values())
        best = outcome.vector(limit, goals)
        return any(all(a >= b for a, b in zip(outcome.vector(found, goals), best, strict=True)) for found in self.done.values())


def search(asked: Problem, options: Options, pricing: Pricing, simulate: Simulate, watch: Watch = lambda share, text: None) -> Found:
    """The ranked plans. Raises InputError for a problem that makes no sense, InfeasibleError where no plan fits, saying by how much."""
    problem.check(asked)
    began, counts, excluded = time.monotonic(), Counts(), Excluded()
    found = priced(asked, pricing, excluded, counts, watch)
    candidates = compose.candidates(asked, found)
    if not candidates:
        raise InfeasibleError("no plan is within the power budget and the modes that were asked for", mend="allow more watts, devices or modes")
    counts.candidates = len(candidates)
    work = bounds.Work.of(asked)
    limits = [bounds.optimistic(asked, candidate.deployment, [part.design.steps for part in candidate.parts], work) for candidate in candidates]
    estimates = assess.assess(asked, candidates)
    run = Run(asked, options, candidates, estimates, limits, counts, assess.order(asked, estimates, options.objective), options.simulations, started=began)
    interrupted = _scout(run, simulate, watch) or _simulate(run, simulate, NORMAL, watch) or _vary(run, simulate, watch)
    return _result(run, excluded, interrupted)


def _scout(run: Run, simulate: Simulate, watch: Watch) -> bool:
    """Leaves finalists in `run.order`; an interrupt makes do with what scouts saw, and is given."""
    requests = run.options.scouting(len(run.asked.workload))
    if not requests:
        return False
    if _simulate(run, simulate, Scenario(requests=requests), watch):
        return True
    run.order, run.most, run.counts.scouted = run.finalists(run.done), run.options.finals, len(run.done)
    run.done = {}
    return False


def _vary(run: Run, simulate: Simulate, watch: Watch) -> bool:
    """Other policies and routers for the best plan; of a long workload, the one variant that does best on its first requests, if it beats the plan there."""
    best = _leader(run)
    places = run.add(best, list(variants(run.asked, run.candidates[best])))
    if not places or run.late:
        return False
    if requests := run.options.scouting(len(run.asked.workload)):
        whole, run.done, run.order = run.done, {}, [best, *places]
        interrupted = _simulate(run, simulate, Scenario(requests=requests), watch)
        places, run.done = [place for place in [_leader(run)] if run.done and place != best], whole
        if interrupted:
            return True
    run.order, run.most = places, 0
    return _simulate(run, simulate, NORMAL, watch)


def priced(asked: Problem, pricing: Pricing, excluded: Excluded, counts: Counts, watch: Watch) -> list[Design]:
    """Legal designs with their prices, without those that another beats in everything. Raises InfeasibleError where there are none."""
    layouts = [replica for stock in asked.fleet for replica in space.layouts(asked, stock)]
    legal = rules.legal(asked, layouts, excluded)
    if not legal:
        raise infeasible(asked, excluded)
    found = design.designs(asked, legal, pricing, excluded, lambda share: watch(PRICING_SHARE * share, f"pricing {len(legal)} layouts"))
    kept = design.undominated(found)
    counts.layouts, counts.legal, counts.designs, counts.undominated = len(layouts), len(legal), len(found), len(kept)
    if not kept:
        raise infeasible(asked, excluded)
    return kept


def infeasible(asked: Problem, excluded: Excluded) -> InfeasibleError:
    """Why nothing fits: the rules that excluded plans, the nearest miss in memory, and the smallest fleet that fits."""
    fleet = " + ".join(f"{stock.count} x {stock.device.name}" for stock in asked.fleet)
    reasons = ", ".join(f"{name} ({count})" for name, count in sorted(excluded.counts.items(), key=lambda item: -item[1]))
    near = next((excluded.nearest[name] for name in ("weights-fit", "longest-request-fits", "power-budget") if name in excluded.nearest), "")
    miss = f"; the nearest is {near}" if near else ""
    return InfeasibleError(
        f"{asked.name} can't be served on {fleet}: every plan breaks a rule: {reasons}{miss}", mend=f"the smallest fleet that fits is {design.smallest(asked)}; or use fewer bits"
    )


def _simulate(run: Run, simulate: Simulate, scenario: Scenario, watch: Watch) -> bool:
    """Fills `run.done`; gives whether it was interrupted."""
    most = min(run.most or len(run.order), len(run.order))
    work = Work(simulate, [candidate.deployment for candidate in run.candidates], scenario)
    try:
        for place, found in engines.run(run.options.engine, run.jobs(), work, run.options.workers):
            run.done[place] = found
            watch(PRICING_SHARE + (1 - PRICING_SHARE) * len(run.done) / most, f"best so far: {run.candidates[_leader(run)].deployment}")
    except KeyboardInterrupt:
        if not run.done:
            raise
        return True
    return False


@dataclass(frozen=True)
class Work:
    """Simulates the candidate of a place."""

    simulate: Simulate
    deployments: Sequence[Deployment]
    scenario: Scenario

    def __call__(self, place: int) -> Outcome:
        return self.simulate(self.deployments[place]) if self.scenario == NORMAL else self.simulate(self.deployments[place], self.scenario)


def _leader(run: Run) -> int:
    return outcome.best(run.done.items(), run.asked.goals, run.options.objective)[0]


def _result(run: Run, excluded: Excluded, interrupted: bool) -> Found:
    asked, options, counts = run.asked, run.options, run.counts
    counts.simulated = len(run.done)
    missed = [place for place in range(len(run.candidates)) if place not in run.done and not run.hopeless(place)]
    counts.open = len(missed)
    counts.bounded = counts.candidates - counts.simulated - counts.open
    places = outcome.best(run.done.items(), asked.goals, options.objective)
    plans = [Ranked(run.candidates[place], run.done[place], run.estimates[place], run.limits[place]) for place in places]
    front = outcome.front([outcome.vector(plan.outcome, asked.goals) for plan in plans])
    return Found(asked, options, plans, front, excluded, counts, not missed, interrupted, time.monotonic() - run.started)
