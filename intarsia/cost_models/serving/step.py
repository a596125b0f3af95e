"""Seconds of one step of a served model, from its operators and a function that prices operators.

>>> cost = step_cost(config, Plan(tp=8), Precision("f8"), Step(decode=(Batch(64, 2048),)), load("H100-SXM"))
>>> cost.seconds, cost.by_label["experts"]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import analytic, dtypes, ops
from intarsia.cost_models.ops import Op
from intarsia.cost_models.serving.shapes import Launch, Plan, Precision, Step
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig

OpCost = Callable[[Sequence[Op], Device], NDArray[np.float64]]
"""Seconds of one launch of each operator on a device, in the order given."""


class Batched(Protocol):
    """An OpCost that can also price one operator whose numbers are arrays."""

    def batched(self, op: Op, device: Device) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class StepCost:
    """Seconds of a step, and of each of the model's operators (`by_label`, all layers); the work of one device; bytes it sends.

    `busy_compute_s` and `busy_memory_s` are the seconds that the same work takes at peak arithmetic and at peak bandwidth.
    """

    seconds: float
    by_label: dict[str, float]
    flops: float
    bytes: float
    wire_bytes: float
    busy_compute_s: float
    busy_memory_s: float


def roofline(wanted: Sequence[Op], device: Device) -> NDArray[np.float64]:
    """Seconds by the device's stated efficiencies: arithmetic or traffic, the longer of both, and a launch."""
    seconds = np.zeros(len(wanted))
    for places in ops.by_kind(wanted).values():
        seconds[places] = analytic.roofline(ops.stack([wanted[place] for place in places]), device)
    return seconds


def batched(cost: OpCost) -> Callable[[Op, Device], NDArray[np.float64]]:
    """A function that prices one operator with arrays as `cost` prices its parts."""
    if cost is roofline:
        return analytic.roofline
    if hasattr(cost, "batched"):
        return cast(Batched, cost).batched
    return lambda op, device: cost([_one(op, place) for place in np.ndindex(ops.shape(op))], device).reshape(ops.shape(op))


def _one(op: Op, place: tuple[int, ...]) -> Op:
    """Of an operator with arrays, the one at a place."""
    whole = ops.shape(op)
    return replace(op, **{name: float(np.broadcast_to(getattr(op, name), whole)[place]) for name in ops.numbers(type(op))})


def step_cost(config: ModelConfig, plan: Plan, precision: Precision, step: Step, device: Device, cost: OpCost = roofline) -> StepCost:
    """What one step takes, all pipeline stages one after the other."""
    launches = step_ops(config, plan, precision, step)
    seconds = cost([launch.op for launch in launches], device) if launches else np.zeros(0)
    by_label: dict[str, float] = {}
    for launch, taken in zip(launches, seconds, strict=True):
        by_label[launch.label] = by_label.get(launch.label, 0.0) + launch.count * float(taken)
    return StepCost(
        sum(by_label.values()), by_label,
        flops=_total(launches, lambda op: op.flops), bytes=_total(launches, lambda op: op.bytes), wire_bytes=_total(launches, lambda op: op.wire_bytes),
        busy_compute_s=_total(launches, lambda op: op.flops / dtypes.peak(device, op.arithmetic)),
        busy_memory_s=_total(launches, lambda op: op.bytes) / device.main_memory.bandwidth,
    )  # fmt: skip


def _total(launches: Sequence[Launch], of: Callable[[Op], ops.Number]) -> float:
    return float(sum(launch.count * of(launch.op) for launch in launches))
