"""Calibration with probes whose speed is known; and that the real probes run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from intarsia.cost_models import calibrate
from intarsia.cost_models.devices import files


class Steady:
    """Kernels of a machine that does 1e11 FLOP/s a thread and reads 1e10 bytes/s, with 1 us a launch."""

    def formats(self) -> Sequence[tuple[str, str]]:
        return [("f32", "a32"), ("q4", "a8")]

    def matmul(self, fmt: str, activations: str, rows: int, threads: int) -> tuple[float, float]:
        elements = 1e6
        size = elements * (4 if fmt == "f32" else 0.625)
        return 1e-6 + max(size / 1e10, 2 * elements * rows / (1e11 * threads)), elements

    def attention(self, kv_dtype: str, rows: int, threads: int) -> tuple[float, float, float]:
        return 1e-6 + (1e-4 if rows == 1 else 1e-3), 1e7 * rows, 1e6

    def launch(self, threads: int) -> float:
        return 1e-6


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "LEAST_S", 0.0)
    monkeypatch.setattr(calibrate, "DISK_BYTES", 1 << 20)


def test_rates_come_out_as_they_went_in_without_overhead() -> None:
    seen: list[str] = []
    device = calibrate.calibrate(Steady(), [1, 2], lambda share, what: seen.append(what))
    assert device.launch_s == {"1": 1e-6, "2": 1e-6}
    assert device.rates["gemv.f32.a32.1"] == pytest.approx(1e10, rel=1e-3)
    assert device.rates["gemv.q4.a8.2"] == pytest.approx(1e10, rel=1e-3)
    assert device.rates["gemm.f32.a32.2"] == pytest.approx(2e11, rel=1e-3)
    assert device.rates["attention.f16.1"] == pytest.approx(1e10, rel=1e-3)
    assert device.main_memory.bandwidths == {"1": pytest.approx(1e10, rel=1e-3), "2": pytest.approx(1e10, rel=1e-3)}
    assert device.rates["disk"] > 0
    assert len(seen) == calibrate.ROUNDS * len(device.rates)
    assert "measured on" in device.sources["rates"]


def test_what_the_time_does_not_allow_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "BUDGET_S", -1.0)
    device = calibrate.calibrate(Steady(), [1])
    assert device.rates == {}
    assert device.flops["f32"] > 0


def test_a_calibrated_device_is_a_valid_file(tmp_path: Path) -> None:
    device = calibrate.calibrate(Steady(), [1])
    files.write(device, tmp_path / "local.toml")
    assert files.read(tmp_path / "local.toml") == device


def test_the_emitted_kernels_run_as_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    from intarsia.compiler import calibrate as wiring

    monkeypatch.setattr(wiring, "STREAM_BYTES", 1 << 22)
    monkeypatch.setattr(wiring, "KV_BYTES", 1 << 22)
    monkeypatch.setattr(wiring, "FORMATS", (("q4", "a8"), ("f32", "a32")))
    with wiring.kernels(2) as probes:
        assert 0 < probes.launch(1) < 1e-3
        assert 0 < probes.launch(2) < 1e-1
        seconds, elements = probes.matmul("q4", "a8", 3, 2)
        assert seconds > 0 and elements == wiring.N * wiring.K
        seconds, flops, size = probes.attention("f16", 128, 1)
        assert seconds > 0 and flops > 0 and size == 2 * wiring.KV_HEADS * wiring.HEAD_DIM * wiring.CONTEXT * 2
