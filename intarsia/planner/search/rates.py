"""The highest rate that a fleet sustains: which plan bears most of such requests within the goals, and how many a second.

A rate is told under a load that lasts (lasting.py): a workload that would be over before that goes on. Makes are compared with the first requests, which are cheap and bear more
than all would. What decoding replicas bear for long is known without a run (Little's law), and no plan is asked for more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from intarsia.errors import InputError
from intarsia.planner.search import lasting, tuning, variants
from intarsia.planner.search.climb import NEAR, RATE_STEP, Borne, Climb
from intarsia.planner.search.compose import HEADROOM, Candidate
from intarsia.planner.search.lasting import Lasted
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.questions import ALIKE, LADDERS, TUNED, Answer, Counted, Kinds, Simulate, by_kinds, satisfies, unreachable
from intarsia.planner.search.scenario import Scenario
from intarsia.planner.search.space import Deployment

SCOUTS, SCOUT_STEP, TRIAL = 128, 1.1, 1.5
"""Requests with which makes are compared first, and how near their highest rates are found then: above what they sustain for long. All are tried at TRIAL times the highest rate
that is estimated."""
CHEAP = 2 * lasting.FEWEST
"""Requests of loads with which other policies and parameters are tried where scouts can't tell them apart."""
LONGER = 2.0
"""A request of a load that lasts takes up to about so many times as long as a scout's."""


def highest_rate(
    problem: Problem, candidates: Sequence[Candidate], simulate: Simulate, simulations: int = 0, watch: Callable[[str], None] = lambda text: None,
) -> Answer:  # fmt: skip
    """The plan that sustains the highest rate of such requests within the goals, and that rate. At most `simulations` runs for each set of kinds (0: as many as it takes).

    Raises InfeasibleError where the goals fail at any rate, InputError for a workload without arrival times.
    """
    if not problem.workload.rate_per_s:
        raise InputError("the workload has no rate: all its requests come at once", mend="give one with arrival times")
    found: dict[Kinds, Answer] = {}
    failed: list[Outcome] = []
    tried = 0
    for kinds, group in by_kinds((candidate, candidate) for candidate in candidates).items():
        asked = Asked(problem, Counted(simulate, {}, 2 * simulations), Counted(simulate, {}, simulations), watch)
        parts = [answer for part, answer in found.items() if set(part) < set(kinds)]
        answer = asked.highest(group, max((part.rate for part in parts), default=0.0))
        tried += len(asked.run.known) + len(asked.scouts.known)
        if answer:
            found[kinds] = answer
        elif not parts:
            failed += _whole(simulate, asked.run.known or asked.scouts.known)
    if not found:
        raise unreachable(problem, failed)
    return replace(max(found.values(), key=lambda answer: answer.rate), tried=tried)


def rate_of(problem: Problem, deployment: Deployment, guess: float, simulate: Simulate) -> float:
    """The highest rate within the goals of one plan, looked for from a guess; 0 where the goals fail at any."""
    return Asked(problem, Counted(simulate, {}), Counted(simulate, {})).rate(deployment, Climb(guess)).rate


def sustains(problem: Problem, outcome: Outcome) -> bool:
    """Whether a plan keeps up, and keeps the goals."""
    return outcome.sustained and satisfies(problem, outcome)


def ceiling(problem: Problem, candidate: Candidate) -> float:
    """Requests a second that replicas which decode bear within the goal for TPOT, as full as they come to be (Little's law), if prompts took no time."""
    return sum(part.count * part.design.decodes for part in candidate.parts if part.role in ("serve", "decode")) or math.inf


def _whole(simulate: Simulate, known: Mapping[tuple[Deployment, Scenario], Outcome]) -> list[Outcome]:
    """Outcomes to the end of their runs: of each deployment that failed at the lowest rate."""
    lowest = dict(sorted(known, key=lambda pair: -pair[1].rate))
    return [simulate(deployment, replace(scenario, judged=False)) for deployment, scenario in lowest.items()]


