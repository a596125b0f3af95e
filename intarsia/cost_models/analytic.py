"""Operator costs from a device's data sheet alone: a roofline with tiles, waves, caches and launches. Vectorised.

Roofline: S. Williams, A. Waterman, D. Patterson, CACM 52(4), 2009. Tile and wave quantisation: NVIDIA, Matrix
Multiplication Background User's Guide, sections 3 and 4. Numeric fields of operators are numbers or arrays that broadcast.

>>> seconds(Gemm(m=np.array([1, 4096]), n=4096, k=4096), load("H100-SXM"))
"""

from __future__ import annotations

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.ops import Array, Attention, Collective, Experts, Gemm, LatentAttention, Number, Op
from intarsia.ir.device import Device

TILES = ((256, 128), (128, 128), (64, 128), (64, 64), (16, 64))
"""Rows and columns of the result that one core makes at a time."""
SPLITS = (1, 4, 16)
"""Parts that the inner dimension may be split in, so that few tiles fill many cores."""
BUSY_INTENSITY = 32
"""A tile's operations for each operand it loads, from which on it keeps the arithmetic busy."""
QUERY_TILE, DECODE_TILE, KEY_TILE, EXPERT_TILE = 128, 64, 64, 16
LAUNCHES = {"gemm": 0.3, "quantised gemm": 1.6, "attention": 2.5, "moe": 7.0}
"""Fixed time of an operator, in launches of the device file: one of several kernels, or part of one that others overlap."""
TILE_START_S = {"gemm": 1e-6, "context": 2e-6, "decode": 1e-6}
"""Until a tile's first operands are there, and after its last."""
SPLIT_S = 2e-6
CACHE_REUSE, GROUPED, SKEW = 1.5, 0.6, 1.6
"""Loads of the cache that cores share; a grouped matmul's share of a plain one's rate; work of uneven routing over even.

All constants from BUSY_INTENSITY on were chosen on B200 and L40S tables (a coarse grid, least median + mean error). The
form of the model was compared on H100, H200 and A100 as well, so its errors there are a little flattering.
"""
CAPTURED_LAUNCH_S = 2.5e-6
"""Of a kernel, where a device file says nothing."""
NETWORK = 1e10
"""Bytes/s between devices of which no link is known."""


def peak_roofline(op: Op, device: Device) -> Array:
    """Seconds at peak arithmetic or peak bandwidth, the longer of both: no efficiency, no overhead."""
    return np.asarray(np.maximum(op.flops / dtypes.peak(device, op.arithmetic), op.bytes / device.main_memory.bandwidth))


def smooth(op: Op, device: Device) -> Array:
    """Launch, arithmetic and traffic one after the other: a cheap, smooth shape for measured ratios to be taken of."""
    return np.asarray(launch(device) + op.flops / (0.75 * dtypes.peak(device, op.arithmetic)) + op.bytes / (0.85 * device.main_memory.bandwidth))


def roofline(op: Op, device: Device) -> Array:
    """Arithmetic or traffic at the device file's efficiencies, the longer of both, and a launch; collectives by latency and bandwidth."""
    if isinstance(op, Collective):
        return _collective_seconds(op, device)
    prefill = (isinstance(op, Attention) and not op.decode) or (isinstance(op, LatentAttention) and not op.absorbed)
    reached = dtypes.peak(device, op.arithmetic) * _efficiency(device, "attention" if prefill else "gemm")
    overhead = min(device.launch_s.values(), default=0.0)
    return np.asarray(np.maximum(op.flops / reached, op.bytes / _bandwidth(device)) + overhead)


def launch(device: Device) -> float:
    """Seconds of a kernel that does nothing."""
    return min(device.launch_s.values(), default=CAPTURED_LAUNCH_S)


def seconds(op: Op, device: Device) -> Array:
    """Seconds of an operator on a device nobody has measured. CPUs have no waves of tiles: the roofline at their file's efficiencies."""
    if device.kind == "cpu":
        return roofline(op, device)
    if isinstance(op, Gemm):
        return _gemm_seconds(op, device)
    if isinstance(op, Attention):
        return _attention_seconds(op, device)
    return _experts_seconds(op, device) if isinstance(op, Experts) else roofline(op, device)


def _arrays(*values: Number) -> list[Array]:
    return [np.asarray(value, np.float64) for value in values]


