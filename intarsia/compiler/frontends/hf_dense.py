"""Sizes of dense decoders that differ from Llama in their norms, biases or windows. Their sources are technical reports and the code of Hugging Face transformers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from intarsia.compiler.frontends.hf_configs import FAMILIES, Keys, _decoder
from intarsia.ir.model import ModelConfig


def full_attention_every(keys: Keys, default: int) -> int:
    """Each how manieth layer sees all tokens, where a window bounds the others: by `layer_types`, or by `sliding_window_pattern`, a number or letters such as "LLLG".

    Raises UnsupportedError for layers in no regular order."""
    kinds = keys.values.get("layer_types")
    if isinstance(kinds, list) and "full_attention" in kinds:
        every = kinds.index("full_attention") + 1
        if any((kind == "full_attention") != ((place + 1) % every == 0) for place, kind in enumerate(kinds)):
            raise keys.unsupported("layer_types", "layers with and without a window in no regular order")
        return every
    pattern = keys.values.get("sliding_window_pattern")
    return pattern.index("G") + 1 if isinstance(pattern, str) and "G" in pattern else keys.integer("sliding_window_pattern", default)


def _windowed(keys: Keys, default: int, **more: Any) -> ModelConfig:
    """A window in all layers but each `default`th; no window where the config has none."""
    window = keys.integer("sliding_window", 0)
    return _decoder(keys, sliding_window=window, full_attention_every=full_attention_every(keys, default) if window else 0, **more)


def _biased(keys: Keys) -> ModelConfig:
    """Seed-OSS: biases of queries, keys and values, and one after the attention, each by its own key."""
    return _decoder(keys, attention_bias=keys.flag("attention_bias", True), output_bias=keys.flag("attention_out_bias", False), mlp_bias=keys.flag("mlp_bias", False))


def _cohere(keys: Keys) -> ModelConfig:
    """Command R: attention and feed-forward beside each other after one LayerNorm, which has no bias."""
    return _decoder(keys, **_parallel(keys))


def _cohere2(keys: Keys) -> ModelConfig:
    """Command A (arXiv 2504.00698): as Command R; three layers of four attend within a window."""
    return _windowed(keys, 4, **_parallel(keys))


def _parallel(keys: Keys) -> dict[str, Any]:
    bias = keys.flag("attention_bias", False)
    return {
        "layer_norms": 1, "qk_norm": keys.flag("use_qk_norm", False), "tied_embeddings": keys.flag("tie_word_embeddings", True), "attention_bias": bias, "output_bias": bias,
        "norm_eps": keys.number("layer_norm_eps", 1e-5),
    }  # fmt: skip


def _ernie(keys: Keys) -> ModelConfig:
    bias = keys.flag("use_bias", False)
    return _decoder(keys, tied_embeddings=keys.flag("tie_word_embeddings", True), attention_bias=bias, output_bias=bias, mlp_bias=bias)


def _exaone4(keys: Keys) -> ModelConfig:
    """EXAONE 4.0 (arXiv 2507.11407): norms after each part, of queries and of keys; a window in three layers of four, in the large model."""
    return _windowed(keys, 4, qk_norm=True)


def _glm4(keys: Keys) -> ModelConfig:
    """GLM-4-0414: norms before and after each part."""
    return _decoder(keys, layer_norms=4, attention_bias=keys.flag("attention_bias", False))


def _internlm2(keys: Keys) -> ModelConfig:
    bias = keys.flag("bias", False)
    return _decoder(keys, attention_bias=bias, output_bias=bias)


def _olmo2(keys: Keys) -> ModelConfig:
    """OLMo 2 (arXiv 2501.00656): norms after each part, and of all queries and keys together."""
    return _decoder(keys, qk_norm=True, wide_qk_norm=True)


def _olmo3(keys: Keys) -> ModelConfig:
    """OLMo 3: as OLMo 2; three layers of four attend within a window."""
    return _windowed(keys, 4, qk_norm=True, wide_qk_norm=True)


def _smollm3(keys: Keys) -> ModelConfig:
    """SmolLM3: a Llama whose every fourth layer has no positions."""
    return _decoder(keys, tied_embeddings=keys.flag("tie_word_embeddings", True))


DENSE: dict[str, Callable[[Keys], ModelConfig]] = {
    "cohere": _cohere, "cohere2": _cohere2, "ernie4_5": _ernie, "exaone4": _exaone4, "glm4": _glm4, "granite": FAMILIES["llama"].config, "internlm2": _internlm2, "olmo2": _olmo2,
    "olmo3": _olmo3, "seed_oss": _biased, "smollm3": _smollm3,
}  # fmt: skip
