"""Costs of matmuls, operators, steps and tasks: against hand calculations, and the two models of costs against each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.codegen.cpu import formats
from intarsia.cost_models import dtypes, money, ops, rates, sources, tasks
from intarsia.cost_models.cost import Cost, Setup, Step, total
from intarsia.cost_models.phases import PhaseCosts
from intarsia.cost_models.tasks import FormulaCosts
from intarsia.errors import UnsupportedError
from intarsia.ir.device import Device
from intarsia.ir.module import attribute
from tests.planner.samples import BIG, SMALL, cpu, gpu, module

HOST = cpu()
RATES = {
    "matmul.q4.a8.1.2": 3.2e10, "matmul.q4.a8.8.2": 2e11, "matmul.q4.a8.128.2": 4e11, "attention.f16.2.128.2": 5e9, "prefill.f16.4.128.0.2": 4e10,
    "prefill.f16.4.64.512.2": 5e10,
}  # fmt: skip
MEASURED = replace(HOST, rates=RATES)


def product(device: Device, threads: int, dtype: str, rows: float, elements: float = 1e6) -> Cost:
    """A matmul of `elements` weights in rows of 1000, on so many threads."""
    return sources.cost(ops.Gemm(rows, elements / 1e3, 1e3, dtype), rates.narrow(device, threads))


def test_a_roofline_takes_the_slower_of_compute_and_memory() -> None:
    few, many = product(HOST, 4, "f32.a32", 1), product(HOST, 4, "f32.a32", 1e6)
    assert few.seconds == pytest.approx((4e6 + 4e3 + 2e3) / 2e10 + 2e-6) and few.bound == "memory"
    assert many.seconds == pytest.approx(2e12 / 1e11 + 2e-6) and many.bound == "compute"


def test_one_thread_has_its_share_of_the_cores() -> None:
    assert product(HOST, 1, "f32.a32", 1e6).seconds == pytest.approx(2e12 / 2.5e10 + 1e-7)
    assert rates.narrow(HOST, 1).main_memory.bandwidth == 1e10
    assert rates.narrow(HOST, 4).main_memory.bandwidth == 2e10
    assert rates.narrow(HOST, 2) is rates.narrow(HOST, 2)


@pytest.mark.parametrize(("rows", "seconds"), [(1, 6.25e-5), (8, 8e-5), (128, 6.4e-4), (68, 3.6e-4), (256, 1.28e-3)])
def test_measured_matmuls_go_through_the_measured_points(rows: float, seconds: float) -> None:
    """1e6 weights: 32 GFLOP/s with one row, 200 with 8, 400 with 128; straight lines between, in proportion beyond. A launch takes 1 us."""
    assert product(MEASURED, 2, "q4.a8", rows).seconds == pytest.approx(seconds + 1e-6)


@given(st.floats(1, 4000), st.floats(1, 4000))
def test_more_rows_never_take_less_time(a: float, b: float) -> None:
    low, high = sorted((a, b))
    for device, dtype in ((MEASURED, "q4.a8"), (HOST, "f32.a32"), (gpu(), "bf16")):
        assert product(device, 2, dtype, low).seconds <= product(device, 2, dtype, high).seconds * (1 + 1e-9)


def test_sources_tell_calibration_from_roofline() -> None:
    """What lacks a rate for its threads, its format or its kernel is modelled."""
    assert product(MEASURED, 2, "q4.a8", 1).source == "probe"
    assert product(MEASURED, 1, "q4.a8", 1).source == product(MEASURED, 2, "q8.a8", 1).source == "analytic"
    assert sources.cost(ops.Elementwise(1e6, "add"), rates.narrow(MEASURED, 2)).source == "analytic"


def test_decode_attention_counts_whole_units_of_work() -> None:
    """Two threads share three KV heads: as long as four would take. 128 tokens of a KV head are 32 KB, at 5 GB/s."""
    device = rates.narrow(MEASURED, 2)
    found = [sources.cost(ops.Attention(1, 1, 127, 2 * heads, heads, 64, "f32", "f16"), device).seconds - 1e-6 for heads in (3, 4)]
    assert found == [pytest.approx(4 * 32768 / 5e9)] * 2


def test_prefill_attention_goes_through_both_measured_chunks() -> None:
    device = rates.narrow(MEASURED, 2)
    for rows, context, rate in ((128, 0, 4e10), (64, 512, 5e10)):
        op = ops.Attention(1, rows, context, 16, 4, 64, "f32", "f16")
        assert sources.cost(op, device).seconds - 1e-6 == pytest.approx(op.flops / rate)


@pytest.mark.parametrize("fmt", list(formats.LAYOUTS))
def test_bits_of_weights_are_those_of_the_packed_formats(fmt: str) -> None:
    assert formats.packed_bytes(fmt, 64, 512) * 8 / (64 * 512) == dtypes.BITS[fmt]


def test_every_stored_type_has_a_packed_format() -> None:
    from intarsia.ir.dialects.llm import WEIGHT_TYPES

    assert set(rates.PACKED) == set(WEIGHT_TYPES)
    for dtype in ("q4_1", "q4_k", "q6_k", "q8_0", "f32", "f16", "bf16"):
        assert rates.packed_format(dtype, "w-a8") == formats.packed_format(dtype.upper())


def test_totals_name_the_resource_of_most_seconds() -> None:
    found = total([Cost(1.0, bound="memory", source="a"), Cost(0.7, bound="compute", source="b"), Cost(0.6, bound="compute", source="a")])
    assert (found.seconds, found.bound, found.source) == (2.3, "compute", "a; b")


def test_errors_of_one_source_add_up_and_those_of_several_add_in_squares() -> None:
    one = total([Cost(1.0, source="a", error_band=0.3), Cost(1.0, source="a", error_band=0.1)])
    assert one.error_band == pytest.approx(0.2)
    both = total([one.times(2), Cost(1.0, source="b", error_band=0.6), Cost(0.0)])
    assert both.by_source() == {"a": (4.0, pytest.approx(0.8)), "b": (1.0, pytest.approx(0.6))}
    assert both.error_band == pytest.approx(1.0 / 5) and both.source == "a; b"


def small(dtype: str = "q4_1") -> PhaseCosts:
    return PhaseCosts.of(module({"m": (SMALL, dtype)}, {"host": (HOST, 1)}), "m")


def test_a_decode_step_reads_every_weight_once() -> None:
    """At one row and no context, all but the embedding's other rows and norms; tied embeddings are read as the head."""
    found = small().step("decode", Setup(replace(HOST, launch_s={}), 4, "w-a32"), Step(1))
    matrices = SMALL.layer_parameters() - SMALL.layers * SMALL.norm_parameters() + SMALL.vocab * SMALL.hidden
    assert found.flops == pytest.approx(2 * matrices, rel=0.01)
    assert found.bytes == pytest.approx(matrices * 5 / 8, rel=0.1)


