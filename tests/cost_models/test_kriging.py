"""Kriging does what its formulas say, point by point; points that are left out are not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from intarsia.cost_models.silicon.kriging import Predictors, nearest
from intarsia.cost_models.silicon.kriging_kernel import CONSTANT, SLOPE

Array = NDArray[np.float64]
SCALES = ((1.5, 6.0), (4.0, 1.5))
NUGGET = 1e-2


def _plainly(points: Array, values: Array, wanted: Array, scales: tuple[float, ...], neighbours: int) -> tuple[float, float, float]:
    """The value at one place, its standard error, and the share of the variance that is left."""
    there, asked = points / scales, wanted / scales
    near = np.argsort(((there - asked) ** 2).sum(-1))[:neighbours]
    offsets = there[near] - asked

    def covariance(a: Array, b: Array) -> float:
        distance = np.sqrt(3.0 * ((a - b) ** 2).sum())
        return float((1 + distance) * np.exp(-distance))

    among = np.array([[covariance(a, b) + CONSTANT + SLOPE * float(a @ b) for b in offsets] for a in offsets]) + NUGGET * np.eye(len(near))
    to_wanted = np.array([covariance(a, np.zeros(2)) + CONSTANT for a in offsets])
    weights = np.linalg.solve(among, to_wanted)
    level = values[near].mean()
    left = values[near] - level
    share = max(1 + CONSTANT - float(weights @ to_wanted), 0.0)
    return level + float(weights @ left), float(np.sqrt(max(float(left @ np.linalg.inv(among) @ left) / len(near), 0.0) * share)), share


@given(st.integers(0, 10_000), st.integers(1, 140))
@settings(max_examples=12, deadline=None)
def test_places_are_predicted_as_one_by_one(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points, wanted = rng.uniform(5, 17, (40, 2)), rng.uniform(4, 18, (count, 2))
    values = rng.normal(0, 0.4, (3, 40))
    found = Predictors(SCALES, 12, NUGGET).at(points, values, wanted)
    assert found.values.shape == found.errors.shape == found.shares.shape == (3, count, 2)
    for group in range(3):
        for place in rng.integers(count, size=3):
            for predictor, scales in enumerate(SCALES):
                value, error, share = _plainly(points, values[group], wanted[place], scales, 12)
                assert found.values[group, place, predictor] == pytest.approx(value, abs=1e-9)
                assert found.errors[group, place, predictor] == pytest.approx(error, rel=1e-6, abs=1e-9)
                assert found.shares[group, place, predictor] == pytest.approx(share, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 4))
@settings(max_examples=12, deadline=None)
def test_points_of_the_same_label_are_not_seen(seed: int, labels: int) -> None:
    """Points in several places at once, as measurements of several matrices are, and groups of them left out: as if they were not there."""
    rng = np.random.default_rng(seed)
    points = np.round(rng.uniform(5, 9, (90, 2)), 0) + rng.uniform(0, 1e-3, (90, 2))
    values, label = rng.normal(0, 0.4, (1, 90)), rng.integers(labels + 2, size=90)
    found = Predictors(SCALES, 10, NUGGET).at(points, values, points, (label, label))
    for place in rng.integers(90, size=4):
        others = label != label[place]
        for predictor, scales in enumerate(SCALES):
            value, _, _ = _plainly(points[others], values[0, others], points[place], scales, 10)
            assert found.values[0, place, predictor] == pytest.approx(value, abs=1e-8)


def test_where_few_points_are_left_all_are_taken() -> None:
    """One label has all points but nine; more places than neighbours are looked for at once."""
    rng = np.random.default_rng(0)
    points, label = rng.uniform(5, 9, (200, 2)), (np.arange(200) >= 9).astype(np.int64)
    asked = points / np.array(SCALES)[:, None]
    near = nearest(asked, asked, 20, (label, label))
    assert near.shape == (2, 200, 9)
    assert {tuple(sorted(row)) for row in near[:, 9:].reshape(-1, 9).tolist()} == {tuple(range(9))}


def test_points_that_coincide_do_no_harm() -> None:
    """Covariances of points that lie upon each other are singular but for the nugget."""
    points = np.repeat(np.arange(4.0), 5)[:, None] * [1.0, 0.5]
    values = np.repeat([0.1, 0.4, 0.2, 0.3], 5)[None]
    for nugget in (1e-2, 1e-12):
        found = Predictors(((1.0, 1.0),), 20, nugget).at(points, values, points[::5])
        assert np.allclose(found.values[0, :, 0], [0.1, 0.4, 0.2, 0.3], atol=2 * nugget + 1e-3) and np.isfinite(found.errors).all() and (found.shares >= 0).all()
