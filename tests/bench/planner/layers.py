"""Layers on mixed machines: Helix's instances beside the solutions that its authors stored, judged by their own programs, and what placing costs as clusters grow."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from intarsia.planner.placement.flow import expand, helix_lp
from intarsia.planner.placement.flow.place import Options, place
from intarsia.planner.placement.flow.problem import SINK, SOURCE, Arrays, Cluster, Machine, arrays
from tests.bench.figures import Figure
from tests.bench.planner.processes import data, run
from tests.bench.planner.solved import Solved, solved

INSTANCES = {
    "single_cluster_llama30b_a100": 5, "single_cluster_llama30b_t4": 5, "single_cluster_llama30b_l4": 10, "ablation_quality": 10,
    "ablation_raw_24": 30, "distributed_clusters_llama70b": 30, "single_cluster_llama70b": 60, "high_heterogeneity_llama70b": 60,
}  # fmt: skip
"""Helix's instances, and the seconds that each gets here."""
LIMIT_S = 120
COPIES = (1, 4, 16)
GROWTH_S = 40.0


def helix() -> Iterator[Figure]:
    """Every instance, as `intarsia place` places it in a fresh process."""
    for name, seconds in INSTANCES.items():
        path = data("helix", f"{name}.lp")
        cluster, stored = helix_lp.read(path), helix_lp.read_solution(path.with_suffix(".sol"))
        taken = run([sys.executable, "-m", "intarsia", "place", str(path), "--time-limit", str(seconds), "--json"])
        found = json.loads(taken.output)[0]
        row = {"bound": found["bound_tokens_per_s"], "cpu_s": taken.cpu_s, "peak_bytes": taken.peak_bytes, "less_is_better": False}
        yield solved(name, "max flow by Helix's own program", found["helix_tokens_per_s"], "tok/s", "Gurobi, stored", stored.value, target=stored.value * (1 - 1e-6), **row)
        yield solved(name, "max flow", found["tokens_per_s"], "tok/s", "even stages", even(arrays(cluster)), **row)
        yield Figure(f"{name}: seconds", taken.wall_s, "s", "-", float("nan"), float("nan"), f"<= {LIMIT_S}", taken.wall_s <= LIMIT_S)


def growth() -> Iterator[Solved]:
    """The cluster of 24 machines once, four and sixteen times, all linked."""
    whole = helix_lp.read(data("helix", "single_cluster_llama70b.lp"))
    stored = helix_lp.read_solution(data("helix", "single_cluster_llama70b.sol")).value
    for copies in COPIES:
        began = time.process_time()
        found = place(copied(whole, copies), Options(time_limit_s=GROWTH_S))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
        yield solved(f"{24 * copies} machines", f"max flow in {found.seconds:.0f} s", found.value, "tok/s", "Gurobi's for 24, so many times", copies * stored,
                     bound=found.bound, cpu_s=time.process_time() - began, peak_bytes=peak, target=copies * stored, less_is_better=False)  # fmt: skip


def copied(whole: Cluster, copies: int) -> Cluster:
    """So many of each machine, linked as widely as any two were."""
    machines = tuple(Machine(f"{m.name}.{i}", m.rates) for i in range(copies) for m in whole.machines)
    width = max(w for ends, w in whole.links.items() if not {SOURCE, SINK} & set(ends))
    ends = max(w for ends, w in whole.links.items() if {SOURCE, SINK} & set(ends))
    names = [m.name for m in machines]
    links = {(a, b): width for a in names for b in names if a != b} | {(SOURCE, n): ends for n in names} | {(n, SINK): ends for n in names}
    return replace(whole, name=f"{len(machines)} machines", machines=machines, links=links)


def even(made: Arrays) -> float:
    """What stages of equal length give, each machine put where least can pass so far, the fastest first (as Swarm balances stages); the best length counts."""
    return max(_even(made, width) for width in range(1, int(made.most.max()) + 1))


def _even(made: Arrays, width: int) -> float:
    stages = -(-made.layers // width)
    starts = np.linspace(0, made.layers, stages + 1).round().astype(np.int64)
    able = np.zeros(stages)
    start, size = np.zeros(len(made.most), dtype=np.int64), np.zeros(len(made.most), dtype=np.int64)
    for i in sorted(range(len(made.most)), key=lambda i: -float(made.rates[i].max())):
        fits = [s for s in range(stages) if starts[s + 1] - starts[s] <= made.most[i]]
        if fits:
            s = min(fits, key=lambda s: able[s])
            start[i], size[i] = starts[s], starts[s + 1] - starts[s]
            able[s] += made.rates[i, size[i]]
    return expand.flows(made, start, size)[0]
