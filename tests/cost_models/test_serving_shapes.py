"""Operators of a step: against hand-computed figures, against the table of weights, and how they share out and grow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.compiler import serving_models
from intarsia.compiler.frontends import hf_sizes
from intarsia.cost_models import routing
from intarsia.cost_models.ops import AnyOp, Attention, BatchedGemm, Collective, DeltaRule, Experts, Gemm, IndexScores, LatentAttention, Op, seen_pairs
from intarsia.cost_models.serving.memory import attention_bytes, kv_token_bytes, stage_weights
from intarsia.cost_models.serving.shapes import Batch, Chunk, Launch, Plan, Precision, Step
from intarsia.cost_models.serving.steady import Load, System, steady
from intarsia.cost_models.serving.step import step_cost
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.errors import InfeasibleError, InputError, UnsupportedError
from intarsia.ir.device import Device, MemoryTier
from intarsia.ir.model import ModelConfig
from tests.cost_models.test_parameters import PUBLISHED

GPU = Device(
    "gpu", "gpu", 132, {"bf16": 1e15, "f8": 2e15}, (MemoryTier("hbm", 80e9, 3e12),), launch_s={"1": 3e-6}, efficiency={"gemm": 0.7, "memory": 0.8},
    link_bandwidth=4e11, link_latency_s=5e-6,
)  # fmt: skip
BF16 = Precision()


def model(name: str) -> ModelConfig:
    return hf_sizes.read(PUBLISHED[name][1], "config.json")


LLAMA, DEEPSEEK = model("Llama-3.1-70B"), model("DeepSeek-V3")


def total(launches: list[Launch], what: str, *kinds: type[Op]) -> float:
    return float(sum(launch.count * getattr(launch.op, what) for launch in launches if not kinds or isinstance(launch.op, kinds)))


def first(launches: list[Launch], kind: type[AnyOp]) -> AnyOp:
    return next(launch.op for launch in launches if isinstance(launch.op, kind))


def decode(sequences: float, context: float) -> Step:
    return Step(decode=(Batch(sequences, context),))


def test_llama_70b_on_eight_devices_by_hand() -> None:
    """One of eight devices has 8 of 64 heads, 1 of 8 KV heads, 3,584 of 28,672 columns and 16,032 of 128,256 words."""
    ops = step_ops(LLAMA, Plan(tp=8), BF16, decode(64, 2048))
    layer = 1280 * 8192 + 8192 * 1024 + 7168 * 8192 + 8192 * 3584
    assert total(ops, "flops", Gemm) == 2 * 64 * (80 * layer + 16032 * 8192) == 1112027430912
    assert total(ops, "flops", Attention) == 4 * 64 * 2048 * 8 * 128 * 80
    assert total(ops, "weight_bytes") == 2 * (80 * layer + 16032 * 8192)
    keys_and_values = 64 * 2048 * 2 * 128 * 2
    queries_and_results = 64 * 2 * 1024 * 2
    assert first(ops, Attention).bytes == keys_and_values + queries_and_results
    reduces = [launch for launch in ops if isinstance(launch.op, Collective) and launch.op.op == "all_reduce"]
    assert sum(launch.count for launch in reduces) == 161 and {launch.op.wire_bytes for launch in reduces} == {64 * 8192 * 2}
    gathered = [launch.op for launch in ops if isinstance(launch.op, Collective) and launch.op.op == "all_gather"]
    assert [op.wire_bytes for op in gathered] == [64 * 16032 * 2]


def test_deepseek_v3_by_hand() -> None:
    """One token: twice the matrices it meets (37 billion weights less one embedding), and the absorbed attention on latent rows of 576."""
    ops = step_ops(DEEPSEEK, Plan(), BF16, decode(1, 1000))
    attention = 7168 * (1536 + 576) + 1536 * 128 * 192 + 512 * 128 * 256 + 128 * 128 * 7168
    expert = 3 * 7168 * 2048
    met = 61 * attention + 3 * 3 * 7168 * 18432 + 58 * (9 * expert + 256 * 7168) + 129280 * 7168
    assert total(ops, "flops", Gemm, BatchedGemm, Experts) == 2 * met
    assert total(ops, "flops", LatentAttention) == 2 * 61 * 128 * 1000 * (512 + 576)
    assert first(ops, LatentAttention).bytes == 1000 * 576 * 2 + 128 * (512 + 576) * 2
    experts = first(ops, Experts)
    assert experts.distinct == pytest.approx(8) and experts.weight_bytes == pytest.approx(8 * expert * 2)


SPARSE = hf_sizes.read(PUBLISHED["DeepSeek-V3"][1] | {"model_type": "deepseek_v32", "index_n_heads": 64, "index_head_dim": 128, "index_topk": 2048}, "config.json")
INDEXER = 1536 * 64 * 128 + 7168 * (128 + 64)


def test_sparse_attention_by_hand() -> None:
    """One token after 9,999: the indexer's matrices and its scores of all 10,000 are whole on each device; the attention reads 2,048."""
    assert SPARSE.parameters() - DEEPSEEK.parameters() == 61 * (INDEXER + 2 * 128)
    for tp in (1, 8):
        sparse, whole = step_ops(SPARSE, Plan(tp=tp), BF16, decode(1, 10000)), step_ops(DEEPSEEK, Plan(tp=tp), BF16, decode(1, 10000))
        assert total(sparse, "flops", Gemm) - total(whole, "flops", Gemm) == 2 * 61 * INDEXER
        assert total(sparse, "flops", IndexScores) == 2 * 61 * 64 * 128 * 10000
        assert total(sparse, "flops", LatentAttention) == 2 * 61 * (128 // tp) * 2048 * (512 + 576)
        assert first(whole, LatentAttention).flops / first(sparse, LatentAttention).flops == 10000 / 2048
    assert attention_bytes(SPARSE, 8, BF16) - attention_bytes(DEEPSEEK, 8, BF16) == 2 * (INDEXER + 2 * 128)
    assert kv_token_bytes(SPARSE, Plan(), BF16, range(61)) == 61 * (576 * 2 + 128 + 4)


def test_sparse_prefill() -> None:
    """Short prompts are prefilled as if the attention were whole; in long ones each token gathers 2,048, however few came before, for 64 heads at least."""
    short, whole = (step_ops(config, Plan(tp=8), BF16, Step((Chunk(2048),))) for config in (SPARSE, DEEPSEEK))
    assert first(short, LatentAttention) == first(whole, LatentAttention)
    assert not any(isinstance(launch.op, IndexScores) for launch in short)
    long = step_ops(SPARSE, Plan(tp=8), BF16, Step((Chunk(4096, 1000),)))
    assert first(long, LatentAttention).flops == 2 * 64 * (512 + 576) * 4096 * 2048
    assert first(long, IndexScores).flops == 2 * 64 * 128 * sum(1000 + i + 1 for i in range(4096))
    assert "kv_up" not in {launch.label for launch in long}


QWEN = serving_models.sizes("Qwen3.5-397B-A17B")


def test_gated_deltanet_by_hand() -> None:
    """Of 60 layers each fourth sees tokens; the others keep 64 states of 128 x 128 a sequence, whatever its length. One of eight devices has an eighth of both."""
    width, values = 2 * 16 * 128 + 64 * 128, 64 * 128
    linear = 4096 * (width + values + 2 * 64) + values * 4096
    whole = 4096 * (2 * 32 * 256 + 2 * 2 * 256) + 32 * 256 * 4096
    expert = 3 * 4096 * 1024
    assert QWEN.parameters() == pytest.approx(397e9, rel=0.003) and QWEN.parameters(active=True) == pytest.approx(17e9, rel=0.03)
    met = 45 * linear + 15 * whole + 60 * (11 * expert + 512 * 4096) + 248320 * 4096
    assert total(step_ops(QWEN, Plan(), BF16, decode(1, 1000)), "flops", Gemm, Experts) == 2 * met
    for context in (100, 100000):
        ops = step_ops(QWEN, Plan(tp=8), BF16, decode(16, context))
        assert sum(launch.count for launch in ops if isinstance(launch.op, Attention)) == 15
        assert total(ops, "flops", DeltaRule) == 45 * 16 * 8 * 7 * 128 * 128
        assert first(ops, DeltaRule).bytes == 16 * (2 * 8 * 128 * 128 * 4 + (2 * 2 * 128 + 2 * 8 * 128) * 2)
    with pytest.raises(InputError, match="heads with a state"):
        step_ops(replace(QWEN, heads=96, kv_heads=2), Plan(tp=96), BF16, decode(1, 1))


def test_memory_of_states() -> None:
    """A sequence of 2,048 tokens: keys and values of 15 layers, and of 45 the states and three tokens before the convolution."""
    keys = 15 * 2 * 2 * 256 * 2
    states = 45 * (64 * 128 * 128 * 4 + 3 * (2 * 16 * 128 + 64 * 128) * 2)
    assert kv_token_bytes(QWEN, Plan(), BF16, range(60), 2048) * 2048 == pytest.approx(2048 * keys + states)
    assert kv_token_bytes(QWEN, Plan(tp=2), BF16, range(60), 2048) * 2048 == pytest.approx(2048 * keys / 2 + states / 2)
    small = replace(QWEN, vocab=64, layers=4)
    held = stage_weights(small, Plan(), BF16, range(4), first=True, last=True)
    assert held == pytest.approx(2 * small.parameters(), rel=1e-6)


@pytest.mark.parametrize("missing", ["index_head_dim", "index_topk", "q_lora_rank"])
def test_an_indexer_without_its_sizes(missing: str) -> None:
    config = PUBLISHED["DeepSeek-V3"][1] | {"model_type": "glm_moe_dsa", "index_n_heads": 64, "index_head_dim": 128, "index_topk": 2048, missing: 0}
    with pytest.raises(InputError, match="index_heads needs|must be"):
        hf_sizes.read(config, "config.json")


@pytest.mark.parametrize("name", ["Llama-3.1-70B", "Mixtral-8x22B-v0.1", "Qwen2.5-72B"])
@given(tp=st.sampled_from([1, 2, 4, 8]), context=st.integers(1, 10**5))
@settings(max_examples=8)
def test_shards_add_up_to_the_whole(name: str, tp: int, context: int) -> None:
    config, step = model(name), Step((Chunk(100, 20),), (Batch(7, context),))
    one, shard = step_ops(config, Plan(), BF16, step), step_ops(config, Plan(tp=tp), BF16, step)
    replicated = [launch for launch in one if launch.label == "router"]
    for what in ("flops", "weight_bytes"):
        assert tp * total(shard, what) == pytest.approx(total(one, what) + (tp - 1) * total(replicated, what), rel=1e-3)


@given(st.sampled_from(["Llama-3.1-8B", "DeepSeek-V3", "gpt-oss-120b", "Gemma-2-2B"]), st.integers(1, 500), st.integers(1, 10**5), st.integers(0, 500))
@settings(max_examples=40)
def test_more_work_takes_longer(name: str, batch: int, context: int, more: int) -> None:
    config = model(name)

    def seconds(step: Step) -> float:
        return step_cost(config, Plan(), BF16, step, GPU).seconds

    assert seconds(decode(batch + more, context)) >= seconds(decode(batch, context)) * (1 - 1e-12)
    assert seconds(decode(batch, context + more)) >= seconds(decode(batch, context)) * (1 - 1e-12)
    assert seconds(Step(prefill=(Chunk(batch + more, context),))) >= seconds(Step(prefill=(Chunk(batch, context),))) * (1 - 1e-12)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 80))
