"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from intarsia import whole_file
from intarsia.errors import InputError


def test_a_file_takes_its_place_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    with whole_file.draft(path) as beside:
        beside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["plan.json"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_file.draft(path) as beside:
        beside.write_text("ha")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["plan.json"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    whole_file.write(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "text"


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        whole_file.write(pipe, "text")
        assert os.read(reader, 100) == b"text"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


def test_what_was_asked_for_and_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write the report: No such file") as caught:
        whole_file.save(tmp_path / "absent" / "report.html", "text", "the report")
    assert str(tmp_path / "absent" / "report.html") in str(caught.value)


def test_a_cache_is_made_if_need_be_and_done_without_if_not(tmp_path: Path) -> None:
    assert whole_file.keep(tmp_path / "a" / "b" / "kept", lambda path: path.write_bytes(b"1"))
    assert (tmp_path / "a" / "b" / "kept").read_bytes() == b"1"
    assert not whole_file.keep(tmp_path / "a" / "b" / "kept" / "under", lambda path: path.write_bytes(b"1"))
