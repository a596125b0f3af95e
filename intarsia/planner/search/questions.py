"""The fewest or cheapest devices that keep the goals, and what all questions that have a number for an answer share; the highest rate is in rates.py.

Deployments of one make in growing numbers are a ladder. More replicas of the same make don't make a plan worse (the simulation's properties), so each ladder is bisected.

A kind of device more in the fleet never makes an answer worse: plans are asked about by the set of kinds that they take, small sets first, and each set gets the simulations that
were granted. A highest rate of a set has to beat those of its subsets, and knows nothing of others; so what a part of the fleet does is found just as if it were the whole.
Devices that only encode images count as a kind of their own there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
TUNED = 3
"""Parameters that are changed at most, each of which has to bear a step more."""
PROMISING = 3
"""Plans that are simulated where estimates or bounds exclude all."""
REACHED = {"ttft": "TTFT", "tpot": "TPOT", "e2e": "end-to-end latency"}
"""Latencies that goals are about, as people call them."""


@dataclass(frozen=True)
class Answer:
    """A candidate and what it does; `rate` requests a second. `tried` counts simulations; `requests`: how many the load had that it was judged on (0: the workload's)."""

    candidate: Candidate
    outcome: Outcome
    rate: float
    tried: int
    requests: int = 0


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
        raise unreachable(problem, known or promising(problem, designs, simulate))
    return found


def promising(problem: Problem, designs: Sequence[Design], simulate: Simulate) -> list[Outcome]:
    """What some plans do that estimates or bounds exclude: those whose bounds miss the goals by least, to say what can be reached."""
    work = bounds.Work.of(problem)
    nearest = sorted(compose.candidates(problem, designs), key=lambda candidate: _bound(problem, candidate, work).miss(problem.goals))
    return [simulate(candidate.deployment, NORMAL) for candidate in nearest[:PROMISING]]


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
    return not problem.goals.any or _bound(problem, candidate, work).meets(problem.goals)


def _bound(problem: Problem, candidate: Candidate, work: bounds.Work) -> Outcome:
    return bounds.optimistic(problem, candidate.deployment, [part.design.steps for part in candidate.parts], work)


def satisfies(problem: Problem, outcome: Outcome) -> bool:
    """Whether an outcome keeps the goals, or keeps up where there are none."""
    return outcome.meets(problem.goals) if problem.goals.any else outcome.sustained


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
