"""Mixes of rented devices: Mélange's example, exhaustive search, the judge, and bad input."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.placement.mix import Bucket, Offer, alone, cheapest, loads
from intarsia.planner.validate import mix_problems

MELANGE = [Bucket(name, 30 * share) for name, share in (("short", 0.2), ("long answer", 0.1), ("long prompt", 0.5), ("long", 0.2))]
DEVICES = [Offer("A10G", 1.01, (2, 1, 5, 2)), Offer("A100-80GB", 3.67, (20, 20, 40, 20))]
"""The example that Mélange ships (github.com/tyler-griggs/melange-release, melange/config/example.json): requests/s, dollars an hour, one slice a bucket."""


def test_melanges_example() -> None:
    found = cheapest(MELANGE, DEVICES, slices=1)
    assert found.counts == {"A10G": 3, "A100-80GB": 1} and found.usd_per_h == pytest.approx(6.70)
    assert found.answer.status == "optimal" and found.gap == 0 and not mix_problems(MELANGE, DEVICES, {}, found)
    assert alone(MELANGE, DEVICES) == {"A10G": pytest.approx(12.12), "A100-80GB": pytest.approx(7.34)}


def test_shares_cost_no_more_than_slices() -> None:
    """A third of the long prompts fill the last A10G: no power of two of slices finds it."""
    costs = [cheapest(MELANGE, DEVICES, slices=slices).usd_per_h for slices in (1, 2, 4, 8, 16, 0)]
    assert costs == sorted(costs, reverse=True) and costs[-2] == pytest.approx(5.69)
    found = cheapest(MELANGE, DEVICES)
    assert found.usd_per_h == pytest.approx(4.68) and found.shares["long prompt", "A10G"] == Fraction(1, 3)
    assert loads(MELANGE, DEVICES, found) == {"A10G": 1, "A100-80GB": 1} and not mix_problems(MELANGE, DEVICES, {}, found)


def exhaustive(buckets: list[Bucket], offers: list[Offer], slices: int) -> float:
    """Every way to share every slice out."""
    def ways(bucket: Bucket) -> list[tuple[int, ...]]:
        return [w for w in itertools.product(range(slices + 1), repeat=len(offers)) if sum(w) == slices] if bucket.rate else [(0,) * len(offers)]

    best = math.inf
    for chosen in itertools.product(*(ways(bucket) for bucket in buckets)):
        price = Fraction(0)
        for o, offer in enumerate(offers):
            load = Fraction(0)
            for b, bucket in enumerate(buckets):
                if chosen[b][o]:
                    load += Fraction(chosen[b][o], slices) * Fraction(repr(bucket.rate)) / Fraction(repr(offer.rates[b])) if offer.rates[b] else 10**9
            price += -(-load.numerator // load.denominator) * Fraction(repr(offer.usd_per_h))
        best = min(best, float(price))
    return best


RATES = st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0, 1.5, 3.0])


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_small_mixes_are_the_cheapest_of_all(data: st.DataObject) -> None:
    buckets = [Bucket(f"b{i}", data.draw(RATES)) for i in range(data.draw(st.integers(1, 2)))]
    offers = [Offer(f"o{i}", data.draw(st.sampled_from([0.5, 0.8, 1.3, 2.0])), tuple(data.draw(RATES) for _ in buckets)) for i in range(data.draw(st.integers(1, 3)))]
    slices = data.draw(st.integers(1, 3))
    if not any(b.rate for b in buckets) or any(b.rate and not any(o.rates[i] for o in offers) for i, b in enumerate(buckets)):
        with pytest.raises(InputError):
            cheapest(buckets, offers, slices=slices)
        return
    found = cheapest(buckets, offers, slices=slices)
    assert not mix_problems(buckets, offers, {}, found)
    assert found.usd_per_h == pytest.approx(exhaustive(buckets, offers, slices), abs=1e-6)
    assert found.bound <= found.usd_per_h


def test_a_full_device_is_full_and_not_overloaded() -> None:
    """0.1 / 0.3 three times is one device in decimals, and more than one in floating point's sums."""
    buckets = [Bucket(name, 0.1) for name in "abc"]
    offers = [Offer("d", 1.0, (0.3, 0.3, 0.3))]
    found = cheapest(buckets, offers)
    assert found.counts == {"d": 1} and loads(buckets, offers, found) == {"d": Fraction(1)}


