"""Encoders of images in published configs: sizes, tokens of an image, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.compiler.frontends import hf_sizes, hf_vision
from intarsia.errors import InputError
from intarsia.ir.vision import VisionConfig
from tests.compiler.frontends.vision import GEMMA3_4B, LLAVA_7B, QWEN2_5_VL_7B, QWEN2_VL_7B


def read(values: dict[str, Any]) -> VisionConfig:
    found = hf_vision.read(values, "config.json", hf_sizes.read(values, "config.json"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("values", "millions", "tokens", "rows"),
    [
        (QWEN2_VL_7B, 675.8, 1196, 4784),  # the checkpoint's `visual` has 675,759,104 numbers; 1280 x 720 becomes 46 x 26 squares of 28 pixels
        (QWEN2_5_VL_7B, 676.6, 1196, 4784),
        (LLAVA_7B, 303.5 - 12.6 + 21.0, 576, 577),  # CLIP ViT-L/14-336 without the last of its 24 layers, and a projector of 21 million
        (GEMMA3_4B, 417.0 + 2.9, 256, 4096),  # SigLIP of 417 million, and a matrix
    ],
)
def test_published_encoders(values: dict[str, Any], millions: float, tokens: int, rows: int) -> None:
    """Biases and embeddings of positions aside: a percent or two."""
    found = read(values)
    assert found.parameters() / 1e6 == pytest.approx(millions, rel=0.015)
    assert (found.tokens((1280, 720)), found.rows((1280, 720))) == (tokens, rows)
    assert found.width == hf_sizes.read(values, "config.json").hidden


def test_language_models_of_published_configs() -> None:
    """Qwen2-VL-7B has 8,291,375,616 numbers, LLaVA-1.5-7B's Vicuna 6.74 billion (its config leaves Llama's defaults out)."""
    text = hf_sizes.read(QWEN2_VL_7B, "config.json")
    assert text.parameters() + read(QWEN2_VL_7B).parameters() == pytest.approx(8_291_375_616, rel=1e-4)
    assert hf_sizes.read(LLAVA_7B, "config.json").parameters() == pytest.approx(6.739e9, rel=1e-3)
    nested = {"model_type": "qwen2_vl", "vision_config": QWEN2_VL_7B["vision_config"], "text_config": QWEN2_VL_7B | {"model_type": "qwen2_vl_text"}}
    assert hf_sizes.read(nested, "config.json").parameters() == text.parameters()


@pytest.mark.parametrize(("size", "tokens"), [((28, 28), 4), ((10, 10), 4), ((224, 224), 64), ((1000, 20), 36), ((16000, 16000), 16384)])
def test_sizes_are_rounded_and_bounded(size: tuple[int, int], tokens: int) -> None:
    """Least 56 x 56 pixels, most 28 x 28 x 16384, whole squares of 28 between."""
    assert read(QWEN2_VL_7B).tokens(size) == tokens


@given(st.integers(1, 1 << 14), st.integers(1, 1 << 14))
def test_an_image_has_tokens_within_bounds(width: int, height: int) -> None:
    """Long strips may have a few more than the least or the most: each side has one square at least."""
    found = read(QWEN2_5_VL_7B)
    columns, rows = found.grid((width, height))
    assert columns % 2 == rows % 2 == 0 and found.tokens((width, height)) * 4 == columns * rows
    assert 4 <= found.tokens((width, height)) <= 16384
    assert 1 <= found.windows((width, height)) <= columns * rows


def test_models_without_one() -> None:
    assert hf_vision.read({"model_type": "llama"}, "config.json", hf_sizes.read(QWEN2_VL_7B, "config.json")) is None


@pytest.mark.parametrize(
    ("values", "change", "message"),
    [
        (QWEN2_VL_7B, {"num_heads": 7}, "multiple of vision.heads"),
        (QWEN2_VL_7B, {"depth": 0}, "vision.layers must be a whole number of at least 1"),
        (QWEN2_5_VL_7B, {"fullatt_block_indexes": 4}, "should be a list"),
        (LLAVA_7B, {"patch_size": 400}, "holds no token"),
        (LLAVA_7B, {"num_hidden_layers": 1}, "vision_feature_layer should be one of 1 layers"),
        (LLAVA_7B, {"hidden_size": "wide"}, "hidden_size should be int"),
    ],
)
def test_bad_configs(values: dict[str, Any], change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(values | {"vision_config": values["vision_config"] | change})
