"""Compiled loops do what Python does with the same source, and are kept, mended and refused as they should be."""

from __future__ import annotations

import hashlib
import importlib
import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from intarsia import knobs
from intarsia.errors import RuntimeFailure
from intarsia.loops import Entry, RealRows, Reals, WholeRows, Wholes, entry, part, sources
from intarsia.loops import compiler as loop_compiler

Short = Annotated[NDArray[np.float32], 1]
Bytes = Annotated[NDArray[np.uint8], 1]
FACTOR = 3
wholes = st.integers(-(2**30), 2**30)
reals = st.floats(-1e9, 1e9).filter(lambda x: x == 0 or abs(x) > 1e-9)


class Pair(NamedTuple):
    rows: RealRows
    at: Wholes
    weight: float


@part
def of_two(a: int, b: int) -> tuple[int, bool]:
    """Returns early, or not."""
    if a > b:
        return a - b, True
    return FACTOR * b, False


@entry
def of_wholes(a: int, b: int, out: Wholes) -> None:
    out[0], out[1], out[2] = a + b, a - b, a * (b & 0xFFFF)
    out[3] = a // b if b != 0 else 0
    out[4] = a % b if b != 0 else 0
    out[5] = a & b
    out[6] = (a | b) ^ 5
    out[7] = a << (b & 7)
    out[8] = a >> (b & 7)
    out[9] = min(a, b, 7) - max(a, b, -7)
    out[10] = abs(a) + (-b)
    out[11] = (a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a != b < 9) + 16 * (not a)
    out[12], more = of_two(a, b)
    out[13] = 1 if (more and a > 0) or b < -5 else 2
    out[13] *= 3
    out[14] = int(a / 7) + int(float(b))


@entry
def of_reals(a: float, b: float, n: int, out: Reals) -> None:
    out[0] = a + b - 2 * a * b
    out[1] = a / b if b != 0.0 else math.inf
    out[2] = max(a, b, n) + min(0.5, a)
    out[3] = -a if a > b else abs(b)
    out[4] = math.log2(abs(a) + 1.0) + math.sqrt(abs(b))
    out[5] = int(a) + math.floor(b)
    out[6] = n
    out[6] += a
    out[7] = np.inf if a == b else 1e300
    out[8] = n / 8


@entry
def of_loops(n: int, out: Wholes) -> None:
    count = odd = 0
    for i in range(n):
        if i % 7 == 5:
            continue
        for j in range(i, 0, -2):
            if j * i > 90:
                break
            count += j
        odd += i % 2
    at = n
    while True:
        at -= 3
        if at < 0:
            break
        count ^= at
    for i in range(2, n, 5):  # noqa: B007  # its last value is asked for
        pass
    out[0], out[1], out[2] = count, odd, i


@entry
def of_arrays(p: Pair, table: WholeRows, short: Short, bytes_: Bytes, out: Reals) -> None:
    total = 0.0
    for i in range(len(p.at)):
        row = p.rows[p.at[i]]
        for j in range(p.rows.shape[1]):
            total += row[j] * p.weight + table[i, j]
    out[0] = total
    for i in range(len(short)):
        short[i] += short[0]  # once rounded, as NumPy has it: more in one expression is rounded at its end
        bytes_[i] = bytes_[i] + bytes_[i] + 1
    inner, last = table[0], table.shape[0] - 1
    inner[0], inner[1] = inner[1], table[last, 0]


@settings(max_examples=200, deadline=None)
@given(a=wholes, b=wholes)
def test_whole_numbers(a: int, b: int) -> None:
    _same(of_wholes, a, b, out=np.zeros(15, np.int64))


@settings(max_examples=200, deadline=None)
@given(a=reals, b=reals, n=st.integers(-100, 100))
def test_reals_to_the_bit(a: float, b: float, n: int) -> None:
    _same(of_reals, a, b, n, out=np.zeros(9))


@pytest.mark.parametrize("n", [3, 10, 31])
def test_loops(n: int) -> None:
    _same(of_loops, n, out=np.zeros(3, np.int64))


def _same(loop: Entry, *arguments: float, out: np.ndarray) -> None:
    expected = np.zeros_like(out)
    loop(*arguments, out)
    loop.function(*arguments, expected)
    np.testing.assert_array_equal(out, expected)


