"""Files of buffers: MiniMalloc's columns there and back, and an error with file and line for everything else."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.memory import csv_file
from intarsia.planner.memory.problem import Buffer

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8)
HEAD = "id,lower,upper,size\n"


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("size,id,upper,lower,offset,alias,in_place,alignment\n4,a,3,0,,g,,8\n5,b,4,3,7,,a,1\n")
    assert csv_file.read(path) == [Buffer("a", 0, 3, 4, "g", "", 8), Buffer("b", 3, 4, 5, "", "a", 1)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(NAMES, st.integers(0, 9), st.integers(1, 9), st.integers(1, 2**61)), min_size=1, max_size=6, unique_by=lambda r: r[0]))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, int, int]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "out.csv"
    buffers = [Buffer(name, lower, lower + length, size) for name, lower, length, size in rows]
    csv_file.write(path, buffers, {b.name: 7 for b in buffers})
    assert csv_file.read(path) == buffers
    assert path.read_text(encoding="utf-8").startswith("id,lower,upper,size,offset\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "b.csv:1: has no column 'id'"),
        ("id,lower,upper\na,0,1\n", "b.csv:1: has no column 'size'"),
        (HEAD, "b.csv: holds no buffers"),
        (HEAD + "a,0,1,4\nb,0,1\n", "b.csv:3: has not as many fields"),
        (HEAD + "a,0,1,4,9,9\n", "b.csv:2: has not as many fields"),
        (HEAD + "a,0,x,4\n", "b.csv:2: upper is 'x'"),
        (HEAD + "a,0,1.5,4\n", "b.csv:2: upper is '1.5'"),
        (HEAD + "a,0,,4\n", "b.csv:2: upper is ''"),
        (HEAD + "a,2,2,4\n", "b.csv:2: the lifetime [2, 2) is empty"),
        (HEAD + "a,3,2,4\n", "b.csv:2: the lifetime [3, 2) is empty"),
        (HEAD + "a,0,1,0\n", "b.csv:2: the size is 0"),
        (HEAD + f"a,0,1,{2**62 - 1}\nb,0,1,1\n", "b.csv: the sizes come to 2^62 or more"),
        ("id,lower,upper,size,in_place\na,0,1,4,\nb,3,5,4,a\n", "b.csv:3, b: takes the place of a, which does not live"),
        ("id,lower,upper,size,in_place\na,0,1,4,c\n", "b.csv:2, a: takes the place of 'c', which is no buffer"),
        (HEAD + "a,0,1,-4\n", "b.csv:2: the size is -4"),
        (HEAD + f"a,0,1,{2**62}\n", f"b.csv:2: the size is {2**62}"),
        (HEAD + f"a,0,{10**29},4\n", "b.csv:2: upper is 1000"),
        (HEAD + f"a,0,{'9' * 5000},4\n", "b.csv:2: upper is '9999"),
        (HEAD + "a,0,1,4\na,0,1,4\n", "b.csv:3: the id 'a' is also on line 2"),
        ("id,lower,upper,size,alignment\na,0,1,4,0\n", "b.csv:2: the alignment is 0"),
        (HEAD + 'a,0,1,"4\n', "is no CSV file"),
    ],
)
def test_bad_files_are_refused_with_their_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "b.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        csv_file.read(path)
    assert words in str(caught.value)


def test_files_that_are_not_text_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"id,lower,upper,size\n\xff\xfe\x00,0,1,2\n")
    for name, words in (("binary", "is no CSV file"), ("absent", "No such file"), (".", "Is a directory")):
        with pytest.raises(InputError, match=words):
            csv_file.read(tmp_path / name)
    with pytest.raises(InputError, match="cannot write the offsets"):
        csv_file.write(tmp_path / "absent" / "out.csv", [], {})


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=80))
def test_any_text_gives_buffers_or_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("csv") / "b.csv"
    path.write_text(HEAD + text, encoding="utf-8", errors="replace")
    with contextlib.suppress(InputError):
        assert csv_file.read(path)
