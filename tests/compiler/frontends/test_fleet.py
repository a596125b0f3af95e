"""Fleets: shorthands and files, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.compiler.frontends import fleet, quantities
from intarsia.errors import InputError, IntarsiaError
from intarsia.ir.module import Builder, Module, attribute

ROOT = Path(__file__).resolve().parents[3]


def module_of(spec: object, base_dir: Path | None = None) -> Module:
    module = Module.create("agent")
    fleet.add_fleet(Builder(module), spec, base_dir)
    return module.verify()


@pytest.mark.parametrize(("spec", "names", "counts"), [(None, ["local"], [1]), ("local", ["local"], [1]), ("8xH100-SXM", ["h100_sxm"], [8]), ("2x L4 + local", ["l4", "local"], [2, 1])])
def test_shorthands(spec: str | None, names: list[str], counts: list[int]) -> None:
    module = module_of(spec)
    assert [(attribute(op, "sym_name"), attribute(op, "count")) for op in module.ops("plan.device")] == list(zip(names, counts, strict=True))


def test_several_devices_have_their_own_link() -> None:
    module = module_of("8xH100-SXM")
    link = module.first("plan.link")
    assert attribute(link, "source") == attribute(link, "target") == "h100_sxm" and attribute(link, "bandwidth") > 1e11
    alone = module_of("H100-SXM")
    assert alone.first("plan.link") is None


def test_a_file() -> None:
    module = module_of(ROOT / "examples" / "fleets" / "mixed.yaml")
    devices = {attribute(op, "sym_name"): attribute(op, "facts") for op in module.ops("plan.device")}
    assert list(devices) == ["h100", "l4", "host"] and devices["l4"]["rent_usd_per_h"] == 0.45
    links = {(attribute(op, "source"), attribute(op, "target")): (attribute(op, "bandwidth"), attribute(op, "latency_s")) for op in module.ops("plan.link")}
    assert links["h100", "host"] == (50e9, 2e-6) and links["h100", "l4"][0] == 12.5e9 and ("h100", "h100") in links


def test_a_mapping() -> None:
    module = module_of({"devices": {"gpu": "L4"}, "links": [{"between": ["gpu"], "bandwidth": "1GB/s"}]})
    assert attribute(module.first("plan.link"), "target") == "gpu"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("devices: {gpu: {device: H900}}", 1, "unknown device 'H900'"),
        ("devices:\n  gpu: {device: L4, count: 0}", 2, "`count` must be greater than zero"),
        ("devices:\n  gpu: {device: L4, count: two}", 2, "`count` should be a whole number"),
        ("devices:\n  gpu: {device: L4, price: 3}", 2, "did you mean `price_usd`"),
        ("devices:\n  gpu: {device: L4, price_usd: -3}", 2, "zero or more"),
        ("devices:\n  gpu: L4\n  gpu: L4", 3, "'gpu' stands here twice"),
        ("devices: {}", 1, "`devices` is empty"),
        ("devices: [L4]", 1, "`devices` should be a mapping"),
        ("devices: {gpu: L4}\nlinks:\n  - {between: [gpu, cpu], bandwidth: 1GB/s}", 3, "'cpu', which is no device"),
        ("devices: {gpu: L4}\nlinks:\n  - {between: [gpu], bandwidth: fast}", 3, "`bandwidth` should be a bandwidth"),
        ("devices: {gpu: L4}\nlinks:\n  - {between: [gpu]}", 3, "needs `bandwidth`"),
        ("devices: {gpu: L4}\nlinks:\n  - {between: [gpu], bandwidth: 0}", 3, "greater than zero"),
        ("- L4", 1, "should be a mapping"),
        ("devices: {9: L4}", 1, "'9' is not a word"),
    ],
)
def test_refusals(text: str, line: int, words: str, tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        module_of(file)
    assert f"fleet.yaml:{line}" in str(caught.value)


@pytest.mark.parametrize("spec", ["", "0xlocal", "8x", "L4+L4", "a" * 200, "nofleet.yaml"])
def test_bad_shorthands(spec: str) -> None:
    if spec == "":
        assert fleet.read(spec)[0][0].name == "local"
        return
    with pytest.raises(InputError):
        fleet.read(spec)


@given(st.text(max_size=30))
def test_any_shorthand_is_read_or_refused(spec: str) -> None:
    try:
        fleet.read(spec.replace(".toml", "").replace(".yaml", ""))
    except IntarsiaError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("unit", "value", "wanted"),
    [
        (quantities.seconds, "500ms", 0.5), (quantities.seconds, 2, 2.0), (quantities.seconds, "1.5 h", 5400.0), (quantities.bandwidth, "400Gb/s", 50e9), (quantities.bandwidth, "900GB/s", 900e9),
        (quantities.bandwidth, 450e9, 450e9), (quantities.rate, "90/min", 1.5), (quantities.rate, 3, 3.0), (quantities.bandwidth, "16GiB/s", 16 * 2**30),
    ],
)
def test_quantities(unit: object, value: object, wanted: float) -> None:
    assert unit(value) == pytest.approx(wanted)  # type: ignore[operator]


@given(st.one_of(st.text(max_size=12), st.floats(), st.booleans(), st.none()))
def test_any_quantity_is_read_or_refused(value: object) -> None:
    for unit in (quantities.seconds, quantities.bandwidth, quantities.rate):
        try:
            assert abs(unit(value)) < float("inf")
        except ValueError as error:
            assert str(error)
