"""CP-SAT in a process of its own: its answers, and what becomes of a worker that is missing or fails."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from intarsia.planner.ilp import worker
from intarsia.planner.memory import cpsat, offsets
from intarsia.planner.memory.problem import blocks_of, load_bound
from intarsia.planner.validate import offset_problems
from tests.planner.packings import perfect
from tests.planner.test_offsets import hard

needs_ortools = pytest.mark.skipif(not worker.has_cpsat(), reason="the extra cpsat is not installed")


@needs_ortools
def test_it_finds_offsets_and_proves_that_there_are_none() -> None:
    blocks = blocks_of(hard())
    found = cpsat.fit(blocks, 18 * 1024, 1024, 30)
    assert found.offsets is not None
    places = {b.names[0]: o for b, o in zip(blocks, found.offsets, strict=True)}
    assert offset_problems(hard(), places, 18 * 1024) == []
    assert cpsat.fit(blocks, 17 * 1024, 1024, 30).infeasible


@needs_ortools
def test_it_takes_what_the_search_leaves_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offsets, "SEARCH_SHARE", 0.0)
    buffers = perfect(30, 5)
    found = offsets.assign(buffers, 1, time_limit_s=30)
    assert (found.peak, found.proof) == (load_bound(blocks_of(buffers)), "optimal")
    assert found.stage in ("cpsat", "heuristics") and offset_problems(buffers, found.offsets, found.peak) == []


@pytest.mark.parametrize(
    ("stdout", "code", "words"),
    [("", 1, "failed with code 1: boom"), ("[1, 2]", 0, "failed with code 0"), ('{"status": "unknown"}', 0, "found neither"), ('{"status": "found"}', 0, "nonsense")],
)
def test_a_worker_that_fails_is_a_note(monkeypatch: pytest.MonkeyPatch, stdout: str, code: int, words: str) -> None:
    monkeypatch.setattr(worker, "has_cpsat", lambda: True)
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: subprocess.CompletedProcess(args, code, stdout, "boom"))
    found = cpsat.fit(blocks_of(hard()), 17 * 1024, 1024, 1)
    assert words in found.trouble and found.offsets is None and not found.infeasible


def test_a_worker_that_hangs_or_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: Any, timeout: float, **kwargs: Any) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(worker, "has_cpsat", lambda: True)
    monkeypatch.setattr(subprocess, "run", hang)
    assert "did not answer in 11 s" in cpsat.fit(blocks_of(hard()), 17 * 1024, 1024, 1).trouble
    monkeypatch.setattr(worker, "has_cpsat", lambda: False)
    assert "pip install 'intarsia[cpsat]'" in cpsat.fit(blocks_of(hard()), 17 * 1024, 1024, 1).trouble


def test_the_solvers_stay_apart() -> None:
    program = "import sys, intarsia.planner.memory.offsets, intarsia.planner.memory.cpsat_worker; print('ortools' in sys.modules, 'highspy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split() == ["False"] * 2