def test_launch_overhead_counts_every_launch() -> None:
    setup = Setup(HOST, 4)
    without = Setup(replace(HOST, launch_s={}), 4)
    model = small()
    launches = sum(work.count for work in model.phases["decode"])
    assert model.step("decode", setup, Step(1)).seconds - model.step("decode", without, Step(1)).seconds == pytest.approx(launches * 2e-6)


def test_widening_weights_to_f32_takes_their_bytes() -> None:
    model = small()
    assert model.weight_bytes("f32") == pytest.approx(4 * SMALL.parameters())
    assert model.stored_bytes < model.weight_bytes("w-a8") * 1.01 < model.weight_bytes("f32") / 4


def test_longer_contexts_cost_more_and_batches_less_a_token() -> None:
    model, setup = small(), Setup(HOST, 4, "w-a8")
    assert model.step("decode", setup, Step(1, context=400)).seconds > model.step("decode", setup, Step(1, context=10)).seconds
    eight = tasks.decode_step(model, setup, 100, 8).seconds
    assert eight < 8 * tasks.decode_step(model, setup, 100, 1).seconds


def test_prefill_in_chunks_adds_up() -> None:
    model, setup = small(), Setup(HOST, 4, "w-a8")
    whole = [model.step("prefill", setup, Step(rows=32, context=c)).seconds for c in (0, 32, 64, 96)]
    rest = model.step("prefill", setup, Step(rows=10, context=128)).seconds
    assert tasks.prefill(model, setup, 138, 32).seconds == pytest.approx(sum(whole) + rest, rel=0.02)


