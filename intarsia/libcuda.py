"""NVIDIA's driver library, libcuda, through ctypes: no toolkit and no other package. The one place that names its functions.

A leaf of the import graph, like `errors.py`: verification and the runtime's driver both use it. Constants and structures are those of cuda.h (CUDA 13).
Kernels are loaded as context-free libraries (cuLibraryLoadData, CUDA 12.0 and later): one handle serves streams of any green context.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.errors import RuntimeFailure

LIBRARY = "libcuda.so.1"
MAJOR, MINOR, CORES = 75, 76, 16
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR, and _MULTIPROCESSOR_COUNT."""
DYNAMIC_SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
BUFFER_POINTER, BUFFER_SIZE, BUFFER_END = 1, 2, 0  # CU_LAUNCH_PARAM_*
NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING
TIMING, NO_TIMING = 0, 2  # CU_EVENT_DEFAULT, CU_EVENT_DISABLE_TIMING
CAPTURE_RELAXED = 2  # CU_STREAM_CAPTURE_MODE_RELAXED
RESOURCE_SM = 1  # CU_DEV_RESOURCE_TYPE_SM
GREEN_DEFAULT = 1  # CU_GREEN_CTX_DEFAULT_STREAM
RESOURCE_BYTES, CORES_AT = 512, 96
"""More than any version's CUdevResource takes, and where it holds the number of multiprocessors: after its type and 92 bytes of padding."""
CORES_UNIT = 8
"""Multiprocessors come in eights on compute capability 9.0 and later (cuda.h, "Green Contexts")."""
ROUNDING = 1e-6
"""Of a multiprocessor: a share and what it leaves of one, as floats, still divide a device into the same two parts."""
NO_IMAGE = "the code is for another GPU, or the driver is too old for it"
MENDS = {"CUDA_ERROR_OUT_OF_MEMORY": "compile with less context or fewer sequences", "CUDA_ERROR_NO_BINARY_FOR_GPU": NO_IMAGE, "CUDA_ERROR_INVALID_IMAGE": NO_IMAGE}


class Cuda:
    """The library's functions, each of which raises RuntimeFailure where it fails. `library` stands in for libcuda in tests."""

    def __init__(self, library: Any | None = None) -> None:
        self._library = library if library is not None else _library()

    def has(self, name: str) -> bool:
        return hasattr(self._library, name)

    def __call__(self, name: str, *arguments: Any) -> None:
        if status := getattr(self._library, name)(*arguments):
            error = self.error_name(int(status))
            raise RuntimeFailure(f"{name} failed with {error}", mend=MENDS.get(error, "see CUresult in cuda.h"))

    def error_name(self, status: int) -> str:
        """As the driver names it, if it can."""
        text = ctypes.c_char_p()
        if self.has("cuGetErrorName") and not self._library.cuGetErrorName(status, ctypes.byref(text)) and text.value:
            return text.value.decode()
        return f"CUDA's error {status}"


@dataclass(frozen=True)
class Kernel:
    """A loaded kernel with its launch's shape: `threads` a CTA, `shared` bytes of dynamic shared memory."""

    handle: ctypes.c_void_p
    threads: int
    shared: int


