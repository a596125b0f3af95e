"""Weights that are streamed: every iteration takes as long as its bytes do, beside its work, however many are simulated at once."""

from __future__ import annotations

import pytest

from intarsia.errors import InputError
from intarsia.planner.simulate import Job, Load, Stage, simulate
from tests.planner.simulate.systems import replica

LOAD = Load(tuple(Job(0.05 * n, 300, 20) for n in range(8)))


def test_iterations_take_what_the_stream_takes() -> None:
    """A lone request: one prefill and 19 decodes, each a second."""
    found = simulate(Load((Job(0.0, 300, 20),)), replica(stream_s=1.0))
    assert found.requests.first[0] == pytest.approx(1.0) and found.requests.end[0] == pytest.approx(20.0)


def test_a_stream_that_hides_behind_the_work_costs_nothing() -> None:
    bare, hidden = simulate(LOAD, replica()), simulate(LOAD, replica(stream_s=1e-9))
    assert (bare.requests.end == hidden.requests.end).all()


def test_batching_shares_the_stream() -> None:
    """Eight requests together end long before eight in turn would."""
    together = simulate(LOAD, replica(stream_s=0.5)).requests.end.max()
    assert together < 0.5 * (8 * 20) / 4


def test_pipelines_do_not_stream() -> None:
    table = replica().table
    with pytest.raises(InputError, match="without a pipeline"):
        replica(stream_s=1.0, pipeline=(Stage(table, 0.5), Stage(table, 0.5)))
    with pytest.raises(InputError, match="zero seconds or more"):
        replica(stream_s=-1.0)
