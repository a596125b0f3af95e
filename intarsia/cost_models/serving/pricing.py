"""Prices of a step's operators, each from the best source of costs (sources.py).

>>> price = Priced("vllm")
>>> step_cost(config, plan, precision, step, load("H100-SXM"), price)

Operators of one kind are priced together, so that a million of them cost few look-ups. `sources` counts where prices came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import ops, sources
from intarsia.cost_models.ops import Op
from intarsia.ir.device import Device


@dataclass
class Priced:
    """Measured under `framework` where possible, else under another, else modelled."""

    framework: str = "vllm"
    sources: Counter[str] = field(default_factory=Counter)

    def __call__(self, wanted: Sequence[Op], device: Device) -> NDArray[np.float64]:
        """Seconds of one launch of each operator."""
        seconds = np.zeros(len(wanted))
        for places in ops.by_kind(wanted).values():
            seconds[places] = self.batched(ops.stack([wanted[place] for place in places]), device)
        return seconds

    def batched(self, op: Op, device: Device) -> NDArray[np.float64]:
        """Seconds of one launch of each operator that one with arrays stands for."""
        found = sources.best(ops.at_least_one(op), device, sources.preferred(self.framework))
        self.sources[found.source] += found.seconds.size
        return found.seconds
