"""How fast a device does the elementary things: measured rates where there are any, a roofline with efficiencies elsewhere.

Roofline: S. Williams, A. Waterman, D. Patterson, CACM 52(4), 2009. All-reduce: recursive doubling's latency, a ring's
bandwidth term (R. Thakur et al., IJHPCA 19(1), 2005).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from intarsia.cost_models.cost import Cost, Setup
from intarsia.ir.device import Device

BITS = {"f32": 32.0, "f16": 16.0, "bf16": 16.0, "q8": 8.5, "q6": 6.5625, "q4k": 4.625, "q4": 5.0, "q4s": 4.5, "f8": 8.0, "i8": 8.0, "i4": 4.25}
"""Bits of a weight in each packed format, scales included (docs of codegen/cpu/formats.py; i4: one f16 scale for 64 weights)."""
PACKED = {
    "f32": "f32", "f16": "f16", "bf16": "bf16", "q8_0": "q8", "q6_k": "q6", "q4_k": "q4k", "q4_0": "q4s", "q4_1": "q4",
    "f8e4m3": "f8", "int8": "i8", "int4": "i4",
}  # fmt: skip
"""The packed format of each stored type of weight."""
QUANTISED = ("q8_0", "q6_k", "q4_k", "q4_0", "q4_1", "int8", "int4", "f8e4m3")
GEMM8_ROWS, GEMM_ROWS = 8, 128
COMPUTE = {"a8": ("i8", "f8", "f16"), "a16": ("bf16", "f16", "f32"), "a32": ("f32",)}
"""Dtypes in which a matmul computes, by the kind of its activations, best first."""


def packed_format(dtype: str, precision: str) -> str:
    """The format that weights stored as `dtype` have in memory under a precision."""
    return "f32" if precision == "f32" else PACKED[dtype]


def activations_for(fmt: str, setup: Setup) -> str:
    """Kind of activations of a matmul: int8 ones need quantised weights."""
    plain = fmt in ("f32", "f16", "bf16")
    return ("a32" if setup.device.kind == "cpu" else "a16") if plain and setup.activations == "a8" else setup.activations


def bandwidth(device: Device, threads: int) -> float:
    """Bytes/s that `threads` threads stream from main memory."""
    memory = device.main_memory
    reached = device.efficiency.get("memory", 1.0)
    if str(threads) in memory.bandwidths:
        return memory.bandwidths[str(threads)] * reached
    single = memory.bandwidths.get("1", memory.bandwidth if device.kind != "cpu" else memory.bandwidth / max(1.0, device.cores / 4))
    return min(memory.bandwidth, single * threads) * reached


def peak(device: Device, dtypes: Sequence[str], threads: int) -> float:
    """Dense FLOP/s of the first of `dtypes` that the device has, on `threads` of its cores (a GPU: all of it)."""
    rate = next((device.flops[d] for d in dtypes if d in device.flops), max(device.flops.values()))
    return rate * min(1.0, threads / device.cores) if device.kind == "cpu" else rate


def launch_seconds(device: Device, threads: int) -> float:
    """Overhead of one kernel: that of the nearest thread count known."""
    if not device.launch_s:
        return 0.0
    return device.launch_s[min(device.launch_s, key=lambda t: abs(int(t) - threads))]


def matmul(setup: Setup, fmt: str, rows: float, weights: float) -> Cost:
    """`rows` rows by a matrix of `weights` elements in a packed format. Bytes are those of the weights."""
    if rows <= 0 or weights <= 0:
        return Cost()
    weights /= setup.tp
    size, flops = weights * BITS[fmt] / 8, 2 * weights * rows
    activations = activations_for(fmt, setup)
    points = _measured_points(setup, f"{fmt}.{activations}.{setup.threads}", size, weights)
    if points:
        seconds, slowest = _through(points, rows), points[0][1]
        return Cost(seconds, flops, size, 0.0, "memory" if seconds < 2 * slowest else "compute", "calibration")
    compute = flops / (peak(setup.device, COMPUTE[activations], setup.threads) * setup.device.efficiency.get("gemm", 1.0))
    return _roofline(setup, flops, compute, size)


def _measured_points(setup: Setup, key: str, size: float, weights: float) -> list[tuple[float, float]]:
    """(rows, seconds) as far as calibrated: the same matrix with 1, 8 and 128 rows."""
    rates = setup.device.rates
    points = [(1.0, size / rates[f"gemv.{key}"])] if f"gemv.{key}" in rates else []
    for name, count in (("gemm8", GEMM8_ROWS), ("gemm", GEMM_ROWS)):
        if f"{name}.{key}" in rates:
            points.append((float(count), 2 * weights * count / rates[f"{name}.{key}"]))
    return points


def _through(points: list[tuple[float, float]], rows: float) -> float:
    """Seconds at `rows`, by straight lines between measured points and through the last; never falling with more rows."""
    if rows <= points[0][0] or len(points) == 1:
        return points[0][1] * max(1.0, rows / points[0][0])
    for (r0, s0), (r1, s1) in itertools.pairwise(points):
        if rows <= r1 or (r1, s1) == points[-1]:
            return s0 + max(0.0, s1 - s0) * (rows - r0) / (r1 - r0)
    raise AssertionError


def attention(setup: Setup, pairs: float, heads_width: float, kv_bytes: float, rows: float) -> Cost:
    """Scores and sums over `pairs` (query, key) pairs of all heads' `heads_width`; `kv_bytes` are read, `rows` queries each."""
    flops = 4 * pairs * heads_width / setup.tp
    size = kv_bytes / setup.tp
    rates, key = setup.device.rates, f"{setup.kv_dtype}.{setup.threads}"
    if rows <= 1 and f"attention.{key}" in rates:
        return Cost(size / rates[f"attention.{key}"], flops, size, 0.0, "memory", "calibration")
    if rows > 1 and f"attention_prefill.{key}" in rates:
        seconds = max(flops / rates[f"attention_prefill.{key}"], size / rates.get(f"attention.{key}", bandwidth(setup.device, setup.threads)))
        return Cost(seconds, flops, size, 0.0, "compute", "calibration")
    dtypes = ("f32",) if setup.device.kind == "cpu" else COMPUTE["a16"]
    compute = flops / (peak(setup.device, dtypes, setup.threads) * setup.device.efficiency.get("attention", 1.0))
    return _roofline(setup, flops, compute, size)


def stream(setup: Setup, size: float, flops: float = 0.0) -> Cost:
    """An element-wise operator that moves `size` bytes."""
    source = "calibration" if str(setup.threads) in setup.device.main_memory.bandwidths and setup.device.rates else "roofline"
    return Cost(size / bandwidth(setup.device, setup.threads), flops, size, 0.0, "memory", source)


def all_reduce(setup: Setup, size: float) -> Cost:
    """Summing `size` bytes over the `tp` devices of a node."""
    p = setup.tp
    if p == 1:
        return Cost()
    link = setup.device.link_bandwidth or 10e9
    seconds = 2 * (p - 1) / p * size / link + math.log2(p) * setup.device.link_latency_s
    return Cost(seconds, 0.0, 0.0, 0.0, "network", "alpha-beta")


def _roofline(setup: Setup, flops: float, compute_s: float, size: float) -> Cost:
    memory_s = size / bandwidth(setup.device, setup.threads)
    return Cost(max(compute_s, memory_s), flops, size, 0.0, "compute" if compute_s > memory_s else "memory", "roofline")
