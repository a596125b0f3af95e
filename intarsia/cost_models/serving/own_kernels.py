"""Prices of our own GPU kernels, which bundles run, where a device measured them to take longer than the engines' kernels that tables hold.

On an H100 (2026-11-26, docs/performance.md) products of 64 rows took what the tables say. Those that compute bounds reached 640 TFLOP/s at 4,096 cubed and 606 at 8,192
cubed, where the tables say 828 and 783; attention of prompts took 1 / 0.61 of the library's time. Other devices have run nothing: their prices stay those of the tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models.ops import Attention, Gemm, Op
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.step import OpCost
from intarsia.ir.device import Device

HOPPER = r"(?:H100|H200|H20|GH200).*"
HALVES = ("bf16", "f16")
STREAMED_ROWS = 64
"""Products of so many rows are bound by their weights' bytes, and our kernels read them as quickly."""
PRODUCTS, PROMPTS = 0.77, 0.61
"""Speed of our products of more rows, and of our prefill attention, against the libraries'."""


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
        return PRODUCTS if op.dtype in HALVES and float(op.m) > STREAMED_ROWS else 1.0
    return PROMPTS if isinstance(op, Attention) and not op.decode else 1.0
