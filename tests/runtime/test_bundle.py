"""Bundles that are damaged, cut short, or of another version or machine are refused with the reason."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import BundleError, InputError
from intarsia.native import cpu_features
from intarsia.runtime import load
from intarsia.runtime.bundle import open_bundle
from tests.runtime.bundles import write_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "build")


def change(bundle: Path, **values: Any) -> None:
    path = bundle / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_good_bundle_opens(bundle: Path) -> None:
    assert open_bundle(bundle).models["tiny"]["family"] == "decoder"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"schema": 2}, "has the format 2; this version of Intarsia reads 1"),
        ({"intarsia": "0.0.9"}, "made by Intarsia 0.0.9"),
        ({"target": {"machine": "riscv64", "features": []}}, "for riscv64 machines"),
        ({"models": []}, "models should be a dict"),
        ({"models": {"tiny": {"family": "decoder"}}}, "model tiny: the manifest is damaged: config"),
        ({"files": {"gone.weights": {"bytes": 3}}}, "gone.weights: a file of the bundle is missing"),
        ({"files": {"tiny.tokenizer.json": {"bytes": 3}}}, "should have 3: it was cut short"),
        ({"files": {"agent.json": {"bytes": 9}}, "agent": "agent.json"}, "agent.json: a file of the bundle is missing"),
    ],
)  # fmt: skip
def test_bad_manifests(bundle: Path, values: dict[str, Any], message: str) -> None:
    change(bundle, **values)
    with pytest.raises(BundleError, match=message):
        open_bundle(bundle)


def test_a_processor_without_the_instructions(bundle: Path) -> None:
    machine = json.loads((bundle / "manifest.json").read_text())["target"]["machine"]
    change(bundle, target={"machine": machine, "isa": "quantum", "features": ["qubits"]})
    with pytest.raises(BundleError, match="uses quantum instructions, but this processor has no qubits"):
        open_bundle(bundle)
    load(bundle, driver="null").close()


def test_a_changed_byte_is_found(bundle: Path) -> None:
    path = bundle / "tiny.tokenizer.json"
    data = path.read_bytes()
    change(bundle, files={path.name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}})
    open_bundle(bundle)
    path.write_bytes(data.replace(b"BPE", b"BPF"))
    with pytest.raises(BundleError, match="checksum differs"):
        open_bundle(bundle)


def test_the_null_driver_needs_no_weights(bundle: Path) -> None:
    files = json.loads((bundle / "manifest.json").read_text())["files"]
    change(bundle, files=files | {"tiny.weights": {"bytes": 98_000_000}, "tiny.o": {"bytes": 7}})
    with pytest.raises(BundleError, match="missing"):
        open_bundle(bundle)
    with load(bundle, driver="null") as engine:
        assert len(engine.generate("x", max_tokens=3, ignore_eos=True).tokens) == 3


def test_what_is_no_bundle(tmp_path: Path, bundle: Path) -> None:
    with pytest.raises(BundleError, match="no such directory"):
        load(tmp_path / "nowhere")
    with pytest.raises(BundleError, match=r"has no manifest\.json"):
        load(tmp_path)
    with pytest.raises(InputError, match="unknown driver 'warp'"):
        load(bundle, driver="warp")
    (bundle / "tiny.tokenizer.json").write_text("{}")
    change(bundle, files={})
    with pytest.raises(BundleError, match="cannot read the tokenizer"):
        load(bundle, driver="null")


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 3000), st.sampled_from(["manifest.json", "tiny.tokenizer.json"]))
def test_any_damage_gives_an_error_or_a_bundle(tmp_path_factory: pytest.TempPathFactory, junk: bytes, place: int, name: str) -> None:
    bundle = write_bundle(tmp_path_factory.mktemp("b"))
    data = (bundle / name).read_bytes()
    (bundle / name).write_bytes(data[:place] + junk + data[place + len(junk) :])
    try:
        load(bundle, driver="null").close()
    except (BundleError, InputError) as error:
        assert str(error)


def test_features_are_read_from_cpuinfo() -> None:
    assert cpu_features("processor: 0\nflags\t\t: fpu avx2 f16c\n") == {"fpu", "avx2", "f16c"}
    assert cpu_features("Features\t: asimd\n") == {"asimd"} and cpu_features("") == frozenset()


def streamed(bundle: Path, layers: int, tiers: list[dict[str, Any]], schema: int = 2) -> Path:
    """A bundle whose manifest streams so many layers, with a plan.json of such tiers."""
    (bundle / "plan.json").write_text(json.dumps({"schema": schema, "tiers": tiers}))
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["models"]["tiny"]["stream"] = {"window": 999, "layers": [[i * 4096, (i + 1) * 4096] for i in range(layers)]}
    change(bundle, models=manifest["models"], plan="plan.json", files=manifest["files"] | {"plan.json": {"bytes": (bundle / "plan.json").stat().st_size}})
    return bundle


TIER = {"model": "tiny", "data": "weights", "bytes": 8192, "shares": {"dram": 0.5, "disk": 0.5}, "first": 0, "count": 3, "resident": 4096, "window": 8192}


def test_the_window_of_a_stream_is_the_plans(bundle: Path) -> None:
    kv = {"model": "tiny", "data": "kv", "bytes": 5, "shares": {"dram": 1.0}}
    assert open_bundle(streamed(bundle, 3, [TIER, kv])).models["tiny"]["stream"]["window"] == 8192


def test_a_plan_without_tiers_leaves_the_stream_as_it_was_compiled(bundle: Path) -> None:
    assert open_bundle(streamed(bundle, 3, [], schema=1)).models["tiny"]["stream"]["window"] == 999


def test_tiers_that_are_not_those_of_the_weight_file_are_refused(bundle: Path) -> None:
    with pytest.raises(BundleError, match="the plan has 3 layers in its tiers, the weight file 4"):
        open_bundle(streamed(bundle, 4, [TIER]))


def test_a_plan_of_a_later_version_is_refused(bundle: Path) -> None:
    with pytest.raises(BundleError, match="the plan has the format 3; this version of Intarsia reads 2"):
        open_bundle(streamed(bundle, 3, [TIER], schema=3))