def test_a_decode_shares_its_joules_among_the_batch() -> None:
    model, setup = small(), Setup(HOST, 2, "w-a8")
    found = tasks.decode(model, setup, 100, 11, batch=4)
    assert found.seconds == pytest.approx(10 * tasks.decode_step(model, setup, 105.5, 4).seconds)
    assert HOST.idle_watts * found.seconds < 4 * found.joules < 25.0 * found.seconds  # two of four cores, of 5 to 45 W


def test_tensor_parallelism_splits_the_work_and_adds_all_reduces() -> None:
    model = PhaseCosts.of(module({"m": (BIG, "bf16")}, {"card": (gpu(), 8)}), "m")
    steps = {tp: model.step("decode", Setup(gpu(), precision="w-a16", tp=tp), Step(1, context=1000)).seconds for tp in (1, 2, 4, 8)}
    assert steps[1] > steps[2] > steps[4] > steps[8] > steps[1] / 8


def test_formulas_and_operators_agree_on_the_same_model() -> None:
    """Two independent ways to the same flops and seconds of a large dense model."""
    made = module({"m": (BIG, "bf16")}, {"card": (gpu(), 8)})
    operators = PhaseCosts.of(made, "m")
    resources = {"prefill": attribute(made.first("llm.prefill"), "resources"), "decode": attribute(made.first("llm.decode"), "resources")}
    formulas = FormulaCosts(BIG, resources, operators.stored_bytes, operators.weights)
    setup = Setup(gpu(), precision="w-a16", tp=8)
    for phase, step in (("prefill", Step(2048, context=1024)), ("decode", Step(8, 8, 2000, 8))):
        one, other = operators.step(phase, setup, step), formulas.step(phase, setup, step)
        assert other.flops == pytest.approx(one.flops, rel=0.03)
        assert other.seconds < one.seconds < 3 * other.seconds  # formulas know neither tiles nor waves


def test_dollars_are_rent_or_capital_and_power() -> None:
    assert tasks.dollars(Setup(gpu(), tp=2), 3600, 1e6) == pytest.approx(6.0)
    owned = replace(HOST, price_usd=4 * 365 * 24.0)
    hour = money.owned(owned)
    assert hour.capital == pytest.approx(1.0) and hour.interest > 0
    assert tasks.dollars(Setup(owned), 3600, 3.6e6) == pytest.approx(hour.capital + hour.interest + 0.12 * 1.2)


def test_a_mixture_reads_the_experts_that_are_drawn() -> None:
    config = replace(SMALL, experts=8, top_k=2, expert_ffn=256)
    model = PhaseCosts.of(module({"m": (config, "f16")}, {"host": (HOST, 1)}), "m")
    read = {
        rows: next(found.bytes for work, found in model.operators("prefill", Setup(HOST, 4), Step(rows)) if work.op == "llm.moe_experts") for rows in (1, 64)
    }
    experts = 8 * 3 * config.hidden * 256 * 2
    assert read == {1: pytest.approx(experts * 2 / 8, rel=0.02), 64: pytest.approx(experts, rel=0.15)}  # rows, too


def test_a_missing_weight_is_named() -> None:
    made = module({"m": (SMALL, "q4_1")}, {"host": (HOST, 1)})
    next(op for op in made.ops("llm.weight") if attribute(op, "name") == "blk.{}.ffn_up.weight").erase()
    with pytest.raises(UnsupportedError, match="no weight blk"):
        PhaseCosts.of(made, "m")
