"""Attention: query tiles of every head in waves, products and exponentials, keys and values out of main memory.

Tiles and online softmax: T. Dao, FlashAttention-2, arXiv 2307.08691. Decode shares a sequence's keys out over idle cores, as
Flash-Decoding does (https://crfm.stanford.edu/2023/10/12/flashdecoding.html). Tiles of FlashAttention-3 (arXiv 2407.08608) on Hopper: its
`hopper/tile_size.h`. A cache large enough for all keys and values doesn't help: between
two steps of a model all other layers' pass through it.
"""

from __future__ import annotations

import numpy as np

from intarsia.cost_models.analytic.constants import CONTEXT, DECODE, AttentionConstants
from intarsia.cost_models.analytic.gemm import waves
from intarsia.cost_models.analytic.machine import Machine, Parts, machine
from intarsia.cost_models.ops import Array, Attention
from intarsia.ir.device import Device

QUERY_TILES, DECODE_TILE, KEY_TILE = (64, 128), 16, 64
EXPONENTIALS = 16
"""That a core makes in a clock, where its device file says nothing (CUDA C++ programming guide, arithmetic instructions: devices since 7.0)."""


def attention(op: Attention, device: Device, context: AttentionConstants = CONTEXT, decode: AttentionConstants = DECODE) -> Parts:
    """Decodes (one row) and prefills may be mixed in one array."""
    rows = np.asarray(op.rows, np.float64)
    if not op.decode and np.any(rows <= 1):
        return _mixed(rows <= 1, _parts(op, device, decode, True), _parts(op, device, context, False))
    return _parts(op, device, decode if op.decode else context, op.decode)


def _mixed(first: Array, one: Parts, other: Parts) -> Parts:
    chosen = [np.where(first, getattr(one, name), getattr(other, name)) for name in ("compute", "memory", "fixed")]
    return Parts(chosen[0], chosen[1], chosen[2], np.where(first, one.overlap, other.overlap))  # type: ignore[arg-type]


def _parts(op: Attention, device: Device, c: AttentionConstants, decode: bool) -> Parts:
    on = machine(device, op.arithmetic, "attention")
    rate = on.core_flops * c.busy * (1.0 if op.arithmetic == "bf16" else c.narrow)
    pair = 4 * np.asarray(op.head_dim) / rate + c.exponents / ((device.exponentials or EXPONENTIALS) * on.clock_hz)
    clocks, compute = (_decode if decode else _prefill)(op, pair, on, c)
    fixed = np.broadcast_to(clocks / on.clock_hz, np.shape(compute))
    return Parts(np.asarray(compute), np.asarray(op.bytes / (on.bandwidth * c.stream)), fixed, c.overlap)


def _prefill(op: Attention, pair: Array, on: Machine, c: AttentionConstants) -> tuple[Array, Array]:
    """Clocks at the start, and seconds in the cores. A tile of queries meets whole tiles of keys; the last one meets most."""
    rows = np.asarray(op.rows, np.float64)
    tile = np.where(rows <= QUERY_TILES[0], *QUERY_TILES)
    tiles = np.asarray(op.batch * op.heads * np.ceil(rows / tile) / on.cores)
    kept = np.where(np.asarray(op.window) > 0, np.minimum(op.window + tile, op.context + rows), op.context + rows)
    keys = np.minimum(_padded(op.pairs / rows + tile / 2), _padded(kept))
    begin = c.tile / on.clock_hz
    return np.asarray(c.start), np.maximum(waves(tiles, c.smooth) * (begin + tile * keys * pair), begin + tile * _padded(kept) * pair)


def _decode(op: Attention, pair: Array, on: Machine, c: AttentionConstants) -> tuple[Array, Array]:
    """The same for one row a sequence: heads of a key make a tile, and idle cores take a share of its keys, which a second kernel adds up. Where
    a kernel can't take so many heads of a key together, each is a tile of its own, outside the tensor units."""
    group, width, keys = np.asarray(op.heads) / op.kv_heads, np.asarray(op.head_dim), np.maximum(op.pairs, 1.0)
    rows, key_tile = c.wide_tile if c.wide_tile and on.is_hopper else (DECODE_TILE, KEY_TILE)
    apart = (group > c.together) & (c.together > 0)
    tiles = np.asarray(op.batch * np.where(apart, op.heads, op.kv_heads) / on.cores)
    each = np.where(apart, c.apart * width / on.clock_hz, np.ceil(group / rows) * (rows * pair + c.key * width / on.clock_hz))
    begun = waves(tiles, c.smooth) * c.tile / on.clock_hz
    shared_out = np.clip(1 - tiles, 0, 1) * np.clip(np.log2(keys / 128), 0, 4) / 4
    clocks = c.start + c.split * shared_out + (0.0 if op.kv_dtype == "bf16" else c.narrow_start)
    return clocks, begun + tiles * _padded(keys, key_tile) * each


def _padded(keys: Array, tile: int = KEY_TILE) -> Array:
    return np.ceil(np.maximum(keys, 1.0) / tile) * tile
