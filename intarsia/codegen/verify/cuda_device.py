"""Kernels on a CUDA device, through the driver's own library: no toolkit and no framework needed. Used where there is one; verification never needs it."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from intarsia.codegen.gpu.compiled import Compiled
from intarsia.codegen.verify.cases.case import Value
from intarsia.errors import RuntimeFailure

MAX_DYNAMIC_SHARED = 8
"""CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES (cuda.h)."""
MAJOR, MINOR = 75, 76
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR (cuda.h)."""
TARGETS = {(8, 0): "sm_80", (9, 0): "sm_90a", (10, 0): "sm_100a"}
WARM, TIMED = 3, 20


@dataclass(frozen=True)
class Gpu:
    """A device, and the target that its kernels are compiled for."""

    name: str
    target: str
    driver: Any

    def run(self, kernel: Compiled, grid: int, arguments: list[Value]) -> float:
        """Run a kernel once on copies of the arrays, which are then updated, and time it on the same data: seconds, the mean of some launches. Raises RuntimeFailure."""
        call = self._call
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        call("cuModuleLoadData", ctypes.byref(module), kernel.object)
        call("cuModuleGetFunction", ctypes.byref(function), module, kernel.function.encode())
        if kernel.dynamic_shared_bytes:
            call("cuFuncSetAttribute", function, MAX_DYNAMIC_SHARED, kernel.dynamic_shared_bytes)
        held = [self._to_device(value) for value in arguments]
        try:
            pointers = (ctypes.c_void_p * len(held))(*[ctypes.cast(ctypes.byref(value), ctypes.c_void_p) for value in held])
            shape = (grid, 1, 1, kernel.resources.threads, 1, 1, kernel.dynamic_shared_bytes)

            def launch() -> None:
                call("cuLaunchKernel", function, *shape, None, pointers, None)

            launch()
            call("cuCtxSynchronize")
            for value, place in zip(arguments, held, strict=True):
                if isinstance(value, np.ndarray) and value.nbytes:
                    call("cuMemcpyDtoH_v2", ctypes.c_void_p(value.ctypes.data), place, ctypes.c_size_t(value.nbytes))
            return self._time(launch)
        finally:
            for value, place in zip(arguments, held, strict=True):
                if isinstance(value, np.ndarray):
                    call("cuMemFree_v2", place)
            call("cuModuleUnload", module)

    def _to_device(self, value: Value) -> Any:
        if isinstance(value, np.ndarray):
            place = ctypes.c_uint64()
            self._call("cuMemAlloc_v2", ctypes.byref(place), ctypes.c_size_t(max(16, value.nbytes)))
            self._call("cuMemcpyHtoD_v2", place, ctypes.c_void_p(value.ctypes.data), ctypes.c_size_t(value.nbytes))
            return place
        return ctypes.c_float(value) if isinstance(value, float) else ctypes.c_int64(value)

    def _time(self, launch: Any) -> float:
        begin, end, elapsed = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_float()
        for event in (begin, end):
            self._call("cuEventCreate", ctypes.byref(event), 0)
        for _ in range(WARM):
            launch()
        self._call("cuEventRecord", begin, None)
        for _ in range(TIMED):
            launch()
        self._call("cuEventRecord", end, None)
        self._call("cuEventSynchronize", end)
        self._call("cuEventElapsedTime", ctypes.byref(elapsed), begin, end)
        return elapsed.value / 1e3 / TIMED

    def _call(self, name: str, *arguments: Any) -> None:
        if status := getattr(self.driver, name)(*arguments):
            raise RuntimeFailure(f"{name} failed with CUDA error {status} on {self.name}")


@cache
def find() -> Gpu | str:
    """The first CUDA device, made ready, or the sentence that says why there is none."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "no CUDA device here: the driver's library isn't installed"
    count, device, context, part = ctypes.c_int(), ctypes.c_int(), ctypes.c_void_p(), ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or count.value == 0:
        return "no CUDA device here: the driver finds none"
    name, version = ctypes.create_string_buffer(128), []
    driver.cuDeviceGet(ctypes.byref(device), 0)
    driver.cuDeviceGetName(name, 128, device)
    for attribute in (MAJOR, MINOR):
        driver.cuDeviceGetAttribute(ctypes.byref(part), attribute, device)
        version.append(part.value)
    if (version[0], version[1]) not in TARGETS:
        return f"{name.value.decode()} is of compute capability {version[0]}.{version[1]}, for which nothing is compiled"
    if driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device) or driver.cuCtxSetCurrent(context):
        return f"{name.value.decode()} can't be used: no context"
    return Gpu(name.value.decode(), TARGETS[version[0], version[1]], driver)
