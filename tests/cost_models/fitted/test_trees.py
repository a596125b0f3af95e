"""Oblivious trees: what they learn, that they are the same each time, and that damaged ones are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.fitted import kernel
from intarsia.cost_models.fitted.growing import Growth, grow
from intarsia.cost_models.fitted.kernel import BLOCK
from intarsia.cost_models.fitted.trees import Trees
from intarsia.cost_models.ops import Array

GROWTH = Growth(count=60, depth=4, rate=0.2, shrink=1.0)


def rows_of(count: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3)).astype(np.float32)


def wanted_of(rows: Array) -> Array:
    return 0.2 * rows[:, 0] + np.where(rows[:, 1] > 0.3, 0.15, -0.1)


def one_by_one(trees: Trees, row: Array) -> float:
    """An oracle: one row, one tree, one question at a time."""
    total = 0.0
    for level, values in zip(trees.levels, trees.leaves, strict=True):
        answers = [bool(row[trees.features[question]] > trees.thresholds[question]) for question in level]
        total += float(values[int("".join(str(int(answer)) for answer in answers), 2)])
    return total


def test_a_step_and_a_slope_are_learnt() -> None:
    rows, fresh = rows_of(4000), rows_of(500, 1)
    error = np.abs(grow(rows, wanted_of(rows), GROWTH, 0).predict(fresh) - wanted_of(fresh))
    assert np.median(error) < 0.02 < np.median(np.abs(wanted_of(fresh)))


def test_outliers_pull_little() -> None:
    rows = rows_of(4000)
    wanted = np.where(np.arange(4000) % 50 == 0, 30.0, wanted_of(rows))
    found = grow(rows, wanted, GROWTH, 0).predict(rows)
    assert np.median(np.abs(found - wanted_of(rows))) < 0.03


def test_the_same_seed_gives_the_same_trees_and_another_others() -> None:
    rows = rows_of(500)
    first, again, other = (grow(rows, wanted_of(rows), GROWTH, seed) for seed in (3, 3, 4))
    assert all(np.array_equal(getattr(first, name), getattr(again, name)) for name in ("features", "thresholds", "levels", "leaves"))
    assert not np.array_equal(first.leaves, other.leaves)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(1, 20), st.integers(0, 1000))
def test_many_rows_are_answered_as_one_by_one(depth: int, count: int, seed: int) -> None:
    rows = rows_of(40, seed)
    trees = grow(rows, wanted_of(rows), Growth(count=count, depth=depth, shrink=1.0), seed)
    assert np.allclose(trees.predict(rows), [one_by_one(trees, row) for row in rows], atol=1e-5)


def test_blocks_fit_together() -> None:
    rows = rows_of(200)
    trees = grow(rows, wanted_of(rows), GROWTH, 0)
    many = np.tile(rows, (3 * BLOCK // 200, 1))
    assert np.array_equal(trees.predict(many), np.tile(trees.predict(rows), 3 * BLOCK // 200))
    assert trees.predict(rows[:0]).shape == (0,)


def test_what_grew_is_what_predicts() -> None:
    """The sum that boosting kept while it grew is the prediction: residuals shrink with every tree that is added."""
    rows = rows_of(1000)
    left = [float(np.mean((grow(rows, wanted_of(rows), Growth(count=count, shrink=1.0), 5).predict(rows) - wanted_of(rows)) ** 2)) for count in (1, 10, 40)]
    assert left == sorted(left, reverse=True) and left[-1] < 0.2 * left[0]


def test_features_that_never_change_are_never_asked() -> None:
    rows = np.concatenate([rows_of(300), np.full((300, 1), 7.0, np.float32)], axis=1)
    trees = grow(rows, wanted_of(rows), GROWTH, 0)
    changed = rows.copy()
    changed[:, 3] = 1e9
    assert np.array_equal(trees.predict(rows), trees.predict(changed))


@pytest.mark.parametrize("damage", [
    {"leaves": np.zeros((1, 3), np.float32)}, {"levels": np.full((1, 2), 9, np.uint16)}, {"leaves": np.full((1, 4), np.nan, np.float32)}, {"thresholds": np.zeros(2, np.float32)},
])  # fmt: skip
def test_trees_that_make_no_sense(damage: dict[str, Array]) -> None:
    parts = {"features": np.zeros(1, np.uint8), "thresholds": np.zeros(1, np.float32), "levels": np.zeros((1, 2), np.uint16), "leaves": np.zeros((1, 4), np.float32)}
    Trees(**parts)
    with pytest.raises(ValueError):
        Trees(**parts | damage)


def test_what_growing_counts() -> None:
    """Against NumPy's own: sums by leaf and bin, and leaves that questions lead to."""
    random = np.random.default_rng(5)
    codes, leaf, pull, asked = random.integers(0, 7, (4, 90)).astype(np.uint8), random.integers(0, 4, 90), random.normal(size=90).astype(np.float32), np.array([0, 3])
    sums, counts = np.zeros((2, 2, 4, 7))
    kernel.add_histogram(codes, leaf, pull, asked, sums, counts)
    wanted = np.zeros((2, 4, 7))
    for place, feature in enumerate(asked):
        np.add.at(wanted[place], (leaf, codes[feature]), pull.astype(float))
        assert counts[place].tolist() == [[float(((leaf == each) & (codes[feature] == code)).sum()) for code in range(7)] for each in range(4)]
    assert sums == pytest.approx(wanted)
    found = np.zeros(90, np.int64)
    kernel.find_leaves(codes, np.array([[2, 3], [1, 0]]), found)
    assert found.tolist() == (2 * (codes[2] > 3) + (codes[1] > 0)).tolist()
