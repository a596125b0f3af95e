"""The binding of the driver's library: errors by name, parameters' bytes, contexts of threads."""

from __future__ import annotations

import ctypes
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.errors import RuntimeFailure
from intarsia.libcuda import Cuda, Gpu, available, packed
from intarsia.runtime.drivers.gpu.cuda import CudaDevice
from intarsia.runtime.drivers.gpu.device import Facts
from tests.gpu.fake_cuda import FakeCuda


class Failing:
    """A library whose calls fail with out of memory; `named`: whether it can say so."""

    def __init__(self, named: bool) -> None:
        if named:
            self.cuGetErrorName = self._name

    def _name(self, status: int, out: Any) -> int:
        out._obj.value = {2: b"CUDA_ERROR_OUT_OF_MEMORY"}[status]
        return 0

    def cuInit(self, flags: int) -> int:
        return 2


@pytest.mark.parametrize(("named", "says"), [(True, "cuInit failed with CUDA_ERROR_OUT_OF_MEMORY .compile with less context"), (False, "cuInit failed with CUDA's error 2 .see CUresult")])
def test_errors_have_the_drivers_names(named: bool, says: str) -> None:
    with pytest.raises(RuntimeFailure, match=says):
        Gpu(Cuda(Failing(named)))


def test_a_machine_without_a_driver_or_a_gpu_says_so() -> None:
    class Empty:
        def __getattr__(self, name: str) -> Any:
            if name == "cuGetErrorName":
                raise AttributeError(name)
            return lambda *arguments: 0

    with pytest.raises(RuntimeFailure, match="finds no GPU"):
        Gpu(Cuda(Empty()))
    if not available():
        with pytest.raises(RuntimeFailure, match="no CUDA driver"):
            Cuda()


@given(st.lists(st.sampled_from("Qif"), max_size=12))
def test_parameters_lie_as_a_c_structure_has_them(kinds: list[str]) -> None:
    """ctypes' own layout is the judge."""
    types = {"Q": ctypes.c_uint64, "i": ctypes.c_int32, "f": ctypes.c_float}
    values = [(kind, i + 1.5 if kind == "f" else i + 1) for i, kind in enumerate(kinds)]
    structure = type("Parameters", (ctypes.Structure,), {"_fields_": [(f"p{i}", types[kind]) for i, kind in enumerate(kinds)]})(*[value for _, value in values])
    found = packed(values)
    assert bytes(structure)[: len(found)] == found and len(bytes(structure)) - len(found) < 8
    assert not kinds or struct.unpack_from(f"={kinds[0]}", found)[0] == values[0][1]


def test_a_device_serves_the_thread_that_asks() -> None:
    """An engine loads a bundle in one thread and runs it in another: each must have the context before it calls. The stand-in refuses calls without one."""
    facts = Facts(Path(), {"kernels": {}, "target": "sm_90a"}, {"main": 1.0})
    cuda = FakeCuda(facts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CudaDevice, "_best_target", lambda self, *capability: "sm_90a")
        device = CudaDevice(facts, cuda)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            device.upload(device.allocate(64), np.arange(16, dtype=np.int32))
        except BaseException as error:
            failures.append(error)

    for _ in range(2):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        run()
    assert not failures
    with pytest.raises(AssertionError, match="no context"):
        _in_a_thread(lambda: cuda.cuMemAlloc_v2(ctypes.byref(ctypes.c_uint64()), ctypes.c_size_t(16)))


def _in_a_thread(work: Any) -> None:
    """Runs `work` in a thread of its own, and raises what it raises."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
