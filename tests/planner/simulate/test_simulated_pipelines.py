"""Pipelines: bubbles, lanes that share the stages, unequal stages, and skipping ahead with all lanes together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import InputError
from intarsia.planner.simulate import Deployment, Job, Link, Load, Pool, Replica, Stage, simulate
from intarsia.runtime.scheduler.cluster import DECODE, PREFILL
from tests.planner.simulate.systems import poisson, replica, table
from tests.planner.simulate.test_simulator import JOBS, same


def piped(stages: int = 2, kv_tokens: int = 40_000, **more: object) -> Replica:
    return replica(kv_tokens, table=table(tp=4, pp=stages), **more)


def test_a_lone_request_passes_through_all_stages() -> None:
    """Nothing overlaps: its steps take what the whole model takes, as StepTable adds it up."""
    steps = table(tp=4, pp=4)
    found = simulate(Load((Job(0.0, 500, 3),)), piped(4))
    prefill, decodes = steps.mixed_seconds(500, 0, 0, 0, 1), steps.decode_seconds(1, 501) + steps.decode_seconds(1, 502)
    assert found.requests.first[0] == pytest.approx(float(prefill)) and found.requests.end[0] == pytest.approx(float(prefill + decodes))
    assert found.resources.busy == pytest.approx(0.25, rel=0.05), "three of four stages are idle"


def test_full_lanes_leave_no_bubbles() -> None:
    load = poisson(80, 1e6, output=60)
    found = simulate(load, piped(2, sequences=20))
    assert found.resources.busy > 0.8
    one_lane = Load(load.jobs[:1])
    assert simulate(one_lane, piped(2)).resources.busy < 0.6


def test_two_lanes_of_equal_work_take_turns() -> None:
    """Alone a decode takes two stages' seconds; with both lanes busy each still does, as the other is in the other stage."""
    alone = simulate(Load((Job(0.0, 100, 50),)), piped(2))
    both = simulate(Load((Job(0.0, 100, 50), Job(0.0, 100, 50))), piped(2))
    assert both.duration_s < 1.15 * alone.duration_s
    assert both.iterations == 2 * alone.iterations


@settings(max_examples=60, deadline=None)
@given(JOBS, st.integers(2, 4), st.integers(8, 700), st.integers(1, 6), st.booleans())
def test_skipping_ahead_changes_nothing(jobs: list[tuple[float, int, int]], stages: int, tokens: int, sequences: int, closed: bool) -> None:
    load = Load(tuple(Job(*job) for job in jobs), users=2 if closed else 0)
    served = replica(16 * 62 * stages, table=table(tp=2, pp=stages), tokens=tokens, sequences=sequences)
    report = simulate(load, served)
    assert same(report, simulate(load, served, ahead=False))
    found = report.requests
    assert (found.arrival <= found.start).all() and (found.start < found.first).all() and (found.first <= found.end).all()
    assert report.duration_s * report.output_tokens_per_s == pytest.approx(sum(job[2] for job in jobs))
    assert report.resources.kv_peak <= 1 and report.resources.busy <= 1 + 1e-9


@settings(max_examples=20, deadline=None)
@given(JOBS)
def test_pipelines_of_experts_and_pools(jobs: list[tuple[float, int, int]]) -> None:
    load = Load(tuple(Job(*job) for job in jobs))
    served = Replica(table("deepseek", pp=2, dp=2, ep=2), 16 * 124, parameters={"max_batch_tokens": 300, "max_sequences": 4}, kv_token_bytes=7e4)
    deployment = Deployment((Pool(served, 1, frozenset({PREFILL})), Pool(served, 2, frozenset({DECODE}))), link=Link(1e10))
    assert same(simulate(load, deployment), simulate(load, deployment, ahead=False))


def slower(whole: StepTable, factor: float) -> StepTable:
    return replace(whole, dense=whole.dense * factor, experts=whole.experts * factor, decode=whole.decode * factor, prefill=whole.prefill * factor)


def test_the_slowest_stage_sets_the_pace() -> None:
    """Half the layers on devices of half the speed: the pipeline is as fast as twice that stage; two thirds of the layers on the fast one balance it."""
    fast = table(tp=4, pp=2)
    slow = slower(fast, 2.0)
    load = poisson(60, 1e6, output=40)
    even = simulate(load, replace(piped(2, sequences=15), pipeline=(Stage(fast, 0.5), Stage(slow, 0.5))))
    balanced = simulate(load, replace(piped(2, sequences=15), pipeline=(Stage(fast, 2 / 3), Stage(slow, 1 / 3))))
    plain = simulate(load, piped(2, sequences=15))
    assert 1.7 < even.duration_s / plain.duration_s < 2.05
    assert 1.25 < balanced.duration_s / plain.duration_s < 1.45
    assert same(even, simulate(load, replace(piped(2, sequences=15), pipeline=(Stage(fast, 0.5), Stage(slow, 0.5))), ahead=False))


def test_equal_stages_may_be_written_out() -> None:
    load = poisson(30, 5.0)
    whole = table(tp=4, pp=2)
    assert same(simulate(load, piped(2)), simulate(load, replace(piped(2), pipeline=(Stage(whole, 0.5), Stage(whole, 0.5)))))


def test_stages_hold_all_layers() -> None:
    with pytest.raises(InputError, match="all layers together"):
        replace(piped(2), pipeline=(Stage(table(), 0.5), Stage(table(), 0.4)))
    with pytest.raises(InputError, match="share of the layers"):
        Stage(table(), 0.0)


def test_pipelines_that_begin_together_don_t_wait_for_each_other() -> None:
    """Two engines that are asked at the same moment each begin what is ready then."""
    found = simulate(Load(tuple(Job(0.0, 400, 20) for _ in range(8))), [piped(2)] * 2)
    assert (found.requests.end > 0).all()
