"""Measured latent attention and collectives: the roofline, corrected by what measured neighbours took against theirs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import analytic, ops
from intarsia.cost_models.devices import load
from intarsia.cost_models.estimate import INTERPOLATED, Estimate
from intarsia.cost_models.ops import Array, Collective, LatentAttention
from intarsia.cost_models.silicon import tables
from intarsia.errors import InputError
from intarsia.ir.device import Device

NEIGHBOURS = 4
LEAST = 1e-9
BAND = 0.2
"""Relative error of a figure between measured ones, at a guess."""


@dataclass(frozen=True)
class Ratios:
    """Measured seconds over the roofline's, at points of a space of logarithms."""

    points: Array
    logs: Array

    def at(self, wanted: Array) -> Array:
        """The mean of the nearest points' logarithms, weighted by the inverse square of the distance."""
        squares = (self.points**2).sum(axis=1) - 2 * wanted @ self.points.T  # but for the wanted point's own square, alike for all
        chosen = _least(squares, min(NEIGHBOURS, len(self.points)))
        weights = 1 / (((wanted[:, None, :] - self.points[chosen]) ** 2).sum(axis=2) + LEAST)
        return np.asarray(np.exp((weights * self.logs[chosen]).sum(axis=1) / weights.sum(axis=1)))


def _least(values: Array, count: int) -> NDArray[np.int64]:
    """Places of the `count` least of each row. Measured grids give many equal distances, on which partitioning is slow. `values` is spoilt."""
    rows, found = np.arange(len(values)), np.empty((len(values), count), np.int64)
    for place in range(count):
        found[:, place] = values.argmin(axis=1)
        values[rows, found[:, place]] = np.inf
    return found


def estimate(op: LatentAttention | Collective, device: Device, framework: str) -> Estimate:
    """Costs of an operator; its numbers may be arrays. Raises InputError where nothing of the kind was measured."""
    guess = np.atleast_1d(analytic.roofline(op, device))
    if isinstance(op, LatentAttention):
        known = _measured(device.name, framework, "latent", op.absorbed, "f8" if op.kv_dtype in ("f8", "int8") else "bf16", 0)
        found = known.at(_features(op)).reshape(guess.shape)
        return _estimate(guess * found, framework)
    found = np.ones(guess.shape)
    ranks = np.broadcast_to(op.ranks, guess.shape)
    for world in np.unique(ranks).tolist():
        known = _measured(device.name, framework, "collective", False, op.op, int(world))
        found[ranks == world] = known.at(_features(ops.take(op, ranks == world) if ops.shape(op) else op))
    return _estimate(guess * found, framework)


def _estimate(seconds: Array, framework: str) -> Estimate:
    return Estimate(seconds, np.full(seconds.shape, INTERPOLATED, np.int8), np.full(seconds.shape, BAND), f"measured with {framework}")


def _features(op: LatentAttention | Collective) -> Array:
    if isinstance(op, LatentAttention):
        columns = np.broadcast_arrays(*np.atleast_1d(op.heads, np.maximum(op.batch, 1), np.maximum(op.context + op.rows, 1)))
        return np.log2(np.stack([np.asarray(c, np.float64) for c in columns], axis=-1))
    return np.log2(np.maximum(np.atleast_1d(op.size), 1.0))[:, None]


@lru_cache(maxsize=64)
def _measured(device: str, framework: str, what: str, absorbed: bool, word: str, ranks: int) -> Ratios:
    """Against the catalogue's device. Raises InputError where nothing of the kind was measured."""
    op, seconds = _collectives(device, framework, word, ranks) if what == "collective" else _latent(device, framework, absorbed, word)
    if not len(seconds):
        raise InputError(f"nothing of the kind was measured on {device} with {framework}")
    return Ratios(_features(op), np.log(seconds / analytic.roofline(op, load(device))))


def _path(device: str, operator: str, name: str, framework: str) -> Path:
    return tables.find(tables.root(), tables.folder_of(device), operator, name, framework)


def _latent(device: str, framework: str, absorbed: bool, kv: str) -> tuple[LatentAttention, Array]:
    """The tables' kernels have DeepSeek's sizes of heads."""
    name = "generation_mla_perf" if absorbed else "context_mla_perf"
    table = tables.read(_path(device, "mla", name, framework), ("num_heads", "batch_size", "isl", "step"), ("kv_cache_dtype",))
    table = table.take(table.columns["kv_cache_dtype"] == {"f8": "fp8", "bf16": "bfloat16"}[kv])
    heads, batch, isl, step = (table.columns[column].astype(np.float64) for column in ("num_heads", "batch_size", "isl", "step"))
    rows, context = (np.ones(len(table)), isl + step - 1) if absorbed else (isl, step)
    return LatentAttention(batch, rows, context, heads, kv_dtype=kv, absorbed=absorbed), table.seconds


def _collectives(device: str, framework: str, op: str, ranks: int) -> tuple[Collective, Array]:
    """All-reduces only; the tables' messages are in elements of bf16."""
    if op != "all_reduce":
        return Collective(op, np.zeros(0), ranks), np.zeros(0)
    table = tables.read(_path(device, "comm", "custom_allreduce_perf", framework), ("num_gpus", "message_size"), ("kernel_source",))
    eager = np.char.endswith(table.columns["kernel_source"], "eager")
    table = table.take((table.columns["num_gpus"] == ranks) & ~eager)
    return Collective("all_reduce", 2.0 * table.columns["message_size"], float(ranks)), table.seconds
