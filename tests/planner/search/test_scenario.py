"""Scenarios: requests stay, only their arrivals move."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.search.scenario import Scenario, bursty, compress
from tests.planner.search.samples import requests


@given(st.integers(2, 60), st.floats(0.05, 50), st.floats(1, 5))
@settings(max_examples=50, deadline=None)
def test_bursts_keep_requests_and_the_mean_rate(count: int, rate: float, factor: float) -> None:
    calm = requests(count, rate)
    wild = bursty(calm, factor, period_s=10.0)
    assert [r.prompt_tokens for r in wild.requests] == [r.prompt_tokens for r in calm.requests]
    period = max(10.0, 20 / calm.rate_per_s)
    for before, after in zip(calm.requests, wild.requests, strict=True):
        assert after.arrival_s <= before.arrival_s + 1e-9
        assert after.arrival_s // period == before.arrival_s // period
    assert all(b.arrival_s >= a.arrival_s for a, b in zip(wild.requests, wild.requests[1:], strict=False))


def test_a_slowdown_presses_arrivals_together() -> None:
    calm = requests(10)
    assert [r.arrival_s for r in compress(calm, 1.25).requests] == pytest.approx([r.arrival_s / 1.25 for r in calm.requests])


def test_another_rate_and_fewer_requests() -> None:
    found = Scenario(rate=8.0, requests=20).apply(requests(40, 2.0))
    assert len(found) == 20 and found.rate_per_s == pytest.approx(8.0)


@pytest.mark.parametrize("wrong", [{"rate": -1.0}, {"slowdown": 0.0}, {"burst": 0.5}, {"requests": -1}])
def test_scenarios_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="a scenario needs"):
        Scenario(**wrong)  # type: ignore[arg-type]
