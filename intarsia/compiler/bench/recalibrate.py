"""The probes of the kernels that a bundle's model launches, measured anew around runs and between the steps of replays (interludes.py).

A shared machine's speed changes within seconds. These are the kernels of `intarsia calibrate`, which have seen no replay: what they take meanwhile says how fast the machine was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from intarsia.compiler.bench.interludes import Burst
from intarsia.compiler.bench.pace import Pace, Paces
from intarsia.compiler.calibrate import All
from intarsia.compiler.probes import native, programs, rest
from intarsia.cost_models import calibrate, devices, rates
from intarsia.cost_models.calibrate import Point, Sample
from intarsia.cost_models.cost import Setup
from intarsia.cost_models.phases import PhaseCosts
from intarsia.ir.device import Device

ROUNDS = 3
"""Of each measurement."""


@dataclass
class Recalibration:
    """Rates of some kernels, renewed from the rounds of the last two `measure`s."""

    probes: All
    points: list[Point]
    threads: int
    device: Device
    _recent: list[list[Sample]] = field(default_factory=list)
    _rests: list[rest.Samples] = field(default_factory=list)

    def measure(self) -> None:
        """A few rounds; takes some seconds, most of them asleep."""
        self._recent = [*self._recent[-1:], calibrate.sample(self.probes, self.points, self.threads, ROUNDS)]
        self._rests = [*self._rests[-1:], rest.sample(self.probes.kernels, ROUNDS)]

    def measure_rests(self) -> None:
        """A few rounds of what work takes longer after rests, which are kept."""
        self._rests.append(rest.sample(self.probes.kernels, ROUNDS))

    def during(self, turns: Sequence[Sequence[Burst]]) -> tuple[Device, tuple[Pace, ...]]:
        """This machine at its usual pace in some turns and the last measurements, and the pace of each turn."""
        found = Paces.of([*turns, [Burst(sample.key, 0.0, sample.seconds) for each in self._recent for sample in each]])
        device = calibrate.refreshed(self.device, self.probes, [Sample(key, self.threads, seconds) for key, seconds in found.seconds.items()], self.threads)
        spread = {"spread": self.device.rates["spread"]} if "spread" in self.device.rates else {}
        return self._rested(replace(device, rates=device.rates | spread)), found.turns[:-1]

    def current(self) -> Device:
        """This machine as it was in the last two measurements."""
        return self._rested(calibrate.refreshed(self.device, self.probes, [sample for each in self._recent for sample in each], self.threads))

    def _rested(self, device: Device) -> Device:
        """With the measured rests."""
        rests = {idle: [seconds for each in self._rests for seconds in each[idle]] for idle in self._rests[0]}
        sources = device.sources | {"rest_s": device.sources.get("rest_s", "measured by intarsia bench")}
        return replace(device, rest_s=rest.rest_s(rests), sources=sources)

    def speed(self, device: Device | None = None) -> float:
        """How fast it was (or `device` is), relative to its calibration: the mean over the kernels' rates."""
        now = (device or self.current()).rates
        ratios = [now[key] / self.device.rates[key] for key in (f"{point.key}.{self.threads}" for point in self.points) if key in self.device.rates]
        return sum(ratios) / len(ratios) if ratios else 1.0


@contextmanager
def recalibration(costs: PhaseCosts, setup: Setup) -> Iterator[Recalibration | None]:
    """Ready to measure; None on a machine that was never calibrated."""
    device = devices.local()
    if not device.rates:
        yield None
        return
    wanted = prefixes(costs, setup)
    chosen = [probe for probe in programs.probes() if probe.key.startswith(wanted)]
    with native.kernels([*chosen, rest.probe()], setup.threads) as kernels:
        yield Recalibration(All(kernels, {}, chosen), [Point(probe.key, probe.work) for probe in chosen], setup.threads, device)


def prefixes(costs: PhaseCosts, setup: Setup) -> tuple[str, ...]:
    """Beginnings of the keys of the rates that most of a step's time rests on: its products and its attention."""
    works = [work for phase in costs.phases.values() for work in phase]
    dtypes = dict.fromkeys(rates.operand(weight.dtype, setup) for work in works if work.op in ("llm.matmul", "llm.moe_experts") for weight in work.weights)
    groups = dict.fromkeys(round(work.facts["heads"] / work.facts["kv_heads"]) for work in works if work.op == "llm.attention")
    kinds = ("matmul", "matmul_short", *(["moe_matmul"] if any(work.op == "llm.moe_experts" for work in works) else []))
    products = [f"{name}.{dtype}." for dtype in dtypes for name in kinds]
    return (*products, *(f"{name}.{setup.kv_dtype}.{group}." for group in groups for name in ("attention", "prefill")))
