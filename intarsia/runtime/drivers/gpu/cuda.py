"""A CUDA device by the driver's own library, libcuda, through ctypes: no toolkit and no other package.

Each step is captured into a CUDA graph the first time, and replayed after that. Where nano-batches share the device, their streams get their own multiprocessors
by green contexts (CUDA driver API, "Green Contexts", 12.4 and later); on drivers without them the launches' bounded grids share it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Hashable
from typing import Any

from intarsia.errors import BundleError, RuntimeFailure, Where
from intarsia.runtime.drivers.gpu.device import Array, Facts, Launch, as_bytes

LIBRARY = "libcuda.so.1"
DYNAMIC_SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
BUFFER_POINTER, BUFFER_SIZE, BUFFER_END = 1, 2, 0  # CU_LAUNCH_PARAM_*
NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING
DISABLE_TIMING = 2  # CU_EVENT_DISABLE_TIMING
CAPTURE_RELAXED = 2  # CU_STREAM_CAPTURE_MODE_RELAXED
RESOURCE_SM = 1  # CU_DEV_RESOURCE_TYPE_SM
GREEN_DEFAULT = 1  # CU_GREEN_CTX_DEFAULT_STREAM
RESOURCE_BYTES = 512
"""More than any version's CUdevResource takes."""
SM_COUNT_AT = 96
"""Where CUdevResource holds the number of multiprocessors: after its type and 92 bytes of padding (cuda.h)."""
GRAPHS = 64
"""As many captured steps are kept."""


class Cuda:
    """The driver's functions, each of which raises RuntimeFailure where it fails."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def has(self, name: str) -> bool:
        return hasattr(self._library, name)

    def __call__(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status:
            raise RuntimeFailure(f"{name} failed with CUDA's error {status}", mend="see CUresult in cuda.h; 2 is out of memory, 209 code for another GPU")


def available() -> bool:
    """Whether this machine has a CUDA driver."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True


