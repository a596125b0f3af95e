"""Weights to 8-bit floats when a bundle is made: codes, and scales that take the largest number of a matrix, or of each block of 128 x 128, to the type's largest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu.packing import Part, values_of
from intarsia.codegen.gpu.dtypes import LARGEST, dtype
from intarsia.codegen.triton.gemm import SCALE_BLOCK
from intarsia.ir.weights import BLOCK_SCALES

FORMAT = "f8e4m3"
"""More bits of mantissa than f8e5m2 has, as weights and rows with scales of their own want (Micikevicius et al., arXiv 2209.05433, section 3)."""
STRIP = 8 * SCALE_BLOCK
"""Rows of a matrix that are widened at a time."""
SMALLEST = 1e-12
"""No scale is smaller, so that a block of zeros has one."""


def scales_shape(n: int, k: int, precision: str) -> tuple[int, int]:
    """Of the scales of a matrix [n, k]."""
    return (-(-n // SCALE_BLOCK), k // SCALE_BLOCK) if precision == BLOCK_SCALES else (1, 1)


def scales(parts: Sequence[Part], precision: str) -> NDArray[np.float32]:
    """Of the matrix that `parts` make, one below the other: float32, of `scales_shape`."""
    largest = np.concatenate([_block_maxima(strip) for _, strip in _strips(parts)]) if precision == BLOCK_SCALES else np.array([[max(np.abs(s).max() for _, s in _strips(parts))]])
    return np.asarray(np.maximum(largest, SMALLEST) / LARGEST[FORMAT], np.float32)


def codes(parts: Sequence[Part], precision: str) -> Iterator[NDArray[np.uint8]]:
    """The same matrix over its scales, rounded: strips of rows."""
    found = scales(parts, precision)
    for begin, strip in _strips(parts):
        own = found
        if precision == BLOCK_SCALES:
            first = begin // SCALE_BLOCK
            own = found[first : first + -(-len(strip) // SCALE_BLOCK)].repeat(SCALE_BLOCK, 0)[: len(strip)].repeat(SCALE_BLOCK, 1)
        limit = LARGEST[FORMAT]
        yield np.clip(strip / own, -limit, limit).astype(dtype(FORMAT).numpy).view(np.uint8)


def _block_maxima(strip: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each block; a last one of fewer rows counts as if zeros filled it."""
    padded = np.pad(np.abs(strip), ((0, -len(strip) % SCALE_BLOCK), (0, 0)))
    return np.asarray(padded.reshape(-1, SCALE_BLOCK, padded.shape[1] // SCALE_BLOCK, SCALE_BLOCK).max((1, 3)))


def _strips(parts: Sequence[Part]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(first row, values) of strips of the parts, one below the other."""
    total = sum(part.n for part in parts)
    for begin in range(0, total, STRIP):
        yield begin, _rows(parts, begin, min(begin + STRIP, total))


def _rows(parts: Sequence[Part], begin: int, end: int) -> NDArray[np.float32]:
    found, at = [], 0
    for part in parts:
        low, high = max(begin - at, 0), min(end - at, part.n)
        if low < high:
            found.append(values_of(part.rows(low, high)))
        at += part.n
    return np.concatenate(found)
