"""Fresh processes and what they take: CPU-seconds of a process and all that it waited for, wall seconds, peak memory."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intarsia import knobs
from intarsia.compiler.serving_models import CONFIGS


class Unavailable(Exception):
    """Data or a peer that is not here."""


@dataclass(frozen=True)
class Taken:
    """What a command printed, and what it took."""

    output: str
    cpu_s: float
    wall_s: float
    peak_bytes: float


TRACE = Path(__file__).parents[3] / "examples" / "traces" / "apex.csv"
WATCH = """
import os, resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
taken = resource.getrusage(resource.RUSAGE_CHILDREN)
os.write(int(sys.argv[1]), f"{taken.ru_utime + taken.ru_stime} {taken.ru_maxrss}".encode())
sys.exit(status)
"""
"""Stands between: Linux counts a parent's memory at the moment of exec as the child's, and the bench's own is large."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Taken:
    """Raises Unavailable where the command fails, with the end of what it said; 2 with an answer is one that misses its goals."""
    began = time.perf_counter()
    reading, writing = os.pipe()
    with open(reading, closefd=True) as usage:
        done = subprocess.run(
            [sys.executable, "-S", "-c", WATCH, str(writing), *command], capture_output=True, text=True, pass_fds=[writing], env={**os.environ, **(environment or {})}
        )
        wall_s = time.perf_counter() - began
        os.close(writing)
        if done.returncode not in (0, 2) or (done.returncode and not done.stdout):
            raise Unavailable(f"{' '.join(command)[:120]} failed: {done.stderr[-400:]}")
        cpu_s, kilobytes = map(float, usage.read().split())
    return Taken(done.stdout, cpu_s, wall_s, kilobytes * 1024.0)


def plan(folder: Path, model: str, *arguments: str, quantised: str = "", cache: Path | None = None) -> tuple[dict[str, Any], Taken]:
    """`intarsia plan` on a model's config: its result, and what the whole command took. Bytecode is kept from run to run, as that of an installed package is.

    `cache`: a folder to use instead of the user's, as it is.
    """
    get_ready(folder)
    own = {"INTARSIA_CACHE": str(cache)} if cache else {}
    taken = run([sys.executable, "-m", "intarsia", "plan", str(config(folder, model, quantised)), *arguments, "--json"], {"PYTHONDONTWRITEBYTECODE": ""} | own)
    if not taken.output:
        raise Unavailable("intarsia plan printed nothing")
    return json.loads(taken.output), taken


@functools.cache
def get_ready(folder: Path) -> None:
    """A small search before the first that counts: an installation's first one compiles loops and grows the trees of measured tables."""
    run([sys.executable, "-m", "intarsia", "plan", str(config(folder, "Llama-3.1-8B")), "--fleet", "2xH100-SXM", "--workload", str(TRACE)])


def config(folder: Path, model: str, quantised: str = "") -> Path:
    """A config.json of a published model."""
    values = dict(CONFIGS[model]) | ({"quantization_config": {"quant_method": "fp8", **({"weight_block_size": [128, 128]} if quantised == "f8_block" else {})}} if quantised else {})
    path = folder / model / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))
    return path


def data(*parts: str) -> Path:
    """A file of the real data. Raises Unavailable without it."""
    folder = knobs.get().data
    path = folder.joinpath(*parts) if folder else None
    if path is None or not path.exists():
        raise Unavailable(f"{'/'.join(parts)} is not here: set INTARSIA_DATA")
    return path
