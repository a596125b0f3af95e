"""Users who give up what waits too long, and send again what missed its goals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.simulate import Job, Load, simulate
from tests.planner.simulate.systems import poisson, replica, table
from tests.planner.simulate.test_simulator import same

LENGTHS = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 60)), min_size=2, max_size=14)


def closed(lengths: list[tuple[int, int]], users: int, patience_s: float, **goals: Any) -> Load:
    return Load(tuple(Job(0.0, prompt, output, **goals) for prompt, output in lengths), users=users, patience_s=patience_s)


@settings(max_examples=40, deadline=None)
@given(LENGTHS, st.integers(1, 8), st.floats(0.01, 2.0), st.integers(62, 120), st.integers(1, 4), st.booleans())
def test_every_job_ends_good_and_skipping_ahead_changes_nothing(lengths: list[tuple[int, int]], users: int, patience_s: float, pages: int, sequences: int, piped: bool) -> None:
    """Goals that a job alone can keep are kept in the end by all; who gave up had waited for as long as that and not for longer."""
    load = closed(lengths, users, patience_s, ttft_s=patience_s + 0.5, pause_s=1.0)
    more: dict[str, Any] = {"table": table(tp=2, pp=2)} if piped else {}
    served = replica(16 * pages * (2 if piped else 1), sequences=sequences, **more)
    found = simulate(load, served)
    assert found.requests.met.all() and (found.requests.tries >= 1).all()
    assert (found.requests.queue <= patience_s).all() and (found.requests.end > found.requests.first - 1e-9).all()
    assert same(found, simulate(load, served, ahead=False))


def test_one_place_and_two_impatient_users() -> None:
    """While the first job takes 60 steps, the second is given up again and again; it is served once the first has ended."""
    load = closed([(100, 60), (100, 60)], 2, 0.1)
    found = simulate(load, replica(sequences=1)).requests
    assert found.tries[0] == 1 and found.tries[1] == 1 + int((found.end[0] - 1e-12) // 0.1)
    assert found.arrival[1] == pytest.approx(0.1 * (found.tries[1] - 1)) and found.start[1] >= found.end[0]


def test_patience_that_is_never_tried_changes_nothing() -> None:
    load = poisson(20, 5.0, users=4)
    assert same(simulate(load, replica()), simulate(replace(load, patience_s=1e6), replica()))


def test_a_pause_is_a_goal() -> None:
    """Memory for one and a half requests: the younger one is evicted, and waits for the older one's end."""
    jobs = tuple(Job(0.0, 400, 200, pause_s=0.5) for _ in range(2))
    found = simulate(Load(jobs), replica(1000)).requests
    assert found.preemptions.tolist() == [0, 1] and found.met.tolist() == [True, False] and found.stall[1] > 0.5
    again = simulate(Load(jobs, users=2, patience_s=60.0), replica(1000)).requests
    assert again.met.all() and again.tries.tolist() == [1, 2] and np.isclose(again.arrival[1], found.end[1])


def test_goals_that_nothing_keeps_are_told() -> None:
    with pytest.raises(InfeasibleError, match="in a row missed their goals"):
        simulate(closed([(100, 20)] * 3, 2, 1.0, tpot_s=1e-6), replica())


@pytest.mark.parametrize("given_", [{"patience_s": 1.0}, {"users": 2, "patience_s": 0.0}, {"users": 2, "patience_s": float("nan")}])
def test_patience_needs_users(given_: dict[str, float]) -> None:
    with pytest.raises(InputError, match="patience"):
        Load((Job(0.0, 1, 1),), **given_)  # type: ignore[arg-type]
