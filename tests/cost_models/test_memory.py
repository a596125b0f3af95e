"""Memory of a serving device: against what engines report of themselves, against the table of weights, and what must hold for any plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.compiler.frontends import hf_sizes
from intarsia.cost_models.devices import load
from intarsia.cost_models.serving import memory
from intarsia.cost_models.serving.memory import GIB, SGLANG, TENSORRT_LLM, VLLM, VLLM_V0, Told, footprint, layer_shares, stage_weights
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.model import ModelConfig
from tests.cost_models.test_parameters import PUBLISHED

BF16 = Precision()


def model(name: str) -> ModelConfig:
    return hf_sizes.read(PUBLISHED[name][1], name)


def qwen2(hidden: int, ffn: int, layers: int, heads: int, kv_heads: int) -> ModelConfig:
    return hf_sizes.read({
        "model_type": "qwen2", "hidden_size": hidden, "intermediate_size": ffn, "num_hidden_layers": layers, "num_attention_heads": heads,
        "num_key_value_heads": kv_heads, "vocab_size": 152064,
    }, "config.json")  # fmt: skip


LLAMA_8B, LLAMA_2_7B = model("Llama-3.1-8B"), model("Llama-2-7B")
REPORTED_WEIGHTS = [
    ("Llama-3-8B, vLLM pull request 10511", LLAMA_8B, Plan(), BF16, 14.96, 0.005),
    ("Llama-3-8B TP2, vLLM pull request 10511", LLAMA_8B, Plan(tp=2), BF16, 7.48, 0.005),
    ("Llama-3.1-70B int8, vLLM pull request 12569", model("Llama-3.1-70B"), Plan(), Precision("int8"), 67.7229, 0.005),
    ("Llama-3.1-405B-FP8 TP8 (attention in bf16; its first and last MLP too), vLLM issue 6746", model("Llama-3.1-405B"), Plan(tp=8),
     Precision("f8", attention="bf16"), 57.7520, 0.03),
    ("Qwen3-30B-A3B TP4, vLLM issue 17469", model("Qwen3-30B-A3B"), Plan(tp=4), BF16, 14.2474, 0.005),
    ("DeepSeek-R1 TP8 EP8, HabanaAI/vllm-fork issue 809", model("DeepSeek-V3"), Plan(tp=8, ep=8), Precision("f8_block"), 79.41, 0.005),
    ("DeepSeek-R1-Distill-Qwen-14B TP2, vLLM issue 13061", qwen2(5120, 13824, 48, 40, 8), Plan(tp=2), BF16, 13.9476, 0.015),
    ("Qwen2.5-7B, a published log of vLLM 0.8", model("Qwen2.5-7B"), Plan(), BF16, 14.25, 0.01),
]  # fmt: skip


@pytest.mark.parametrize(("config", "plan", "precision", "gib", "error"), [row[1:] for row in REPORTED_WEIGHTS], ids=[row[0] for row in REPORTED_WEIGHTS])
def test_weights_as_engines_report_them(config: ModelConfig, plan: Plan, precision: Precision, gib: float, error: float) -> None:
    found = footprint(config, load("H100-SXM"), plan, precision)
    assert found.weights / GIB == pytest.approx(gib, rel=error)


@pytest.mark.parametrize("tp", [1, 2])
def test_llama_3_8b_on_h100_as_vllm_reports_it(tp: int) -> None:
    """Pull request 10511: 256 sequences of at most 8,192 tokens, activations 1.26 GiB with and without tensor parallelism: the sampler's."""
    found = footprint(LLAMA_8B, load("H100-SXM"), Plan(tp=tp), BF16, VLLM_V0, Told(8192, 256))
    assert found.activations / GIB == pytest.approx(1.26, abs=0.01)


def test_activations_of_a_large_chunk_as_vllm_reports_them() -> None:
    """Qwen3-4B with one sequence of 10,000 tokens: 0.74 GiB; Qwen2.5-7B with 8,192 rows: 1.09 GiB, KV cache of 107,984 tokens on a 24 GB board."""
    four = hf_sizes.read({
        "model_type": "qwen3", "hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8,
        "head_dim": 128, "vocab_size": 151936, "tie_word_embeddings": True,
    }, "config.json")  # fmt: skip
    assert memory.activation_bytes(four, Plan(), VLLM_V0, 10_000, 1) / GIB == pytest.approx(0.74, abs=0.02)
    board = replace(load("L4"), name="a board of 23.57 GiB", memory=(replace(load("L4").main_memory, size=23.57 * GIB),))
    seven = footprint(model("Qwen2.5-7B"), board, Plan(), BF16, VLLM, Told(8192, 256))
    assert seven.activations / GIB == pytest.approx(1.09, abs=0.02)
    assert seven.kv_tokens == pytest.approx(107_984, rel=0.02)