def test_pairs_of_a_window(tokens: int, context: int, window: int) -> None:
    assert seen_pairs(tokens, context, window) == sum(min(context + i + 1, window) for i in range(tokens))
    assert seen_pairs(tokens, context, 0) == sum(context + i + 1 for i in range(tokens))


@given(st.integers(1, 64), st.data(), st.integers(0, 1000), st.floats(0, 2))
def test_distinct_experts(experts: int, data: st.DataObject, tokens: int, skew: float) -> None:
    """Between what one token draws and all; fewer where a few are popular; alike, as the closed form says."""
    k = data.draw(st.integers(1, experts))
    alike = routing.distinct(experts, k, tokens)
    assert alike == pytest.approx(experts * (1 - (1 - k / experts) ** tokens), abs=1e-9)
    assert routing.distinct(experts, k, 1, skew) == pytest.approx(k)
    if tokens >= 1:
        assert k - 1e-9 <= routing.distinct(experts, k, tokens, skew) <= alike + 1e-9
    assert 1 / experts - 1e-12 <= routing.busiest_share(experts, k, skew, experts) <= 1 / k + 1e-9


def test_expected_distinct_experts_match_a_simulation() -> None:
    random = np.random.default_rng(0)
    drawn = [len({e for _ in range(20) for e in random.choice(64, 6, replace=False)}) for _ in range(400)]
    assert routing.distinct(64, 6, 20) == pytest.approx(np.mean(drawn), rel=0.01)


