"""aiconfigurator (PyPI, 0.12.0) on its own goals, its best plan and ours on one simulator.

Three searches of ours are measured, each in a fresh process: with nothing in Intarsia's cache, where loops are compiled, measured tables are laid out and their
trees are grown, once for an installation, a kind of device and the operators and types that are asked for; the first one of the model after that, which prices its operators from
these and keeps the prices; and a later one, which reads them (planner/search/kept.py).
Its goals are means at the load of a closed loop; here both plans get the highest open load at which half of the requests keep the same goals.
"""

from __future__ import annotations

import csv
import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.planner.search import rates
from intarsia.planner.search.kept import FOLDER as PRICES
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.result import decode, deployment
from intarsia.planner.search.scenario import Scenario
from intarsia.planner.search.space import Deployment
from tests.bench.figures import Figure
from tests.bench.planner import given
from tests.bench.planner.processes import Taken, Unavailable, plan, run

PEERS = Path("build/peers")
PACKAGE = "aiconfigurator==0.12.0"
CPU_S = 5.0
TIMES, HOLDS = 6, 0.95
"""A rate that was found has to hold for a load that goes on so many times as long, but for so much."""
ROUNDS = 3
"""First and later searches take turns; figures are those of the run in the middle."""


@dataclass(frozen=True)
class Case:
    """One task that both solve. `types` are ours for what the peer serves; `published_cpu_s` what the peer took on a 2-core machine before."""

    title: str
    model: str
    stored: str
    peer_model: str
    precision: Precision
    isl: int
    osl: int
    ttft_ms: float
    tpot_ms: float
    devices: int = 32
    system: str = "h200_sxm"
    device: str = "H200"


CASES = (
    Case("Qwen3-32B-FP8, 32 H200, 4000/500", "Qwen3-32B", "f8_block", "Qwen/Qwen3-32B-FP8", Precision("f8_block", kv="f8"), 4000, 500, 300, 10),
    Case("DeepSeek-V3, 32 H200, 4000/1000", "DeepSeek-V3", "f8_block", "deepseek-ai/DeepSeek-V3", Precision("f8_block", kv="f8"), 4000, 1000, 1000, 40),
)


def figures() -> Iterator[Figure]:
    peer = _installed()
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            yield from _case(case, peer, Path(folder))


def _installed() -> Path:
    """The peer's command, in a virtual environment of its own."""
    command = PEERS / "bin" / "aiconfigurator"
    if not command.exists():
        for step in ([sys.executable, "-m", "venv", str(PEERS)], [str(PEERS / "bin" / "pip"), "install", "--quiet", PACKAGE]):
            done = subprocess.run(step, capture_output=True, text=True)
            if done.returncode:
                raise Unavailable(f"{PACKAGE} can't be installed: {done.stderr[-300:]}")
    return command


def _case(case: Case, peer: Path, folder: Path) -> Iterator[Figure]:
    theirs, their_cost = _peer(case, peer, folder)
    goals = f"ttft={case.ttft_ms}ms,tpot={case.tpot_ms}ms,percentile=50"
    load = f"rate={theirs.rate:g}/s,prompt_tokens={case.isl},output_tokens={case.osl},requests=512"
    words = (
        "--fleet", f"{case.devices}x{case.device}", "--workload", load, "--slo", goals, "--find", "rate", "--serving-engine", "trtllm",
        "--precision", f"{case.precision.weights}/{case.precision.kv}",
    )  # fmt: skip
    cache = folder / case.model / "cache"
    _, very_first = plan(folder, case.model, *words, quantised=case.stored, cache=cache)
    firsts, laters = [], []
    for _ in range(ROUNDS):
        shutil.rmtree(cache / PRICES)
        firsts.append(plan(folder, case.model, *words, quantised=case.stored, cache=cache)[1])
        found, taken = plan(folder, case.model, *words, quantised=case.stored, cache=cache)
        laters.append(taken)
    first, our_cost = _median(firsts), _median(laters)
    yield Figure(f"{case.title}: search with an empty cache", very_first.cpu_s, "CPU-s", "aiconfigurator 0.12.0", their_cost.cpu_s, their_cost.cpu_s / very_first.cpu_s)
    yield Figure(f"{case.title}: first search of the model", first.cpu_s, "CPU-s", "aiconfigurator 0.12.0", their_cost.cpu_s, their_cost.cpu_s / first.cpu_s, f"<= {CPU_S:g}", first.cpu_s <= CPU_S)
    yield Figure(f"{case.title}: search", our_cost.cpu_s, "CPU-s", "aiconfigurator 0.12.0", their_cost.cpu_s, their_cost.cpu_s / our_cost.cpu_s, f"<= {CPU_S:g}", our_cost.cpu_s <= CPU_S)
    yield Figure(f"{case.title}: search, wall", our_cost.wall_s, "s", "aiconfigurator 0.12.0", their_cost.wall_s, their_cost.wall_s / our_cost.wall_s)
    yield Figure(f"{case.title}: peak memory", our_cost.peak_bytes, "bytes", "aiconfigurator 0.12.0", their_cost.peak_bytes, their_cost.peak_bytes / our_cost.peak_bytes)
    yield from _side_by_side(case, theirs, found, load)


