"""Trees that correct kriging: beside a plain grower in float64, one by one, the same each time, and what makes no sense is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.silicon import forest_kernel, growing_kernel
from intarsia.cost_models.silicon.forest import NO_LEAF, Forest
from intarsia.cost_models.silicon.forest_kernel import BLOCK
from intarsia.cost_models.silicon.growing import Growth, grow
from intarsia.cost_models.silicon.growing_kernel import BUCKETS, SPAN
from intarsia.cost_models.silicon.tables import Array

WHOLE = Growth(trees=40, leaves=8, rate=0.2, least_rows=5, features=1.0, share=1.0, codes=16)
"""Every tree sees all rows and features."""
PART = replace(WHOLE, share=0.6, features=0.5)
BUCKET = 2 * SPAN / BUCKETS


def rows_of(count: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 4)).astype(np.float32)


def wanted_of(rows: Array) -> Array:
    return np.asarray(0.2 * rows[:, 0] * rows[:, 2] + np.where(rows[:, 1] > 0.3, 0.15, -0.1), np.float64)


def plain_tree(rows: Array, edges: Array, left: Array, growth: Growth) -> list[Array]:
    """An oracle: the leaves of a tree, as rows, by looking at every threshold of every leaf each time."""
    leaves = [np.arange(len(rows))]
    while len(leaves) < growth.leaves:
        best: tuple[float, int, Array] | None = None
        for number, leaf in enumerate(leaves):
            pull = np.sign(left[leaf])
            for feature, thresholds in enumerate(edges):
                for threshold in thresholds[np.isfinite(thresholds)]:
                    moves = rows[leaf, feature] > threshold
                    if min(moves.sum(), (~moves).sum()) >= growth.least_rows:
                        gain = pull[moves].sum() ** 2 / moves.sum() + pull[~moves].sum() ** 2 / (~moves).sum() - pull.sum() ** 2 / len(leaf)
                        if gain > (best[0] + 1e-9 if best else 1e-9):
                            best = gain, number, moves
        if best is None:
            break
        _, number, moves = best
        leaves.append(leaves[number][moves])
        leaves[number] = leaves[number][~moves]
    return leaves


def walk(forest: Forest, row: Array) -> float:
    """An oracle: one row, one tree, one split at a time."""
    total = 0.0
    for splits, values in zip(forest.splits.tolist(), forest.leaves, strict=True):
        leaf = 0
        for new, (parent, feature, code) in enumerate(splits, 1):
            if leaf == parent and (row[feature] > forest.edges[feature]).sum() > code:
                leaf = new
        total += float(values[leaf])
    return total


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_tree_is_that_of_a_plain_grower(seed: int) -> None:
    """The same leaves, whose values are medians as exact as buckets are wide."""
    rows = rows_of(300, seed)
    wanted = wanted_of(rows)
    forest = grow(rows, wanted, replace(WHOLE, trees=1, rate=1.0))
    found = forest.predict(rows)
    leaves = plain_tree(rows, forest.edges, wanted - np.median(wanted), WHOLE)
    assert len(leaves) == WHOLE.leaves == len(np.unique(found))
    for leaf in leaves:
        assert np.ptp(found[leaf]) == 0
        apart = wanted[leaf] - found[leaf]
        assert max((apart < -BUCKET).mean(), (apart > BUCKET).mean()) <= 0.5


def test_a_forest_is_as_right_as_a_plain_grower_is() -> None:
    rows, fresh = rows_of(400), rows_of(400, 1)
    wanted = wanted_of(rows) + np.random.default_rng(2).laplace(0, 0.02, 400)
    growth = replace(WHOLE, trees=25)
    forest = grow(rows, wanted, growth)
    left = wanted - np.median(wanted)
    for _ in range(growth.trees):
        for leaf in plain_tree(rows, forest.edges, left, growth):
            left[leaf] -= growth.rate * np.median(left[leaf])
    assert np.abs(forest.predict(rows) - wanted).mean() <= 1.1 * np.abs(left).mean()
    assert np.abs(forest.predict(fresh) - wanted_of(fresh)).mean() < 0.4 * np.abs(wanted_of(fresh) - np.median(wanted)).mean()


def test_outliers_pull_little() -> None:
    rows = rows_of(4000)
    wanted = np.where(np.arange(4000) % 50 == 0, 30.0, wanted_of(rows))
    assert np.median(np.abs(grow(rows, wanted, replace(PART, trees=100)).predict(rows) - wanted_of(rows))) < 0.02


def test_the_same_rows_give_the_same_trees() -> None:
    rows = rows_of(500)
    first, again = (grow(rows, wanted_of(rows), replace(PART, trees=20)) for _ in range(2))
    assert all(np.array_equal(getattr(first, name), getattr(again, name)) for name in ("edges", "splits", "leaves"))


def test_compiled_loops_do_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bits as Python gives."""
    rows = rows_of(60)
    growth = replace(PART, trees=4, leaves=5, least_rows=3, codes=8)
    compiled = grow(rows, wanted_of(rows), growth)
    for module, name in ((growing_kernel, "boost"), (forest_kernel, "find_codes")):
        monkeypatch.setattr(module, name, getattr(module, name).function)
    plain = grow(rows, wanted_of(rows), growth)
    assert all(np.array_equal(getattr(plain, name), getattr(compiled, name)) for name in ("edges", "splits", "leaves"))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(2, 12), st.integers(2, 20), st.integers(1, 60), st.integers(0, 1000))
