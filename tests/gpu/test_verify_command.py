"""python -m intarsia.codegen.verify, and what it does on a machine with a CUDA device: here a stand-in for the driver's library, whose launches run in the interpreter."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from intarsia.codegen.triton.compile import source_file
from intarsia.codegen.verify import cuda_device
from intarsia.codegen.verify.__main__ import main
from intarsia.codegen.verify.cases.case import Case
from intarsia.codegen.verify.cases.table import cases
from intarsia.codegen.verify.layers import verify
from intarsia.interpreter import load


def test_a_table_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["moe_sort"]) == 0
    shown = capsys.readouterr().out
    assert "moe_sort.i32" in shown and "interpreter" in shown and "gfx942" in shown and "machine code" in shown and "emulator" in shown
    assert "nothing ran on one" in shown or isinstance(cuda_device.find(), cuda_device.Gpu)


def test_json_of_one_layer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rmsnorm.f32", "--layer", "interpreter", "--json"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding["case"] == "rmsnorm.f32" and finding["verdict"] == "pass" and finding["figures"]["grids"] == [1, 3, 7]


@pytest.mark.parametrize(("arguments", "says"), [(["gemn"], "choose one of attention_combine"), ([], "--all")])
def test_wrong_names(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


def test_a_failure_is_the_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Case, "error", lambda self, results: 1.0)
    assert main(["rmsnorm.f32", "--layer", "interpreter"]) == 1


class FakeDriver:
    """As much of libcuda as verification calls. Device memory is this process's."""

    def __init__(self, case: Case) -> None:
        self.case, self.held, self.launches, self.attributes = case, {}, 0, []  # type: ignore[var-annotated]
        self.kernel = load(source_file(case.spec.source(), case.spec.kernel), case.spec.kernel)

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: 0

    def cuDeviceGetCount(self, out: Any) -> int:
        out._obj.value = 1
        return 0

    def cuDeviceGetName(self, room: Any, size: int, device: Any) -> int:
        room.value = b"Fake H100"
        return 0

    def cuDeviceGetAttribute(self, out: Any, attribute: int, device: Any) -> int:
        out._obj.value = {75: 9, 76: 0}[attribute]
        return 0

    def cuFuncSetAttribute(self, function: Any, attribute: int, value: int) -> int:
        self.attributes.append((attribute, value))
        return 0

    def cuMemAlloc_v2(self, out: Any, size: Any) -> int:
        memory = np.full(size.value + 16, 0xCD, np.uint8)
        out._obj.value = memory.ctypes.data + -memory.ctypes.data % 16
        self.held[out._obj.value] = memory
        return 0

    def cuMemcpyHtoD_v2(self, to: Any, source: Any, size: Any) -> int:
        ctypes.memmove(to.value, source.value, size.value)
        return 0

    def cuMemcpyDtoH_v2(self, to: Any, source: Any, size: Any) -> int:
        ctypes.memmove(to.value, source.value, size.value)
        return 0

    def cuMemFree_v2(self, place: Any) -> int:
        del self.held[place.value]
        return 0

    def cuEventElapsedTime(self, out: Any, begin: Any, end: Any) -> int:
        out._obj.value = 0.04
        return 0

    def cuLaunchKernel(self, function: Any, gx: int, gy: int, gz: int, bx: int, by: int, bz: int, shared: int, stream: Any, parameters: Any, extra: Any) -> int:
        self.launches += 1
        if self.launches > 1:  # timing
            return 0
        assert (gy, gz, by, bz, stream, extra) == (1, 1, 1, 1, None, None)
        arguments, spec = {}, self.case.spec
        for argument, place in zip(spec.arguments, parameters, strict=False):
            given = self.case.arguments[argument.name]
            if argument.tensor:
                address = ctypes.c_uint64.from_address(place).value
                arguments[argument.name] = np.frombuffer((ctypes.c_uint8 * given.nbytes).from_address(address), given.dtype).reshape(given.shape)
            else:
                arguments[argument.name] = (ctypes.c_float if argument.role == "number" else ctypes.c_int32).from_address(place).value
        assert [ctypes.c_uint64.from_address(place).value for place in list(parameters)[len(spec.arguments) :]] == [0, 0]
        self.kernel.launch(gx, {**arguments, **spec.constants})
        return 0


@pytest.fixture
def no_device_known() -> Iterator[None]:
    cuda_device.find.cache_clear()
    yield
    cuda_device.find.cache_clear()


@pytest.mark.parametrize("name", ["gemm.bf16", "attention_decode.bf16.f8e4m3"])
def test_on_a_device(name: str, no_device_known: None, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases()[name].make()
    driver = FakeDriver(case)
    monkeypatch.setattr(cuda_device.ctypes, "CDLL", lambda path: driver)
    (finding,) = verify(cases()[name], ["device"])
    assert finding.verdict == "pass" and finding.target == "sm_90a" and "Fake H100" in finding.detail and finding.figures["seconds"] == pytest.approx(2e-6)
    assert not driver.held, "memory is given back"
    assert driver.attributes and driver.attributes[0][0] == 8


def test_a_device_that_nothing_is_compiled_for(no_device_known: None, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = FakeDriver(cases()["rmsnorm.f32"].make())
    driver.cuDeviceGetAttribute = lambda out, attribute, device: setattr(out._obj, "value", 7)  # type: ignore[method-assign]
    monkeypatch.setattr(cuda_device.ctypes, "CDLL", lambda path: driver)
    (finding,) = verify(cases()["rmsnorm.f32"], ["device"])
    assert finding.verdict == "absent" and "compute capability 7.7" in finding.detail
