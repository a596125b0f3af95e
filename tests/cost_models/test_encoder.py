"""Costs of encoding images: work counted by hand, batches on a line, shares of a tensor-parallel group, memory."""

from __future__ import annotations

import pytest

from intarsia.compiler.frontends import hf_sizes, hf_vision
from intarsia.cost_models.devices import load
from intarsia.cost_models.ops import Attention, Collective
from intarsia.cost_models.serving import encoder
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.step import roofline
from intarsia.ir.vision import VisionConfig
from tests.compiler.frontends.vision import GEMMA3_4B, LLAVA_7B, QWEN2_5_VL_7B, QWEN2_VL_7B

SIZE = (1280, 720)
CONFIGS = (QWEN2_VL_7B, QWEN2_5_VL_7B, LLAVA_7B, GEMMA3_4B)
VISIONS = [found for values in CONFIGS if (found := hf_vision.read(values, "config.json", hf_sizes.read(values, "config.json")))]


def flops(vision: VisionConfig, images: int, tp: int = 1) -> float:
    return float(sum(launch.count * launch.op.flops for launch in encoder.encoder_ops(vision, images, SIZE, tp)))


@pytest.mark.parametrize("vision", VISIONS, ids=lambda vision: vision.architecture)
def test_work_is_that_of_every_weight_and_pair(vision: VisionConfig) -> None:
    """Two for each weight and row; four for each pair of rows that see each other and each column of the width."""
    rows, tokens = vision.rows(SIZE), vision.tokens(SIZE)
    matrices = vision.layers * (4 * vision.hidden**2 + (3 if vision.gated else 2) * vision.hidden * vision.ffn)
    whole = vision.whole_layers if vision.window else vision.layers
    seen = whole * rows**2 + (vision.layers - whole) * rows**2 / vision.windows(SIZE)
    projector = sum(a * b for a, b in vision.projector)
    by_hand = 2 * rows * (matrices + vision.inputs * vision.hidden) + 4 * vision.hidden * seen + 2 * tokens * projector
    assert flops(vision, 1) == pytest.approx(by_hand, rel=1e-9)
    assert flops(vision, 5) == pytest.approx(5 * by_hand, rel=1e-9)


@pytest.mark.parametrize("name", ["H100-SXM", "L4"])
@pytest.mark.parametrize("vision", VISIONS, ids=lambda vision: vision.architecture)
def test_batches_lie_on_a_line(vision: VisionConfig, name: str) -> None:
    """Prices of each batch, operator by operator, against the two numbers that simulations take."""
    device, cost = load(name), Priced("vllm")
    line = encoder.encoding(vision, device, SIZE, cost)
    for images in (1, 3, 8, 24):
        assert line.seconds(images * line.tokens) == pytest.approx(encoder.seconds(vision, device, SIZE, images, cost), rel=0.13)
    assert 0 < line.peak_s < line.token_s


def test_windows_take_less() -> None:
    whole, windows = (encoder.encoding(vision, load("H100-SXM"), SIZE, roofline) for vision in VISIONS[:2])
    assert windows.seconds(8 * windows.tokens) < 0.8 * whole.seconds(8 * whole.tokens)


def test_a_group_shares_layers_out_and_sums_up() -> None:
    """Half the heads and columns on each of two; three devices can't share sixteen heads, so each has all."""
    vision = VISIONS[0]
    one, two, three = (encoder.encoder_ops(vision, 2, SIZE, tp) for tp in (1, 2, 3))
    heads = [launch.op.heads for ops in (one, two, three) for launch in ops if isinstance(launch.op, Attention) and launch.count]
    assert heads == [16, 8, 16]
    assert sum(launch.count for launch in two if isinstance(launch.op, Collective)) == 2 * vision.layers + 1
    assert not any(isinstance(launch.op, Collective) for launch in (*one, *three))
    assert flops(vision, 2, 2) == pytest.approx(flops(vision, 2) / 2, rel=0.01)
    assert encoder.weight_bytes(vision, 2) == pytest.approx(encoder.weight_bytes(vision) / 2, rel=0.07)
    assert encoder.weight_bytes(vision) == 2 * vision.parameters() and encoder.weight_bytes(vision, 3) == encoder.weight_bytes(vision)


def test_rows_of_a_batch_take_memory() -> None:
    """One image at least, and in proportion from there on."""
    vision = VISIONS[2]
    assert encoder.activation_bytes(vision, SIZE, 1) == encoder.activation_bytes(vision, SIZE, 576) == 577 * 2 * (4 * 1024 + 2 * 4096)
    assert encoder.activation_bytes(vision, SIZE, 5760) == pytest.approx(10 * encoder.activation_bytes(vision, SIZE, 576))
    assert encoder.token_bytes(vision) == 2 * 4096
