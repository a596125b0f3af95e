"""Types of numbers in kernels: our names, Triton's, NumPy's and CUDA's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from intarsia.errors import InputError


@dataclass(frozen=True)
class Dtype:
    """A type: `bits` of a number, Triton's name, NumPy's type and CUDA C++'s. `epsilon` is half the distance from 1 to the next number, 0 for integers."""

    name: str
    bits: int
    triton: str
    numpy: Any
    cuda: str
    epsilon: float = 0.0

    @property
    def bytes(self) -> int:
        return max(1, self.bits // 8)


DTYPES = {
    d.name: d
    for d in (
        Dtype("f32", 32, "fp32", np.dtype(np.float32), "float", 2.0**-24),
        Dtype("f16", 16, "fp16", np.dtype(np.float16), "__half", 2.0**-11),
        Dtype("bf16", 16, "bf16", np.dtype(ml_dtypes.bfloat16), "__nv_bfloat16", 2.0**-8),
        Dtype("f8e4m3", 8, "fp8e4nv", np.dtype(ml_dtypes.float8_e4m3fn), "__nv_fp8_e4m3", 2.0**-4),
        Dtype("f8e5m2", 8, "fp8e5", np.dtype(ml_dtypes.float8_e5m2), "__nv_fp8_e5m2", 2.0**-3),
        Dtype("i8", 8, "i8", np.dtype(np.int8), "signed char"),
        Dtype("u8", 8, "u8", np.dtype(np.uint8), "unsigned char"),
        Dtype("i32", 32, "i32", np.dtype(np.int32), "int"),
        Dtype("i64", 64, "i64", np.dtype(np.int64), "long long"),
    )
}  # fmt: skip
LARGEST = {"f8e4m3": 448.0, "f8e5m2": 57344.0}
"""Where conversions to 8 bits saturate (OCP 8-bit floating point specification, table 1)."""


def dtype(name: str) -> Dtype:
    """Raises InputError for an unknown name."""
    try:
        return DTYPES[name]
    except KeyError:
        raise InputError(f"unknown dtype {name!r} of a kernel", mend=f"choose one of {', '.join(DTYPES)}") from None
