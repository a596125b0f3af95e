"""Encoding images for a language model: operators of a batch of images on one device, their seconds, and what the encoder takes of its memory.

>>> encoding(vision, load("H100-SXM"), (1280, 720), Priced("vllm"), tp=1)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from intarsia.cost_models import dtypes
from intarsia.cost_models.ops import ACTIVATION_BYTES, Attention, Elementwise, Gemm
from intarsia.cost_models.serving.attention_ops import all_reduce
from intarsia.cost_models.serving.shapes import Launch
from intarsia.cost_models.serving.step import OpCost
from intarsia.ir.device import Device
from intarsia.ir.vision import Size, VisionConfig

MANY = 16
"""Images of the larger of the two batches whose seconds say what a batch takes, and what each token does."""


@dataclass(frozen=True)
class Encoding:
    """Seconds of a batch of images: `batch_s`, and `token_s` for each token that comes of it, `peak_s` of them at peak arithmetic. `tokens`: of an image."""

    batch_s: float
    token_s: float
    peak_s: float
    tokens: int

    def seconds(self, tokens: float) -> float:
        """Of a batch that becomes so many tokens."""
        return self.batch_s + tokens * self.token_s


def encoding(vision: VisionConfig, device: Device, size: Size, cost: OpCost, tp: int = 1) -> Encoding:
    """What images of `size` pixels take, as a straight line through batches of one and of MANY images (those between lie within a few percent of it)."""
    tokens = vision.tokens(size)
    one, many = (seconds(vision, device, size, images, cost, tp) for images in (1, MANY))
    token_s = max(0.0, many - one) / ((MANY - 1) * tokens)
    flops = float(sum(launch.count * launch.op.flops for launch in encoder_ops(vision, 1, size, tp)))
    return Encoding(max(0.0, one - tokens * token_s), token_s, min(token_s, flops / dtypes.peak(device, "bf16") / tokens), tokens)


def seconds(vision: VisionConfig, device: Device, size: Size, images: int, cost: OpCost, tp: int = 1) -> float:
    """Of one batch of `images`, operator by operator."""
    launches = [launch for launch in encoder_ops(vision, images, size, tp) if launch.count]
    taken = cost([launch.op for launch in launches], device)
    return float(sum(launch.count * each for launch, each in zip(launches, taken.tolist(), strict=True)))


def share(vision: VisionConfig, tp: int) -> int:
    """Devices of a tensor-parallel group that share each layer of the encoder out: all that its heads allow, others have copies (vLLM refuses these plans; SGLang copies)."""
    return math.gcd(tp, vision.heads)


def encoder_ops(vision: VisionConfig, images: int, size: Size, tp: int = 1) -> list[Launch]:
    """Every operator of one device, all of bf16 (engines leave encoders out of quantisation)."""
    v, ways = vision, share(vision, tp)
    rows, tokens = images * v.rows(size), images * v.tokens(size)
    return [Launch("patches", 1, Gemm(rows, v.hidden, v.inputs)), *_attention(v, images, size, ways), *_mlp(v, rows, ways), *_projector(v, rows, tokens, ways)]


def _attention(v: VisionConfig, images: int, size: Size, ways: int) -> Iterator[Launch]:
    """Each row sees all rows of its image, or of its window: as many pairs as causal attention has after (rows - 1) / 2 others, which is how it is written here."""
    rows, head_dim, width = images * v.rows(size), v.hidden // v.heads, v.hidden // ways
    yield Launch("vision_norm", 2 * v.layers + 1, Elementwise(4 * rows * v.hidden * ACTIVATION_BYTES))
    yield Launch("vision_qkv", v.layers, Gemm(rows, 3 * width, v.hidden))
    yield Launch("vision_rope", v.layers, Elementwise(4 * rows * width * ACTIVATION_BYTES))
    whole, windows = v.layers if not v.window else v.whole_layers, v.windows(size) if v.window else 1
    for count, groups in ((whole, 1), (v.layers - whole, windows)):
        seen = v.rows(size) / groups
        yield Launch("vision_attention", count, Attention(images * groups, seen, max(0.0, (seen - 1) / 2), v.heads // ways, v.heads // ways, head_dim))
    yield Launch("vision_attention_output", v.layers, Gemm(rows, v.hidden, width))
    yield from all_reduce("vision_all_reduce", v.layers, rows * v.hidden, ways)


def _mlp(v: VisionConfig, rows: int, ways: int) -> Iterator[Launch]:
    width, matrices = -(-v.ffn // ways), 2 if v.gated else 1
    yield Launch("vision_up", v.layers, Gemm(rows, matrices * width, v.hidden))
    yield Launch("vision_activation", v.layers, Elementwise(rows * (matrices + 1) * width * ACTIVATION_BYTES))
    yield Launch("vision_down", v.layers, Gemm(rows, v.hidden, width))
    yield from all_reduce("vision_all_reduce", v.layers, rows * v.hidden, ways)


def _projector(v: VisionConfig, rows: int, tokens: int, ways: int) -> Iterator[Launch]:
    """Patches of a token side by side or pooled, then the matrices one after the other: the first split by columns, the next by rows, as an MLP's."""
    yield Launch("vision_merge", 1, Elementwise((rows + tokens) * v.hidden * ACTIVATION_BYTES))
    for place, (inputs, outputs) in enumerate(v.projector):
        paired = len(v.projector) > 1
        columns = -(-outputs // ways) if paired and place == 0 else outputs
        yield Launch("projector", 1, Gemm(tokens, columns, -(-inputs // ways) if paired and place else inputs))
        yield Launch("projector_activation", int(place + 1 < len(v.projector)), Elementwise(2 * tokens * columns * ACTIVATION_BYTES))
    if len(v.projector) > 1:
        yield from all_reduce("projector_all_reduce", 1, tokens * v.width, ways)


def weight_bytes(vision: VisionConfig, tp: int = 1) -> float:
    """On one device."""
    ways = share(vision, tp)
    return (vision.layers * vision.layer_parameters() / ways + vision.outer_parameters()) * ACTIVATION_BYTES


def activation_bytes(vision: VisionConfig, size: Size, tokens: int, tp: int = 1) -> float:
    """The peak of a batch that becomes `tokens` (of one image at least): input, residual, normed and output rows beside the widest operator's, as memory.py counts a decoder's."""
    v, ways = vision, share(vision, tp)
    images = max(1.0, tokens / v.tokens(size))
    widest: Any = max((3 if v.gated else 2) * -(-v.ffn // ways), 3 * v.hidden // ways)
    return images * v.rows(size) * ACTIVATION_BYTES * float(4 * v.hidden + widest)


def token_bytes(vision: VisionConfig) -> float:
    """What an encoded token takes on its way to the replica that prefills it."""
    return float(vision.width * ACTIVATION_BYTES)
