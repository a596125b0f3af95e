"""Curves of experts that were measured with kernels nobody tuned: found where more work takes much less time, and by nothing else. Tables are made up."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.ops import Experts
from intarsia.cost_models.silicon.moe import MOST_ROWS, tuned
from intarsia.cost_models.silicon.moe_kernel import SLOWER
from intarsia.cost_models.silicon.tables import Table

TOKENS = (1, 16, 128, 512, 2048, 8192)
SHARED = tuple(itertools.product((1, 2, 4, 8), (1, 2, 4)))


def table(noise: float = 0.0, seed: int = 0) -> Table:
    """What a sound device takes for one model, shared out in 12 ways, in two types and two loads: a start, and its part of the work."""
    random = np.random.default_rng(seed)
    rows = list(itertools.product(("bf16", "f8"), ("balanced", "power_law_1.2"), SHARED, TOKENS))
    dtype, load, ways, tokens = (list(column) for column in zip(*rows, strict=True))
    tp, ep = (np.array(column) for column in zip(*ways, strict=True))
    same = np.ones(len(rows), np.int64)
    columns = {"hidden": 4096 * same, "inter": 2048 * same, "top_k": 4 * same, "experts": 64 * same, "tp": tp, "ep": ep, "tokens": np.array(tokens)}
    work = np.array([float(Experts(t, 4096, 2048, 4, 64, int(a), int(b)).bytes) for t, a, b in zip(tokens, tp, ep, strict=True)])
    seconds = (2e-5 + work / 2e12 * np.where(np.array(dtype) == "bf16", 1, 0.5)) * np.exp(random.uniform(-noise, noise, len(rows)))
    return Table(columns | {"dtype": np.array(dtype), "distribution": np.array(load), "kernel": np.array(["usual"] * len(rows))}, seconds, "made up")


def curve(rows: Table, tp: int, ep: int, dtype: str = "bf16", load: str = "balanced") -> np.ndarray:
    found = rows.columns
    return np.asarray((found["tp"] == tp) & (found["ep"] == ep) & (found["dtype"] == dtype) & (found["distribution"] == load))


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.49 * np.log(SLOWER)), st.integers(0, 99))
def test_measurements_that_only_scatter_are_believed(noise: float, seed: int) -> None:
    assert tuned(table(noise, seed)).all()


def test_a_curve_that_is_slower_than_with_more_work_is_not() -> None:
    ways = ((4, 2, "bf16", "balanced"), (2, 1, "f8", "balanced"), (8, 4, "bf16", "power_law_1.2"), (1, 1, "bf16", "power_law_1.2"), (1, 1, "f8", "balanced"))
    for way in ways:
        rows = table(0.05)
        wrong = curve(rows, *way)
        rows.seconds[wrong] = 4 * rows.seconds[curve(rows, 1, 1)]
        assert (tuned(rows) == ~wrong).all()


def test_nothing_is_said_against_the_one_that_has_most_work_nor_against_single_rows() -> None:
    rows = table()
    rows.seconds[curve(rows, 1, 1)] *= 6
    assert tuned(rows).all()
    rows = table()
    wrong = np.flatnonzero(curve(rows, 4, 2))
    rows.seconds[wrong[: int(MOST_ROWS * len(wrong))]] = 1.0
    assert tuned(rows).all()


def test_other_models_and_kernels_are_not_compared() -> None:
    rows = table()
    wrong = curve(rows, 4, 2)
    rows.seconds[wrong] = 1.0
    for name, other in (("hidden", 8192), ("kernel", "other")):
        apart = Table(rows.columns | {name: np.where(wrong, other, rows.columns[name])}, rows.seconds, "made up")
        assert tuned(apart).all()
