"""Plain rooflines (S. Williams, A. Waterman, D. Patterson, CACM 52(4), 2009), and collectives by latency and bandwidth."""

from __future__ import annotations

import numpy as np

from intarsia.cost_models import collectives, dtypes
from intarsia.cost_models.ops import Array, Attention, Collective, LatentAttention, Op
from intarsia.ir.device import Device

CAPTURED_LAUNCH_S = 2.5e-6
"""Of a kernel, where a device file says nothing."""
NETWORK, NETWORK_LATENCY_S = 1e10, 5e-6
"""Bytes/s and seconds between devices of which no link is known: a slow one."""


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
    prefill = (isinstance(op, Attention) and not op.decode) or (isinstance(op, LatentAttention) and not (op.absorbed and np.all(np.asarray(op.rows) <= 1)))
    reached = dtypes.peak(device, op.arithmetic) * _efficiency(device, "attention" if prefill else "gemm")
    overhead = min(device.launch_s.values(), default=0.0)
    return np.asarray(np.maximum(op.flops / reached, op.bytes / _bandwidth(device)) + overhead)


def launch(device: Device) -> float:
    """Seconds of a kernel that does nothing."""
    return min(device.launch_s.values(), default=CAPTURED_LAUNCH_S)


def _collective_seconds(op: Collective, device: Device) -> Array:
    """The fastest known algorithm (collectives.py) for each size of group."""
    sizes, ranks, per_node = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in (op.size, op.ranks, op.per_node)))
    found = np.zeros(sizes.shape)
    for whole, part in {*zip(ranks.reshape(-1).tolist(), per_node.reshape(-1).tolist(), strict=True)}:
        chosen = (ranks == whole) & (per_node == part)
        found[chosen] = collectives.seconds(op.op, sizes[chosen], group(device, int(whole), int(part)))
    return found


def group(device: Device, ranks: int, per_node: int = 0) -> collectives.Group:
    """Devices of one kind, `per_node` in each node (0: all in one), joined by the link of their file; nodes by its port to the network."""
    inner = collectives.Channel(device.link_latency_s, device.link_bandwidth or NETWORK, kind=device.link, switched=device.domain != 2)
    within = per_node or ranks
    port = next((p for p in device.ports if p.leads_to == "network"), None)
    outer = collectives.Channel(port.latency_s if port else NETWORK_LATENCY_S, (port.bandwidth if port else NETWORK) * within)
    return collectives.Group(within, inner, -(-ranks // within), outer)


def _efficiency(device: Device, kind: str) -> float:
    return device.efficiency.get(kind, 1.0)


def _bandwidth(device: Device) -> float:
    return device.main_memory.bandwidth * _efficiency(device, "memory")
