"""Kriging does what its formulas say, point by point; what is shared or left out changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from intarsia.cost_models.silicon import kriging
from intarsia.cost_models.silicon.kriging import CONSTANT, SLOPE, Predictors, neighbourhood

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
    """One label has all points but nine; more places than are solved together."""
    rng = np.random.default_rng(0)
    points, label = rng.uniform(5, 9, (200, 2)), (np.arange(200) >= 9).astype(np.int64)
    found = neighbourhood(points, points, np.array(SCALES), 20, NUGGET, (label, label))
    assert found.near.shape == (2, 200, 9)
    assert {tuple(sorted(row)) for row in found.near[:, 9:].reshape(-1, 9).tolist()} == {tuple(range(9))}


def test_slices_of_the_same_points_share_what_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    points, values, solved = rng.uniform(5, 9, (30, 2)), rng.normal(size=(2, 30)), []
    solve = kriging._solve
    monkeypatch.setattr(kriging, "_solve", lambda *given: solved.append(1) or solve(*given))
    first, second = (Predictors(SCALES, 11, NUGGET).at(points, values, points[:7]) for _ in range(2))
    assert first.values.tolist() == second.values.tolist() and len(solved) == 1
    Predictors(SCALES, 11, NUGGET).at(points + 1, values, points[:7])
    Predictors(SCALES, 11, 2 * NUGGET).at(points, values, points[:7])
    Predictors(SCALES, 11, NUGGET).at(points, values, points[:7], (np.arange(30), np.arange(7)))
    assert len(solved) == 4
