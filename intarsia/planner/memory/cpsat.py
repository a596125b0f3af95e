"""Offsets by CP-SAT at a fixed capacity, in a process of its own: ortools and highspy from 1.13 on can't share one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.planner.memory.problem import Block

GRACE_S = 10.0
"""Beyond the time limit, for starting the process and building the model."""


@dataclass(frozen=True)
class Outcome:
    """Offsets, or that there are none, or a sentence that says why neither is known."""

    offsets: list[int] | None = None
    infeasible: bool = False
    trouble: str = ""


def available() -> bool:
    """Whether the extra `cpsat` is installed."""
    return importlib.util.find_spec("ortools") is not None


def fit(blocks: Sequence[Block], capacity: int, unit: int, time_limit_s: float) -> Outcome:
    """Offsets of `blocks` under `capacity`; `unit` divides sizes, and alignments or the other way round. A worker that fails is no error."""
    if not available():
        return Outcome(trouble="CP-SAT is not installed (pip install 'intarsia[cpsat]')")
    rows = [(b.lower, b.upper, b.size // unit, max(1, b.alignment // unit)) for b in blocks]
    request = json.dumps({"blocks": rows, "capacity": capacity // unit, "time_limit_s": time_limit_s})
    command = [sys.executable, "-m", "intarsia.planner.memory.cpsat_worker"]
    try:
        done = subprocess.run(command, input=request, capture_output=True, text=True, timeout=time_limit_s + GRACE_S)
    except subprocess.TimeoutExpired:
        return Outcome(trouble=f"CP-SAT did not answer in {time_limit_s + GRACE_S:.0f} s")
    except OSError as error:
        return Outcome(trouble=f"CP-SAT could not be started: {error.strerror}")
    return _read(done, unit)


def _read(done: subprocess.CompletedProcess[str], unit: int) -> Outcome:
    try:
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
        if answer["status"] == "found":
            return Outcome([int(offset) * unit for offset in answer["offsets"]])
        return Outcome(infeasible=answer["status"] == "infeasible", trouble="" if answer["status"] == "infeasible" else "CP-SAT found neither offsets nor a proof in its time")
    except (ValueError, KeyError, TypeError):
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        return Outcome(trouble=f"CP-SAT failed with code {done.returncode}: {last}")
