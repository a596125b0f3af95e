"""A pipeline carried out on this machine's threads: lanes that take nano-batches in order, wait for signals, and hold a share of the threads.

A *lane* is a thread of control for one kind of operators. A *crew* is what runs native code: a context of `step_abi` with workers of its own. A task's share is a number of
threads: it waits until so many are free (`Threads`), so that tasks never hold more than there are. Waiting is sleeping: on an event for a signal, on a condition for
threads; inside native code workers spin for microseconds and then sleep on a futex. A lane that sleeps wakes with a short time slice (slices.py).
"""

from __future__ import annotations

import ctypes
import mmap
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.errors import RuntimeFailure
from intarsia.ir import step_abi as abi
from intarsia.native import NativeObject
from intarsia.runtime import slices

PTR = ctypes.c_void_p
MOST_WAIT_S = 120.0
"""A signal that takes longer never comes: some lane failed, or another process did."""


class Crew:
    """Threads for native code: `run` works with the first of `threads` on a step block. One call at a time."""

    def __init__(self, code: NativeObject, threads: int, launches: int, name: str) -> None:
        self._code, self.threads = code, threads
        self._context, self._tickets = mmap.mmap(-1, abi.CONTEXT_BYTES), mmap.mmap(-1, abi.TICKET_BYTES * max(1, launches))
        self._run = code.function(abi.RUN, PTR, PTR)
        loop = code.function(abi.WORKER, PTR, ctypes.c_int64)
        self._workers = [threading.Thread(target=loop, args=(address(self._context), n), daemon=True, name=f"{name}-{n}") for n in range(1, threads)]
        for worker in self._workers:
            worker.start()

    def run(self, block: NDArray[np.int64], threads: int) -> None:
        """One step with so many threads; the block's other words are the caller's."""
        block[abi.STEP.index("threads")] = min(threads, self.threads)
        block[abi.STEP.index("tickets")] = address(self._tickets)
        self._run(address(self._context), block.ctypes.data)

    def close(self) -> None:
        """End the workers."""
        self._run(address(self._context), np.zeros(abi.STEP_SLOTS, np.int64).ctypes.data)
        for worker in self._workers:
            worker.join()


class Threads:
    """How many threads are free. Taking waits, asleep, until enough are."""

    def __init__(self, count: int) -> None:
        self._free, self._changed = count, threading.Condition()

    def take(self, count: int) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._free >= count, MOST_WAIT_S):
                raise RuntimeFailure(f"no {count} threads became free in {MOST_WAIT_S:g} s")
            self._free -= count

    def give(self, count: int) -> None:
        with self._changed:
            self._free += count
            self._changed.notify_all()


@dataclass(frozen=True)
class Task:
    """A nano-batch: `act` runs once the signals `waits` are there and `share` threads are free; its end is the signal of its name."""

    name: str
    lane: str
    share: int
    waits: tuple[str, ...]
    act: Callable[[], None]


@dataclass(frozen=True)
class Span:
    """What a task took, in seconds of the monotonic clock."""

    name: str
    lane: str
    start: float
    end: float


@dataclass
class Failure:
    """The first error of any lane; the others then stop."""

    error: BaseException | None = None
    stopped: threading.Event = field(default_factory=threading.Event)


def carry_out(tasks: Sequence[Task], threads: int) -> list[Span]:
    """Run all tasks, each lane's in the order given. Raises what a task raises, and RuntimeFailure for a signal that never comes or a share that never fits."""
    check(tasks, threads)
    signals = {task.name: threading.Event() for task in tasks}
    free, failure, spans = Threads(threads), Failure(), list[Span]()
    lanes = {lane: [task for task in tasks if task.lane == lane] for lane in dict.fromkeys(task.lane for task in tasks)}
    runners = [threading.Thread(target=_walk, args=(mine, signals, free, failure, spans), name=f"lane-{lane}") for lane, mine in lanes.items()]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    if failure.error is not None:
        raise failure.error
    return sorted(spans, key=lambda span: span.start)


def check(tasks: Sequence[Task], threads: int) -> None:
    """Raises RuntimeFailure for names that are there twice, signals that nothing gives, and shares larger than all threads."""
    names = [task.name for task in tasks]
    if len(set(names)) < len(names):
        raise RuntimeFailure("two tasks of a pipeline have the same name")
    known = set(names)
    for task in tasks:
        if missing := next((name for name in task.waits if name not in known), None):
            raise RuntimeFailure(f"{task.name} waits for {missing!r}, which nothing signals")
        if not 0 <= task.share <= threads:
            raise RuntimeFailure(f"{task.name} takes {task.share} threads of {threads}")


def _walk(tasks: Sequence[Task], signals: dict[str, threading.Event], free: Threads, failure: Failure, spans: list[Span]) -> None:
    """A lane's life."""
    for task in tasks:
        try:
            with _waking_soon(task, signals):
                for name in task.waits:
                    _await(name, signals[name], failure)
                free.take(task.share)
            try:
                start = time.perf_counter()
                task.act()
                spans.append(Span(task.name, task.lane, start, time.perf_counter()))
            finally:
                free.give(task.share)
        except BaseException as error:
            failure.error = failure.error or error
            failure.stopped.set()
            for signal in signals.values():
                signal.set()
            return
        if failure.stopped.is_set():
            return
        signals[task.name].set()


def _waking_soon(task: Task, signals: dict[str, threading.Event]) -> AbstractContextManager[None]:
    """A lane that has to sleep does so with short time slices: its core may be another lane's by then, and it gets it back at once instead of some milliseconds later."""
    return nullcontext() if all(signals[name].is_set() for name in task.waits) else slices.short()


def _await(name: str, signal: threading.Event, failure: Failure) -> None:
    if not signal.wait(MOST_WAIT_S):
        raise RuntimeFailure(f"the signal {name!r} did not come in {MOST_WAIT_S:g} s")
    if failure.stopped.is_set():
        raise RuntimeFailure("another lane failed")


def address(memory: Any) -> int:
    """Of an array's or a mapping's first byte."""
    return int(np.frombuffer(memory, np.uint8).ctypes.data)
