"""Continuous batching of one decoder: a thread that turns scheduler decisions into driver steps until nobody waits."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable

from intarsia.errors import IntarsiaError, RuntimeFailure
from intarsia.runtime.batching import StepArrays
from intarsia.runtime.drivers.driver import Driver
from intarsia.runtime.requests import Handle
from intarsia.runtime.scheduler import Batch, Scheduler
from intarsia.runtime.sequences import Sequence
from intarsia.runtime.trace import Tracer
from intarsia.runtime.turns import Turns


class Loop:
    """Owns the scheduler: other threads only put requests in its inbox. The thread starts with the first request.

    `device` is held during a step, so that models that share a device take turns.
    """

    def __init__(self, name: str, driver: Driver, scheduler: Scheduler, arrays: StepArrays, clock: Callable[[], float], device: Turns, tracer: Tracer) -> None:
        self.name, self.driver, self.scheduler = name, driver, scheduler
        self._arrays, self._clock, self._device, self._tracer = arrays, clock, device, tracer
        self._sequences: dict[int, Sequence] = {}
        self._changed = threading.Condition()
        self._inbox: deque[Sequence] = deque()
        self._cancels: deque[Handle] = deque()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._ids = itertools.count()

    def next_id(self) -> int:
        """A request id that this loop has not used."""
        return next(self._ids)

    def submit(self, sequence: Sequence) -> None:
        """Queue a sequence. Raises RuntimeFailure after `close`."""
        with self._changed:
            if self._closing:
                raise RuntimeFailure("the engine is closed", mend="load the bundle again")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"intarsia-{self.name}", daemon=True)
                self._thread.start()
            self._inbox.append(sequence)
            self._changed.notify()

    def cancel(self, handle: Handle) -> None:
        """Ask for a request to be dropped between two steps."""
        with self._changed:
            self._cancels.append(handle)
            self._changed.notify()

    def close(self) -> None:
        """Fail what is unfinished, and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while self._receive():
            try:
                self._turn()
            except Exception as error:  # whatever a driver raises must reach the callers, not end the thread
                self._fail_all(error if isinstance(error, IntarsiaError) else RuntimeFailure(f"a step of {self.name} failed: {type(error).__name__}: {error}"))
        self._fail_all(RuntimeFailure("the engine was closed before the request was done"))

    def _receive(self) -> bool:
        """Take what came in; sleep while there is nothing to do. False when the loop is to end."""
        with self._changed:
            while not (self._inbox or self._cancels or self._closing or self.scheduler.busy):
                self._changed.wait()
            while self._inbox:
                sequence = self._inbox.popleft()
                self._sequences[sequence.request.id] = sequence
                self.scheduler.add(sequence.request, self._clock())
            cancels, closing = [*self._cancels], self._closing
            self._cancels.clear()
        for handle in cancels:
            self._drop(handle)
        return not closing

    def _turn(self) -> None:
        batch = self.scheduler.step(self._clock())
        if not batch.chunks:
            return
        started = self._clock()
        for request in batch.admitted:
            if not request.preemptions:
                self._sequences[request.id].handle.scheduled(started)
        step, wanted = self._arrays.fill(batch, self._sequences)
        with self._device:
            logits = self.driver.step(step)
            self._tracer.launches(self.name, self.driver)
        self.scheduler.advance(batch)
        now = self._clock()
        row = 0
        for sequence, count in wanted:
            reason = sequence.take(logits[row : row + count], now) if count else ""
            row += count
            if reason:
                self._finish(sequence, reason, now)
        if self._tracer.active:
            self._trace(batch, started, now)

    def _finish(self, sequence: Sequence, reason: str, now: float) -> None:
        del self._sequences[sequence.request.id]
        self.scheduler.finish(sequence.request, now)
        sequence.handle.finish(reason, now)

    def _forget(self, sequence: Sequence) -> None:
        del self._sequences[sequence.request.id]
        self.scheduler.remove(sequence.request, self._clock())

    def _drop(self, handle: Handle) -> None:
        for sequence in list(self._sequences.values()):
            if sequence.handle is handle:
                self._forget(sequence)
                handle.cancelled()

    def _fail_all(self, error: IntarsiaError) -> None:
        with self._changed:
            waiting = [*self._sequences.values(), *self._inbox]
            self._inbox.clear()
        for sequence in list(self._sequences.values()):
            self._forget(sequence)
        for sequence in waiting:
            sequence.handle.fail(error)

    def _trace(self, batch: Batch, started: float, now: float) -> None:
        rows = sum(chunk.tokens for chunk in batch.chunks)
        kind = "decode" if rows == len(batch.chunks) else "prefill"
        self._tracer.slice(f"{self.name}.{kind}", started, now, rows=rows, sequences=len(batch.chunks), kv_pages=self.scheduler.kv.used)
