"""Scouts: heavier loads where estimates promised too much, who gets all requests, and interrupts on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from intarsia.cost_models.serving.shapes import Precision
from intarsia.planner.search import bounds, compose, explain, outcome, scout, search, tuning
from intarsia.planner.search.design import Design
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Choices, Goals, Problem
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.run import CLOSE, HOPEFUL, Run
from intarsia.planner.search.scenario import NORMAL, Scenario, bursty
from intarsia.planner.search.search import Counts, Found, Options
from intarsia.planner.search.space import Deployment
from tests.planner.search.samples import F8, problem, requests

Simulate = Callable[[Deployment, Scenario], Outcome]
BURSTS = problem(
    fleet=(("H100-SXM", 8), ("H200", 4)), workload=bursty(requests(300, 40.0, prompt=1500, output=40), 6.0, period_s=5.0), goals=Goals(ttft_s=0.5, tpot_s=0.05, percentile=90),
    choices=Choices((F8,), (2048,), (64,), most_stages=1, modes=("aggregated",)),
)  # fmt: skip
"""Requests that come six times as fast for a sixth of the time: estimates know the mean alone."""
FEW = Options(simulations=12, tunings=0, engine="serial", scouts=0)
LONG = replace(BURSTS, workload=bursty(requests(80, 12.0, prompt=1500, output=40), 6.0))
SCOUTED = Options(simulations=6, tunings=0, scouts=20, finals=3, engine="serial")


def solve(asked: Problem, options: Options, simulate: Simulate | None = None) -> Found:
    pricer = Pricer(asked)
    return search.search(asked, options, pricer, simulate or Simulator(asked, pricer.tables))


def priced(asked: Problem) -> list[Design]:
    return search.priced(asked, Pricer(asked), Excluded(), Counts(), lambda share, text: None)


def every_number(asked: Problem) -> list[Outcome]:
    """Every layout of one kind in every number, simulated."""
    simulate = Simulator(asked)
    plans = [compose.Candidate((compose.Part("serve", made, n),), 0.0) for made in priced(asked) for n in range(1, compose.most(asked, made) + 1)]
    return [simulate(plan.deployment) for plan in plans]


def test_bursts_are_planned_for_with_a_heavier_load() -> None:
    """Estimates promise the goals to plans that miss them, and the cheapest that keeps them isn't among the first candidates; rounds find what costs no more than the cheapest of all numbers of all
    layouts of one kind."""
    found = solve(BURSTS, FEW)
    assert found.counts.candidates > len(compose.candidates(BURSTS, priced(BURSTS)))
    promised = [plan for plan in found.plans if plan.estimate.meets(BURSTS.goals)]
    assert any(not plan.outcome.meets(BURSTS.goals) for plan in promised)
    assert found.counts.simulated <= FEW.simulations and found.best.outcome.meets(BURSTS.goals)
    assert found.best.outcome.usd_per_h <= min(run.usd_per_h for run in every_number(BURSTS) if run.meets(BURSTS.goals)) + 1e-9


def test_an_even_load_is_scouted_in_the_order_of_the_estimates() -> None:
    """Where nothing is missed that was promised, the same plans are simulated as without rounds."""
    asked = replace(BURSTS, workload=requests(60, 2.0, prompt=400, output=20))
    found = solve(asked, replace(FEW, simulations=4))
    assert all(plan.outcome.meets(asked.goals) for plan in found.plans if plan.estimate.meets(asked.goals))
    without = solve(replace(asked, goals=Goals()), replace(FEW, simulations=1))
    assert found.counts.candidates == without.counts.candidates


def test_a_round_tries_plans_that_differ_in_more_than_limits() -> None:
    asked = replace(BURSTS, workload=requests(60, 2.0, prompt=400, output=20), choices=replace(BURSTS.choices, chunks=(2048, 4096), batches=(64, 128)))
    made = [tuning.without_limits(plan.candidate.deployment) for plan in solve(asked, replace(FEW, simulations=4)).plans]
    assert len(made) == len(set(made)) == 4


@pytest.mark.parametrize("workers", [2, 3])
def test_rounds_do_not_depend_on_who_ends_first(workers: int) -> None:
    one, more = solve(LONG, SCOUTED), solve(LONG, replace(SCOUTED, engine="processes", workers=workers))
    assert [(str(plan.candidate.deployment), plan.outcome) for plan in one.plans] == [(str(plan.candidate.deployment), plan.outcome) for plan in more.plans]


def test_finalists_are_of_different_makes_and_not_hopeless() -> None:
    asked = replace(LONG, choices=replace(LONG.choices, precisions=(Precision("bf16"), F8, Precision("f8", kv="f8")), chunks=(1024, 4096)))
    pricer, seen = Pricer(asked), dict[Deployment, Outcome]()
    run = Simulator(asked, pricer.tables)

    def simulate(deployment: Deployment, scenario: Scenario = NORMAL) -> Outcome:
        made = run(deployment, scenario)
        if scenario.requests:
            seen[deployment] = made
        return made

    found = search.search(asked, replace(SCOUTED, simulations=12), pricer, simulate)
    makes = [plan.candidate.make for plan in found.plans]
    assert 1 <= len(makes) <= 3 and len(set(makes)) == len(makes)
    most = max(made.good for made in seen.values())
    ranked = outcome.best(enumerate(seen.values()), asked.goals, "")
    best, whole = list(seen)[ranked[0]], [plan.candidate.deployment for plan in found.plans]
    assert best in whole
    dear = [each for each in whole if seen[each].usd_per_h >= seen[best].usd_per_h and seen[each].good < CLOSE * most]
    assert len(dear) <= 1 and all(seen[each].good >= HOPEFUL * most for each in whole)


def test_fewer_replicas_of_what_keeps_the_goals_are_tried() -> None:
    """Half-way between what missed them and what keeps them, of one layout."""
    made = priced(BURSTS)[0]
    simulate = Simulator(BURSTS)
    plans = [compose.Candidate((compose.Part("serve", made, n),), n * made.capacity) for n in (2, 8)]
    run = Run(BURSTS, FEW, plans, [], [], Counts(), [], 12, bounds.Work.of(BURSTS), done={i: simulate(plan.deployment) for i, plan in enumerate(plans)})
    assert [found.meets(BURSTS.goals) for found in run.done.values()] == [False, True]
    (tried,) = scout.fewer(run)
    assert tried.parts[0].count == 5 and tried.parts[0].design is made


@pytest.mark.parametrize("simulations_before", [3, 6, 7])
def test_an_interrupt_at_any_time_leaves_what_is_known(simulations_before: int) -> None:
    """While scouts run, before the first plan got all requests, and after it."""
    pricer, count = Pricer(LONG), iter(range(100))
    run = Simulator(LONG, pricer.tables)

    def simulate(deployment: Deployment, scenario: Scenario = NORMAL) -> Outcome:
        if next(count) == simulations_before:
            raise KeyboardInterrupt
        return run(deployment, scenario)

    found = search.search(LONG, SCOUTED, pricer, simulate)
    scouted = simulations_before <= 6
    assert found.interrupted and not found.proven and len(found.plans) == (simulations_before if scouted else 1)
    assert any("figures are of the first 20" in line for line in explain.why(found)) == scouted