class CudaDevice:
    """The first GPU. `library` stands in for libcuda in tests. Raises RuntimeFailure without a driver, BundleError for a bundle of another kind of GPU."""

    def __init__(self, facts: Facts, library: Any | None = None) -> None:
        self._facts = facts
        self._cuda = Cuda(library if library is not None else _library())
        self._context = self._open()
        self._kernels: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._allocated: list[ctypes.c_uint64] = []
        self._events: dict[str, ctypes.c_void_p] = {}
        self._graphs: dict[Hashable, ctypes.c_void_p] = {}
        self._streams = self._make_streams()

    def _open(self) -> ctypes.c_void_p:
        context, device, major, minor = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
        self._cuda("cuInit", 0)
        self._cuda("cuDeviceGet", ctypes.byref(device), 0)
        self._cuda("cuDeviceGetAttribute", ctypes.byref(major), 75, device)
        self._cuda("cuDeviceGetAttribute", ctypes.byref(minor), 76, device)
        self._target = self._best_target(major.value, minor.value)
        self._cuda("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._cuda("cuCtxSetCurrent", context)
        self._device = device
        return context

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

    # ----------------------------------------------------------------------------------------------- streams

    def _make_streams(self) -> dict[str, ctypes.c_void_p]:
        shares = self._facts.shares
        if all(share >= 1 for share in shares.values()) or not self._cuda.has("cuGreenCtxCreate"):
            return {name: self._stream() for name in shares}
        try:
            return self._partitioned(shares)
        except RuntimeFailure:  # a GPU or driver that can't be divided: bounded grids do
            return {name: self._stream() for name in shares}

    def _stream(self) -> ctypes.c_void_p:
        stream = ctypes.c_void_p()
        self._cuda("cuStreamCreate", ctypes.byref(stream), NON_BLOCKING)
        return stream

    def _partitioned(self, shares: dict[str, float]) -> dict[str, ctypes.c_void_p]:
        """A stream for each share of the multiprocessors: the smallest is split off, the rest is the other's."""
        small, large = sorted(shares, key=lambda name: shares[name])
        whole, part, rest = (ctypes.create_string_buffer(RESOURCE_BYTES) for _ in range(3))
        self._cuda("cuDeviceGetDevResource", self._device, whole, RESOURCE_SM)
        count = ctypes.c_uint.from_buffer(whole, SM_COUNT_AT).value
        groups = ctypes.c_uint(1)
        self._cuda("cuDevSmResourceSplitByCount", part, ctypes.byref(groups), whole, rest, 0, max(8, int(shares[small] * count) // 8 * 8))
        return {small: self._green_stream(part), large: self._green_stream(rest)}

    def _green_stream(self, resource: Any) -> ctypes.c_void_p:
        description, context, stream = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self._cuda("cuDevResourceGenerateDesc", ctypes.byref(description), resource, 1)
        self._cuda("cuGreenCtxCreate", ctypes.byref(context), description, self._device, GREEN_DEFAULT)
        self._cuda("cuGreenCtxStreamCreate", ctypes.byref(stream), context, NON_BLOCKING, 0)
        return stream

    # ------------------------------------------------------------------------------------------------ memory

    def allocate(self, size: int) -> int:
        address = ctypes.c_uint64()
        self._cuda("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(size))
        self._allocated.append(address)
        self._cuda("cuMemsetD8_v2", address, ctypes.c_ubyte(0), ctypes.c_size_t(size))
        return address.value

    def upload(self, address: int, data: Array) -> None:
        if data.nbytes:
            raw = as_bytes(data)
            self._cuda("cuMemcpyHtoD_v2", ctypes.c_uint64(address), ctypes.c_void_p(raw.ctypes.data), ctypes.c_size_t(raw.nbytes))

    def download(self, address: int, data: Array) -> None:
        self._cuda("cuMemcpyDtoH_v2", ctypes.c_void_p(data.ctypes.data), ctypes.c_uint64(address), ctypes.c_size_t(data.nbytes))

    # ---------------------------------------------------------------------------------------------- launches

    def launch(self, launch: Launch) -> None:
        function, made = self._kernel(launch.label)
        words = ctypes.create_string_buffer(launch.words, len(launch.words))
        size = ctypes.c_size_t(len(launch.words))
        extra = (ctypes.c_void_p * 5)(BUFFER_POINTER, ctypes.addressof(words), BUFFER_SIZE, ctypes.addressof(size), BUFFER_END)
        threads = made["resources"]["threads"]
        self._cuda("cuLaunchKernel", function, launch.grid, 1, 1, threads, 1, 1, made["dynamic_shared_bytes"], self._streams[launch.stream], None, extra)

    def _kernel(self, label: str) -> tuple[Any, dict[str, Any]]:
        if label not in self._kernels:
            made = self._facts.kernel(label)["objects"][self._target]
            path = self._facts.folder / made["file"]
            try:
                image = path.read_bytes()
            except OSError as error:
                raise BundleError(f"cannot read the kernel: {error.strerror}", where=Where(str(path)), mend="compile again, or copy the whole directory") from None
            module, function = ctypes.c_void_p(), ctypes.c_void_p()
            self._cuda("cuModuleLoadData", ctypes.byref(module), ctypes.c_char_p(image))
            self._cuda("cuModuleGetFunction", ctypes.byref(function), module, ctypes.c_char_p(made["function"].encode()))
            if made["dynamic_shared_bytes"]:
                self._cuda("cuFuncSetAttribute", function, DYNAMIC_SHARED, made["dynamic_shared_bytes"])
            self._kernels[label] = function, made
        return self._kernels[label]

    def record(self, signal: str, stream: str) -> None:
        self._cuda("cuEventRecord", self._event(signal), self._streams[stream])

    def wait(self, signal: str, stream: str) -> None:
        self._cuda("cuStreamWaitEvent", self._streams[stream], self._event(signal), 0)

    def _event(self, name: str) -> ctypes.c_void_p:
        if name not in self._events:
            event = ctypes.c_void_p()
            self._cuda("cuEventCreate", ctypes.byref(event), DISABLE_TIMING)
            self._events[name] = event
        return self._events[name]

    def play(self, key: Hashable, record: Callable[[], None]) -> None:
        """The graph of `key`, captured first if need be, to its end."""
        if key not in self._graphs:
            for label in self._facts.gpu["kernels"]:
                self._kernel(label)  # loading a module inside a capture is an error
            if len(self._graphs) >= GRAPHS:
                self._cuda("cuGraphExecDestroy", self._graphs.pop(next(iter(self._graphs))))
            self._graphs[key] = self._capture(record)
        main = self._streams["main"]
        self._cuda("cuGraphLaunch", self._graphs[key], main)
        self._cuda("cuStreamSynchronize", main)

    def _capture(self, record: Callable[[], None]) -> ctypes.c_void_p:
        """What `record` queues, as a graph: the other streams join the main one's capture, and come back to it."""
        graph, executable, main = ctypes.c_void_p(), ctypes.c_void_p(), self._streams["main"]
        self._cuda("cuStreamBeginCapture_v2", main, CAPTURE_RELAXED)
        others = [name for name in self._streams if name != "main"]
        self.record("begin", "main")
        for name in others:
            self.wait("begin", name)
        record()
        for name in others:
            self.record(f"end of {name}", name)
            self.wait(f"end of {name}", "main")
        self._cuda("cuStreamEndCapture", main, ctypes.byref(graph))
        self._cuda("cuGraphInstantiateWithFlags", ctypes.byref(executable), graph, ctypes.c_ulonglong(0))
        self._cuda("cuGraphDestroy", graph)
        return executable

    def close(self) -> None:
        for graph in self._graphs.values():
            self._cuda("cuGraphExecDestroy", graph)
        for address in self._allocated:
            self._cuda("cuMemFree_v2", address)
        self._graphs.clear()
        self._allocated.clear()
        self._cuda("cuDevicePrimaryCtxRelease_v2", self._device)


def _library() -> Any:
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError:
        raise RuntimeFailure("this machine has no CUDA driver", mend='load the bundle with driver="interpreter" to run it on this CPU, slowly') from None


__all__ = ["CudaDevice", "available"]
