"""The search: every plan -> those that are legal -> those worth simulating -> the best.

    layouts ──rules──▶ legal ──prices──▶ designs ──estimate──▶ undominated ──compose──▶ candidates, best estimate first ──scouted──▶ finalists ──bounds──▶ simulated ──▶ ranked

The best plans are then tried with other batching policies, settings and routers (vary.py). For a long workload all this is done with its first requests, and the best plans, each
as good as it was made, get all of them.

Any moment has a best so far: an interrupt, or the end of the seconds or simulations that were granted, returns it. A candidate is left out for good only where its bound shows that
it can't be better; candidates that were merely not reached are counted as open.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from intarsia.errors import InfeasibleError
from intarsia.planner.search import assess, bounds, compose, design, engines, outcome, problem, rules, space, unlike
from intarsia.planner.search.compose import Candidate
from intarsia.planner.search.design import Design, Pricing
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.run import MARGIN, PRICING_SHARE, Counts, Options, Run, Simulate, Watch, bounded, simulate_all
from intarsia.planner.search.scenario import NORMAL, Scenario
from intarsia.planner.search.scout import scout
from intarsia.planner.search.vary import vary

__all__ = ["Counts", "Found", "Options", "Ranked", "Simulate", "Watch", "infeasible", "priced", "search"]


@dataclass(frozen=True)
class Ranked:
    """A simulated candidate: what it is predicted to do, what was estimated, and its bound."""

    candidate: Candidate
    outcome: Outcome
    estimate: Outcome
    bound: Outcome


@dataclass(frozen=True)
class Found:
    """The ranked plans, best first; `front`: places in `plans` of those that no other beats in every objective. `proven`: no candidate that was left out can be better.
    `tried`: which policies were tried on what."""

    problem: Problem
    options: Options
    plans: list[Ranked]
    front: list[int]
    excluded: Excluded
    counts: Counts
    proven: bool
    interrupted: bool
    seconds: float
    tried: list[str] = field(default_factory=list)

    @property
    def best(self) -> Ranked:
        return self.plans[0]


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
    limits = [bounded(asked, candidate, work) for candidate in candidates]
    estimates = assess.assess(asked, candidates)
    run = Run(asked, options, candidates, estimates, limits, counts, assess.order(asked, estimates, options.objective), options.simulations, work, started=began)
    few = options.scouting(len(asked.workload))
    scenario, run.margin = (Scenario(requests=few), MARGIN) if few else (NORMAL, 1.0)
    with engines.at_hand(options.engine):
        interrupted = scout(run, found, simulate, scenario, watch) or vary(run, simulate, scenario, watch)
        if few:
            interrupted = _finals(run, simulate, watch, interrupted)
    return _result(run, excluded, interrupted)


def _finals(run: Run, simulate: Simulate, watch: Watch, interrupted: bool) -> bool:
    """The best of those that were scouted get all requests. An interrupt before the first of them is through makes do with what scouts saw, and is given."""
    scouted, run.done, run.margin = run.done, {}, 1.0
    run.order, run.most, run.counts.scouted = run.finalists(scouted), 0, len(scouted)
    try:
        interrupted = interrupted or simulate_all(run, simulate, NORMAL, watch)
    except KeyboardInterrupt:
        interrupted = True
    if not run.done:
        run.done, run.counts.scouted, run.margin = scouted, 0, MARGIN
        run.tried.append(f"No plan got all requests: all figures are of the first {run.options.scouting(len(run.asked.workload))}.")
    return interrupted


def priced(asked: Problem, pricing: Pricing, excluded: Excluded, counts: Counts, watch: Watch) -> list[Design]:
    """Legal designs with their prices, without those that another beats in everything. Raises InfeasibleError where there are none."""
    layouts = [replica for stock in asked.fleet for replica in space.layouts(asked, stock)]
    legal = rules.legal(asked, layouts, excluded)
    unlike_ones = unlike.layouts(asked, legal, pricing)
    layouts += unlike_ones
    legal += unlike_ones
    if not legal:
        raise infeasible(asked, excluded)
    found = design.designs(asked, legal, pricing, excluded, lambda share: watch(PRICING_SHARE * share, f"pricing {len(legal)} layouts"))
    kept = unlike.worth(design.undominated(found))
    counts.layouts, counts.legal, counts.designs, counts.undominated = len(layouts), len(legal), len(found), len(kept)
    if not kept:
        raise infeasible(asked, excluded)
    return kept


def infeasible(asked: Problem, excluded: Excluded) -> InfeasibleError:
    """Why nothing fits: the rules that excluded plans, the nearest miss in memory, and the smallest fleet that fits, or that it is a matter of types."""
    fleet = " + ".join(f"{stock.count} x {stock.device.name}" for stock in asked.fleet)
    reasons = ", ".join(f"{name} ({count})" for name, count in sorted(excluded.counts.items(), key=lambda item: -item[1]))
    near = next((excluded.nearest[name] for name in ("weights-fit", "longest-request-fits", "power-budget") if name in excluded.nearest), "")
    miss = f"; the nearest is {near}" if near else ""
    return InfeasibleError(
        f"{asked.name} can't be served on {fleet}: every plan breaks a rule: {reasons}{miss}",
        mend=_mend(asked, excluded),
    )


def _mend(asked: Problem, excluded: Excluded) -> str:
    """A larger fleet and fewer bits; but where no number of devices does, and types are in the way, other types."""
    least = design.smallest(asked)
    if excluded.counts.keys() & rules.OF_TYPES and not any(least.values()):
        return rules.OTHER_TYPES
    fleets = " or ".join(f"{count} x {name}" if count else f"no number of {name}" for name, count in least.items())
    return f"the smallest fleet that fits is {fleets}; or use fewer bits"


def _result(run: Run, excluded: Excluded, interrupted: bool) -> Found:
    asked, options, counts = run.asked, run.options, run.counts
    counts.simulated = len(run.done)
    missed = [place for place in range(len(run.candidates)) if place not in run.done and not run.hopeless(place)]
    counts.open = len(missed)
    counts.bounded = counts.candidates - counts.simulated - counts.open
    places = outcome.best(run.done.items(), asked.goals, options.objective)
    plans = [Ranked(run.candidates[place], run.done[place], run.estimates[place], run.limits[place]) for place in places]
    front = outcome.front([outcome.vector(plan.outcome, asked.goals) for plan in plans])
    return Found(asked, options, plans, front, excluded, counts, not missed, interrupted, time.monotonic() - run.started, run.tried)
