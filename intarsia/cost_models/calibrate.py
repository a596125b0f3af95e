"""Measures this machine: the rates and overheads that the planner's predictions for it rest on.

What is measured are the very kernels that compiled models run; as cost models know no code generator, those who do hand
them in as `Probes` (see compiler/calibrate.py).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Protocol

from intarsia.cost_models.devices.this_machine import estimate, thread_counts
from intarsia.cost_models.rates import BITS, GEMM8_ROWS, GEMM_ROWS
from intarsia.ir.device import Device

BUDGET_S = 40.0
"""Probes that have not begun by then are left out; rooflines stand in for them."""
ROUNDS = 3
"""Every rate is measured once a round, so that its samples lie seconds apart and one busy moment spoils only one of them; the median counts."""
REPEATS = 3
LEAST_S = 0.03
"""A measurement is repeated until it took this long, and at least `REPEATS` times; the median counts: plans are for usual conditions."""
DISK_BYTES = 64 << 20
BUSY = 1.5
"""Runnable programs a core, from which on what was measured says more about them."""

Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and what comes next."""


class Probes(Protocol):
    """Kernels that can be run and timed. Each method runs them once and gives the seconds of one launch, and what it did.

    With one thread, seconds are those of the processor, so that other programs disturb them little.
    """

    def formats(self) -> Sequence[tuple[str, str]]:
        """(packed format of weights, kind of activations) that there are matmuls for, those most used first."""
        ...

    def matmul(self, fmt: str, activations: str, rows: int, threads: int) -> tuple[float, float]:
        """Seconds of one matmul whose weights come from main memory, and its elements of weight."""
        ...

    def attention(self, kv_dtype: str, rows: int, threads: int) -> tuple[float, float, float]:
        """Seconds of one attention, its FLOPs, and the bytes of keys and values it reads."""
        ...

    def launch(self, threads: int) -> float:
        """Seconds of a launch that does next to nothing."""
        ...


@dataclass(frozen=True)
class Probe:
    """One rate to be measured: its key in `Device.rates` (or launch_s), and how."""

    key: str
    measure: Callable[[], float]


def calibrate(probes: Probes, threads: Sequence[int] | None = None, progress: Progress | None = None) -> Device:
    """This machine, measured with 1, 2, 4, ... and all threads (or those given) in under a minute."""
    guess = estimate()
    counts = list(threads or thread_counts(guess.cores))
    began = time.perf_counter()
    launch_s = {str(t): _rounded(typical(lambda t=t: probes.launch(t))) for t in counts}  # type: ignore[misc]
    samples: dict[str, list[float]] = {}
    plan = [probe for _ in range(ROUNDS) for probe in _plan(probes, counts, launch_s)]
    for number, probe in enumerate(plan):
        if time.perf_counter() - began > BUDGET_S:
            break
        if progress is not None:
            progress(number / len(plan), probe.key)
        samples.setdefault(probe.key, []).append(probe.measure())
    rates = {key: _rounded(median(found)) for key, found in samples.items()}
    return _device(guess, rates, launch_s, counts)


def _plan(probes: Probes, counts: Sequence[int], launch_s: dict[str, float]) -> Iterator[Probe]:
    """Every rate, the most telling first."""
    yield Probe("disk", disk_rate)
    for threads in reversed(counts):
        overhead = launch_s[str(threads)]
        for kv_dtype in ("f16", "f32"):
            yield Probe(f"attention.{kv_dtype}.{threads}", lambda k=kv_dtype, t=threads, o=overhead: _attention(probes, k, 1, t, o))  # type: ignore[misc]
            yield Probe(f"attention_prefill.{kv_dtype}.{threads}", lambda k=kv_dtype, t=threads, o=overhead: _attention(probes, k, GEMM_ROWS, t, o))  # type: ignore[misc]
    for fmt, kind in probes.formats():
        for threads in counts:
            for name, rows in (("gemv", 1), ("gemm", GEMM_ROWS), ("gemm8", GEMM8_ROWS)):
                yield Probe(f"{name}.{fmt}.{kind}.{threads}", lambda f=fmt, a=kind, r=rows, t=threads, o=launch_s[str(threads)]: _matmul(probes, f, a, r, t, o))  # type: ignore[misc]


