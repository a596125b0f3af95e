"""Seconds of GPU work: captured into CUDA graphs over rotating inputs, so that neither launches nor caches count; replayed in turn, medians."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import torch

Call = Callable[[int], Any]
"""Queues the work on input set i, on torch's current stream."""
ROUNDS = 9
LONG_S = 2e-3
"""A graph holds as many launches as take about so long."""
COLD_BYTES = 200e6
"""Input sets together are at least so large: four times what an H100's L2 holds."""


def sets(bytes_each: float) -> int:
    return max(1, min(64, -(-int(COLD_BYTES) // max(1, int(bytes_each)))))


def stream() -> ctypes.c_void_p:
    """torch's current stream, for our launches."""
    return ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)


def alternate(calls: Mapping[str, Call], count: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each call over `count` input sets. A call that fails is left out, and said so."""
    graphs = {}
    for name, call in calls.items():
        try:
            graphs[name] = _graph(call, count)
        except Exception as error:
            print(f"left out: {name}: {type(error).__name__}: {str(error).splitlines()[0][:160]}", file=sys.stderr, flush=True)
    samples: dict[str, list[float]] = {name: [] for name in graphs}
    for _ in range(rounds):
        for name, (play, launches) in graphs.items():
            samples[name].append(once(play) / launches)
    return {name: median(found) for name, found in samples.items()}


def once(work: Callable[[], Any]) -> float:
    """Seconds between two events around the work."""
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    work()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3


def _graph(call: Call, count: int) -> tuple[Callable[[], Any], int]:
    """A graph of the call on all sets, several times over, warmed up."""
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for i in range(min(count, 3)):
            call(i)
        side.synchronize()
        seconds = max(1e-6, once(lambda: call(0)))
    launches = max(count, min(200, int(LONG_S / seconds)))
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=side):
        for i in range(launches):
            call(i % count)
    graph.replay()
    torch.cuda.synchronize()
    return graph.replay, launches
