"""A schedule by CP-SAT, in a process of its own: a request as JSON on standard input, the answer as JSON on standard output."""

from __future__ import annotations

import os
from typing import Any

from intarsia.planner.ilp.worker import serve


def solve(lengths: list[list[int | None]], edges: list[tuple[int, int]], moves: list[list[list[int]]], horizon: int, hint: list[tuple[int, int]],
          time_limit_s: float) -> dict[str, Any]:  # fmt: skip
    """`lengths` are by task and processor, None where a task can't run; `moves` by edge, processor and processor, all in whole steps of time.

    Gives (processor, start) for each task, and a bound of the makespan.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    processors = len(lengths[0])
    starts = [model.new_int_var(0, horizon, f"start_{t}") for t in range(len(lengths))]
    ends = [model.new_int_var(0, horizon, f"end_{t}") for t in range(len(lengths))]
    makespan = model.new_int_var(0, horizon, "makespan")
    here: list[dict[int, Any]] = []
    intervals: list[list[Any]] = [[] for _ in range(processors)]
    for task, row in enumerate(lengths):
        here.append({p: model.new_bool_var(f"task_{task}_on_{p}") for p in range(processors) if row[p] is not None})
        for p, chosen in here[task].items():
            intervals[p].append(model.new_optional_interval_var(starts[task], row[p], ends[task], chosen, f"task_{task}_on_{p}"))
            model.add_hint(chosen, int(hint[task][0] == p))
        model.add_exactly_one(here[task].values())
        model.add(makespan >= ends[task])
        model.add_hint(starts[task], hint[task][1])
    for each in intervals:
        model.add_no_overlap(each)
    for (a, b), table in zip(edges, moves, strict=True):
        _after(model, starts[b], ends[a], here[a], here[b], table)
    model.minimize(makespan)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = time_limit_s
    solver.parameters.num_workers = max(2, min(os.cpu_count() or 1, 8))
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {"status": "unknown"}
    chosen = [next(p for p, var in options.items() if solver.boolean_value(var)) for options in here]
    tasks = [(p, round(solver.value(start))) for p, start in zip(chosen, starts, strict=True)]
    return {"status": "optimal" if status == cp_model.OPTIMAL else "feasible", "tasks": tasks, "bound": solver.best_objective_bound}


def _after(model: Any, start: Any, end: Any, sources: dict[int, Any], targets: dict[int, Any], table: list[list[int]]) -> None:
    """A task starts after another's end, and after the move where they run apart."""
    model.add(start >= end)
    apart = {table[p][q] for p in sources for q in targets if p != q}
    if len(apart) == 1 and (wait := apart.pop()):
        both = []
        for p in sources.keys() & targets.keys():
            same = model.new_bool_var("")
            model.add_implication(same, sources[p])
            model.add_implication(same, targets[p])
            both.append(same)
        moved = model.new_bool_var("")
        model.add_exactly_one([*both, moved])
        model.add(start >= end + wait).only_enforce_if(moved)
        return
    for p, source in sources.items():
        for q, target in targets.items():
            if p != q and table[p][q]:
                model.add(start >= end + table[p][q]).only_enforce_if([source, target])


if __name__ == "__main__":
    serve(solve)
