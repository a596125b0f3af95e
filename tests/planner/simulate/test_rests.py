"""Rests: a step that begins after an engine had nothing to run takes longer, no other does, however many are simulated at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.rest import Rest
from intarsia.errors import InputError
from intarsia.planner.simulate import Job, Load, Stage, simulate
from intarsia.planner.simulate.serving import Host
from tests.planner.simulate.systems import poisson, replica
from tests.planner.simulate.test_simulator import same

REST = Rest((0.01, 1.0), (0.0, 0.25))
APART = Load(tuple(Job(10.0 * n, 300, 20) for n in range(4)))
"""The first one comes when the engine has just run something; the others after some nine seconds without work."""


def test_a_step_after_a_rest_takes_longer_and_the_others_do_not() -> None:
    bare, rested = simulate(APART, replica()).requests, simulate(APART, replica(rest=REST)).requests
    assert rested.first - bare.first == pytest.approx([0.0, 0.25, 0.25, 0.25])
    assert rested.end - rested.first == pytest.approx(bare.end - bare.first)


def test_an_engine_that_is_never_idle_never_rests() -> None:
    load = Load(tuple(Job(0.0, 300, 20) for _ in range(30)))
    assert same(simulate(load, replica()), simulate(load, replica(rest=REST)))


def test_rests_that_cost_nothing_change_nothing() -> None:
    load = poisson(60, 5.0)
    assert same(simulate(load, replica()), simulate(load, replica(rest=Rest((0.01, 1.0), (0.0, 0.0)))))


def test_a_short_rest_costs_less_than_a_long_one() -> None:
    """The second request comes 0.1 s after the first one's end, the third one a minute later."""
    end = float(simulate(Load(APART.jobs[:1]), replica()).requests.end[0])
    load = Load((Job(0.0, 300, 20), Job(end + 0.1, 300, 20), Job(end + 60.0, 300, 20)))
    more = simulate(load, replica(rest=REST)).requests.first - simulate(load, replica()).requests.first
    assert more == pytest.approx([0.0, 0.125, 0.25])


def test_time_at_work_holds_what_rests_cost() -> None:
    bare, rested = simulate(APART, replica()), simulate(APART, replica(rest=REST))
    assert rested.resources.busy * rested.duration_s - bare.resources.busy * bare.duration_s == pytest.approx(3 * 0.25)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 200), st.integers(1, 60)), min_size=1, max_size=12), st.integers(0, 3))
def test_skipping_ahead_changes_nothing(jobs: list[tuple[float, int, int]], seed: int) -> None:
    times = np.cumsum([gap for gap, _, _ in jobs]).tolist()
    load = Load(tuple(Job(time, prompt, output) for time, (_, prompt, output) in zip(times, jobs, strict=True)))
    served = [replica(rest=REST)] * (1 + seed % 2)
    router = "least_loaded" if seed > 1 else "round_robin"
    assert same(simulate(load, served, router=router), simulate(load, served, router=router, ahead=False))


def test_pipelines_and_shared_hosts_have_no_rests() -> None:
    table = replica().table
    for more in ({"pipeline": (Stage(table, 0.5), Stage(table, 0.5))}, {"host": Host("one", 1e12, 1e10), "weight_bytes": 1e9}):
        with pytest.raises(InputError, match="without a pipeline, on devices of their own"):
            replica(rest=REST, **more)
