"""Schedules of a cycle: against closed forms, against the steady state's shares, against greedy, and by a judge that replays them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.memory.tiers import schedule, shares
from intarsia.planner.memory.tiers.machine import Link, Machine, Memory
from intarsia.planner.memory.tiers.schedule import Item, Problem, Schedule, Step
from intarsia.planner.memory.tiers.shares import Group, Linear, Phase
from intarsia.planner.validate.tiers import schedule_problems

FAR = 1e15


def two(room: float, bandwidth: float = 1e9, latency_s: float = 0.0, in_place: float = 0.0) -> Machine:
    return Machine((Memory("dram", room), Memory("disk", FAR, in_place)), (Link("disk", "dram", bandwidth, latency_s), Link("dram", "disk", bandwidth)))


def layers(count: int, size: float, seconds: float, machine: Machine, *, like: str = "", ahead: int = 0) -> Problem:
    steps = tuple(Step(f"layer{i}", seconds) for i in range(count))
    return Problem(machine, steps, tuple(Item(f"w{i}", size, (i,), like=like) for i in range(count)), ahead)


def checked(problem: Problem, **options: float) -> Schedule:
    found = schedule.solve(problem, **options)  # type: ignore[arg-type]
    assert schedule_problems(found) == []
    return found


def test_what_fits_never_moves() -> None:
    found = checked(layers(4, 1e6, 1e-3, two(4e6)))
    assert found.period_s == pytest.approx(4e-3) and not found.loads


def test_equal_layers_take_what_the_link_takes() -> None:
    """Half of memory: a share r of each layer stays, and two layers' others are under way or in use: 10 r + 2 (1 - r) = 5."""
    found = checked(layers(10, 1e6, 1e-5, two(5e6), like="all"))
    stays = 3 / 8
    assert found.homes["w0", "dram"] == pytest.approx(stays)
    assert found.period_s == pytest.approx(10 * (1 - stays) * 1e6 / 1e9)


def test_equal_layers_one_step_ahead_are_the_steady_states_shares() -> None:
    """shares.py's form of the same: seconds of a layer = max(work, link), and rooms that hold two layers' moving parts."""
    count, size, seconds, room = 8, 1e6, 4e-4, 5e6
    weights = Linear({("weights", "dram"): count * size - 2 * size}, 2 * size)
    group = Group("layers", count, (Phase("step", 1.0, {"work": Linear(constant=seconds), "link": Linear({("weights", "disk"): size / 1e9})}),), {"dram": weights})
    steady = shares.solve(shares.Problem(("weights",), ("dram", "disk"), (group,), {"dram": room}))
    assert steady is not None
    assert checked(layers(count, size, seconds, two(room), like="all", ahead=1)).period_s == pytest.approx(steady.seconds, rel=1e-6)


def test_three_memories_pass_through_the_middle() -> None:
    machine = Machine((Memory("hbm", 2.5e6), Memory("ddr", 2e6), Memory("nvme", FAR)), (Link("ddr", "hbm", 4e9), Link("nvme", "ddr", 1e9)))
    found = checked(layers(6, 1e6, 1e-4, machine))
    assert sum(found.homes[f"w{i}", "ddr"] for i in range(6)) == pytest.approx(2.0)
    assert found.period_s > 6e-4


def test_work_where_things_lie_shares_the_load() -> None:
    """A processor beside the slow memory takes a part: both end together."""
    alone = checked(layers(4, 1e6, 1e-4, two(2.5e6)))
    helped = checked(layers(4, 1e6, 1e-4, two(2.5e6, in_place=1e9)))
    assert helped.used and helped.period_s < alone.period_s


def test_whole_items_are_not_torn() -> None:
    problem = layers(5, 1e6, 1e-4, two(3.5e6))
    found = checked(replace(problem, items=tuple(replace(item, whole=True) for item in problem.items)))
    assert all(share == pytest.approx(round(share), abs=1e-6) for share in found.homes.values())


