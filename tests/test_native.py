"""The object loader: what the wheel compiles can be run without it, and what is wrong is refused."""

from __future__ import annotations

import contextlib
import ctypes
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intarsia.codegen.cpu import emit
from intarsia.codegen.cpu.kernels.threads import threads_text
from intarsia.errors import BundleError
from intarsia.native import HEADER, RELOCATION, SECTION, NativeObject

SQUARES = """
func.func private @clock_gettime(i32, !llvm.ptr) -> i32
func.func private @step(%v: vector<4xf32>) -> vector<4xf32> attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %k = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : vector<4xf32>
  %s = arith.mulf %v, %k : vector<4xf32>
  return %s : vector<4xf32>
}
func.func @intarsia_run(%x: !llvm.ptr, %time: !llvm.ptr) {
  %one = arith.constant 1 : i32
  %v = llvm.load %x {alignment = 4 : i64} : !llvm.ptr -> vector<4xf32>
  %s = func.call @step(%v) : (vector<4xf32>) -> vector<4xf32>
  llvm.store %s, %x {alignment = 4 : i64} : vector<4xf32>, !llvm.ptr
  %r = func.call @clock_gettime(%one, %time) : (i32, !llvm.ptr) -> i32
  return
}
"""


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("objects") / "squares.o"
    emit.compile_object(SQUARES, path)
    return path


def altered(source: Path, target: Path, at: int, data: bytes) -> Path:
    content = bytearray(source.read_bytes())
    content[at : at + len(data)] = data
    target.write_bytes(content)
    return target


def sections(path: Path) -> list[tuple[int, tuple[int, ...]]]:
    """(place in the file, entry) of each section."""
    data = path.read_bytes()
    header = HEADER.unpack_from(data)
    return [(header[6] + i * SECTION.size, SECTION.unpack_from(data, header[6] + i * SECTION.size)) for i in range(header[12])]


def test_code_constants_and_the_c_library_are_found(squares: Path) -> None:
    loaded = NativeObject(squares)
    x, clock = np.ones(4, np.float32), np.zeros(2, np.int64)
    loaded.function("intarsia_run", ctypes.c_void_p, ctypes.c_void_p)(x.ctypes.data, clock.ctypes.data)
    assert x.tolist() == [1, 2, 3, 4]
    assert clock[0] > 0


def test_the_threads_entries_load(tmp_path: Path) -> None:
    emit.compile_object(threads_text(), tmp_path / "t.o")
    loaded = NativeObject(tmp_path / "t.o")
    assert loaded.address("intarsia_run") != loaded.address("intarsia_worker")


def test_a_missing_file_or_function_is_an_error(squares: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot read the object"):
        NativeObject(tmp_path / "none.o")
    with pytest.raises(BundleError, match="no function other"):
        NativeObject(squares).address("other")


@pytest.mark.parametrize(("at", "data", "message"), [
    (0, b"\x7fELX", "no 64-bit little-endian ELF"), (4, b"\x01", "no 64-bit little-endian ELF"),
    (18, struct.pack("<H", 183), "another machine"), (16, struct.pack("<H", 3), "another machine"),
])  # fmt: skip
def test_other_formats_and_machines_are_refused(squares: Path, tmp_path: Path, at: int, data: bytes, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        NativeObject(altered(squares, tmp_path / "bad.o", at, data))


def test_unknown_relocations_and_symbols_are_refused(squares: Path, tmp_path: Path) -> None:
    place = next(entry[4] for _, entry in sections(squares) if entry[1] == 4 and entry[5])
    _, info, _ = RELOCATION.unpack_from(squares.read_bytes(), place)
    with pytest.raises(BundleError, match="relocation of kind 4"):
        NativeObject(altered(squares, tmp_path / "bad.o", place + 8, struct.pack("<Q", info & ~0xFFFFFFFF | 4)))
    name = squares.read_bytes().index(b"clock_gettime")
    with pytest.raises(BundleError, match="no_such_thing, which this system's C library lacks"):
        NativeObject(altered(squares, tmp_path / "bad.o", name, b"no_such_thing"))


def test_variables_are_refused(squares: Path, tmp_path: Path) -> None:
    place, entry = next((p, e) for p, e in sections(squares) if e[2] & 2 and e[5] and not e[2] & 4)
    with pytest.raises(BundleError, match="variables"):
        NativeObject(altered(squares, tmp_path / "bad.o", place + 8, struct.pack("<Q", entry[2] | 1)))


def test_a_file_cut_anywhere_is_refused(squares: Path, tmp_path: Path) -> None:
    data = squares.read_bytes()
    for size in range(0, len(data), max(1, len(data) // 97)):
        (tmp_path / "cut.o").write_bytes(data[:size])
        with pytest.raises(BundleError):
            NativeObject(tmp_path / "cut.o")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_is_refused_or_harmless(squares: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Loading damaged bytes gives an object or a BundleError; it is never run."""
    content = squares.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    with contextlib.suppress(BundleError):
        NativeObject(altered(squares, tmp_path / "bad.o", at, data.draw(st.binary(min_size=1, max_size=8))))
