"""A large mixed fleet under Mooncake's conversations, and what a search costs as the fleet grows."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from intarsia.planner.search.kept import FOLDER as PRICES
from tests.bench.figures import Figure
from tests.bench.planner.processes import data, plan

FLEET = "64xH100-SXM + 64xH200 + 32xMI300X"
FEW, FEW_REQUESTS = "16xH100-SXM + 16xH200 + 16xMI300X", "rate=1/s,prompt_tokens=2000,output_tokens=200,requests=64"
MODELS = {"DeepSeek-V3": "f8_block", "Llama-3.1-405B": "f8"}
WALL_S = 120.0
SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
LOAD_PER_DEVICE = 0.2
"""Requests a second for each device of the growing fleet, so that the load grows with it."""


def mixed() -> Iterator[Figure]:
    """Both models one after the other, on all cores: first searches of each, after a small one that grows the trees of these devices' tables, once an installation."""
    trace, walls = str(data("traces", "mooncake", "conversation_trace.jsonl")), []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        for model, stored in MODELS.items():
            _, small = plan(Path(folder), model, "--fleet", FEW, "--workload", FEW_REQUESTS, quantised=stored, cache=cache)
            yield _alone(f"{model} on {FEW}, an installation's first search: CPU time", small.cpu_s, "CPU-s")
            shutil.rmtree(cache / PRICES)
            found, taken = plan(Path(folder), model, "--fleet", FLEET, "--workload", trace, "--slo", "ttft=10s,tpot=100ms,percentile=90", quantised=stored, cache=cache)
            first = found["plans"][0]
            walls.append(taken.wall_s)
            yield _alone(f"{model} on {FLEET}: search", taken.wall_s, "s", f"<= {WALL_S:g}", taken.wall_s <= WALL_S)
            yield _alone(f"{model}: CPU time", taken.cpu_s, "CPU-s")
            yield _alone(f"{model}: plans simulated of {found['counts']['candidates']} worth a look, {found['counts']['layouts']} laid out", found["counts"]["simulated"], "plans")
            yield _alone(f"{model}: good requests of {first['plan']}", 100 * first["good"], "%")
    yield _alone("both models: search", sum(walls), "s", f"<= {WALL_S:g}", sum(walls) <= WALL_S)


def growth() -> Iterator[Figure]:
    """The same search on 8 to 1,024 devices under a load that grows with them: CPU-seconds, and the exponent of their growth."""
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            load = f"rate={LOAD_PER_DEVICE * size:g}/s,prompt_tokens=1000,output_tokens=200,requests=512"
            found, taken = plan(Path(folder), "Llama-3.1-70B", "--fleet", f"{size}xH100-SXM", "--workload", load, "--slo", "ttft=2s,tpot=80ms")
            costs.append(taken.cpu_s)
            yield _alone(f"search on {size} H100: {found['counts']['layouts']} layouts, {found['counts']['simulated']} simulated", taken.cpu_s, "CPU-s")
    exponent = math.log(costs[-1] / costs[0]) / math.log(SIZES[-1] / SIZES[0])
    yield _alone("growth of the cost with the fleet: exponent", exponent, "", "< 2", exponent < 2)


def _alone(metric: str, value: float, unit: str, target: str | None = None, met: bool | None = None) -> Figure:
    """A figure without a baseline."""
    return Figure(metric, value, unit, "-", float("nan"), float("nan"), target, met)
