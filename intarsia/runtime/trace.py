"""A run as a trace in Chrome's JSON format (https://ui.perfetto.dev opens it): one row a thread, one slice an operator, step or task."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from intarsia.errors import InputError, Where

PROCESS = 1


@runtime_checkable
class TracingDriver(Protocol):
    """A driver that can say what each thread did in each launch; its nanoseconds are those of `time.perf_counter_ns`."""

    def trace(self, on: bool) -> None: ...

    def slices(self) -> list[Any]: ...


class Tracer:
    """Collects slices while `active`. Times are seconds of the engine's clock. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.active = False
        self._lock = threading.Lock()
        self._events: list[dict[str, Any]] = []
        self._rows: dict[str, int] = {}

    def start(self) -> None:
        """Forget what was collected, and collect."""
        with self._lock:
            self._events, self._rows, self.active = [], {}, True

    def stop(self) -> None:
        self.active = False

    def slice(self, name: str, start: float, end: float, *, row: str = "", **arguments: Any) -> None:
        """The time [start, end) on `row` (the calling thread's name, unless given)."""
        if not self.active:
            return
        row = row or threading.current_thread().name
        with self._lock:
            tid = self._rows.setdefault(row, len(self._rows) + 1)
            self._events.append({"ph": "X", "pid": PROCESS, "tid": tid, "name": name, "ts": start * 1e6, "dur": (end - start) * 1e6, "args": arguments})

    def to_dict(self) -> dict[str, Any]:
        """The trace: `traceEvents` in microseconds from the first slice."""
        with self._lock:
            begin = min((event["ts"] for event in self._events), default=0.0)
            names = [{"ph": "M", "pid": PROCESS, "tid": tid, "name": "thread_name", "args": {"name": row}} for row, tid in self._rows.items()]
            slices = [event | {"ts": round(event["ts"] - begin, 3), "dur": round(event["dur"], 3)} for event in self._events]
        return {"traceEvents": [*names, *sorted(slices, key=lambda event: event["ts"])], "displayTimeUnit": "ms"}

    def save(self, path: str | Path) -> None:
        """Write the trace, whole or not at all. Raises InputError where that can't be done."""
        write_atomically(Path(path), json.dumps(self.to_dict()).encode())


def record_launches(tracer: Tracer, model: str, driver: object) -> None:
    """The slices of the driver's last step, a row for each of its threads, where the driver notes them."""
    if not isinstance(driver, TracingDriver):
        return
    for each in driver.slices():
        tracer.slice(each.op or each.kernel, each.begin_ns / 1e9, each.end_ns / 1e9, row=f"{model} thread {each.thread}", kernel=each.kernel, layer=each.layer)


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, then rename. Raises InputError naming the reason."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise InputError(f"cannot write the file: {error.strerror or error}", where=Where(str(path))) from None
