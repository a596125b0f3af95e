"""APEX's case (arXiv 2411.17651): Llama-3-70B on eight H100 under its six traces, and the runs that its authors measured with vLLM 0.6.0."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median

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
OLD = "vllm-v0"
"""vLLM 0.6.0, which plans no step ahead."""
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
    ours = {name: first[key]["value"] * 1e3 for name, key in (("TTFT", "ttft_s"), ("TPOT", "tpot_s"))}
    for name, said in (("TTFT", ttft), ("TPOT", tpot)):
        if said:
            yield Figure(f"{trace}: {name} of our best in bf16: {first['plan']}", ours[name], "ms", f"APEX's {best}, as APEX says", said, said / ours[name])
    yield from _their_plan(trace, path, best, ours, {"TTFT": ttft, "TPOT": tpot})


def _their_plan(trace: str, path: str, best: str, ours: dict[str, float], said: dict[str, float | None]) -> Iterator[Figure]:
    """APEX's best plan on our simulator: beside our best plan, beside what APEX says of it, and beside vLLM's measured run where there is one.

    Its plans with attention groups over dense layers that are split are none that the engines have for such models; TP8 stands for them.
    """
    shown = best if best == "TP8" else f"TP8 (for APEX's {best}, which no engine runs)"
    found = simulate(MODEL, FLEET, path, tp=8, count=1)
    for name, value in (("TTFT", 1e3 * found.ttft.mean), ("TPOT", 1e3 * found.tpot.mean)):
        yield Figure(f"{trace}: {name} of {shown} on our simulator", value, "ms", "our best plan in bf16", ours[name], ours[name] / value)
        if (theirs := said[name]) is not None:
            yield Figure(f"{trace}: {name} of {shown} on our simulator", value, "ms", "as APEX says", theirs, value / theirs)
    for row in _runs():
        if (row["plan"], row["trace"]) == ("8TP", trace):
            old = simulate(MODEL, FLEET, path, tp=8, count=1, engine=OLD)
            for name, value, column in (("TTFT", old.ttft.mean, "mean_ttft_ms"), ("TPOT", old.tpot.mean, "tpot_ms")):
                yield Figure(f"{trace}: {name} of TP8 on our simulator, with that engine's host", 1e3 * value, "ms", "measured, vLLM 0.6.0", float(row[column]), 1e3 * value / float(row[column]))


def _measured() -> Iterator[Figure]:
    """Our simulation beside every complete measured run on the whole eight devices."""
    errors: dict[str, list[float]] = {"TTFT": [], "TPOT": []}
    for row in _runs():
        tp = int(row["plan"].split("DP")[-1].removesuffix("TP"))
        count = int(row["gpus"]) // tp
        found = simulate(MODEL, f"{row['gpus']}xH100-SXM", str(data("apex", f"{row['trace']}.csv")), tp=tp, count=count, engine=OLD)
        for name, ours, theirs in (("TTFT", found.ttft.mean, float(row["mean_ttft_ms"])), ("TPOT", found.tpot.mean, float(row["tpot_ms"]))):
            errors[name].append(100 * abs(1e3 * ours / theirs - 1))
            yield Figure(f"{row['trace']}, {row['plan']}: {name} simulated", 1e3 * ours, "ms", f"measured, vLLM {row['engine_version']}", theirs, 1e3 * ours / theirs)
    for name, published in (("TTFT", TTFT_ERROR), ("TPOT", TPOT_ERROR)):
        for kind, of in (("mean", mean), ("median", median)):
            yield Figure(f"{kind} error of {len(errors[name])} measured runs, {name}", of(errors[name]), "%", "APEX, mean of 7", published, published / of(errors[name]))


def _runs() -> list[dict[str, str]]:
    """The measured runs whose logs are whole."""
    with data("apex", "h100_measured_llama.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["complete"] == "True"]


def _at_most(metric: str, value: float, unit: str, baseline: str, baseline_value: float, target: float) -> Figure:
    shown = f"<= {target / 1e6:.0f} MB" if unit == "bytes" else f"<= {target:g}"
    return Figure(metric, value, unit, baseline, baseline_value, baseline_value / value, shown, value <= target)
