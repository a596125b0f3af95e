"""Sizes alone of a Hugging Face `config.json`: what planning and cost models need, for more families than can be compiled.

>>> read({"model_type": "gemma2", ...}, "config.json").parameters()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from intarsia.compiler.frontends.facts import checked
from intarsia.compiler.frontends.hf_configs import FAMILIES, Keys, _decoder, _deepseek
from intarsia.compiler.frontends.hf_dense import DENSE
from intarsia.compiler.frontends.hf_mixtures import MIXTURES
from intarsia.ir.model import ModelConfig


def read(values: dict[str, Any], file: str) -> ModelConfig:
    """The sizes in a config; of a model with several parts, those of its text decoder. Raises InputError or UnsupportedError."""
    keys = Keys(values, file)
    kind = keys.text("model_type", "")
    if kind in WRAPPED or (kind not in SIZES and "text_config" in values):
        return read(_text_part(keys), file)
    if kind not in SIZES:
        raise keys.unsupported("model_type", f"the architecture {kind!r} has no sizes", f"these are read: {', '.join(SIZES)}")
    return checked(SIZES[kind](keys), file)


def _text_part(keys: Keys) -> dict[str, Any]:
    """The inner config, with what the outer one says of its embeddings."""
    outer = {key: keys.values[key] for key in ("tie_word_embeddings",) if key in keys.values}
    inner = keys.table("text_config")
    return outer | (LLAVA_TEXT.get(str(inner.get("model_type")), {}) if keys.text("model_type", "") == "llava" else {}) | inner


def _qwen2_vl(keys: Keys) -> ModelConfig:
    """Qwen2-VL's and Qwen2.5-VL's language model, a Qwen2; older configs have its sizes at the top, newer ones in `text_config`. Positions of images turn in three parts (mrope),
    at the cost of one."""
    inner = keys.values | keys.table("text_config")
    if isinstance(scaling := inner.get("rope_scaling"), dict) and "mrope_section" in scaling:
        inner = inner | {"rope_scaling": None}
    return replace(FAMILIES["qwen2"].config(Keys(inner, keys.file)), architecture="qwen2")


def _qwen2_moe(keys: Keys) -> ModelConfig:
    return _decoder(
        keys, attention_bias=True, experts=keys.integer("num_experts"), top_k=keys.integer("num_experts_per_tok"),
        expert_ffn=keys.integer("moe_intermediate_size"), shared_ffn=keys.integer("shared_expert_intermediate_size"), shared_gate=True,
        ffn=keys.integer("intermediate_size"), moe_every=keys.integer("decoder_sparse_step", 1),
    )  # fmt: skip


def _qwen3_5_moe(keys: Keys) -> ModelConfig:
    """Qwen3.5's mixtures of experts, as Qwen3-Next: gated DeltaNet (arXiv 2412.06464) in all layers but each `full_attention_interval`th, whose result is gated."""
    experts = _qwen2_moe(Keys(keys.values | {"intermediate_size": keys.integer("moe_intermediate_size")}, keys.file))
    return replace(
        experts, attention_bias=False, qk_norm=True, normalise_top_k=True, output_gate=keys.flag("attn_output_gate", True),
        full_attention_every=keys.integer("full_attention_interval", 4), linear_conv=keys.integer("linear_conv_kernel_dim"),
        linear_k_heads=keys.integer("linear_num_key_heads"), linear_v_heads=keys.integer("linear_num_value_heads"),
        linear_k_dim=keys.integer("linear_key_head_dim"), linear_v_dim=keys.integer("linear_value_head_dim"),
    )  # fmt: skip


def _gemma(keys: Keys, **more: Any) -> ModelConfig:
    activation = {"activation": "gelu_tanh"}
    return _decoder(keys, tied_embeddings=keys.flag("tie_word_embeddings", True), **(activation | more))


def _gemma2(keys: Keys) -> ModelConfig:
    """Gemma 2 (arXiv 2408.00118): norms before and after each part, every second layer sees all tokens."""
    return _gemma(keys, layer_norms=4, full_attention_every=2, sliding_window=keys.integer("sliding_window", 4096))


