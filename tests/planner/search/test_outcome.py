"""Comparing outcomes: dominance, fronts and the order of plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.search import outcome
from intarsia.planner.search.outcome import Latency, Outcome, best, dominates, front, key, share_good
from intarsia.planner.search.problem import Goals

ONE = Latency(0.1, (0.1, 0.2, 0.3, 0.4))
GOOD = Outcome(2.0, 200.0, ONE, Latency(0.02, (0.02,) * 4), Latency(2.0, (2.0,) * 4), 1.0, True, 1000.0, 10.0, 4)
VECTORS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)


@given(VECTORS)
def test_the_front_is_what_none_dominates(vectors: list[tuple[int, int, int]]) -> None:
    kept = front(vectors)
    assert kept
    for i, vector in enumerate(vectors):
        beaten = any(dominates(other, vector) for other in vectors)
        assert (i in kept) == (not beaten)
        assert i in kept or any(dominates(vectors[j], vector) for j in kept)


def test_a_dominated_vector_is_no_better_anywhere() -> None:
    assert dominates((2, 2), (1, 2)) and not dominates((2, 2), (2, 2)) and not dominates((3, 1), (1, 3))


def test_percentiles_are_kept_or_the_next_above() -> None:
    found = Latency.of(np.arange(1.0, 101.0))
    assert found.mean == 50.5 and found.percentile(50) == pytest.approx(50.5) and found.percentile(75) == found.percentile(90) and found.percentile(99.9) == found.percentile(99)
    assert Latency.of(np.zeros(0)).mean == float("inf")


def test_goals_come_before_cost_and_cost_before_speed() -> None:
    goals = Goals(ttft_s=0.5)
    missed, cheap = replace(GOOD, good=0.5, usd_per_h=1.0), replace(GOOD, usd_per_h=5.0)
    assert best(enumerate([missed, GOOD, cheap]), goals, "") == [2, 1, 0]
    assert best(enumerate([GOOD, replace(GOOD, e2e=ONE)]), Goals(), "") == [1, 0]
    overloaded = replace(GOOD, sustained=False, tokens_per_s=1e6)
    assert best(enumerate([overloaded, GOOD]), Goals(), "") == [1, 0]


def test_where_no_request_is_good_the_plan_that_misses_by_least_comes_first() -> None:
    goals = Goals(ttft_s=0.01, tpot_s=0.01)
    cheap, near = replace(GOOD, good=0.0, usd_per_h=1.0), replace(GOOD, good=0.0, ttft=Latency(0.02, (0.02,) * 4))
    assert cheap.miss(goals) == pytest.approx(30.0) and near.miss(goals) == pytest.approx(2.0)
    assert best(enumerate([cheap, near]), goals, "") == [1, 0]
    assert best(enumerate([replace(cheap, good=0.1), near]), goals, "") == [0, 1]


@pytest.mark.parametrize("name", outcome.OBJECTIVES)
def test_every_objective_orders(name: str) -> None:
    """Twice as good in everything is better by every objective."""
    half = Latency(0.05, (0.05, 0.1, 0.15, 0.2))
    better = replace(GOOD, requests_per_s=4.0, tokens_per_s=400.0, ttft=half, tpot=Latency(0.01, (0.01,) * 4), e2e=ONE)
    assert best(enumerate([GOOD, better]), Goals(), name)[0] == 1


def test_differences_below_what_a_simulation_tells_are_none() -> None:
    """Then the cheaper plan comes first."""
    near, cheaper = replace(GOOD, tokens_per_s=200.02), replace(GOOD, usd_per_h=9.0)
    assert best(enumerate([near, cheaper]), Goals(), "throughput") == [1, 0]


def test_unknown_objectives_are_refused() -> None:
    with pytest.raises(InputError, match="no objective 'speed'"):
        key(GOOD, Goals(), "speed")


def test_the_share_of_good_requests() -> None:
    samples = np.array([[0.1, 0.01, 1.0], [0.6, 0.01, 1.0], [0.1, 0.05, 1.0], [0.1, 0.01, 9.0]])
    assert share_good(samples, Goals(ttft_s=0.5, tpot_s=0.04, e2e_s=5.0)) == 0.25
    assert share_good(samples, Goals()) == 1.0 and share_good(samples[:0], Goals()) == 0.0


@pytest.mark.parametrize("wrong", [{"ttft_s": 0.0}, {"tpot_s": -1.0}, {"percentile": 100.0}])
def test_goals_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Goals(**wrong)
