"""Sizes of the models that published serving runs name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from intarsia.compiler.frontends import hf_sizes
from intarsia.errors import InputError
from intarsia.ir.model import ModelConfig


def _config(kind: str, hidden: int, ffn: int, layers: int, heads: int, kv_heads: int, vocab: int, **more: Any) -> dict[str, Any]:
    sizes = {"hidden_size": hidden, "intermediate_size": ffn, "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv_heads}
    return {"model_type": kind, **sizes, "vocab_size": vocab, **more}


_MLA = {
    "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "moe_intermediate_size": 2048, "scoring_func": "sigmoid",
}  # fmt: skip
_GLM = _MLA | {"q_lora_rank": 2048, "qk_nope_head_dim": 192, "v_head_dim": 256, "index_n_heads": 32, "index_head_dim": 128, "index_topk": 2048}
_LLAMA4 = {"intermediate_size_mlp": 16384, "head_dim": 128, "num_experts_per_tok": 1, "attention_chunk_size": 8192}
_QWEN_MOE = {"head_dim": 128, "num_experts": 128, "num_experts_per_tok": 8}
_DELTA = {
    "linear_num_key_heads": 16, "linear_num_value_heads": 64, "linear_key_head_dim": 128, "linear_value_head_dim": 128, "linear_conv_kernel_dim": 4, "full_attention_interval": 4,
    "head_dim": 256, "num_experts": 512, "num_experts_per_tok": 10, "moe_intermediate_size": 1024, "shared_expert_intermediate_size": 1024,
}  # fmt: skip
CONFIGS: dict[str, dict[str, Any]] = {
    "Llama-3.1-8B": _config("llama", 4096, 14336, 32, 32, 8, 128256),
    "Llama-3.1-70B": _config("llama", 8192, 28672, 80, 64, 8, 128256),
    "Llama-3.1-405B": _config("llama", 16384, 53248, 126, 128, 8, 128256),
    "Qwen3-32B": _config("qwen3", 5120, 25600, 64, 64, 8, 151936, head_dim=128),
    "Qwen3-30B-A3B": _config("qwen3_moe", 2048, 6144, 48, 32, 4, 151936, moe_intermediate_size=768, **_QWEN_MOE),
    "Qwen3-235B-A22B": _config("qwen3_moe", 4096, 12288, 94, 64, 4, 151936, moe_intermediate_size=1536, **_QWEN_MOE),
    "Qwen3.5-397B-A17B": _config("qwen3_5_moe_text", 4096, 0, 60, 32, 2, 248320, **_DELTA),
    "gpt-oss-120b": _config("gpt_oss", 2880, 2880, 36, 64, 8, 201088, head_dim=64, num_local_experts=128, num_experts_per_tok=4, sliding_window=128),
    "MiniMax-M2.5": _config("minimax_m2", 3072, 1536, 62, 48, 8, 200064, head_dim=128, num_local_experts=256, num_experts_per_tok=8),
    "DeepSeek-V3": _config("deepseek_v3", 7168, 18432, 61, 128, 128, 129280, n_routed_experts=256, first_k_dense_replace=3, **_MLA),
    "Kimi-K2.5": _config("kimi_k2", 7168, 18432, 61, 64, 64, 163840, n_routed_experts=384, first_k_dense_replace=1, **_MLA),
    "GLM-5": _config("glm_moe_dsa", 6144, 12288, 78, 64, 64, 154880, n_routed_experts=256, first_k_dense_replace=3, **_GLM),
    "Llama-4-Scout": _config("llama4_text", 5120, 8192, 48, 40, 8, 202048, num_local_experts=16, **_LLAMA4),
    "Llama-4-Maverick": _config("llama4_text", 5120, 8192, 48, 40, 8, 202048, num_local_experts=128, interleave_moe_layer_step=2, **_LLAMA4),
}  # fmt: skip
"""Sizes as each model's config.json states them."""
SPELT = {"DeepSeek-R1": "DeepSeek-V3", "DeepSeek-V3.1": "DeepSeek-V3", "Llama 3.3 70B": "Llama-3.1-70B"}
"""Names of measured rows that no other rule brings to a name above."""


def name(text: str) -> str:
    """The name in CONFIGS or SPELT that a row's name stands for, or the row's own."""
    text = SPELT.get(text, text)
    plain = text.rpartition("/")[2].replace(" ", "-")
    known = sorted({**CONFIGS, **SPELT}, key=len, reverse=True)
    return next((one for one in known if one.replace(" ", "-").lower() in plain.lower()), plain)


@lru_cache(maxsize=64)
def sizes(model: str) -> ModelConfig:
    """Raises InputError for a model that isn't above."""
    model = SPELT.get(model, model)
    if model not in CONFIGS:
        raise InputError(f"no sizes of the model {model}", mend=f"there are {', '.join(CONFIGS)}")
    return hf_sizes.read(CONFIGS[model], model)
