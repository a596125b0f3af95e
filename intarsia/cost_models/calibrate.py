"""Measures this machine: the rates and overheads that predictions for it rest on.

What is measured are the very kernels that compiled models run, and the runtime's own work between them; as cost models know
neither, those who do hand them in as `Probes` (see compiler/probes/).

A shared machine is noisy. So every rate is measured once a round, and rounds lie seconds apart, so that a busy moment spoils one of them
only; within a round, the median of a burst counts, and of the rounds the median: plans are for usual conditions. How far rounds lay
apart, and how much time others took meanwhile, is written down.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from typing import Protocol

from intarsia.cost_models.devices.this_machine import estimate, thread_counts
from intarsia.cost_models.dtypes import BITS
from intarsia.ir.device import Device

BUDGET_S = 45.0
"""Probes that have not begun by then are left out; rooflines stand in for them."""
ROUNDS = 4
REPEATS = 3
LEAST_S = 0.006
"""A burst goes on until it took this long, and for `REPEATS` timings at least; a first one, which warms up, does not count."""
BUSY = 0.25
"""The share of the cores that other programs took, from which on the figures say more about them."""

Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and what comes next."""


@dataclass(frozen=True)
class Point:
    """One rate to be measured: `work` of one run over its seconds.

    A kernel's has its number of threads at the end of its key, and a launch's overhead is taken off, which costs count apart.
    What Python does (`threaded` False) has neither.
    """

    key: str
    work: float
    threaded: bool = True


class Probes(Protocol):
    """What can be run and timed."""

    def points(self) -> Sequence[Point]:
        """All rates, the most telling first."""
        ...

    def prepare(self, point: Point, threads: int) -> None:
        """Called before each burst."""
        ...

    def run(self, point: Point, threads: int) -> float:
        """Seconds of one run. With one thread, they are those of the processor, so that other programs disturb them little."""
        ...

    def launch(self, threads: int) -> float:
        """Seconds of a launch that does next to nothing."""
        ...


@dataclass(frozen=True)
class Sample:
    """One burst: the key of its rate or "launch", threads, median seconds."""

    key: str
    threads: int
    seconds: float


def calibrate(probes: Probes, threads: Sequence[int] | None = None, progress: Progress | None = None, disk: Callable[[], dict[str, float]] = dict,
              rest: Callable[[], dict[str, float]] = dict) -> Device:  # fmt: skip
    """This machine, measured with 1, 2, 4, ... and all threads (or those given); `disk` gives the rates of its disk, `rest` what a step takes longer after a rest."""
    guess = estimate()
    counts = list(threads or thread_counts(guess.cores))
    others = Others()
    samples = list(_measure(probes, counts, progress))
    launch_s = {str(t): _rounded(_typical(samples, "launch", t)) for t in counts}
    rates = {key: _rounded(rate) for key, rate in disk().items()} | _rates(probes, samples, launch_s)
    return _device(guess, rates, launch_s, rest(), counts, others.share())


def _measure(probes: Probes, counts: Sequence[int], progress: Progress | None) -> Iterator[Sample]:
    """Bursts, round by round, until all are done or the time is up."""
    began = time.perf_counter()
    plan = [(point, t) for point in probes.points() for t in (counts if point.threaded else counts[:1])]
    for number in range(ROUNDS):
        for t in counts:
            yield Sample("launch", t, burst(lambda t=t: probes.launch(t)))  # type: ignore[misc]
        for index, (point, t) in enumerate(plan):
            if time.perf_counter() - began > BUDGET_S:
                return
            if progress is not None:
                progress((number + index / len(plan)) / ROUNDS, point.key)
            probes.prepare(point, t)
            yield Sample(point.key, t, burst(lambda p=point, t=t: probes.run(p, t)))  # type: ignore[misc]


def sample(probes: Probes, points: Sequence[Point], threads: int, rounds: int) -> list[Sample]:
    """A few rounds of some rates, and of launches, on so many threads."""
    found: list[Sample] = []
    for _ in range(rounds):
        found.append(Sample("launch", threads, burst(lambda: probes.launch(threads))))
        for point in points:
            probes.prepare(point, threads)
            found.append(Sample(point.key, threads, burst(lambda p=point: probes.run(p, threads))))  # type: ignore[misc]
    return found


def refreshed(device: Device, probes: Probes, samples: Sequence[Sample], threads: int) -> Device:
    """A calibrated device with those of its rates renewed that were sampled just now."""
    launch_s = {str(threads): _typical(samples, "launch", threads)}
    return replace(device, rates=device.rates | _rates(probes, samples, launch_s), launch_s=device.launch_s | launch_s)


def burst(once: Callable[[], float]) -> float:
    """The median of several timings."""
    once()
    began = time.perf_counter()
    timings: list[float] = []
    while len(timings) < REPEATS or time.perf_counter() - began < LEAST_S:
        timings.append(once())
    return median(timings)


