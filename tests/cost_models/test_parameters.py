"""Sizes read from a config.json against the published number of parameters (the safetensors totals of the model's page, draft layers apart)."""

from __future__ import annotations

from pathlib import Path
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

CARDS: dict[str, tuple[float, float, dict[str, Any]]] = {
    "Command-R": (34.98e9, 0.0, sizes("cohere", 8192, 22528, 40, 64, 64, 256000)),
    "Command-A": (111.1e9, 0.0, sizes("cohere2", 12288, 36864, 64, 96, 8, 256000, head_dim=128, sliding_window=4096, sliding_window_pattern=4)),
    "OLMo-2-7B": (7.299e9, 0.0, sizes("olmo2", 4096, 11008, 32, 32, 32, 100352)),
    "OLMo-2-32B": (32.23e9, 0.0, sizes("olmo2", 5120, 27648, 64, 40, 8, 100352)),
    "Seed-OSS-36B": (36.15e9, 0.0, sizes("seed_oss", 5120, 27648, 64, 80, 8, 155136, head_dim=128)),
    "Granite-3.1-8B": (8.171e9, 0.0, sizes("granite", 4096, 12800, 40, 32, 8, 49155, **TIED)),
    "SmolLM3-3B": (3.075e9, 0.0, sizes("smollm3", 2048, 11008, 36, 16, 4, 128256)),
    "EXAONE-4.0-32B": (32.0e9, 0.0, sizes("exaone4", 5120, 27392, 64, 40, 8, 102400, sliding_window=4096, sliding_window_pattern="LLLG")),
    "InternLM2-20B": (19.86e9, 0.0, sizes("internlm2", 6144, 16384, 48, 48, 8, 92544)),
    "GLM-4-32B": (32.57e9, 0.0, sizes("glm4", 6144, 23040, 61, 48, 2, 151552, head_dim=128)),
    "GLM-4.5": (355e9, 3.2e+10, sizes("glm4_moe", 5120, 12288, 92, 96, 8, 151552, head_dim=128, n_routed_experts=160, n_shared_experts=1, num_experts_per_tok=8, moe_intermediate_size=1536, first_k_dense_replace=3, use_qk_norm=True, attention_bias=True)),
    "GLM-4.5-Air": (106e9, 1.2e+10, sizes("glm4_moe", 4096, 10944, 46, 96, 8, 151552, head_dim=128, n_routed_experts=128, n_shared_experts=1, num_experts_per_tok=8, moe_intermediate_size=1408, first_k_dense_replace=1, attention_bias=True)),
    "dots.llm1": (142e9, 1.4e+10, sizes("dots1", 4096, 10944, 62, 32, 32, 152064, n_routed_experts=128, n_shared_experts=2, num_experts_per_tok=6, moe_intermediate_size=1408, first_k_dense_replace=1)),
    "Ling-lite": (16.8e9, 2.75e+09, sizes("bailing_moe", 2048, 5632, 28, 16, 4, 126464, num_experts=64, num_shared_experts=2, num_experts_per_tok=6, moe_intermediate_size=1408)),
    "ERNIE-4.5-21B-A3B": (21.83e9, 3e+09, sizes("ernie4_5_moe", 2560, 12288, 28, 20, 4, 103424, moe_num_experts=64, moe_k=6, moe_intermediate_size=1536, moe_num_shared_experts=2, moe_layer_start_index=1)),
    "ERNIE-4.5-300B-A47B": (300e9, 4.7e+10, sizes("ernie4_5_moe", 8192, 28672, 54, 64, 8, 103424, moe_num_experts=64, moe_k=8, moe_intermediate_size=3584, moe_layer_start_index=3, tie_word_embeddings=False)),
    "Granite-3.0-3B-A800M": (3.3e9, 8e+08, sizes("granitemoe", 1536, 512, 32, 24, 8, 49155, num_local_experts=40, num_experts_per_tok=8)),
    "Phi-3.5-MoE": (41.87e9, 6.6e+09, sizes("phimoe", 4096, 6400, 32, 32, 8, 32064, num_local_experts=16, num_experts_per_tok=2)),
}  # fmt: skip
"""Total and active parameters as the model cards round them (0: all are active)."""


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


@pytest.mark.parametrize("name", CARDS)
def test_near_the_count_on_the_card(name: str) -> None:
    """Cards of mixtures round to a billion, and some leave the embeddings out of the active ones."""
    total, active, config = CARDS[name]
    found = hf_sizes.read(config, "config.json")
    assert found.parameters() == pytest.approx(total, rel=0.01)
    assert found.parameters(active=True) == pytest.approx(active or found.parameters(), rel=0.13)


def test_windows_of_layers() -> None:
    gemma2, gemma3 = (hf_sizes.read(PUBLISHED[name][1], "config.json") for name in ("Gemma-2-2B", "Gemma-3-1B"))
    assert [gemma2.window(layer) for layer in range(4)] == [4096, 0, 4096, 0]
    assert [layer for layer in range(26) if not gemma3.window(layer)] == [5, 11, 17, 23]


def test_layers_that_see_all_tokens_are_named_in_three_ways() -> None:
    config = CARDS["EXAONE-4.0-32B"][2]
    ways = {"sliding_window_pattern": "LLLG"}, {"sliding_window_pattern": 4}, {"layer_types": (["sliding_attention"] * 3 + ["full_attention"]) * 16}
    for way in ways:
        assert [bool(hf_sizes.read(config | way, "config.json").window(layer)) for layer in range(8)] == [True, True, True, False] * 2
    with pytest.raises(UnsupportedError, match="no regular order"):
        hf_sizes.read(config | {"layer_types": ["sliding_attention", "full_attention", "full_attention", "sliding_attention"] * 16}, "config.json")
    assert not hf_sizes.read(config | {"sliding_window": None}, "config.json").window(0)


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


def test_the_documentation_names_every_family() -> None:
    text = (Path(__file__).parents[2] / "docs" / "planning.md").read_text()
    listed = text[text.index("## Which models?") : text.index("## How does the search go?")]
    assert [name for name in (*hf_sizes.SIZES, *hf_sizes.WRAPPED) if f"`{name}`" not in listed] == []


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="rwkv"):
        hf_sizes.read({"model_type": "rwkv"}, "config.json")


@pytest.mark.parametrize("wrong", [None, 0, -4, "big", [1]])
@pytest.mark.parametrize("name", [*PUBLISHED, *CARDS])
def test_a_size_that_is_wrong_or_missing_is_refused_with_its_file(name: str, wrong: object) -> None:
    """Some keys have defaults and may be left out; a size that can't be never passes, and nothing crashes."""
    config = PUBLISHED[name][1] if name in PUBLISHED else CARDS[name][2]
    unread = {"num_key_value_heads"} if "kv_lora_rank" in config else set()
    for key, right in config.items():
        changed = {k: v for k, v in config.items() if k != key} | ({} if wrong is None else {key: wrong})
        try:
            hf_sizes.read(changed, "config.json")
        except IntarsiaError as error:
            assert "config.json" in str(error)
        else:
            assert wrong is None or wrong == 0 or type(right) is not int or key in unread, f"{key}: {wrong!r}"