def test_the_cache_of_tensorrt_llm() -> None:
    """NVIDIA/TensorRT-LLM issue 1400: a 7B engine of 6,683 MiB on an A100 of 80 GB keeps 132,608 tokens (69.5 GB) with a free fraction of 0.9."""
    found = footprint(LLAMA_2_7B, load("A100-80GB-SXM"), Plan(), Precision("int8"), TENSORRT_LLM, Told(4096, 1))
    assert found.weights / 2**20 == pytest.approx(6683, rel=0.005)
    assert found.token_bytes == 524288
    assert found.kv_tokens == pytest.approx(132_608, rel=0.015)


def test_the_cache_of_sglang() -> None:
    """vLLM issue 21348: Qwen3-235B-A22B-FP8 on four H100 with mem_fraction_static 0.93: 367,404 tokens."""
    engine = replace(SGLANG, share=0.93)
    found = footprint(model("Qwen3-235B-A22B"), load("H100-SXM"), Plan(tp=4), Precision("f8_block"), engine, Told(8192, 256))
    assert found.kv_tokens == pytest.approx(367_404, rel=0.05)


@pytest.mark.parametrize("name", PUBLISHED)
def test_weights_of_one_device_are_the_models(name: str) -> None:
    """Up to the vocabulary's padding, wide norms of queries and keys, and f32 biases of routers."""
    config = model(name)
    weights = stage_weights(config, Plan(), BF16, range(config.layers), first=True, last=True)
    assert weights == pytest.approx(2 * config.parameters(), rel=5e-4)


@given(st.sampled_from(["Llama-3.1-70B", "Mixtral-8x22B-v0.1", "DeepSeek-V3", "gpt-oss-120b"]), st.sampled_from([1, 2, 4, 8]), st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_stages_hold_the_whole_model(name: str, tp: int, stages: int) -> None:
    """Every layer once; more stages or devices never make a rank fuller."""
    config = model(name)
    shares = layer_shares(config.layers, stages)
    assert [layer for share in shares for layer in share] == list(range(config.layers)) and max(map(len, shares)) - min(map(len, shares)) <= 1
    plan = Plan(tp=tp, pp=stages)
    parts = [stage_weights(config, plan, BF16, share, first=i == 0, last=i == stages - 1) for i, share in enumerate(shares)]
    whole = stage_weights(config, Plan(tp=tp), BF16, range(config.layers), first=True, last=True)
    assert sum(parts) == pytest.approx(whole, rel=1e-9)
    assert whole <= stage_weights(config, Plan(), BF16, range(config.layers), first=True, last=True)


@given(st.sampled_from([VLLM, VLLM_V0, TENSORRT_LLM, SGLANG]), st.sampled_from([1, 2, 4, 8]), st.integers(1, 4), st.integers(256, 16384), st.integers(1, 2048))
@settings(max_examples=60, deadline=None)
def test_what_is_promised_fits(engine: memory.EngineMemory, tp: int, pp: int, chunk: int, sequences: int) -> None:
    config, device = model("Llama-3.1-70B"), load("H100-SXM")
    found = footprint(config, device, Plan(tp=tp, pp=pp), Precision("f8"), engine, Told(chunk, sequences))
    used = found.weights + found.activations + found.engine + found.pages * found.page_tokens * found.token_bytes
    assert found.pages == 0 or used <= found.total
    assert (found.pages == 0) == (found.short > 0)
    more = footprint(config, device, Plan(tp=tp, pp=pp), Precision("f8"), engine, Told(2 * chunk, sequences))
    assert more.pages <= found.pages


def test_heads_are_copied_and_latent_rows_whole() -> None:
    config, deepseek, layers = model("Llama-3.1-70B"), model("DeepSeek-V3"), range(10)
    eight, sixteen = (memory.kv_token_bytes(config, Plan(tp=tp), BF16, layers) for tp in (8, 16))
    assert eight == sixteen == 10 * 2 * 128 * 2
    assert memory.kv_token_bytes(deepseek, Plan(tp=8), replace(BF16, kv="f8"), range(61)) == 61 * 576


def test_windows_keep_less() -> None:
    config = model("gpt-oss-120b")
    whole, long = (memory.kv_token_bytes(config, Plan(), BF16, range(36), length) for length in (0.0, 12800.0))
    assert long == pytest.approx(whole * (0.5 + 0.5 * 128 / 12800))


def test_what_does_not_fit_says_by_how_much() -> None:
    with pytest.raises(InfeasibleError, match=r"133\.\d GiB a device, 6\d\.\d GiB too much"):
        memory.fits(model("Llama-3.1-70B"), load("H100-SXM"), Plan(), BF16)
    with pytest.raises(InputError, match="share of memory"):
        replace(VLLM, share=1.5)
