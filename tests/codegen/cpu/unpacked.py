"""What packed weights and activation rows stand for, by plain indexing of the documented layouts; and the product that the matmul kernel means, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu.formats import BLOCK, GROUP_ROWS, UNIT_ROWS, Bytes, activation_row_bytes, group_bytes, layout_of, round_up
from intarsia.codegen.cpu.kernels.matmul import MatmulSpec
from intarsia.codegen.cpu.kernels.matmul_epilogue import GATED

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def unpack(fmt: str, packed: Bytes, n: int, k: int) -> Floats:
    """The f32 weights [n, k] of a packed matrix, by plain indexing of the documented layout."""
    layout = layout_of(fmt)
    used = round_up(n, UNIT_ROWS) // GROUP_ROWS * group_bytes(fmt, k)
    blocks = packed[:used].view(layout.block).reshape(-1, k // layout.block_k)
    values = _UNPACKERS[fmt](blocks)  # [groups, k, 16]
    return np.ascontiguousarray(values.transpose(0, 2, 1).reshape(-1, k)[:n])


def unpack_glu(fmt: str, packed: Bytes, n: int, k: int) -> tuple[Floats, Floats]:
    """Gate and up, f32 [n, k] each, of a weight made by pack_glu."""
    pair = unpack(fmt, packed, 2 * n, k).reshape(-1, 2, GROUP_ROWS, k)
    return pair[:, 0].reshape(n, k), pair[:, 1].reshape(n, k)


def _quads(words: np.ndarray) -> np.ndarray:
    """Words [..., q, 16] of four bytes as bytes [..., 4 q, 16]: k before rows."""
    spread = np.stack([(words >> (8 * i)) & 0xFF for i in range(4)], axis=-2)
    return spread.reshape(*words.shape[:-2], -1, GROUP_ROWS)


def _from_nibbles(words: np.ndarray) -> np.ndarray:
    low, high = words & 0x0F0F0F0F, (words >> 4) & 0x0F0F0F0F
    return _quads(np.concatenate([low, high], axis=-2))


def _unpack_q4(blocks: np.ndarray) -> Floats:
    quants = _from_nibbles(blocks["nibbles"]).astype(np.float32)
    scale, low = (blocks[name].astype(np.float32)[..., None, :] for name in ("scale", "min"))
    values: Floats = scale * quants + low
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_q4s(blocks: np.ndarray) -> Floats:
    quants = _from_nibbles(blocks["nibbles"]).astype(np.float32) - 8
    values: Floats = blocks["scale"].astype(np.float32)[..., None, :] * quants
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_q4k(blocks: np.ndarray) -> Floats:
    sub = blocks["sub"]
    quants = _from_nibbles(sub["nibbles"]).astype(np.float32)
    d, dmin = (blocks[name].astype(np.float32)[..., None, :] for name in ("d", "dmin"))
    scale, low = (d * sub["scale"])[..., None, :], (dmin * sub["min"])[..., None, :]
    values: Floats = scale * quants - low
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_q6(blocks: np.ndarray) -> Floats:
    sub = blocks["sub"]
    high = np.stack([(sub["high"] >> (2 * s)) & 0x03030303 for s in range(4)], axis=-2)
    tops = _quads(high.reshape(*high.shape[:-3], 8, GROUP_ROWS))
    quants = (_from_nibbles(sub["nibbles"]) | tops << 4).astype(np.float32) - 32
    scale = blocks["d"].astype(np.float32)[..., None, None, :] * sub["scale"]
    values: Floats = np.repeat(scale, 16, axis=-2) * quants
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_q8(blocks: np.ndarray) -> Floats:
    quants = _quads(blocks["quads"]).astype(np.float32) - 128
    values: Floats = blocks["scale"].astype(np.float32)[..., None, :] * quants
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_float(blocks: np.ndarray) -> Floats:
    values = blocks["value"]
    kind = ml_dtypes.bfloat16 if values.dtype == np.uint16 else values.dtype
    return values.view(kind).astype(np.float32)


_UNPACKERS = {"q4": _unpack_q4, "q4s": _unpack_q4s, "q4k": _unpack_q4k, "q6": _unpack_q6,
              "q8": _unpack_q8, "f32": _unpack_float, "f16": _unpack_float, "bf16": _unpack_float}  # fmt: skip


def pack_activations(kind: str, x: Floats) -> Bytes:
    """Rows [rows, row bytes] of f32 activations [rows, k]; q8 has scale = max|x| / 127 per 32."""
    rows, k = x.shape
    packed = np.zeros((rows, activation_row_bytes(kind, k)), np.uint8)
    if kind == "f32":
        packed[:, : 4 * k] = np.ascontiguousarray(x, np.float32).view(np.uint8)
        return packed
    blocks = x.astype(np.float32).reshape(rows, k // BLOCK, BLOCK)
    top = np.abs(blocks).max(axis=-1, initial=0)
    with np.errstate(divide="ignore"):
        inverse = np.where(top > 0, np.float32(127) / top, np.float32(0))
    quants = np.rint(blocks * inverse[..., None])
    scale = (top * np.float32(1 / 127)).astype(np.float32)
    sums = scale * quants.sum(axis=-1, dtype=np.float32)
    packed[:, :k] = quants.astype(np.int8).reshape(rows, k).view(np.uint8)
    _scales_of(packed, k)[:] = np.concatenate([scale, sums], axis=1)
    return packed


def unpack_activations(kind: str, rows: Bytes, k: int) -> Floats:
    """The f32 activations [rows, k] that packed rows stand for."""
    if kind == "f32":
        return np.ascontiguousarray(rows[:, : 4 * k]).view(np.float32)
    quants = rows[:, :k].view(np.int8).reshape(len(rows), k // BLOCK, BLOCK).astype(np.float32)
    scale = _scales_of(rows, k)[:, : k // BLOCK]
    return (quants * scale[..., None]).reshape(len(rows), k)


def _scales_of(rows: Bytes, k: int) -> Floats:
    """A view of the scales and scaled sums [rows, 2 k/32] of q8 rows."""
    return rows.view(np.float32)[:, k // 4 : k // 4 + k // BLOCK * 2]


def reference_matmul(
    spec: MatmulSpec,
    x: Bytes,
    packed: Bytes,
    bias: Floats | None = None,
    residual: Floats | None = None,
) -> Doubles:
    """What the kernel means, in float64: outputs [rows, n_out] before any quantisation of y.

    x is activation rows, packed the weight; q8 activations stand for their exact values scale * q.
    """
    values = unpack_activations(spec.x, x, spec.k).astype(np.float64)
    if spec.x == "q8":
        values = _exact_q8(x, spec.k)
    weights = unpack(spec.weight, packed, spec.n, spec.k).astype(np.float64)
    sums = values @ weights.T + (0 if bias is None else bias.astype(np.float64))
    if spec.gated:
        pair = sums.reshape(len(x), spec.n_out // GROUP_ROWS, 2, GROUP_ROWS)
        gate, up = (pair[:, :, member].reshape(len(x), spec.n_out) for member in (0, 1))
        result = _REFERENCE_ACTIVATIONS[GATED[spec.activation]](gate) * up
    else:
        result = _REFERENCE_ACTIVATIONS[spec.activation](sums)
    return result if residual is None else result + residual.astype(np.float64)


def _exact_q8(x: Bytes, k: int) -> Doubles:
    quants: Doubles = x[:, :k].view(np.int8).astype(np.float64)
    scales: Doubles = np.ascontiguousarray(x[:, k : k + k // 8]).view(np.float32).astype(np.float64)
    return quants * np.repeat(scales, BLOCK, axis=1)


_erf = np.vectorize(math.erf, otypes=[np.float64])
_REFERENCE_ACTIVATIONS: dict[str, Callable[[Doubles], Doubles]] = {
    "none": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": lambda x: np.tanh(x),
    "silu": lambda x: x / 2 * (1 + np.tanh(x / 2)),
    "gelu": lambda x: x / 2 * (1 + _erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
}
