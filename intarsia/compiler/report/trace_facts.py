"""What a Chrome trace of a run says: slices for the timeline, and seconds by operator for each phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from intarsia.compiler.report.timeline_picture import Slice

PHASES = ("prefill", "decode", "encode", "call")
MOST_SLICES = 1500
"""Slices kept of a run, the longest ones."""


@dataclass(frozen=True)
class Event:
    """A slice on the row called `row`, in seconds of the trace; `rows` are the token rows of a step, `kernel` that of an operator."""

    row: str
    name: str
    start: float
    end: float
    kernel: str = ""
    rows: int = 0


def events(trace: dict[str, Any]) -> list[Event]:
    """The slices of a trace in Chrome's format, in order of their start."""
    found = trace["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in found if event["ph"] == "M"}
    made = [
        Event(names.get(e["tid"], str(e["tid"])), e["name"], e["ts"] / 1e6, (e["ts"] + e["dur"]) / 1e6, e["args"].get("kernel", ""), e["args"].get("rows", 0))
        for e in found if e["ph"] == "X"
    ]  # fmt: skip
    return sorted(made, key=lambda event: event.start)


def timeline(found: list[Event], run: dict[str, Any]) -> list[Slice]:
    """The slices of one run, in seconds since it began; its tasks, which `run` lists itself, left out."""
    tasks = run.get("tasks", [])
    names = {task["name"] for task in tasks}
    begin = next((event.start - tasks[0]["start_s"] for event in found if tasks and event.name == tasks[0]["name"]), found[0].start if found else 0.0)
    inside = [e for e in found if e.name not in names and 0 <= e.start - begin < run["total_s"]]
    longest = sorted(inside, key=lambda event: event.start - event.end)[:MOST_SLICES]
    return [Slice(e.row, e.name, e.start - begin, e.end - begin) for e in sorted(longest, key=lambda event: event.start)]


def operators(found: list[Event]) -> dict[str, dict[str, Any]]:
    """For each phase (`MODEL_PHASE`) its longest steps' middle one: {rows, operators: {op: seconds of its slowest thread}}."""
    steps: dict[str, list[Event]] = {}
    for event in found:
        model, dot, phase = event.name.rpartition(".")
        if dot and phase in PHASES and event.rows and not event.kernel:
            steps.setdefault(f"{model}_{phase}", []).append(event)
    launches = [event for event in found if event.kernel]
    return {phase: made for phase, each in steps.items() if (made := _middle(phase.rpartition("_")[0], each, launches)) is not None}


def _middle(model: str, steps: list[Event], launches: list[Event]) -> dict[str, Any] | None:
    """The operators of the step of median length, among those of the most rows."""
    most = max(step.rows for step in steps)
    alike = sorted((step for step in steps if step.rows == most), key=lambda step: step.end - step.start)
    step = alike[len(alike) // 2]
    inside = [e for e in launches if e.row.startswith(f"{model} ") and step.start <= e.start < step.end]
    return {"rows": step.rows, "operators": _by_operator(inside)} if inside else None


def _by_operator(launches: list[Event]) -> dict[str, float]:
    """Seconds by operator: a step goes on when its slowest thread is done."""
    by_thread: dict[str, dict[str, float]] = {}
    for event in launches:
        seconds = by_thread.setdefault(event.name, {})
        seconds[event.row] = seconds.get(event.row, 0.0) + event.end - event.start
    return {name: max(seconds.values()) for name, seconds in by_thread.items()}
