"""APEX's case (arXiv 2411.17651): Llama-3-70B on eight H100 under its six traces, and the runs that its authors measured with vLLM 0.6.0."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure
from tests.bench.planner.given import simulate
from tests.bench.planner.processes import data, plan

FLEET = "8xH100-SXM"
MODEL = "Llama-3.1-70B"
TRACES = ("llama_creation_025", "llama_creation_05", "llama_lmsys_025", "llama_lmsys_05", "llama_summarization_025", "llama_summarization_05")
APEX = {
    "llama_creation_05": (518.0, 271e6, 42.6, 14.8, "TP8"), "llama_lmsys_05": (275.0, 250e6, None, None, "attention DP8, FFN TP8"),
    "llama_summarization_05": (1117.0, 258e6, None, None, "2 x (attention DP4, FFN TP4)"),
}  # fmt: skip
"""CPU-seconds and peak bytes of APEX's own code on a 2-core machine over its 26 plans, its predicted TTFT and TPOT (ms) of its best plan, and that plan."""
PLANS = 26
TPOT_ERROR, TTFT_ERROR = 5.8, 24.0
"""Mean errors in percent of APEX on seven of its measured runs."""
CPU_S, PEAK_BYTES = 10.0, 500e6


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        for trace in TRACES:
            yield from _search(Path(folder), trace)
    yield from _measured()


def _search(folder: Path, trace: str) -> Iterator[Figure]:
    """The whole search over every precision, and its best plan in the precision that APEX took."""
    path = str(data("apex", f"{trace}.csv"))
    found, taken = plan(folder, MODEL, "--fleet", FLEET, "--workload", path)
    cpu, peak, ttft, tpot, best = APEX.get(trace, (float("nan"), float("nan"), None, None, "-"))
    space = found["counts"]["designs"]
    yield _at_most(f"{trace}: search", taken.cpu_s, "CPU-s", "APEX", cpu, CPU_S)
    yield _at_most(f"{trace}: peak memory", taken.peak_bytes, "bytes", "APEX", peak, PEAK_BYTES)
    yield Figure(f"{trace}: legal designs of a replica", space, "plans", "APEX", PLANS, space / PLANS, f"> {PLANS}", space > PLANS)
    alike, _ = plan(folder, MODEL, "--fleet", FLEET, "--workload", path, "--precision", "bf16", "--modes", "aggregated")
    first = alike["plans"][0]
    theirs = simulate(MODEL, FLEET, path, tp=8, count=1)
    yield Figure(f"{trace}: TTFT of our best in bf16: {first['plan']}", first["ttft_s"]["value"] * 1e3, "ms", f"APEX's {best}" if ttft else "our simulation of TP8",
                 ttft or theirs.ttft.mean * 1e3, (ttft or theirs.ttft.mean * 1e3) / (first["ttft_s"]["value"] * 1e3))  # fmt: skip
    yield Figure(f"{trace}: TPOT of our best in bf16", first["tpot_s"]["value"] * 1e3, "ms", f"APEX's {best}" if tpot else "our simulation of TP8",
                 tpot or theirs.tpot.mean * 1e3, (tpot or theirs.tpot.mean * 1e3) / (first["tpot_s"]["value"] * 1e3))  # fmt: skip


def _measured() -> Iterator[Figure]:
    """Our simulation beside every complete measured run on the whole eight devices."""
    errors: dict[str, list[float]] = {"TTFT": [], "TPOT": []}
    for row in csv.DictReader(data("apex", "h100_measured_llama.csv").open(newline="")):
        if row["complete"] != "True":
            continue
        tp = int(row["plan"].split("DP")[-1].removesuffix("TP"))
        count = int(row["gpus"]) // tp
        found = simulate(MODEL, f"{row['gpus']}xH100-SXM", str(data("apex", f"{row['trace']}.csv")), tp=tp, count=count, engine="vllm-v0")
        for name, ours, theirs in (("TTFT", found.ttft.mean, float(row["mean_ttft_ms"])), ("TPOT", found.tpot.mean, float(row["tpot_ms"]))):
            errors[name].append(100 * abs(1e3 * ours / theirs - 1))
            yield Figure(f"{row['trace']}, {row['plan']}: {name} simulated", 1e3 * ours, "ms", f"measured, vLLM {row['engine_version']}", theirs, 1e3 * ours / theirs)
    for name, published in (("TTFT", TTFT_ERROR), ("TPOT", TPOT_ERROR)):
        yield Figure(f"median error of {len(errors[name])} measured runs, {name}", median(errors[name]), "%", "APEX, mean of 7", published, published / median(errors[name]))


def _at_most(metric: str, value: float, unit: str, baseline: str, baseline_value: float, target: float) -> Figure:
    shown = f"<= {target / 1e6:.0f} MB" if unit == "bytes" else f"<= {target:g}"
    return Figure(metric, value, unit, baseline, baseline_value, baseline_value / value, shown, value <= target)
