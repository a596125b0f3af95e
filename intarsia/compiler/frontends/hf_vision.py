"""Sizes of the image encoder in a Hugging Face `config.json` of a vision-language model.

>>> read({"model_type": "qwen2_5_vl", "vision_config": {...}, ...}, "config.json").tokens((1280, 720))
1196
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from intarsia.compiler.frontends.hf_configs import Keys
from intarsia.errors import InputError, Where
from intarsia.ir.model import ModelConfig
from intarsia.ir.vision import VisionConfig

CHANNELS, FRAMES = 3, 2
LEAST_PIXELS, MOST_PIXELS = 56 * 56, 28 * 28 * 16384
"""Of Qwen2-VL and Qwen2.5-VL (min_pixels, max_pixels of their preprocessor_config.json): 4 to 16,384 tokens an image."""


def read(values: dict[str, Any], file: str, text: ModelConfig) -> VisionConfig | None:
    """The encoder's sizes; None for a model without one, or whose encoder isn't read (KINDS has those that are). `text`: sizes of the language model. Raises InputError."""
    keys = Keys(values, file)
    kind = keys.text("model_type", "")
    if kind not in KINDS:
        return None
    found = KINDS[kind](keys, Keys(keys.table("vision_config"), file), text)
    try:
        found.check()
    except ValueError as error:
        raise InputError(f"the encoder of images: {error}", where=Where(file, node="vision_config")) from None
    return found


def _qwen2(keys: Keys, vision: Keys, text: ModelConfig) -> VisionConfig:
    """Qwen2-VL (arXiv 2409.12191): patches of two alike frames, 2 x 2 of them side by side through an MLP."""
    hidden = vision.integer("embed_dim", 1280)
    out = vision.integer("hidden_size", text.hidden)
    return VisionConfig("qwen2_vl", heads=vision.integer("num_heads", 16), hidden=hidden, ffn=int(hidden * vision.number("mlp_ratio", 4)), **_qwen(vision, hidden, out))


def _qwen2_5(keys: Keys, vision: Keys, text: ModelConfig) -> VisionConfig:
    """Qwen2.5-VL (arXiv 2502.13923, section 2.1.1): attention within windows of 112 pixels in all but four layers, and gated MLPs."""
    hidden, whole = vision.integer("hidden_size", 1280), vision.values.get("fullatt_block_indexes", [7, 15, 23, 31])
    if not isinstance(whole, list):
        raise InputError(f"fullatt_block_indexes should be a list, found {whole!r}", where=Where(vision.file, node="fullatt_block_indexes"))
    return VisionConfig(
        "qwen2_5_vl", heads=vision.integer("num_heads", 16), hidden=hidden, ffn=vision.integer("intermediate_size", 3420), gated=True, window=vision.integer("window_size", 112),
        whole_layers=len(whole), **_qwen(vision, hidden, vision.integer("out_hidden_size", text.hidden)),
    )  # fmt: skip


def _qwen(vision: Keys, hidden: int, out: int) -> dict[str, Any]:
    """What both have in common; defaults are those of transformers' configuration classes, which published configs leave out."""
    patch, merge = vision.integer("patch_size", 14), vision.integer("spatial_merge_size", 2)
    wide = hidden * merge * merge
    return {
        "layers": vision.integer("depth", 32), "patch": patch, "merge": merge, "inputs": CHANNELS * FRAMES * patch * patch, "projector": ((wide, wide), (wide, out)),
        "least_pixels": LEAST_PIXELS, "most_pixels": MOST_PIXELS,
    }  # fmt: skip


def _llava(keys: Keys, vision: Keys, text: ModelConfig) -> VisionConfig:
    """LLaVA-1.5 (arXiv 2310.03744): CLIP's transformer without the layers after `vision_feature_layer`, its class token left out, and an MLP of two matrices."""
    layers, chosen = vision.integer("num_hidden_layers"), keys.values.get("vision_feature_layer", -2)
    if not isinstance(chosen, int) or not -layers <= chosen <= layers:
        raise InputError(f"vision_feature_layer should be one of {layers} layers, found {chosen!r}", where=Where(keys.file, node="vision_feature_layer"))
    used = layers + 1 + chosen if chosen < 0 else chosen
    return _vit("llava", vision, layers=used, extra=1, projector=((vision.integer("hidden_size"), text.hidden), (text.hidden, text.hidden)))


def _gemma3(keys: Keys, vision: Keys, text: ModelConfig) -> VisionConfig:
    """Gemma 3 (arXiv 2503.19786, section 2.1): SigLIP's transformer, 4 x 4 patches pooled to a token, and one matrix."""
    tokens, side = keys.integer("mm_tokens_per_image", 256), vision.integer("image_size") // max(1, vision.integer("patch_size"))
    merge = max(1, round((side * side / max(1, tokens)) ** 0.5))
    return _vit("gemma3", vision, layers=vision.integer("num_hidden_layers"), merge=merge, projector=((vision.integer("hidden_size"), text.hidden),))


def _vit(name: str, vision: Keys, **more: Any) -> VisionConfig:
    """A plain vision transformer on images of one size."""
    patch = vision.integer("patch_size")
    return VisionConfig(
        name, heads=vision.integer("num_attention_heads"), hidden=vision.integer("hidden_size"), ffn=vision.integer("intermediate_size"), patch=patch,
        inputs=CHANNELS * patch * patch, image=vision.integer("image_size"), **more,
    )  # fmt: skip


KINDS: dict[str, Callable[[Keys, Keys, ModelConfig], VisionConfig]] = {"qwen2_vl": _qwen2, "qwen2_5_vl": _qwen2_5, "llava": _llava, "gemma3": _gemma3}
"""By `model_type`."""
