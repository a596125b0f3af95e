"""Kernels on a CUDA device, where there is one; verification never needs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from intarsia import libcuda
from intarsia.codegen.gpu.compiled import Compiled
from intarsia.codegen.verify.cases.case import Value
from intarsia.errors import RuntimeFailure

TARGETS = {(8, 0): "sm_80", (9, 0): "sm_90a", (10, 0): "sm_100a"}
WARM, TIMED = 3, 20


@dataclass(frozen=True)
class Device:
    """A GPU, and the target that its kernels are compiled for."""

    gpu: libcuda.Gpu
    name: str
    target: str

    def run(self, kernel: Compiled, grid: int, arguments: list[Value], *, timed: bool = False) -> float:
        """Run a kernel once on copies of the arrays, which are then updated. `timed`: seconds of a launch on the same data, the mean of some. Raises RuntimeFailure."""
        gpu = self.gpu
        loaded = gpu.load(kernel.object, kernel.function, kernel.resources.threads, kernel.dynamic_shared_bytes)
        places = {i: gpu.allocate(value.nbytes) for i, value in enumerate(arguments) if isinstance(value, np.ndarray)}
        room = gpu.allocate(max(1, grid * kernel.scratch_bytes))
        try:
            for i, place in places.items():
                gpu.upload(place, arguments[i])
            scratch: list[tuple[str, float]] = [("Q", 0)] * (kernel.parameters - len(arguments))
            if kernel.scratch_bytes:
                scratch[0] = "Q", room
            words = libcuda.packed([*(_parameter(value, places.get(i)) for i, value in enumerate(arguments)), *scratch])
            gpu.launch(loaded, grid, words)
            gpu.synchronize()
            for i, place in places.items():
                gpu.download(place, arguments[i])
            return self._time(loaded, grid, words) if timed else 0.0
        finally:
            for place in (*places.values(), room):
                gpu.free(place)

    def _time(self, kernel: libcuda.Kernel, grid: int, words: bytes) -> float:
        begin, end = self.gpu.event(libcuda.TIMING), self.gpu.event(libcuda.TIMING)
        for count, event in ((WARM, begin), (TIMED, end)):
            for _ in range(count):
                self.gpu.launch(kernel, grid, words)
            self.gpu.cuda("cuEventRecord", event, None)
        return self.gpu.seconds(begin, end) / TIMED


def _parameter(value: Value, place: int | None) -> tuple[str, float]:
    if place is not None:
        return "Q", place
    return ("f", value) if isinstance(value, float) else ("i", value)


@cache
def find() -> Device | str:
    """The first CUDA device, made ready, or the sentence that says why there is none."""
    if not libcuda.available():
        return "no CUDA device here: the driver's library isn't installed"
    try:
        gpu = libcuda.Gpu(libcuda.Cuda())
    except RuntimeFailure as error:
        return f"no CUDA device here: {error}"
    if gpu.capability not in TARGETS:
        return f"{gpu.name} is of compute capability {gpu.capability[0]}.{gpu.capability[1]}, for which nothing is compiled"
    return Device(gpu, gpu.name, TARGETS[gpu.capability])
