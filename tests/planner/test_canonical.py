"""The compiled search: its answers are an oracle's, with every inference rule and without each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.planner.memory import exact
from intarsia.planner.memory.exact import Search
from intarsia.planner.memory.problem import Block, blocks_of, load_bound, sections_of
from intarsia.planner.memory.state import ALL, Rule
from intarsia.planner.validate import Span, overlaps
from tests.planner.packings import fits, perfect
from tests.planner.test_offsets import hard

VARIANTS = (ALL, *(ALL & ~rule for rule in Rule), Rule(0))


@st.composite
def few_blocks(draw: st.DrawFn) -> list[Block]:
    found = []
    for number in range(draw(st.integers(1, 7))):
        lower, alignment = draw(st.integers(0, 4)), draw(st.sampled_from([1, 1, 1, 2, 3]))
        found.append(Block(lower, lower + draw(st.integers(1, 4)), draw(st.integers(1, 5)) * alignment, alignment, (f"b{number}",)))
    return found


@settings(max_examples=40, deadline=None)
@given(few_blocks(), st.integers(-1, 2))
def test_answers_are_the_oracles_whatever_rules_are_on(blocks: list[Block], above: int) -> None:
    capacity = load_bound(blocks) + above
    possible = fits(blocks, capacity)
    for rules in VARIANTS if len(blocks) <= 5 else VARIANTS[:-1]:
        _check(blocks, capacity, rules, possible)


def _check(blocks: list[Block], capacity: int, rules: Rule, possible: bool) -> None:
    answer = Search(blocks, rules=rules).fit(capacity, most=10_000_000)
    assert answer.settled and (answer.offsets is not None) == possible, rules
    if answer.offsets is not None:
        spans = [Span(b.names[0], o, o + b.size, b.lower, b.upper) for b, o in zip(blocks, answer.offsets, strict=True)]
        assert overlaps(spans, capacity) == []
        assert all(o % b.alignment == 0 for b, o in zip(blocks, answer.offsets, strict=True))
    elif answer.conflict is not None:
        assert not fits([blocks[i] for i in answer.conflict], capacity), rules


@pytest.mark.parametrize("rules", VARIANTS[:-1])
def test_a_load_that_no_offsets_reach(rules: Rule) -> None:
    """Fifteen blocks whose load is 17 and whose optimum is 18: what the rules save is time."""
    blocks = blocks_of(hard())
    assert Search(blocks, rules=rules).fit(17 * 1024, most=3_000_000).conflict is not None
    assert Search(blocks, rules=rules).fit(18 * 1024, most=3_000_000).offsets is not None


def test_every_rule_saves_branches_somewhere() -> None:
    """Counted, not timed: proofs and packings with all rules take fewer branches than without any one of them."""
    twins = [Block(0, 9, 3, 1, (f"t{i}",)) for i in range(9)]
    fine = [*blocks_of(hard()), Block(8, 9, 1, 1, ("one byte",))]
    puzzles = [(fine, 17 * 1024 + 900), (blocks_of(perfect(60, 3)), 1024), (blocks_of(perfect(150, 3)), 1024), ([*twins, Block(0, 4, 4, 2, ("a",)), Block(3, 9, 5, 5, ("b",))], 36)]
    for rule in Rule:
        saved = [_branches(blocks, capacity, ALL & ~rule) / _branches(blocks, capacity, ALL) for blocks, capacity in puzzles]
        assert max(saved) > 1.5, (rule, saved)


def _branches(blocks: list[Block], capacity: int, rules: Rule) -> int:
    return max(1, Search(blocks, rules=rules).fit(capacity, most=200_000).branches)


@settings(max_examples=100, deadline=None)
@given(few_blocks())
def test_blocks_overlap_in_time_exactly_where_they_share_a_section(blocks: list[Block]) -> None:
    sections = sections_of(blocks)
    assert all(0 <= f < e <= sections.count for f, e in zip(sections.first, sections.last, strict=True))
    for i, a in enumerate(blocks):
        for j, b in enumerate(blocks):
            shared = sections.first[i] < sections.last[j] and sections.first[j] < sections.last[i]
            assert shared == (a.lower < b.upper and b.lower < a.upper)


def test_sizes_near_the_largest_are_added_exactly() -> None:
    half = 2**60 + 1
    blocks = [Block(0, 2, half, 1, ("a",)), Block(1, 3, half, 1, ("b",)), Block(0, 3, 1, 1, ("c",))]
    assert Search(blocks).fit(2 * half).conflict is not None
    answer = Search(blocks).fit(2 * half + 1)
    assert answer.offsets is not None and max(o + b.size for o, b in zip(answer.offsets, blocks, strict=True)) == 2 * half + 1


def test_a_seed_gives_one_answer() -> None:
    blocks = blocks_of(perfect(120, 0))
    first, again = (Search(blocks, seed=3).fit(1024, most=200_000) for _ in range(2))
    assert first == again


def test_runs_have_the_lengths_of_luby() -> None:
    assert [exact._luby(i) for i in range(1, 16)] == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]


def test_the_sets_of_overlaps_agree() -> None:
    """The bits of a block's row name the blocks that its list does."""
    search = Search(blocks_of(perfect(150, 2)))
    given = search.given
    for b in range(len(given.size)):
        listed = set(given.beside[given.beside_at[b] : given.beside_at[b + 1]].tolist())
        bits = np.unpackbits(given.overlap[b].view(np.uint8), bitorder="little")
        assert set(np.nonzero(bits)[0].tolist()) == listed
