"""Schedules of task graphs: every task runs once, for its time, on one processor at a time, and after its data came. Shares no code with what made them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

SLACK = 1e-9
"""Rounding that is forgiven, relative to the schedule's length."""


def schedule_problems(instance: Any, tasks: Sequence[Any]) -> list[str]:
    """What is wrong with a schedule, a task of which has processor, start and end.

    `instance` has names, processors, seconds[task, processor], edges (from, to, bytes), seconds_per_byte and latency_s[from, to].
    """
    if len(tasks) != len(instance.names):
        return [f"{len(tasks)} of {len(instance.names)} tasks are placed"]
    slack = SLACK * max((t.end for t in tasks), default=1.0)
    found = []
    for name, row, task in zip(instance.names, instance.seconds, tasks, strict=True):
        if task.start < -slack:
            found.append(f"{name} starts before time began, at {task.start:g} s")
        if not abs(task.end - task.start - row[task.processor]) <= slack:
            found.append(f"{name} runs {task.end - task.start:g} s on {instance.processors[task.processor]}, where it needs {row[task.processor]:g} s")
    return found + _collisions(instance, tasks, slack) + _too_early(instance, tasks, slack)


def _collisions(instance: Any, tasks: Sequence[Any], slack: float) -> list[str]:
    found = []
    for p, processor in enumerate(instance.processors):
        here = sorted((t.start, t.end, name) for name, t in zip(instance.names, tasks, strict=True) if t.processor == p)
        found += [f"{a} and {b} run on {processor} at once" for (_, end, a), (start, _, b) in pairwise(here) if start < end - slack]
    return found


def _too_early(instance: Any, tasks: Sequence[Any], slack: float) -> list[str]:
    found = []
    for source, target, size in instance.edges:
        p, q = tasks[source].processor, tasks[target].processor
        there = tasks[source].end + (0.0 if p == q else size * instance.seconds_per_byte[p, q] + instance.latency_s[p, q])
        if tasks[target].start < there - slack:
            found.append(f"{instance.names[target]} starts at {tasks[target].start:g} s, before the data of {instance.names[source]} is there at {there:g} s")
    return found
