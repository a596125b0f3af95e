"""Ends that are alike are taken together, and nothing is lost by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.planner.placement.agents import transport
from intarsia.planner.placement.agents.problem import FREE, Edge, Move
from intarsia.planner.placement.agents.spread import constant
from intarsia.planner.placement.agents.transport import Shape, Shapes

NAMES = ("a1", "a2", "b1", "b2", "b3")


def shape_of(moves: dict[tuple[str, str], Move], sources: list[str], targets: list[str]) -> Shape:
    return Shapes().of(Edge("e", "s", "t", 1.0, moves), sources, targets, {name: name[0] for name in NAMES})


def cost(shape: Shape, source: str, target: str, what: str) -> float:
    """What the variables of a shape say of one pair, with as much staying as may be."""
    pair = next(i for i, g in enumerate(shape.sources) if source in g), next(i for i, g in enumerate(shape.targets) if target in g)
    found = dict(transport.values(shape, what))
    return found.get(pair, 0.0) + (found.get(source, 0.0) if source == target else 0.0)


@given(st.lists(st.sampled_from(NAMES), min_size=1, unique=True), st.lists(st.sampled_from(NAMES), min_size=1, unique=True), st.lists(st.integers(0, 2), min_size=25, max_size=25))
def test_every_pair_costs_what_it_did(sources: list[str], targets: list[str], kinds: list[int]) -> None:
    known = (FREE, Move(constant(0.5), 1.0, 10.0), Move(constant(0.2), 3.0, 10.0))
    moves = {(a, b): known[kinds[5 * i + j]] for i, a in enumerate(NAMES) for j, b in enumerate(NAMES) if a != b}
    shape = shape_of(moves, sources, targets)
    assert sorted(end for group in shape.sources for end in group) == sorted(sources)
    for a in sources:
        for b in targets:
            move = moves.get((a, b), FREE)
            assert [cost(shape, a, b, what) for what in ("seconds", "dollars", "bytes")] == pytest.approx([move.seconds.mean, move.dollars, move.bytes])


def test_pools_of_one_kind_are_one_end() -> None:
    """Two kinds, five pools: four pairs of groups, and an end to stay at for each pool."""
    near, far = Move(constant(0.1), bytes=1.0), Move(constant(1.0), bytes=1.0)
    moves = {(a, b): near if a[0] == b[0] else far for a in NAMES for b in NAMES if a != b}
    shape = shape_of(moves, list(NAMES), list(NAMES))
    assert len(shape.between) == 4 and set(shape.staying) == set(NAMES)


def test_ends_of_different_kinds_stay_apart_where_bytes_differ() -> None:
    moves = {("a1", "b1"): Move(constant(0.1), bytes=1.0), ("a2", "b1"): Move(constant(0.1), bytes=1.0), ("a1", "a2"): FREE, ("a2", "a1"): FREE}
    shape = shape_of(moves, ["a1", "a2"], ["a1", "a2", "b1"])
    assert all(len({end[0] for end in group}) == 1 for group in (*shape.sources, *shape.targets))
