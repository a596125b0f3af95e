"""`intarsia memory`: files in, offsets out, and what is said where nothing fits."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli

invoke = CliRunner().invoke
SMALL = "id,lower,upper,size\nb1,0,3,4\nb2,3,9,4\nb3,0,9,4\nb4,9,21,4\nb5,0,21,4\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text(SMALL)
    return path


def rows(arguments: list[str]) -> tuple[dict[str, Any], int, str]:
    done = invoke(cli.app, ["memory", *arguments, "--json"])
    return json.loads(done.stdout)[0] if done.stdout else {}, done.exit_code, done.stderr


def test_offsets_are_written_in_the_format_they_are_read_in(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    row, code, _ = rows([str(small), "--capacity", "12", "-o", str(out)])
    assert (code, row["peak"], row["bound"], row["load"], row["gap"], row["proof"]) == (0, 12, 12, 12, 0.0, "optimal")
    assert row["stage"] == "heuristics" and row["cpu_s"] >= 0 and row["conflict"] is None
    with out.open() as file:
        written = list(csv.DictReader(file))
    assert [r["id"] for r in written] == ["b1", "b2", "b3", "b4", "b5"] and list(written[0]) == ["id", "lower", "upper", "size", "offset"]
    assert all(0 <= int(r["offset"]) <= 8 for r in written)
    again, code, _ = rows([str(out)])
    assert code == 0 and again["peak"] == 12


def test_the_table_has_what_matters(small: Path) -> None:
    done = invoke(cli.app, ["memory", str(small)])
    assert done.exit_code == 0
    for word in ("bound", "peak", "gap", "proof", "CPU s", "optimal", "0.00%"):
        assert word in done.stdout


def test_a_capacity_below_the_load_says_why_and_writes_nothing(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    row, code, error = rows([str(small), "--capacity", "11", "-o", str(out)])
    assert code == 2 and not out.exists() and row["proof"] == "infeasible"
    assert row["conflict"]["load"] == 12 and len(row["conflict"]["buffers"]) == 3
    assert "error:" in error and "3 buffers over [0, 3)" in error and "need 12 at one time, 1 more than 11" in error


def test_bad_files_are_errors_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(SMALL + "b6,4,4,1\n")
    done = invoke(cli.app, ["memory", str(path)])
    assert done.exit_code == 2 and f"{path}:7" in done.stderr and "[4, 4) is empty" in done.stderr
    assert invoke(cli.app, ["memory", str(path), "--capacity", "0"]).exit_code == 2
    assert "No such file" in invoke(cli.app, ["memory", str(tmp_path / "absent.csv")]).stderr


def test_an_interruption_prints_the_best_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from intarsia.planner.memory import csv_file, exact
    from tests.planner.packings import perfect

    def interrupt(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(exact.Search, "fit", interrupt)
    path, out, buffers = tmp_path / "hard.csv", tmp_path / "out.csv", perfect(120, 1)
    csv_file.write(path, buffers, {b.name: 0 for b in buffers})
    row, code, error = rows([str(path), "-o", str(out)])
    assert code == 130 and row["proof"] == "interrupted" and row["peak"] > row["bound"]
    assert "best offsets so far" in error and len(csv_file.read(out)) == 120


def test_every_assignment_is_judged(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from intarsia.planner import validate

    monkeypatch.setattr(validate, "offset_problems", lambda *args: ["b1 has no offset"])
    monkeypatch.setenv("INTARSIA_VALIDATE", "1")
    done = invoke(cli.app, ["memory", str(small)])
    assert done.exit_code == 2 and "the offsets are not valid: b1 has no offset" in done.stderr
    monkeypatch.setenv("INTARSIA_VALIDATE", "0")
    assert invoke(cli.app, ["memory", str(small)]).exit_code == 0