def _gemm_seconds(op: Gemm, device: Device) -> Array:
    """The best of several tiles and splits; each wave of tiles takes as long as a full one."""
    m, n, k = _arrays(op.m, op.n, op.k)
    core_rate = dtypes.peak(device, op.arithmetic) * _efficiency(device, "gemm") / device.cores
    core_bandwidth = _cache_bandwidth(device) * CACHE_REUSE / device.cores
    best = np.full(np.broadcast(m, n, k).shape, np.inf)
    for rows, columns in TILES:
        busy = min(1.0, rows * columns / (rows + columns) / BUSY_INTENSITY)
        tiles = np.ceil(m / rows) * np.ceil(n / columns)
        for split in SPLITS:
            waves = np.ceil(tiles * split / device.cores)
            compute = waves * (TILE_START_S["gemm"] + 2 * rows * columns * np.ceil(k / split / 64) * 64 / (core_rate * busy))
            traffic = waves * (rows + columns) * k / split * (dtypes.facts(op.dtype).bits / 8) / core_bandwidth
            partial = SPLIT_S + 8.0 * m * n * split / _cache_bandwidth(device) if split > 1 else 0.0
            best = np.minimum(best, np.maximum(compute, traffic) + partial)
    launches = LAUNCHES["gemm" if _plain(op.dtype) else "quantised gemm"]
    return launches * launch(device) + np.maximum(best, op.bytes / _bandwidth(device))


def _attention_seconds(op: Attention, device: Device) -> Array:
    """Query tiles of every head in waves; decode shares its keys out over all cores."""
    rows, heads, kv_heads = _arrays(op.rows, op.heads, op.kv_heads)
    decode = rows <= 1
    tile = np.where(decode, DECODE_TILE, QUERY_TILE)
    tiles = np.ceil(np.where(decode, heads / kv_heads, rows) / tile) * op.batch * np.where(decode, kv_heads, heads)
    waves = np.where(decode, tiles / device.cores, np.ceil(tiles / device.cores))
    keys = np.ceil(np.maximum(op.pairs / rows, 1.0) / KEY_TILE) * KEY_TILE
    work_of_tile = 4 * tile * np.asarray(op.head_dim) * keys
    core_rate = dtypes.peak(device, "bf16") * _efficiency(device, "attention") / device.cores
    start = np.where(decode, TILE_START_S["decode"], TILE_START_S["context"])
    compute = waves * (start + work_of_tile / core_rate)
    return LAUNCHES["attention"] * launch(device) + np.maximum(compute, op.bytes / _bandwidth(device))


def _experts_seconds(op: Experts, device: Device) -> Array:
    """Two grouped matmuls, each expert's rows padded to a tile, and the shuffles about them."""
    rows, touched = op.rows, op.distinct
    padded = touched * np.ceil(rows / touched / EXPERT_TILE) * EXPERT_TILE
    skew = 1.0 if op.distribution == "balanced" else SKEW
    compute = skew * op.flops * padded / rows / (dtypes.peak(device, op.arithmetic) * _efficiency(device, "gemm") * GROUPED)
    return np.asarray(LAUNCHES["moe"] * launch(device) + np.maximum(compute, op.bytes / _bandwidth(device)))


def _collective_seconds(op: Collective, device: Device) -> Array:
    """Ring or direct exchange, the faster (R. Thakur et al., IJHPCA 19(1), 2005), every device having one link of `link_bandwidth`."""
    n, size = _arrays(op.ranks, op.size)
    link, alpha, share = device.link_bandwidth or NETWORK, device.link_latency_s, (n - 1) / n
    match op.op:
        case "all_reduce":
            found = np.minimum(alpha + (n - 1) * size / link, 2 * alpha + 2 * share * size / link)
        case "all_to_all":
            found = alpha + share * size / link
        case "send_recv":
            found = alpha + size / link
        case _:
            found = np.ceil(np.log2(n)) * alpha + share * size / link
    return np.where(n > 1, found, 0.0)


def _plain(dtype: str) -> bool:
    """Weights and activations are read as they are, with no scales to apply or make."""
    return dtype in ("f32", "f16", "bf16")


def _efficiency(device: Device, kind: str) -> float:
    return device.efficiency.get(kind, 1.0)


def _bandwidth(device: Device) -> float:
    return device.main_memory.bandwidth * _efficiency(device, "memory")


def _cache_bandwidth(device: Device) -> float:
    """Of the last cache before main memory, where the device file has one."""
    return max(tier.bandwidth for tier in device.memory)
