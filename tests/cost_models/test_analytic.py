"""The roofline with tiles and waves: work by hand, bounds, monotonicity, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models import analytic
from intarsia.cost_models.analytic import Attention, Gemm, Moe
from intarsia.cost_models.devices import available, load
from intarsia.errors import InputError

DEVICE = load("H100-SXM")


def test_work_of_a_matmul() -> None:
    done = analytic.work(Gemm(2, 3, 4))
    assert (done.flops, done.bytes) == (48, 2 * (12 + 8 + 6))


@pytest.mark.parametrize(("rows", "context", "window", "pairs"), [(4, 0, 0, 10), (1, 7, 0, 8), (4, 6, 0, 34), (4, 0, 2, 7), (1, 7, 3, 3), (3, 1, 2, 6), (2, 0, 9, 3)])
def test_pairs_of_queries_and_keys(rows: int, context: int, window: int, pairs: int) -> None:
    """Counted by hand: query i of the new rows sees at most `window` of the context + i + 1 keys."""
    counted = sum(min(context + i + 1, window or 10**9) for i in range(rows))
    assert counted == pairs
    assert analytic.work(Attention(1, rows, context, 1, 1, 1, window=window)).flops == 4 * pairs


def test_few_tokens_touch_few_experts() -> None:
    weight = 3 * 64 * 32 * 2
    one = analytic.work(Moe(1, 64, 32, 1, 16)).bytes
    assert weight * 0.9 < one < 1.2 * weight
    assert analytic.work(Moe(10**6, 64, 32, 1, 16)).flops == 6 * 10**6 * 64 * 32


@pytest.mark.parametrize("name", available())
def test_every_device_of_the_catalogue_has_costs_above_its_roofline(name: str) -> None:
    device = load(name)
    for op in (Gemm(np.array([1, 4096]), 4096, 4096), Attention(8, 1, 4096, 32, 8, 128), Attention(1, 4096, 0, 32, 8, 128), Moe(64, 4096, 1536, 8, 128)):
        seconds = analytic.seconds(op, device)
        assert np.isfinite(seconds).all() and (seconds >= 0.999 * analytic.peak_roofline(op, device)).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 20000), st.integers(1, 20000), st.integers(1, 20000))
def test_more_rows_never_take_less_time(m: int, n: int, k: int) -> None:
    less, more = analytic.seconds(Gemm(np.array([m, 2 * m]), n, k), DEVICE)
    assert less <= more * (1 + 1e-12)


def test_a_wave_that_is_hardly_begun_takes_as_long_as_a_full_one() -> None:
    """132 cores: 12 x 11 tiles of 256 x 128 fill one wave, another row needs more."""
    full, begun = analytic.seconds(Gemm(np.array([256 * 12, 256 * 12 + 1]), 128 * 11, 4096), DEVICE)
    assert begun > 1.05 * full


@pytest.mark.parametrize("op", [Gemm(0, 1, 1), Gemm(1, -4, 1), Gemm(float("nan"), 1, 1), Attention(1, 1, -1, 1, 1, 1), Gemm(1, 1, 1, "f7")])
def test_bad_operators(op: analytic.Operator) -> None:
    with pytest.raises(InputError):
        analytic.check(op)
