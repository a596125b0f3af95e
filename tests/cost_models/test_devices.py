"""The device catalogue, device files, and this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from intarsia import knobs
from intarsia.cost_models import devices
from intarsia.cost_models.devices import files, this_machine
from intarsia.errors import InputError
from intarsia.ir.device import Device

WANTED = {"T4", "L4", "A10G", "A100-80GB-SXM", "H100-SXM", "H200", "MI300X", "B200", "x86-laptop", "x86-server"}
GOOD = """name = "box"
kind = "cpu"
cores = 4
watts = 65

[flops]
f32 = 1e11

[[memory]]
name = "dram"
size = 16e9
bandwidth = 40e9

[sources]
cores = "datasheet"
flops = "datasheet"
memory = "datasheet"
watts = "datasheet"
"""


def test_the_catalogue_has_the_devices_and_each_figure_a_source() -> None:
    assert set(devices.available()) >= WANTED
    for name in devices.available():
        device = devices.load(name)
        assert device.name == name
        assert device.sources["flops"] and device.sources["memory"]


@pytest.mark.parametrize(
    ("name", "dtype", "flops", "bandwidth"),
    [("H100-SXM", "bf16", 989.4e12, 3.35e12), ("A100-80GB-SXM", "bf16", 312e12, 2.039e12), ("T4", "f16", 65e12, 320e9), ("MI300X", "f8", 2614.9e12, 5.3e12)],
)
def test_figures_are_dense_and_in_si_units(name: str, dtype: str, flops: float, bandwidth: float) -> None:
    device = devices.load(name)
    assert device.flops[dtype] == flops
    assert device.main_memory.bandwidth == bandwidth


@pytest.mark.parametrize("name", ["h100-sxm", "H100 SXM", "h100_sxm"])
def test_names_are_forgiving(name: str) -> None:
    assert devices.load(name).name == "H100-SXM"


def test_an_unknown_device_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match=r"unknown device 'h100'.*did you mean H100-SXM.*T4"):
        devices.load("h100")


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "box.toml"
    path.write_text(GOOD)
    assert devices.load(str(path)).cores == 4


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("cores = 4", "cores = -4", 3, "cores must be greater than zero"),
        ("watts = 65", "watts = -65", 4, "watts must not be negative"),
        ("watts = 65", "watts = 65\nwats = 3", 5, "unknown field 'wats'"),
        ('kind = "cpu"', 'kind = "toaster"', 2, "choose one of cpu, gpu"),
        ('flops = "datasheet"\n', "", 6, "flops has no source"),
        ("f32 = 1e11", "f32 = 1e30", 6, "which no device has"),
        ("size = 16e9", 'size = "16 GB"', 11, "should be float"),
        ("bandwidth = 40e9", "bandwidth = 0", 9, "greater than zero"),
        ("cores = 4", "cores = ", 3, "no valid TOML"),
        ('name = "box"\n', "", None, "needs name"),
    ],
)
def test_bad_files_are_refused_with_their_line(tmp_path: Path, old: str, new: str, line: int | None, words: str) -> None:
    path = tmp_path / "box.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        files.read(path)
    assert words in str(caught.value)
    assert str(path) + (f":{line}" if line else "") in str(caught.value)


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("a.toml", "b.toml"):
        with pytest.raises(InputError, match="cannot read the device file"):
            files.read(tmp_path / name)


def test_written_files_read_back_equal(tmp_path: Path) -> None:
    device = replace(this_machine.estimate(), rates={"gemv.q4.a8.1": 1.5e10}, sources=dict(this_machine.estimate().sources, rates='a "quoted" \\ source'))
    files.write(device, tmp_path / "sub" / "local.toml")
    assert files.read(tmp_path / "sub" / "local.toml") == device
    assert [p.name for p in (tmp_path / "sub").iterdir()] == ["local.toml"]


def test_an_unwritable_place_gives_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write the device file"):
        files.write(this_machine.estimate(), tmp_path / "file" / "local.toml")


CPUINFO = "processor : 0\ncpu MHz : 3000.0\nflags : fpu {}\n"


@pytest.mark.parametrize(
    ("flags", "isa", "per_cycle"),
    [("avx2 fma f16c", "avx2", 32), ("avx512f avx512bw avx512vl avx512_vnni avx2 fma f16c", "avx512vnni", 32), ("sse2", "portable", 8)],
)
def test_the_estimate_reads_the_vector_unit(flags: str, isa: str, per_cycle: int) -> None:
    device = this_machine.estimate(CPUINFO.format(flags))
    assert device.isa == isa
    assert device.flops["f32"] == device.cores * 3e9 * per_cycle
    assert "not measured" in device.sources["memory"]


def test_the_estimates_instruction_set_is_that_of_code_generation() -> None:
    from intarsia.codegen.cpu import isa

    assert this_machine.estimate().isa == isa.detect().name


def test_local_prefers_a_calibration_and_says_so(tmp_path: Path) -> None:
    with knobs.scope(cache=tmp_path):
        assert "not measured" in devices.local().sources["launch_s"]
        measured = replace(this_machine.estimate(), rates={"disk": 1e9}, sources=dict(this_machine.estimate().sources, launch_s="measured", rates="measured"))
        files.write(measured, this_machine.calibration_file())
        assert devices.load("local") == measured


def test_a_calibration_of_another_machine_is_not_used(tmp_path: Path) -> None:
    with knobs.scope(cache=tmp_path):
        files.write(replace(this_machine.estimate(), isa="other"), this_machine.calibration_file())
        assert "another processor" in devices.local().sources["flops"]


def test_a_damaged_calibration_names_the_way_out(tmp_path: Path) -> None:
    with knobs.scope(cache=tmp_path):
        this_machine.calibration_file().write_text("cores = [")
        with pytest.raises(InputError, match="intarsia calibrate"):
            devices.local()


@pytest.mark.parametrize(("cores", "counts"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])])
def test_thread_counts_are_powers_of_two_and_all(cores: int, counts: list[int]) -> None:
    assert this_machine.thread_counts(cores) == counts


def test_a_device_survives_the_ir() -> None:
    device = devices.load("MI300X")
    assert Device.from_dict(device.to_dict()) == device
