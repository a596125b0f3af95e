"""The highest rate that a fleet sustains: against exhaustive search, fleets that grow, policies and parameters."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.search import compose, rates
from intarsia.planner.search.problem import Goals
from intarsia.planner.search.scenario import Scenario
from tests.planner.search.samples import at_once, problem, requests
from tests.planner.search.test_questions import ASKED, CHOICES, GOALS, UNIFORM, prepared


def test_the_highest_rate_is_where_the_goals_fail() -> None:
    designs, simulate = prepared(ASKED)
    candidates = compose.candidates(ASKED, designs)
    found = rates.highest_rate(ASKED, candidates, simulate)
    assert simulate(found.candidate.deployment, Scenario(rate=found.rate, requests=found.requests)).meets(GOALS)
    above = [simulate(c.deployment, Scenario(rate=1.1 * found.rate, requests=2 * found.requests)) for c in candidates]
    assert not any(outcome.meets(GOALS) and outcome.sustained for outcome in above)


def test_a_limit_on_simulations_is_kept() -> None:
    designs, simulate = prepared(ASKED)
    found = rates.highest_rate(ASKED, compose.candidates(ASKED, designs), simulate, simulations=3)
    assert found.tried <= rates.LADDERS + 2 * 3, found.tried


def test_rates_need_arrivals() -> None:
    asked = replace(ASKED, workload=at_once((100, 10), (100, 10)))
    with pytest.raises(InputError, match="no rate"):
        rates.highest_rate(asked, [], lambda deployment, scenario: pytest.fail("nothing to simulate"))


KINDS = (("H100-SXM", 1), ("A100-80GB-SXM", 2), ("L4", 2))
"""L4 never keep the goals alone."""


@pytest.mark.parametrize(("count", "simulations"), [(40, 6), (600, 3)])
def test_a_kind_more_never_makes_an_answer_worse(count: int, simulations: int) -> None:
    """The highest rate of every fleet of some kinds is at least that of each part of it, however few simulations there are and whether or not the workload is scouted."""
    borne: dict[frozenset[str], float] = {}
    for size in (1, 2, 3):
        for fleet in combinations(KINDS, size):
            choices = replace(CHOICES, modes=("aggregated", "disaggregated"))
            asked = problem(fleet=fleet, workload=requests(count, 30.0), goals=GOALS, choices=choices)
            designs, simulate = prepared(asked)
            try:
                found = rates.highest_rate(asked, compose.candidates(asked, designs), simulate, simulations)
            except InfeasibleError:
                assert fleet == (KINDS[2],)
                continue
            borne[frozenset(name for name, _ in fleet)] = found.rate
            assert simulate(found.candidate.deployment, Scenario(rate=found.rate, requests=found.requests)).meets(GOALS)
    for part, whole in product(borne, borne):
        assert borne[whole] >= borne[part] or not part < whole, (part, whole)
    assert len(borne) == 6 and max(borne.values()) > 1.1 * max(rate for kinds, rate in borne.items() if len(kinds) == 1), "several kinds bear more"


def test_more_of_a_kind_never_bear_less() -> None:
    borne = []
    for count in (1, 2, 4):
        asked = problem(fleet=(("H100-SXM", count),), workload=requests(60, 30.0), goals=GOALS, choices=replace(CHOICES, modes=("aggregated", "disaggregated")))
        designs, simulate = prepared(asked)
        borne.append(rates.highest_rate(asked, compose.candidates(asked, designs), simulate, 12).rate)
    assert borne == sorted(borne) and borne[-1] > 3 * borne[0]


def test_parameters_let_a_fleet_bear_more() -> None:
    """Of the two limits on offer one is too small and the other too large for the goals; what lies between them bears more."""
    asked = problem(fleet=(("H100-SXM", 1),), workload=requests(120, 20.0, prompt=UNIFORM, output=120), goals=Goals(ttft_s=0.3, tpot_s=0.022), choices=replace(CHOICES, chunks=(512, 4096), batches=(256,)))
    designs, simulate = prepared(asked)
    candidates = compose.candidates(asked, designs)
    found = rates.highest_rate(asked, candidates, simulate)
    assert found.candidate.parts[0].design.replica.chunk_tokens in (1024, 2048)
    assert not any(simulate(c.deployment, Scenario(rate=found.rate, requests=found.requests)).meets(asked.goals) for c in candidates)


def test_a_policy_that_bears_more_is_found() -> None:
    """Static batching first: the question asks whether others bear more, whether or not they are scouts."""
    asked = replace(ASKED, workload=requests(300, 120.0), choices=replace(CHOICES, policies=("static_batching", "fcfs_chunked_prefill")))
    designs, simulate = prepared(asked)
    candidates = compose.candidates(asked, designs)
    found = rates.highest_rate(asked, candidates, simulate)
    assert {part.design.replica.policy for part in found.candidate.parts} == {"fcfs_chunked_prefill"}


def test_policies_that_bear_no_more_end_the_search() -> None:
    asked = replace(ASKED, workload=requests(60, 40.0), choices=replace(CHOICES, policies=("fcfs_chunked_prefill", "static_batching")))
    designs, simulate = prepared(asked)
    found = rates.highest_rate(asked, compose.candidates(asked, designs), simulate)
    assert {part.design.replica.policy for part in found.candidate.parts} == {"fcfs_chunked_prefill"}
