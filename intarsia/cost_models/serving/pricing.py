"""Prices of a step's operators from kernels measured on the device, where there are tables of it, and from its data sheet elsewhere.

>>> price = Priced("vllm")
>>> step_cost(config, plan, precision, step, load("H100-SXM"), price)

Operators of one kind are priced together, so that a million of them cost few look-ups. `sources` counts where prices came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import analytic
from intarsia.cost_models.serving.operators import Collective, ContextAttention, Experts, Gemm, GenerationAttention, LatentAttention, Op
from intarsia.cost_models.serving.step import roofline
from intarsia.cost_models.silicon import tables
from intarsia.cost_models.silicon.measured import Measured
from intarsia.errors import InputError, MissingDependency
from intarsia.ir.device import Device

Array = NDArray[np.float64]
DTYPES = {"bf16": "bfloat16", "f16": "float16", "f32": "float32", "f8": "fp8", "f8_block": "fp8_block", "int8": "int8_wo", "int4": "int4_wo", "f4": "nvfp4", "mxf4": "w4a16_mxfp4"}
"""This package's types of weights as measured tables name them."""
SKEW = "power_law_1.2"
"""How measured mixtures of experts were loaded: some experts far more popular than others, as in practice."""
NEIGHBOURS = 4
LEAST = 1e-9


@dataclass
class Priced:
    """Measured under `framework` where possible, else under another, else reckoned from the data sheet."""

    framework: str = "vllm"
    sources: Counter[str] = field(default_factory=Counter)
    measured: dict[tuple[str, str], Measured] = field(default_factory=dict)

    def __call__(self, ops: Sequence[Op], device: Device) -> Array:
        """Seconds of one launch of each operator."""
        seconds = np.zeros(len(ops))
        groups: dict[tuple[object, ...], list[int]] = {}
        for place, op in enumerate(ops):
            groups.setdefault(_kind(op), []).append(place)
        for places in groups.values():
            seconds[places] = self._price([ops[place] for place in places], device)
        return seconds

    def _price(self, ops: Sequence[Op], device: Device) -> Array:
        """Operators of one kind and type."""
        if isinstance(ops[0], (LatentAttention, Collective)):
            return self._by_ratio(ops, device)
        wanted = _operator(ops)
        if wanted is None:
            return roofline(ops, device)
        for framework in self._frameworks():
            try:
                found = self._tables(device, framework).estimate(wanted)
            except (InputError, MissingDependency):
                continue
            self.sources[f"measured with {framework}" if framework == self.framework else "measured with another framework"] += len(ops)
            return np.broadcast_to(found.seconds, (len(ops),))
        self.sources["data sheet"] += len(ops)
        return np.broadcast_to(analytic.seconds(wanted, device), (len(ops),))

    def _tables(self, device: Device, framework: str) -> Measured:
        return self.measured.setdefault((device.name, framework), Measured(device, framework))

    def _frameworks(self) -> list[str]:
        return sorted(tables.FRAMEWORKS, key=lambda name: name != self.framework)

    def _by_ratio(self, ops: Sequence[Op], device: Device) -> Array:
        """The roofline, corrected by what measured neighbours took against theirs."""
        guess = roofline(ops, device)
        for framework in self._frameworks():
            try:
                found = _ratios(device.name, framework, _kind(ops[0]))
            except (InputError, MissingDependency):
                continue
            self.sources["measured ratios"] += len(ops)
            return guess * found.at(np.array([_features(op) for op in ops]))
        self.sources["data sheet"] += len(ops)
        return guess


@dataclass(frozen=True)
class Ratios:
    """Measured seconds over the roofline's, at points of a space of logarithms."""

    points: Array
    logs: Array

    def at(self, wanted: Array) -> Array:
        """The mean of the nearest points' logarithms, weighted by the inverse square of the distance."""
        near = min(NEIGHBOURS, len(self.points))
        squares = ((wanted[:, None, :] - self.points[None, :, :]) ** 2).sum(axis=2)
        chosen = np.argpartition(squares, near - 1, axis=1)[:, :near]
        weights = 1 / (np.take_along_axis(squares, chosen, axis=1) + LEAST)
        return np.asarray(np.exp((weights * self.logs[chosen]).sum(axis=1) / weights.sum(axis=1)))


def _kind(op: Op) -> tuple[object, ...]:
    """What operators must share to be priced together."""
    match op:
        case Gemm() | Experts():
            return type(op), op.dtype
        case ContextAttention() | GenerationAttention():
            return type(op), op.kv_dtype
        case LatentAttention():
            return type(op), op.absorbed, op.kv_dtype
        case Collective():
            return type(op), op.kind, op.devices
    return (type(op),)


def _operator(ops: Sequence[Op]) -> analytic.Operator | None:
    """All operators of one kind as one with arrays; None for kinds that nobody measures."""
    make = MAKERS.get(type(ops[0]))
    return make(ops) if make else None


def _columns(ops: Sequence[Op], *names: str) -> list[Array]:
    return [np.array([getattr(op, name) for op in ops], dtype=np.float64) for name in names]


