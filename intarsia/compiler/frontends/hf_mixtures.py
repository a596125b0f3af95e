"""Sizes of mixtures of experts whose configs name them in their own way. Their sources are technical reports and the code of Hugging Face transformers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from intarsia.compiler.frontends.hf_configs import Keys, _decoder
from intarsia.ir.model import ModelConfig


def _routed(keys: Keys, experts: str, **more: Any) -> ModelConfig:
    """What DeepSeek's way of naming has in common: `experts` is the key of their number."""
    return _decoder(
        keys, experts=keys.integer(experts), top_k=keys.integer("num_experts_per_tok"), expert_ffn=keys.integer("moe_intermediate_size"), ffn=keys.integer("intermediate_size"),
        first_dense=keys.integer("first_k_dense_replace", 0), normalise_top_k=keys.flag("norm_topk_prob", True), routed_scale=keys.number("routed_scaling_factor", 1.0), **more,
    )  # fmt: skip


def _glm4_moe(keys: Keys) -> ModelConfig:
    """GLM-4.5 (arXiv 2508.06471): grouped-query attention, routed by sigmoids with a bias that balances them."""
    return _routed(
        keys, "n_routed_experts", shared_experts=keys.integer("n_shared_experts", 0), scoring="sigmoid", router_bias=True, qk_norm=keys.flag("use_qk_norm", False),
        attention_bias=keys.flag("attention_bias", False),
    )  # fmt: skip


def _dots1(keys: Keys) -> ModelConfig:
    """dots.llm1 (arXiv 2506.05767)."""
    return _routed(keys, "n_routed_experts", shared_experts=keys.integer("n_shared_experts", 0), scoring="sigmoid", router_bias=True, qk_norm=True)


def _bailing(keys: Keys) -> ModelConfig:
    """Ling (arXiv 2503.05139)."""
    bias = {"attention_bias": keys.flag("use_qkv_bias", False), "output_bias": keys.flag("use_bias", False)}
    return _routed(keys, "num_experts", shared_experts=keys.integer("num_shared_experts", 0), **bias)


def _ernie_moe(keys: Keys) -> ModelConfig:
    """ERNIE 4.5: mixtures of experts from `moe_layer_start_index` on, in each `moe_layer_interval`th layer."""
    bias = keys.flag("use_bias", False)
    return _decoder(
        keys, tied_embeddings=keys.flag("tie_word_embeddings", True), attention_bias=bias, output_bias=bias, experts=keys.integer("moe_num_experts"), top_k=keys.integer("moe_k"),
        expert_ffn=keys.integer("moe_intermediate_size"), ffn=keys.integer("intermediate_size"), shared_experts=keys.integer("moe_num_shared_experts", 0),
        first_dense=keys.integer("moe_layer_start_index", 0), moe_every=keys.integer("moe_layer_interval", 1), normalise_top_k=True, router_bias=True,
    )  # fmt: skip


def _local(keys: Keys, **more: Any) -> ModelConfig:
    """As Mixtral's configs: every layer has experts, of the size that a dense one's feed-forward network would have."""
    return _decoder(
        keys, experts=keys.integer("num_local_experts"), top_k=keys.integer("num_experts_per_tok"), expert_ffn=keys.integer("intermediate_size"), normalise_top_k=True, **more
    )


def _granite_moe(keys: Keys) -> ModelConfig:
    return _local(keys, tied_embeddings=keys.flag("tie_word_embeddings", True))


def _phi_moe(keys: Keys) -> ModelConfig:
    """Phi-3.5-MoE (arXiv 2404.14219): LayerNorms, and biases of the attention and of the output head."""
    bias = keys.flag("attention_bias", True)
    return _local(keys, norm="layernorm", attention_bias=bias, output_bias=bias, sliding_window=keys.integer("sliding_window", 0))


MIXTURES: dict[str, Callable[[Keys], ModelConfig]] = {
    "bailing_moe": _bailing, "dots1": _dots1, "ernie4_5_moe": _ernie_moe, "glm4_moe": _glm4_moe, "granitemoe": _granite_moe, "phimoe": _phi_moe,
}  # fmt: skip
