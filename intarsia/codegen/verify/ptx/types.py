"""PTX's types: their widths, and the NumPy types in which registers and memory are read as them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
UNSIGNED: dict[int, Any] = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}
SIGNED: dict[int, Any] = {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}
FLOATS: dict[int, Any] = {16: np.float16, 32: np.float32, 64: np.float64}


@dataclass(frozen=True)
class Type:
    """`kind`: b (bits), u, s, f, pred, or coded (a float that NumPy lacks, held as its bits). `bits` of one value; `dtype` holds it."""

    name: str
    kind: str
    bits: int
    dtype: Any

    @property
    def bytes(self) -> int:
        return self.bits // 8

    @property
    def floating(self) -> bool:
        return self.kind in ("f", "coded")

    @property
    def integer(self) -> bool:
        return self.kind in ("b", "u", "s")


def _table() -> dict[str, Type]:
    plain = [Type(f"{kind}{bits}", kind, bits, (SIGNED if kind == "s" else UNSIGNED)[bits]) for kind in "bus" for bits in UNSIGNED]
    floats = [Type(f"f{bits}", "f", bits, dtype) for bits, dtype in FLOATS.items()]
    coded = [Type("bf16", "coded", 16, np.uint16), Type("tf32", "coded", 32, np.uint32), Type("e4m3", "coded", 8, np.uint8), Type("e5m2", "coded", 8, np.uint8)]
    return {one.name: one for one in [*plain, *floats, *coded, Type("pred", "pred", 1, np.bool_)]}


TYPES = _table()
PACKED = {"f16x2": TYPES["f16"], "bf16x2": TYPES["bf16"], "e4m3x2": TYPES["e4m3"], "e5m2x2": TYPES["e5m2"], "s16x2": TYPES["s16"], "u16x2": TYPES["u16"]}
"""Two values in one register, the first in its low half."""
WIDE: dict[int, Any] = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64, 16: np.complex128}
"""A NumPy type for each width of an access in bytes. Complex numbers of 16 bytes are copied bit by bit, which is all that is asked of them."""
