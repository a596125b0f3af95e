"""`intarsia place`: an instance or a model in, a valid placement out, and what is said of bad ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli
from tests.planner.placement.test_helix_files import PROGRAM

invoke = CliRunner().invoke
LLAMA = {"model_type": "llama", "hidden_size": 8192, "intermediate_size": 22016, "num_hidden_layers": 16, "num_attention_heads": 64, "num_key_value_heads": 64, "vocab_size": 32000}
"""Few layers, of which a T4 holds some."""
CLUSTER = """[SourceNode]
connected_nodes=[0, 1]
[ComputeNode-0]
type=L4
[ComputeNode-1]
type=T4
""" + "".join(f"[Link-{ends}]\nbandwidth=1000 * mbps\n" for ends in ("source-0", "source-1", "0-1", "0-sink", "1-sink"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA))
    return path


def test_an_instance_is_placed_validated_and_written(tmp_path: Path) -> None:
    (tmp_path / "case.lp").write_text(PROGRAM)
    sol, lp = tmp_path / "case.sol", tmp_path / "ours.lp"
    done = invoke(cli.app, ["place", str(tmp_path / "case.lp"), "--time-limit", "10", "-o", str(sol), "--write-lp", str(lp), "--json"])
    assert done.exit_code == 0, done.output
    row = json.loads(done.stdout)[0]
    assert row["tokens_per_s"] == row["validated_tokens_per_s"] == 4.0 and row["helix_tokens_per_s"] == pytest.approx(4.0) and row["gap"] == pytest.approx(0.0, abs=1e-5)
    assert "start_0 0" in sol.read_text() and "machines_0_on_0_1" in lp.read_text() and "number_of_0" in lp.read_text()
    assert {flow["from"] for flow in row["flows"]} == {"source", "0", "1"}


def test_a_model_is_placed_on_a_fleet(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = invoke(cli.app, ["place", str(model), "--fleet", "1xL4 + 2xT4", "--time-limit", "2", "-o", str(out)])
    assert done.exit_code == 0, done.output
    row = json.loads(out.read_text())
    assert row["layers"] == 16 and row["machines"] == 3 and 0 < row["tokens_per_s"] <= row["bound_tokens_per_s"] * (1 + 1e-9)
    assert "l4" in done.stdout and "[0, " in done.stdout


def test_types_that_a_device_widens_are_named(model: Path) -> None:
    done = invoke(cli.app, ["place", str(model), "--fleet", "1xL4 + 1xA100-40GB-PCIe", "--precision", "f8", "--time-limit", "1"])
    assert done.exit_code == 0 and "note: A100-40GB-PCIe has no products of f8: priced in bf16" in done.stderr and "L4 has no" not in done.stderr


def test_a_cluster_file_of_helix_is_a_fleet(model: Path, tmp_path: Path) -> None:
    (tmp_path / "cluster.ini").write_text(CLUSTER)
    done = invoke(cli.app, ["place", str(model), "--fleet", str(tmp_path / "cluster.ini"), "--time-limit", "1", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["placement"].keys() == {"0", "1"}


@pytest.mark.parametrize(("fleet", "message"), [
    (None, "need a fleet"), ("1xT4", "layers together, the model has 16"), ("cluster.ini", "ComputeNode-0"), ("none.ini", "cannot read"),
])  # fmt: skip
def test_what_can_not_be_placed_says_why(model: Path, tmp_path: Path, fleet: str | None, message: str) -> None:
    (tmp_path / "cluster.ini").write_text(CLUSTER.replace("type=L4", "type=K8"))
    named = str(tmp_path / fleet) if fleet and fleet.endswith("ini") else fleet
    done = invoke(cli.app, ["place", str(model), *(["--fleet", named] if named else []), "--time-limit", "1"])
    assert done.exit_code == 2 and message in done.stderr, done.stderr


def test_a_network_needs_a_bandwidth(model: Path) -> None:
    for text in ("fast", "0Gb/s"):
        done = invoke(cli.app, ["place", str(model), "--fleet", "2xL4", "--network", text])
        assert done.exit_code == 2 and "the network" in done.stderr
