"""What runs in CP-SAT's own process: a request as JSON on standard input, the answer as JSON on standard output.

Blocks are rectangles with fixed sides in time and free offsets, which must not overlap; at any time their sizes stay below
the capacity, which is implied but prunes.
"""

from __future__ import annotations

import os
from typing import Any

from intarsia.planner.ilp.worker import serve


def solve(blocks: list[list[int]], capacity: int, time_limit_s: float) -> dict[str, Any]:
    """`blocks` are (lower, upper, size, alignment). Gives a status, and offsets where it is "found"."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    places, times, spans = [], [], []
    for i, (lower, upper, size, alignment) in enumerate(blocks):
        if size > capacity:
            return {"status": "infeasible"}
        place = model.new_int_var(0, (capacity - size) // alignment, f"place_{i}")
        places.append(place)
        times.append(model.new_fixed_size_interval_var(lower, upper - lower, f"time_{i}"))
        spans.append(model.new_fixed_size_interval_var(alignment * place, size, f"span_{i}"))
    model.add_no_overlap_2d(times, spans)
    model.add_cumulative(times, [size for _, _, size, _ in blocks], capacity)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = time_limit_s
    solver.parameters.num_workers = min(os.cpu_count() or 1, 8)
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {"status": "found", "offsets": [block[3] * round(solver.value(place)) for block, place in zip(blocks, places, strict=True)]}
    return {"status": "infeasible" if status == cp_model.INFEASIBLE else "unknown"}


if __name__ == "__main__":
    serve(solve)
