"""The roofline with tiles and waves: work by hand, bounds, monotonicity, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models import analytic
from intarsia.cost_models.devices import available, load
from intarsia.cost_models.ops import Attention, Experts, Gemm

DEVICE = load("H100-SXM")


@pytest.mark.parametrize("name", available())
def test_every_device_of_the_catalogue_has_costs_above_its_roofline(name: str) -> None:
    device = load(name)
    for op in (Gemm(np.array([1, 4096]), 4096, 4096), Attention(8, 1, 4096, 32, 8, 128), Attention(1, 4096, 0, 32, 8, 128), Experts(64, 4096, 1536, 8, 128)):
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
