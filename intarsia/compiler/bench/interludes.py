"""Kernels that are measured between the steps of a replay, while its clock stands.

A shared machine's speed changes within seconds. On the virtual machine where this was found, the same products take 1 or 1.25 times as long, and change between the two
several times a second; what kernels take before and after a replay then doesn't say what they took in it. So after a step some of the probes of `intarsia calibrate` run in
its thread, for a share of the step's time. What steps take is not looked at: this is calibration, at the time that it is to hold for.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from intarsia.compiler.probes.native import Kernels

SHARE = 0.2
"""Of a step's time, that probes run after it."""
FEW_ROWS = 4
"""Up to so many rows, products take as long as their weights take to come. A model's come faster than those of a probe that hasn't run for a while (13 against 9 GB/s here):
its last step has left some of them in the caches, and the tables that say where they lie. So those of such probes are read once before."""
LEAST_S, REPEATS = 0.001, 2
"""A burst goes on until it took this long, and for so many timings at least."""
LAUNCH = "launch"
"""The key of a launch that does next to nothing."""


@dataclass(frozen=True)
class Burst:
    """Mean seconds of a kernel, `at` seconds of the replay. All of the burst took `passed_s`, in which its thread ran for `ran_s`."""

    key: str
    at: float
    seconds: float
    ran_s: float = 1.0
    passed_s: float = 1.0


class Stopwatch:
    """Seconds of the monotonic clock, without those in which this one stood. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stood = 0.0
        self._since: float | None = None

    def __call__(self) -> float:
        with self._lock:
            return (time.perf_counter() if self._since is None else self._since) - self._stood

    @contextmanager
    def standing(self) -> Iterator[None]:
        """It stands inside the block."""
        with self._lock:
            self._since = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self._stood += time.perf_counter() - self._since
                self._since = None


class Interludes:
    """Bursts of all kernels in turn, in an order that `seed` shuffles, on `threads` threads."""

    def __init__(self, kernels: Kernels, keys: Sequence[str], threads: int, clock: Stopwatch, seed: int = 0) -> None:
        from intarsia.compiler.probes.programs import probes

        found = [probe for probe in probes() if probe.key in frozenset(keys)]
        random.Random(seed).shuffle(found)
        self._kernels, self._threads, self._clock = kernels, threads, clock
        self._next = itertools.cycle((None, *found))
        self._owed = 0.0
        self.bursts: list[Burst] = []

    def begin(self) -> None:
        """Start anew: nothing is owed, and nothing measured."""
        self._owed = 0.0
        self.bursts.clear()

    def after(self, step_s: float) -> None:
        """A step has taken so long: run what is owed by now, with the clock standing."""
        self._owed += SHARE * step_s
        if self._owed <= 0:
            return
        with self._clock.standing():
            began = time.perf_counter()
            while time.perf_counter() - began < self._owed:
                self._burst()
            self._owed -= time.perf_counter() - began

    def _burst(self) -> None:
        """The next kernel, once to warm up and then timed; a launch alone where it is None."""
        probe = next(self._next)
        passed, ran = time.perf_counter(), time.thread_time()
        if probe is None:
            key, seconds = LAUNCH, mean(lambda: self._kernels.launch(self._threads))
        else:
            self._kernels.prepare(probe, self._threads)
            for _ in range(self._kernels.pass_runs(probe) if probe.rows <= FEW_ROWS else 0):
                self._kernels.run(probe, self._threads)
            key, seconds = probe.key, mean(lambda: self._kernels.run(probe, self._threads))
        passed, ran = time.perf_counter() - passed, time.thread_time() - ran
        self.bursts.append(Burst(key, self._clock(), seconds, ran if self._threads == 1 else passed, passed))


def mean(once: Callable[[], float]) -> float:
    """The mean of a few timings, after one that warms up."""
    once()
    began, timings = time.perf_counter(), list[float]()
    while len(timings) < REPEATS or time.perf_counter() - began < LEAST_S:
        timings.append(once())
    return sum(timings) / len(timings)


def kernels_of(keys: Sequence[str], threads: int) -> AbstractContextManager[Kernels | None]:
    """The probes of these keys, compiled, which run in the thread that asks for it; None for no keys."""
    if not keys:
        return nullcontext()
    from intarsia.compiler.probes import native, programs

    return native.kernels([probe for probe in programs.probes() if probe.key in frozenset(keys)], threads, inline=True)