def _matmul(probes: Probes, fmt: str, activations: str, rows: int, threads: int, overhead: float) -> float:
    """Bytes/s of weights for one row, FLOP/s for more."""
    elements = 0.0

    def once() -> float:
        nonlocal elements
        seconds, elements = probes.matmul(fmt, activations, rows, threads)
        return seconds

    seconds = _net(typical(once), overhead)
    return elements * BITS[fmt] / 8 / seconds if rows == 1 else 2 * elements * rows / seconds


def _attention(probes: Probes, kv_dtype: str, rows: int, threads: int, overhead: float) -> float:
    """Bytes/s of keys and values for one row, FLOP/s for more."""
    flops = size = 0.0

    def once() -> float:
        nonlocal flops, size
        seconds, flops, size = probes.attention(kv_dtype, rows, threads)
        return seconds

    seconds = _net(typical(once), overhead)
    return size / seconds if rows == 1 else flops / seconds


def _net(seconds: float, overhead: float) -> float:
    """Without the launch's overhead, which costs count apart."""
    return max(seconds - overhead, 0.5 * seconds)


def typical(once: Callable[[], float]) -> float:
    """The median of several timings; the first one, which warms up, does not count."""
    once()
    began = time.perf_counter()
    timings: list[float] = []
    while len(timings) < REPEATS or time.perf_counter() - began < LEAST_S:
        timings.append(once())
    return median(timings)


def disk_rate(folder: Path | None = None) -> float:
    """Bytes/s of reading a file that the system was asked to forget (where it can be asked)."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(os.urandom(1 << 20) * (DISK_BYTES >> 20))
        file.flush()
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        began = time.perf_counter()
        with open(file.name, "rb", buffering=0) as stream:
            while stream.read(1 << 22):
                pass
        return DISK_BYTES / (time.perf_counter() - began)


def _device(guess: Device, rates: dict[str, float], launch_s: dict[str, float], counts: Sequence[int]) -> Device:
    """The measured figures in place of the guessed ones. Streams are read by f32 matmuls of one row, which do little else."""
    streams = {str(t): max((rate for key, rate in rates.items() if key.startswith("gemv.") and key.endswith(f".{t}")), default=0.0) for t in counts}
    streams = {t: rate for t, rate in streams.items() if rate}
    memory = guess.main_memory
    if streams:
        memory = replace(memory, bandwidth=max(streams.values()), bandwidths=streams)
    flops = {"f32": _best(rates, "a32") or guess.flops["f32"], "i8": _best(rates, "a8") or guess.flops["i8"]}
    made = time.strftime("measured on %Y-%m-%d by intarsia calibrate", time.gmtime()) + _busy()
    sources = dict(guess.sources) | {
        "flops": f"{made}: the fastest matmul of {GEMM_ROWS} rows", "launch_s": made, "rates": made,
        "memory": f"size: {guess.sources['memory'].partition(';')[0].removeprefix('size: ')}; bandwidth: {made}: the fastest matmul of one row",
        "efficiency": f"{made}: what is not in rates reaches what was measured of its kind",
    }  # fmt: skip
    return replace(guess, rates=rates, launch_s=launch_s, memory=(memory,), flops=flops, efficiency={"attention": 0.5}, sources=sources)


def _busy() -> str:
    """A remark where other programs wanted the cores too."""
    if not hasattr(os, "getloadavg"):
        return ""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return f", on a busy machine (load average {os.getloadavg()[0]:.1f})" if waiting > BUSY else ""


def _rounded(value: float) -> float:
    """To four digits, which is more than timing deserves."""
    return float(f"{value:.4g}")


def _best(rates: dict[str, float], activations: str) -> float:
    return max((rate for key, rate in rates.items() if key.startswith("gemm.") and f".{activations}." in key), default=0.0)
