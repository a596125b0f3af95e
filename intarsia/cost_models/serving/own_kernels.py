"""Prices of our own GPU kernels, which bundles run, where a device measured them to take longer than the engines' kernels that tables hold.

On an H100 (2026-11-26, docs/performance-gpu.md) products of 64 rows took what the tables say, in 8-bit floats with blocks of scales 1 / 0.79 of it. Those of 1,024 rows of a layer
of Llama-3-8B took 604 us in bf16 where the tables say 547, and in 8-bit floats, with the 28 that round the rows, 379 where they say 398, and 428 with blocks of scales; attention
of prompts took 0.97 of the library's time. Other devices have run nothing: their prices stay those of the tables.
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
STREAMED_ROWS = 64
"""Products of so many rows are bound by their weights' bytes."""
PRODUCTS = {"bf16": (1.0, 0.91), "f16": (1.0, 0.91), "f8": (1.0, 1.05), "f8_block": (0.79, 0.93)}
"""Speed of our products of so many rows, and of more, against the libraries', by type."""
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
        return PRODUCTS.get(op.dtype, (1.0, 1.0))[float(op.m) > STREAMED_ROWS]
    return PROMPTS if isinstance(op, Attention) and not op.decode else 1.0