@pytest.mark.parametrize(("weights", "bits"), [("f8", 8), ("f8_block", 8.002), ("int8", 8), ("int4", 4.125), ("f4", 4.5), ("bf16", 16)])
def test_bytes_of_quantised_weights(weights: str, bits: float) -> None:
    ops = step_ops(LLAMA, Plan(), Precision(weights, head=weights), decode(1, 1))
    assert total(ops, "weight_bytes") * 8 / bits == pytest.approx(LLAMA.parameters() - LLAMA.vocab * LLAMA.hidden, rel=1e-3)


def test_windows_read_less() -> None:
    ops = step_ops(model("gpt-oss-120b"), Plan(), BF16, decode(1, 8192))
    local, whole = sorted((launch for launch in ops if isinstance(launch.op, Attention)), key=lambda launch: float(launch.op.flops))
    assert (local.count, whole.count) == (18, 18) and whole.op.flops == 64 * local.op.flops


def test_expert_groups() -> None:
    """With attention groups, each device holds an eighth of the experts, whole, and rows travel."""
    plan = Plan(tp=1, dp=8, ep=8)
    ops = step_ops(DEEPSEEK, plan, BF16, decode(16, 1000))
    experts = first(ops, Experts)
    assert (experts.tokens, experts.local, experts.width, experts.rows) == (128, 32, 2048, pytest.approx(128))
    assert [launch.op.op for launch in ops if isinstance(launch.op, Collective)] == ["all_to_all", "all_to_all"]


