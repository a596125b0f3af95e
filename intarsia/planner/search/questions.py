"""Questions that have a number for an answer: the fewest or cheapest devices that keep the goals, and the highest rate that a fleet sustains.

Both climb ladders: deployments of one make in growing numbers, or one deployment at growing rates. More replicas of the same make, or fewer requests, don't make a plan worse (the
simulation's properties), so each ladder is bisected.

A kind of device more in the fleet never makes an answer worse: plans are asked about by the set of kinds that they take, small sets first, and each set gets the simulations that
were granted. A highest rate of a set has to beat those of its subsets, and knows nothing of others; so what a part of the fleet does is found just as if it were the whole.
Devices that only encode images count as a kind of their own there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.search import bounds, compose, encode, tuning, variants
from intarsia.planner.search.compose import HEADROOM, Candidate, Part
from intarsia.planner.search.design import Design
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Goals, Problem, duration
from intarsia.planner.search.scenario import NORMAL, Scenario
from intarsia.planner.search.space import Deployment

Simulate = Callable[[Deployment, Scenario], Outcome]
LADDERS, ALIKE = 8, 2
"""Makes that are tried, the most promising first, and how many of them may differ in numbers alone."""
RATE_STEP, LEAST_SHARE, MOST_SHARE, STRIDE, NEAR = 1.03, 0.02, 10.0, 1.1, 2
"""A highest rate is told to 3 %; a plan that fails at so small a share of what was estimated is given up, one that reaches so many times as much is not pressed further, and the
first stride from an estimate is 10 %. From what scouts sustained, the first two strides upwards are of 3 %: it is rarely further."""
SCOUTS, SCOUT_STEP, TRIAL = 128, 1.1, 1.5
"""Requests with which makes are compared first where the workload has twice as many, and how near their highest rates are found then: above what they sustain for long.
All are tried at TRIAL times the highest rate that is estimated."""
TUNED = 3
"""Parameters that are changed at most, each of which has to bear a step more."""
REACHED = {"ttft": "TTFT", "tpot": "TPOT", "e2e": "end-to-end latency"}
"""Latencies that goals are about, as people call them."""


@dataclass(frozen=True)
class Answer:
    """A candidate and what it does; `rate` requests a second. `tried` counts simulations."""

    candidate: Candidate
    outcome: Outcome
    rate: float
    tried: int


Kinds = tuple[str, ...]
"""Names of the kinds that a plan takes, in order, ENCODERS among them where some devices only encode images."""
ENCODERS = "encoders of images"
Item = TypeVar("Item")
Found = tuple[Candidate, Outcome] | None


@dataclass
class Counted:
    """Simulations are counted, and none is run twice."""

    simulate: Simulate
    known: dict[tuple[Deployment, Scenario], Outcome]
    most: int = 0

    @property
    def spent(self) -> bool:
        """No more were granted."""
        return bool(self.most) and len(self.known) >= self.most

    def __call__(self, deployment: Deployment, scenario: Scenario = NORMAL) -> Outcome:
        key = (deployment, scenario)
        if key not in self.known:
            self.known[key] = self.simulate(*key)
        return self.known[key]


def fewest(
    problem: Problem, designs: Sequence[Design], simulate: Simulate, by: str = "devices", simulations: int = 0, watch: Callable[[str], None] = lambda text: None,
) -> Answer:  # fmt: skip
    """The plan with the fewest devices (or, `by` "cost", the fewest dollars an hour) that keeps the goals, or, without goals, keeps up.

    At most about `simulations` runs for each set of kinds (0: as many as it takes).
    Raises InfeasibleError where none does, with the best that can be reached.
    """
    if by not in ("devices", "cost"):
        raise InputError(f"devices can't be counted by {by!r}", mend="choose devices or cost")
    known: list[Outcome] = []
    found = least(problem, ladders(problem, designs, by), simulate, by, simulations, watch, known=known)
    if found is None:
        raise unreachable(problem, known)
    return found


def ladders(problem: Problem, designs: Sequence[Design], by: str) -> dict[Kinds, list[list[Candidate]]]:
    """By the kinds that they take, small sets first: each make in growing numbers, the makes in the order of what they are estimated to need."""
    return by_kinds((ladder[0], ladder) for ladder in _ladders(problem, designs, by))


def least(
    problem: Problem, groups: Mapping[Kinds, list[list[Candidate]]], simulate: Simulate, by: str, simulations: int = 0, watch: Callable[[str], None] = lambda text: None,
    best: Answer | None = None, known: list[Outcome] | None = None,
) -> Answer | None:  # fmt: skip
    """The fewest devices or dollars of all ladders; None where none is better than `best`. Outcomes go to `known`. Each set of kinds gets about `simulations` runs."""
    found, tried = (best.candidate, best.outcome) if best else None, 0
    for group in groups.values():
        run = Counted(simulate, {}, simulations)
        found = _least_of(problem, group[:LADDERS], run, found, by, watch)
        tried += len(run.known)
        if known is not None:
            known += run.known.values()
    return Answer(found[0], found[1], problem.rate, tried) if found and (best is None or found[0] is not best.candidate) else None


def _least_of(problem: Problem, ladders: Sequence[list[Candidate]], run: Counted, best: Found, by: str, watch: Callable[[str], None]) -> Found:
    """The best of some ladders, or what was the best before."""
    own = False
    for ladder in ladders:
        if run.spent and own:
            break
        if found := _climb(problem, ladder, run, _limit(problem, best, by), by):
            best, own = found, True
            watch(f"{_size(problem, found[0], by):g} with {found[0].deployment}")
    for smaller in _fewer(problem, ladders, best, by):
        if not (run.spent and best) and (found := _climb(problem, smaller, run, _limit(problem, best, by), by)):
            best = found
    for _ in range(TUNED):
        others = (_climb(problem, [other], run, _limit(problem, best, by), by) for other in _tuned(problem, ladders, run, best, by) if not run.spent)
        if (found := next(filter(None, others), None)) is None:
            break
        best = found
    return best


def _tuned(problem: Problem, ladders: Sequence[list[Candidate]], run: Counted, best: Found, by: str) -> Iterator[Candidate]:
    """The largest plan of the most promising make that is smaller than the best, with another value of one parameter of its policies."""
    below = _below(problem, ladders, best, by)
    if below and not run.spent:
        yield from tuning.moves(problem, below[-1], run(below[-1].deployment), far=True)


def _below(problem: Problem, ladders: Sequence[list[Candidate]], best: Found, by: str) -> list[Candidate]:
    """Of the most promising make that has rungs smaller than the best, those."""
    smaller = ([rung for rung in ladder if _size(problem, rung, by) < _limit(problem, best, by)] for ladder in ladders)
    return next((rungs for rungs in smaller if rungs), [])


def _limit(problem: Problem, best: Found, by: str) -> float:
    return math.inf if best is None else _size(problem, best[0], by)


def by_kinds(found: Iterable[tuple[Candidate, Item]]) -> dict[Kinds, list[Item]]:
    """Things by the set of kinds that their plans take, small sets first."""
    groups: dict[Kinds, list[Item]] = {}
    for candidate, item in found:
        groups.setdefault(_kinds(candidate), []).append(item)
    return dict(sorted(groups.items(), key=lambda group: (len(group[0]), group[0])))


def _kinds(candidate: Candidate) -> Kinds:
    return tuple(sorted({*candidate.deployment.used, *(ENCODERS for part in candidate.parts if part.role == "encode")}))


def _fewer(problem: Problem, ladders: Sequence[list[Candidate]], best: Found, by: str) -> Iterator[list[Candidate]]:
    """With each other batching policy, the ladder of the most promising make that has rungs smaller than the best: those rungs."""
    below = _below(problem, ladders, best, by)
    for other in zip(*(variants.policies(problem, candidate) for candidate in below), strict=True):
        yield list(other)


def _size(problem: Problem, candidate: Candidate, by: str) -> float:
    return float(candidate.devices) if by == "devices" else candidate.deployment.usd_per_h(problem)


def _ladders(problem: Problem, designs: Sequence[Design], by: str) -> list[list[Candidate]]:
    """Each make in growing numbers, the makes in the order of what they are estimated to need."""
    made = [*_grown(problem, designs), *(own for ladder in _grown(problem, encode.relieved(problem, designs)) for own in encode.ladders(problem, ladder))]
    return sorted(made, key=lambda ladder: (_needed(problem, ladder, by), ladder[0].devices))


def _grown(problem: Problem, designs: Sequence[Design]) -> list[list[Candidate]]:
    whole = [design for design in designs if design.capacity > 0] if "aggregated" in problem.choices.modes else []
    made = [[Candidate((Part("serve", design, n),), n * design.capacity) for n in range(1, compose.most(problem, design) + 1)] for design in whole]
    if "disaggregated" in problem.choices.modes:
        made += _pairs(problem, designs)
    return [ladder for ladder in made if ladder]


def _needed(problem: Problem, ladder: Sequence[Candidate], by: str) -> float:
    """What the estimate asks for; beyond the fleet, by how much."""
    rung = _first(problem, ladder)
    beyond = max(1.0, problem.rate / ladder[-1].capacity) if math.isfinite(problem.rate) else 1.0
    return _size(problem, ladder[rung], by) * beyond**2


def _first(problem: Problem, ladder: Sequence[Candidate]) -> int:
    """The rung whose estimated capacity carries the rate with headroom, or the last."""
    return next((i for i, candidate in enumerate(ladder) if candidate.capacity * HEADROOM >= problem.rate), len(ladder) - 1)


def _pairs(problem: Problem, designs: Sequence[Design]) -> list[list[Candidate]]:
    """Of each pair of designs that prefill and decode, the balanced numbers in growing order."""
    by_pair: dict[tuple[int, int], list[Candidate]] = {}
    for scale in range(1, 13):
        for candidate in compose.scaled(problem, designs, problem.rate * scale / 8 if math.isfinite(problem.rate) else math.inf):
            if compose.within(problem, candidate):
                by_pair.setdefault((id(candidate.parts[0].design), id(candidate.parts[1].design)), []).append(candidate)
    return [sorted({c.deployment: c for c in found}.values(), key=lambda c: c.devices) for found in by_pair.values()]


def _climb(problem: Problem, ladder: Sequence[Candidate], run: Counted, below: float, by: str) -> tuple[Candidate, Outcome] | None:
    """The lowest rung that keeps the goals; None where none smaller than `below` does. Rungs that a bound excludes aren't simulated."""
    rungs = [candidate for candidate in ladder if _size(problem, candidate, by) < below]
    work = bounds.Work.of(problem)
    low = next((i for i, candidate in enumerate(rungs) if _may(problem, candidate, work)), len(rungs))
    if low == len(rungs):
        return None
    high, guess = len(rungs), min(max(low, _first(problem, rungs)), len(rungs) - 1)
    while low < high:
        at = guess if low <= guess < high else (low + high) // 2
        guess = -1
        if satisfies(problem, run(rungs[at].deployment)):
            high = at
        elif high == len(rungs):
            low, guess = at + 1, min(len(rungs) - 1, 2 * at + 1)
        else:
            low = at + 1
    return (rungs[high], run(rungs[high].deployment)) if high < len(rungs) else None


