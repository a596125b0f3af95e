"""Operators of a stage split over eight devices, beside Megatron's layout by hand: seconds of a step by the cost model."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.planner.processes import config, run
from tests.bench.planner.solved import Solved, solved

MODELS = ("Llama-3.1-8B", "Llama-3.1-70B", "Qwen3-32B")
STEPS = {"decode": ("--phase", "decode", "--sequences", "64", "--context", "2048"), "prefill": ("--phase", "prefill", "--sequences", "1", "--tokens", "4096", "--context", "0")}


def figures() -> Iterator[Solved]:
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            for name, step in STEPS.items():
                taken = run([sys.executable, "-m", "intarsia", "shard", str(config(Path(folder), model)), "--fleet", "8xH100-SXM", *step, "--json"])
                found = json.loads(taken.output)[0]
                yield solved(f"{model}, {name}", "step", 1e3 * found["seconds"], "ms", "Megatron's layout", 1e3 * found["megatron_s"], bound=1e3 * found["bound_s"], cpu_s=taken.cpu_s,
                             peak_bytes=taken.peak_bytes, target=1e3 * found["megatron_s"])  # fmt: skip
