"""The planners' bench: a part that fails takes no other part's rows with it, and is told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.bench.figures import Figure
from tests.bench.planner import bench_planner
from tests.bench.planner.processes import Unavailable


def row(name: str) -> Figure:
    return Figure(name, 1.0, "s", "-", float("nan"), float("nan"), "<= 2", True)


def fine() -> Iterator[Figure]:
    yield row("fine")


def half() -> Iterator[Figure]:
    yield row("half")
    raise ZeroDivisionError("a bug")


def absent() -> Iterator[Figure]:
    raise Unavailable("no data here")
    yield


def stopped() -> Iterator[Figure]:
    raise KeyboardInterrupt
    yield


@pytest.mark.parametrize(
    ("parts", "code", "metrics", "said"),
    [
        ("absent,fine", 0, ["fine"], "absent: left out: no data here"), ("half,fine", 1, ["half", "fine"], "ZeroDivisionError: a bug"),
        ("fine,stopped,half", 130, ["fine"], "interrupted in stopped"),
    ],
)  # fmt: skip
def test_rows_outlive_a_part_that_fails(parts: str, code: int, metrics: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bench_planner, "PARTS", {"fine": fine, "half": half, "absent": absent, "stopped": stopped})
    assert bench_planner.main(["--only", parts, "--json"]) == code
    printed = capsys.readouterr()
    assert [found["metric"] for found in json.loads(printed.out)] == metrics
    assert said in printed.err and f"part 1 of {parts.count(',') + 1}" in printed.err


def test_a_part_that_is_none_is_refused() -> None:
    with pytest.raises(SystemExit):
        bench_planner.main(["--only", "nothing"])