def _gemm(ops: Sequence[Op]) -> analytic.Operator:
    m, n, k = _columns(ops, "m", "n", "k")
    return analytic.Gemm(np.maximum(m, 1), n, k, DTYPES[str(getattr(ops[0], "dtype"))])  # noqa: B009


def _context(ops: Sequence[Op]) -> analytic.Operator:
    batch, rows, context = _columns(ops, "sequences", "tokens", "context")
    return _attention(ops, np.maximum(batch, 1), np.maximum(rows, 2), context)


def _generation(ops: Sequence[Op]) -> analytic.Operator:
    batch, context = _columns(ops, "sequences", "context")
    return _attention(ops, np.maximum(batch, 1), np.ones(len(ops)), np.maximum(context - 1, 1))


def _attention(ops: Sequence[Op], batch: Array, rows: Array, context: Array) -> analytic.Operator:
    heads, kv_heads, head_dim, window = _columns(ops, "heads", "kv_heads", "head_dim", "window")
    return analytic.Attention(batch, rows, context, heads, kv_heads, head_dim, kv_dtype=_kv(ops), window=window)


def _kv(ops: Sequence[Op]) -> str:
    return {"f8": "fp8", "int8": "fp8"}.get(str(getattr(ops[0], "kv_dtype")), "bfloat16")  # noqa: B009


def _experts(ops: Sequence[Op]) -> analytic.Operator:
    tokens, hidden, width, topk, experts, tp, ep = _columns(ops, "tokens", "hidden", "ffn", "top_k", "experts", "tp", "ep")
    return analytic.Moe(np.maximum(tokens, 1), hidden, width * tp, topk, experts, tp, ep, DTYPES[str(getattr(ops[0], "dtype"))], SKEW)  # noqa: B009


MAKERS: dict[type[Op], Callable[[Sequence[Op]], analytic.Operator]] = {
    Gemm: _gemm, ContextAttention: _context, GenerationAttention: _generation, Experts: _experts,
}  # fmt: skip


def _features(op: Op) -> list[float]:
    if isinstance(op, LatentAttention):
        length = op.context if op.absorbed else op.context + op.tokens
        return list(np.log2([op.heads, max(op.sequences, 1), max(length, 1)]))
    assert isinstance(op, Collective)
    return [float(np.log2(max(op.wire_bytes, 1)))]


@lru_cache(maxsize=64)
def _ratios(device: str, framework: str, kind: tuple[object, ...]) -> Ratios:
    """Against the catalogue's device. Raises InputError where nothing of the kind was measured."""
    from intarsia.cost_models.devices import load

    ops, seconds = _measured_collectives(device, framework, kind) if kind[0] is Collective else _measured_latent(device, framework, kind)
    if not ops:
        raise InputError(f"nothing of the kind was measured on {device} with {framework}")
    return Ratios(np.array([_features(op) for op in ops]), np.log(seconds / roofline(ops, load(device))))


def _path(device: str, operator: str, name: str, framework: str) -> Path:
    return tables.find(tables.root(), tables.folder_of(device), operator, name, framework)


def _measured_latent(device: str, framework: str, kind: tuple[object, ...]) -> tuple[list[Op], Array]:
    _, absorbed, kv = kind
    name = "generation_mla_perf" if absorbed else "context_mla_perf"
    table = tables.read(_path(device, "mla", name, framework), ("num_heads", "batch_size", "isl", "step"), ("kv_cache_dtype",))
    table = table.take(table.columns["kv_cache_dtype"] == ("fp8" if kv in ("f8", "int8") else "bfloat16"))
    columns = zip(*(table.columns[name].tolist() for name in ("num_heads", "batch_size", "isl", "step")), strict=True)
    ops: list[Op] = [_latent(heads, batch, isl, step, bool(absorbed), str(kv)) for heads, batch, isl, step in columns]
    return ops, table.seconds


def _latent(heads: int, batch: int, isl: int, step: int, absorbed: bool, kv: str) -> Op:
    """The tables' kernels have DeepSeek's sizes of heads."""
    tokens, context = (1, isl + step) if absorbed else (isl, step)
    return LatentAttention("attention", 1, batch, tokens, context, heads, 512, 64, 128, 128, kv, absorbed)


def _measured_collectives(device: str, framework: str, kind: tuple[object, ...]) -> tuple[list[Op], Array]:
    """All-reduces only; the tables' messages are in elements of bf16."""
    if kind[1] != "all_reduce":
        return [], np.zeros(0)
    table = tables.read(_path(device, "comm", "custom_allreduce_perf", framework), ("num_gpus", "message_size"), ("kernel_source",))
    eager = np.char.endswith(table.columns["kernel_source"], "eager")
    table = table.take((table.columns["num_gpus"] == kind[2]) & ~eager)
    ops: list[Op] = [Collective("", 1, "all_reduce", 2.0 * size, int(str(kind[2]))) for size in table.columns["message_size"].tolist()]
    return ops, table.seconds
