"""Money: capital, interest, energy and rent of an hour."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.cost_models import devices, money
from intarsia.cost_models.devices import catalogue
from intarsia.errors import InputError

H100 = devices.load("H100-SXM")
PRINTED = ["A40", "A100-80GB-SXM", "Gaudi3", "MI300X", "B200"]


def papers_operating_usd_per_h(price_usd: float, watts: float) -> float:
    """As the table of hardware of arXiv 2507.19635 reckons it: power at 0.40 a kWh, and the interest alone (8 % a year, compounded monthly over four years) spread over these years' hours."""
    return watts / 1000 * 0.40 + price_usd * ((1 + 0.08 / 12) ** (12 * 4) - 1) / (4 * money.HOURS_PER_YEAR)


@pytest.mark.parametrize("name", PRINTED)
def test_the_papers_operating_costs_come_out(name: str) -> None:
    printed = catalogue.entry(name).as_printed["arXiv:2507.19635"]
    assert papers_operating_usd_per_h(printed.price_usd, devices.load(name).watts) == pytest.approx(printed.operating_usd_per_h, abs=0.006)


def test_the_papers_h100_does_not() -> None:
    printed = catalogue.entry("H100-SXM").as_printed["arXiv:2507.19635"]
    assert printed.operating_usd_per_h == 0.60
    assert papers_operating_usd_per_h(printed.price_usd, H100.watts) == pytest.approx(0.548, abs=5e-4)


def test_an_annuity_redeems_the_debt() -> None:
    payment, debt = money.annuity(25000, 0.08, 4), 25000.0
    for _ in range(48):
        debt = debt * (1 + 0.08 / 12) - payment
    assert debt == pytest.approx(0, abs=1e-6)
    assert money.annuity(4800, 0.0, 4) == 100


def test_an_owned_hour_is_capital_interest_and_energy() -> None:
    terms = money.Terms(years=4, interest=0.0, usd_per_kwh=0.10, power_usage=1.5)
    hour = money.owned(replace(H100, price_usd=35040.0), terms)
    assert (hour.capital, hour.interest, hour.energy) == (1.0, pytest.approx(0), pytest.approx(0.7 * 0.10 * 1.5))
    assert hour.usd == hour.owned == pytest.approx(1.105)
    assert money.owned(H100, money.Terms()).interest > 0


@given(st.floats(0.05, 1.0), st.floats(0, 0.3), st.floats(0, 0.9))
def test_idle_hours_and_interest_cost_and_resale_saves(utilisation: float, interest: float, residual: float) -> None:
    base = money.owned(H100, money.Terms(interest=0.0)).owned
    assert money.owned(H100, money.Terms(interest=interest, utilisation=utilisation)).owned >= base - 1e-9
    assert money.owned(H100, money.Terms(interest=0.0, residual=residual)).owned <= base + 1e-9


def test_a_rent_comes_before_a_price() -> None:
    assert money.hourly(H100) == money.Hourly(rent=2.69)
    assert money.hourly(replace(H100, rent_usd_per_h=0.0)).capital > 0
    with pytest.raises(InputError, match="has no price_usd"):
        money.hourly(replace(H100, rent_usd_per_h=0.0, price_usd=0.0))
    with pytest.raises(InputError, match="has no rent_usd_per_h"):
        money.rented(replace(H100, rent_usd_per_h=0.0))


@pytest.mark.parametrize("terms", [{"years": 0}, {"interest": -0.1}, {"usd_per_kwh": -1}, {"power_usage": 0.9}, {"utilisation": 0}, {"utilisation": 1.1}, {"residual": 1}])
def test_terms_that_cannot_be_are_refused(terms: dict[str, float]) -> None:
    with pytest.raises(InputError, match="terms need"):
        money.Terms(**terms)
