"""Judged runs are ended exactly where the goals can't be met any more, and are otherwise the same as whole runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.serving.shapes import Plan
from intarsia.errors import InfeasibleError
from intarsia.planner.search import compose, rates, search
from intarsia.planner.search.compose import Candidate
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Goals
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.scenario import Scenario
from intarsia.planner.search.space import Deployment, Pool, Replica
from tests.planner.search.samples import problem, requests

ASKED = problem(workload=requests(60, 20.0, {"kind": "uniform", "low": 50, "high": 1500}, {"kind": "uniform", "low": 1, "high": 60}), fleet=(("H100-SXM", 4),))
REPLICA = Replica("H100-SXM", Plan(), chunk_tokens=2048, max_sequences=64)
PLANS = (
    Deployment((Pool("serve", REPLICA, 1),)),
    Deployment((Pool("serve", replace(REPLICA, plan=Plan(pp=2)), 1),)),
    Deployment((Pool("prefill", REPLICA, 1), Pool("decode", REPLICA, 2))),
)
TABLES = Pricer(ASKED).tables


@given(
    st.sampled_from(PLANS), st.floats(2.0, 60.0), st.sampled_from([0.05, 0.1, 0.3, 1.0, float("inf")]), st.sampled_from([0.008, 0.012, 0.03, float("inf")]),
    st.sampled_from([0.5, 2.0, float("inf")]), st.sampled_from([50.0, 90.0, 95.0]), st.sampled_from([1.0, 1.25]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_run_is_ended_if_and_only_if_the_goals_fail(plan: Deployment, rate: float, ttft: float, tpot: float, e2e: float, percentile: float, slowdown: float) -> None:
    goals = Goals(ttft, tpot, e2e, percentile)
    simulate = Simulator(replace(ASKED, goals=goals), TABLES)
    whole, judged = simulate(plan, Scenario(rate, slowdown)), simulate(plan, Scenario(rate, slowdown, judged=True))
    assert judged.judged == (not whole.meets(goals)) and judged.meets(goals) == whole.meets(goals)
    if not judged.judged:
        assert judged == whole


def test_goals_that_always_fail_are_told_with_figures_of_whole_runs() -> None:
    asked = replace(ASKED, goals=Goals(ttft_s=1e-4))
    with pytest.raises(InfeasibleError, match=r"the lowest TTFT at 95 % is \d"):
        rates.highest_rate(asked, candidates(), Simulator(asked, TABLES))


def candidates() -> list[Candidate]:
    return compose.candidates(ASKED, search.priced(ASKED, Pricer(ASKED), Excluded(), search.Counts(), lambda share, text: None))[:3]