def test_latency_makes_few_large_moves() -> None:
    slow = checked(layers(6, 1e6, 1e-4, two(4e6, latency_s=5e-3)), gap=1e-3)
    assert len({load.item for load in slow.loads}) < len({load.item for load in checked(layers(6, 1e6, 1e-4, two(4e6), like="all")).loads})


def test_written_items_cost_the_way_back() -> None:
    problem = layers(4, 1e6, 1e-4, two(3e6))
    written = replace(problem, items=tuple(replace(item, written=2e6) for item in problem.items))
    assert checked(written).period_s > checked(problem).period_s


def test_never_worse_than_greedy() -> None:
    for room in (4e6, 6e6, 9e6):
        problem = layers(10, 1e6, 2e-4, two(room))
        assert checked(problem).period_s <= schedule.greedy(problem)[1] * (1 + 1e-6)


def test_too_little_memory_names_the_step() -> None:
    problem = layers(3, 2e6, 1e-3, two(1e6))
    with pytest.raises(InfeasibleError, match=r"dram in step \d \(layer\d\).*more memory"):
        schedule.solve(problem)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=2, max_size=7), st.floats(1.0, 3.0), st.integers(1, 50))
def test_every_schedule_can_be_replayed(drawn: list[tuple[int, int]], spare: float, rate: int) -> None:
    """Between what any schedule must take and what taking turns would take."""
    sizes = [1e5 * size for size, _ in drawn]
    room = 2 * max(sizes) * spare
    problem = Problem(two(room, 1e7 * rate), tuple(Step(f"s{i}", 1e-3 * work) for i, (_, work) in enumerate(drawn)), tuple(Item(f"w{i}", s, (i,)) for i, s in enumerate(sizes)))
    found = checked(problem)
    work, moved = sum(step.seconds for step in problem.steps), max(sum(sizes) - room, 0.0) / (1e7 * rate)
    assert max(work, moved) * (1 - 1e-6) <= found.period_s <= work + sum(sizes) / (1e7 * rate) + 1e-9


def test_the_judge_sees_what_is_wrong() -> None:
    good = checked(layers(5, 1e6, 1e-4, two(3e6), like="all"))
    faults = {
        "come during": replace(good, loads=tuple(replace(load, during=load.use) for load in good.loads)),
        "takes": replace(good, seconds=tuple(s / 2 for s in good.seconds)),
        "which holds": replace(good, problem=replace(good.problem, machine=two(2e6))),
        "lives somewhere": replace(good, homes=good.homes | {("w0", "dram"): 0.0}),
        "has 0.0000 of": replace(good, loads=()),
    }
    for words, plan in faults.items():
        assert any(words.replace("come during", "comes during") in fault for fault in schedule_problems(plan)), words


@pytest.mark.parametrize("wrong", [
    lambda: Memory("m", -1.0), lambda: Memory("m", 2.0**63), lambda: Link("a", "b", 0.0), lambda: Link("a", "b", 1.0, -1.0), lambda: Machine((), ()),
    lambda: Machine((Memory("a", 1.0), Memory("a", 1.0)), ()), lambda: Machine((Memory("a", 1.0), Memory("b", 1.0)), (Link("a", "c", 1.0),)),
    lambda: two(1e6).up("nowhere") if False else Machine((Memory("a", 1.0), Memory("b", 1.0)), ()).up("b"),
    lambda: Problem(two(1e6), (), ()), lambda: Problem(two(1e6), (Step("s", 1.0),), (Item("w", 1.0, (3,)),)), lambda: Problem(two(1e6), (Step("s", -1.0),), ()),
    lambda: Problem(two(1e6), (Step("s", 1.0),), (Item("w", 2.0**63, (0,)),)), lambda: Problem(two(1e6), (Step("s", 1.0),), (Item("w", 1.0, (0,)), Item("w", 1.0, (0,)))),
    lambda: Problem(two(1e6), (Step("s", 1.0),), (Item("w", 1.0, (0,), homes=("moon",)),)),
])  # fmt: skip
def test_bad_input_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]
