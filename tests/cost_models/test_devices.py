"""The device catalogue, device files, and this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia import knobs
from intarsia.cost_models import devices
from intarsia.cost_models.devices import catalogue, checks, files, this_machine
from intarsia.errors import InputError
from intarsia.ir.device import Device

WANTED = {
    "T4", "V100-32GB-SXM", "A10G", "L4", "A40", "L40S", "A100-40GB-PCIe", "A100-40GB-SXM", "A100-80GB-PCIe", "A100-80GB-SXM", "H100-PCIe", "H100-SXM", "H200", "B200", "GB200",
    "MI250X", "MI300X", "MI325X", "MI355X", "Gaudi2", "Gaudi3", "Max-1550", "TPU-v5e", "TPU-v5p", "TPU-v6e", "Inferentia2", "Trainium2", "SN40L", "EPYC-7763", "EPYC-9554",
    "EPYC-9755", "Xeon-8480Plus", "Xeon-6980P", "x86-laptop", "x86-server",
}  # fmt: skip
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
        for figure in checks.figures(device):
            assert device.source_of(checks.SOURCE_OF.get(figure, figure)), f"{name}: {figure}"


@pytest.mark.parametrize(
    ("name", "dtype", "flops", "bandwidth"),
    [
        ("H100-SXM", "bf16", 989.4e12, 3.35e12),
        ("A100-80GB-SXM", "bf16", 312e12, 2.039e12),
        ("T4", "f16", 65e12, 320e9),
        ("MI300X", "f8", 2614.9e12, 5.3e12),
        ("L40S", "f8", 733e12, 0.864e12),
        ("H100-PCIe", "f16", 756.5e12, 2e12),
        ("GB200", "f4", 1e16, 8e12),
        ("MI355X", "f4", 10066.3e12, 8e12),
        ("Trainium2", "f8", 1299e12, 2.9e12),
        ("TPU-v5e", "bf16", 197e12, 0.819e12),
        ("SN40L", "bf16", 638e12, 1.6e12),
        ("EPYC-7763", "f32", 5.0176e12, 0.2048e12),
    ],
)
def test_figures_are_dense_and_in_si_units(name: str, dtype: str, flops: float, bandwidth: float) -> None:
    device = devices.load(name)
    assert device.flops[dtype] == flops
    assert device.main_memory.bandwidth == bandwidth


@pytest.mark.parametrize("name", ["h100-sxm", "H100 SXM", "h100_sxm", "H100-SXM5", "H100-80GB-SXM"])
def test_names_are_forgiving(name: str) -> None:
    assert devices.load(name).name == "H100-SXM"


def test_every_alias_leads_to_one_device_and_hides_none() -> None:
    found: dict[str, str] = {}
    for name in devices.available():
        for alias in catalogue.entry(name).aliases:
            assert devices.load(alias).name == name
            assert found.setdefault(alias.lower(), name) == name


@pytest.mark.parametrize("name", ["../h100-sxm", "/etc/passwd", "", ".", "h100/sxm"])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(InputError, match="unknown device"):
        devices.load(name)


def test_the_memory_that_models_live_in_is_the_middle_of_three_tiers() -> None:
    device = devices.load("SN40L")
    assert [tier.name for tier in device.memory] == ["sram", "hbm", "ddr5"]
    assert device.main_memory.name == "hbm"


def test_figures_as_printed_stand_beside_the_datasheets() -> None:
    printed = {name: rows["arXiv:2507.19635"] for name in devices.available() if (rows := catalogue.entry(name).as_printed)}
    assert set(printed) == {"A40", "A100-80GB-SXM", "Gaudi3", "MI300X", "H100-SXM", "B200"}
    assert (printed["H100-SXM"].f16_tflops, devices.load("H100-SXM").flops["f16"]) == (1979, 989.4e12)
    assert all(row.note for row in printed.values())


@given(st.sampled_from(devices.available()), st.sampled_from(["f16", "bf16", "f8", "i8"]))
def test_a_sparse_figure_among_dense_ones_is_found(name: str, dtype: str) -> None:
    device = devices.load(name)
    related = [other for ratio in checks.RATIOS if dtype in ratio[:2] for other in ratio[:2] if other != dtype and other in device.flops]
    if device.kind == "cpu" or dtype not in device.flops or not set(related) - {"f32"} or device.flops[dtype] < max(device.flops.values()) / 20:
        return  # Blackwell Ultra has few units for integers: their rate says nothing of sparsity
    wrong = checks.problem(replace(device, flops=device.flops | {dtype: 2.3 * device.flops[dtype]}).to_dict())
    assert wrong is not None and "sparsity" in wrong[1]


@given(st.sampled_from(devices.available()), st.sampled_from([1e-12, 1e-9, 1e3, 1e9]), st.data())
def test_a_figure_in_another_unit_is_found(name: str, factor: float, data: st.DataObject) -> None:
    facts = devices.load(name).to_dict()
    tier = data.draw(st.sampled_from(facts["memory"]))
    key = data.draw(st.sampled_from(["bandwidth", "size"]))
    tier[key] *= factor
    wrong = checks.problem(facts)
    alone = len(facts["memory"]) == 1 or factor == 1e3
    assert wrong is not None or alone


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
        ("size = 16e9", "size = 16", 11, "a figure in GB?"),
        ("bandwidth = 40e9", "bandwidth = 40", 12, "a figure in GB/s?"),
        ('watts = "datasheet"', 'watts = "datasheet"\nclock_hz = "datasheet"\n[as_printed.x]\nprice_usd = 1', 20, "as_printed needs memory_gb"),
        ("f32 = 1e11", "f32 = 0.1", 7, "a figure in TFLOP/s?"),
        ("bandwidth = 40e9", "bandwidth = 40e12", 12, "no dram exceeds"),
        ("watts = 65", "watts = 0.065", 4, "a figure in kW?"),
        ("watts = 65", "watts = inf", 4, "which no device has"),
        ("watts = 65", "watts = 65\nprice_usd = 100", 5, "price_usd has no source"),
        ('memory = "datasheet"', 'memory = "datasheet: 16 GiB"', 11, "which is 16 GB, but its source says 16 GiB"),
        ('kind = "cpu"', 'kind = "cpu"\naliases = 3', 3, "aliases should list"),
        ('kind = "cpu"', 'kind = "cpu"\nas_printed = {x = {memory_gb = 3}}', 3, "as_printed needs price_usd"),
        ('kind = "cpu"', 'kind = "cpu"\nports = [{kind = "pcie4", bandwidth = -1}]', 3, "bandwidth and a count greater than zero"),
        ('kind = "cpu"', 'kind = "cpu"\nports = [3]', 3, "ports lists kind"),
        ('kind = "cpu"', 'kind = "cpu"\nports = [{kind = "pcie4", bandwidth = 3e10}]', 3, "ports has no source"),
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


GPU = """name = "card"
kind = "gpu"
cores = 100
rent_usd_per_h = 2

