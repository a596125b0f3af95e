"""The best schedule that can be found in a time: list scheduling, priorities that are shaken, then CP-SAT with its proof.

>>> found = schedule(made, time_limit_s=30)
>>> found.schedule.makespan, found.bound, found.heuristics["HEFT"]
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from intarsia.planner.ilp import worker
from intarsia.planner.placement.dag import heft
from intarsia.planner.placement.dag.problem import Instance, Placed, Schedule, bound

SHAKES = 300
SHAKE = 0.15
"""By how much a priority is shaken: a standard deviation, relative."""
UNITS = 2_000_000
"""Steps of time that CP-SAT divides a schedule's length into: its rounding then moves a bound by parts in 10^5 at most."""


@dataclass(frozen=True)
class Found:
    """The best schedule, with what no schedule can beat and what each simple method gave."""

    schedule: Schedule
    bound: float
    heuristics: dict[str, float]
    seconds: float
    notes: tuple[str, ...] = field(default=())

    @property
    def gap(self) -> float:
        return max(0.0, 1 - self.bound / self.schedule.makespan) if self.schedule.makespan else 0.0


def schedule(made: Instance, *, time_limit_s: float = 60.0, exact: bool = True, seed: int = 0, watch: Callable[[float], None] = lambda share: None) -> Found:
    """The best schedule of `made`. Without CP-SAT, or where it fails, a note says so and the heuristics' best is given."""
    began = time.perf_counter()
    simple = [heft.heft(made), heft.cpop(made)]
    best = min([*simple, *shaken(made, seed, time_limit_s / 4, watch)], key=lambda s: s.makespan)
    least, notes = bound(made), []
    if exact and best.makespan > least * (1 + 1e-9):
        left = max(1.0, time_limit_s - (time.perf_counter() - began))
        proved, trouble = _cpsat(made, best, left)
        best, least = min([best, *([proved[0]] if proved else [])], key=lambda s: s.makespan), max(least, proved[1] if proved else 0.0)
        notes += [trouble] if trouble else []
    return Found(best, min(least, best.makespan), {s.method: s.makespan for s in simple}, time.perf_counter() - began, tuple(notes))


def shaken(made: Instance, seed: int, time_limit_s: float, watch: Callable[[float], None]) -> Iterator[Schedule]:
    """List schedules by upward ranks that are shaken, always from the best ranks so far."""
    chance = np.random.default_rng(seed)
    ranks = np.array(heft.upward_ranks(made))
    least, end = float("inf"), time.perf_counter() + time_limit_s
    for turn in range(SHAKES):
        if time.perf_counter() > end:
            return
        tried = ranks * chance.lognormal(0.0, SHAKE, len(ranks)) if turn else ranks
        found = heft.by_priority(made, list(tried), "HEFT with shaken ranks")
        watch(turn / SHAKES)
        if found.makespan < least:
            ranks, least = tried, found.makespan
            yield found


def _cpsat(made: Instance, start: Schedule, time_limit_s: float) -> tuple[tuple[Schedule, float] | None, str]:
    """CP-SAT's best schedule and its bound, in seconds, or why there is none.

    Times are rounded down for the model, so that its bound holds for the real ones; the schedule is then made again with real times.
    """
    step = start.makespan / UNITS
    reply = worker.ask_cpsat("intarsia.planner.placement.dag.cpsat_worker", _request(made, start, step), time_limit_s)
    if reply.answer.get("status") not in ("optimal", "feasible"):
        return None, reply.trouble or "CP-SAT found no schedule in its time"
    placed = [(int(p), int(s)) for p, s in reply.answer["tasks"]]
    return (replay(made, placed, "CP-SAT"), float(reply.answer["bound"]) * step), ""


def _request(made: Instance, start: Schedule, step: float) -> dict[str, object]:
    lengths = [[int(t / step) if np.isfinite(t) else None for t in row] for row in made.seconds]
    count = len(made.processors)
    moves = [[[int(made.move_s(size, p, q) / step) for q in range(count)] for p in range(count)] for _, _, size in made.edges]
    hint = [(task.processor, int(task.start / step)) for task in start.tasks]
    return {"lengths": lengths, "edges": [(a, b) for a, b, _ in made.edges], "moves": moves, "horizon": UNITS, "hint": hint}


def replay(made: Instance, placed: list[tuple[int, int]], method: str) -> Schedule:
    """Real times for tasks of which a processor and an order are known: each as early as its data and the one before it on its processor let it."""
    position = {task: i for i, task in enumerate(made.order)}
    done: dict[int, Placed] = {}
    free = [0.0] * len(made.processors)
    for task in sorted(range(len(placed)), key=lambda t: (placed[t][1], position[t])):
        home = placed[task][0]
        ready = max((done[b].end + made.move_s(size, done[b].processor, home) for b, size in made.before[task]), default=0.0)
        begin = max(ready, free[home])
        done[task] = Placed(home, begin, begin + float(made.seconds[task, home]))
        free[home] = done[task].end
    return Schedule(tuple(done[t] for t in range(len(placed))), method)
