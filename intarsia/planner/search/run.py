"""A search under way: its candidates, what is known of them, and the runs that say more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from intarsia.errors import InputError
from intarsia.planner.search import assess, bounds, engines, outcome, tuning
from intarsia.planner.search.compose import Candidate, Make
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.scenario import NORMAL, Scenario
from intarsia.planner.search.space import Deployment

Simulate = Callable[..., Outcome]
"""Runs the problem's workload on a deployment, or a Scenario of it where that is long. It must be fit for other processes: a function of a module, or an object that pickles."""
Watch = Callable[[float, str], None]
"""Takes the share of the work that is done, and the best so far or what is being done."""
FEWEST_SCOUTS = 128
VARIED = 3
"""Of the best plans, how many are tried with other policies."""
HOPEFUL, CLOSE = 0.5, 0.9
"""Of the good requests of the best scout, what a plan must have to get all requests: a cheaper one than the best, and any other. The first requests tell the share of good ones to
about a tenth."""
MARGIN = 2.0
"""Of limits, where only the first requests are simulated: iterations of all requests are taken to hold up to twice as many tokens and sequences."""
PRICING_SHARE = 0.3
"""Of the progress bar."""


@dataclass(frozen=True)
class Options:
    """`objective` "" weighs by the Pareto front. `simulations` and `seconds` (of this clock) bound the search, 0 for no bound: then the best is proven.

    Long workloads are scouted with a quarter of their requests, `scouts` at most (0: none is), and `finals` of the plans simulated so get all. `tunings` more
    simulations may go into parameters of policies (0: they stay as they are); any number where simulations have no bound.
    """

    objective: str = ""
    simulations: int = 12
    scouts: int = 1000
    finals: int = 5
    tunings: int = 12
    seconds: float = 0.0
    engine: str = "processes"
    workers: int = 0

    def __post_init__(self) -> None:
        if self.objective and self.objective not in outcome.OBJECTIVES:
            raise InputError(f"there is no objective {self.objective!r}", mend=f"choose one of {', '.join(outcome.OBJECTIVES)}")
        if self.engine not in engines.NAMES:
            raise InputError(f"there is no engine {self.engine!r}", mend=f"choose one of {', '.join(engines.NAMES)}")
        if min(self.simulations, self.seconds, self.workers, self.scouts, self.tunings) < 0 or self.finals < 1:
            raise InputError("simulations, seconds, workers, scouts and tunings must be zero or more, and finals at least one")

    def scouting(self, requests: int) -> int:
        """Requests of scouting runs; 0 where all are simulated at once."""
        few = min(self.scouts, max(FEWEST_SCOUTS, requests // 4))
        return few if self.simulations > self.finals and requests > 2 * few else 0


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


@dataclass
class Run:
    """A search under way. `done`: outcomes by candidate, of all requests, or, while scouts run, of the first ones; `served`: requests that were simulated so far;
    `tried`: sentences about policies and settings; `margin`: by how much more all requests may press on limits than those that outcomes are of."""

    asked: Problem
    options: Options
    candidates: list[Candidate]
    estimates: list[Outcome]
    limits: list[Outcome]
    counts: Counts
    order: list[int]
    most: int
    work: bounds.Work
    done: dict[int, Outcome] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    margin: float = 1.0
    served: int = 0
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
    def share(self) -> float:
        """About how much of the search is done: of the requests of all simulations that may come, those that are served."""
        options, whole = self.options, len(self.asked.workload)
        few = options.scouting(whole)
        choices = self.asked.choices
        more = VARIED * (len(choices.policies) - 1) + len(choices.routers) - 1 + options.tunings
        first = (min(options.simulations or len(self.candidates), len(self.candidates)) + more) * (few or whole)
        return PRICING_SHARE + (1 - PRICING_SHARE) * min(0.99, self.served / (first + (options.finals * whole if few else 0)))

    @property
    def late(self) -> bool:
        """The seconds that were granted are over."""
        return self.options.seconds > 0 and time.monotonic() - self.started > self.options.seconds

    def _spent(self, given: int) -> bool:
        return (given > 0 and self.late) or bool(self.most and given >= self.most)

    @property
    def leader(self) -> int:
        """The best candidate of those that are done."""
        return outcome.best(self.done.items(), self.asked.goals, self.options.objective)[0]

    def add(self, like: int, more: Sequence[Candidate]) -> list[int]:
        """Candidates on the same devices as another one, which are estimated as it is; gives their places."""
        first, made = len(self.candidates), self.candidates[like].deployment
        self.candidates += more
        self.estimates += [self.estimates[like]] * len(more)
        self.limits += [self.limits[like] if bounds.alike(made, candidate.deployment) else bounded(self.asked, candidate, self.work) for candidate in more]
        self.counts.candidates += len(more)
        return list(range(first, len(self.candidates)))

    def add_new(self, candidate: Candidate) -> int:
        """The place of a candidate, which may not be among them yet."""
        known = next((place for place, other in enumerate(self.candidates) if other.deployment == candidate.deployment), None)
        if known is not None:
            return known
        self.candidates.append(candidate)
        self.estimates += assess.assess(self.asked, [candidate])
        self.limits.append(bounded(self.asked, candidate, self.work))
        self.counts.candidates += 1
        return len(self.candidates) - 1

    def finalists(self, scouted: dict[int, Outcome]) -> list[int]:
        """Of the candidates that were scouted, those that get all requests: the best by each objective in turn, of each make the best one. With goals, the two best ones, and none
        beside them that has less than CLOSE of the best one's good requests, or, for less money, than HOPEFUL."""
        asked = self.asked
        first: dict[Make, int] = {}
        for place in outcome.best(scouted.items(), asked.goals, self.options.objective):
            first.setdefault(self.candidates[place].make, place)
        if asked.goals.any and not self.options.objective:
            best, *others = first.values()
            most, usd = max(found.good for found in scouted.values()), scouted[best].usd_per_h
            near = [place for place in others[1:] if scouted[place].good >= (HOPEFUL if scouted[place].usd_per_h < usd else CLOSE) * most]
            places = [best, *(place for place in others[:1] if scouted[place].good >= HOPEFUL * most), *near]
        else:
            places = list(first.values())
        places.sort()
        return [places[i] for i in assess.order(asked, [scouted[place] for place in places], self.options.objective)][: self.options.finals]

    def hopeless(self, place: int) -> bool:
        """Whether what was simulated beats the best that the candidate could do, by the objective or in every one of the front's, or shows that it does the same as another."""
        return self._beaten(place) or self._shown(place)

    def _shown(self, place: int) -> bool:
        """Whether it differs from one that is done in limits alone that no iteration came near. First requests come less near than all."""
        made = self.candidates[place].deployment
        return any(tuning.same_by_limits(self.asked, made, self.candidates[other].deployment, found, self.margin) for other, found in self.done.items())

    def _beaten(self, place: int) -> bool:
        goals, limit = self.asked.goals, self.limits[place]
        if self.options.objective:
            worst = outcome.key(limit, goals, self.options.objective)
            return any(outcome.key(found, goals, self.options.objective) <= worst for found in self.done.values())
        best = outcome.vector(limit, goals)
        return any(all(a >= b for a, b in zip(outcome.vector(found, goals), best, strict=True)) for found in self.done.values())


def bounded(asked: Problem, candidate: Candidate, work: bounds.Work) -> Outcome:
    """What no run of a candidate can beat."""
    return bounds.optimistic(asked, candidate.deployment, [part.design.steps for part in candidate.parts], work)


def simulate_all(run: Run, simulate: Simulate, scenario: Scenario, watch: Watch) -> bool:
    """Fills `run.done`; gives whether it was interrupted."""
    work = Task(simulate, [candidate.deployment for candidate in run.candidates], scenario)
    try:
        for place, found in engines.run(run.options.engine, run.jobs(), work, run.options.workers):
            run.done[place] = found
            run.served += scenario.requests or len(run.asked.workload)
            watch(run.share, f"best so far: {run.candidates[run.leader].deployment}")
    except KeyboardInterrupt:
        if not run.done:
            raise
        return True
    return False


@dataclass(frozen=True)
class Task:
    """Simulates the candidate of a place."""

    simulate: Simulate
    deployments: Sequence[Deployment]
    scenario: Scenario

    def __call__(self, place: int) -> Outcome:
        return self.simulate(self.deployments[place]) if self.scenario == NORMAL else self.simulate(self.deployments[place], self.scenario)
