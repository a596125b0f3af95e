"""Costs on devices that nobody measured, from those that somebody did: the analytic model, corrected by trees.

>>> Fitted("vllm").estimate(Gemm(np.arange(1, 4097), 4096, 4096), load("L4"))
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.cost_models import ops
from intarsia.cost_models.analytic.machine import is_nvidia, machine
from intarsia.cost_models.estimate import FITTED, Estimate, by_phase
from intarsia.cost_models.fitted import store
from intarsia.cost_models.fitted.features import forest_of, kind_of, seen
from intarsia.cost_models.fitted.trees import Trees
from intarsia.cost_models.ops import Attention, Op
from intarsia.errors import InputError
from intarsia.ir.device import Device

AT_ONCE = 1 << 15
"""Operators answered together: their features stay in the cache."""
CLOSE = 1.15
"""Cores whose FLOPs a clock differ by less are of one design, if their scratchpads are alike."""


@dataclass(frozen=True)
class Fitted:
    """The source: as `framework`'s kernels would run. `path` is the data file."""

    framework: str = "vllm"
    path: Path = store.FILE

    def estimate(self, op: Op, device: Device) -> Estimate:
        """Raises InputError for kinds and types that were not learnt, for devices that aren't NVIDIA's, and where the analytic model knows better."""
        if not is_nvidia(device):
            raise InputError(f"the fitted model knows NVIDIA's cores, not those of {device.name}", mend="use the analytic model")
        if isinstance(op, Attention) and not op.decode and np.any(np.asarray(op.rows) <= 1):
            return by_phase(op, lambda part: self.estimate(part, device))
        forests = store.read(self.path)
        name = forest_of(op, self.framework)
        known = forests.head["words"].get(name, [])
        if words(op) not in known:
            raise InputError(f"{name} learnt nothing of {words(op)}", mend="use the analytic model")
        near = "near" if is_near(device, forests.head["designs"]) else "far"
        if near == "far" and not transfers(kind_of(op), forests.head["errors"]):
            raise InputError(f"{name} learnt nothing that helps with cores like those of {device.name}", mend="use the analytic model")
        shape = ops.shape(op)
        size = int(np.prod(shape, dtype=np.int64))
        flat = ops.take(op, np.ones(shape, bool)) if shape else op
        seconds = np.concatenate([self._some(flat, device, forests.trees[name], first, size) for first in range(0, size, AT_ONCE)])
        seconds = seconds.reshape(shape or (1,))
        band = np.full(seconds.shape, forests.head["bands"][name][near])
        return Estimate(seconds, np.full(seconds.shape, FITTED, np.int8), band, f"on measured GPUs under {self.framework}")

    def _some(self, op: Op, device: Device, trees: Trees, first: int, size: int) -> ops.Array:
        part = ops.take(op, np.arange(first, min(first + AT_ONCE, size))) if size > AT_ONCE else op
        features = seen(part, device, self.framework)
        return features.base * np.exp(trees.predict(features.rows).astype(np.float64))


def transfers(kind: str, errors: list[dict[str, Any]]) -> bool:
    """Whether, with a family of devices left out, the fitted model was nearer to what was measured than the analytic one."""
    found = [row for row in errors if (row["kind"], row["left_out"], row["where"]) == (kind, "family", "all")]
    return any(row["median"] + row["mean"] < row["analytic_median"] + row["analytic_mean"] for row in found)


def is_near(device: Device, designs: list[list[float]]) -> bool:
    """Whether a device's cores are of a design that was learnt from: FLOPs a clock and scratchpads (`designs`)."""
    flops = machine(device, "bf16").flops_a_clock
    return any(1 / CLOSE < flops / known < CLOSE and device.shared_bytes == shared for known, shared in designs)


def design(device: Device) -> list[float]:
    """What devices of one design have in common: FLOPs of a core in a clock, and bytes of its shared memory."""
    return [machine(device, "bf16").flops_a_clock, device.shared_bytes]


def words(op: Op) -> str:
    """What must have been learnt: types and loads."""
    return "/".join(str(getattr(op, name)) for name in ops.words(type(op)) if name != "kernel")

