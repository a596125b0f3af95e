"""python -m intarsia.codegen.verify, and what it does on a machine with a CUDA device: here a stand-in for the driver's library, whose launches run in the interpreter."""

from __future__ import annotations

import ctypes
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from intarsia import knobs, libcuda
from intarsia.codegen.triton.compile import source_file
from intarsia.codegen.verify import compilers, cuda_device
from intarsia.codegen.verify.__main__ import main
from intarsia.codegen.verify.cases.case import Case
from intarsia.codegen.verify.cases.table import cases
from intarsia.codegen.verify.layers import verify
from intarsia.errors import InputError
from intarsia.interpreter import load


def test_a_table_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["moe_sort"]) == 0
    shown, said = capsys.readouterr()
    assert "moe_sort.i32" in shown and "interpreter" in shown and "gfx942" in shown and "machine code" in shown and "emulator" in shown
    assert ("pass" in said and "nothing ran on one" in said) or isinstance(cuda_device.find(), cuda_device.Device)


def test_json_of_one_layer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rmsnorm.f32", "--layer", "interpreter", "--json"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding["case"] == "rmsnorm.f32" and finding["verdict"] == "pass" and finding["figures"]["grids"] == [1, 3, 7]


@pytest.mark.parametrize(("arguments", "says"), [(["gemn"], "choose one of attention_combine"), ([], "--all"), (["--all", "gemm"], "one of the two"),
                                                (["gemm", "--objects", "/nowhere"], "/nowhere: there is no such folder")])  # fmt: skip
def test_wrong_names(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


def test_a_failure_is_the_exit_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(Case, "error", lambda self, results: 1.0)
    assert main(["rmsnorm.f32", "glu.f32", "--layer", "interpreter", "--json"]) == 1
    found, said = capsys.readouterr()
    assert [finding["verdict"] for finding in json.loads(found)] == ["fail", "fail"]
    assert "[1/2, " in said and "rmsnorm.f32: 1 FAILED" in said and "failed: glu.f32, interpreter: error 1.0e+00" in said


def test_kernels_are_compiled_in_one_place_and_run_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a compiler, from the folder alone; a folder that lacks a kernel, or holds a damaged one, says so."""
    assert main(["moe_sort", "--compile-to", str(tmp_path)]) == 0
    (kept,) = tmp_path.iterdir()
    spec = cases()["moe_sort.i32"].make().spec
    wanted = compilers.compile_kernel(spec, "sm_90a")
    monkeypatch.setattr(compilers.triton_compile, "compile_kernel", lambda *_: pytest.fail("compiled again"))
    with knobs.scope(objects=tmp_path):
        found = compilers.compile_kernel(spec, "sm_90a")
    assert (found.object, found.resources, found.parameters, found.function) == (wanted.object, wanted.resources, wanted.parameters, wanted.function)
    assert found.object.startswith(b"\x7fELF") and kept.name.startswith("moe_sort.sm_90a.")
    capsys.readouterr()
    assert main(["glu.bf16", "--layer", "machine code", "--objects", str(tmp_path)]) == 1 and "is not among" in capsys.readouterr().out
    kept.write_bytes(b"damaged")
    with pytest.raises(InputError, match="compile again"), knobs.scope(objects=tmp_path):
        compilers.compile_kernel(spec, "sm_90a")


class FakeDriver:
    """As much of libcuda as verification calls. Device memory is this process's."""

    def __init__(self, case: Case) -> None:
        self.case, self.held, self.grids, self.attributes = case, {}, [], []  # type: ignore[var-annotated]
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
        out._obj.value = {75: 9, 76: 0, 16: 132}[attribute]
        return 0

    def cuKernelSetAttribute(self, attribute: int, value: int, kernel: Any, device: Any) -> int:
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
        assert (gy, gz, by, bz, stream, parameters, extra[0], extra[2], extra[4]) == (1, 1, 1, 1, None, None, 1, 2, None)
        self.grids.append(gx)
        if self.grids.count(gx) > 1:  # timing
            return 0
        words = ctypes.string_at(extra[1], ctypes.c_size_t.from_address(extra[3]).value)
        arguments, spec, at = {}, self.case.spec, 0
        for argument in spec.arguments:
            kind = "Q" if argument.tensor else "f" if argument.role == "number" else "i"
            at += -at % struct.calcsize(kind)
            (value,) = struct.unpack_from(f"={kind}", words, at)
            at += struct.calcsize(kind)
            given = self.case.arguments[argument.name]
            arguments[argument.name] = np.frombuffer((ctypes.c_uint8 * given.nbytes).from_address(value), given.dtype).reshape(given.shape) if argument.tensor else value
        assert words[at:].strip(b"\0") == b"" and len(words) - at in (16, 20), "two null pointers come last"
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
    monkeypatch.setattr(libcuda.ctypes, "CDLL", lambda path: driver)
    (finding,) = verify(cases()[name], ["device"])
    assert finding.verdict == "pass" and finding.target == "sm_90a" and "Fake H100" in finding.detail and finding.figures["seconds"] == pytest.approx(2e-6)
    assert not driver.held, "memory is given back"
    assert driver.attributes and driver.attributes[0][0] == 8


def test_a_device_that_nothing_is_compiled_for(no_device_known: None, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = FakeDriver(cases()["rmsnorm.f32"].make())
    driver.cuDeviceGetAttribute = lambda out, attribute, device: setattr(out._obj, "value", 7)  # type: ignore[method-assign]
    monkeypatch.setattr(libcuda.ctypes, "CDLL", lambda path: driver)
    (finding,) = verify(cases()["rmsnorm.f32"], ["device"])
    assert finding.verdict == "absent" and "compute capability 7.7" in finding.detail
