"""Percentiles are NumPy's, to the last bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from intarsia.planner.simulate.metrics import percentiles


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=70), st.lists(st.floats(0, 100), min_size=1, max_size=5))
def test_percentiles_are_numpys(values: list[float], wanted: list[float]) -> None:
    for asked in (wanted, [50, 90, 95, 99], [0, 100]):
        assert percentiles(np.array(values), asked) == np.percentile(values, asked).tolist()
