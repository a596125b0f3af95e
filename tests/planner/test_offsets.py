"""Arena offsets: valid by an independent check, never below the load bound, and bad input refused."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.memory import csv_file
from intarsia.planner.memory.offsets import Assignment, assign
from intarsia.planner.memory.problem import Buffer, blocks_of
from intarsia.planner.validate import Span, offset_problems, overlaps
from tests.planner.packings import fits, perfect, variants


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
    assert found.load == max(loads) <= found.bound <= found.peak


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
    found = assign([])
    assert (found.offsets, found.peak, found.bound, found.proof) == ({}, 0, 0, "optimal")


@pytest.mark.parametrize(
    ("buffers", "alignment", "words"),
    [
        ([Buffer("a", 3, 3, 1)], 64, "lifetime [3, 3) is empty"),
        ([Buffer("a", 0, 1, -5)], 64, "size -5 is negative"),
        ([Buffer("a", 0, 1, 1), Buffer("a", 1, 2, 1)], 64, "two buffers"),
        ([], 0, "alignment must be at least 1"),
        ([Buffer("a", 0, 1, 1, alignment=0)], 64, "alignment must be at least 1"),
        ([Buffer("a", 0, 1, 2**61), Buffer("b", 3, 4, 2**61)], 64, "sizes come to 2^62"),
        ([Buffer("a", 0, 1, 1, in_place="b")], 64, "takes the place of 'b', which is no buffer"),
        ([Buffer("a", 0, 1, 1), Buffer("b", 3, 4, 1, in_place="a")], 64, "takes the place of a, which does not live"),
    ],
)
def test_bad_buffers_are_refused(buffers: list[Buffer], alignment: int, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        assign(buffers, alignment)


HARD = [(3, 7, 2), (3, 6, 4), (5, 7, 4), (6, 7, 3), (5, 7, 4), (2, 6, 1), (2, 5, 4), (2, 4, 4), (0, 1, 4), (1, 4, 1), (6, 7, 4), (0, 1, 13), (1, 2, 16), (2, 3, 7), (5, 6, 2)]
"""Its load is 17, and nothing below 18 fits."""


def hard() -> list[Buffer]:
    return [Buffer(f"b{i}", lower, upper, 1024 * size) for i, (lower, upper, size) in enumerate(HARD)]


def test_a_bound_above_the_load_is_proved() -> None:
    found = assign(hard())
    assert (found.load, found.bound, found.peak, found.proof) == (17 * 1024, 18 * 1024, 18 * 1024, "optimal")
    assert found.stage != "search" or found.method == "canonical search"
    assert offset_problems(hard(), found.offsets, found.peak) == []


def test_what_the_load_allows_and_offsets_do_not_is_explained() -> None:
    found = assign(hard(), capacity=17 * 1024)
    assert found.proof == "infeasible" and found.conflict is not None and found.conflict.load <= found.conflict.capacity
    named = [b for b in hard() if b.name in found.conflict.names]
    assert not fits(blocks_of(named), 17 * 1024)
    assert all(fits(blocks_of([b for b in named if b.name != one]), 17 * 1024) for one in found.conflict.names)
    assert "no offsets under 17408 keep them apart" in str(found.conflict)


def test_the_fewest_buffers_that_are_too_much_at_one_time_are_named() -> None:
    buffers = [*(Buffer(f"s{i}", 0, 2, 10) for i in range(8)), Buffer("a", 5, 7, 40), Buffer("b", 6, 9, 30)]
    found = assign(buffers, 1, capacity=60)
    assert found.proof == "infeasible" and found.conflict is not None
    assert (found.conflict.lower, found.conflict.upper, set(found.conflict.names), found.conflict.load) == (6, 7, {"a", "b"}, 70)
    assert str(found.conflict) == "2 buffers over [6, 7) (a, b) need 70 at one time, 10 more than 60"


def test_a_capacity_that_is_met_is_enough() -> None:
    found = assign(hard(), capacity=40 * 1024)
    assert found.peak <= 40 * 1024 and found.proof in ("fits", "optimal")


def test_no_time_gives_the_best_heuristic() -> None:
    found = assign(perfect(120, 1), 1, time_limit_s=0.0)
    assert found.stage == "heuristics" and found.proof == "open" and found.gap > 0
    assert offset_problems(perfect(120, 1), found.offsets, found.peak) == []


def test_an_interruption_gives_the_best_so_far() -> None:
    def interrupt(share: float, text: str) -> None:
        if text.startswith("searching"):
            raise KeyboardInterrupt

    buffers = perfect(200, 1)
    found = assign(buffers, 1, watch=interrupt)
    assert found.proof == "interrupted" and found.stage == "heuristics"
    assert offset_problems(buffers, found.offsets, found.peak) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("thinned", [0.0, 0.15])
def test_perfect_packings_are_found(seed: int, thinned: float) -> None:
    buffers = perfect(120, seed, thinned=thinned)
    found = assign(buffers, 1, capacity=1024, time_limit_s=60, seed=seed)
    assert found.peak <= 1024
    assert offset_problems(buffers, found.offsets, 1024) == []


@settings(max_examples=60, deadline=None)
@given(problems(), st.data())
def test_groups_and_alignments_are_kept(buffers: list[Buffer], data: st.DataObject) -> None:
    made = []
    for buffer in buffers:
        alias, alignment = data.draw(st.sampled_from(["", "", "", "x", "y"])), data.draw(st.sampled_from([1, 2, 3, 16]))
        made.append(replace(buffer, alias=alias, alignment=alignment))
    found = assign(made, 1, time_limit_s=0.2)
    assert offset_problems(made, found.offsets, found.peak) == []


def test_in_place_chains_share_one_place() -> None:
    buffers = [Buffer("x", 0, 2, 64), Buffer("y", 2, 4, 128, in_place="x"), Buffer("z", 4, 6, 64, in_place="y"), Buffer("beside", 1, 5, 64)]
    found = assign(buffers)
    assert found.offsets["x"] == found.offsets["y"] == found.offsets["z"] != found.offsets["beside"]
    assert found.peak == 192 and offset_problems(buffers, found.offsets, 192) == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"y": 64}, "y at 64 should lie where x does"), ({"beside": 64}, "share bytes"), ({"beside": 130}, "not aligned to 64"), ({"beside": 192}, "leaves the arena"),
    ],
)  # fmt: skip
def test_the_validator_sees_what_is_wrong(broken: dict[str, int], words: str) -> None:
    buffers = [Buffer("x", 0, 2, 64), Buffer("y", 2, 4, 128, in_place="x"), Buffer("beside", 1, 5, 64, alignment=64)]
    good = {"x": 0, "y": 0, "beside": 128}
    assert offset_problems(buffers, good, 192) == []
    assert any(words in problem for problem in offset_problems(buffers, good | broken, 192))
    assert offset_problems(buffers, {"x": 0, "y": 0}, 192) == ["beside has no offset"]


def test_many_buffers_take_the_allocator_alone() -> None:
    buffers = [Buffer(str(i), i, i + 1 + i * 7919 % 900, 1 + i * 104729 % 5000) for i in range(20_000)]
    found = assign(buffers, 1)
    assert found.method == "as an allocator" and found.notes == ("20000 buffers are too many to search: heuristics only",)
    assert offset_problems(buffers, found.offsets, found.peak) == [] and found.gap < 0.2


def minimalloc(folder: Path) -> list[Path]:
    return sorted((folder / "minimalloc").glob("*.csv"))


@pytest.mark.parametrize("seed", [0, 1])
def test_minimalloc_instances_are_packed_at_their_load(real_data: Path, seed: int) -> None:
    """Whatever the order of the rows."""
    for path in minimalloc(real_data):
        buffers = csv_file.read(path)
        random.Random(seed).shuffle(buffers)
        found = assign(buffers, 1, time_limit_s=60, seed=seed)
        assert found.proof == "optimal" and found.peak == found.load <= 1048576, path
        assert offset_problems(buffers, found.offsets, found.peak) == []


def test_variants_of_an_instance_fit_where_it_does() -> None:
    """Rows in another order, time backwards, buffers left out or cut in two: of a packing that fills its height."""
    for name, made in variants([replace(b, lower=1024 * b.lower, upper=1024 * b.upper, size=1024 * b.size) for b in perfect(60, 5)], 1):
        found = assign(made, 1, capacity=1024 * 1024, time_limit_s=20)
        assert offset_problems(made, found.offsets, found.peak) == [] and found.peak <= 1024 * 1024, name
        assert len({b.name for b in made}) == len(made)
