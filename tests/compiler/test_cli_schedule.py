"""`intarsia schedule`: a workflow in, a valid schedule out, and what is said of bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli

invoke = CliRunner().invoke


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    tasks = [{"id": "split", "children": ["left", "right"], "outputFiles": ["half"]}, {"id": "left", "children": [], "inputFiles": ["half"]}, {"id": "right", "children": [], "inputFiles": ["half"]}]
    times = [{"id": name, "runtimeInSeconds": seconds} for name, seconds in (("split", 2), ("left", 4), ("right", 8))]
    flow = {"workflow": {"specification": {"tasks": tasks, "files": [{"id": "half", "sizeInBytes": 1_000_000}]}, "execution": {"tasks": times}}}
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(flow))
    return path


def test_a_schedule_is_printed_written_and_drawn(workflow: Path, tmp_path: Path) -> None:
    out, svg = tmp_path / "out.json", tmp_path / "out.svg"
    done = invoke(cli.app, ["schedule", str(workflow), "--speeds", "1,2", "--bandwidth", "1MB/s", "--time-limit", "10", "-o", str(out), "--svg", str(svg), "--json"])
    assert done.exit_code == 0, done.output
    row = json.loads(done.stdout)[0]
    assert row["makespan_s"] == pytest.approx(6.0)  # split 1 s and right 4 s on the quick one, left after a move of 1 s on the slow one
    assert row["bound_s"] <= row["makespan_s"] and row["heft_s"] >= row["makespan_s"]
    written = json.loads(out.read_text())
    assert written == row["schedule"] and {t["task"] for t in written} == {"split", "left", "right"}
    drawn = ElementTree.fromstring(svg.read_text())
    assert "makespan" not in svg.read_text() and len(drawn.findall(".//{*}title")) == 3


def test_the_table_has_what_matters(workflow: Path) -> None:
    done = invoke(cli.app, ["schedule", str(workflow), "--heuristics"])
    assert done.exit_code == 0
    for word in ("makespan", "bound", "gap", "HEFT", "CPOP"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--speeds", "1,x"], "numbers with commas"), (["--speeds", "1,-1"], "must be positive"), (["--bandwidth", "fast"], "bandwidth"), (["-o", "/no/such/folder/x.json"], "cannot write")],
)
def test_bad_arguments_are_one_line(workflow: Path, arguments: list[str], words: str) -> None:
    done = invoke(cli.app, ["schedule", str(workflow), "--heuristics", *arguments])
    assert done.exit_code == 2 and words in done.stderr and done.stderr.count("\n") == 1
