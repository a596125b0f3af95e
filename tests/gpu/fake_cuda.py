"""A stand-in for libcuda: device memory is this process's, launches run in Triton's interpreter on what the parameters' bytes say, graphs are lists of launches."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.runtime.drivers.gpu.device import Facts, Launch
from intarsia.runtime.drivers.gpu.interpreted import InterpretedDevice

SMS = 132
WITHOUT_CONTEXT = ("cuInit", "cuDeviceGet", "cuDeviceGetCount", "cuDeviceGetAttribute", "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent", "cuGetErrorName", "cuGreenCtxCreate")


class FakeCuda:
    """As much of the driver API as CudaDevice calls. `calls` counts them; `green`: whether green contexts exist."""

    def __init__(self, facts: Facts, capability: tuple[int, int] = (9, 0), green: bool = True) -> None:
        self.calls: dict[str, int] = {}
        self.partitions: list[int] = []
        self._current = threading.local()
        self._device = InterpretedDevice(facts, guard=False)
        self._capability = capability
        self._objects: list[Any] = [None]
        self._capture: list[Callable[[], None]] | None = None
        self._images = {(facts.folder / made["file"]).read_bytes(): label for label, kernel in facts.gpu["kernels"].items() for made in kernel["objects"].values() if "file" in made}
        self._threads = {label: {made["resources"]["threads"] for made in kernel["objects"].values()} for label, kernel in facts.gpu["kernels"].items()}
        if not green:
            self.__dict__["hidden"] = ("cuGreenCtxCreate",)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("cu"):
            if name in object.__getattribute__(self, "__dict__").get("hidden", ()):
                raise AttributeError(name)
            assert name in WITHOUT_CONTEXT or hasattr(object.__getattribute__(self, "_current"), "here"), f"{name} in a thread that has no context"
            calls = object.__getattribute__(self, "calls")
            calls[name] = calls.get(name, 0) + 1
            found = type(self).__dict__.get(name)
            return (lambda *arguments: found(self, *arguments) or 0) if found else (lambda *arguments: 0)
        return object.__getattribute__(self, name)

    def _new(self, out: Any, value: Any) -> None:
        self._objects.append(value)
        out._obj.value = len(self._objects) - 1

    def _get(self, handle: Any) -> Any:
        return self._objects[handle.value]

    def _queue(self, work: Callable[[], None]) -> None:
        if self._capture is None:
            work()
        else:
            self._capture.append(work)

    def cuDeviceGetCount(self, out: Any) -> None:
        out._obj.value = 1

    def cuDeviceGetAttribute(self, out: Any, attribute: int, device: Any) -> None:
        out._obj.value = {75: self._capability[0], 76: self._capability[1], 16: SMS}[attribute]

    def cuCtxSetCurrent(self, context: Any) -> None:
        self._current.here = True

    def cuMemHostAlloc(self, out: Any, size: Any, flags: int) -> None:
        out._obj.value = self._device.allocate(size.value)

    def cuMemAlloc_v2(self, out: Any, size: Any) -> None:
        out._obj.value = self._device.allocate(size.value)

    def cuMemcpyHtoD_v2(self, to: Any, source: Any, size: Any) -> None:
        assert self._capture is None, "a copy inside a capture"
        ctypes.memmove(to.value, source.value, size.value)

    def cuMemcpyDtoH_v2(self, to: Any, source: Any, size: Any) -> None:
        ctypes.memmove(to.value, source.value, size.value)

    def cuLibraryLoadData(self, out: Any, image: Any, *options: Any) -> None:
        assert self._capture is None, "a library loaded inside a capture"
        size = next(image_bytes for image_bytes in self._images if ctypes.string_at(image, len(image_bytes)) == image_bytes)
        self._new(out, self._images[size])

    def cuLibraryGetKernel(self, out: Any, library: Any, name: Any) -> None:
        self._new(out, self._get(library))

    def cuLaunchKernel(self, function: Any, gx: int, gy: int, gz: int, bx: int, by: int, bz: int, shared: int, stream: Any, parameters: Any, extra: Any) -> None:
        assert (gy, gz, by, bz, parameters) == (1, 1, 1, 1, None) and (extra[0], extra[2], extra[4]) == (1, 2, None)
        label = self._get(function)
        assert bx in self._threads[label]
        words = ctypes.string_at(extra[1], ctypes.c_size_t.from_address(extra[3]).value)
        arguments = self._device._facts.kernel(label)["arguments"]
        pointers = [argument for argument in arguments if argument["role"] in ("in", "out", "inout")]
        extents = tuple(self._behind(address) for address in _pointers(words, arguments))
        assert len(extents) == len(pointers)
        self._queue(lambda: self._device._interpret(Launch(label, gx, words, extents, "")))

    def _behind(self, address: int) -> int:
        return next(begin + area.size - address for begin, area in self._device._memory.items() if begin <= address < begin + area.size) // 8 * 8

    def cuStreamCreate(self, out: Any, flags: int) -> None:
        self._new(out, "stream")

    def cuEventCreate(self, out: Any, flags: int) -> None:
        self._new(out, {"recorded": 0})

    def cuEventRecord(self, event: Any, stream: Any) -> None:
        self._get(event)["recorded"] += 1

    def cuStreamWaitEvent(self, stream: Any, event: Any, flags: int) -> None:
        assert self._get(event)["recorded"], "a wait for an event that was never recorded"

    def cuStreamBeginCapture_v2(self, stream: Any, mode: int) -> None:
        self._capture = []

    def cuStreamEndCapture(self, stream: Any, out: Any) -> None:
        self._new(out, self._capture)
        self._capture = None

    def cuGraphInstantiateWithFlags(self, out: Any, graph: Any, flags: Any) -> None:
        self._new(out, self._get(graph))

    def cuGraphLaunch(self, graph: Any, stream: Any) -> None:
        for work in self._get(graph):
            work()

    def cuDeviceGetDevResource(self, device: Any, resource: Any, kind: int) -> None:
        ctypes.c_uint.from_buffer(resource, 96).value = SMS

    def cuDevSmResourceSplitByCount(self, part: Any, groups: Any, whole: Any, rest: Any, flags: int, least: int) -> None:
        self.partitions.append(least)

    def cuGreenCtxCreate(self, out: Any, description: Any, device: Any, flags: int) -> None:
        self._new(out, "context")

    def cuGreenCtxStreamCreate(self, out: Any, context: Any, flags: int, priority: int) -> None:
        self._new(out, "green stream")


def _pointers(words: bytes, arguments: list[dict[str, Any]]) -> list[int]:
    """The addresses among packed parameters, read as the PTX ABI lays them out: each aligned to its size."""
    found, at = [], 0
    for argument in arguments:
        pointer = argument["role"] in ("in", "out", "inout")
        size = 8 if pointer else 4
        at += -at % size
        if pointer:
            found.append(int(np.frombuffer(words, np.uint64, 1, at)[0]))
        at += size
    return found


def facts_of(bundle: Path, entry: dict[str, Any]) -> Facts:
    return Facts(bundle / entry["gpu"]["folder"], entry["gpu"], {"main": 0.6, "memory": 0.4})