def _may(problem: Problem, candidate: Candidate, work: bounds.Work) -> bool:
    """Whether the candidate's bound leaves it a chance."""
    limit = bounds.optimistic(problem, candidate.deployment, [part.design.steps for part in candidate.parts], work)
    return not problem.goals.any or limit.meets(problem.goals)


def satisfies(problem: Problem, outcome: Outcome) -> bool:
    """Whether an outcome keeps the goals, or keeps up where there are none."""
    return outcome.meets(problem.goals) if problem.goals.any else outcome.sustained


def _sustains(problem: Problem, outcome: Outcome) -> bool:
    return outcome.sustained and satisfies(problem, outcome)


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
        scouts, run = Counted(simulate, {}, 2 * simulations), Counted(simulate, {}, simulations)
        parts = [answer for part, answer in found.items() if set(part) < set(kinds)]
        answer = _highest(problem, group, scouts, run, max((part.rate for part in parts), default=0.0), watch)
        tried += len(run.known) + len(scouts.known)
        if answer:
            found[kinds] = answer
        elif not parts:
            failed += _whole(simulate, run.known or scouts.known)
    if not found:
        raise unreachable(problem, failed)
    return replace(max(found.values(), key=lambda answer: answer.rate), tried=tried)


def _highest(problem: Problem, candidates: Sequence[Candidate], scouts: Counted, run: Counted, above: float, watch: Callable[[str], None]) -> Answer | None:
    """The highest rate of some plans, where it is a step above what is known; the best is asked whether it bears more with other policies and parameters."""
    best: Answer | None = None
    guesses = _scouted(problem, _makes(candidates), scouts, above)
    near = NEAR if scouts.known else 0
    for candidate, guess in guesses:
        better = _better(problem, candidate, Climb(min(guess, _sustainable(problem, candidate)), near=near), run, best.rate if best else above)
        if better:
            best = better
            watch(f"{better.rate:.3g} requests/s with {candidate.deployment}")
        if run.spent and (best or above):
            break
    if best is None or scouts.known:
        return best
    for other in variants.policies(problem, best.candidate):
        best = (not run.spent and _better(problem, other, Climb(best.rate), run, best.rate)) or best
    for _ in range(TUNED):
        moves = tuning.moves(problem, best.candidate, best.outcome, far=True)
        better = next((found for other in moves if not run.spent and (found := _better(problem, other, Climb(best.rate), run, best.rate))), None)
        if better is None:
            break
        best = better
    return best


