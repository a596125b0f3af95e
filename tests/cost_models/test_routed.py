"""What the busiest device's experts get: against a plain simulation of the same rule, and what must hold of any."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.silicon import routed


def one(tokens: int, experts: int, top_k: int, ep: int, distribution: str) -> routed.Load:
    return routed.load(*(np.array([value]) for value in (tokens, experts, top_k, ep)), distribution)


def strides(tokens: int, experts: int, top_k: int, ep: int) -> np.ndarray:
    """Tokens of the first group's experts, dealt out one by one."""
    stride = math.ceil(experts / top_k)
    counts = np.zeros(experts, np.int64)
    for token in range(tokens):
        for choice in range(top_k):
            first = token if tokens >= stride else token * stride / tokens
            counts[int(first + choice * stride) % experts] += 1
    return counts[: experts // ep]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.sampled_from([(8, 2), (16, 1), (128, 8), (160, 8), (512, 10)]), st.sampled_from([1, 2, 4, 8]))
def test_even_loads_are_those_of_the_rule(tokens: int, shape: tuple[int, int], ep: int) -> None:
    experts, top_k = shape
    wanted, found = strides(tokens, experts, top_k, ep), one(tokens, experts, top_k, ep, "balanced")
    assert found.rows == [max(wanted.sum(), 1)] and found.touched == [max((wanted > 0).sum(), 1)] and found.longest == [max(wanted.max(), 1)]
    assert found.tiles[:, 0].tolist() == [max(np.ceil(wanted / block).sum(), 1) for block in routed.BLOCKS]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5000), st.sampled_from([(8, 2), (16, 1), (128, 8), (512, 10)]), st.sampled_from([1, 2, 4, 8]), st.sampled_from(["power_law_1.01", "power_law_1.2"]))
def test_a_power_law_loses_no_token_and_gives_the_busiest_device_most(tokens: int, shape: tuple[int, int], ep: int, distribution: str) -> None:
    experts, top_k = shape
    found, even = one(tokens, experts, top_k, ep, distribution), tokens * top_k / ep
    assert found.rows.item() == pytest.approx(even) if ep == 1 else max(even, 1) - 1e-6 <= found.rows.item() <= tokens * top_k + 1e-6
    assert 1 <= found.touched.item() <= min(experts / ep, found.rows.item()) + 1e-6 and found.longest.item() <= tokens + 1e-6
    coarse = found.tiles[:, 0]
    assert (np.diff(coarse) <= 1e-9).all() and (coarse * routed.BLOCKS >= found.rows - 1e-6).all()


def test_a_power_law_with_many_groups_is_far_from_even() -> None:
    busiest = [one(16384, 256, 8, ep, "power_law_1.2").rows.item() / (16384 * 8 / ep) for ep in (1, 4, 16, 64)]
    assert busiest[0] == pytest.approx(1) and busiest == sorted(busiest) and busiest[-1] > 4


def test_no_device_has_less_than_one_expert() -> None:
    assert one(64, 8, 2, 8, "power_law_1.2").touched == one(64, 8, 2, 16, "power_law_1.2").touched


def test_exponents() -> None:
    assert [routed.exponent(name) for name in ("balanced", "uniform", "power_law_1.01", "power_law_1.2_eplb")] == [0.0, 0.0, 1.01, 1.2]
