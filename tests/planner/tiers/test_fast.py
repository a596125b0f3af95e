"""Buffers in a fast memory: against every possible plan where they can be tried, against greedy, and by a judge that follows versions."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.memory.tiers import fast
from intarsia.planner.memory.tiers.fast import Program, Residency, Resident, Use
from intarsia.planner.validate.tiers import residency_problems

Plans = list[tuple[frozenset[int], frozenset[int], frozenset[int]]]


def oracle(program: Program) -> float:
    """The least seconds over all plans, by trying them all: stays and copies of each buffer that the judge accepts, in all combinations."""
    return min((plan for choice in itertools.product(*(each(program, b) for b in program.buffers)) if (plan := taken(program, choice)) is not None), default=math.inf)


def each(program: Program, b: Resident) -> Plans:
    """Every plan of one buffer alone that is right."""
    alone = replace(program, buffers=(b,), room=max(b.bytes, 1))
    alive, early = range(b.lower, b.upper), range(max(b.lower - 1, 0), b.upper)
    found = []
    for stays, comes, goes in itertools.product(subsets(alive), subsets(early), subsets(alive)):
        plan = Residency(alone, {b.name: stays}, {b.name: comes}, {b.name: goes}, (math.inf,) * len(program.seconds))
        if not residency_problems(plan):
            found.append((stays, comes, goes))
    return found


def subsets(items: range) -> list[frozenset[int]]:
    return [frozenset(chosen) for n in range(len(items) + 1) for chosen in itertools.combinations(items, n)]


def taken(program: Program, choice: tuple[tuple[frozenset[int], frozenset[int], frozenset[int]], ...]) -> float | None:
    """Seconds of a combination, None where it has no room. Written apart from the planner's."""
    spent = 0.0
    for t, work in enumerate(program.seconds):
        near = far = room = 0.0
        for b, (stays, comes, goes) in zip(program.buffers, choice, strict=True):
            use = b.uses.get(t, Use())
            room += b.bytes * (t in stays or t in comes)
            near += (use.read + use.written) * (t in stays)
            far += (use.read + use.written) * (t not in stays) + b.bytes * (t in comes) + b.bytes * (t in goes)
        if room > program.room:
            return None
        spent += max(work, near / program.fast_rate, far / program.slow_rate)
    return spent


def checked(program: Program) -> Residency:
    found = fast.solve(program, time_limit_s=20)
    assert residency_problems(found) == []
    assert found.total_s <= fast.greedy(program).total_s * (1 + 1e-4)
    return found


def chain(count: int, size: int, room: int, slow: float = 1e6) -> Program:
    """A value a step, each read once by the next."""
    buffers = [Resident(f"x{i}", size, i, min(i + 2, count), {i: Use(0, size), **({i + 1: Use(size)} if i + 1 < count else {})}) for i in range(count)]
    return Program((1e-6,) * count, tuple(buffers), room, 1e9, slow)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    steps = draw(st.integers(2, 4))
    buffers = []
    for i in range(draw(st.integers(1, 2))):
        lower = draw(st.integers(0, steps - 1))
        upper = draw(st.integers(lower + 1, steps))
        size, outside = draw(st.integers(1, 4)), draw(st.booleans())
        uses = {t: Use(draw(st.sampled_from([0, size])), draw(st.sampled_from([0, 0, size]))) for t in range(lower, upper) if draw(st.booleans())}
        buffers.append(Resident(f"b{i}", size, lower, upper, uses, outside))
    return Program(tuple(draw(st.sampled_from([0.0, 0.5, 2.0])) for _ in range(steps)), tuple(buffers), draw(st.integers(0, 6)), 10.0, 1.0)


@settings(max_examples=25, deadline=None)
@given(programs())
def test_as_good_as_trying_everything(program: Program) -> None:
    assert checked(program).total_s == pytest.approx(oracle(program), rel=1e-5, abs=1e-9)


def test_a_chain_stays_where_two_values_fit() -> None:
    found = checked(chain(6, 100, 200))
    assert all(len(stays) for stays in found.fast.values())
    assert found.total_s == pytest.approx(6 * 1e-6, rel=0.2)
    assert set(found.offsets) == {f"x{i}@{i}" for i in range(6)}


def test_no_room_leaves_all_outside() -> None:
    found = checked(chain(4, 100, 0))
    assert not any(found.fast.values())
    assert found.total_s == pytest.approx((100 + 200 * 3) / 1e6)


def test_weights_are_brought_beside_earlier_work() -> None:
    """A weight that is read three times over is copied once, while an operator computes that doesn't need it."""
    weight = Resident("w", 1000, 1, 4, {t: Use(1000) for t in (1, 2, 3)}, outside=True)
    found = checked(Program((1e-2, 1e-6, 1e-6, 1e-6), (weight,), 1000, 1e9, 1e6))
    assert found.copied_in["w"] == {0} and found.fast["w"] == {1, 2, 3}


def test_a_value_leaves_and_comes_back_around_a_large_one() -> None:
    """Greedy keeps one of them; the program makes room in between, where copies cost nothing."""
    long = Resident("long", 100, 0, 6, {0: Use(0, 100), 1: Use(500), 4: Use(500), 5: Use(500)})
    large = Resident("large", 150, 2, 4, {2: Use(0, 600), 3: Use(600)})
    program = Program((1e-4, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4), (long, large), 200, 1e9, 1e6)
    found = checked(program)
    assert found.copied_out["long"] and found.copied_in["long"]
    assert found.total_s < 0.9 * fast.greedy(program).total_s


def test_the_judge_sees_what_is_wrong() -> None:
    good = checked(chain(4, 100, 200))
    empty = {name: frozenset[int]() for name in good.fast}
    assert any("out of date" in p for p in residency_problems(replace(good, fast=good.fast | {"x0": frozenset({1})})))
    assert any("fast memory of 100" in p for p in residency_problems(replace(good, program=replace(good.program, room=100))))
    assert any("but its traffic" in p for p in residency_problems(replace(good, fast=empty)))
    assert any("while it is written" in p for p in residency_problems(replace(good, copied_out=empty | {"x0": frozenset({0})})))
    assert any("isn't alive" in p for p in residency_problems(replace(good, fast=good.fast | {"x0": frozenset({0, 1, 2})})))


@pytest.mark.parametrize("wrong", [
    lambda: Program((), (), 1, 1.0, 1.0), lambda: Program((1.0,), (), -1, 1.0, 1.0), lambda: Program((1.0,), (), 1, 0.0, 1.0),
    lambda: Program((1.0,), (Resident("a", 1, 0, 2, {}),), 1, 1.0, 1.0), lambda: Program((1.0,), (Resident("a", 2**62, 0, 1, {}),), 1, 1.0, 1.0),
    lambda: Program((1.0,), (Resident("a", 1, 0, 1, {1: Use(1)}),), 1, 1.0, 1.0), lambda: Program((1.0,), (Resident("a", 1, 0, 1, {}), Resident("a", 1, 0, 1, {})), 1, 1.0, 1.0),
])  # fmt: skip
def test_bad_input_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]
