"""What the fitted model learns from: a seeded sample of each slice of the measured tables (extra `silicon`)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.devices import load
from intarsia.cost_models.ops import Array, Op
from intarsia.cost_models.silicon import gpus, tables
from intarsia.cost_models.silicon.attention import CONTEXT, DECODE
from intarsia.cost_models.silicon.gemm import GEMM
from intarsia.cost_models.silicon.measured import Measured
from intarsia.cost_models.silicon.moe import MOE
from intarsia.cost_models.silicon.scheme import Scheme
from intarsia.cost_models.silicon.tables import Table
from intarsia.errors import InputError
from intarsia.ir.device import Device

SCHEMES = {"gemm": GEMM, "context": CONTEXT, "decode": DECODE, "experts": MOE}
DEVICES = tuple(gpus.GPUS.values())
HOST_S = 25e-6
"""A matmul of a few rows takes 2 to 10 us in a graph, launch included. Slices of which even the fastest row takes this were measured without one, so that the
host's launches set the least time (55 us to 280 us by machine); which ones depends on measured seconds alone, not on any prediction."""


@dataclass(frozen=True)
class Sample:
    """Rows of one slice: one device, framework and set of types. `op` has arrays, `seconds` as many."""

    kind: str
    device: Device
    framework: str
    words: dict[str, str]
    op: Op
    seconds: Array
    host_bound: bool = False
    """Measured without a graph, see HOST_S: vLLM's matmuls scaled in blocks are."""

    @property
    def title(self) -> str:
        return "/".join([self.device.name, self.framework, *self.words.values()])


def samples(kind: str, most: int, seed: int, *, devices: Sequence[str] = DEVICES, folder: Path | None = None) -> list[Sample]:
    """At most `most` rows of each slice of a kind of operator, of those that its scheme believes. Raises MissingDependency without the tables."""
    found = []
    for name in devices:
        for framework in tables.FRAMEWORKS:
            found += list(_of_table(kind, load(name), framework, most, seed, folder))
    return found


def _of_table(kind: str, device: Device, framework: str, most: int, seed: int, folder: Path | None) -> Iterator[Sample]:
    scheme = SCHEMES[kind]
    try:
        table = Measured(device, framework, folder).sound(scheme)
    except InputError:
        return
    for words, rows in _slices(scheme, table):
        if words["dtype"] in dtypes.DTYPES:
            chosen = _chosen(len(rows), most, f"{seed} {kind} {device.name} {framework} {words}")
            part = rows.take(chosen)
            yield Sample(kind, device, framework, words, scheme.operator(part.columns, words), part.seconds, kind == "gemm" and bool(rows.seconds.min() > HOST_S))


def _slices(scheme: Scheme, table: Table) -> Iterator[tuple[dict[str, str], Table]]:
    """Rows of each combination of types, and of loads of experts; of their kernels, the usual one of each."""
    names = [name for name in scheme.words if name != "kernel"]
    codes = tables.pack([np.unique(table.columns[name], return_inverse=True)[1] for name in names])
    for code in np.unique(codes):
        part = table.take(codes == code)
        words = {name: str(part.columns[name][0]) for name in names}
        yield words, part.take(part.columns["kernel"] == _usual(part.columns["kernel"])) if "kernel" in scheme.words else part


def _usual(kernels: Array) -> str:
    names, counts = np.unique(kernels, return_counts=True)
    return str(names[counts.argmax()])


def _chosen(count: int, most: int, name: str) -> Array:
    """Places of a sample without replacement; the same for the same name."""
    return np.sort(np.random.default_rng(zlib.crc32(name.encode())).permutation(count)[:most])
