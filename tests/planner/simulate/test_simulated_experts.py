"""Policies on experts as the simulator charges them: Janus with attention apart from experts, HybriMoE between GPU and CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.devices import load
from intarsia.cost_models.serving.expert_pool import attention_and_experts
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.cost_models.serving.steady import Engine, System
from intarsia.cost_models.serving.step_table import SECONDS, StepTable
from intarsia.errors import InputError
from intarsia.planner.simulate import Replica, simulate
from intarsia.planner.simulate.experts import Hybrid, Routing, hybrid_table, janus_pools, janus_table
from intarsia.runtime.scheduler.hybrimoe import HybriMoe, Shared, Speeds
from intarsia.runtime.scheduler.janus import Janus
from tests.cost_models.test_serving_shapes import DEEPSEEK, GPU, LLAMA
from tests.planner.simulate.systems import poisson
from tests.planner.simulate.test_simulator import same

ENGINE = Engine(chunk_tokens=512, most_sequences=64)
NEAR, FAR = (System(DEEPSEEK, GPU, Plan(dp=size, ep=size), Precision("f8_block"), ENGINE) for size in (8, 16))
SKEW = 0.8
LIMITS = {"max_batch_tokens": 512, "max_sequences": 64}


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 40), st.integers(1, 8), st.floats(0, 1.2), st.integers(1, 200))
def test_tokens_draw_different_experts_and_popular_ones_more_often(experts: int, top_k: int, skew: float, rows: int) -> None:
    routing = Routing(experts, min(top_k, experts), skew)
    batches = list(routing.batches(rows, 3))
    assert all(counts.sum() == rows * routing.top_k and counts.max() <= rows for counts in batches)
    assert all((a == b).all() for a, b in zip(batches, routing.batches(rows, 3), strict=True)), "the same seed draws the same"


def test_janus_with_spare_slots_decodes_faster_than_experts_held_once() -> None:
    """Copies and even dispatch leave the fullest instance fewer different experts (paper: up to 3.9 times as much for each GPU as monolithic serving, by scaling and this)."""
    once = attention_and_experts(NEAR, FAR, bandwidth=5e10, skew=SKEW)
    tight, spare = (janus_table(NEAR, FAR, Janus(slots=slots), bandwidth=5e10, skew=SKEW) for slots in (16, 24))
    rows = slice(0, 8)
    assert tight.experts[rows, SECONDS].sum() < 1.05 * once.experts[rows, SECONDS].sum(), "without a spare slot there is next to nothing to choose"
    assert spare.experts[rows, SECONDS].sum() < 0.8 * once.experts[rows, SECONDS].sum()
    served = [simulate(poisson(60, 40.0, prompt=200, output=80), Replica(table, 60_000, parameters=LIMITS)) for table in (once, spare)]
    assert served[1].latency.tpot_s.mean < served[0].latency.tpot_s.mean
    assert spare.devices == once.devices == 24


def test_attention_apart_from_experts_skips_ahead_exactly() -> None:
    replica = Replica(janus_table(NEAR, FAR, Janus(slots=24), bandwidth=5e10, skew=SKEW), 60_000, parameters=LIMITS)
    load_ = poisson(30, 40.0, prompt=200, output=40)
    assert same(simulate(load_, replica), simulate(load_, replica, ahead=False))


def test_janus_sizes_its_pools() -> None:
    """Fewest instances: a tighter goal wants more of them, and none keeps an impossible one."""
    known: dict[tuple[int, int], StepTable] = {}

    def table(attention: int, experts: int) -> StepTable:
        key = (attention, experts)
        if key not in known:
            here, there = (replace(NEAR, plan=Plan(dp=size, ep=size)) for size in key)
            known[key] = janus_table(here, there, Janus(slots=256), bandwidth=5e10)
        return known[key]

    policy = Janus(slots=256, most_attention=2, most_experts=4)
    alone = float(table(1, 1).decode_seconds(64, 1000))
    loose, tight = (janus_pools(policy, table, 64, 1000.0, goal) for goal in (1.01 * alone, 0.7 * alone))
    assert loose is not None and (loose.attention, loose.experts) == (1, 1)
    assert tight is not None and tight.attention + tight.experts > 2 and tight.step_s <= 0.7 * alone
    assert janus_pools(policy, table, 64, 1000.0, 1e-9) is None


def copied(policy: HybriMoe, tokens: dict[int, int], cached: set[int], speeds: Speeds) -> Shared:
    """Every missing expert is copied to the GPU first."""
    missing = tuple(e for e in tokens if e not in cached)
    link_s = len(missing) * speeds.copy_s
    gpu_s = sum(speeds.gpu(n) for n in tokens.values())
    return Shared(tuple(e for e in tokens if e in cached), (), missing, max(gpu_s, link_s + speeds.gpu_s), link_s)


def left_on_cpu(policy: HybriMoe, tokens: dict[int, int], cached: set[int], speeds: Speeds) -> Shared:
    """Every missing expert runs on the CPU (a fixed split, as kTransformers has it)."""
    missing = tuple(e for e in tokens if e not in cached)
    return Shared(tuple(e for e in tokens if e in cached), missing, (), max(sum(speeds.gpu(n) for e, n in tokens.items() if e in cached), sum(speeds.cpu(tokens[e]) for e in missing)), 0.0)


@pytest.mark.parametrize("held", [32, 128])
def test_hybrimoe_is_faster_than_copying_and_than_a_fixed_split(held: int) -> None:
    """Paper: 1.33 times as fast in prefill, 1.70 in decode as the best of its baselines; here 1.3 to 1.5 for 256 tokens, 1.05 to 1.2 for a few, and less than 1 for one alone."""
    where = Hybrid(load("a100-80gb-pcie"), load("x86-laptop"), held, 2.2e10)
    plain = StepTable.build(System(DEEPSEEK, where.gpu, Plan(), Precision("int8_wo"), ENGINE))
    ours, copy, split = (hybrid_table(plain, DEEPSEEK, Precision("int8_wo"), where, HybriMoe(), skew=SKEW, share=how) for how in (HybriMoe.share, copied, left_on_cpu))
    gains = {rows: min(float(table.rows_term(rows)[SECONDS]) for table in (copy, split)) / float(ours.rows_term(rows)[SECONDS]) for rows in (1, 4, 16, 64, 256)}
    assert gains[1] > 0.9 and all(gains[rows] > 1.05 for rows in (4, 16, 64)) and gains[256] > 1.25
    found = [simulate(poisson(16, 1e3, prompt=60, output=20), Replica(table, 60_000, parameters=LIMITS)).latency.tpot_s.mean for table in (ours, copy, split)]
    assert found[0] < min(found[1:])


def test_more_experts_on_the_gpu_are_never_slower() -> None:
    plain = StepTable.build(System(DEEPSEEK, GPU, Plan(), Precision("int8_wo"), ENGINE))
    tables = [
        hybrid_table(plain, DEEPSEEK, Precision("int8_wo"), Hybrid(GPU, load("x86-laptop"), held, 2.2e10), HybriMoe(), skew=SKEW) for held in (0, 64, 256)
    ]
    seconds = [float(table.rows_term(4)[SECONDS]) for table in tables]
    assert seconds[0] > seconds[1] > seconds[2]


def test_what_has_no_experts_is_refused() -> None:
    with pytest.raises(InputError, match="no experts"):
        Routing.of(LLAMA, 0.0)
    with pytest.raises(InputError, match="zero experts or more"):
        hybrid_table(StepTable.build(NEAR), DEEPSEEK, Precision(), Hybrid(GPU, load("x86-laptop"), -1, 1e10), HybriMoe())
    with pytest.raises(InputError, match="do not fit"):
        janus_table(NEAR, FAR, Janus(slots=8), bandwidth=5e10)
    assert np.isfinite(janus_table(NEAR, FAR, Janus(slots=16), bandwidth=5e10).experts).all()
