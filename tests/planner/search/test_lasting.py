"""A rate that is found lasts: under a load that goes on for several times as long the same plan bears about as much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intarsia.ir.workload import Request, Workload
from intarsia.planner.search import compose, lasting, rates
from intarsia.planner.search.outcome import Latency, Outcome
from intarsia.planner.search.problem import Goals, Problem
from intarsia.planner.search.scenario import Scenario
from intarsia.planner.search.space import Deployment
from tests.planner.search.samples import problem, requests
from tests.planner.search.test_questions import CHOICES, prepared

TIMES, HOLDS = 4, 0.9
SPREAD = {"kind": "exponential", "mean": 120}
SHORT_TRACE = Workload(tuple(Request(0.1 * n + 0.04 * (n % 3), 200 + 500 * (n % 4), 20 + 40 * (n % 5), (n % 7, 100 + n)) for n in range(45)), "trace", 512)
LOADS: dict[str, tuple[Workload, Goals, str]] = {
    "short answers": (requests(60, 20.0, 500, 8), Goals(0.3, 0.03), "aggregated"),
    "long answers": (requests(30, 5.0, 200, 400), Goals(1.0, 0.02), "aggregated"),
    "answers of all lengths": (requests(40, 5.0, {"kind": "uniform", "low": 50, "high": 1500}, SPREAD), Goals(0.5, 0.02), "aggregated"),
    "apart": (requests(40, 5.0, 1500, 100), Goals(0.5, 0.012, percentile=90.0), "disaggregated"),
    "half of the requests": (requests(40, 5.0, 1500, 100), Goals(0.3, 0.012, percentile=50.0), "disaggregated"),
    "a trace": (SHORT_TRACE, Goals(1.0, 0.03), "aggregated"),
    "no goals": (requests(40, 5.0, 1000, 10), Goals(), "aggregated"),
}


@pytest.mark.parametrize("name", LOADS)
def test_a_rate_holds(name: str) -> None:
    workload, goals, mode = LOADS[name]
    asked = problem(fleet=(("H100-SXM", 2),), workload=workload, goals=goals, choices=replace(CHOICES, modes=(mode,)))
    designs, simulate = prepared(asked)
    found = rates.highest_rate(asked, compose.candidates(asked, designs), simulate, 12)
    assert found.requests > len(workload), "the load was long enough: the case shows nothing"
    assert found.rate > 0 and rates.sustains(asked, simulate(found.candidate.deployment, Scenario(rate=found.rate, requests=found.requests)))
    longer = simulate(found.candidate.deployment, Scenario(rate=HOLDS * found.rate, requests=TIMES * found.requests))
    assert rates.sustains(asked, longer), f"{longer.good:.1%} of requests are good"


def outcome(e2e: float, good: float = 1.0, growth: float = 0.0) -> Outcome:
    latency = Latency(e2e, (e2e,) * 4)
    return Outcome(1.0, 1.0, latency, latency, latency, good, True, 1.0, 1.0, 1, samples=((0.1, 0.01, e2e),), growth=growth)


PLAN = Deployment(())


def ran(asked: Problem, made: Any, rate: float = 2.0, least: int = 0) -> tuple[lasting.Lasted, list[int]]:
    """What comes of it where `made` gives the outcome of so many requests, and how many each run had."""
    runs: list[int] = []

    def run(deployment: Deployment, scenario: Scenario) -> Outcome:
        runs.append(scenario.requests or len(asked.workload))
        found: Outcome = made(runs[-1])
        return found

    return lasting.outcome_at(asked, PLAN, rate, run, lambda found: found.good >= 0.95, least), runs


def test_a_load_goes_on_until_it_lasts() -> None:
    """Of requests that take 300 s at 2 a second, twice that is 1200; the plan must have kept its goals until then. FEWEST come anyhow."""
    asked = problem(workload=requests(20, 1.0), goals=Goals(ttft_s=1.0))
    found, runs = ran(asked, lambda count: outcome(300.0))
    assert runs == [512, 1260] and found.requests == 1260 and found.keeps
    assert ran(asked, lambda count: outcome(300.0, good=0.5))[1] == [512]
    assert ran(asked, lambda count: outcome(300.0), least=1500)[1] == [1500]
    assert ran(asked, lambda count: outcome(2.0))[1] == [512]
    assert ran(asked, lambda count: outcome(1e9))[1] == [512, lasting.MOST]


def test_sessions_do_not_go_on() -> None:
    turns = Workload(tuple(Request(float(n), 100, 10, session="a") for n in range(30)))
    assert ran(problem(workload=turns, goals=Goals(ttft_s=1.0)), lambda count: outcome(300.0, growth=0.5))[1] == [30]


def test_half_of_the_requests_take_longer_to_tell() -> None:
    asked = problem(workload=requests(20, 1.0), goals=Goals(ttft_s=1.0, percentile=50.0))
    assert lasting.needed(asked, 2.0, 300.0) == 1920  # 1.6 / 0.5 times
    assert lasting.needed(replace(asked, goals=Goals()), 2.0, 300.0) == 2400
    assert lasting.needed(asked, 2.0, 1e12) == lasting.MOST


def test_requests_in_flight_must_stop_growing() -> None:
    asked = problem(workload=requests(20, 1.0), goals=Goals(ttft_s=1.0))
    found, runs = ran(asked, lambda count: outcome(100.0, growth=20 / count))
    assert found.keeps and runs == [512, 1024] and 20 / found.requests <= lasting.GROWTH
    endless, runs = ran(asked, lambda count: outcome(100.0, growth=0.2))
    assert not endless.keeps and runs == [512, 1024, 2048]  # 8 times 200 are long enough
    long, runs = ran(replace(asked, workload=requests(1700, 1.0)), lambda count: outcome(100.0, growth=0.2))
    assert long.keeps and runs == [1700], "a workload that is so long by itself is judged as it is"


def test_what_requests_in_flight_take_counts_long_ones_more() -> None:
    assert lasting.in_flight([1.0, 1.0]) == 1.0 and lasting.in_flight([1.0, 3.0]) == pytest.approx(2.5) and lasting.in_flight([]) == 0.0
    asked = problem(workload=requests(10, 1.0, 100, 200), goals=Goals(ttft_s=1.0, tpot_s=0.02, e2e_s=9.0))
    assert lasting.promised_s(asked) == pytest.approx(5.0) and lasting.promised_s(replace(asked, goals=Goals(ttft_s=1.0))) == float("inf")
