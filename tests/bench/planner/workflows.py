"""Schedules of WfCommons' workflows on 8 related machines joined by 100 MB/s, beside HEFT's."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from tests.bench.planner.processes import data, run
from tests.bench.planner.solved import Solved, solved

PUBLISHED_S = {"1000genome": 152.1, "blast": 19.2, "epigenomics": 36.6, "montage": 14.9}
"""CP-SAT's lengths in a minute with times rounded to 0.1 s, rounded up to a step more where a rounded schedule can't be kept: proved for epigenomics and montage here."""
TIME_LIMIT_S = 45


def figures() -> Iterator[Solved]:
    for path in sorted(data("wfinstances").glob("*.json")):
        taken = run([sys.executable, "-m", "intarsia", "schedule", str(path), "--time-limit", str(TIME_LIMIT_S), "--json"])
        found = json.loads(taken.output)[0]
        name = path.name.partition("-")[0]
        yield solved(name, "makespan", found["makespan_s"], "seconds", "HEFT", found["heft_s"], bound=found["bound_s"], cpu_s=taken.cpu_s, peak_bytes=taken.peak_bytes, target=PUBLISHED_S[name])
