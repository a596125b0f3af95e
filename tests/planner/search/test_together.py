"""Which plan each of several models gets: against all combinations, and menus that are bounded and leave nobody out."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.planner.search import search, together
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Choices, Goals
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.space import Deployment
from intarsia.planner.search.together import Choice, Limits, Menu, pick, pick_best
from tests.planner.search.samples import problem, requests

NOTHING = Deployment(())
STOCK = {"A": 4, "B": 3}
PRICE = {"A": 2.0, "B": 0.5}
choices = st.builds(
    lambda a, b, good: Choice(NOTHING, {name: count for name, count in (("A", a), ("B", b)) if count}, a * PRICE["A"] + b * PRICE["B"], good, 1.0),
    st.integers(0, 4), st.integers(0, 3), st.sampled_from([0.2, 0.5, 0.9, 0.95, 1.0]),
).filter(lambda choice: choice.used)  # fmt: skip


def fits(taken: tuple[Choice, ...]) -> bool:
    return all(sum(choice.used.get(name, 0) for choice in taken) <= count for name, count in STOCK.items())


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(choices, min_size=1, max_size=5), min_size=1, max_size=4))
def test_the_cheapest_of_all_combinations_are_picked(menus: list[list[Choice]]) -> None:
    able = sorted(
        (sum(c.usd_per_h for c in taken), sum(c.cost[1] for c in taken)) for taken in product(*menus) if fits(taken) and min(c.good for c in taken) >= 0.95
    )  # fmt: skip
    found = pick(menus, STOCK, 0.95)
    assert [(sum(c.usd_per_h for c in taken), sum(c.cost[1] for c in taken)) for taken in found] == able[: together.WORTH]
    assert all(fits(taken) and all(choice in menu for choice, menu in zip(taken, menus, strict=True)) for taken in found)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(choices, min_size=1, max_size=4), min_size=1, max_size=3))
def test_where_goals_cannot_be_kept_the_worst_model_fares_best(menus: list[list[Choice]]) -> None:
    able = [taken for taken in product(*menus) if fits(taken)]
    found = pick_best(menus, STOCK, 0.95)
    assert bool(found) == bool(able), "no model is left without devices"
    if able:
        assert min(0.95, min(c.good for c in found[0])) == max(min(0.95, min(c.good for c in taken)) for taken in able)


def menu(limits: Limits, rate: float = 8.0) -> Menu:
    asked = problem(fleet=(("H100-SXM", 4), ("L4", 4)), workload=requests(60, rate), goals=Goals(ttft_s=2.0, tpot_s=0.1), choices=Choices(chunks=(2048,), batches=(64,), most_stages=1))
    pricer = Pricer(asked)
    designs = search.priced(asked, pricer, Excluded(), search.Counts(), lambda share, text: None)
    return Menu(asked, designs, Simulator(asked, pricer.tables), limits)


def test_menus_are_bounded_and_hold_the_cheapest_of_each_kind() -> None:
    few, whole = menu(Limits(simulations=2)), menu(Limits(simulations=0))
    few.fill()
    whole.fill()
    assert len(few.seen) < len(whole.seen) and few.choices()
    kept = whole.choices()
    good = [choice for choice in kept if choice.good >= 0.95]
    assert len({tuple(sorted(choice.used)) for choice in good}) > 1 and [choice.cost for choice in good] == sorted(choice.cost for choice in good)
    assert not any(a is not b and a.beats(b, 0.95) for a in kept for b in kept)


def test_smaller_plans_are_there_for_fleets_that_are_too_small() -> None:
    late = menu(Limits(until=-math.inf))
    late.fill()
    assert late.seen, "the first plans are simulated at any time"
    early = menu(Limits(simulations=1))
    early.fill()
    early.fill_smaller()
    assert min(choice.cost[1] for choice in early.choices()) == 1


def test_nothing_is_picked_from_an_empty_menu() -> None:
    assert pick([[], []], STOCK, 0.0) == [] == pick_best([[]], STOCK, 0.95)
    with pytest.raises(StopIteration):
        next(iter(pick_best([[Choice(NOTHING, {"A": 9}, 18.0, 1.0, 1.0)]], STOCK, 0.95)))
