"""Speed of the serving simulator on real traces, one core: `python -m tests.bench.simulator` prints it beside what is to be reached.

Seconds are of CPU, the best of three runs in a warm process; the traces are those of INTARSIA_DATA.
"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from intarsia import knobs
from intarsia.compiler.frontends import hf_sizes, traces
from intarsia.cost_models.devices import load
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.cost_models.serving.steady import System
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.planner.simulate import Load, Replica, Report, simulate

LLAMA_70B = {
    "model_type": "llama", "hidden_size": 8192, "intermediate_size": 28672, "num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "vocab_size": 128256,
}  # fmt: skip
"""Llama-3-70B's config.json, sizes alone."""
RUNS = 3


@dataclass(frozen=True)
class Figure:
    """One measured figure: its value, its unit, and what is to be reached (at most, or at least for rates)."""

    name: str
    value: float
    unit: str
    target: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target


@lru_cache
def system(precision: str, tp: int = 8, pp: int = 1) -> System:
    return System(hf_sizes.read(LLAMA_70B, "config.json"), load("H100-SXM"), Plan(tp=tp, pp=pp), Precision(precision, kv="f8" if precision == "f8" else "bf16"), cost=Priced("vllm"))


def replica(chosen: System) -> Replica:
    return Replica(StepTable.build(chosen), chosen.kv_tokens(), parameters={"max_batch_tokens": 8192, "max_sequences": 256})


def timed(run: Callable[[], Report], runs: int = RUNS) -> tuple[float, Report]:
    """The fewest CPU-seconds of several runs, and what the last one found."""
    best = float("inf")
    for _ in range(runs):
        gc.collect()
        begun = time.process_time()
        found = run()
        best = min(best, time.process_time() - begun)
    return best, found


def figures(data: Path) -> list[Figure]:
    """All of them. Takes about a minute."""
    apex = Load.of(traces.read(data / "apex" / "llama_creation_05.csv"))
    mooncake = Load.of(traces.read(data / "traces" / "mooncake" / "conversation_trace.jsonl"))
    one, piped, busy = replica(system("bf16")), replica(system("bf16", 4, 2)), replica(system("f8"))
    begun = time.process_time()
    StepTable.build(system("bf16"))
    built = time.process_time() - begun
    seconds, found = timed(lambda: simulate(apex, one))
    in_stages, staged = timed(lambda: simulate(apex, piped))
    four, _ = timed(lambda: simulate(mooncake, [busy] * 4, router="prefix_aware"))
    alone, _ = timed(lambda: simulate(mooncake, busy), 1)
    return [
        Figure("step table of a system, tables warm", built, "s", 0.2),
        Figure(f"APEX's creation trace ({len(apex.jobs)} requests), TP8", seconds, "s", 0.5),
        Figure("the same, TP4 x PP2", in_stages, "s", 0.5),
        Figure("iterations a second, TP8", found.iterations / seconds, "1/s", 200_000, at_least=True),
        Figure("iterations a second, TP4 x PP2", staged.iterations / in_stages, "1/s", 200_000, at_least=True),
        Figure(f"Mooncake's conversations ({len(mooncake.jobs)} requests), four replicas of TP8", four, "s", 10),
        Figure("the same, one overloaded replica", alone, "s", 10),
        Figure("most memory of a process that runs Mooncake's on four replicas", memory(data), "MB", 500),
    ]


def memory(data: Path) -> float:
    """Megabytes that a fresh process has at most while it reads tables and trace and simulates."""
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        return fresh.submit(_peak, data).result()


def _peak(data: Path) -> float:
    simulate(Load.of(traces.read(data / "traces" / "mooncake" / "conversation_trace.jsonl")), [replica(system("f8"))] * 4, router="prefix_aware")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    data = knobs.get().data or Path("../shared/data")
    for figure in figures(data):
        relation = "at least" if figure.at_least else "at most"
        print(f"{figure.name:75} {figure.value:12,.3f} {figure.unit:4} to reach: {relation} {figure.target:,g}  {'met' if figure.met else 'missed'}")


if __name__ == "__main__":
    main()
