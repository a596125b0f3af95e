"""Costs of operators on this machine, from what `intarsia calibrate` measured.

Rates are of a number of threads: that of the device's cores, so that a plan for fewer threads asks for a narrowed device (rates.py).
What lies between measured rows or contexts is interpolated in seconds. A rate that is missing leaves the operator to the next source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from intarsia.cost_models import dtypes, ops, routing
from intarsia.cost_models.estimate import PROBE, Estimate
from intarsia.cost_models.ops import Array, Number, Op
from intarsia.errors import InputError
from intarsia.ir.device import Device

MODEL_BAND = 0.07
"""Relative standard error of an operator of other sizes than the probes', beside the spread of the measurement itself."""
HEAD_DIM, KV_HEADS, MIXTURE = 64, 4, (8, 2)
"""Of the probes: the width of a head, KV heads of prefills; experts and those that a token takes."""
SHORT_K, LONG_K = 512, 2048
"""Inner dimensions of the probes' matrices; between them, seconds go with its logarithm. Fewer rows than the short ones' are limited by memory alone.
Short ones are measured at fewer rows: what they take more than long ones is interpolated, so that the stairs that tiles make of the rows stay."""
MOST_GROUP = 8
"""Query heads of a KV head that one inner loop serves; more take several."""


@dataclass(frozen=True)
class Curve:
    """Seconds at some points, in rising order: straight lines between, in proportion beyond the last, constant before the first."""

    at: Array
    seconds: Array

    def __call__(self, wanted: Number) -> Array:
        x = np.asarray(wanted, np.float64)
        return np.interp(x, self.at, self.seconds) * np.maximum(1.0, x / self.at[-1])


@dataclass(frozen=True)
class Rates:
    """A device's rates for its number of threads, by what they say."""

    threads: int
    launch_s: float
    matmul: dict[str, Curve] = field(default_factory=dict)
    short: dict[str, Curve] = field(default_factory=dict)
    experts: dict[str, Curve] = field(default_factory=dict)
    decode: dict[tuple[str, int], Curve] = field(default_factory=dict)
    prefill: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    bytes_per_s: dict[str, float] = field(default_factory=dict)


class Probe:
    """The source: this machine's rates."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Device, Rates]] = {}

    def estimate(self, op: Op, device: Device) -> Estimate:
        """Seconds with a launch's overhead. Raises InputError for a device without rates, or an operator that none of them is about."""
        if not device.rates:
            raise InputError(f"{device.name} has not been calibrated", mend="run `intarsia calibrate` on it")
        answer = ANSWERS.get(type(op))
        if answer is None:
            raise InputError(f"no probe measures {type(op).__name__}")
        rates = self.rates(device)
        try:
            seconds = np.atleast_1d(rates.launch_s + answer(op, rates))
        except KeyError as error:
            raise InputError(f"the calibration of {device.name} lacks {error}", mend="run `intarsia calibrate` again") from None
        band = float(np.hypot(MODEL_BAND, device.rates.get("spread", 0.0)))
        return Estimate(seconds, np.full(seconds.shape, PROBE, np.int8), np.full(seconds.shape, band), "probe")

    def rates(self, device: Device) -> Rates:
        """The device's rates, read once."""
        found = self._known.get(id(device))
        if found is None or found[0] is not device:
            found = self._known[id(device)] = device, read(device)
        return found[1]


def read(device: Device) -> Rates:
    """Rates by what they say: keys are NAME.PARTS.THREADS (ir/device.py)."""
    threads = str(device.cores)
    keys = {tuple(key.split(".")[:-1]): rate for key, rate in device.rates.items() if key.split(".")[-1] == threads}
    launch_s = device.launch_s.get(threads, min(device.launch_s.values(), default=0.0))
    pieces: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    for key, rate in keys.items():
        if key[0] in ("matmul", "matmul_short", "moe_matmul", "attention"):
            pieces.setdefault(key[:-1], []).append((float(key[-1]), rate))
    curves = {key: sorted(points) for key, points in pieces.items()}
    return Rates(
        device.cores, launch_s,
        _products(curves, "matmul"), _products(curves, "matmul_short"),
        {".".join(key[1:]): _curve([_expert_point(rows, rate) for rows, rate in points]) for key, points in curves.items() if key[0] == "moe_matmul"},
        {(key[1], int(key[2])): _curve([(c, 2 * HEAD_DIM * c * _kv_bytes(key[1]) / rate) for c, rate in points]) for key, points in curves.items() if key[0] == "attention"},
        _prefills(keys), {".".join(key): rate for key, rate in keys.items()},
    )  # fmt: skip


def _products(points: dict[tuple[str, ...], list[tuple[float, float]]], name: str) -> dict[str, Curve]:
    """By format and activations, seconds of a weight at some rows."""
    return {".".join(key[1:]): _curve([(rows, 2 * rows / rate) for rows, rate in found]) for key, found in points.items() if key[0] == name}


def _curve(points: list[tuple[float, float]]) -> Curve:
    """Never falling: less time for more work is noise."""
    at, seconds = (np.array(column) for column in zip(*points, strict=True))
    return Curve(at, np.maximum.accumulate(seconds))


def _expert_point(rows: float, rate: float) -> tuple[float, float]:
    """Rows of an expert, and seconds of each weight of the experts that get some, under even routing."""
    experts, top_k = MIXTURE
    distinct = float(routing.distinct(experts, top_k, rows, 0.0))
    return rows * top_k / distinct, 2 * rows * top_k / distinct / rate


