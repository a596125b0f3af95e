"""A run as a trace in Chrome's JSON format (https://ui.perfetto.dev opens it): one row a thread, one slice an operator, step or task."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from intarsia import whole_file

PROCESS = 1
MOST_STEPS = 1000
"""Steps whose operators are noted; after them, only steps and tasks are (a step of 30 layers on two threads has some 400 slices)."""


@runtime_checkable
class TracingDriver(Protocol):
    """A driver that can say what each thread did in each launch.

    `noted` gives what was noted since the last call, as a function that makes slices of it: `thread`, `kernel`, `op`, `layer`,
    `begin_ns`, `end_ns` (of `time.perf_counter_ns`).
    """

    def trace(self, on: bool) -> None: ...

    def noted(self) -> Callable[[], list[Any]]: ...


class Tracer:
    """Collects slices while `active`. Times are seconds of the engine's clock. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.active = False
        self._lock = threading.Lock()
        self._events: list[dict[str, Any]] = []
        self._launches: list[tuple[str, Callable[[], list[Any]]]] = []

    def start(self) -> None:
        """Forget what was collected, and collect."""
        with self._lock:
            self._events, self._launches, self.active = [], [], True

    def stop(self) -> None:
        self.active = False

    def slice(self, name: str, start: float, end: float, *, row: str = "", **arguments: Any) -> None:
        """The time [start, end) on `row` (the calling thread's name, unless given)."""
        if not self.active:
            return
        row = row or threading.current_thread().name
        with self._lock:
            self._events.append(_event(row, name, start, end, arguments))

    def launches(self, model: str, driver: object) -> None:
        """What each of the driver's threads did in its last step, where the driver notes that. It becomes slices only in the end."""
        if not self.active or not isinstance(driver, TracingDriver):
            return
        found = driver.noted()
        with self._lock:
            if len(self._launches) < MOST_STEPS:
                self._launches.append((model, found))

    def to_dict(self) -> dict[str, Any]:
        """The trace: `traceEvents` in microseconds from the first slice."""
        with self._lock:
            events = [*self._events, *(_of_launch(model, each) for model, found in self._launches for each in found())]
        events.sort(key=lambda event: event["ts"])
        begin = events[0]["ts"] if events else 0.0
        rows = {row: number for number, row in enumerate(dict.fromkeys(event["tid"] for event in events), 1)}
        names = [{"ph": "M", "pid": PROCESS, "tid": tid, "name": "thread_name", "args": {"name": row}} for row, tid in rows.items()]
        slices = [event | {"tid": rows[event["tid"]], "ts": round(event["ts"] - begin, 3), "dur": round(event["dur"], 3)} for event in events]
        return {"traceEvents": [*names, *slices], "displayTimeUnit": "ms"}

    def save(self, path: str | Path) -> None:
        """Write the trace, whole or not at all. Raises InputError where that can't be done."""
        whole_file.save(Path(path), json.dumps(self.to_dict()), "the trace")


def _event(row: str, name: str, start: float, end: float, arguments: dict[str, Any]) -> dict[str, Any]:
    """A slice whose row is still a name."""
    return {"ph": "X", "pid": PROCESS, "tid": row, "name": name, "ts": start * 1e6, "dur": (end - start) * 1e6, "args": arguments}


def _of_launch(model: str, launch: Any) -> dict[str, Any]:
    arguments = {"kernel": launch.kernel, "layer": launch.layer}
    return _event(f"{model} thread {launch.thread}", launch.op or launch.kernel, launch.begin_ns / 1e9, launch.end_ns / 1e9, arguments)
