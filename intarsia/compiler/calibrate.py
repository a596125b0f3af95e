"""`intarsia calibrate`: the code generator's own kernels and the runtime's own work, measured by cost_models/calibrate.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from intarsia.compiler.probes import disk, host, linalg, native, programs, rest
from intarsia.cost_models import calibrate as measuring
from intarsia.cost_models.calibrate import Point
from intarsia.cost_models.devices import files
from intarsia.cost_models.devices.this_machine import available_cores, calibration_file
from intarsia.ir.device import Device


def calibrate(threads: int | None = None, progress: measuring.Progress | None = None, path: Path | None = None) -> Device:
    """Measure this machine with 1, 2, 4, ... up to all (or `threads`) threads, and write its device file. Raises InputError where that fails."""
    counts = None if threads is None else sorted({1, min(threads, available_cores())})
    if progress is not None:
        progress(0.0, "compiling kernels")
    with native.kernels(programs.probes(), max(counts or [available_cores()])) as kernels, host.works() as works, linalg.calls() as calls:
        device = measuring.calibrate(All(kernels, works | calls), counts, progress, disk.rates, lambda: rest.rest_s(rest.sample(kernels)))
    files.write(device, path or calibration_file())
    return device


class All:
    """Native kernels and Python's work together: an implementation of `cost_models.calibrate.Probes`."""

    def __init__(self, kernels: native.Kernels, works: dict[str, host.Work], probes: Sequence[programs.Probe] | None = None) -> None:
        self.kernels, self.works = kernels, works
        self.native = {probe.key: probe for probe in (programs.probes() if probes is None else probes)}

    def points(self) -> Sequence[Point]:
        return [Point(work.key, work.amount, threaded=False) for work in self.works.values()] + [Point(probe.key, probe.work) for probe in self.native.values()]

    def prepare(self, point: Point, threads: int) -> None:
        if point.key in self.native:
            self.kernels.prepare(self.native[point.key], threads)

    def run(self, point: Point, threads: int) -> float:
        return self.kernels.run(self.native[point.key], threads) if point.key in self.native else self.works[point.key].run()

    def launch(self, threads: int) -> float:
        return self.kernels.launch(threads)