def test_many_rows_are_answered_as_one_by_one(trees: int, leaves: int, codes: int, count: int, seed: int) -> None:
    rows = np.round(rows_of(count, seed), 1)
    forest = grow(rows, wanted_of(rows), replace(PART, trees=trees, leaves=leaves, codes=codes, least_rows=2))
    asked = np.concatenate([rows, rows_of(20, seed + 1)])
    assert np.allclose(forest.predict(asked), [walk(forest, row) for row in asked], atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 80), st.integers(1, 12), st.integers(0, 1000))
def test_leaves_have_the_least_rows(count: int, least: int, seed: int) -> None:
    """Of a tree that sees all of them; one that can't be split says the median."""
    rows = rows_of(count, seed)
    wanted = np.random.default_rng(seed).normal(size=count)
    found = grow(rows, wanted, replace(WHOLE, trees=1, leaves=30, least_rows=least)).predict(rows)
    sizes = np.unique(found, return_counts=True)[1]
    assert len(sizes) == 1 or sizes.min() >= least
    if count < 2 * least:
        assert found == pytest.approx(np.median(wanted), abs=WHOLE.rate * SPAN)


def test_blocks_fit_together() -> None:
    rows = rows_of(200)
    forest = grow(rows, wanted_of(rows), replace(PART, trees=10))
    assert np.array_equal(forest.predict(np.tile(rows, (3 * BLOCK // 200, 1))), np.tile(forest.predict(rows), 3 * BLOCK // 200))
    assert forest.predict(rows[:0]).shape == (0,)


def test_more_trees_leave_less() -> None:
    rows = rows_of(1000)
    left = [float(np.abs(grow(rows, wanted_of(rows), replace(PART, trees=trees)).predict(rows) - wanted_of(rows)).mean()) for trees in (1, 20, 80)]
    assert left == sorted(left, reverse=True) and left[-1] < 0.3 * left[0]


def test_features_that_never_change_are_never_asked() -> None:
    rows = np.concatenate([rows_of(300), np.full((300, 1), 7.0, np.float32)], axis=1)
    forest = grow(rows, wanted_of(rows), replace(PART, trees=20))
    assert not (forest.splits[forest.splits[:, :, 0] != NO_LEAF][:, 1] == 4).any()


@pytest.mark.parametrize("damage", [
    {"leaves": np.zeros((1, 3))}, {"splits": np.full((1, 1, 3), 9, np.uint8)}, {"leaves": np.full((1, 2), np.nan)}, {"splits": np.zeros((1, 1, 3))}, {"edges": np.zeros(3, np.float32)},
])  # fmt: skip
def test_trees_that_make_no_sense(damage: dict[str, Array], tmp_path: Path) -> None:
    parts = {"edges": np.zeros((2, 3), np.float32), "splits": np.zeros((1, 1, 3), np.uint8), "leaves": np.zeros((1, 2))}
    forest = Forest(**parts)
    with pytest.raises(ValueError):
        Forest(**parts | damage)
    with pytest.raises(ValueError, match="2 features"):
        forest.predict(np.zeros((4, 3)))
    forest.save(tmp_path / "trees")
    assert Forest.load(tmp_path / "trees").predict(np.ones((1, 2))) == forest.predict(np.ones((1, 2)))
    np.savez((tmp_path / "trees").open("wb"), **{**parts, **damage})
    with pytest.raises(ValueError):
        Forest.load(tmp_path / "trees")
