"""pipe -> files: caches, full disks, missing and damaged sources."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia import knobs
from intarsia.codegen.cpu import emit, object_cache, packing, repack, to_pipe
from intarsia.codegen.cpu.packing import Part, _matrix, _vector
from intarsia.errors import InputError, IntarsiaError, IRError
from intarsia.ir.module import Module, set_attributes
from tests.codegen.cpu.test_formats import random_source
from tests.models import tiny_gguf
from tests.numerical.native import planned


@pytest.fixture(autouse=True)
def cache(tmp_path: Path) -> Iterator[Path]:
    with knobs.scope(cache=tmp_path / "cache") as found:
        yield found.cache


@pytest.fixture
def pipe(tmp_path: Path) -> Module:
    return to_pipe.run(planned(tiny_gguf(tmp_path / "m.gguf", types="q4_1")))


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


def test_the_manifest_says_what_a_driver_needs(pipe: Module, tmp_path: Path) -> None:
    entry = emit.run(pipe, folder(tmp_path, "b"))["m"]
    assert entry["family"] == "decoder"
    assert entry["config"]["layers"] == 2
    assert entry["deploy"]["page_tokens"] == 16
    assert set(entry["entries"]) == {"prefill", "decode"}
    prefill = entry["entries"]["prefill"]
    assert (prefill["symbol"], prefill["max_rows"], prefill["output"]["width"], prefill["output"]["rows"]) == ("m_prefill", 64, 288, 4)
    assert (tmp_path / "b" / entry["weights"]).stat().st_size == prefill["weights_bytes"]


def test_a_second_compile_compiles_and_packs_nothing(pipe: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    emit.run(pipe, folder(tmp_path, "one"))
    monkeypatch.setattr(emit, "compile_object", lambda *_: pytest.fail("compiled again"))
    monkeypatch.setattr(packing, "write_weights", lambda *_: pytest.fail("packed again"))
    emit.run(pipe, folder(tmp_path, "two"))
    for name in ("m.o", "m.weights"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_changed_source_is_packed_again(pipe: Module, tmp_path: Path) -> None:
    emit.run(pipe, folder(tmp_path, "one"))
    source = tmp_path / "m.gguf"
    data = bytearray(source.read_bytes())
    data[-4:] = b"\1\2\3\4"
    source.write_bytes(data)
    os.utime(source, ns=(0, 0))
    emit.run(pipe, folder(tmp_path, "two"))
    assert (tmp_path / "one/m.weights").read_bytes() != (tmp_path / "two/m.weights").read_bytes()


def test_without_a_usable_cache_the_files_are_made_in_place(pipe: Module, tmp_path: Path, cache: Path) -> None:
    cache.write_text("a file, no folder")
    emit.run(pipe, folder(tmp_path, "b"))
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == ["m.o", "m.weights"]


def test_another_file_system_gets_copies(pipe: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EXDEV, "cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    emit.run(pipe, folder(tmp_path, "b"))
    assert (tmp_path / "b/m.weights").stat().st_nlink == 1


@pytest.mark.parametrize("usable", [True, False], ids=["cache", "no cache"])
def test_a_full_disk_leaves_nothing(pipe: Module, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, usable: bool) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if not usable:
        cache.write_text("")
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(IntarsiaError, match="the disk is full"):
        emit.run(pipe, folder(tmp_path, "b"))
    assert not (tmp_path / "b/m.weights").exists()
    assert not usable or not list((cache / "weights").iterdir())


def test_sources_that_vanish_or_shrink_are_errors(pipe: Module, tmp_path: Path) -> None:
    source = tmp_path / "m.gguf"
    source.write_bytes(source.read_bytes()[:-64])
    with pytest.raises(InputError, match="truncated or has changed"):
        emit.run(pipe, folder(tmp_path, "b"))
    source.unlink()
    with pytest.raises(InputError, match="cannot read the weights"):
        emit.run(pipe, folder(tmp_path, "c"))


def test_a_model_without_weights_can_be_planned_but_not_emitted(pipe: Module, tmp_path: Path) -> None:
    for op in pipe.ops("llm.weight"):
        set_attributes(op, offsets=None)
    with pytest.raises(InputError, match="has no data"):
        emit.run(pipe, folder(tmp_path, "b"))


def test_other_stages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IRError, match="takes a module of stage pipe"):
        emit.run(Module.create("plan"), tmp_path)


def test_bad_code_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(IntarsiaError, match="code generation failed"):
        emit.compile_object("func.func @intarsia_run() { %x = arith.addi %y, %y : i64 }", tmp_path / "x.o")


def test_objects_are_known_by_text_features_and_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def compile_to(text: str, path: Path) -> None:
        made.append(text)
        path.write_text(text)

    for text in ("a", "b", "a"):
        object_cache.object_file(text, tmp_path / "x.o", compile_to)
    monkeypatch.setattr(object_cache, "_features", lambda: "flags: none")
    object_cache.object_file("a", tmp_path / "x.o", compile_to)
    monkeypatch.setattr(object_cache.bindings, "wheel_version", lambda: "0")
    object_cache.object_file("a", tmp_path / "x.o", compile_to)
    assert made == ["a", "b", "a", "a"]


def _write(text: str, path: Path) -> None:
    path.write_text(text)


def test_what_nobody_used_for_weeks_is_removed(tmp_path: Path, cache: Path) -> None:
    """When something else is made; a bundle's own link stays, and what it links is made again where it is asked for."""
    for text in ("old", "used"):
        object_cache.object_file(text, tmp_path / f"{text}.o", _write)
    long_ago = time.time() - object_cache.UNUSED_S - 60
    for kept in (cache / "objects").iterdir():
        os.utime(kept, (long_ago, long_ago))
    object_cache.object_file("used", tmp_path / "used.o", lambda text, path: pytest.fail("it was there"))
    object_cache.object_file("new", tmp_path / "new.o", _write)
    assert sorted(path.read_text() for path in (cache / "objects").iterdir()) == ["new", "used"]
    assert (tmp_path / "old.o").read_text() == "old"