def _rates(probes: Probes, samples: Sequence[Sample], launch_s: dict[str, float]) -> dict[str, float]:
    """By key and threads, work per second of what was measured."""
    points = {point.key: point for point in probes.points()}
    found: dict[str, float] = {}
    for key, threads in dict.fromkeys((s.key, s.threads) for s in samples if s.key in points):
        point, seconds = points[key], _typical(samples, key, threads)
        net = _net(seconds, launch_s[str(threads)]) if point.threaded else seconds
        found[f"{key}.{threads}" if point.threaded else key] = _rounded(point.work / net)
    if spread := [_spread(samples, key, threads) for key, threads in dict.fromkeys((s.key, s.threads) for s in samples)]:
        found["spread"] = _rounded(max(median(spread), 1e-3))
    return found


def _of(samples: Sequence[Sample], key: str, threads: int) -> list[float]:
    return [s.seconds for s in samples if (s.key, s.threads) == (key, threads)]


def _typical(samples: Sequence[Sample], key: str, threads: int) -> float:
    """The median of the rounds."""
    return median(_of(samples, key, threads))


def _spread(samples: Sequence[Sample], key: str, threads: int) -> float:
    """Half the distance between the rounds' quartiles, relative to their median."""
    found = _of(samples, key, threads)
    low, middle, high = quantiles(found, n=4, method="inclusive") if len(found) > 1 else found * 3
    return (high - low) / 2 / middle


def _net(seconds: float, overhead: float) -> float:
    """Without the launch's overhead."""
    return max(seconds - overhead, 0.5 * seconds)


class Others:
    """How busy other programs keep the cores, since this was made. Knows nothing where there is no /proc/stat. `own`: processor time of what isn't another program."""

    def __init__(self, own: Callable[[], float] = time.process_time) -> None:
        self._of = own
        self._wall, self._all, self._own = time.perf_counter(), _busy_seconds(), own()

    def share(self) -> float:
        """Of the cores' time, from 0 to 1."""
        wall = (time.perf_counter() - self._wall) * (os.cpu_count() or 1)
        taken = _busy_seconds() - self._all - (self._of() - self._own)
        return min(max(taken / wall, 0.0), 1.0) if wall else 0.0


def _busy_seconds() -> float:
    """Seconds of all cores that were not idle, since the system began: user, nice, system, interrupts and stolen (proc(5))."""
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()
    except (OSError, IndexError):
        return 0.0
    ticks = [int(value) for value in fields[1:9]]
    return float(sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def _device(guess: Device, rates: dict[str, float], launch_s: dict[str, float], rest_s: dict[str, float], counts: Sequence[int], others: float) -> Device:
    """The measured figures in place of the guessed ones. Streams are read by matmuls of one row, which do little else."""
    streams = {str(t): _stream(rates, t) for t in counts if _stream(rates, t)}
    memory = guess.main_memory
    if streams:
        memory = replace(memory, bandwidth=max(streams.values()), bandwidths=streams)
    flops = {"f32": _peak(rates, "a32") or guess.flops["f32"], "i8": _peak(rates, "a8") or guess.flops["i8"]}
    made = time.strftime("measured on %Y-%m-%d by intarsia calibrate", time.gmtime()) + _busy(others)
    sources = dict(guess.sources) | {
        "flops": f"{made}: the fastest matmul", "launch_s": made, "rates": made,
        "memory": f"size: {guess.sources['memory'].partition(';')[0].removeprefix('size: ')}; bandwidth: {made}: the fastest matmul of one row",
        "rest_s": f"{made}: processor time of the same work after a rest and without",
        "efficiency": f"{made}: what is not in rates reaches what was measured of its kind",
    }  # fmt: skip
    return replace(guess, rates=rates, launch_s=launch_s, rest_s=rest_s, memory=(memory,), flops=flops, efficiency={"attention": 0.5}, sources=sources)


def _stream(rates: dict[str, float], threads: int) -> float:
    """Bytes/s of weights in the fastest matmul of one row: two FLOPs a weight."""
    rows = [key.split(".") for key in rates if key.startswith("matmul.") and key.endswith(f".1.{threads}")]
    return max((rates[".".join(parts)] / 2 * BITS[parts[1]] / 8 for parts in rows), default=0.0)


def _peak(rates: dict[str, float], activations: str) -> float:
    return max((rate for key, rate in rates.items() if key.startswith("matmul.") and f".{activations}." in key), default=0.0)


def _busy(others: float) -> str:
    """A remark where other programs took much of the cores."""
    return f", on a busy machine (others took {others:.0%} of the cores)" if others > BUSY else ""


def _rounded(value: float) -> float:
    """To four digits, which is more than timing deserves."""
    return float(f"{value:.4g}")
