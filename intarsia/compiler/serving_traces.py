"""Published runs of whole traces, simulated: APEX's measurements of vLLM 0.6.0 (arXiv 2411.17651), Llama-3.1-70B on H100.

That version prefills whole prompts before it decodes on. Runs whose log lacks replicas are left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from intarsia.compiler import serving_models
from intarsia.compiler.frontends import workload
from intarsia.compiler.serving_runs import APEX, Case
from intarsia.cost_models import devices
from intarsia.cost_models.serving.host import HOSTS
from intarsia.cost_models.serving.memory import VLLM_V0
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.cost_models.serving.steady import Engine, Load, System
from intarsia.cost_models.serving.step import OpCost
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import InputError
from intarsia.ir.workload import Workload
from intarsia.planner.simulate.load import Load as Jobs
from intarsia.planner.simulate.serving import Deployment, Pool, Replica
from intarsia.planner.simulate.simulator import simulate

FILE = "h100_measured_llama.csv"
MODEL, DEVICE, HOST = "Llama-3.1-70B", "H100-SXM", HOSTS["vllm-v0"]
MOST_TOKENS, MOST_SEQUENCES = 8192, 256
"""vLLM's max_num_batched_tokens for models of so long a context, and its max_num_seqs."""


def read(data_dir: Path) -> list[tuple[Case, int, Workload]]:
    """Runs, how many replicas each had, and what they served. None without the folder."""
    folder = data_dir / "apex"
    if not (folder / FILE).exists():
        return []
    traces: dict[str, Workload] = {}
    return list(_read(folder, traces))


def _read(folder: Path, traces: dict[str, Workload]) -> Iterator[tuple[Case, int, Workload]]:
    with (folder / FILE).open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["complete"] == "True"]
    for row in rows:
        found = re.fullmatch(r"(?:(\d+)DP)?(\d+)TP", row["plan"])
        if not found:
            raise InputError(f"unknown plan {row['plan']!r}", where=str(folder / FILE))
        name = row["trace"]
        if name not in traces:
            traces[name] = workload.requests(str(folder / f"{name}.csv"))
        served = [request for request in traces[name].requests if request.output_tokens]
        mean = [sum(getattr(request, side) for request in served) // len(served) for side in ("prompt_tokens", "output_tokens")]
        measured = (("TPOT", float(row["tpot_ms"]) / 1e3, None), ("TTFT", float(row["mean_ttft_ms"]) / 1e3, None))
        case = Case(APEX, MODEL, name, "h100_sxm", "", "vllm", row["engine_version"], Plan(int(found.group(2))), Load(max(1, mean[0]), max(1, mean[1])), measured)
        yield case, int(found.group(1) or 1), traces[name]


def predict(runs: list[tuple[Case, int, Workload]], price: OpCost) -> Iterator[tuple[Case, dict[str, float]]]:
    """Means over all requests of each run, by the simulator."""
    replicas: dict[Plan, Replica] = {}
    for case, count, served in runs:
        if case.plan not in replicas:
            replicas[case.plan] = _replica(case.plan, price)
        latency = simulate(Jobs.of(served), Deployment((Pool(replicas[case.plan], count),), token_s=HOST.token_s)).latency
        yield case, {"TPOT": latency.tpot_s.mean, "TTFT": latency.ttft_s.mean}


def _replica(plan: Plan, price: OpCost) -> Replica:
    engine = Engine(MOST_TOKENS, MOST_SEQUENCES, VLLM_V0, prefill_first=True)
    system = System(serving_models.sizes(MODEL), devices.load(DEVICE), plan, Precision("bf16"), engine, price)
    parameters = {"max_batch_tokens": MOST_TOKENS, "max_sequences": MOST_SEQUENCES}
    table = StepTable.build(system).with_overhead(HOST.step_s, HOST.sequence_s, HOST.launches_s(system.config), HOST.captured_rows)
    return Replica(table, system.kv_tokens(), "continuous_batching", parameters)
