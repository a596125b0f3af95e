"""Questions that have a number for an answer: the fewest or cheapest devices that keep the goals, and the highest rate that a fleet sustains.

Both climb ladders: deployments of one make in growing numbers, or one deployment at growing rates. More replicas of the same make, or fewer requests, don't make a plan worse (the
simulation's properties), so each ladder is bisected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.search import bounds, compose
from intarsia.planner.search.compose import HEADROOM, Candidate, Part
from intarsia.planner.search.design import Design
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.scenario import NORMAL, Scenario
from intarsia.planner.search.space import Deployment

Simulate = Callable[[Deployment, Scenario], Outcome]
LADDERS, ALIKE = 8, 2
"""Makes that are tried, the most promising first, and how many of them may differ in numbers alone."""
RATE_STEP, LEAST_SHARE, MOST_SHARE = 1.03, 0.02, 10.0
"""A highest rate is told to 3 %; a plan that fails at so small a share of what was estimated is given up, and one that reaches so many times as much is not pressed further."""


@dataclass(frozen=True)
class Answer:
    """A candidate and what it does; `rate` requests a second. `tried` counts simulations."""

    candidate: Candidate
    outcome: Outcome
    rate: float
    tried: int


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

    At most about `simulations` runs (0: as many as it takes).
    Raises InfeasibleError where none does, with the best that can be reached.
    """
    if by not in ("devices", "cost"):
        raise InputError(f"devices can't be counted by {by!r}", mend="choose devices or cost")
    run, best = Counted(simulate, {}, simulations), None
    for ladder in _ladders(problem, designs, by)[:LADDERS]:
        if run.spent and best:
            break
        found = _climb(problem, ladder, run, math.inf if best is None else _size(problem, best[0], by), by)
        if found is not None and (best is None or _size(problem, found[0], by) < _size(problem, best[0], by)):
            best = found
            watch(f"{_size(problem, found[0], by):g} with {found[0].deployment}")
    if best is None:
        raise unreachable(problem, list(run.known.values()))
    return Answer(best[0], best[1], problem.rate, len(run.known))


def _size(problem: Problem, candidate: Candidate, by: str) -> float:
    return float(candidate.devices) if by == "devices" else candidate.deployment.usd_per_h(problem)


def _ladders(problem: Problem, designs: Sequence[Design], by: str) -> list[list[Candidate]]:
    """Each make in growing numbers, the makes in the order of what they are estimated to need."""
    made = [[Candidate((Part("serve", design, n),), n * design.capacity) for n in range(1, compose.most(problem, design) + 1)] for design in designs if design.capacity > 0]
    if "disaggregated" in problem.choices.modes:
        made += _pairs(problem, designs)
    ladders = [ladder for ladder in made if ladder]
    return sorted(ladders, key=lambda ladder: (_needed(problem, ladder, by), ladder[0].devices))


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
        if _keeps(problem, run(rungs[at].deployment)):
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


def _keeps(problem: Problem, outcome: Outcome) -> bool:
    return outcome.meets(problem.goals) if problem.goals.any else outcome.sustained


def highest_rate(
    problem: Problem, candidates: Sequence[Candidate], simulate: Simulate, simulations: int = 0, watch: Callable[[str], None] = lambda text: None,
) -> Answer:  # fmt: skip
    """The plan that sustains the highest rate of such requests within the goals, and that rate. At most `simulations` runs (0: as many as it takes).

    Raises InfeasibleError where the goals fail at any rate, InputError for a workload without arrival times.
    """
    if not problem.workload.rate_per_s:
        raise InputError("the workload has no rate: all its requests come at once", mend="give one with arrival times")
    run, best = Counted(simulate, {}, simulations), None
    for candidate in _makes(candidates):
        rate, outcome = _rate(problem, candidate.deployment, candidate.capacity, run, best[1] if best else 0.0)
        if outcome is not None and (best is None or rate > best[1]):
            best = (candidate, rate, outcome)
            watch(f"{rate:.3g} requests/s with {candidate.deployment}")
        if run.spent and best:
            break
    if best is None:
        raise unreachable(problem, list(run.known.values()))
    return Answer(best[0], best[2], best[1], len(run.known))


def _makes(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The most promising candidates, at most ALIKE of those that differ in numbers and settings alone."""
    found: dict[object, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda c: (-c.capacity, c.devices)):
        alike = found.setdefault(tuple((part.role, part.design.replica.stock, part.design.replica.plan) for part in candidate.parts), [])
        if len(alike) < ALIKE:
            alike.append(candidate)
    return sorted((c for alike in found.values() for c in alike), key=lambda c: (-c.capacity, c.devices))[:LADDERS]


def rate_of(problem: Problem, deployment: Deployment, guess: float, simulate: Simulate) -> float:
    """The highest rate within the goals of one plan, looked for from a guess; 0 where the goals fail at any."""
    rate, found = _rate(problem, deployment, guess, Counted(simulate, {}), 0.0)
    return rate if found else 0.0


def _rate(problem: Problem, deployment: Deployment, capacity: float, run: Counted, above: float) -> tuple[float, Outcome | None]:
    """The highest rate of one plan, to RATE_STEP, from the capacity that was estimated; nothing where it isn't that much above the best so far."""
    found: Outcome | None = None
    low, high = above, math.inf
    rate = above * RATE_STEP if above else capacity * HEADROOM or problem.rate
    while rate > 0 and high / max(low, 1e-12) > RATE_STEP and not (run.spent and found):
        outcome = run(deployment, Scenario(rate=rate))
        if outcome.sustained and _keeps(problem, outcome):
            low, found = rate, outcome
            if low > MOST_SHARE * capacity:
                break
        else:
            high = rate
            if above and found is None:
                break
        if high < capacity * LEAST_SHARE and found is None:
            break
        rate = low * (1.15 if capacity > low else 1.5) if math.isinf(high) else math.sqrt(low * high) if low else high * 0.8
    return low, found


def unreachable(problem: Problem, outcomes: Sequence[Outcome]) -> InfeasibleError:
    """That no plan keeps the goals, and the best that was reached in each of them."""
    if not outcomes:
        return InfeasibleError(f"no plan keeps the goals ({problem.goals}): the bounds of all exclude it", mend="relax them, or give more or faster devices")
    p = problem.goals.percentile
    good = max(outcome.good for outcome in outcomes)
    ttft, tpot = (min(getattr(outcome, name).percentile(p) for outcome in outcomes) for name in ("ttft", "tpot"))
    reached = f"at best {100 * good:.3g} % of requests meet them; the lowest TTFT at {p:g} % is {1e3 * ttft:.4g} ms, the lowest TPOT {1e3 * tpot:.4g} ms"
    return InfeasibleError(f"no plan keeps the goals ({problem.goals}): {reached}", mend="relax them, or give more or faster devices")