def _better(problem: Problem, candidate: Candidate, climb: Climb, run: Counted, above: float) -> Answer | None:
    """The highest rate of one plan, where it is a step above what is known."""
    rate, outcome = _rate(problem, candidate.deployment, climb, run, above)
    return None if outcome is None else Answer(candidate, outcome, rate, 0)


def _sustainable(problem: Problem, candidate: Candidate) -> float:
    """Requests a second at which replicas that only decode keep their goal when they are as full as they come to be (Little's law); infinity where a plan has none, or where the
    workload doesn't last twice as long as an answer, so that few requests see them so. Scouts' runs are too short for it."""
    rate = sum(part.count * part.design.decodes for part in candidate.parts if part.role == "decode")
    reached = rate > 0 and len(problem.workload) / rate >= 2 * problem.osl * problem.goals.tpot_s
    return rate if reached else math.inf


def _whole(simulate: Simulate, known: Mapping[tuple[Deployment, Scenario], Outcome]) -> list[Outcome]:
    """Outcomes to the end of their runs: of each deployment that failed at the lowest rate."""
    lowest = dict(sorted(known, key=lambda pair: -pair[1].rate))
    return [simulate(deployment, replace(scenario, judged=False)) for deployment, scenario in lowest.items()]


def _scouted(problem: Problem, makes: Sequence[Candidate], run: Counted, above: float) -> list[tuple[Candidate, float]]:
    """Makes with a guess of their highest rates, the best first: the estimates, or, for a longer workload, what its first requests say; those that come to less drop out.

    All are tried at one rate first, a little above what is estimated, so that the best is looked for first, and the others are asked no more than whether they beat it. The best is
    tried with each other batching policy and with other parameters, too: whether it bears a step more. Where a rate is known that they must be `above`, those that don't sustain it
    with the first requests drop out before.
    """
    guesses = [(candidate, candidate.capacity * HEADROOM or problem.rate) for candidate in makes]
    if len(problem.workload) < 2 * SCOUTS:
        return guesses
    if above:
        known = Scenario(rate=above * RATE_STEP, requests=SCOUTS, judged=problem.goals.any)
        guesses = [(candidate, guess) for candidate, guess in guesses if _sustains(problem, run(candidate.deployment, known))]
        if not guesses:
            return []
    found: list[tuple[Candidate, float]] = []
    best, at = 0.0, TRIAL * max(guess for _, guess in guesses)
    seen: Outcome | None = None
    tried = [(candidate, run(candidate.deployment, Scenario(rate=at, requests=SCOUTS, judged=problem.goals.any))) for candidate, _ in guesses]
    for candidate, outcome in sorted(tried, key=lambda pair: -pair[1].good):
        if best >= at and not _sustains(problem, outcome):
            continue
        rate, at_best = _rate(problem, candidate.deployment, Climb(at, SCOUT_STEP, SCOUTS), run, best / SCOUT_STEP)
        if at_best is not None:
            found.append((candidate, rate))
            best = max(best, rate)
            seen = at_best if rate == best else seen
    if seen:
        first = max(found, key=lambda pair: pair[1])[0]
        others = variants.policies(problem, first)
        for candidate in (*others, *tuning.moves(problem, first, seen, far=True)):
            if run.spent:
                break
            rate, at_best = _rate(problem, candidate.deployment, Climb(best, SCOUT_STEP, SCOUTS), run, best)
            if at_best is not None:
                found.append((candidate, rate))
                if candidate not in others:  # the same plan, better told: it takes the first one's place
                    found = [(plan, bears) for plan, bears in found if plan is not first]
                    break
    kept = [(candidate, rate * RATE_STEP / SCOUT_STEP) for candidate, rate in found if rate * SCOUT_STEP >= best]
    return sorted(kept, key=lambda pair: -pair[1]) or guesses


