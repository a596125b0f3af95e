"""Sizes read from a config.json against the published number of parameters (the safetensors totals of the model's page, draft layers apart)."""

from __future__ import annotations

from typing import Any

import pytest

from intarsia.compiler.frontends import hf_sizes
from intarsia.errors import InputError, IntarsiaError, UnsupportedError
from intarsia.ir.model import ModelConfig

KEYS = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "vocab_size")


def sizes(kind: str, *values: int, **more: Any) -> dict[str, Any]:
    return {"model_type": kind, **dict(zip(KEYS, values, strict=True)), **more}


MLA = {"kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128}
GEMMA3 = {"sliding_window": 512, "sliding_window_pattern": 6}
GPT_OSS = {"head_dim": 64, "num_experts_per_tok": 4, "sliding_window": 128}
TIED = {"tie_word_embeddings": True}

PUBLISHED: dict[str, tuple[int, dict[str, Any]]] = {
    "Llama-2-7B": (6738415616, sizes("llama", 4096, 11008, 32, 32, 32, 32000)),
    "Llama-2-13B": (13015864320, sizes("llama", 5120, 13824, 40, 40, 40, 32000)),
    "Llama-3.1-8B": (8030261248, sizes("llama", 4096, 14336, 32, 32, 8, 128256)),
    "Llama-3.1-70B": (70553706496, sizes("llama", 8192, 28672, 80, 64, 8, 128256)),
    "Llama-3.1-405B": (405853388800, sizes("llama", 16384, 53248, 126, 128, 8, 128256)),
    "Llama-3.2-1B": (1235814400, sizes("llama", 2048, 8192, 16, 32, 8, 128256, **TIED)),
    "Llama-3.2-3B": (3212749824, sizes("llama", 3072, 8192, 28, 24, 8, 128256, **TIED)),
    "Mistral-7B-v0.1": (7241732096, sizes("mistral", 4096, 14336, 32, 32, 8, 32000)),
    "Mixtral-8x7B-v0.1": (46702792704, sizes("mixtral", 4096, 14336, 32, 32, 8, 32000, num_local_experts=8, num_experts_per_tok=2)),
    "Mixtral-8x22B-v0.1": (140620634112, sizes("mixtral", 6144, 16384, 56, 48, 8, 32000, num_local_experts=8, num_experts_per_tok=2)),
    "Qwen2.5-0.5B": (494032768, sizes("qwen2", 896, 4864, 24, 14, 2, 151936, **TIED)),
    "Qwen2.5-7B": (7615616512, sizes("qwen2", 3584, 18944, 28, 28, 4, 152064)),
    "Qwen2.5-32B": (32763876352, sizes("qwen2", 5120, 27648, 64, 40, 8, 152064)),
    "Qwen2.5-72B": (72706203648, sizes("qwen2", 8192, 29568, 80, 64, 8, 152064)),
    "Qwen1.5-MoE-A2.7B": (14315784192, sizes("qwen2_moe", 2048, 5632, 24, 16, 16, 151936, num_experts=60, num_experts_per_tok=4, moe_intermediate_size=1408, shared_expert_intermediate_size=5632)),
    "Qwen3-8B": (8190735360, sizes("qwen3", 4096, 12288, 36, 32, 8, 151936, head_dim=128)),
    "Qwen3-32B": (32762123264, sizes("qwen3", 5120, 25600, 64, 64, 8, 151936, head_dim=128)),
    "Qwen3-30B-A3B": (30532122624, sizes("qwen3_moe", 2048, 6144, 48, 32, 4, 151936, head_dim=128, num_experts=128, num_experts_per_tok=8, moe_intermediate_size=768)),
    "Qwen3-235B-A22B": (235093634560, sizes("qwen3_moe", 4096, 12288, 94, 64, 4, 151936, head_dim=128, num_experts=128, num_experts_per_tok=8, moe_intermediate_size=1536)),
    "Gemma-7B": (8537680896, sizes("gemma", 3072, 24576, 28, 16, 16, 256000, head_dim=256)),
    "Gemma-2-2B": (2614341888, sizes("gemma2", 2304, 9216, 26, 8, 4, 256000, head_dim=256)),
    "Gemma-2-9B": (9241705984, sizes("gemma2", 3584, 14336, 42, 16, 8, 256000, head_dim=256)),
    "Gemma-2-27B": (27227128320, sizes("gemma2", 4608, 36864, 46, 32, 16, 256000, head_dim=128)),
    "Gemma-3-1B": (999885952, sizes("gemma3_text", 1152, 6912, 26, 4, 1, 262144, head_dim=256, **GEMMA3)),
    "Phi-3-mini": (3821079552, sizes("phi3", 3072, 8192, 32, 32, 32, 32064, sliding_window=2047)),
    "Phi-4": (14659507200, sizes("phi3", 5120, 17920, 40, 40, 10, 100352)),
    "DeepSeek-V2-Lite": (15706484224, sizes("deepseek_v2", 2048, 10944, 27, 16, 16, 102400, **MLA, n_routed_experts=64, n_shared_experts=2, num_experts_per_tok=6, moe_intermediate_size=1408, first_k_dense_replace=1)),
    "DeepSeek-V2": (235741434880, sizes("deepseek_v2", 5120, 12288, 60, 128, 128, 102400, **MLA, q_lora_rank=1536, n_routed_experts=160, n_shared_experts=2, num_experts_per_tok=6, moe_intermediate_size=1536, first_k_dense_replace=1)),
    "DeepSeek-V3": (671026419200, sizes("deepseek_v3", 7168, 18432, 61, 128, 128, 129280, **MLA, q_lora_rank=1536, n_routed_experts=256, n_shared_experts=1, num_experts_per_tok=8, moe_intermediate_size=2048, first_k_dense_replace=3, scoring_func="sigmoid")),
    "gpt-oss-20b": (20914757184, sizes("gpt_oss", 2880, 2880, 24, 64, 8, 201088, **GPT_OSS, num_local_experts=32)),
    "gpt-oss-120b": (116829156672, sizes("gpt_oss", 2880, 2880, 36, 64, 8, 201088, **GPT_OSS, num_local_experts=128)),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_exact_to_the_published_count(name: str) -> None:
    count, config = PUBLISHED[name]
    assert hf_sizes.read(config, "config.json").parameters() == count


@pytest.mark.parametrize(("name", "active"), [("gpt-oss-120b", 5.13e9), ("gpt-oss-20b", 3.61e9), ("DeepSeek-V2", 21e9), ("Mixtral-8x7B-v0.1", 12.9e9)])
def test_active_parameters(name: str, active: float) -> None:
    """As the model cards state them (gpt-oss leaves the embeddings out)."""
    config = hf_sizes.read(PUBLISHED[name][1], "config.json")
    left_out = config.embedding_parameters() if "gpt-oss" in name else 0
    assert config.parameters(active=True) - left_out == pytest.approx(active, rel=0.02)


def test_windows_of_layers() -> None:
    gemma2, gemma3 = (hf_sizes.read(PUBLISHED[name][1], "config.json") for name in ("Gemma-2-2B", "Gemma-3-1B"))
    assert [gemma2.window(layer) for layer in range(4)] == [4096, 0, 4096, 0]
    assert [layer for layer in range(26) if not gemma3.window(layer)] == [5, 11, 17, 23]


def test_the_text_decoder_of_several_parts() -> None:
    inner = PUBLISHED["Gemma-3-1B"][1]
    assert hf_sizes.read({"model_type": "gemma3", "text_config": inner}, "config.json").parameters() == 999885952


def test_every_field_survives_a_dictionary() -> None:
    config = hf_sizes.read(PUBLISHED["gpt-oss-20b"][1], "config.json")
    assert ModelConfig.from_dict(config.to_dict()) == config


def test_a_size_that_is_missing_is_named() -> None:
    config = {key: value for key, value in PUBLISHED["gpt-oss-20b"][1].items() if key != "num_local_experts"}
    with pytest.raises(InputError, match="num_local_experts"):
        hf_sizes.read(config, "config.json")


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="rwkv"):
        hf_sizes.read({"model_type": "rwkv"}, "config.json")


@pytest.mark.parametrize("wrong", [None, 0, -4, "big", [1]])
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_size_that_is_wrong_or_missing_is_refused_with_its_file(name: str, wrong: object) -> None:
    """Some keys have defaults and may be left out; a size that can't be never passes, and nothing crashes."""
    config = PUBLISHED[name][1]
    unread = {"num_key_value_heads"} if "kv_lora_rank" in config else set()
    for key, right in config.items():
        changed = {k: v for k, v in config.items() if k != key} | ({} if wrong is None else {key: wrong})
        try:
            hf_sizes.read(changed, "config.json")
        except IntarsiaError as error:
            assert "config.json" in str(error)
        else:
            assert wrong is None or wrong == 0 or type(right) is not int or key in unread, f"{key}: {wrong!r}"
