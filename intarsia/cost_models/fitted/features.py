"""What the fitted model sees of an operator on a device: logarithms of ratios, no bare sizes.

Each kind's matrix [rows, features], float32, holds how the analytic model splits the time (arithmetic, traffic, fixed), how far each is
from plain rooflines, how work fills the cores (tiles, waves, what is padded), how it fits into the cache, and words as 0 and 1. Of
the device itself it sees but the FLOPs that a core makes in a clock, which names a generation of tensor units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from intarsia.cost_models import analytic, dtypes, ops
from intarsia.cost_models.analytic.machine import Machine, machine
from intarsia.cost_models.ops import Array, Attention, Experts, Gemm, Op
from intarsia.errors import InputError
from intarsia.ir.device import Device

FRAMEWORKS = ("vllm", "sglang", "trtllm")
NARROW = ("f8", "f8_block", "int8", "int8_wo", "int4", "f4", "mxf4", "mxf4_f8")
DISTRIBUTIONS = ("balanced", "power_law_1.01", "power_law_1.2")
LEAST = 1e-12
MICROSECOND = 1e-6


@dataclass(frozen=True)
class Seen:
    """The matrix of features, and the seconds that the trees' sum is a logarithmic correction of."""

    rows: Array
    base: Array


def kind_of(op: Op) -> str:
    """The forest that answers for an operator. Raises InputError where there is none, and for decodes mixed with prefills."""
    if isinstance(op, Gemm):
        return "gemm"
    if isinstance(op, Experts):
        return "experts"
    if isinstance(op, Attention):
        return "decode" if op.decode else "context"
    raise InputError(f"nothing was fitted for {type(op).__name__}", mend="use the analytic model")


def forest_of(op: Op, framework: str) -> str:
    """The name of the forest that answers for an operator: by kind and framework, and of matmuls whether rows are made narrow first."""
    kind = kind_of(op)
    narrow = isinstance(op, Gemm) and dtypes.facts(op.dtype).bits < 16
    return "/".join([kind, framework, *(["narrow" if narrow else "wide"] if kind == "gemm" else [])])


def seen(op: Op, device: Device, framework: str) -> Seen:
    """Features of an operator whose numbers may be arrays; one row for each."""
    size = int(np.prod(ops.shape(op), dtype=np.int64))
    kind = kind_of(op)
    assert isinstance(op, (Gemm, Attention, Experts))
    split = analytic.parts(op, device, framework)
    base = split.seconds
    on = machine(device, op.arithmetic)
    peak = dtypes.peak(device, op.arithmetic)
    compute, memory = op.flops / peak, op.bytes / device.main_memory.bandwidth
    columns = [
        _log(base / MICROSECOND), _log(split.compute / base), _log(split.memory / base), _log(split.fixed / base), _log(split.compute / split.memory),
        _log(compute / base), _log(memory / base), _log(compute / memory), _log(op.bytes / (on.cache_bytes or 1.0)), np.log2(on.flops_a_clock),
    ]  # fmt: skip
    words = [_one(framework, FRAMEWORKS), *([] if isinstance(op, Attention) else [_one(op.dtype, NARROW)])]
    columns += OF_KIND[kind](op, on, base, device) + [flag for group in words for flag in group]
    rows = np.empty((len(columns), size), np.float32)
    for place, column in enumerate(columns):
        rows[place] = np.broadcast_to(column, ops.shape(op)).reshape(-1)
    return Seen(rows.T, np.broadcast_to(base, ops.shape(op)).reshape(-1))


def _gemm(op: Op, on: Machine, base: Array, device: Device) -> list[Array | float]:
    assert isinstance(op, Gemm)
    m, n, k = (np.asarray(size, np.float64) for size in (op.m, op.n, op.k))
    columns: list[Array | float] = []
    for rows, width in ((256, 128), (128, 128), (64, 64)):
        waves = np.ceil(m / rows) * np.ceil(n / width) / on.cores
        columns += [_log(waves), np.ceil(waves) / waves if rows != 64 else _log(np.ceil(waves))]
    padded = [m / (np.ceil(m / tile) * tile) for tile in (64, 128)]
    rows_made = m * k / (device.main_memory.bandwidth * base)
    return [
        *columns, *padded, _log(k / 64), _log(np.minimum(m, 1024)), _log(op.weight_bytes / (on.cache_bytes or 1.0)), _log(n / k), _log(n / m), _log(rows_made),
        _log(np.asarray(m * n * 2.0) / op.bytes),
    ]  # fmt: skip


def _attention(op: Op, on: Machine, base: Array, device: Device) -> list[Array | float]:
    assert isinstance(op, Attention)
    batch, rows, context, heads, kv_heads = (np.asarray(value, np.float64) for value in (op.batch, op.rows, op.context, op.heads, op.kv_heads))
    window = np.asarray(op.window, np.float64)
    keys = context + rows
    cut = np.where((window > 0) & (window < keys), np.log2(np.maximum(window, 1) / keys), 0.0)
    return [
        _log(batch * heads / on.cores), _log(batch * kv_heads / on.cores), _log(batch), _log(heads / kv_heads), _log(op.pairs / rows), _log(rows), _log(keys),
        _log(op.head_dim), (window > 0) * 1.0, cut, _log(batch * heads * np.ceil(rows / 128) / on.cores), _log(batch * rows * heads * op.head_dim / op.bytes),
        float(op.dtype == "f8"), float(op.kv_dtype in ("f8", "int8")), float(device.exponentials or 16.0),
    ]  # fmt: skip


def _experts(op: Op, on: Machine, base: Array, device: Device) -> list[Array | float]:
    assert isinstance(op, Experts)
    rows, touched = np.asarray(op.rows), np.asarray(op.distinct)
    each = rows / touched
    tiles = touched * np.ceil(each / 64) * np.ceil(np.asarray(op.width) / 128) / on.cores
    return [
        _log(rows), _log(touched), _log(each), _log(touched / op.local), _log(op.local), _log(op.top_k), _log(op.width / op.hidden), _log(np.asarray(op.hidden) / 64), _log(tiles),
        _log(op.tokens), _log(op.held_bytes / (on.cache_bytes or 1.0)), _log(op.experts), _log(op.ep), _log(op.tp),
        *(float(op.distribution == name) for name in DISTRIBUTIONS),
    ]  # fmt: skip


OF_KIND: dict[str, Callable[[Op, Machine, Array, Device], list[Array | float]]] = {"gemm": _gemm, "context": _attention, "decode": _attention, "experts": _experts}


def _log(value: ops.Number) -> Array:
    return np.asarray(np.log2(np.maximum(value, LEAST)))


def _one(word: str, words: tuple[str, ...]) -> list[float]:
    return [float(word == name) for name in words]
