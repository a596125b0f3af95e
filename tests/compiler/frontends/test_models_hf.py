"""Hugging Face models: published sizes to the parameter, tensors in their places, what the text files say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from models import CHAT, tiny_hf

from intarsia.compiler.frontends import hf, safetensors
from intarsia.compiler.frontends.models import load_model
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.model import ModelConfig

LLAMA = {"model_type": "llama", "torch_dtype": "bfloat16", "rms_norm_eps": 1e-5}
PUBLISHED: dict[str, tuple[int, dict[str, Any]]] = {
    "Llama-3-8B": (
        8030261248,
        LLAMA
        | {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256},
    ),
    "Llama-3-70B": (
        70553706496,
        LLAMA
        | {"hidden_size": 8192, "intermediate_size": 28672, "num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "vocab_size": 128256},
    ),
    "Llama-3.1-405B": (
        405853388800,
        LLAMA
        | {
            "hidden_size": 16384,
            "intermediate_size": 53248,
            "num_hidden_layers": 126,
            "num_attention_heads": 128,
            "num_key_value_heads": 8,
            "vocab_size": 128256,
            "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},
        },
    ),
    "Qwen3-8B": (
        8190735360,
        {
            "model_type": "qwen3",
            "hidden_size": 4096,
            "intermediate_size": 12288,
            "num_hidden_layers": 36,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "vocab_size": 151936,
            "torch_dtype": "bfloat16",
            "use_sliding_window": False,
            "sliding_window": None,
        },
    ),
    "Qwen3-32B": (
        32762123264,
        {
            "model_type": "qwen3",
            "hidden_size": 5120,
            "intermediate_size": 25600,
            "num_hidden_layers": 64,
            "num_attention_heads": 64,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "vocab_size": 151936,
            "torch_dtype": "bfloat16",
        },
    ),
    "Qwen2.5-7B": (
        7615616512,
        {
            "model_type": "qwen2",
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "vocab_size": 152064,
            "torch_dtype": "bfloat16",
            "use_sliding_window": False,
            "sliding_window": 131072,
            "max_window_layers": 28,
        },
    ),
    "Mistral-7B": (
        7241732096,
        {
            "model_type": "mistral",
            "hidden_size": 4096,
            "intermediate_size": 14336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "vocab_size": 32000,
            "sliding_window": 4096,
            "torch_dtype": "bfloat16",
        },
    ),
    "Mixtral-8x7B": (
        46702792704,
        {
            "model_type": "mixtral",
            "hidden_size": 4096,
            "intermediate_size": 14336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "vocab_size": 32000,
            "num_local_experts": 8,
            "num_experts_per_tok": 2,
            "torch_dtype": "bfloat16",
            "sliding_window": None,
        },
    ),
    "Qwen3-30B-A3B": (
        30532122624,
        {
            "model_type": "qwen3_moe",
            "hidden_size": 2048,
            "intermediate_size": 6144,
            "moe_intermediate_size": 768,
            "num_hidden_layers": 48,
            "num_attention_heads": 32,
            "num_key_value_heads": 4,
            "head_dim": 128,
            "vocab_size": 151936,
            "num_experts": 128,
            "num_experts_per_tok": 8,
            "norm_topk_prob": True,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [],
            "torch_dtype": "bfloat16",
        },
    ),
    "DeepSeek-V3": (
        671026419200,
        {
            "model_type": "deepseek_v3",
            "hidden_size": 7168,
            "intermediate_size": 18432,
            "moe_intermediate_size": 2048,
            "num_hidden_layers": 61,
            "num_attention_heads": 128,
            "num_key_value_heads": 128,
            "vocab_size": 129280,
            "n_routed_experts": 256,
            "n_shared_experts": 1,
            "num_experts_per_tok": 8,
            "first_k_dense_replace": 3,
            "moe_layer_freq": 1,
            "q_lora_rank": 1536,
            "kv_lora_rank": 512,
            "qk_nope_head_dim": 128,
            "qk_rope_head_dim": 64,
            "v_head_dim": 128,
            "scoring_func": "sigmoid",
            "norm_topk_prob": True,
            "routed_scaling_factor": 2.5,
            "torch_dtype": "bfloat16",
            "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]},
        },
    ),
    "SmolLM2-135M": (
        134515008,
        LLAMA
        | {
            "hidden_size": 576,
            "intermediate_size": 1536,
            "num_hidden_layers": 30,
            "num_attention_heads": 9,
            "num_key_value_heads": 3,
            "vocab_size": 49152,
            "tie_word_embeddings": True,
        },
    ),
    "MiniLM-L6 without its pooler": (
        22713216 - 384 * 384 - 384,
        {
            "model_type": "bert",
            "hidden_size": 384,
            "intermediate_size": 1536,
            "num_hidden_layers": 6,
            "num_attention_heads": 12,
            "vocab_size": 30522,
            "max_position_embeddings": 512,
            "type_vocab_size": 2,
            "hidden_act": "gelu",
        },
    ),
}


def planned(config: dict[str, Any], folder: Path) -> ModelConfig:
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return load_model(path).config


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_parameter_counts(name: str, tmp_path: Path) -> None:
    count, config = PUBLISHED[name]
    assert planned(config, tmp_path).parameters() == count


def test_active_parameters(tmp_path: Path) -> None:
    """A3B: 3.3 billion a token, of which 3.0 outside the embeddings. DeepSeek-V3: 37 billion."""
    qwen, deepseek = (planned(PUBLISHED[name][1], tmp_path) for name in ("Qwen3-30B-A3B", "DeepSeek-V3"))
    assert qwen.parameters(active=True) == pytest.approx(3.3e9, rel=0.02)
    assert deepseek.parameters(active=True) == pytest.approx(37e9, rel=0.02)


def test_a_config_alone_has_weights_without_data(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(PUBLISHED["DeepSeek-V3"][1]))
    facts = load_model(tmp_path / "config.json")
    rows = {row["name"]: row for row in facts.weights}
    assert facts.format == "config" and not any("offsets" in row or "file" in row for row in facts.weights)
    assert rows["blk.{}.ffn_up_exps.weight"] == {
        "name": "blk.{}.ffn_up_exps.weight",
        "dtype": "f8e4m3",
        "shape": [256, 2048, 7168],
        "layers": list(range(3, 61)),
    }
    assert {rows[name]["dtype"] for name in ("token_embd.weight", "blk.{}.ffn_gate_inp.weight", "blk.{}.attn_norm.weight")} == {"bf16"}


@pytest.mark.parametrize("arch", ["llama", "qwen2", "qwen3", "mistral", "mixtral", "qwen3_moe", "bert"])
def test_every_weight_is_found(arch: str, tmp_path: Path) -> None:
    facts = hf.load(tiny_hf(tmp_path / "tiny", arch))
    assert facts.format == "safetensors" and facts.name == "tiny"
    assert all(len(row["offsets"]) == len(row.get("layers", [0])) * row.get("experts", 1) for row in facts.weights)
    sizes = {tensor.offset: tensor for tensor in safetensors.read_directory(tmp_path / "tiny")}
    assert sum(len(row["offsets"]) for row in facts.weights) == len(sizes)


def test_experts_lie_layer_by_layer(tmp_path: Path) -> None:
    facts = hf.load(tiny_hf(tmp_path / "tiny", "mixtral", shards=2))
    row = next(row for row in facts.weights if row["name"] == "blk.{}.ffn_down_exps.weight")
    stored = {tensor.name: tensor for tensor in safetensors.read_directory(tmp_path / "tiny")}
    wanted = [stored[f"model.layers.{layer}.block_sparse_moe.experts.{expert}.w2.weight"] for layer in range(2) for expert in range(4)]
    assert row["offsets"] == [tensor.offset for tensor in wanted] and row["files"] == [tensor.file for tensor in wanted]
    assert (row["shape"], row["experts"], row["tensor"]) == ([4, 64, 96], 4, "model.layers.{}.block_sparse_moe.experts.{}.w2.weight")


def test_text_facts(tmp_path: Path) -> None:
    facts = hf.load(tiny_hf(tmp_path / "tiny", "llama"))
    assert facts.chat_template == CHAT and facts.tokenizer == str(tmp_path / "tiny" / "tokenizer.json")
    assert facts.bos == 1 and set(facts.eos) == {0, 2} and facts.eos[0] == 2


def test_a_chat_template_in_a_file_of_its_own_wins(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "tiny", "llama")
    (path / "chat_template.jinja").write_text("{{ messages }}")
    assert hf.load(path).chat_template == "{{ messages }}"


def test_pooling_files(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "tiny", "bert")
    assert (hf.load(path).config.pooling, hf.load(path).config.normalise_embeddings) == ("mean", True)
    (path / "1_Pooling").mkdir()
    (path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}))
    (path / "modules.json").write_text("[]")
    assert (hf.load(path).config.pooling, hf.load(path).config.normalise_embeddings) == ("first", False)


def test_newer_configs_keep_rotary_settings_apart(tmp_path: Path) -> None:
    config = {k: v for k, v in PUBLISHED["Qwen3-8B"][1].items() if k != "torch_dtype"} | {
        "dtype": "float16",
        "rope_parameters": {"rope_theta": 1e6, "rope_type": "linear", "factor": 2.0},
    }
    found = planned(config, tmp_path)
    assert found.rope_theta == 1e6 and found.rope_scaling == {"kind": "linear", "factor": 2.0}


def test_minilm(minilm: Path) -> None:
    """The file holds the published 22,713,216 parameters: ours, and a pooler that mean pooling leaves out."""
    facts = hf.load(minilm)
    stored = {tensor.name: tensor for tensor in safetensors.read_directory(minilm) if tensor.dtype == "f32"}
    assert sum(tensor.nbytes // 4 for tensor in stored.values()) == 22713216
    assert facts.config.parameters() == 22713216 - 384 * 384 - 384 and (facts.config.pooling, facts.config.normalise_embeddings) == ("mean", True)


QWEN_MOE = PUBLISHED["Qwen3-30B-A3B"][1]
QWEN = PUBLISHED["Qwen2.5-7B"][1]


@pytest.mark.parametrize(
    ("config", "kind", "sentence"),
    [
        ({"model_type": "mamba"}, UnsupportedError, "'mamba' has no front end"),
        ({"model_type": "llava", "text_config": {}}, UnsupportedError, "several parts"),
        ({}, UnsupportedError, "has no front end"),
        ({"model_type": "llama"}, InputError, "needs num_attention_heads"),
        (QWEN | {"hidden_size": "big"}, InputError, "hidden_size should be int"),
        (QWEN | {"hidden_size": 0}, InputError, "config.hidden must be greater than zero"),
        (QWEN | {"num_key_value_heads": 5}, InputError, "must be a multiple"),
        (QWEN | {"num_hidden_layers": 10**12}, InputError, "config.layers must be at most"),
        (QWEN | {"hidden_act": "swoosh"}, UnsupportedError, "activation 'swoosh'"),
        (QWEN | {"use_sliding_window": True}, UnsupportedError, "sliding window in some layers"),
        (QWEN | {"rope_scaling": {"rope_type": "longrope"}}, UnsupportedError, "'longrope'"),
        (QWEN | {"rope_scaling": "yes"}, InputError, "rope_scaling should be dict"),
        (QWEN | {"torch_dtype": "complex64"}, UnsupportedError, "'complex64'"),
        (QWEN | {"quantization_config": {"quant_method": "gptq", "bits": 3}}, UnsupportedError, "3 bits"),
        (QWEN_MOE | {"num_experts_per_tok": 500}, InputError, "config.top_k"),
        (QWEN_MOE | {"mlp_only_layers": [3]}, UnsupportedError, "dense layers"),
        (PUBLISHED["MiniLM-L6 without its pooler"][1] | {"position_embedding_type": "relative_key"}, UnsupportedError, "relative positions"),
    ],
)
def test_bad_configs(config: dict[str, Any], kind: type[Exception], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(kind, match=sentence) as caught:
        planned(config, tmp_path)
    assert "config.json" in str(caught.value)


@pytest.mark.parametrize("bits", [4, 8])
def test_quantised_directories_are_for_planning(bits: int, tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "tiny", "llama", config={"quantization_config": {"quant_method": "gptq", "bits": bits}})
    facts = hf.load(path)
    dtypes = {row["name"]: row["dtype"] for row in facts.weights}
    assert facts.format == "config" and dtypes["blk.{}.attn_q.weight"] == f"int{bits}" and dtypes["token_embd.weight"] == "f32"
