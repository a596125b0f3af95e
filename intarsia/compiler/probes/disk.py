"""The reader of streamed layers (runtime/streaming.py), measured as it works: beside a thread that waits for each layer, goes over it, and lets it go.

Layers of two sizes give a line: seconds of a read beside its bytes (waking, asking, moving pages), and bytes a second. The reader's processor time is measured too, since
where workers have all cores it is taken from them.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from intarsia import knobs
from intarsia.runtime.streaming import WeightStream

SIZES = (256 << 10, 2 << 20)
"""Bytes of a layer that is streamed."""
LAYERS, STEPS = 12, 3
PASSES = 3


@dataclass(frozen=True)
class Taken:
    """Seconds from one layer of `size` bytes to the next, and the reader's processor time in them."""

    size: int
    seconds: float
    cpu_s: float


def rates(folder: Path | None = None, passes: int = PASSES) -> dict[str, float]:
    """What a device file says of the disk: "disk" (bytes/s), "disk_turns" (reads/s, were they of no bytes), "disk_cpu_turns" and "disk_cpu" (both for processor time alone).

    `folder`: where weights will lie; by default the cache, which bundles are linked from.
    """
    where = folder or knobs.get().cache
    where.mkdir(parents=True, exist_ok=True)
    return line([each for _ in range(passes) for each in measured(where)])


def measured(folder: Path) -> list[Taken]:
    """One pass over all sizes."""
    return [_measured(folder, size) for size in SIZES]


def line(taken: Sequence[Taken]) -> dict[str, float]:
    """The line through the medians of the smallest and the largest layers; a part of it that noise made negative counts as next to nothing."""
    small, large = min(each.size for each in taken), max(each.size for each in taken)

    def of(seconds: Sequence[tuple[int, float]]) -> tuple[float, float]:
        low, high = (median(s for size, s in seconds if size == wanted) for wanted in (small, large))
        each = max((high - low) / (large - small), 1e-3 * high / large)
        return each, max(low - small * each, 1e-3 * low)

    (byte_s, turn_s), (cpu_byte_s, cpu_turn_s) = of([(t.size, t.seconds) for t in taken]), of([(t.size, t.cpu_s) for t in taken])
    return {"disk": 1 / byte_s, "disk_turns": 1 / turn_s, "disk_cpu": 1 / cpu_byte_s, "disk_cpu_turns": 1 / cpu_turn_s}


def _measured(folder: Path, size: int) -> Taken:
    """A stream of equal layers, of which the first step does not count."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="disk-") as place:
        path = Path(place) / "layers"
        with path.open("wb") as file:
            for _ in range(LAYERS):
                file.write(os.urandom(size))
            file.flush()
            os.fsync(file.fileno())
        stream = WeightStream(path, LAYERS * size, {"window": 2 * size, "layers": [[i * size, (i + 1) * size] for i in range(LAYERS)]})
        try:
            _step(stream, 0)
            began, used, mine = time.perf_counter(), time.process_time(), time.thread_time()
            for number in range(1, STEPS + 1):
                _step(stream, number)
            seconds, cpu = time.perf_counter() - began, time.process_time() - used - (time.thread_time() - mine)
        finally:
            stream.close()
    return Taken(size, seconds / (STEPS * LAYERS), max(cpu, 1e-9) / (STEPS * LAYERS))


def _step(stream: WeightStream, number: int) -> None:
    """What native code does: wait for a layer, read all of it, say that it has run."""
    for at, (begin, end) in enumerate(stream.layers):
        layer = number * LAYERS + at
        stream.await_layer(layer)
        np.bitwise_xor.reduce(np.frombuffer(stream.memory, np.uint64, (end - begin) // 8, begin))
        stream.finish(layer + 1 - len(stream.layers))


assert all(size % mmap.PAGESIZE == 0 for size in SIZES)
