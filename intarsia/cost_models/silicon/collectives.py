"""Measured collectives of aiconfigurator-core: NCCL's, and the all-reduces that serving frameworks bring themselves.

Sizes in the tables are elements: `half` and `bfloat16` of two bytes. Of kernels, those launched inside a graph count.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from intarsia.cost_models import kept
from intarsia.cost_models import measured_collectives as curves
from intarsia.cost_models.estimate import EXTRAPOLATED, INTERPOLATED, UNKNOWN_BAND, Estimate
from intarsia.cost_models.measured_collectives import Points, World
from intarsia.cost_models.ops import Array, Collective
from intarsia.cost_models.silicon import gpus, tables
from intarsia.errors import InputError

NCCL = "nccl"
THEIRS = {"all_reduce": "all_reduce", "all_gather": "all_gather", "reduce_scatter": "reduce_scatter", "all_to_all": "alltoall"}
ELEMENT_BYTES = 2
SIZES_BAND, WORLDS_BAND = 0.06, 0.1
"""Relative standard errors of figures between measured sizes, and of groups that nobody measured (docs/devices.md)."""


def estimate(op: Collective, device: str, framework: str, folder: Path | None = None) -> Estimate:
    """The framework's own kernel where it has one, else NCCL's. Raises InputError where nothing of the kind was measured."""
    table = _first(folder, tables.folder_of(device), framework, op.op)
    sizes, ranks, per_node = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, np.float64)) for x in (op.size, op.ranks, op.per_node)))
    found = Estimate(np.zeros(sizes.shape), np.full(sizes.shape, INTERPOLATED, np.int8), np.full(sizes.shape, SIZES_BAND), f"measured with {framework}")
    for whole, part in {*zip(ranks.reshape(-1).tolist(), per_node.reshape(-1).tolist(), strict=True)}:
        _answer(table, (int(whole), int(part) or int(whole)), (ranks == whole) & (per_node == part), sizes, found)
    return found


def _answer(table: curves.Table, world: World, chosen: Array, sizes: Array, found: Estimate) -> None:
    """Fill in what one group takes."""
    if world[0] == 1:
        found.seconds[chosen], found.band[chosen] = 0.0, 0.0
        return
    asked = np.maximum(sizes[chosen], 1.0)
    found.seconds[chosen] = table.seconds(asked, *world)
    points = table.worlds.get(world)
    if points is None:
        found.kind[chosen], found.band[chosen] = EXTRAPOLATED, WORLDS_BAND
        return
    outside = (asked < points.sizes[0]) | (asked > points.sizes[-1])
    found.kind[chosen] = np.where(outside, EXTRAPOLATED, INTERPOLATED)
    found.band[chosen] = np.where(outside, UNKNOWN_BAND, SIZES_BAND)


def _first(folder: Path | None, gpu: str, framework: str, op: str) -> curves.Table:
    libraries = (framework, NCCL) if op == "all_reduce" else (NCCL,)
    for library in libraries:
        try:
            return table(folder, gpu, library, op)
        except InputError:
            if library == NCCL:
                raise
    raise AssertionError


@lru_cache(maxsize=128)
def table(folder: Path | None, gpu: str, library: str, op: str) -> curves.Table:
    """The newest table of a collective on a GPU, with those of other GPUs beside it. Raises InputError without measurements."""
    found = _everywhere(folder, library, op)
    if gpu not in found:
        return curves.table(op, gpu, worlds(folder or tables.root(), gpu, library, op, missing=True))
    return curves.table(op, gpu, found[gpu], [curves.table(op, there, points) for there, points in found.items() if there != gpu])


@lru_cache(maxsize=64)
def _everywhere(folder: Path | None, library: str, op: str) -> dict[str, dict[World, Points]]:
    """By GPU, in order, where somebody measured it: the points of each size of group."""
    record = kept.found(tables.shelf(folder, "collectives", library, op), lambda: _record(folder or tables.root(), library, op))
    found: dict[str, dict[World, Points]] = {}
    for name, both in record.arrays.items():
        gpu, ranks = name.split()
        found.setdefault(gpu, {})[int(ranks), int(ranks)] = Points(both[0], both[1])
    return found


def _record(folder: Path, library: str, op: str) -> kept.Record:
    each = ((gpu, ranks, points) for gpu in sorted(gpus.GPUS) for (ranks, _), points in worlds(folder, gpu, library, op).items())
    return kept.Record({f"{gpu} {ranks}": np.stack([points.sizes, points.seconds]) for gpu, ranks, points in each})


@lru_cache(maxsize=256)
def worlds(folder: Path, gpu: str, library: str, op: str, missing: bool = False) -> dict[World, Points]:
    """Points of each size of group; none where there is no table, or InputError with `missing`."""
    if op not in THEIRS:
        raise InputError(f"nobody measured {op}", mend=f"measured are {', '.join(THEIRS)}; the analytic model knows the others")
    try:
        found = _read(folder, gpu, library)
    except InputError:
        if missing:
            raise
        return {}
    columns = found.columns
    eager = [kernel.endswith("eager") for kernel in columns["kernel_source"].tolist()]
    rows = (columns["op_name"] == THEIRS[op]) & ~np.array(eager, np.bool_)
    sizes, ranks = columns["message_size"] * ELEMENT_BYTES, columns["num_gpus"]
    return {(p, p): _points(sizes[rows & (ranks == p)], found.seconds[rows & (ranks == p)]) for p in np.unique(ranks[rows]).tolist()}


def _points(sizes: Array, seconds: Array) -> Points:
    """The fastest kernel of each size."""
    values = np.unique(sizes)
    return Points(values.astype(np.float64), np.array([seconds[sizes == size].min() for size in values]))


def _read(folder: Path, gpu: str, library: str) -> tables.Table:
    name, kind, ours = ("nccl_perf", "nccl_dtype", "half") if library == NCCL else ("custom_allreduce_perf", "allreduce_dtype", "bfloat16")
    found = tables.read(tables.find(folder, gpu, "comm", name, library), ("num_gpus", "message_size"), ("op_name", "kernel_source", kind))
    return found.take(found.columns[kind] == ours)


