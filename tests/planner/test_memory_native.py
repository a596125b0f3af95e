"""The search's object on disk: kept, mended where it is damaged, done without where nothing can be kept."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from intarsia import jit, knobs
from intarsia.planner.memory import canonical, native
from intarsia.planner.memory.exact import Search
from intarsia.planner.memory.problem import Block

TWO = [Block(0, 2, 3, 1, ("a",)), Block(1, 3, 4, 1, ("b",))]


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """The object's bytes; compiling is stood in for by them. What is loaded is forgotten before and after."""
    native.load()
    kept = (knobs.get().cache / "objects" / f"memory-{native._digest()}.o").read_bytes()
    monkeypatch.setattr(jit, "callback", lambda function: function)
    monkeypatch.setattr(jit, "object_file", lambda made, name: kept)
    native.load.cache_clear()
    yield kept
    native.load.cache_clear()


@pytest.mark.parametrize("before", [None, b"", b"\x7fELF\x02\x01 and no more", "cut"])
def test_an_object_that_is_absent_or_damaged_is_compiled_again(code: bytes, tmp_path: Path, before: bytes | str | None) -> None:
    with knobs.scope(cache=tmp_path):
        kept = tmp_path / "objects" / f"memory-{native._digest()}.o"
        if before is not None:
            kept.parent.mkdir()
            kept.write_bytes(code[: len(code) // 2] if isinstance(before, str) else before)
        assert Search(TWO).fit(7).offsets is not None
        assert kept.read_bytes() == code
        assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_a_cache_that_cannot_be_written_is_no_trouble(code: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with knobs.scope(cache=tmp_path / "file"):
        assert Search(TWO).fit(6).conflict == [0, 1]


def _doubled(arrays: object, numbers: np.ndarray, step: float) -> None:
    numbers[0] = 2 * numbers[1]


def test_other_machines_compile_it_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "enter", _doubled)
    numbers = np.array([0, 21], np.int64)
    native._compiled_here()(ctypes.c_void_p(), numbers.ctypes.data, 0.0)
    assert numbers[0] == 42
