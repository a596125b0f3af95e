"""Measured passes over rows: kernels that scale rows of bf16 to 8 bits, which read two bytes of an element and write one.

Any other element-wise kernel is taken to last as long as one of these that moves as many bytes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from intarsia.cost_models import kept
from intarsia.cost_models.estimate import EXTRAPOLATED, INTERPOLATED, Estimate
from intarsia.cost_models.ops import Array, Elementwise, Number
from intarsia.cost_models.silicon import tables

ELEMENT_BYTES = 3.0
BINS = 2
"""Marks a doubling of size: the tables' kernels depend on the number of elements, little on how they are laid out."""
DRAIN_S = 1e-6
"""Seconds that a pass waits for the kernel before it, which tables of passes that follow themselves don't hold: where whole modules of latent attention were
measured beside their parts (TensorRT-LLM on H200, 4 to 15 us more for three passes than for their kernels), each pass took about a microsecond more."""
BAND = 0.3
"""Relative error of taking one element-wise kernel for another, at a guess."""


def estimate(op: Elementwise, device: str, framework: str, folder: Path | None = None) -> Estimate:
    """Costs of passes; the number of bytes may be an array. Raises InputError where nobody measured any."""
    marks, logs = _curve(folder, device, framework, "scale_matrix_perf")
    sizes = np.log2(np.maximum(np.atleast_1d(op.moved) / ELEMENT_BYTES, 1.0))
    seconds = _along(sizes, marks, logs) + DRAIN_S
    kind = np.where(sizes > marks[-1], np.int8(EXTRAPOLATED), np.int8(INTERPOLATED))
    return Estimate(seconds, kind, np.full(seconds.shape, BAND), f"measured with {framework}")


def scale_seconds(elements: Number, device: str, framework: str) -> Array:
    """Seconds of finding the scale of a tensor of so many elements. Raises InputError where nobody measured it."""
    return _along(np.log2(np.maximum(np.atleast_1d(elements), 1.0)), *_curve(None, device, framework, "computescale_perf"))


def _along(sizes: Array, marks: Array, logs: Array) -> Array:
    """Between the marks along the logarithms; beyond the last one in proportion to the size, before the first one the same."""
    beyond = np.maximum(sizes - marks[-1], 0.0) * np.log(2.0)
    return np.asarray(np.exp(np.interp(sizes, marks, logs) + beyond))


@lru_cache(maxsize=32)
def _curve(folder: Path | None, device: str, framework: str, name: str) -> tuple[Array, Array]:
    """Logarithms of sizes in elements, and of the median seconds near them."""
    found = kept.found(tables.shelf(folder, "passes", device, framework, name), lambda: _read(folder or tables.root(), device, framework, name)).arrays
    return found["marks"], found["logs"]


def _read(folder: Path, device: str, framework: str, name: str) -> kept.Record:
    table = tables.read(tables.find(folder, tables.folder_of(device), "quantize", name, framework), ("m", "k"), ("quant_dtype",))
    rows = table.columns["quant_dtype"] == "fp8"
    sizes = np.round(BINS * np.log2(table.columns["m"][rows].astype(np.float64) * table.columns["k"][rows])) / BINS
    marks = np.unique(sizes)
    return kept.Record({"marks": marks, "logs": np.log([np.median(table.seconds[rows][sizes == mark]) for mark in marks])})
