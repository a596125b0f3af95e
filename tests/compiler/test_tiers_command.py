"""`intarsia tiers`: each question, as a table and as JSON, and what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intarsia.compiler.cli import app
from tests.models import tiny_gguf

SCHEDULE: dict[str, Any] = {
    "memories": [{"name": "dram", "bytes": 3e6}, {"name": "disk", "bytes": 1e12}], "links": [{"source": "disk", "target": "dram", "bandwidth": 1e9}],
    "steps": [{"name": f"layer{i}", "seconds": 1e-4} for i in range(4)], "items": [{"name": f"w{i}", "bytes": 1e6, "uses": [i]} for i in range(4)],
}  # fmt: skip
EXPERTS: dict[str, Any] = {
    "speeds": {"gpu_s": 3e-5, "gpu_token_s": 1e-6, "cpu_s": 8e-5, "cpu_token_s": 1e-5, "copy_s": 2e-4}, "capacity": 2,
    "steps": [[{"0": 1, "1": 1, "2": 1}, {"3": 1, "4": 1}]] * 3, "held": [[0], []],
}  # fmt: skip


def rows(*arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["tiers", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return list(json.loads(result.stdout))


def written(path: Path, content: Any) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_offload_prints_flexgens_figure(tmp_path: Path) -> None:
    (row,) = rows("offload", "--model", "6.7b", "--write-lp", str(tmp_path / "a.lp"))
    assert row["tokens_per_s"] == pytest.approx(28.18, abs=0.01) and row["gap"] == 0
    assert (tmp_path / "a.lp").read_text().startswith("\\* shares")


def test_models_prints_each_node() -> None:
    found = {row["node"]: row for row in rows("models", "--count", "60")}
    assert found["dgx-a100"]["value"] > found["dgx-h100"]["value"] > found["sn40l"]["value"]
    assert rows("models", "--count", "60", "--skew", "1", "--node", "sn40l")[0]["value"] < found["sn40l"]["value"]


def test_schedule_and_experts_read_files(tmp_path: Path) -> None:
    (row,) = rows("schedule", written(tmp_path / "s.json", SCHEDULE))
    assert row["bound"] <= row["value"] * 1.0001 and row["value"] <= row["baseline"] and row["loads"]
    (row,) = rows("experts", written(tmp_path / "e.json", EXPERTS))
    assert row["value"] <= row["baseline"] and len(row["visits"]) == 6


def test_buffers_of_a_compiled_model(tmp_path: Path) -> None:
    source = tiny_gguf(tmp_path / "m.gguf")
    done = CliRunner().invoke(app, ["compile", str(source), "--stop-after", "plan"])
    found = rows("buffers", written(tmp_path / "plan.mlir", done.stdout), "--fast", "100kB")
    assert {row["phase"] for row in found} == {"m_prefill", "m_decode"}
    assert all(row["value"] <= row["baseline"] * (1 + 1e-6) for row in found)


@pytest.mark.parametrize(("change", "message"), [
    ({"memories": 3}, "memories should be a list"), ({"memories": []}, "needs memories"), ({"memories": [{"name": "a"}]}, "memories[0]"), ({"links": [{"source": "x", "target": "dram", "bandwidth": 1}]}, "next to each other"),
    ({"items": [{"name": "w", "bytes": 1e6, "uses": [9]}]}, "used in steps [9]"), ({"items": [{"name": "w", "bytes": -1, "uses": [0]}]}, "from 0 to 2^62"), ({"items": ["w"]}, "should be an object"),
    ({"items": [{"name": "w", "bytes": "many", "uses": [0]}]}, "is not as it should be"), ({"items": [{"name": "w", "bytes": True, "uses": [0]}]}, "should be a number"), ({"ahead": "x"}, "is not as it should be"),
    ({"items": [{"name": f"w{i}", "bytes": 5e6, "uses": [i]} for i in range(4)]}, "too much"),
])  # fmt: skip
def test_bad_schedules_are_one_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    result = CliRunner().invoke(app, ["tiers", "schedule", written(tmp_path / "s.json", SCHEDULE | change)])
    assert result.exit_code == 2 and message in result.output and len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize(("arguments", "message"), [
    (["schedule", "nowhere.json"], "cannot read it"), (["offload", "--model", "9x9"], "no sizes are known"), (["offload", "--gpu", "3 apples"], "a size such as"),
    (["models", "--node", "abacus"], "nodes are sn40l"), (["buffers", "nowhere"], "holds no stage plan"), (["offload", "--model", "175b", "--cpu", "1GB", "--disk", "1GB"], "too much"),
])  # fmt: skip
def test_bad_arguments_are_one_line(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["tiers", *arguments])
    assert result.exit_code == 2 and message in result.output and len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize("content", ["", "[]", "{", json.dumps(EXPERTS | {"speeds": {"gpu_s": 1}}), json.dumps(EXPERTS | {"steps": [[{"a": 1}]]}), json.dumps(EXPERTS | {"steps": [{}]})])
def test_bad_experts_are_one_line(tmp_path: Path, content: str) -> None:
    result = CliRunner().invoke(app, ["tiers", "experts", written(tmp_path / "e.json", content)])
    assert result.exit_code == 2 and len(result.output.strip().splitlines()) == 1


def test_where_a_bundles_bytes_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled under a cap, the layers are streamed: the plan, the command and the report say so, and the runtime obeys the plan's window."""
    from intarsia.runtime.bundle import open_bundle

    monkeypatch.setenv("INTARSIA_CACHE", str(tmp_path / "cache"))
    source = tiny_gguf(tmp_path / "m.gguf", layers=6, hidden=128, ffn=256)
    done = CliRunner().invoke(app, ["compile", str(source), "-o", str(tmp_path / "build"), "--memory-cap", "900KB", "--context", "64", "--max-sequences", "1", "--threads", "1"])
    assert done.exit_code == 0, done.output
    found = rows("show", str(tmp_path / "build"))
    layers = next(row for row in found if row["window"])
    assert layers["layers"] == "0 to 5" and "disk" in layers["lives"] and layers["order"].startswith("layer after layer")
    assert {row["data"] for row in found} == {"weights", "kv", "activations"}
    assert "Where bytes live" in (tmp_path / "build" / "report.html").read_text()
    assert open_bundle(tmp_path / "build").models["m"]["stream"]["window"] == layers["window"]


def test_what_is_no_plan_has_no_tiers(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["tiers", "show", str(tmp_path)])
    assert result.exit_code == 2 and "cannot read the plan" in result.stderr
