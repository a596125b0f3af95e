"""Which devices to rent: mixes where kinds side by side cost less, one kind where it is cheapest, and what is said where nothing does."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.placement.mix import Bucket
from intarsia.planner.search import rent
from intarsia.planner.search.problem import Goals
from intarsia.planner.validate import mix_problems
from tests.planner.search.samples import at_once, problem, requests, stock
from tests.planner.search.test_questions import CHOICES, prepared

WORKLOAD = requests(400, 17.0, prompt={"kind": "lognormal", "median": 300, "sigma": 1.2}, output={"kind": "lognormal", "median": 90, "sigma": 0.8})
GOALS = Goals(ttft_s=2.0, tpot_s=0.1)
ASKED = problem(fleet=(("L4", 6), ("A100-80GB-SXM", 6)), workload=WORKLOAD, goals=GOALS, choices=CHOICES)


def test_a_small_device_beside_a_large_one_is_cheaper_than_two_large_ones() -> None:
    designs, simulate = prepared(ASKED)
    found = rent.rent(ASKED, designs, simulate)
    assert found.mix is not None and found.answer.outcome.meets(GOALS)
    assert found.answer.outcome.usd_per_h == pytest.approx(found.mix.usd_per_h) and found.mix.usd_per_h < found.alone_usd_per_h
    assert {part.design.replica.stock: part.count for part in found.answer.candidate.parts} == {"L4": 1, "A100-80GB-SXM": 1}
    sizes = rent.sizes(ASKED)
    buckets, offers = [Bucket(size.name, size.rate) for size in sizes], [offer for offer, _ in rent.offers(ASKED, designs, sizes)]
    assert not mix_problems(buckets, offers, {"L4": 6, "A100-80GB-SXM": 6}, found.mix)


def test_one_kind_is_rented_where_it_is_cheapest() -> None:
    asked = replace(ASKED, workload=requests(150, 6.0))
    designs, simulate = prepared(asked)
    found = rent.rent(asked, designs, simulate)
    assert found.mix is None and found.answer.outcome.usd_per_h == found.alone_usd_per_h and found.answer.candidate.devices == 1


def test_a_plan_that_takes_two_kinds_is_not_called_one_kind() -> None:
    """One device of each kind, and prefill apart from decode: no kind can do that alone."""
    apart = replace(CHOICES, modes=("disaggregated",))
    asked = problem(fleet=(("H100-SXM", 1), ("A100-80GB-SXM", 1)), workload=requests(60, 4.0), goals=GOALS, choices=apart)
    found = rent.rent(asked, *prepared(asked))
    assert found.mix is None and set(found.answer.candidate.deployment.used) == {"H100-SXM", "A100-80GB-SXM"} and math.isinf(found.alone_usd_per_h)
    more = replace(asked, fleet=(stock("H100-SXM", 2), stock("A100-80GB-SXM", 2)))
    found = rent.rent(more, *prepared(more))
    assert len(found.answer.candidate.deployment.used) == 1 and found.alone_usd_per_h == found.answer.outcome.usd_per_h


def test_sizes_add_up_to_the_workload() -> None:
    sizes = rent.sizes(ASKED)
    assert sum(size.rate for size in sizes) == pytest.approx(ASKED.rate)
    assert sum(size.rate * size.isl for size in sizes) == pytest.approx(ASKED.rate * ASKED.isl)
    assert len({size.name for size in sizes}) == len(sizes) and min(size.rate for size in sizes) >= rent.FEW * ASKED.rate


def test_what_can_not_be_rented_says_why() -> None:
    designs, simulate = prepared(ASKED)
    with pytest.raises(InfeasibleError, match=r"no plan keeps the goals .*: at best .* the lowest TTFT at 95 % is \d"):
        rent.rent(replace(ASKED, goals=Goals(ttft_s=1e-4)), designs, simulate)
    with pytest.raises(InputError, match="no rate"):
        rent.rent(replace(ASKED, workload=at_once((10, 10))), designs, simulate)
    free = replace(stock("L4", 1), device=replace(stock("L4", 1).device, rent_usd_per_h=0.0, price_usd=0.0))
    with pytest.raises(InputError, match="L4 has no price"):
        rent.rent(replace(ASKED, fleet=(free,)), designs, simulate)