@pytest.mark.parametrize(("dtype", "share"), [("bf16", 1.0), ("f8_block", 0.5), ("int4", 1.0)])
def test_rows_travel_as_narrow_as_experts_take_them(dtype: str, share: float) -> None:
    """Results come back as bf16."""
    sizes = {launch.label: launch.op.size for launch in step_ops(DEEPSEEK, Plan(dp=8, ep=8), Precision(experts=dtype), decode(16, 1000)) if isinstance(launch.op, Collective)}
    assert sizes["moe_dispatch"] == pytest.approx(share * sizes["moe_combine"], rel=0.05)


def test_prompts_have_kernels_of_their_own_where_experts_are_spread_wide() -> None:
    wide = Precision("f8_block", kernel="wide")
    kernels = [first(step_ops(DEEPSEEK, Plan(dp=32, ep=32), wide, step), Experts).kernel for step in (decode(16, 1000), Step(prefill=(Chunk(1000),)))]
    assert kernels == ["wide", "wide prompts"]


def test_a_step_of_nothing_is_empty() -> None:
    assert step_ops(LLAMA, Plan(), BF16, Step()) == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Plan(tp=0), "plan.tp"), (lambda: Plan(tp=4, ep=3), "plan.ep"), (lambda: Precision("fp7"), "precision.weights"),
        (lambda: step_ops(LLAMA, Plan(tp=3), BF16, decode(1, 1)), "64 heads"), (lambda: step_ops(LLAMA, Plan(tp=2, ep=2), BF16, decode(1, 1)), "no experts"),
        (lambda: step_ops(LLAMA, Plan(pp=81), BF16, decode(1, 1)), "80 layers"), (lambda: Load(0, 1), "at least one token"),
    ],
)  # fmt: skip
def test_bad_plans_are_refused(make: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()  # type: ignore[operator]


def test_an_encoder_is_not_served() -> None:
    with pytest.raises(UnsupportedError, match="encoder"):
        step_ops(ModelConfig("bert", "encoder", 1), Plan(), BF16, decode(1, 1))


def test_steady_state() -> None:
    system = System(LLAMA, GPU, Plan(tp=8), Precision("f8", kv="f8"))
    one, many = (steady(system, Load(1024, 256, users)) for users in (1, 64))
    assert one.tpot_s == one.decode_s and one.admitted == 1 and many.tpot_s > many.decode_s > one.decode_s
    assert many.ttft_s > one.ttft_s and many.tokens_per_s > one.tokens_per_s
    full = steady(system, Load(1024, 256))
    assert full.admitted <= system.kv_tokens(1152) / 1152 + 1e-9 and full.tokens_per_s >= many.tokens_per_s
    waiting = steady(system, Load(1024, 256, 10**6))
    assert waiting.ttft_s > full.ttft_s and waiting.tokens_per_s == pytest.approx(full.tokens_per_s)


def test_a_model_that_does_not_fit() -> None:
    with pytest.raises(InfeasibleError, match="weights don't fit"):
        steady(System(LLAMA, GPU, Plan(), BF16), Load(10, 10, 1))
