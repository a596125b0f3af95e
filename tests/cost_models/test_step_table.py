"""Interpolated steps against the sum over their operators, for dense, sparse and latent models, plans and sources; the loops against NumPy."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.devices import load
from intarsia.cost_models.energy import step_energy
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step
from intarsia.cost_models.serving.steady import Engine, System
from intarsia.cost_models.serving.step import batched, roofline, step_cost
from intarsia.cost_models.serving.step_table import COMPUTE, MEMORY, SECONDS, StepTable
from tests.cost_models.test_serving_shapes import model

CASES = {
    "dense": ("Llama-3.1-70B", Plan(tp=8), Precision(), "H100-SXM", 0.0),
    "8 bits in a pipeline": ("Llama-3.1-70B", Plan(tp=4, pp=2), Precision("f8", kv="f8"), "H200", 0.0),
    "latent, experts": ("DeepSeek-V3", Plan(dp=32, ep=32), Precision("f8_block"), "H200", 0.0),
    "skewed experts": ("Qwen3-30B-A3B", Plan(tp=2), Precision(), "H100-SXM", 0.8),
    "windows": ("Gemma-2-9B", Plan(tp=2), Precision(), "L4", 0.0),
    "windows and experts": ("gpt-oss-120b", Plan(tp=2), Precision("bf16"), "A100-80GB-SXM", 0.0),
}


@lru_cache
def system(case: str, measured: bool) -> tuple[System, StepTable, float]:
    name, plan, precision, device, skew = CASES[case]
    found = System(model(name), load(device), plan, precision, Engine(chunk_tokens=4096, most_sequences=512), Priced("vllm") if measured else roofline)
    return found, StepTable.build(found, skew), skew


def power(least: float, most: float) -> st.SearchStrategy[int]:
    """Whole numbers, each octave as likely as any other."""
    return st.floats(least, most).map(lambda exponent: int(2**exponent))


CHUNKS = st.lists(st.builds(Chunk, power(1, 11), power(0, 16).map(lambda n: n - 1), last=st.booleans()), max_size=2)
DECODES = st.lists(st.builds(Batch, power(0, 9), power(1, 17)), max_size=1)
STEPS = st.builds(Step, CHUNKS.map(tuple), DECODES.map(tuple)).filter(lambda step: step.tokens > 0)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=60, deadline=None)
@given(step=STEPS)
def test_interpolated_is_within_a_percent(case: str, step: Step) -> None:
    found, table, skew = system(case, False)
    wanted = step_cost(found.config, found.plan, found.precision, replace(step, skew=skew), found.device, found.cost)
    columns = table.columns(step)
    assert columns[SECONDS] == pytest.approx(wanted.seconds, rel=0.01)
    assert columns[COMPUTE] == pytest.approx(wanted.busy_compute_s, rel=0.01)
    assert columns[MEMORY] == pytest.approx(wanted.busy_memory_s, rel=0.01)


@pytest.mark.parametrize("case", CASES)
def test_measured_prices_are_met_too(case: str) -> None:
    pytest.importorskip("aiconfigurator_core")
    found, table, skew = system(case, True)
    rng, errors = np.random.default_rng(0), []
    for _ in range(150):
        chunks = tuple(Chunk(int(2 ** rng.uniform(1, 11)), int(2 ** rng.uniform(0, 15)) - 1) for _ in range(rng.integers(0, 3)))
        step = Step(chunks, (Batch(int(2 ** rng.uniform(0, 9)), int(2 ** rng.uniform(3, 16))),), skew)
        errors.append(abs(table.seconds(step) / found.seconds(step) - 1))
    print(f"{case}: interpolated against summed, mean {np.mean(errors):.3%}, 99th percentile {np.percentile(errors, 99):.2%}")
    assert np.mean(errors) < 0.003 and np.percentile(errors, 95) < 0.01


def test_curves_are_zero_where_there_is_no_work() -> None:
    _, table, _ = system("dense", False)
    assert table.seconds(Step()) == 0 and not table.decode_term(0, 100).any() and not table.prefill_term(0, 5).any()


def test_answers_are_vectorised() -> None:
    _, table, _ = system("dense", False)
    many = table.decode_seconds(np.arange(1, 65)[:, None], np.array([100.0, 5000.0]))
    assert many.shape == (64, 2) and many[31, 1] == pytest.approx(table.seconds(Step(decode=(Batch(32, 5000),))))
    mixed = table.mixed_seconds(512, 100, np.arange(1, 9), 2000)
    assert mixed[3] == pytest.approx(table.seconds(Step((Chunk(512, 100),), (Batch(4, 2000),))))


def test_energy_is_that_of_a_step() -> None:
    found, table, _ = system("dense", False)
    step = Step((Chunk(1024),), (Batch(64, 2048),))
    cost = step_cost(found.config, found.plan, found.precision, step, found.device, found.cost)
    wanted = 8 * step_energy(found.device, cost.seconds, cost.busy_compute_s, cost.busy_memory_s).joules
    assert float(table.joules(table.columns(step))) == pytest.approx(wanted, rel=0.01)


def test_overhead_is_added_to_steps_and_to_tokens() -> None:
    _, table, _ = system("dense", False)
    more = table.with_overhead(step_s=1e-3, sequence_s=1e-5)
    step = Step((Chunk(64),), (Batch(600, 2048),))
    assert more.seconds(step) - table.seconds(step) == pytest.approx(1e-3 + 601e-5)


@pytest.mark.parametrize(("chunk", "least"), [(500, 0.0), (512, 0.041), (4000, 0.041)])
def test_steps_with_chunks_last_as_long_as_their_launches(chunk: int, least: float) -> None:
    """Those of no more rows than graphs hold don't, nor do decodes."""
    _, table, _ = system("dense", False)
    plain, hosted = table.with_overhead(step_s=1e-3), table.with_overhead(step_s=1e-3, launches_s=0.04, captured_rows=512)
    for step in (Step((Chunk(chunk),), (Batch(8, 100),)), Step((Chunk(chunk),), (Batch(8, 100_000),))):
        assert hosted.seconds(step) == pytest.approx(max(plain.seconds(step), least))
    assert hosted.mixed_seconds(chunk, 0, np.array([8]), 100, 9)[0] == pytest.approx(max(plain.mixed_seconds(chunk, 0, 8, 100, 9), least))
    assert hosted.decode_seconds(600, 100) == plain.decode_seconds(600, 100)