class Gpu:
    """The first GPU, its primary context current in this thread. Raises RuntimeFailure where there is none."""

    def __init__(self, cuda: Cuda) -> None:
        self.cuda = cuda
        self._context, self._device, count = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int()
        cuda("cuInit", 0)
        cuda("cuDeviceGetCount", ctypes.byref(count))
        if count.value == 0:
            raise RuntimeFailure("this machine's CUDA driver finds no GPU")
        cuda("cuDeviceGet", ctypes.byref(self._device), 0)
        self.capability = (self._attribute(MAJOR), self._attribute(MINOR))
        self.cores = self._attribute(CORES)
        cuda("cuDevicePrimaryCtxRetain", ctypes.byref(self._context), self._device)
        self.enter()

    def enter(self) -> None:
        """Make the context current in this thread."""
        self.cuda("cuCtxSetCurrent", self._context)

    @property
    def name(self) -> str:
        name = ctypes.create_string_buffer(128)
        self.cuda("cuDeviceGetName", name, 128, self._device)
        return name.value.decode()

    def _attribute(self, which: int) -> int:
        value = ctypes.c_int()
        self.cuda("cuDeviceGetAttribute", ctypes.byref(value), which, self._device)
        return value.value

    def release(self) -> None:
        self.cuda("cuDevicePrimaryCtxRelease_v2", self._device)

    # Memory.

    def allocate(self, size: int) -> int:
        """An address of `size` bytes, 16 at least; what lies there is anything."""
        address = ctypes.c_uint64()
        self.cuda("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(max(16, size)))
        return address.value

    def clear(self, address: int, size: int) -> None:
        self.cuda("cuMemsetD8_v2", ctypes.c_uint64(address), ctypes.c_ubyte(0), ctypes.c_size_t(size))

    def free(self, address: int) -> None:
        self.cuda("cuMemFree_v2", ctypes.c_uint64(address))

    def pinned(self, size: int) -> NDArray[np.uint8]:
        """Bytes of this machine's memory that the GPU copies to without a detour. They stay until the process ends, or `unpin`."""
        address = ctypes.c_void_p()
        self.cuda("cuMemHostAlloc", ctypes.byref(address), ctypes.c_size_t(size), 0)
        return np.ctypeslib.as_array((ctypes.c_ubyte * size).from_address(address.value or 0))

    def unpin(self, pinned: NDArray[np.uint8]) -> None:
        self.cuda("cuMemFreeHost", ctypes.c_void_p(pinned.ctypes.data))

    def upload(self, address: int, data: NDArray[Any]) -> None:
        """A contiguous array's bytes."""
        if data.nbytes:
            self.cuda("cuMemcpyHtoD_v2", ctypes.c_uint64(address), ctypes.c_void_p(data.ctypes.data), ctypes.c_size_t(data.nbytes))

    def download(self, address: int, data: NDArray[Any]) -> None:
        if data.nbytes:
            self.cuda("cuMemcpyDtoH_v2", ctypes.c_void_p(data.ctypes.data), ctypes.c_uint64(address), ctypes.c_size_t(data.nbytes))

    # Kernels.

    def load(self, image: bytes, function: str, threads: int, shared: int) -> Kernel:
        """A kernel of a cubin. It stays loaded until the process ends."""
        library, kernel = ctypes.c_void_p(), ctypes.c_void_p()
        self.cuda("cuLibraryLoadData", ctypes.byref(library), ctypes.c_char_p(image), None, None, 0, None, None, 0)
        self.cuda("cuLibraryGetKernel", ctypes.byref(kernel), library, ctypes.c_char_p(function.encode()))
        if shared:
            self.cuda("cuKernelSetAttribute", DYNAMIC_SHARED, shared, kernel, self._device)
        return Kernel(kernel, threads, shared)

    def launch(self, kernel: Kernel, grid: int, words: bytes, stream: Any = None) -> None:
        """Queue a launch of `grid` CTAs; `words` are its parameters' bytes (`packed`)."""
        held, size = ctypes.create_string_buffer(words, len(words)), ctypes.c_size_t(len(words))
        extra = (ctypes.c_void_p * 5)(BUFFER_POINTER, ctypes.addressof(held), BUFFER_SIZE, ctypes.addressof(size), BUFFER_END)
        self.cuda("cuLaunchKernel", kernel.handle, grid, 1, 1, kernel.threads, 1, 1, kernel.shared, stream, None, extra)

    # Streams and events.

    def stream(self) -> ctypes.c_void_p:
        stream = ctypes.c_void_p()
        self.cuda("cuStreamCreate", ctypes.byref(stream), NON_BLOCKING)
        return stream

    def synchronize(self, stream: Any = None) -> None:
        """Wait for all that was queued, on a stream or on any."""
        self.cuda("cuStreamSynchronize", stream) if stream else self.cuda("cuCtxSynchronize")

    def event(self, flags: int = NO_TIMING) -> ctypes.c_void_p:
        event = ctypes.c_void_p()
        self.cuda("cuEventCreate", ctypes.byref(event), flags)
        return event

    def seconds(self, begin: Any, end: Any) -> float:
        """Between two events with TIMING; waits for the second."""
        elapsed = ctypes.c_float()
        self.cuda("cuEventSynchronize", end)
        self.cuda("cuEventElapsedTime", ctypes.byref(elapsed), begin, end)
        return elapsed.value / 1e3

    @property
    def divides(self) -> bool:
        """Whether the driver knows green contexts (12.4 and later)."""
        return self.cuda.has("cuGreenCtxCreate")

    def divided(self, cores: int) -> tuple[tuple[ctypes.c_void_p, int], tuple[ctypes.c_void_p, int]]:
        """Two streams that share no multiprocessor, each with how many it has: `cores`, which the driver may round up to its units, and the rest.

        Raises RuntimeFailure where the GPU can't be divided so.
        """
        whole, part, rest = (ctypes.create_string_buffer(RESOURCE_BYTES) for _ in range(3))
        groups = ctypes.c_uint(1)
        self.cuda("cuDeviceGetDevResource", self._device, whole, RESOURCE_SM)
        self.cuda("cuDevSmResourceSplitByCount", part, ctypes.byref(groups), whole, rest, 0, cores)
        return self._green(part), self._green(rest)

    def _green(self, resource: Any) -> tuple[ctypes.c_void_p, int]:
        description, context, stream = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self.cuda("cuDevResourceGenerateDesc", ctypes.byref(description), resource, 1)
        self.cuda("cuGreenCtxCreate", ctypes.byref(context), description, self._device, GREEN_DEFAULT)
        self.cuda("cuGreenCtxStreamCreate", ctypes.byref(stream), context, NON_BLOCKING, 0)
        return stream, ctypes.c_uint.from_buffer(resource, CORES_AT).value

    # Graphs.

    def begin_capture(self, stream: Any) -> None:
        self.cuda("cuStreamBeginCapture_v2", stream, CAPTURE_RELAXED)

    def end_capture(self, stream: Any) -> ctypes.c_void_p:
        """An executable graph of what was queued on the stream, and on others that joined it, since."""
        graph, executable = ctypes.c_void_p(), ctypes.c_void_p()
        self.cuda("cuStreamEndCapture", stream, ctypes.byref(graph))
        self.cuda("cuGraphInstantiateWithFlags", ctypes.byref(executable), graph, ctypes.c_ulonglong(0))
        self.cuda("cuGraphDestroy", graph)
        return executable


def part_of(cores: int, share: float) -> int:
    """How many of a device's multiprocessors a share is, where the smaller of two parts comes in units of eight and the other has the rest."""
    if share >= 1:
        return cores
    small = max(CORES_UNIT, int(min(share, 1 - share) * cores + ROUNDING) // CORES_UNIT * CORES_UNIT)
    return small if share <= 0.5 else cores - small


def packed(parameters: Iterable[tuple[str, float]]) -> bytes:
    """The bytes of a launch's parameters, each aligned to its size: (struct's letter, value), "Q" for pointers, "i" and "f" for numbers."""
    words = bytearray()
    for kind, value in parameters:
        size = struct.calcsize(kind)
        words.extend(bytes(-len(words) % size))
        words.extend(struct.pack(f"={kind}", value))
    return bytes(words)


def available() -> bool:
    """Whether this machine has a CUDA driver."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True


def _library() -> Any:
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError:
        raise RuntimeFailure("this machine has no CUDA driver", mend='load the bundle with driver="interpreter" to run it on this CPU, slowly') from None