def _gemma3(keys: Keys) -> ModelConfig:
    """Gemma 3 (arXiv 2503.19786): five local layers, then one that sees all tokens; norms of queries and keys."""
    every = keys.integer("sliding_window_pattern", 6)
    return _gemma(keys, layer_norms=4, qk_norm=True, full_attention_every=every, sliding_window=keys.integer("sliding_window"))


def _phi3(keys: Keys) -> ModelConfig:
    return _decoder(keys, sliding_window=keys.integer("sliding_window", 0))


def _gpt_oss(keys: Keys) -> ModelConfig:
    """gpt-oss (arXiv 2508.10925): sinks in the attention, every second layer sees all tokens, biases everywhere."""
    return _decoder(
        keys, attention_bias=True, output_bias=True, attention_sinks=True, full_attention_every=2, sliding_window=keys.integer("sliding_window"),
        experts=keys.integer("num_local_experts"), top_k=keys.integer("num_experts_per_tok"), expert_ffn=keys.integer("intermediate_size"),
        router_bias=True, expert_bias=True, normalise_top_k=True,
    )  # fmt: skip


def _sparse_latent(keys: Keys) -> ModelConfig:
    """DeepSeek-V3.2 and GLM-5: latent attention to the tokens that an indexer chooses (DeepSeek-V3.2, arXiv 2512.02556, section 2.1)."""
    return replace(_deepseek(keys), index_heads=keys.integer("index_n_heads"), index_dim=keys.integer("index_head_dim"), index_top_k=keys.integer("index_topk"))


def _minimax_m2(keys: Keys) -> ModelConfig:
    return _mixtral_like(keys, qk_norm=True, wide_qk_norm=True, scoring="sigmoid")


def _mixtral_like(keys: Keys, **more: Any) -> ModelConfig:
    experts = {"experts": keys.integer("num_local_experts"), "top_k": keys.integer("num_experts_per_tok"), "expert_ffn": keys.integer("intermediate_size")}
    return _decoder(keys, normalise_top_k=True, **(experts | more))


def _llama4(keys: Keys) -> ModelConfig:
    """Llama 4's text decoder: a shared expert beside one routed expert; three of four layers attend within chunks of tokens."""
    step = keys.integer("interleave_moe_layer_step", 1)
    return _mixtral_like(
        keys, shared_experts=1, ffn=keys.integer("intermediate_size_mlp"), scoring="softmax", first_dense=step - 1, moe_every=step,
        sliding_window=keys.integer("attention_chunk_size", 0), full_attention_every=4,
    )  # fmt: skip


SIZES: dict[str, Callable[[Keys], ModelConfig]] = {name: family.config for name, family in FAMILIES.items()} | DENSE | MIXTURES | {
    "qwen2_moe": _qwen2_moe, "gemma": _gemma, "gemma2": _gemma2, "gemma3_text": _gemma3, "phi3": _phi3, "gpt_oss": _gpt_oss,
    "minimax_m2": _minimax_m2, "llama4_text": _llama4, "kimi_k2": _deepseek, "deepseek_v32": _sparse_latent, "glm_moe_dsa": _sparse_latent, "qwen3_next": _qwen3_5_moe,
    "qwen3_5_moe_text": _qwen3_5_moe, "qwen2_vl": _qwen2_vl, "qwen2_5_vl": _qwen2_vl,
}  # fmt: skip
WRAPPED = ("gemma3", "llama4", "kimi_k25", "qwen3_5_moe", "mistral3")
"""Models of several parts whose text decoder is in `text_config`."""
LLAVA_TEXT: dict[str, dict[str, Any]] = {
    name: {"hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000, **more}
    for name, more in {"llama": {"intermediate_size": 11008}, "mistral": {"intermediate_size": 14336, "num_key_value_heads": 8}}.items()
}
"""What LLaVA's configs leave out of `text_config`: the defaults of transformers' LlamaConfig and MistralConfig."""
