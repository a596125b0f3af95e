"""Energy of a step: power states and utilisation (what it costs is in money.py).

A device draws its idle power always. What it draws beyond that follows how busy its memory and its arithmetic are: streaming from
memory alone reaches about `MEMORY_SHARE` of the span between idle and full power, arithmetic near its peak all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.errors import InputError
from intarsia.ir.device import Device

MEMORY_SHARE = 0.6
"""Of the span from idle to full power, drawn by a device that only streams memory: decode draws 50 to 70 % of TDP, prefill nearly all of it
(P. Patel et al., POLCA, arXiv 2308.12908, section 3; Splitwise, arXiv 2311.18677, insight VI). Assumed alike for all devices."""


@dataclass(frozen=True)
class Power:
    """Watts of one device that does nothing, only streams memory, and computes at its peak."""

    idle: float
    memory_bound: float
    compute_bound: float


@dataclass(frozen=True)
class Energy:
    """Joules and mean watts of one device in a step; `state` is idle, memory-bound or compute-bound, whichever draws most of it."""

    joules: float
    watts: float
    state: str


def power_states(device: Device) -> Power:
    """A device's power states. Raises InputError where the catalogue has no power for it."""
    if device.watts <= 0 or device.watts < device.idle_watts:
        raise InputError(f"{device.name} has no usable power figures", mend="give watts (full) of at least idle_watts in its device file")
    span = device.watts - device.idle_watts
    return Power(device.idle_watts, device.idle_watts + MEMORY_SHARE * span, device.watts)


def joules(device: Device, seconds: float, compute_s: float, memory_s: float) -> float:
    """As `step_energy`; 0 for a device whose power nobody knows."""
    return step_energy(device, seconds, compute_s, memory_s).joules if device.watts > 0 else 0.0


def step_energy(device: Device, seconds: float, compute_s: float, memory_s: float) -> Energy:
    """Energy of a step of `seconds`, whose work takes `compute_s` at peak arithmetic and `memory_s` at peak bandwidth; never above full power."""
    if seconds < 0 or compute_s < 0 or memory_s < 0:
        raise InputError(f"times of a step must not be negative, found {seconds}, {compute_s} and {memory_s}")
    power = power_states(device)
    if not seconds:
        return Energy(0.0, power.idle, "idle")
    compute = min(1.0, compute_s / seconds) * (power.compute_bound - power.idle)
    memory = min(1.0, memory_s / seconds) * (power.memory_bound - power.idle)
    watts = min(power.compute_bound, power.idle + compute + memory)
    largest = max((power.idle, "idle"), (compute, "compute-bound"), (memory, "memory-bound"))
    return Energy(watts * seconds, watts, largest[1])
