"""Seconds of one step of a served model, from its operators and a function that prices operators.

>>> cost = step_cost(config, Plan(tp=8), Precision("f8"), Step(decode=(Batch(64, 2048),)), load("H100-SXM"))
>>> cost.seconds, cost.by_label["experts"]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models.serving.operators import Collective, ContextAttention, LatentAttention, Op
from intarsia.cost_models.serving.shapes import Plan, Precision, Step, step_ops
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig

OpCost = Callable[[Sequence[Op], Device], NDArray[np.float64]]
"""Seconds of one launch of each operator on a device, in the order given."""
WIDER = {"f4": ("f4", "f8", "bf16"), "f8": ("f8", "bf16"), "i8": ("i8", "bf16"), "bf16": ("bf16", "f16"), "f32": ("tf32", "f32")}
"""What a type is computed in where the device lacks it, the first that it has."""
NETWORK = 1e10
"""Bytes/s between devices of which no link is known."""


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


def roofline(ops: Sequence[Op], device: Device) -> NDArray[np.float64]:
    """Seconds by the device's stated efficiencies: arithmetic or traffic, the longer of both, and a launch. Collectives by latency and bandwidth."""
    return np.array([collective_s(op, device) if isinstance(op, Collective) else _kernel_s(op, device) for op in ops])


def _kernel_s(op: Op, device: Device) -> float:
    prefill = isinstance(op, ContextAttention) or (isinstance(op, LatentAttention) and not op.absorbed)
    reached = device.efficiency.get("attention" if prefill else "gemm", 1.0)
    memory = device.main_memory.bandwidth * device.efficiency.get("memory", 1.0)
    return max(op.flops / (peak(device, op.arithmetic) * reached), op.bytes / memory) + min(device.launch_s.values(), default=0.0)


def peak(device: Device, dtype: str) -> float:
    """Peak dense FLOP/s in a type, or in the next wider one that the device has."""
    return next((device.flops[name] for name in WIDER[dtype] if name in device.flops), max(device.flops.values()))


def collective_s(op: Collective, device: Device) -> float:
    """Ring or direct exchange, the faster (R. Thakur et al., IJHPCA 19(1), 2005), every device having one link of `link_bandwidth`."""
    n, link, alpha = op.devices, device.link_bandwidth or NETWORK, device.link_latency_s
    if n == 1:
        return 0.0
    share = (n - 1) / n
    match op.kind:
        case "all_reduce":
            return min(alpha + (n - 1) * op.wire_bytes / link, 2 * alpha + 2 * share * op.wire_bytes / link)
        case "all_to_all":
            return alpha + share * op.wire_bytes / link
        case "send":
            return alpha + op.wire_bytes / link
    return math.ceil(math.log2(n)) * alpha + (n - 1) * op.wire_bytes / link


def step_cost(config: ModelConfig, plan: Plan, precision: Precision, step: Step, device: Device, cost: OpCost = roofline) -> StepCost:
    """What one step takes, all pipeline stages one after the other."""
    ops = step_ops(config, plan, precision, step)
    counts = np.array([op.count for op in ops], dtype=np.float64)
    seconds = cost(ops, device) * counts if ops else np.zeros(0)
    by_label: dict[str, float] = {}
    for op, taken in zip(ops, seconds, strict=True):
        by_label[op.label] = by_label.get(op.label, 0.0) + float(taken)
    return StepCost(
        float(seconds.sum()), by_label,
        flops=sum(op.count * op.flops for op in ops), bytes=sum(op.count * op.bytes for op in ops),
        wire_bytes=sum(op.count * op.wire_bytes for op in ops if isinstance(op, Collective)),
        busy_compute_s=sum(op.count * op.flops / peak(device, op.arithmetic) for op in ops),
        busy_memory_s=sum(op.count * op.bytes for op in ops) / device.main_memory.bandwidth,
    )  # fmt: skip
