"""A CUDA device by the driver's own library (intarsia/libcuda.py).

Each step is captured into a CUDA graph the first time, and replayed after that. Where nano-batches share the device, their streams get their own multiprocessors
by green contexts (CUDA driver API, "Green Contexts", 12.4 and later); on drivers without them the launches' bounded grids share it.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Hashable
from typing import Any

from intarsia.errors import BundleError, RuntimeFailure, Where
from intarsia.libcuda import TIMING, Cuda, Gpu, Kernel, available, part_of
from intarsia.runtime.drivers.gpu.device import Array, Facts, Launch, as_bytes

GRAPHS = 64
"""As many captured steps are kept."""


class CudaDevice:
    """The first GPU. `library` stands in for libcuda in tests. Raises RuntimeFailure without a driver, BundleError for a bundle of another kind of GPU."""

    def __init__(self, facts: Facts, library: Any | None = None, *, green: bool = True) -> None:
        self._facts = facts
        self._gpu, self._thread = Gpu(Cuda(library)), threading.get_ident()
        self._target = self._best_target(*self.gpu.capability)
        self._kernels: dict[str, Kernel] = {}
        self._allocated: list[int] = []
        self._rooms: list[Array] = []
        self._events: dict[str, ctypes.c_void_p] = {}
        self._graphs: dict[Hashable, ctypes.c_void_p] = {}
        self.cores: dict[str, int] = {}
        self._streams = self._make_streams(facts.shares, green)
        self._clock = self.gpu.event(TIMING), self.gpu.event(TIMING)

    @property
    def gpu(self) -> Gpu:
        """The GPU, its context current in the thread that asks: engines load a bundle in one thread and run it in another."""
        if self._thread != threading.get_ident():
            self._thread = threading.get_ident()
            self._gpu.enter()
        return self._gpu

    def _best_target(self, major: int, minor: int) -> str:
        """The objects that run on a GPU of this compute capability: its own, or plain ones of the same major version and no later minor."""
        kernels = self._facts.gpu["kernels"].values()
        present = {name for kernel in kernels for name, made in kernel["objects"].items() if "file" in made and name.startswith("sm_")}
        whole = [name for name in present if all("file" in kernel["objects"].get(name, {}) for kernel in kernels)]
        for name in sorted(whole, reverse=True):
            digits = int(name[3:].rstrip("a"))
            if divmod(digits, 10)[0] == major and (divmod(digits, 10)[1] == minor if name.endswith("a") else digits % 10 <= minor):
                return name
        raise BundleError(f"the bundle has no objects for compute capability {major}.{minor}; it has {', '.join(sorted(whole)) or 'none'}", mend="compile it for this GPU")

    def _make_streams(self, shares: dict[str, float], green: bool) -> dict[str, ctypes.c_void_p]:
        """Two streams that share the device get their own multiprocessors: the smaller share is split off, the rest is the other's."""
        if green and any(share < 1 for share in shares.values()) and self.gpu.divides:
            small, large = sorted(shares, key=lambda name: shares[name])
            try:
                parts = self.gpu.divided(part_of(self.gpu.cores, shares[small]))
            except RuntimeFailure:  # a GPU or driver that can't be divided: bounded grids do
                parts = None
            if parts is not None:
                self.cores = {small: parts[0][1], large: parts[1][1]}
                return {small: parts[0][0], large: parts[1][0]}
        return {name: self.gpu.stream() for name in shares}

    def allocate(self, size: int) -> int:
        address = self.gpu.allocate(size)
        self._allocated.append(address)
        self.gpu.clear(address, size)
        return address

    def room(self, size: int) -> Array:
        self._rooms.append(room := self.gpu.pinned(size))
        return room

    def upload(self, address: int, data: Array) -> None:
        self.gpu.upload(address, as_bytes(data))

    def download(self, address: int, data: Array) -> None:
        self.gpu.download(address, data)

    # Launches.

    def launch(self, launch: Launch) -> None:
        self.gpu.launch(self._kernel(launch.label), launch.grid, launch.words, self._streams[launch.stream])

    def _kernel(self, label: str) -> Kernel:
        if label not in self._kernels:
            made = self._facts.kernel(label)["objects"][self._target]
            path = self._facts.folder / made["file"]
            try:
                image = path.read_bytes()
            except OSError as error:
                raise BundleError(f"cannot read the kernel: {error.strerror}", where=Where(str(path)), mend="compile again, or copy the whole directory") from None
            self._kernels[label] = self.gpu.load(image, made["function"], made["resources"]["threads"], made["dynamic_shared_bytes"])
        return self._kernels[label]

    def record(self, signal: str, stream: str) -> None:
        self.gpu.cuda("cuEventRecord", self._event(signal), self._streams[stream])

    def wait(self, signal: str, stream: str) -> None:
        self.gpu.cuda("cuStreamWaitEvent", self._streams[stream], self._event(signal), 0)

    def _event(self, name: str) -> ctypes.c_void_p:
        if name not in self._events:
            self._events[name] = self.gpu.event()
        return self._events[name]

    def play(self, key: Hashable, record: Callable[[], None]) -> None:
        """The graph of `key`, captured first if need be, to its end."""
        if key not in self._graphs:
            for label in self._facts.gpu["kernels"]:
                self._kernel(label)  # loading a module inside a capture is an error
            if len(self._graphs) >= GRAPHS:
                self.gpu.cuda("cuGraphExecDestroy", self._graphs.pop(next(iter(self._graphs))))
            self._graphs[key] = self._capture(record)
        main, (begin, end) = self._streams["main"], self._clock
        self.gpu.cuda("cuEventRecord", begin, main)
        self.gpu.cuda("cuGraphLaunch", self._graphs[key], main)
        self.gpu.cuda("cuEventRecord", end, main)
        self.gpu.synchronize(main)

    @property
    def played_s(self) -> float:
        """Seconds that the last step took on the GPU, without what the host did before and after."""
        return self.gpu.seconds(*self._clock)

    def _capture(self, record: Callable[[], None]) -> ctypes.c_void_p:
        """What `record` queues, as a graph: the other streams join the main one's capture, and come back to it."""
        others = [name for name in self._streams if name != "main"]
        self.gpu.begin_capture(self._streams["main"])
        self.record("begin", "main")
        for name in others:
            self.wait("begin", name)
        record()
        for name in others:
            self.record(f"end of {name}", name)
            self.wait(f"end of {name}", "main")
        return self.gpu.end_capture(self._streams["main"])

    def close(self) -> None:
        for graph in self._graphs.values():
            self.gpu.cuda("cuGraphExecDestroy", graph)
        for address in self._allocated:
            self.gpu.free(address)
        for room in self._rooms:
            self.gpu.unpin(room)
        for held in (self._graphs, self._allocated, self._rooms):
            held.clear()
        self.gpu.release()


__all__ = ["CudaDevice", "available"]
