"""Arena offsets: valid by an independent check, never below the load bound, and bad input refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.memory.offsets import Assignment, Buffer, assign
from intarsia.planner.validate import Span, overlaps


def spans(buffers: list[Buffer], found: Assignment) -> list[Span]:
    return [Span(b.name, found.offsets[b.name], found.offsets[b.name] + b.size, b.lower, b.upper) for b in buffers if b.size]


@st.composite
def problems(draw: st.DrawFn) -> list[Buffer]:
    count = draw(st.integers(0, 25))
    found = []
    for number in range(count):
        lower = draw(st.integers(0, 20))
        found.append(Buffer(f"b{number}", lower, lower + draw(st.integers(1, 12)), draw(st.integers(0, 500))))
    return found


@settings(max_examples=150, deadline=None)
@given(problems(), st.sampled_from([1, 16, 64]))
def test_assignments_are_valid_and_not_below_the_bound(buffers: list[Buffer], alignment: int) -> None:
    found = assign(buffers, alignment)
    assert overlaps(spans(buffers, found), found.peak) == []
    assert all(offset % alignment == 0 for offset in found.offsets.values())
    loads = [sum(-(-b.size // alignment) * alignment for b in buffers if b.lower <= t < b.upper) for t in range(40)]
    assert found.bound == max(loads) <= found.peak


def test_buffers_alive_at_different_times_share_a_place() -> None:
    found = assign([Buffer("a", 0, 2, 128), Buffer("b", 2, 4, 128), Buffer("c", 0, 4, 64)])
    assert found.peak == found.bound == 192
    assert found.proven


def test_an_alias_group_has_one_place_over_the_hull_of_its_lifetimes() -> None:
    buffers = [Buffer("x", 0, 2, 64, "x"), Buffer("y", 4, 6, 128, "x"), Buffer("between", 2, 4, 64)]
    found = assign(buffers)
    assert found.offsets["x"] == found.offsets["y"] != found.offsets["between"]
    assert found.peak == 192


def test_nothing_takes_no_memory() -> None:
    assert assign([]) == Assignment({}, 0, 0, assign([]).method)


@pytest.mark.parametrize(
    ("buffers", "alignment", "words"),
    [
        ([Buffer("a", 3, 3, 1)], 64, "lifetime [3, 3) is empty"),
        ([Buffer("a", 0, 1, -5)], 64, "size -5 is negative"),
        ([Buffer("a", 0, 1, 1), Buffer("a", 1, 2, 1)], 64, "two buffers"),
        ([], 0, "alignment must be at least 1"),
    ],
)
def test_bad_buffers_are_refused(buffers: list[Buffer], alignment: int, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("[", r"\[").replace(")", r"\)")):
        assign(buffers, alignment)


def load_csv(path: Path) -> list[Buffer]:
    with path.open() as file:
        return [Buffer(r["id"], int(r["lower"]), int(r["upper"]), int(r["size"])) for r in csv.DictReader(file)]


def test_minimalloc_small_example_is_solved_to_its_bound(real_data: Path) -> None:
    buffers = load_csv(real_data / "minimalloc" / "input.12.csv")
    found = assign(buffers, alignment=1)
    assert overlaps(spans(buffers, found), found.peak) == []
    assert found.peak == found.bound == 12


@pytest.mark.parametrize("name", ["C", "K"])
def test_minimalloc_instances_stay_valid(real_data: Path, name: str) -> None:
    """Capacity is 1048576 bytes; heuristics alone come within a third of it."""
    buffers = load_csv(real_data / "minimalloc" / f"{name}.1048576.csv")
    found = assign(buffers, alignment=1)
    assert overlaps(spans(buffers, found), found.peak) == []
    assert found.bound <= 1048576 <= found.peak <= 1048576 * 4 / 3
