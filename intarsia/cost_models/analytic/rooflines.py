"""Plain rooflines (S. Williams, A. Waterman, D. Patterson, CACM 52(4), 2009), and collectives by latency and bandwidth."""

from __future__ import annotations

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.ops import Array, Attention, Collective, LatentAttention, Number, Op
from intarsia.ir.device import Device

CAPTURED_LAUNCH_S = 2.5e-6
"""Of a kernel, where a device file says nothing."""
NETWORK = 1e10
"""Bytes/s between devices of which no link is known."""


def peak_roofline(op: Op, device: Device) -> Array:
    """Seconds at peak arithmetic or peak bandwidth, the longer of both: no efficiency, no overhead."""
    return np.asarray(np.maximum(op.flops / dtypes.peak(device, op.arithmetic), op.bytes / device.main_memory.bandwidth))


def smooth(op: Op, device: Device) -> Array:
    """Launch, arithmetic and traffic one after the other: a cheap, smooth shape for measured ratios to be taken of."""
    return np.asarray(launch(device) + op.flops / (0.75 * dtypes.peak(device, op.arithmetic)) + op.bytes / (0.85 * device.main_memory.bandwidth))


def roofline(op: Op, device: Device) -> Array:
    """Arithmetic or traffic at the device file's efficiencies, the longer of both, and a launch; collectives by latency and bandwidth."""
    if isinstance(op, Collective):
        return _collective_seconds(op, device)
    prefill = (isinstance(op, Attention) and not op.decode) or (isinstance(op, LatentAttention) and not op.absorbed)
    reached = dtypes.peak(device, op.arithmetic) * _efficiency(device, "attention" if prefill else "gemm")
    overhead = min(device.launch_s.values(), default=0.0)
    return np.asarray(np.maximum(op.flops / reached, op.bytes / _bandwidth(device)) + overhead)


def launch(device: Device) -> float:
    """Seconds of a kernel that does nothing."""
    return min(device.launch_s.values(), default=CAPTURED_LAUNCH_S)


def _arrays(*values: Number) -> list[Array]:
    return [np.asarray(value, np.float64) for value in values]


def _collective_seconds(op: Collective, device: Device) -> Array:
    """Ring or direct exchange, the faster (R. Thakur et al., IJHPCA 19(1), 2005), every device having one link of `link_bandwidth`."""
    n, size = _arrays(op.ranks, op.size)
    link, alpha, share = device.link_bandwidth or NETWORK, device.link_latency_s, (n - 1) / n
    match op.op:
        case "all_reduce":
            found = np.minimum(alpha + (n - 1) * size / link, 2 * alpha + 2 * share * size / link)
        case "all_to_all":
            found = alpha + share * size / link
        case "send_recv":
            found = alpha + size / link
        case _:
            found = np.ceil(np.log2(n)) * alpha + share * size / link
    return np.where(n > 1, found, 0.0)


def _efficiency(device: Device, kind: str) -> float:
    return device.efficiency.get(kind, 1.0)


def _bandwidth(device: Device) -> float:
    return device.main_memory.bandwidth * _efficiency(device, "memory")
