"""What the models of operators read of a device, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.analytic.constants import MACHINE
from intarsia.cost_models.ops import Array
from intarsia.ir.device import Device

REGISTERS = 262144
"""Bytes of registers of a streaming multiprocessor, the same from Volta on: what serving frameworks' kernels are written for."""
HOPPER_FLOPS = (3000.0, 6000.0)
"""Of bf16 products in one of Hopper's multiprocessors and clock: 4096; a generation before 2048, one after 8192."""


@dataclass(frozen=True)
class Parts:
    """Seconds of arithmetic, of traffic, and of what comes before and after; `overlap` is the share of the shorter one that is not hidden."""

    compute: Array
    memory: Array
    fixed: Array
    overlap: float

    @property
    def seconds(self) -> Array:
        longer, shorter = np.maximum(self.compute, self.memory), np.minimum(self.compute, self.memory)
        return np.asarray(self.fixed + longer + self.overlap * shorter)


@dataclass(frozen=True)
class Machine:
    """A device: `cores`, FLOP/s of one core in a type, bytes/s of main memory and of the last cache, that cache's bytes, clock."""

    cores: float
    core_flops: float
    bandwidth: float
    cache_bandwidth: float
    cache_bytes: float
    clock_hz: float
    reference_core_flops: float
    throttled: bool
    """Whether its power, not its clock, sets the peak that it keeps up: idle cores' power is then of use to others."""
    is_hopper: bool
    """Cores whose tensor instruction takes 64 rows at least (PTX ISA, wgmma): kernels are written for them apart."""

    @property
    def flops_a_clock(self) -> float:
        """Of bf16 products in one core: 1024 on Ada, 2048 on Ampere, 4096 on Hopper, 8192 on Blackwell."""
        return self.reference_core_flops / self.clock_hz


def machine(device: Device, arithmetic: str, kind: str = "gemm") -> Machine:
    """`arithmetic` is a key of `dtypes.WIDER`; `kind` one of the device file's efficiencies."""
    kept = throttled(device.cores, dtypes.peak(device, "bf16"), device.clock_hz, device.watts, device.idle_watts)
    peak = dtypes.peak(device, arithmetic) * kept
    clock = device.clock_hz or MACHINE.clock_hz
    main = device.main_memory
    cache = next((tier for tier in reversed(device.memory) if tier.size < main.size and tier.bandwidth >= main.bandwidth), main)
    reached, streamed = device.efficiency.get(kind, MEANT[kind]) / MEANT[kind], device.efficiency.get("memory", MEANT["memory"]) / MEANT["memory"]
    reference = dtypes.peak(device, "bf16") / device.cores
    return Machine(
        device.cores, peak * reached / device.cores, main.bandwidth * streamed, cache.bandwidth, cache.size if cache is not main else 0.0, clock,
        reference, kept < 1, is_nvidia(device) and HOPPER_FLOPS[0] < reference / clock < HOPPER_FLOPS[1],
    )  # fmt: skip


def is_nvidia(device: Device) -> bool:
    """A device of streaming multiprocessors."""
    return device.kind == "gpu" and device.register_bytes == REGISTERS


MEANT = {"gemm": 0.7, "memory": 0.8, "attention": 0.5}
"""Efficiencies that the files of well-served devices give, for large operators as a whole. The models here say themselves what is lost
where; a file's lower figure makes a device slower by as much."""


@lru_cache(maxsize=256)
def throttled(cores: int, peak: float, clock_hz: float, watts: float, idle_watts: float) -> float:
    """The share of its peak that a device's power lets it keep up: energy of a product falls with the size of the units that make them."""
    if not (clock_hz and watts):
        return 1.0
    joules = MACHINE.joules_per_flop * (1024 * cores * clock_hz / peak) ** MACHINE.joules_exponent
    return min(1.0, (watts - idle_watts) / (joules * peak))