def _median(taken: list[Taken]) -> Taken:
    """The one of an odd number of runs whose CPU time lies in the middle."""
    return sorted(taken, key=lambda one: one.cpu_s)[len(taken) // 2]


@dataclass(frozen=True)
class Peer:
    """The peer's best plan: pools of (role, workers, plan, sequences), and what it says of it."""

    pools: tuple[tuple[str, int, Plan, int], ...]
    rate: float
    tokens_per_s_device: float
    ttft_ms: float
    tpot_ms: float


def _peer(case: Case, peer: Path, folder: Path) -> tuple[Peer, Taken]:
    saved = folder / case.model / "peer"
    taken = run([
        str(peer), "cli", "default", "--model-path", case.peer_model, "--system", case.system, "--total-gpus", str(case.devices), "--isl", str(case.isl), "--osl", str(case.osl),
        "--ttft", f"{case.ttft_ms:g}", "--tpot", f"{case.tpot_ms:g}", "--no-color", "--save-dir", str(saved),
    ])  # fmt: skip
    rows = [(path.parent.name, row) for path in saved.rglob("best_config_topn.csv") for row in list(csv.DictReader(path.open(newline="")))[:1]]
    if not rows:
        raise Unavailable("aiconfigurator saved no plan")
    mode, best = max(rows, key=lambda pair: float(pair[1]["tokens/s/gpu_cluster"] if "tokens/s/gpu_cluster" in pair[1] else pair[1]["tokens/s/gpu"]))
    return _plan(case, mode, best), taken


def _plan(case: Case, mode: str, row: dict[str, str]) -> Peer:
    """A row of its table: replicas of one worker, or of x prefilling and y decoding workers."""
    number = {key: float(value) for key, value in row.items() if _is_number(value)}
    per_device = number["tokens/s/gpu"]
    said = (per_device, number["ttft"], number["tpot"])
    rate = per_device * case.devices / case.osl
    if mode == "disagg":
        pools = [(role, int(number[f"({p})workers"]), _sizes(number, f"({p})"), int(number[f"({p})bs"])) for role, p in (("prefill", "p"), ("decode", "d"))]
        size = sum(count * plan.devices for _, count, plan, _ in pools)
        copies = case.devices // size
        return Peer(tuple((role, copies * count, plan, batch) for role, count, plan, batch in pools), rate, *said)
    plan = _sizes(number, "")
    return Peer((("serve", case.devices // plan.devices, plan, int(number["bs"])),), rate, *said)


def _sizes(number: dict[str, float], prefix: str) -> Plan:
    tp, pp, dp = (int(number.get(f"{prefix}{name}", 1)) for name in ("tp", "pp", "dp"))
    return Plan(tp, pp, dp, max(1, int(number.get(f"{prefix}moe_ep", 1))))


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except (TypeError, ValueError):
        return False


def _side_by_side(case: Case, theirs: Peer, found: dict[str, object], load: str) -> Iterator[Figure]:
    made = given.problem(case.model, f"{case.devices}x{case.device}", load, "trtllm", 50.0, case.ttft_ms / 1e3, case.tpot_ms / 1e3)
    their_plan = Deployment(tuple(given.pool(made, role, count, plan, case.precision, 8192 if role != "prefill" else max(8192, case.isl * batch), max(batch, 1)) for role, count, plan, batch in theirs.pools))
    ours = deployment(decode(json.dumps(found).encode()).plans[0])
    their_rate, our_rate = (_rate(made, deployed, theirs.rate) for deployed in (their_plan, ours))
    each = case.osl / case.devices
    told = found["answer"]
    assert isinstance(told, dict)
    longer = replace(made, workload=Scenario(requests=int(TIMES * told["requests"])).apply(made.workload))
    held = _rate(longer, ours, told["rate_per_s"])
    what = f"{case.title}: rate of our plan with {TIMES} times the requests that it was found with"
    yield Figure(what, held, "requests/s", "the rate found", told["rate_per_s"], held / told["rate_per_s"], f">= {HOLDS:g}", held >= HOLDS * told["rate_per_s"])
    yield Figure(f"{case.title}: {ours}", our_rate * each, "tokens/s/device", f"aiconfigurator's {their_plan}, our simulator", their_rate * each, our_rate / their_rate if their_rate else math.inf)
    yield Figure(f"{case.title}: aiconfigurator's plan on our simulator", their_rate * each, "tokens/s/device", "as aiconfigurator says", theirs.tokens_per_s_device, their_rate * each / theirs.tokens_per_s_device)


def _rate(made: Problem, deployed: Deployment, guess: float) -> float:
    """The highest rate at which the goals hold."""
    return rates.rate_of(made, deployed, guess, lambda plan, scenario: given.run(made, plan, scenario))
