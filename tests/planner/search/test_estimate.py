"""The steady state under an open load: against hand-made queues, and how it moves with load and limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.serving.host import Host
from intarsia.planner.search.estimate import Shape, capacity, steady
from tests.planner.search.samples import Line
from tests.planner.search.test_questions import ASKED, prepared


def shape(isl: float = 1000.0, osl: float = 200.0, chunk: float = 2048, sequences: float = 256, cache: float = 1e6) -> Shape:
    return Shape(isl, osl, *(np.array([float(value)]) for value in (chunk, sequences, cache)))


def test_an_idle_replica_takes_lone_steps() -> None:
    """One request in an hour: its prompt's step, half a step of waiting for none, and steps of one sequence."""
    steps = Line()
    found = steady(steps, shape(), np.array([1e-4]))
    alone = float(steps.decode_s(np.ones(1), np.full(1, 1100.0))[0])
    prefill = float(steps.both_s(np.ones(1), np.full(1, 1100.0), np.full(1, 1000.0), np.zeros(1), np.ones(1))[1][0])
    assert found.tpot_s[0] == pytest.approx(alone, rel=0.01)
    assert found.ttft_s[0] == pytest.approx(prefill + alone / 2, rel=0.01)
    assert bool(found.stable[0])


def test_work_is_conserved() -> None:
    """At rate r a step of t seconds brings r t prompts, whose rows and answers fill it: t = start + r t (isl + osl - 1) row, without attention."""
    steps, rate = Line(token=0.0), 20.0
    found = steady(steps, shape(), np.array([rate]))
    assert found.tpot_s[0] == pytest.approx(steps.start / (1 - rate * (1000 + 199) * steps.row), rel=1e-3)
    assert found.running[0] == pytest.approx(rate * 199 * found.tpot_s[0], rel=1e-3)


@given(st.floats(50, 5000), st.floats(2, 800), st.sampled_from([256.0, 2048.0, 8192.0]), st.floats(1, 512), st.floats(100, 1e6))
@settings(max_examples=80, deadline=None)
def test_capacity_is_where_it_stops_keeping_up(isl: float, osl: float, chunk: float, sequences: float, cache: float) -> None:
    wanted = shape(isl, osl, chunk, sequences, cache)
    found = capacity(Line(), wanted)
    if wanted.most[0] < 1:
        assert found[0] == 0
        return
    below, above = (steady(Line(), wanted, found * factor) for factor in (0.97, 1.08))
    assert bool(below.stable[0]) and not bool(above.stable[0])
    slower, lax = capacity(Line(start=0.02, row=2e-5, token=2e-8), wanted), capacity(Line(), wanted, ttft_s=1e9, tpot_s=1e9)
    assert slower[0] == pytest.approx(found[0] / 2, rel=0.05) and lax[0] == found[0]


def test_goals_lower_the_capacity() -> None:
    free, held = capacity(Line(), shape()), capacity(Line(), shape(), tpot_s=0.012)
    assert 0 < held[0] < free[0]
    assert steady(Line(), shape(), held).tpot_s[0] <= 0.012
    assert capacity(Line(), shape(), ttft_s=0.001)[0] == 0


def test_settings_are_answered_together() -> None:
    chunks, sequences, cache = np.array([512.0, 2048.0]), np.array([16.0, 256.0]), np.array([1e5, 1e6])
    both = capacity(Line(), Shape(1000.0, 200.0, chunks, sequences, cache))
    each = [capacity(Line(), shape(chunk=c, sequences=s, cache=k))[0] for c, s, k in zip(chunks, sequences, cache, strict=True)]
    assert both == pytest.approx(each)


def test_what_splits_prompts_leaves_less_time_to_prefill() -> None:
    """Designs that reach a first token in time only if the host took none aren't taken to carry anything."""
    slow = replace(ASKED, host=Host(token_s=1e-3))
    assert slow.left_s == pytest.approx(ASKED.goals.ttft_s - 1e-3 * ASKED.isl) or slow.left_s == 1e-9
    assert slow.split_s == pytest.approx(1e-3 * ASKED.isl) and not any(design.prefills for design in prepared(slow)[0])
    assert any(design.prefills for design in prepared(ASKED)[0])
