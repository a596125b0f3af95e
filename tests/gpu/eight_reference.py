"""The float64 reference with the layers' products in 8-bit floats: the same scales for the same numbers, rounded by this module's own arithmetic.

Rows are rounded to bf16 where a kernel writes them. Else too many numbers that lie near the middle between two 8-bit floats would go the other way, a step of up to 12 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from tests import reference

Array = NDArray[np.float64]
LARGEST, MANTISSA, LEAST = 448.0, 3, -6
"""e4m3's largest number, bits of its mantissa, and its least exponent of a normal number (OCP 8-bit floating point specification, table 1)."""
TOGETHER = (("q", "k", "v"), ("o",), ("gate", "up"), ("down",))
"""Matrices that one kernel multiplies, so that they share scales."""
BLOCK = 128
SIZES: dict[str, Any] = {"hidden": 128, "heads": 4, "kv_heads": 2, "head_dim": 32, "ffn": 256, "dtype": "BF16"}
"""A tiny Llama whose rows are whole blocks."""
SURE = (
    [27, 54, 70, 54, 231, 250], [14, 29, 97, 126, 180], [42, 92, 15, 257],
    [191, 169, 72, 137, 57, 223, 138, 11, 75, 204, 151, 109, 75, 28, 176, 191, 151, 268, 267],
)  # fmt: skip
SURE_TOKENS = 4
"""Prompts, chosen by this reference alone: noise of 2^-9 on what every product reads changes none of its next four tokens, with either kind of scales."""


def rounded(x: Array) -> Array:
    """To the nearest e4m3, ties to even."""
    exponent = np.maximum(np.frexp(np.where(x == 0, 1.0, x))[1] - 1, LEAST)
    step = 2.0 ** (exponent - MANTISSA)
    return np.clip(np.round(x / step) * step, -LARGEST, LARGEST)


def half(x: Array) -> Array:
    """As bf16."""
    return np.asarray(x.astype(ml_dtypes.bfloat16), np.float64)


def in_eights(x: Array, rows: int, columns: int) -> Array:
    """x as 8-bit floats stand for it, with a scale for each block of rows x columns."""
    found = np.empty_like(x)
    for r in range(0, len(x), rows):
        for c in range(0, x.shape[1], columns):
            part = x[r : r + rows, c : c + columns]
            scale = max(np.abs(part).max(), 1e-12) / LARGEST
            found[r : r + rows, c : c + columns] = rounded(part / scale) * scale
    return found


@dataclass
class EightDecoder(reference.Decoder):
    """A decoder with `blocks` of scales, or one a matrix and one a row."""

    blocks: bool = False
    kept: dict[Any, Array] = field(default_factory=dict)

    @staticmethod
    def of(plain: reference.Decoder, *, blocks: bool) -> EightDecoder:
        return EightDecoder(**vars(plain), blocks=blocks)

    def logits(self, tokens: list[int], cache: reference.Cache | None = None) -> Array:
        cache = cache or self.cache()
        positions = np.arange(cache.length, cache.length + len(tokens))
        x = self._need("embed", 0)[np.asarray(tokens)]
        for layer in range(self.layers):
            x = half(x + self._attention(self._norm(x, "input_norm", layer), positions, layer, cache))
            x = half(x + self._mlp(self._norm(x, "post_norm", layer), layer))
        head = self.weight("head", 0)
        return np.asarray(self._norm(x, "final_norm", 0) @ (self._need("embed", 0) if head is None else head).T)

    def _norm(self, x: Array, part: str, layer: int) -> Array:
        return half(super()._norm(x, part, layer))

    def _rotate(self, x: Array, positions: Array) -> Array:
        return half(super()._rotate(x, positions))

    def _linear(self, x: Array, part: str, layer: int) -> Array:
        """Sums with the residual are rounded after it."""
        y = self._product(half(x), part, layer)
        return y if part in ("o", "down") else half(y)

    def _product(self, x: Array, part: str, layer: int) -> Array:
        bias = self.weight(part + ".bias", layer)
        y = in_eights(x, 1, BLOCK if self.blocks else x.shape[1]) @ self._eight(part, layer).T
        return np.asarray(y if bias is None else y + bias)

    def _eight(self, part: str, layer: int) -> Array:
        if (part, layer) not in self.kept:
            group = next(names for names in TOGETHER if part in names)
            matrices = [self._need(name, layer) for name in group]
            whole = np.concatenate(matrices)
            narrow = in_eights(whole, *((BLOCK, BLOCK) if self.blocks else whole.shape))
            ends = np.cumsum([len(m) for m in matrices])[:-1]
            self.kept |= {(name, layer): piece for name, piece in zip(group, np.split(narrow, ends), strict=True)}
        return self.kept[part, layer]