def _makes(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The most promising candidates, at most ALIKE of those that differ in numbers and settings alone."""
    found: dict[object, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda c: (-c.capacity, c.devices)):
        alike = found.setdefault(tuple((part.role, part.design.replica.stock, part.design.replica.plan, part.design.replica.spans) for part in candidate.parts), [])
        if len(alike) < ALIKE:
            alike.append(candidate)
    return sorted((c for alike in found.values() for c in alike), key=lambda c: (-c.capacity, c.devices))[:LADDERS]


def rate_of(problem: Problem, deployment: Deployment, guess: float, simulate: Simulate) -> float:
    """The highest rate within the goals of one plan, looked for from a guess; 0 where the goals fail at any."""
    rate, found = _rate(problem, deployment, Climb(guess), Counted(simulate, {}), 0.0)
    return rate if found else 0.0


@dataclass(frozen=True)
class Climb:
    """A search for a highest rate from a `guess`, to within `step`, with the first `requests` of the workload (0: all). A guess that is `near`
    is left upwards by so many strides of a step."""

    guess: float
    step: float = RATE_STEP
    requests: int = 0
    near: int = 0


def _rate(problem: Problem, deployment: Deployment, climb: Climb, run: Counted, above: float) -> tuple[float, Outcome | None]:
    """The highest rate of one plan; nothing where it isn't a step above the best so far."""
    found: Outcome | None = None
    seen = Seen(problem.goals.percentile / 100 if problem.goals.any else math.nan, climb.step, above, near=0 if above else climb.near)
    rate = above * climb.step or climb.guess
    while rate > 0 and seen.high / max(seen.low, 1e-12) > climb.step * (1 + 1e-9) and not (run.spent and found):
        outcome = run(deployment, Scenario(rate=rate, requests=climb.requests, judged=problem.goals.any))
        if keeps := _sustains(problem, outcome):
            found = outcome
        seen.add(rate, outcome, keeps)
        if (above and found is None) or seen.low > MOST_SHARE * climb.guess or seen.high < LEAST_SHARE * climb.guess:
            break
        rate = seen.next()
    return seen.low, found


@dataclass
class Seen:
    """The rates that were tried of one plan: the highest that was kept, the lowest that failed, and the shares of good requests of those that were sustained.

    The next one lies where a straight line through two shares meets the goals' `share` (not a number: there are no goals), half a `step` below: if that is kept, a step above it
    most likely fails, and all is known. Where no line helps, strides double after the second until the highest rate lies between two, and halves follow.
    From a guess that is `near`, the first strides upwards are of a step.
    """

    share: float
    step: float
    low: float
    high: float = math.inf
    near: int = 0
    strides: int = 0
    points: list[tuple[float, float]] = field(default_factory=list)
    helped: bool = True

    def add(self, rate: float, outcome: Outcome, keeps: bool) -> None:
        """What came of a rate."""
        before = self.high / self.low if self.low else math.inf
        if keeps:
            self.low = rate
        else:
            self.high = rate
        if outcome.sustained:
            self.points.append((rate, outcome.good))
        self.helped = math.isinf(before) or math.log(self.high / self.low) < 0.5 * math.log(before)

    def next(self) -> float:
        """The rate to try next."""
        aim = self._crossing()
        if math.isfinite(self.high) and self.low:
            if math.isnan(aim) or aim >= self.high or not self.helped:
                return math.sqrt(self.low * self.high)
            half = math.sqrt(self.step)
            wanted = aim / half if aim > self.low * self.step else self.low * self.step
            return min(max(wanted, self.low * half), self.high / half)
        if math.isinf(self.high) and self.near:
            self.near -= 1
            return self.low * self.step
        stride = STRIDE ** 2 ** max(0, self.strides - 1)
        self.strides += 1
        if math.isinf(self.high):
            return self.low * (stride if math.isnan(aim) else min(max(aim / self.low, self.step), stride))
        return self.high / (stride if math.isnan(aim) else min(max(self.high / aim * math.sqrt(self.step), self.step), stride))

    def _crossing(self) -> float:
        """Where the line through the two shares nearest the goals' meets it, in logarithms of rates; not a number where there is none, or it doesn't fall."""
        near = sorted(self.points, key=lambda point: abs(point[1] - self.share))[:2]
        if len(near) < 2:
            return math.nan
        (a, at_a), (b, at_b) = sorted(near)
        if at_a <= at_b:
            return math.nan
        return float(a * (b / a) ** ((at_a - self.share) / (at_a - at_b)))


def unreachable(problem: Problem, outcomes: Sequence[Outcome]) -> InfeasibleError:
    """That no plan keeps the goals, or, without goals, keeps up, and the best that was reached."""
    if problem.goals.any or not outcomes:
        return missed(problem.goals, outcomes, "no plan keeps")
    served = max(outcome.requests_per_s for outcome in outcomes)
    return InfeasibleError(f"no plan keeps up with {problem.rate:.4g} requests/s: {served:.4g} are served at best", mend="give more or faster devices, or fewer requests")


def missed(goals: Goals, outcomes: Sequence[Outcome], who: str) -> InfeasibleError:
    """That the goals aren't kept, and the best that was reached in each of them."""
    if not outcomes:
        return InfeasibleError(f"{who} the goals ({goals}): the bounds of all exclude it", mend="relax them, or give more or faster devices")
    p, asked = goals.percentile, [name for name in REACHED if getattr(goals, f"{name}_s") < math.inf]
    good = max(outcome.good for outcome in outcomes)
    lowest = ", ".join(f"the lowest {REACHED[name]} at {p:g} % is {duration(min(getattr(outcome, name).percentile(p) for outcome in outcomes))}" for name in asked)
    return InfeasibleError(f"{who} the goals ({goals}): at best {100 * good:.3g} % of requests meet them; {lowest}", mend="relax them, or give more or faster devices")
