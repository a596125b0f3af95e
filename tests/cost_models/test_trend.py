"""Trends of non-negative weights: against a brute-force search for the least squares, and with weights that are known."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.silicon.trend import Physics, fit, non_negative


def brute(matrix: np.ndarray, wanted: np.ndarray) -> float:
    """The least squared miss over all choices of columns whose least-squares weights are none below zero."""
    least = float(wanted @ wanted)
    for count in range(1, matrix.shape[1] + 1):
        for chosen in itertools.combinations(range(matrix.shape[1]), count):
            part = matrix[:, chosen]
            weights = np.linalg.lstsq(part, wanted, rcond=None)[0]
            if (weights >= 0).all():
                least = min(least, float(((part @ weights - wanted) ** 2).sum()))
    return least


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_least_squares_with_weights_above_zero(seed: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    matrix, wanted = random.normal(size=(12, columns)), random.normal(size=12)
    found = non_negative(matrix, wanted)
    assert (found >= 0).all()
    assert ((matrix @ found - wanted) ** 2).sum() <= brute(matrix, wanted) + 1e-6


def test_columns_of_zeros_get_no_weight() -> None:
    found = non_negative(np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([3.0, 6.0]))
    assert np.allclose(found, [3.0, 0.0]) and found[1] == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_a_trend_is_found_again_in_spite_of_outliers(seed: int) -> None:
    random = np.random.default_rng(seed)
    terms = np.exp(random.uniform(-14, -6, (400, 3)))
    physics, weights = Physics(terms, np.zeros((400, 1))), np.array([1.5, 0.0, 0.7])
    seconds = terms @ weights
    slow = random.permutation(400)[:20]
    seconds[slow] *= 4
    found = fit(physics, seconds)
    rest = np.setdiff1d(np.arange(400), slow)
    assert np.median(np.abs(found.seconds(physics)[rest] / seconds[rest] - 1)) < 0.03
    assert found.hints(physics).shape == (400, 1 + 1 + 3)