def test_arrays_of_all_types_and_their_parts() -> None:
    def made() -> tuple:  # type: ignore[type-arg]
        random = np.random.default_rng(0)
        pair = Pair(random.random((5, 3)), np.array([4, 0, 2]), 0.3)
        return pair, random.integers(-9, 9, (4, 3)), random.random(6).astype(np.float32), random.integers(0, 100, 6).astype(np.uint8), np.zeros(1)

    ours, theirs = made(), made()
    of_arrays(*ours)
    of_arrays.function(*theirs)
    for a, b in zip(ours[1:], theirs[1:], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("wrong", [np.zeros(9, np.float32), np.zeros((9, 1)), np.zeros(18)[::2]])
def test_another_array_than_declared_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(TypeError, match=r"of_reals: out must be an array of float64 with 1 axes, in one piece"):
        of_reals(1.0, 2.0, 3, wrong)


def _tries(out: Reals) -> None:
    try:
        out[0] = 1.0
    finally:
        pass


def _narrows(out: Reals) -> None:
    whole = 1
    whole = out[0]
    out[0] = whole


def _indexes(out: Reals) -> None:
    out[0, 1] = 2.0


def _knows_nothing(out: Reals) -> None:
    out[0] = nobody  # type: ignore[name-defined]  # noqa: F821


def _sorts(out: Reals) -> None:
    out[0] = sorted(out)


def _gives(out: Reals) -> int:
    out[0] = 1.0
    return


@pytest.mark.parametrize(
    ("loop", "line", "why"),
    [(_tries, 1, "Try"), (_narrows, 2, "can't become"), (_indexes, 1, "more indices than axes"), (_knows_nothing, 1, "nobody is not known"), (_sorts, 1, "sorted is no part"), (_gives, 2, "annotation")],
)  # fmt: skip
def test_what_is_not_the_language_is_refused_with_its_line(loop: Callable[..., None], line: int, why: str) -> None:
    with pytest.raises(TypeError, match=f"test_loops.py:{loop.__code__.co_firstlineno + line}: a loop can't be compiled: .*{why}"):
        loop_compiler.object_file([entry(loop)])


@pytest.fixture
def fresh() -> Iterator[Entry]:
    """An entry that nobody has loaded."""
    yield Entry(of_loops.function)


def _answer(loop: Entry) -> list[int]:
    out = np.zeros(3, np.int64)
    loop(10, out)
    return out.tolist()


@pytest.mark.parametrize("before", [None, b"", b"\x7fELF\x02\x01 and no more", "cut"])
def test_an_object_that_is_absent_or_damaged_is_compiled_again(fresh: Entry, tmp_path: Path, before: bytes | str | None) -> None:
    code = loop_compiler.object_file(fresh.family.entries)
    whole = code + hashlib.sha256(code).digest()
    with knobs.scope(cache=tmp_path):
        kept = fresh.family.place
        if before is not None:
            kept.parent.mkdir()
            kept.write_bytes(whole[: len(whole) // 2] if isinstance(before, str) else before)
        assert _answer(fresh) == _answer(of_loops)
        assert kept.read_bytes() == whole
        assert sorted(path.name for path in kept.parent.iterdir()) == [".lock", kept.name]


def test_what_is_kept_is_not_compiled_again(fresh: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with knobs.scope(cache=tmp_path):
        fresh.load()
        monkeypatch.setattr(loop_compiler, "object_file", None)
        assert _answer(Entry(of_loops.function)) == _answer(of_loops)


def test_a_cache_that_cannot_be_written_is_no_trouble(fresh: Entry, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with knobs.scope(cache=tmp_path / "file"):
        assert _answer(fresh) == _answer(of_loops)


def test_other_machines_load_it_with_llvm(fresh: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with knobs.scope(cache=tmp_path):
        assert _answer(fresh) == _answer(of_loops)
        kept = next((tmp_path / "objects").glob("*.o"))
        kept.write_bytes(b"nothing")
        assert _answer(Entry(of_loops.function)) == _answer(of_loops)


def test_another_constant_or_part_makes_another_object(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Entry(of_wholes.function).family.digest
    monkeypatch.setattr(f"{__name__}.FACTOR", 4)
    other = Entry(of_wholes.function).family.digest
    assert other != before
    monkeypatch.setattr(f"{__name__}.of_two", part(lambda a, b: (a, True)))
    assert Entry(of_wholes.function).family.digest not in (before, other)


LOOP = """from intarsia.loops import Wholes, entry, part

@part
def least(a: int, b: int) -> int:
    return min(a, b)

@entry
def loop(a: int, b: int, out: Wholes) -> None:
    out[0] = least(a, 2 * b)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file with a loop, which `import own_loop` finds."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_loop.py").write_text(LOOP)
    yield tmp_path / "own_loop.py"
    sys.modules.pop("own_loop", None)


@pytest.mark.parametrize(("old", "new"), [("a, 2 * b", "2 * a, b"), ("a: int, b: int, out", "b: int, out: Wholes, a: int, more"), ("min(a, b)", "max(a, b)"), ("@entry", "x = ("), (LOOP, "")])
def test_a_source_that_changed_after_it_was_loaded_is_not_compiled(module: Path, tmp_path: Path, old: str, new: str) -> None:
    loop = importlib.import_module("own_loop").loop
    module.write_text(LOOP.replace(old, new))
    with knobs.scope(cache=tmp_path):
        with pytest.raises(RuntimeFailure, match="own_loop.py:.*has changed since this process began .start it again"):
            loop.load()
        assert not list(tmp_path.glob("objects/*.o")), "others would take it for what its name says"
        module.write_text(LOOP)
        out = np.zeros(1, np.int64)
        loop(5, 2, out)
        assert out[0] == 4


@pytest.mark.parametrize("file", ["compiler.py", "entry.py", "kinds.py"])
def test_a_compiler_that_changed_after_the_callers_were_loaded_does_not_compile(fresh: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    now = fresh.family.digest
    monkeypatch.setitem(sources.LOADED, file, "what was there when this process began")
    module = sys.modules[Entry.__module__]
    monkeypatch.setattr(module, "_maker", module._maker.__wrapped__)
    sources.expect_compiler.cache_clear()
    other = Entry(of_loops.function)
    assert other.family.digest != now, "objects of the file as it is now are not taken"
    with knobs.scope(cache=tmp_path), pytest.raises(RuntimeFailure, match=f"{file}: .*has changed"):
        other.load()


@part
def halved(at: Pair, least: int) -> int:
    """A part of which there are several callers, in which one argument changes and the others don't."""
    while least % 2 == 0 and least > 0:
        least //= 2
    return least + len(at.at) - at.rows.shape[1]


@entry
def of_halves(at: Pair, out: Wholes) -> None:
    for i in range(len(out)):
        out[i] = halved(at, at.at[i])


@entry
def of_quarters(at: Pair, out: Wholes) -> None:
    for i in range(len(out)):
        near = Pair(at.rows, at.at, at.weight / 2.0)
        out[i] = halved(near, near.at[i] // 4) + int(near.weight)


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=9), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_entries_that_share_parts_are_one_object_and_do_what_python_does(numbers: list[int], columns: int) -> None:
    assert of_halves.family is of_quarters.family and of_halves.family is not of_wholes.family
    assert [each.name for each in of_halves.family.entries] == [of_halves.name, of_quarters.name]
    at = Pair(np.zeros((2, columns)), np.array(numbers, np.int64), 7.0)
    for loop in (of_halves, of_quarters):
        found, wanted = np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
        loop(at, found)
        loop.function(at, wanted)
        assert found.tolist() == wanted.tolist()


def test_a_large_part_of_several_callers_is_compiled_once_and_small_ones_into_each(monkeypatch: pytest.MonkeyPatch) -> None:
    def text() -> str:
        module = loop_compiler.Module()
        for loop in (of_halves, of_quarters):
            module.enter(loop.name, loop.signature, module.function(loop.function))
        return module.text()

    assert "noinline" not in text()
    monkeypatch.setattr(loop_compiler, "LARGE", 5)
    assert text().count("noinline") == 1  # `halved`: nobody else is called twice
    code = loop_compiler.object_file(of_halves.family.entries)
    assert code.count(b"halved") == 1


def test_an_entry_of_a_family_takes_what_another_process_kept_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with knobs.scope(cache=tmp_path):
        Entry(of_halves.function).load()
        monkeypatch.setattr(loop_compiler, "object_file", None)
        Entry(of_quarters.function).load()
        assert len(list((tmp_path / "objects").glob("*.o"))) == 1


def test_processes_that_begin_together_compile_once(tmp_path: Path) -> None:
    code = """
import intarsia.loops.compiler as compiler
from intarsia.planner.simulate.kernels import note_all, settle
made = compiler.object_file
compiler.object_file = lambda *given: print("compiled") or made(*given)
settle.load(), note_all.load()
"""
    environment = {**os.environ, "INTARSIA_CACHE": str(tmp_path)}
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) for _ in range(3)]
    said = [each.communicate()[0] for each in running]
    assert [each.returncode for each in running] == [0, 0, 0]
    assert "".join(said).count("compiled") == 2  # one for each object
