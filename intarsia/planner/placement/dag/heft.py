"""List scheduling on unlike processors: HEFT and CPOP.

H. Topcuoglu, S. Hariri, M.-Y. Wu: Performance-effective and low-complexity task scheduling for heterogeneous computing, IEEE TPDS 13(3), 2002, sections 4.2 and 4.3.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Callable, Sequence

import numpy as np

from intarsia.planner.placement.dag.problem import Instance, Placed, Schedule

Slots = list[list[tuple[float, float]]]
CLOSE = 1e-9
"""Ranks that differ by less, relative to the largest, are equal: they are sums in different orders."""


def heft(made: Instance) -> Schedule:
    """Heterogeneous Earliest Finish Time: tasks by falling upward rank, each where it finishes first, in the earliest gap that holds it."""
    return by_priority(made, upward_ranks(made), "HEFT")


def by_priority(made: Instance, priority: Sequence[float], method: str) -> Schedule:
    """Every task where it finishes first, in order of falling priority. A task whose predecessors are not placed waits for them."""
    return _list(made, priority, lambda task: range(len(made.processors)), method)


def cpop(made: Instance) -> Schedule:
    """Critical Path on a Processor: tasks of the critical path all run where that path is shortest, the others where they finish first."""
    up, down = upward_ranks(made), downward_ranks(made)
    priority = [u + d for u, d in zip(up, down, strict=True)]
    path = set(critical_path(made, priority))
    sums = made.seconds[sorted(path)].sum(axis=0)
    if not np.isfinite(sums).any():  # no processor can run all of it
        return by_priority(made, priority, "CPOP")
    home = [int(sums.argmin())]
    return _list(made, priority, lambda task: home if task in path else range(len(made.processors)), "CPOP")


def critical_path(made: Instance, priority: Sequence[float]) -> list[int]:
    """From the entry task of the highest priority, always to a successor of the same priority."""
    most = max(priority, default=0.0)
    path: list[int] = []
    choices = [t for t in range(len(made.names)) if not made.before[t]]
    while choices:
        task = max(choices, key=lambda t: priority[t])
        if path and priority[task] < most * (1 - CLOSE):
            break
        path.append(task)
        choices = [t for t, _ in made.after[task]]
    return path


def upward_ranks(made: Instance) -> list[float]:
    """Seconds from the start of each task to the end of all, with mean times (equation 2 of the paper)."""
    ranks = [0.0] * len(made.names)
    for task in reversed(made.order):
        ranks[task] = _mean_s(made, task) + max((made.mean_move_s(size) + ranks[t] for t, size in made.after[task]), default=0.0)
    return ranks


def downward_ranks(made: Instance) -> list[float]:
    """Seconds from the start of all to the start of each task, with mean times (equation 4 of the paper)."""
    ranks = [0.0] * len(made.names)
    for task in made.order:
        ranks[task] = max((ranks[t] + _mean_s(made, t) + made.mean_move_s(size) for t, size in made.before[task]), default=0.0)
    return ranks


def _mean_s(made: Instance, task: int) -> float:
    row = made.seconds[task]
    return float(row[np.isfinite(row)].mean())


def _list(made: Instance, priority: Sequence[float], homes: Callable[[int], Sequence[int]], method: str) -> Schedule:
    placed: dict[int, Placed] = {}
    busy: Slots = [[] for _ in made.processors]
    waiting = [len(before) for before in made.before]
    free = [(-priority[t], t) for t in range(len(made.names)) if not waiting[t]]
    heapq.heapify(free)
    while free:
        _, task = heapq.heappop(free)
        best = min((_earliest(made, task, p, placed, busy[p]) for p in homes(task)), key=lambda found: found.end)
        placed[task] = best
        insort(busy[best.processor], (best.start, best.end))
        for after, _ in made.after[task]:
            waiting[after] -= 1
            if not waiting[after]:
                heapq.heappush(free, (-priority[after], after))
    return Schedule(tuple(placed[t] for t in range(len(made.names))), method)


def _earliest(made: Instance, task: int, processor: int, placed: dict[int, Placed], busy: list[tuple[float, float]]) -> Placed:
    """The earliest gap of a processor that holds the task once its data is there."""
    start = max((placed[b].end + made.move_s(size, placed[b].processor, processor) for b, size in made.before[task]), default=0.0)
    length = float(made.seconds[task, processor])
    for begin, end in busy:
        if end <= start:
            continue
        if start + length <= begin:
            break
        start = end
    return Placed(processor, start, start + length)
