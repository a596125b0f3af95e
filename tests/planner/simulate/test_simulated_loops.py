"""The simulator's compiled loops against the same source run by Python, to the bit."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.serving.step_kernels import Curves, curves
from intarsia.planner.search import price_kernels
from intarsia.planner.simulate import kernels
from tests.cost_models.test_step_table import CASES, system

counts = st.integers(1, 200)


@lru_cache
def curves_of(case: str) -> Curves:
    return curves(system(case, False)[1])


def _whole(*values: Any) -> np.ndarray:
    return np.array(values, np.int64)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=20, deadline=None)
@given(decodes=counts, context=st.integers(1, 9000), chunk=st.integers(2, 3000), before=st.integers(0, 9000), share=st.sampled_from([1.0, 0.5]), micro=st.sampled_from([0, 3]))
def test_iterations(case: str, decodes: int, context: int, chunk: int, before: int, share: float, micro: int) -> None:
    found = []
    for loop in (kernels.run, kernels.run.function):
        ends, columns, gaps, totals = np.zeros(8), np.zeros((8, 4)), np.zeros(kernels.BINS, np.int64), np.zeros(6)
        contexts, chunks = _whole(decodes * context, 300), _whole(before)
        loop(
            curves_of(case)._replace(micro=micro, layers=61, floor_s=0.02, captured=512.0), 1.5, 8, _whole(decodes, 3), contexts, _whole(decodes + chunk, 3), _whole(decodes + 1, 3), _whole(0, 1, 1), _whole(chunk), chunks,
            share, 0.01, False, 0.001, ends, columns, np.zeros((5, 4)),
        )  # fmt: skip
        for entry, *arguments in ((kernels.settle, columns, ends, 8, 1.5, 400.0, totals), (kernels.note_run, gaps, ends, 8, 5)):
            (entry if loop is kernels.run else entry.function)(*arguments)
        found.append((ends, columns, contexts, chunks, totals, gaps))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=20, deadline=None)
@given(sequences=st.floats(0, 500), context=st.floats(1, 1e5), tokens=st.floats(0, 4000), before=st.floats(0, 1e5))
def test_steps_of_estimates(case: str, sequences: float, context: float, tokens: float, before: float) -> None:
    at = [np.array([value, value / 3]) for value in (sequences, context, tokens, before, 2.0)]
    rows = system(case, False)[1].dense
    both = [(np.zeros(2), np.zeros(2)) for _ in range(2)]
    price_kernels.both_s(curves_of(case), rows, np.zeros((3, 4)), *at, *both[0])
    price_kernels.both_s.function(curves_of(case), rows, np.zeros((3, 4)), *at, *both[1])
    np.testing.assert_array_equal(both[0], both[1])


@pytest.mark.parametrize("alike", [True, False])
def test_lanes_of_a_pipeline(alike: bool) -> None:
    """Two lanes on two stages, which have one set of curves or two, one of them with a chunk."""
    found = []
    for loop in (kernels.pipe, kernels.pipe.function):
        one = curves_of("8 bits in a pipeline")
        above = [np.stack([each] if alike else [each, each * 1.5]) for each in one[:6]]
        stack = kernels.Stack(*above, *one[6:10], *(np.full(len(above[0]), value) for value in (one.launch_s, 0.1, 512.0)), np.array([0.5, 0.5]), np.array([300.0, 200.0]))
        runs = kernels.Runs(
            _whole(1, 1), _whole([5], [40]), _whole([505], [40]), _whole([6], [40]), _whole([0, 1], [0, 0]), _whole([500], [0]), np.array([0.5, 1.0]), np.array([0.02, 0.0]), _whole(6, 40),
        )  # fmt: skip
        lanes = kernels.Lanes(
            _whole(4, 9), _whole(0, 0), _whole([5000], [90_000]), _whole([100], [0]), np.zeros(2), np.array([0.1, 0.2]), np.zeros(2), np.zeros(2), np.zeros(6), _whole(-1),
        )  # fmt: skip
        log = kernels.Log(np.zeros(64, np.int64), np.zeros(64, np.int64), _whole(0))
        loop(stack, runs, log, np.zeros((5, 4)), lanes, 9.0)
        assert lanes.next[0] >= 0 and lanes.done.sum() >= 4 and log.filled[0] > 0
        found.append((*lanes, *log))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, theirs)
