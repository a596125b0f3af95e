"""Operator costs from a device's data sheet alone: a roofline with tiles, waves, caches and launches. Vectorised.

Roofline: S. Williams, A. Waterman, D. Patterson, CACM 52(4), 2009. Tile and wave quantisation: NVIDIA, Matrix
Multiplication Background User's Guide, sections 3 and 4. Numeric fields of operators are numbers or arrays that broadcast.

>>> seconds(Gemm(m=np.array([1, 4096]), n=4096, k=4096, dtype="bfloat16"), load("H100-SXM"))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.errors import InputError
from intarsia.ir.device import Device

Array = NDArray[Any]
Number = float | Array

DTYPES: dict[str, tuple[tuple[str, ...], float, float]] = {
    "float32": (("tf32", "f32"), 4, 4), "bfloat16": (("bf16", "f16"), 2, 2), "float16": (("f16", "bf16"), 2, 2),
    "fp8": (("f8", "bf16", "f16"), 1, 1), "fp8_block": (("f8", "bf16", "f16"), 1.004, 1.03), "sq": (("i8", "f8", "f16"), 1, 1),
    "int8_wo": (("bf16", "f16"), 1, 2), "int4_wo": (("bf16", "f16"), 0.53, 2), "w4a16_mxfp4": (("bf16", "f16"), 0.53, 2),
    "nvfp4": (("f4", "f8", "bf16", "f16"), 0.5625, 0.5625),
}  # fmt: skip
"""For each type of matmul: rates to compute at (the first that the device has), bytes of a weight, bytes of an activation; scales included."""
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


@dataclass(frozen=True)
class Gemm:
    """`m` rows by a matrix of `n` columns and `k` rows; `dtype` is a key of DTYPES."""

    m: Number
    n: Number
    k: Number
    dtype: str = "bfloat16"


@dataclass(frozen=True)
class Attention:
    """Causal attention of `batch` sequences with `rows` new tokens each, after `context` others.

    Prefill: rows > 1. Decode: rows 1. `window` is the number of keys that a query sees at most; 0: all.
    """

    batch: Number
    rows: Number
    context: Number
    heads: Number
    kv_heads: Number
    head_dim: Number
    dtype: str = "bfloat16"
    kv_dtype: str = "bfloat16"
    window: Number = 0


@dataclass(frozen=True)
class Moe:
    """Gated experts on one of `tp` × `ep` devices: `tokens` in all, each to `topk` of `experts` of `inter` wide layers.

    `distribution`: balanced, or power_law_A as measured tables name it. `kernel`: which measured implementation; empty: the usual one.
    """

    tokens: Number
    hidden: Number
    inter: Number
    topk: Number
    experts: Number
    tp: Number = 1
    ep: Number = 1
    dtype: str = "bfloat16"
    distribution: str = "balanced"
    kernel: str = ""


Operator = Gemm | Attention | Moe


@dataclass(frozen=True)
class Work:
    """FLOPs of an operator, and bytes that it moves at least through main memory."""

    flops: Array
    bytes: Array


MAY_BE_ZERO = ("context", "window")


def check(op: Operator) -> None:
    """Raises InputError where a number of an operator is missing, negative or not finite, or its dtype unknown."""
    _facts(op.dtype)
    for name, value in vars(op).items():
        if isinstance(value, str):
            continue
        numbers = np.asarray(value, np.float64)
        if not np.isfinite(numbers).all() or (numbers < (0 if name in MAY_BE_ZERO else 1)).any():
            least = "0 or more" if name in MAY_BE_ZERO else "1 or more"
            raise InputError(f"{name} of {type(op).__name__} must be {least}, found {numbers.min()}")


def work(op: Operator) -> Work:
    """What an operator does at least, whatever runs it. Raises InputError for an unknown dtype."""
    if isinstance(op, Gemm):
        return _gemm_work(op)
    return _attention_work(op) if isinstance(op, Attention) else _moe_work(op)


def rate(device: Device, dtype: str) -> float:
    """Peak dense FLOP/s of matmuls in `dtype`."""
    for name in _facts(dtype)[0]:
        if name in device.flops:
            return device.flops[name]
    return max(device.flops.values())


def peak_roofline(op: Operator, device: Device) -> Array:
    """Seconds at peak arithmetic or peak bandwidth, the longer of both: no efficiency, no overhead."""
    done = work(op)
    return np.maximum(done.flops / rate(device, op.dtype), done.bytes / device.main_memory.bandwidth)


def smooth(op: Operator, device: Device) -> Array:
    """Launch, arithmetic and traffic one after the other: a cheap, smooth shape for measured ratios to be taken of."""
    done = work(op)
    return launch(device) + done.flops / (0.75 * rate(device, op.dtype)) + done.bytes / (0.85 * device.main_memory.bandwidth)


def launch(device: Device) -> float:
    """Seconds of a kernel that does nothing."""
    return min(device.launch_s.values(), default=CAPTURED_LAUNCH_S)


def seconds(op: Operator, device: Device) -> Array:
    """Seconds of an operator on a device nobody has measured."""
    if isinstance(op, Gemm):
        return _gemm_seconds(op, device)
    return _attention_seconds(op, device) if isinstance(op, Attention) else _moe_seconds(op, device)


def _facts(dtype: str) -> tuple[tuple[str, ...], float, float]:
    try:
        return DTYPES[dtype]
    except KeyError:
        raise InputError(f"unknown dtype {dtype!r} of an operator", mend=f"choose one of {', '.join(DTYPES)}") from None


def _arrays(*values: Number) -> list[Array]:
    return [np.asarray(value, np.float64) for value in values]


def _gemm_work(op: Gemm) -> Work:
    m, n, k = _arrays(op.m, op.n, op.k)
    _, weight, activation = _facts(op.dtype)
    return Work(2 * m * n * k, n * k * weight + m * k * activation + 2 * m * n)


def _attention_work(op: Attention) -> Work:
    batch, rows, heads, kv_heads, dim = _arrays(op.batch, op.rows, op.heads, op.kv_heads, op.head_dim)
    keys = _seen(op)
    moved = 2 * _facts(op.dtype)[2] * rows * heads + 2 * _facts(op.kv_dtype)[1] * _kept(op) * kv_heads
    return Work(4 * batch * heads * dim * rows * keys, batch * dim * moved)


def _seen(op: Attention) -> Array:
    """Mean number of keys that a query sees."""
    rows, context, window = _arrays(op.rows, op.context, op.window)
    mean = context + (rows + 1) / 2
    limit = np.where(window > 0, window, np.inf)
    ramp = np.clip(limit - context, 0, rows)
    with np.errstate(invalid="ignore"):
        windowed = (ramp * (context + (ramp + 1) / 2) + (rows - ramp) * np.minimum(limit, 1e18)) / rows
    return np.where(limit >= context + rows, mean, windowed)


def _kept(op: Attention) -> Array:
    """Keys of a sequence that are read at least once."""
    rows, context, window = _arrays(op.rows, op.context, op.window)
    return np.where(window > 0, np.minimum(context + rows, window + rows), context + rows)


def _moe_work(op: Moe) -> Work:
    hidden, inter, tp = _arrays(op.hidden, op.inter, op.tp)
    pairs, touched = _routed(op)
    width = inter / tp
    _, weight, activation = _facts(op.dtype)
    return Work(6 * pairs * hidden * width, touched * 3 * hidden * width * weight + pairs * (2 * hidden + 3 * width) * activation)


def _routed(op: Moe) -> tuple[Array, Array]:
    """(token, expert) pairs of a device, and the experts of it that get any."""
    tokens, topk, experts, ep = _arrays(op.tokens, op.topk, op.experts, op.ep)
    held = np.maximum(experts / ep, 1.0)
    pairs = np.maximum(tokens * topk * held / experts, 1.0)
    return pairs, np.minimum(held * -np.expm1(-pairs / held), pairs)


def _gemm_seconds(op: Gemm, device: Device) -> Array:
    """The best of several tiles and splits; each wave of tiles takes as long as a full one."""
    m, n, k = _arrays(op.m, op.n, op.k)
    core_rate = rate(device, op.dtype) * _efficiency(device, "gemm") / device.cores
    core_bandwidth = _cache_bandwidth(device) * CACHE_REUSE / device.cores
    best = np.full(np.broadcast(m, n, k).shape, np.inf)
    for rows, columns in TILES:
        busy = min(1.0, rows * columns / (rows + columns) / BUSY_INTENSITY)
        tiles = np.ceil(m / rows) * np.ceil(n / columns)
        for split in SPLITS:
            waves = np.ceil(tiles * split / device.cores)
            compute = waves * (TILE_START_S["gemm"] + 2 * rows * columns * np.ceil(k / split / 64) * 64 / (core_rate * busy))
            traffic = waves * (rows + columns) * k / split * _facts(op.dtype)[1] / core_bandwidth
            partial = SPLIT_S + 8.0 * m * n * split / _cache_bandwidth(device) if split > 1 else 0.0
            best = np.minimum(best, np.maximum(compute, traffic) + partial)
    launches = LAUNCHES["gemm" if _plain(op.dtype) else "quantised gemm"]
    return launches * launch(device) + np.maximum(best, _gemm_work(op).bytes / _bandwidth(device))


def _attention_seconds(op: Attention, device: Device) -> Array:
    """Query tiles of every head in waves; decode shares its keys out over all cores."""
    rows, heads, kv_heads = _arrays(op.rows, op.heads, op.kv_heads)
    decode = rows == 1
    tile = np.where(decode, DECODE_TILE, QUERY_TILE)
    tiles = np.ceil(np.where(decode, heads / kv_heads, rows) / tile) * op.batch * np.where(decode, kv_heads, heads)
    waves = np.where(decode, tiles / device.cores, np.ceil(tiles / device.cores))
    keys = np.ceil(np.maximum(_seen(op), 1.0) / KEY_TILE) * KEY_TILE
    work_of_tile = 4 * tile * np.asarray(op.head_dim) * keys
    core_rate = rate(device, "bfloat16") * _efficiency(device, "attention") / device.cores
    start = np.where(decode, TILE_START_S["decode"], TILE_START_S["context"])
    compute = waves * (start + work_of_tile / core_rate)
    return LAUNCHES["attention"] * launch(device) + np.maximum(compute, _attention_work(op).bytes / _bandwidth(device))


def _moe_seconds(op: Moe, device: Device) -> Array:
    """Two grouped matmuls, each expert's rows padded to a tile, and the shuffles about them."""
    done, (pairs, touched) = _moe_work(op), _routed(op)
    padded = touched * np.ceil(pairs / touched / EXPERT_TILE) * EXPERT_TILE
    skew = 1.0 if op.distribution == "balanced" else SKEW
    compute = skew * done.flops * padded / pairs / (rate(device, op.dtype) * _efficiency(device, "gemm") * GROUPED)
    return LAUNCHES["moe"] * launch(device) + np.maximum(compute, done.bytes / _bandwidth(device))


def _plain(dtype: str) -> bool:
    """Weights and activations are read as they are, with no scales to apply or make."""
    return dtype in ("float32", "float16", "bfloat16")


def _efficiency(device: Device, kind: str) -> float:
    return device.efficiency.get(kind, 1.0)


def _bandwidth(device: Device) -> float:
    return device.main_memory.bandwidth * _efficiency(device, "memory")


def _cache_bandwidth(device: Device) -> float:
    """Of the last cache before main memory, where the device file has one."""
    return max(tier.bandwidth for tier in device.memory)
