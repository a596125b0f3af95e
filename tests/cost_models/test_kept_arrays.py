"""Arrays in the user's cache: the same to the bit, none where a file is damaged, and of one state of the cost models."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from intarsia import knobs
from intarsia.cost_models import kept
from intarsia.cost_models.kept import Record

SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
ARRAYS = st.sampled_from(["<f8", "<i8", "<u8", "|u1", "|b1"]).flatmap(lambda dtype: arrays.arrays(dtype, SHAPES))


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=8), ARRAYS, max_size=12), st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=4))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, found: dict[str, np.ndarray], words: dict[str, str]) -> None:
    path = tmp_path_factory.mktemp("kept") / "x"
    assert kept.write(path, Record(found, words))
    again = kept.read(path)
    assert again is not None and again.words == words and list(again.arrays) == list(found)
    for name, array in found.items():
        assert again.arrays[name].dtype == array.dtype and again.arrays[name].shape == array.shape and again.arrays[name].tobytes() == array.tobytes()


def test_a_file_that_was_cut_short_anywhere_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert kept.write(path, Record({"a": np.arange(3.0), "b": np.arange(5)}, {"kernel": "usual"}))
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert kept.read(path) is None
    path.write_bytes(whole.replace(b"<f8", b"|O8"))
    assert kept.read(path) is None, "objects are not read"


def test_what_is_found_is_made_once(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> Record:
        made.append(1)
        return Record({"a": np.arange(3)})

    for path, times in ((None, 1), (tmp_path / "x", 2), (tmp_path / "x", 2), (None, 3)):
        assert kept.found(path, make).arrays["a"].tolist() == [0, 1, 2] and len(made) == times


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    assert kept.found(tmp_path / "in the way" / "x", lambda: Record({"a": np.arange(3)})).arrays["a"].tolist() == [0, 1, 2]


def test_subjects_have_places_of_their_own(tmp_path: Path) -> None:
    with knobs.scope(cache=tmp_path):
        places = {kept.place("f", *subject) for subject in (("a", "b"), ("ab",), ("a", 1), ("a", "1"), ("a", {"b": "c"}))}
    assert len(places) == 5 and {place.parent.parent for place in places} == {tmp_path / "f"}


def sources(folder: Path, text: str) -> Path:
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "source.py").write_text(text)
    return folder


def stamp_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(kept, "COSTS", folder)
    return kept.stamp.__wrapped__()


def test_the_stamp_follows_what_the_sources_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, alike, other = sources(tmp_path / "one", "x = 1"), sources(tmp_path / "alike", "x = 1"), sources(tmp_path / "other", "x = 2")
    first = stamp_of(one, monkeypatch)
    os.utime(one / "a" / "source.py", (0, 0))
    assert stamp_of(one, monkeypatch) == first == stamp_of(alike, monkeypatch), "another place or another time is no other state"
    assert stamp_of(other, monkeypatch) != first
    (alike / "a" / "source.py").rename(alike / "a" / "renamed.py")
    assert stamp_of(alike, monkeypatch) != first


def test_states_that_were_used_lately_stay(tmp_path: Path) -> None:
    day, now = 24 * 3600, time.time()
    for days in (1, 2, 20, 40):
        (tmp_path / f"{days} days").mkdir()
        os.utime(tmp_path / f"{days} days", (now - days * day, now - days * day))
    assert kept.write(tmp_path / "own" / "x", Record({"a": np.arange(3)}))
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["1 days", "2 days", "20 days", "own"]


def test_of_too_many_states_the_oldest_go(tmp_path: Path) -> None:
    for age in range(kept.STATES + 2):
        (tmp_path / f"{age}").mkdir()
        os.utime(tmp_path / f"{age}", (time.time() - 60 * age,) * 2)
    assert kept.write(tmp_path / "own" / "x", Record({"a": np.arange(3)}))
    assert sorted(folder.name for folder in tmp_path.iterdir()) == [*map(str, range(kept.STATES)), "own"]


def test_asking_for_a_place_marks_its_state_as_used(tmp_path: Path) -> None:
    with knobs.scope(cache=tmp_path):
        state = tmp_path / "f" / kept.stamp()
        state.mkdir(parents=True)
        os.utime(state, (0, 0))
        kept.place("f", "subject")
    assert time.time() - state.stat().st_mtime < 60
