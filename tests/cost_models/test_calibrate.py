"""Calibration with probes whose speed is known; and that it gives a device file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from intarsia.cost_models import calibrate, ops, probe, rates, sources
from intarsia.cost_models.calibrate import Point, Probes
from intarsia.cost_models.devices import files, load


class Steady(Probes):
    """A machine that does 1e11 FLOP/s a thread and reads 1e10 bytes/s, with 1 us a launch; each round takes one of `factors` times as long."""

    def __init__(self, *factors: float) -> None:
        self.factors, self.rounds, self.prepared = factors or (1.0,), 0, 0

    def points(self) -> Sequence[Point]:
        rows = [Point(f"matmul.q4.a8.{m}", 2e6 * m) for m in (1, 128)]
        return [Point("tool", 4.0, threaded=False), *rows, Point("rmsnorm.q8", 1e5)]

    def prepare(self, point: Point, threads: int) -> None:
        self.prepared += 1

    def run(self, point: Point, threads: int) -> float:
        if point.key == "tool":
            return 4e-5
        seconds = max(0.625e6 / 1e10, point.work / (1e11 * threads)) if point.key.startswith("matmul") else point.work / 1e10
        return 1e-6 + seconds * self.factors[self.rounds // (1 + calibrate.REPEATS) % len(self.factors)]

    def launch(self, threads: int) -> float:
        self.rounds += threads == 1
        return 1e-6


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "LEAST_S", 0.0)


def test_rates_come_out_as_they_went_in_without_overhead() -> None:
    seen: list[str] = []
    probes = Steady()
    device = calibrate.calibrate(probes, [1, 2], lambda share, what: seen.append(what), lambda: {"disk": 1.23456e9})
    assert device.launch_s == {"1": 1e-6, "2": 1e-6}
    assert device.rates["matmul.q4.a8.1.1"] == pytest.approx(2e6 / 6.25e-5, rel=1e-3)
    assert device.rates["matmul.q4.a8.128.2"] == pytest.approx(2e11, rel=1e-3)
    assert device.rates["rmsnorm.q8.2"] == pytest.approx(1e10, rel=1e-3)
    assert device.rates["tool"] == pytest.approx(1e5)
    assert device.main_memory.bandwidths == {"1": pytest.approx(1e10, rel=1e-3), "2": pytest.approx(1e10, rel=1e-3)}
    assert device.flops["i8"] == pytest.approx(2e11, rel=1e-3)
    assert device.rates["disk"] == pytest.approx(1.23456e9, rel=1e-3) and device.rates["spread"] == 1e-3
    assert len(seen) == probes.prepared == calibrate.ROUNDS * 7
    assert "measured on" in device.sources["rates"]


def test_one_disturbed_round_changes_little() -> None:
    device = calibrate.calibrate(Steady(1.0, 1.0, 5.0, 1.0), [1])
    assert device.rates["matmul.q4.a8.128.1"] == pytest.approx(1e11, rel=1e-3)
    assert device.rates["spread"] > 0.1


def test_costs_of_a_calibrated_device_are_those_that_were_measured() -> None:
    device = rates.narrow(calibrate.calibrate(Steady(), [1, 2]), 2)
    found = sources.cost(ops.Gemm(128, 1000, 1000, "q4.a8"), device)
    assert found.source == "probe" and found.seconds == pytest.approx(1e-6 + 2.56e8 / 2e11, rel=1e-3)
    assert 0 < found.error_band < 0.2


def test_what_the_time_does_not_allow_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "BUDGET_S", -1.0)
    device = calibrate.calibrate(Steady(), [1])
    assert set(device.rates) == {"spread"}
    assert device.flops["f32"] > 0


def test_a_busy_machine_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate.Others, "share", lambda self: 0.6)
    assert "others took 60% of the cores" in calibrate.calibrate(Steady(), [1]).sources["rates"]


def test_a_calibrated_device_is_a_valid_file(tmp_path: Path) -> None:
    device = calibrate.calibrate(Steady(), [1])
    files.write(device, tmp_path / "local.toml")
    assert files.read(tmp_path / "local.toml") == device


def test_some_rates_are_renewed_and_the_others_stay() -> None:
    """The machine has become half as fast since its calibration."""
    device = calibrate.calibrate(Steady(), [1])
    slow = Steady(2.0)
    samples = calibrate.sample(slow, slow.points()[1:3], 1, rounds=2)
    found = calibrate.refreshed(device, slow, samples, 1)
    assert found.rates["matmul.q4.a8.128.1"] == pytest.approx(device.rates["matmul.q4.a8.128.1"] / 2, rel=1e-3)
    assert found.rates["rmsnorm.q8.1"] == device.rates["rmsnorm.q8.1"] and found.rates["tool"] == device.rates["tool"]


def test_stairs_of_rows_stay_where_short_products_were_measured_at_few_rows() -> None:
    """Tiles of four rows: 6, 7 and 8 rows take two. Short inner dimensions, a tenth slower, were measured at 4, 8 and 16 rows alone; between them the stairs are those of the long."""
    tiles = {1: 1, 4: 1, 5: 1.25, 6: 2, 8: 2, 9: 2.25, 10: 3, 12: 3, 16: 4}
    rates_of = {f"matmul.q4.a8.{m}.1": 2.0 * m / (each * 1e-9) for m, each in tiles.items()}
    short = {f"matmul_short.q4.a8.{m}.1": 2.0 * m / (tiles[m] * 1.1e-9) for m in (4, 8, 16)}
    device = replace(load("H100-SXM"), cores=1, rates=rates_of | short, launch_s={"1": 0.0})
    seconds = [float(probe.Probe().estimate(ops.Gemm(m, 1.0, float(probe.SHORT_K), "q4.a8"), device).seconds[0]) / probe.SHORT_K for m in (4, 6, 7, 8, 11, 12)]
    assert seconds == pytest.approx([1.1e-9, 2.2e-9, 2.2e-9, 2.2e-9, 3.3e-9, 3.3e-9], rel=1e-6)
