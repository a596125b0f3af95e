"""Attention and experts apart: against sums by hand, and what micro-batches and the link do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from intarsia.cost_models.serving.expert_pool import attention_and_experts
from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step
from intarsia.cost_models.serving.steady import Engine, System
from intarsia.cost_models.serving.step import step_cost
from intarsia.cost_models.serving.step_table import SECONDS, StepTable, alternating
from intarsia.errors import InputError
from intarsia.planner.simulate import Job, Load, Replica, simulate
from tests.cost_models.test_serving_shapes import DEEPSEEK, GPU, LLAMA

ENGINE = Engine(chunk_tokens=1024, most_sequences=256)
NEAR = System(DEEPSEEK, GPU, Plan(dp=8, ep=8), Precision("f8_block"), ENGINE)
FAR = System(DEEPSEEK, GPU, Plan(dp=16, ep=16), Precision("f8_block"), ENGINE)


def apart(micro: int = 1, bandwidth: float = 1e18, **more: float) -> StepTable:
    return attention_and_experts(NEAR, FAR, bandwidth=bandwidth, latency_s=more.pop("latency_s", 0.0), micro=micro, **more)


def test_one_micro_batch_goes_through_everything_in_turn() -> None:
    step = Step((Chunk(300, 100),), (Batch(64, 2000),))
    near = step_cost(DEEPSEEK, NEAR.plan, NEAR.precision, step, GPU).by_label
    far = step_cost(DEEPSEEK, FAR.plan, FAR.precision, Step(decode=(Batch(364 / 2, 1),)), GPU).by_label["experts"]
    attention = sum(seconds for label, seconds in near.items() if label not in ("experts", "moe_dispatch", "moe_combine", "output"))
    slowest = max(attention, far)
    wanted = attention + far + near["output"] + (attention + far - slowest) / DEEPSEEK.layers
    assert apart().seconds(step) == pytest.approx(wanted, rel=0.01)


def test_micro_batches_overlap() -> None:
    """Two sides of equal seconds: two micro-batches of half the work take about as long as one side."""
    assert alternating(1.0, 1.0, 0.0, 1, 60) == pytest.approx(2 + 1 / 60)
    assert alternating(0.5, 0.5, 0.0, 2, 60) == pytest.approx(1 + 0.5 / 60)
    assert alternating(0.5, 0.5, 0.5, 2, 60) == pytest.approx(1.5 + 1 / 60), "the way is one more stage: three would fill it"
    assert alternating(0.1, 0.1, 2.0, 3, 60) == pytest.approx(6 + 0.2 / 60)


def test_more_micro_batches_help_until_weights_are_read_too_often() -> None:
    seconds = [float(apart(micro, 5e10).decode_seconds(256, 4000)) for micro in (1, 2, 3, 16)]
    assert seconds[1] < seconds[0] and seconds[3] > min(seconds)


def test_a_slow_link_is_felt() -> None:
    fast, slow = (apart(3, bandwidth).decode_seconds(256, 4000) for bandwidth in (1e12, 1e9))
    assert slow > 2 * fast


def test_the_simulator_prices_it_alike() -> None:
    table = apart(2, 5e10, latency_s=1e-5)
    found = simulate(Load((Job(0.0, 500, 3),)), Replica(table, 20_000, parameters={"max_batch_tokens": 512, "max_sequences": 8}))
    prefill = table.columns(Step((Chunk(500),)))[SECONDS]
    experts = np.interp(500 / 8 / 2, np.arange(1, 513), table.experts[:512, SECONDS])
    assert found.requests.first[0] < prefill and experts > 0, "one group of eight has work: the experts see an eighth of what full groups bring"
    alone = replace(table, groups=1)
    lone = simulate(Load((Job(0.0, 500, 3),)), Replica(alone, 20_000, parameters={"max_batch_tokens": 512, "max_sequences": 8}))
    assert lone.requests.first[0] == pytest.approx(prefill)
    assert lone.requests.end[0] - lone.requests.first[0] == pytest.approx(float(alone.decode_seconds(1, 501) + alone.decode_seconds(1, 502)))


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(InputError, match="no experts"):
        attention_and_experts(System(LLAMA, GPU, Plan(tp=8), Precision(), ENGINE), FAR, bandwidth=1e9)
    for bad in ({"micro": 0}, {"bandwidth": 0.0}):
        with pytest.raises(InputError, match="a micro-batch at least"):
            attention_and_experts(NEAR, FAR, **{"bandwidth": 1e9, **bad})  # type: ignore[arg-type]