def joined(pieces: Iterator[tuple[int, np.ndarray]], size: int) -> np.ndarray:
    whole = np.zeros(size, np.uint8)
    for offset, piece in pieces:
        whole[offset : offset + piece.size] = piece
    return whole


Packer = Callable[[list[tuple[str, np.ndarray, int]]], np.ndarray]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 5).map(lambda n: 32 * n) | st.integers(1, 70), min_size=1, max_size=3), st.booleans())
def test_packing_in_pieces_is_packing_at_once(sizes: list[int], glu: bool) -> None:
    sizes = [32 * max(1, sizes[0] // 32)] * 2 if glu else sizes
    raws = [random_source("Q4_1", n, 64, i) for i, n in enumerate(sizes)]
    parts = [Part(f"p{i}", "q4_1", n, 64, raw) for i, (n, raw) in enumerate(zip(sizes, raws, strict=True))]
    if glu:
        whole = repack.pack_glu("q4", ("Q4_1", raws[0]), ("Q4_1", raws[1]), sizes[0], 64)
    else:
        whole = repack.pack_concat("q4", [("Q4_1", raw, n) for raw, n in zip(raws, sizes, strict=True)], 64)
    before, packing.PIECE_ELEMENTS = packing.PIECE_ELEMENTS, 64 * 32
    try:
        found = joined(_matrix({"format": "q4", "k": 64, "glu": glu}, parts), whole.size)
    finally:
        packing.PIECE_ELEMENTS = before
    np.testing.assert_array_equal(found, whole)


def test_gated_biases_alternate_as_their_rows_do() -> None:
    gate, up = np.arange(32, dtype=np.float32), np.arange(100, 132, dtype=np.float32)
    found = _vector({"n": 64, "glu": True}, [Part(n, "f32", 32, 1, v.view(np.uint8)) for n, v in (("g", gate), ("u", up))]).view(np.float32)
    assert found.tolist() == [*range(16), *range(100, 116), *range(16, 32), *range(116, 132)]
