"""Solvers that need a process of their own, such as CP-SAT: ortools and highspy from 1.13 on can't share one.

A worker is a module that reads a request as JSON on standard input and writes its answer as JSON on standard output (`serve`).
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

GRACE_S = 10.0
"""Beyond the time limit, for starting the process and building the model."""


@dataclass(frozen=True)
class Reply:
    """What a worker answered, or a sentence of why it didn't."""

    answer: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""


def has_cpsat() -> bool:
    """Whether the extra `cpsat` is installed."""
    return importlib.util.find_spec("ortools") is not None


def ask_cpsat(module: str, request: Mapping[str, Any], time_limit_s: float) -> Reply:
    """`ask` a worker that solves by CP-SAT, with `time_limit_s` in the request."""
    if not has_cpsat():
        return Reply(trouble="CP-SAT is not installed (pip install 'intarsia[cpsat]')")
    return ask(module, {**request, "time_limit_s": time_limit_s}, time_limit_s, "CP-SAT")


def ask(module: str, request: Mapping[str, Any], time_limit_s: float, name: str = "the solver") -> Reply:
    """The reply of `python -m module`. A worker that fails, or answers nonsense, is no error: its trouble is told."""
    try:
        done = subprocess.run([sys.executable, "-m", module], input=json.dumps(request), capture_output=True, text=True, timeout=time_limit_s + GRACE_S)
    except subprocess.TimeoutExpired:
        return Reply(trouble=f"{name} did not answer in {time_limit_s + GRACE_S:.0f} s")
    except OSError as error:
        return Reply(trouble=f"{name} could not be started: {error.strerror}")
    try:
        answer = json.loads(done.stdout) if done.returncode == 0 else None
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return Reply(answer)
    last = (done.stderr.strip() or "no message").splitlines()[-1]
    return Reply(trouble=f"{name} failed with code {done.returncode}: {last}")


def serve(solve: Callable[..., dict[str, Any]]) -> None:
    """What a worker's main does: `solve` with the request's fields as keywords."""
    json.dump(solve(**json.load(sys.stdin)), sys.stdout)
