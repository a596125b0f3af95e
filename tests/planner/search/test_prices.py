"""Prices in compiled code are those of the step table, for numbers and arrays of any shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.planner.search.prices import Pricer, Prices
from intarsia.planner.search.space import Replica
from tests.planner.search.samples import problem, settled


@pytest.fixture(scope="module")
def prices() -> Prices:
    asked = problem()
    return Pricer(asked)(Replica(asked.fleet[0].name, Plan(), Precision(), 2048, 128))


LOADS = st.tuples(st.integers(0, 128), st.integers(1, 8000), st.integers(1, 2048), st.integers(0, 8000))


@settings(max_examples=60, deadline=None)
@given(st.lists(LOADS, min_size=1, max_size=6))
def test_steps_are_those_of_the_table(prices: Prices, loads: list[tuple[int, int, int, int]]) -> None:
    n, context, tokens, before = (np.array(column, dtype=np.float64) for column in zip(*loads, strict=True))
    alone, together = prices.both_s(n, context, tokens, before, np.ones_like(n))
    for i in range(len(loads)):
        table = prices.table
        expected = float(table.decode_seconds(n[i], context[i])) if n[i] else 0.0
        assert alone[i] == pytest.approx(expected, rel=1e-9) and prices.decode_s(n, context)[i] == alone[i]
        rows = table.rows_term(n[i] + tokens[i]) + table.logits_term(n[i] + 1) + table.prefill_term(tokens[i], before[i])
        attention = table.decode_term(n[i], context[i])[0] if n[i] else 0.0
        assert together[i] == pytest.approx(float(rows[0] + attention), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 9000), st.floats(1, 900), st.lists(st.tuples(st.floats(1e-3, 1e3), st.sampled_from([16.0, 512.0, 2048.0]), st.floats(0, 128)), min_size=1, max_size=6))
def test_steady_states_settle_as_the_formulas_do(prices: Prices, isl: float, osl: float, loads: list[tuple[float, float, float]]) -> None:
    at = [np.array(column) for column in zip(*loads, strict=True)]
    np.testing.assert_array_equal(prices.settled(isl, osl, *at), settled(prices, isl, osl, *at))
    alike = np.broadcast_arrays(at[0], np.array([512.0]), np.float64(9.0))
    np.testing.assert_array_equal(prices.settled(isl, osl, *alike), settled(prices, isl, osl, *alike))


def test_numbers_grids_and_arrays_are_answered_alike(prices: Prices) -> None:
    """A number is an array without axes: what is written into it must not be lost."""
    one = prices.both_s(np.float64(3), np.float64(500), np.float64(64), np.float64(10), np.float64(2))
    grid = prices.both_s(np.full((2, 3), 3.0), np.full((1, 3), 500.0), np.full((2, 1), 64.0), np.full((2, 3), 10.0), np.full((2, 3), 2.0))
    for a, b in zip(one, grid, strict=True):
        assert b.shape == (2, 3) and (b == float(a)).all() and float(a) > 0
    assert float(prices.decode_s(np.float64(3), np.float64(500))) == float(one[0])
