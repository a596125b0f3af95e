"""Arrays in the user's cache: the same to the bit, none where a file is damaged, and of one state of the cost models."""

from __future__ import annotations

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


def test_the_stamp_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    source = tmp_path / "a" / "source.py"
    source.write_text("x = 1")
    monkeypatch.setattr(kept, "COSTS", tmp_path)
    first = kept.stamp.__wrapped__()
    assert first == kept.stamp.__wrapped__()
    source.write_text("x = 22")
    assert kept.stamp.__wrapped__() != first
