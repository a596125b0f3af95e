"""Fresh processes and what they take: CPU-seconds of a process and all that it waited for, wall seconds, peak memory."""

from __future__ import annotations

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


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Taken:
    """Raises Unavailable where the command fails, with the end of what it said."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    assert process.stdout is not None and process.stderr is not None
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 2):
        raise Unavailable(f"{' '.join(command)[:120]} failed: {errors[-400:]}")
    return Taken(output, usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss * 1024.0)


def plan(folder: Path, model: str, *arguments: str, quantised: str = "") -> tuple[dict[str, Any], Taken]:
    """`intarsia plan` on a model's config: its result, and what the whole command took. Bytecode is kept from run to run, as that of an installed package is."""
    taken = run([sys.executable, "-m", "intarsia", "plan", str(config(folder, model, quantised)), *arguments, "--json"], {"PYTHONDONTWRITEBYTECODE": ""})
    if not taken.output:
        raise Unavailable("intarsia plan printed nothing")
    return json.loads(taken.output), taken


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