def _kv_bytes(kv_dtype: str) -> int:
    return 4 if kv_dtype == "f32" else 2


def _prefills(keys: dict[tuple[str, ...], float]) -> dict[tuple[str, int], tuple[float, float]]:
    """By KV dtype and query heads of a KV head, seconds of a FLOP and of a (row, head) beside: the line through the shortest and the longest context measured."""
    points: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for key, rate in keys.items():
        if key[0] == "prefill":
            heads, rows, context = KV_HEADS * float(key[2]), float(key[3]), float(key[4])
            flops = 4 * HEAD_DIM * heads * rows * (context + (rows + 1) / 2)
            points.setdefault((key[1], int(key[2])), []).append((flops / (rows * heads), flops / rate / (rows * heads), context))
    found = {}
    for kind, measured in points.items():
        (f0, s0, _), (f1, s1, _) = min(measured, key=lambda p: p[2]), max(measured, key=lambda p: p[0])
        slope = (s1 - s0) / (f1 - f0) if f1 > f0 and s1 > s0 else s0 / f0
        found[kind] = slope, max(s0 - slope * f0, 0.0)
    return found


# Answers.


def _gemm(op: Op, rates: Rates) -> Array:
    assert isinstance(op, ops.Gemm)
    each = rates.matmul[op.dtype](op.m)
    if (short := rates.short.get(op.dtype)) is not None:
        share = np.clip(np.log(np.asarray(op.k) / SHORT_K) / np.log(LONG_K / SHORT_K), 0.0, 1.0)
        more = np.interp(op.m, short.at, short.seconds / rates.matmul[op.dtype](short.at))
        each = np.where(np.asarray(op.m) < short.at[0], each, each * (share + (1 - share) * more))
    return np.asarray(each * op.n * op.k)


def _attention(op: Op, rates: Rates) -> Array:
    assert isinstance(op, ops.Attention)
    rows = np.asarray(op.rows)
    if np.all(rows <= 1):
        return _decode(op, rates)
    return _prefill(op, rates) if np.all(rows > 1) else np.where(rows <= 1, _decode(op, rates), _prefill(op, rates))


def _decode(op: ops.Attention, rates: Rates) -> Array:
    """A unit of work is a sequence and KV head; threads take whole ones."""
    groups = np.broadcast_to(np.maximum(1, np.rint(np.asarray(op.heads) / op.kv_heads)), ops.shape(op))
    each = np.zeros(groups.shape)
    for group in np.unique(groups):
        here = rates.decode[op.kv_dtype, int(min(group, MOST_GROUP))](op.kept) * np.maximum(1.0, group / MOST_GROUP)
        each = np.where(groups == group, here, each)
    units = np.asarray(op.batch) * op.kv_heads
    return np.asarray(each * op.head_dim / HEAD_DIM * units * _uneven(units, rates.threads))


def _uneven(units: Array, threads: int) -> Array:
    """The busiest thread's share of whole units over an even share."""
    return np.where(units >= 1, np.ceil(units / threads) * threads / np.maximum(units, 1.0), 1.0)


def _prefill(op: ops.Attention, rates: Rates) -> Array:
    groups = np.broadcast_to(np.maximum(1, np.rint(np.asarray(op.heads) / op.kv_heads)), ops.shape(op))
    found = np.zeros(groups.shape)
    for group in np.unique(groups):
        flop_s, row_s = _of_group(rates.prefill, op.kv_dtype, int(min(group, MOST_GROUP)))
        found = np.where(groups == group, op.flops * flop_s + op.batch * op.rows * op.heads * op.head_dim / HEAD_DIM * row_s, found)
    return np.asarray(found)


def _of_group(measured: dict[tuple[str, int], tuple[float, float]], kv_dtype: str, group: int) -> tuple[float, float]:
    """Those of the group, or of the nearest one that was measured. Raises KeyError without any."""
    known = [each for dtype, each in measured if dtype == kv_dtype]
    if not known:
        raise KeyError(f"prefill.{kv_dtype}")
    return measured[kv_dtype, min(known, key=lambda each: (abs(each - group), each))]


def _elementwise(op: Op, rates: Rates) -> Array:
    assert isinstance(op, ops.Elementwise)
    return np.asarray(op.moved / rates.bytes_per_s[op.kernel])


def _experts(op: Op, rates: Rates) -> Array:
    """Three products of each expert in use, and the rows' way there and back."""
    assert isinstance(op, ops.Experts)
    curve = rates.experts.get(op.dtype) or rates.matmul[op.dtype]
    products = 3 * op.distinct * op.hidden * op.width * curve(op.rows / op.distinct)
    gathered = 2 * op.rows * op.hidden * dtypes.facts(op.dtype).row_bytes / rates.bytes_per_s["moe_gather"]
    combined = 4 * op.rows * op.hidden / rates.bytes_per_s["moe_combine"]
    grouped = 12 * op.rows / rates.bytes_per_s["moe_group"]
    return np.asarray(products + gathered + combined + grouped + 4 * rates.launch_s)


ANSWERS: dict[type[Op], Callable[[Op, Rates], Array]] = {
    ops.Gemm: _gemm, ops.Attention: _attention, ops.Elementwise: _elementwise, ops.Experts: _experts,
}  # fmt: skip
