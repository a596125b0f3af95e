"""Costs of operators from the best source there is.

>>> cost(Gemm(16, 4096, 4096), load("H100-SXM")).source          # "measured with vllm"
>>> best(Gemm(np.arange(1, 4097), 4096, 4096), load("L4"))       # many at once: seconds, kinds, bands

Order of preference: this machine's calibration, measured tables, the fitted model (NVIDIA's GPUs), the analytic model. Of tables and of what was
learnt from them, those of the serving framework that is asked for come first, then those of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from intarsia.cost_models import analytic, dtypes, energy, ops
from intarsia.cost_models.analytic.constants import BANDS
from intarsia.cost_models.analytic.machine import is_nvidia
from intarsia.cost_models.cost import Cost
from intarsia.cost_models.estimate import ANALYTIC, KINDS, UNKNOWN_BAND, Estimate, Source
from intarsia.cost_models.fitted import store
from intarsia.cost_models.fitted.model import Fitted
from intarsia.cost_models.ops import Op
from intarsia.cost_models.probe import Probe
from intarsia.cost_models.silicon import tables
from intarsia.cost_models.silicon.measured import Measured
from intarsia.errors import InputError, MissingDependency
from intarsia.ir.device import Device


@dataclass
class Tables:
    """Measured tables of a serving framework, whatever the device."""

    framework: str
    opened: dict[str, Measured] = field(default_factory=dict)

    def estimate(self, op: Op, device: Device) -> Estimate:
        found = self.opened.get(device.name)
        if found is None or (found.device is not device and found.device != device):
            found = self.opened[device.name] = Measured(device, self.framework)
        return found.estimate(op)


@dataclass(frozen=True)
class Analytic:
    """The data sheet alone: answers for every operator on every device, on NVIDIA's as `framework`'s kernels would run ("": any)."""

    framework: str = ""

    def estimate(self, op: Op, device: Device) -> Estimate:
        seconds = np.broadcast_to(np.atleast_1d(analytic.seconds(op, device, self.framework)), np.atleast_1d(np.empty(ops.shape(op))).shape)
        return Estimate(seconds, np.full(seconds.shape, ANALYTIC, np.int8), np.full(seconds.shape, _analytic_band(op, device)), "analytic")


def _analytic_band(op: Op, device: Device) -> float:
    """Known on NVIDIA's GPUs, where there is something to compare with."""
    if not is_nvidia(device):
        return UNKNOWN_BAND
    match op:
        case ops.Attention():
            return BANDS["decode" if op.decode else "context"]
        case ops.Gemm() | ops.Experts():
            return BANDS["gemm" if isinstance(op, ops.Gemm) else "experts"]
    return UNKNOWN_BAND


@lru_cache(maxsize=8)
def preferred(framework: str = "vllm") -> tuple[Source, ...]:
    """All sources, the best first. Raises InputError for an unknown framework, and where the fitted model's file is damaged."""
    if framework not in tables.FRAMEWORKS:
        raise InputError(f"no measured tables of the framework {framework!r}", mend=f"choose one of {', '.join(tables.FRAMEWORKS)}")
    names = sorted(tables.FRAMEWORKS, key=lambda name: name != framework)
    store.read()
    return Probe(), *(Tables(name) for name in names), *(Fitted(name) for name in names), Analytic(framework)


def best(op: Op, device: Device, sources: Sequence[Source] | None = None) -> Estimate:
    """The answer of the first source that has one. Raises InputError for an operator that can't be: sizes below one, unknown dtypes."""
    ops.check(op)
    for source in preferred() if sources is None else sources:
        try:
            return source.estimate(op, device)
        except (InputError, MissingDependency):
            continue
    raise InputError(f"no source knows the cost of {type(op).__name__} on {device.name}", mend="end the list of sources with the analytic one")


def cost(op: Op, device: Device, *, share: float = 1.0, sources: Sequence[Source] | None = None) -> Cost:
    """The cost of one operator on a `share` of a device's execution units, greater than 0 and at most 1: it takes 1 / share times as long.

    `source` says how the figure was come by, `error_band` is its relative standard error.
    """
    if not 0 < share <= 1:
        raise InputError(f"the share of a device must be greater than 0 and at most 1, found {share}")
    found = best(op, device, sources)
    if found.seconds.size != 1:
        raise InputError(f"a cost is of one operator, found {found.seconds.size}", mend="ask best() for many")
    seconds, flops, moved = float(found.seconds.item()) / share, _number(op.flops), _number(op.bytes)
    compute_s, memory_s = flops / dtypes.peak(device, op.arithmetic), moved / device.main_memory.bandwidth
    bound = "compute" if compute_s > memory_s else "memory"
    joules = energy.joules(device, seconds, compute_s, memory_s)
    levels = {name: _number(size) for name, size in ops.bytes_per_level(op, device).items()}
    kind = KINDS[int(found.kind.item())]
    source = kind if found.source in ("", kind) else f"{kind}, {found.source}"
    return Cost(seconds, flops, moved, joules, "network" if isinstance(op, ops.Collective) else bound, source, float(found.band.item()), levels)


def _number(value: ops.Number) -> float:
    return float(np.asarray(value).item())
