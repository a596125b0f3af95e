"""Matmuls: tiles in waves over the cores, splits of the inner dimension, loads of the cache and of main memory, rows made narrow.

Tile and wave quantisation: NVIDIA, Matrix Multiplication Background User's Guide, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.analytic.constants import GEMM, GemmConstants
from intarsia.cost_models.analytic.machine import Machine, Parts, machine
from intarsia.cost_models.ops import Array, Gemm
from intarsia.ir.device import Device

TILES = ((256, 128), (128, 128), (64, 128), (64, 64), (16, 64))
"""Rows and columns of the result that one core makes at a time."""
SPLITS = (1, 4, 16)
"""Parts that the inner dimension may be split in, so that few tiles fill many cores."""
F32_LANES, SCALED = 128, 128
"""Multiplications of f32 that a core makes in a clock beside its tensor units, and columns of the inner dimension that have one scale."""
STEP = 64
"""Columns of the inner dimension that a core loads and multiplies at a time."""


def gemm(op: Gemm, device: Device, constants: GemmConstants = GEMM) -> Parts:
    """The best of several tiles and splits, and the traffic of main memory."""
    c, facts = constants, dtypes.facts(op.dtype)
    m, n, k = (np.asarray(size, np.float64) for size in (op.m, op.n, op.k))
    on = machine(device, op.arithmetic)
    width = max(facts.row_bytes, facts.bits / 8) if facts.row_bytes < 2 else (facts.row_bytes + facts.bits / 8) / 2
    rate = on.core_flops * c.busy * _share(op.dtype, "f4" in device.flops, on, c)
    stream = on.bandwidth * c.stream
    compute = best_tiles(m, n, k, rate, width, on, c, SPLITS if _splits(op.dtype, c) else SPLITS[:1])
    memory = (op.bytes + c.reread * _read_again(m, n, k, width, op, on)) / stream
    clocks = c.start + (c.unpack_start if _weights_alone(op.dtype) else 0.0)
    quantised = _quantised(op.dtype, m, k, stream, on, c) if facts.row_bytes < 2 else 0.0
    fixed = clocks / on.clock_hz + quantised
    return Parts(compute, np.asarray(memory), np.broadcast_to(fixed, compute.shape), c.overlap)


def best_tiles(m: Array, n: Array, k: Array, rate: float, width: float, on: Machine, c: GemmConstants, splits: Sequence[int] = SPLITS) -> Array:
    """Seconds in the cores, by the tile and split that take least. `rate` is a core's FLOP/s, `width` the bytes of an operand."""
    cache = on.cache_bandwidth * c.cache / on.cores
    best = np.full(np.broadcast_shapes(m.shape, n.shape, k.shape), np.inf)
    for rows, columns in TILES:
        tiles = np.ceil(m / rows) * np.ceil(n / columns) / on.cores
        busy = min(1.0, rows * columns / (rows + columns) / c.intensity)
        step = max(2 * rows * columns * STEP / (rate * busy), (rows + columns) * STEP * width / cache, c.step / on.clock_hz)
        for split in splits:
            once = c.tile / on.clock_hz + np.ceil(k / (STEP * split)) * step
            added = c.split / on.clock_hz + c.split_traffic * 8.0 * m * n * split / on.cache_bandwidth if split > 1 else 0.0
            np.minimum(best, waves(tiles * split, c.smooth if on.throttled else 0.0) * once + added, out=best)
    return best


def waves(exact: Array, smooth: float) -> Array:
    """Waves of tiles, one at least: whole ones, but for a share of the last one's idle cores that others make up for."""
    at_least = np.maximum(exact, 1.0)
    return np.asarray((1 - smooth) * np.ceil(at_least) + smooth * at_least)


def _read_again(m: Array, n: Array, k: Array, width: float, op: Gemm, on: Machine) -> Array:
    """Bytes beyond the first reading that operands take which the cache can't hold: each wave of large tiles reads its own."""
    if not on.cache_bytes:
        return np.zeros(np.broadcast_shapes(m.shape, n.shape, k.shape))
    area = on.cores * TILES[0][0] * TILES[0][1]
    passed = 2 * m * n * k * width / np.sqrt(area) + 2 * m * n
    return np.maximum(passed - op.bytes, 0) * np.clip((m + n) * k * width / on.cache_bytes - 1, 0, 1)


def _quantised(dtype: str, m: Array, k: Array, stream: float, on: Machine, c: GemmConstants) -> Array:
    """Seconds of making rows narrow: a start, whose small kernels wait for memory rather than for the cores, traffic, and the cores' work on rows and on their elements."""
    start = {"f8_block": c.quantise_block, "f8": c.quantise, "int8": c.quantise_rows}.get(dtype, c.quantise_four)
    return np.asarray(start + c.quantise_passes * 3 * m * k / stream + (c.row + c.element * k) * m / on.cores / on.clock_hz)


def _splits(dtype: str, c: GemmConstants) -> bool:
    """Whether kernels split the inner dimension. DeepGEMM's, and those like it that scale blocks, make one tile of the result in one core."""
    return dtype != "f8_block" and (c.narrow_splits or dtype != "f8")


def _share(dtype: str, knows_scales: bool, on: Machine, c: GemmConstants) -> float:
    """Of peak arithmetic, over that share which wide matmuls reach of theirs. On Hopper DeepGEMM scales the sums of SCALED columns outside the tensor
    units, one operation for each element of the result (https://github.com/deepseek-ai/DeepGEMM); elsewhere its kernels don't run."""
    if _weights_alone(dtype):
        return c.unpack
    if dtype == "f8_block":
        products = on.core_flops / on.clock_hz / 2
        return c.block if knows_scales else 1 / (1 + products / (F32_LANES * SCALED)) if on.is_hopper else c.promoted
    facts = dtypes.facts(dtype)
    return c.four if facts.arithmetic == "f4" else c.narrow if facts.row_bytes < 2 else 1.0


def _weights_alone(dtype: str) -> bool:
    facts = dtypes.facts(dtype)
    return facts.bits < 16 and facts.row_bytes == 2