@dataclass
class Asked:
    """The question about plans of one set of kinds. `scouts` run the first requests, `run` whole loads; `varied`: other policies and parameters were tried.

    By plan, as far as they are known: `expected_s`, what a request takes, and `least`, requests that a load has to have.
    """

    problem: Problem
    scouts: Counted
    run: Counted
    watch: Callable[[str], None] = lambda text: None
    varied: bool = False
    expected_s: dict[Deployment, float] = field(default_factory=dict)
    least: dict[Deployment, int] = field(default_factory=dict)

    def highest(self, candidates: Sequence[Candidate], above: float) -> Answer | None:
        """The highest rate of some plans, where it is a step above what is known; the best is asked whether it bears more with other policies and parameters."""
        best: Answer | None = None
        for candidate, guess in self._scouted(makes(candidates), above):
            better = self._better(candidate, guess, best.rate if best else above, near=NEAR)
            if better:
                best = better
                self.watch(f"{better.rate:.3g} requests/s with {candidate.deployment}")
            if self.run.spent and (best or above):
                break
        return self._varied(best) if best and not self.varied and best.requests <= CHEAP else best

    def _varied(self, best: Answer) -> Answer:
        """The best plan with other policies, and with other parameters as long as one of them bears a step more."""
        for other in variants.policies(self.problem, best.candidate):
            best = (not self.run.spent and self._better(other, best.rate, best.rate)) or best
        for _ in range(TUNED):
            moves = tuning.moves(self.problem, best.candidate, best.outcome, far=True)
            better = next((found for other in moves if not self.run.spent and (found := self._better(other, best.rate, best.rate))), None)
            if better is None:
                break
            best = better
        return best

    def _better(self, candidate: Candidate, guess: float, above: float, near: int = 0) -> Answer | None:
        """The highest rate of one plan, where it is a step above what is known."""
        rate, outcome, requests = self.rate(candidate.deployment, Climb(guess, near=near, ceiling=ceiling(self.problem, candidate)), above)
        return Answer(candidate, outcome, rate, 0, requests) if outcome else None

    def rate(self, deployment: Deployment, climb: Climb, above: float = 0.0) -> Borne:
        """The highest rate of one plan under a load that lasts; nothing where it isn't a step above the best so far."""
        return climb.highest(self._share, above, lambda rate: self._at(deployment, rate), lambda: self.run.spent)

    def _at(self, deployment: Deployment, rate: float) -> Lasted:
        """What a plan does at a rate."""
        problem = self.problem
        expected = self.expected_s.get(deployment, lasting.promised_s(problem))
        least = lasting.needed(problem, rate, lasting.SPARE * expected) if math.isfinite(expected) else 0
        found = lasting.outcome_at(problem, deployment, rate, self.run, lambda outcome: sustains(problem, outcome), max(least, self.least.get(deployment, 0)))
        if found.keeps:
            self.expected_s[deployment], self.least[deployment] = lasting.taken_s(found.outcome), found.requests
        return found

    @property
    def _share(self) -> float:
        return self.problem.goals.percentile / 100 if self.problem.goals.any else math.nan

    # With the first requests.

    def _scouted(self, plans: Sequence[Candidate], above: float) -> list[tuple[Candidate, float]]:
        """Makes with a guess of their highest rates by what the first requests say, the best first; those that come to less drop out.

        All are tried at one rate first, a little above what is estimated, so that the best is looked for first, and the others are asked no more than whether they beat it. Those
        that bear it aren't asked for more, as batches aren't full so soon, unless prefixes are shared, of which estimates know nothing. Where none does, the best is tried with
        other policies and parameters, too: whether it bears a step more.
        Where a rate is known that they must be `above`, those that don't sustain it with the first requests drop out before.
        """
        if above:
            plans = [plan for plan in plans if ceiling(self.problem, plan) > above * RATE_STEP and self._scout(plan.deployment, above * RATE_STEP).keeps]
        if not plans:
            return []
        found: list[tuple[Candidate, float]] = []
        at = TRIAL * max(guess for _, guess in _estimated(self.problem, plans))
        tried = [(plan, self._scout(plan.deployment, at)) for plan in plans]
        best, seen = 0.0, None
        for plan, (outcome, _, keeps) in sorted(tried, key=lambda pair: -pair[1].outcome.good):
            if best >= at and not keeps:
                continue
            enough = keeps and (not self.problem.workload.block_tokens or at >= ceiling(self.problem, plan))
            borne = Borne(at, outcome) if enough else self._scouted_rate(plan, at, best / SCOUT_STEP)
            if borne.outcome:
                found.append((plan, borne.rate))
                seen = borne.outcome if borne.rate > best else seen
                best = max(best, borne.rate)
        self.varied = seen is not None and best < at
        if seen and self.varied:
            found = self._with_variants(found, best, seen)
        kept = [(plan, self._guess(plan, rate)) for plan, rate in found if rate * SCOUT_STEP >= best]
        return sorted(kept, key=lambda pair: -pair[1]) or _estimated(self.problem, plans)

    def _guess(self, plan: Candidate, rate: float) -> float:
        """What a plan may bear for long that bears a rate of the first requests: hardly more than is estimated, where no prefixes are shared."""
        most, likely = ceiling(self.problem, plan), math.inf if self.problem.workload.block_tokens else plan.capacity or math.inf
        return min(most / math.sqrt(RATE_STEP) if rate >= most else rate * RATE_STEP / SCOUT_STEP, likely)

    def _with_variants(self, found: list[tuple[Candidate, float]], best: float, seen: Outcome) -> list[tuple[Candidate, float]]:
        """With other policies and parameters of the best plan that bear more. The first parameter that does takes the plan's place: it is the same, better told."""
        first = max(found, key=lambda pair: pair[1])[0]
        for candidate in variants.policies(self.problem, first):
            if not self.scouts.spent and (borne := self._scouted_rate(candidate, best, best)).outcome:
                found = [*found, (candidate, borne.rate)]
        for candidate in tuning.moves(self.problem, first, seen, far=True):
            if not self.scouts.spent and (borne := self._scouted_rate(candidate, best, best)).outcome:
                return [*((plan, rate) for plan, rate in found if plan is not first), (candidate, borne.rate)]
        return found

    def _scouted_rate(self, plan: Candidate, guess: float, above: float) -> Borne:
        """The highest rate of the first requests."""
        climb = Climb(guess, SCOUT_STEP, ceiling=ceiling(self.problem, plan))
        return climb.highest(self._share, above, lambda rate: self._scout(plan.deployment, rate), lambda: self.scouts.spent)

    def _scout(self, deployment: Deployment, rate: float) -> Lasted:
        outcome = self.scouts(deployment, Scenario(rate=rate, requests=SCOUTS, judged=self.problem.goals.any))
        if keeps := sustains(self.problem, outcome):
            self.expected_s[deployment] = min(lasting.promised_s(self.problem), LONGER * lasting.taken_s(outcome))
        return Lasted(outcome, SCOUTS, keeps)


def _estimated(problem: Problem, plans: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
    """Plans with their estimated rates."""
    return [(plan, plan.capacity * HEADROOM or problem.rate) for plan in plans]


def makes(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The most promising candidates, at most ALIKE of those that differ in numbers and settings alone."""
    found: dict[object, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda c: (-c.capacity, c.devices)):
        alike = found.setdefault(tuple((part.role, part.design.replica.stock, part.design.replica.plan, part.design.replica.spans) for part in candidate.parts), [])
        if len(alike) < ALIKE:
            alike.append(candidate)
    return sorted((c for alike in found.values() for c in alike), key=lambda c: (-c.capacity, c.devices))[:LADDERS]
