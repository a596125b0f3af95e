"""A case: a kernel, its inputs, and what should come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Spec

Array = NDArray[Any]
Value = Any
"""An array, a whole number, or a float."""


@dataclass(frozen=True)
class Case:
    """`arguments` by name, in the kernel's order: inputs as they are, outputs filled with what no kernel should leave. `expected` are float64 arrays of outputs, or whole numbers.

    `tolerance` bounds the largest error over the largest value of an output; whole numbers must be equal. `counts` are the sizes and counts that the spec's formulas name.
    """

    spec: Spec
    arguments: dict[str, Value]
    expected: dict[str, Array]
    tolerance: float
    counts: Mapping[str, float] = field(default_factory=dict)

    def fresh(self) -> dict[str, Value]:
        """The arguments, arrays copied (16-byte aligned, as kernels are promised)."""
        return {name: aligned(value) if isinstance(value, np.ndarray) else value for name, value in self.arguments.items()}

    def error(self, results: Mapping[str, Value]) -> float:
        """The largest error of any output over its largest value; infinite for a wrong whole number, NaN or infinity."""
        return max(_error(results[name], wanted) for name, wanted in self.expected.items())


@dataclass(frozen=True)
class Named:
    """A case by name, made when it is asked for. `grids` are numbers of CTAs to try."""

    name: str
    make: Callable[[], Case]
    grids: tuple[int, ...] = (1, 3, 64)


def _error(found: Array, wanted: Array) -> float:
    if wanted.dtype.kind in "iu":
        return 0.0 if np.array_equal(found, wanted) else np.inf
    values, finite = found.astype(np.float64), np.isfinite(wanted)
    if not np.array_equal(values[~finite], wanted[~finite], equal_nan=True) or not np.isfinite(values[finite]).all():
        return np.inf
    if not finite.any():
        return 0.0
    return float(np.abs(values[finite] - wanted[finite]).max() / max(np.abs(wanted[finite]).max(), 1e-30))


def aligned(array: Array) -> Array:
    """A copy whose address is a multiple of 16."""
    room = np.empty(array.nbytes + 16, np.uint8)
    start = -room.ctypes.data % 16
    copy = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def normal(rng: np.random.Generator, name: str, *shape: int, scale: float = 1.0) -> Array:
    """Normal numbers, rounded to a type."""
    return (scale * rng.standard_normal(shape)).astype(dtype(name).numpy)


def poison(name: str, *shape: int) -> Array:
    """An output before the kernel ran: NaN, or a whole number that none expects."""
    kind = dtype(name)
    if kind.numpy.kind in "iu":
        return np.full(shape, 0x5A if kind.bits == 8 else 0x5A5A5A5A, kind.numpy)
    return np.full(shape, np.nan, np.float32).astype(kind.numpy)


def exact(array: Array) -> Array:
    """In float64."""
    return array.astype(np.float64)