def test_a_price_without_arrays_is_asked_one_by_one() -> None:
    found, _, _ = system("dense", False)
    slow = replace(found, cost=lambda ops, device: roofline(ops, device))
    op = step_cost_op(slow)
    assert batched(slow.cost)(op, slow.device) == pytest.approx(batched(roofline)(op, slow.device))


def step_cost_op(found: System):  # type: ignore[no-untyped-def]
    from intarsia.cost_models.serving.step_ops import step_ops

    return next(launch.op for launch in step_ops(found.config, found.plan, found.precision, Step(decode=(Batch(np.arange(1.0, 9.0), 100.0),))) if launch.label == "qkv")


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=60, deadline=None)
@given(rows=st.floats(0, 6000), sequences=st.floats(0, 600), context=st.floats(0, 3e5), tokens=st.floats(0, 5000))
def test_loops_draw_the_same_lines(case: str, rows: float, sequences: float, context: float, tokens: float) -> None:
    from intarsia.cost_models.serving import step_kernels as kernels

    _, table, _ = system(case, False)
    curves, out = kernels.curves(table), np.zeros(4)
    kernels.add_rows(curves.dense, rows, out)
    kernels.add_rows(curves.experts, rows, out)
    kernels.add_rows(curves.send, rows, out)
    assert out == pytest.approx(table.rows_term(rows), rel=1e-9)
    for add, term, args in ((kernels.add_decode, table.decode_term, (sequences, context)), (kernels.add_prefill, table.prefill_term, (tokens, context))):
        out = np.zeros(4)
        add(curves, *args, out)
        assert out == pytest.approx(term(*args), rel=1e-9)
