"""Prices of our own GPU kernels, which bundles run, where a device measured them to take longer than the engines' kernels that tables hold.

On an H100 (2026-11-26, docs/performance-gpu.md) products of 64 rows took what the tables say, in 8-bit floats with blocks of scales 1 / 0.79 of it. Those of 1,024 rows of a layer
of Llama-3-8B took 604 us in bf16 where the tables say 547, and in 8-bit floats, with the 28 that round the rows, 379 where they say 398, and 428 with blocks of scales; attention
of prompts took 0.97 of the library's time. Products with weights of 4 bits took 68 and 75 us a layer for 1 and 8 rows, 132, 261, 340 and 898 for 16, 64, 256 and 1,024, where
the tables say 87, 92, 95, 112, 208 and 684. Other devices have run nothing: their prices stay those of the tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models.ops import Attention, Gemm, Op
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.step import OpCost
from intarsia.ir.device import Device

HOPPER = r"(?:H100|H200|H20|GH200).*"
STREAMED_ROWS = 64.0
"""Products of so many rows are bound by their weights' bytes."""
PRODUCTS: dict[str, dict[float, float]] = {
    "bf16": {STREAMED_ROWS: 1.0, inf: 0.91}, "f16": {STREAMED_ROWS: 1.0, inf: 0.91}, "f8": {STREAMED_ROWS: 1.0, inf: 1.05}, "f8_block": {STREAMED_ROWS: 0.79, inf: 0.93},
    "int4": {8.0: 1.25, 16.0: 0.72, STREAMED_ROWS: 0.43, 256.0: 0.61, inf: 0.76},
}  # fmt: skip
"""By type, the speed of our products of up to so many rows against the libraries'."""
PROMPTS = 1.03
"""The same of our prefill attention."""


@dataclass(frozen=True)
class OwnKernels:
    """An OpCost: `tables` where nothing else was measured."""

    tables: OpCost = field(default_factory=Priced)

    def __call__(self, wanted: Sequence[Op], device: Device) -> NDArray[np.float64]:
        """Seconds of one launch of each operator."""
        seconds = self.tables(wanted, device)
        return seconds / np.array([speed(op) for op in wanted]) if re.fullmatch(HOPPER, device.name, re.IGNORECASE) else seconds


def speed(op: Op) -> float:
    """Of our kernel on a Hopper GPU, against what the tables hold."""
    if isinstance(op, Gemm):
        return next((speed for most, speed in PRODUCTS.get(op.dtype, {}).items() if float(op.m) <= most), 1.0)
    return PROMPTS if isinstance(op, Attention) and not op.decode else 1.0
