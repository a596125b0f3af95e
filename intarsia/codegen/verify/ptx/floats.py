"""Floats that NumPy lacks, between their bits and float32: bf16, tf32, e4m3 and e5m2, rounded to nearest even."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from intarsia.codegen.verify.ptx.types import Array, Type

NARROW: dict[str, Any] = {"bf16": ml_dtypes.bfloat16, "e4m3": ml_dtypes.float8_e4m3fn, "e5m2": ml_dtypes.float8_e5m2}
LARGEST = {"e4m3": 448.0, "e5m2": 57344.0}
"""The largest finite values (PTX ISA, section Alternate Floating-Point Data Formats)."""
TF32_MASK = np.uint32(0xFFFFE000)


def decode(bits: Array, name: str) -> Array:
    """float32 values of the given bits of a coded type."""
    if name == "bf16":
        return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
    if name == "tf32":
        return (bits & TF32_MASK).view(np.float32)
    return np.ascontiguousarray(bits).view(NARROW[name]).astype(np.float32)


def encode(values: Array, name: str, saturate: bool = False) -> Array:
    """Bits of a coded type, rounded to nearest even. `saturate` brings what is too large to the largest finite value; NaN stays NaN."""
    if name == "tf32":
        return _tf32(values)
    if saturate and name in LARGEST:
        values = np.clip(values, -LARGEST[name], LARGEST[name])
    return np.asarray(values, np.float32).astype(NARROW[name]).view(np.uint16 if name == "bf16" else np.uint8)


def _tf32(values: Array) -> Array:
    """Rounded to nearest, ties away from zero, as cvt.rna does; NaN and infinity stay."""
    bits = np.asarray(values, np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0x1000)) & TF32_MASK
    return np.where(np.isfinite(values), rounded, bits)


def numeric(bits: Array, kind: Type) -> Array:
    """Numbers of register contents `bits` that have the type's width."""
    return decode(bits, kind.name) if kind.kind == "coded" else bits.view(kind.dtype)


def to_bits(values: Array, kind: Type, saturate: bool = False) -> Array:
    """Values as an array of the type's `dtype`."""
    if kind.kind == "coded":
        return encode(values, kind.name, saturate)
    return np.asarray(values).astype(kind.dtype)


Read = Callable[[], Array]


def flush(values: Array) -> Array:
    """Subnormal float32 to zero of the same sign (.ftz)."""
    return np.where(np.abs(values) < np.finfo(np.float32).tiny, np.copysign(np.float32(0), values), values)