[flops]
f32 = 50e12
tf32 = 400e12
f16 = 800e12
bf16 = 800e12
f8 = 1600e12

[[memory]]
name = "l2"
size = 50e6
bandwidth = 5e12

[[memory]]
name = "hbm3"
size = 80e9
bandwidth = 3e12

[sources]
cores = "datasheet"
flops = "datasheet: dense"
"memory.l2" = "datasheet"
"memory.hbm3" = "datasheet, 80 GB"
rent_usd_per_h = "price list, 2026"
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("f8 = 1600e12", "f8 = 3200e12", 11, "flops.f8 is 4 times flops.f16"),
        ("f16 = 800e12\nbf16 = 800e12", "f16 = 1600e12\nbf16 = 1600e12", 9, "sparsity"),
        ("tf32 = 400e12", "tf32 = 1600e12", 8, "sparsity"),
        ("size = 80e9", "size = 85899345920", 20, "which is 80 GiB, but its source says 80 GB"),
        ("bandwidth = 3e12", "bandwidth = 24e12", 21, "is faster than l2"),
        ("bandwidth = 5e12", "bandwidth = 2e12", 21, "is faster than l2"),
        ("size = 50e6", "size = 50e12", 20, "is smaller than l2"),
        ('"memory.hbm3" = "datasheet, 80 GB"', '"memory.hbm3.size" = "datasheet"', 21, "memory.hbm3.bandwidth has no source"),
        ('"memory.hbm3" = "datasheet, 80 GB"', '"memory.hbm3" = " "', 20, "memory.hbm3.size has no source"),
        ("price list, 2026", "price list", 4, "name the year"),
        ('name = "hbm3"', 'name = "l2"', 13, "two tiers named l2"),
    ],
)
def test_what_no_accelerator_has_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    path = tmp_path / "card.toml"
    path.write_text(GPU)
    assert files.read(path).domain == 0
    path.write_text(GPU.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        files.read(path)
    assert words in str(caught.value)
    assert f"{path}:{line}," in str(caught.value)


def test_gib_need_the_sources_word(tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    text = GPU.replace("size = 80e9", "size = 85899345920")
    path.write_text(text.replace("datasheet, 80 GB", "datasheet"))
    with pytest.raises(InputError, match="is 80 GiB; datasheets count GB"):
        files.read(path)
    path.write_text(text.replace("datasheet, 80 GB", "datasheet, 80 GiB"))
    assert files.read(path).main_memory.size == 80 * 2**30


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
    for name in devices.available():
        device = devices.load(name)
        assert Device.from_dict(device.to_dict()) == device


def test_a_fleet_of_the_catalogue_survives_the_text_of_the_ir() -> None:
    from intarsia.compiler.frontends import fleet
    from intarsia.ir.module import Builder, Module, attribute

    module = Module.create("agent")
    fleet.add_fleet(Builder(module), "8xGaudi3 + 4xGB200 + SN40L + EPYC-Genoa")
    read = [Device.from_dict(attribute(op, "facts")) for op in Module.parse(str(module)).ops("plan.device")]
    assert read == [devices.load(name) for name in ("Gaudi3", "GB200", "SN40L", "EPYC-9554")]


def test_a_catalogue_device_survives_its_file(tmp_path: Path) -> None:
    device = devices.load("H100-SXM")
    files.write(device, tmp_path / "h100.toml")
    assert files.read(tmp_path / "h100.toml") == device