def test_stock_and_headroom_hold() -> None:
    found = cheapest(MELANGE, DEVICES, {"A10G": 2}, slices=1)
    assert found.counts == {"A100-80GB": 2} and not mix_problems(MELANGE, DEVICES, {"A10G": 2}, found)
    pairs = [replace(DEVICES[0], name="two", kind="A10G", devices=2), DEVICES[1]]
    assert not mix_problems(MELANGE, pairs, {"A10G": 3}, cheapest(MELANGE, pairs, {"A10G": 3}))
    lean, wide = (cheapest(MELANGE, DEVICES, headroom=share) for share in (1.0, 0.5))
    assert wide.usd_per_h > lean.usd_per_h and not mix_problems(MELANGE, DEVICES, {}, wide, 0.5)
    with pytest.raises(InfeasibleError, match=r"number of A100-80GB to rent: 2 devices needed, 1 allowed|number of A10G to rent"):
        cheapest(MELANGE, DEVICES, {"A10G": 2, "A100-80GB": 1}, slices=1)


def test_the_judge_finds_every_kind_of_fault() -> None:
    found = cheapest(MELANGE, DEVICES, slices=1)
    cases = {
        "is no offer": replace(found, counts={**found.counts, "H100": 1}), "have the work of": replace(found, counts={"A10G": 2, "A100-80GB": 1}),
        "0 of short are served": replace(found, shares={k: v for k, v in found.shares.items() if k[0] != "short"}), "it costs": replace(found, usd_per_h=6.0),
        "-1 of A10G": replace(found, counts={"A10G": -1, "A100-80GB": 1}),
    }
    for message, wrong in cases.items():
        assert any(message in fault for fault in mix_problems(MELANGE, DEVICES, {}, wrong)), message
    assert any("are rented of 2" in fault for fault in mix_problems(MELANGE, DEVICES, {"A10G": 2}, found))
    idle = [replace(DEVICES[0], rates=(0, 0, 0, 0)), DEVICES[1]]
    assert any("which it can't" in fault for fault in mix_problems(MELANGE, idle, {}, found))


@pytest.mark.parametrize(("buckets", "offers", "more", "message"), [
    ([], DEVICES, {}, "at least one bucket"),
    (MELANGE, [], {}, "one offer"),
    ([Bucket("a", 0.0)], [Offer("d", 1.0, (1.0,))], {}, "at least one bucket"),
    ([Bucket("a", -1.0), Bucket("b", 1.0)], [Offer("d", 1.0, (1.0, 1.0))], {}, "the rate of a is -1"),
    ([Bucket("a", 2.0**62)], [Offer("d", 1.0, (1.0,))], {}, "the rate of a"),
    ([Bucket("a", 1.0)], [Offer("d", math.nan, (1.0,))], {}, "the price of d is nan"),
    ([Bucket("a", 1.0)], [Offer("d", 1.0, (1.0, 2.0))], {}, "a rate for each of 1 buckets"),
    ([Bucket("a", 1.0)], [Offer("d", 1.0, (0.0,))], {}, "no offer carries requests of a"),
    ([Bucket("a", 1.0), Bucket("a", 1.0)], [Offer("d", 1.0, (1.0, 1.0))], {}, "'a' is given twice"),
    ([Bucket("a", 1.0)], [Offer("d", 1.0, (1.0,))] * 2, {}, "'d' is given twice"),
    ([Bucket("a", 1.0)], [Offer("d", 1.0, (1.0,))], {"slices": -1}, "slices must be"),
    ([Bucket("a", 1.0)], [Offer("d", 1.0, (1.0,))], {"headroom": 0.0}, "headroom"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(buckets: list[Bucket], offers: list[Offer], more: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cheapest(buckets, offers, **more)  # type: ignore[arg-type]


def test_the_program_can_be_read(tmp_path: Path) -> None:
    cheapest(MELANGE, DEVICES, {"A10G": 9}, write_lp=tmp_path / "mix.lp")
    text = (tmp_path / "mix.lp").read_text()
    assert all(name in text for name in ("rented_A10G", "share_long_prompt_A100_80GB", "load_of_A10G", "number_of_A10G", "usd_per_h"))
