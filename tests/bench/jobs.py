"""What one process measures: a job goes in as JSON, its samples come back as JSON.

Every run of an engine has a process of its own, so that its memory and its threads touch no other run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Job:
    """One run: `kind` is single, batch, stream or block; `passive` sets OMP_WAIT_POLICY; `path` is a GGUF or a bundle; `hog` runs beside a busy process."""

    kind: str
    engine: str
    threads: int
    path: str = ""
    passive: bool = False
    prompt_tokens: int = 512
    decode_tokens: int = 96
    sequences: int = 8
    repeats: int = 3
    max_seconds: float = 12.0
    hog: bool = False

    @property
    def label(self) -> str:
        return f"{self.engine} {self.kind}, {self.threads} thread{'s' * (self.threads > 1)}{', passive' * self.passive}"


Samples = dict[str, list[float]]
"""Measured values by metric; rates in tokens/s, times in seconds, memory and bandwidth in bytes."""


def environment(job: Job) -> dict[str, str]:
    """The process's environment: thread counts, and the waiting policy only where the job asks for it."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "KMP_", "GOMP_"))}
    counts = {name: str(1 if job.kind == "stream" else job.threads) for name in names}
    return plain | counts | ({"OMP_WAIT_POLICY": "passive"} if job.passive else {})


def run(job: Job, timeout_s: float = 600.0) -> Samples:
    """Run the job in a process of its own. Raises RuntimeError with the end of its output."""
    command = [sys.executable, "-m", "tests.bench.worker", json.dumps(asdict(job))]
    done = subprocess.run(command, cwd=ROOT, env=environment(job), capture_output=True, text=True, timeout=timeout_s)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise RuntimeError(f"{job.label} failed: {(done.stderr or done.stdout).strip()[-800:]}")
    return dict(json.loads(lines[-1]))
