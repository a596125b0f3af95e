"""What a device costs by the hour: capital with interest, energy, or rent. US dollars, watts, hours."""

from __future__ import annotations

import math
from dataclasses import dataclass

from intarsia.errors import InputError
from intarsia.ir.device import Device

HOURS_PER_YEAR = 8760
JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True)
class Terms:
    """How money is reckoned: capital written off over `years` at `interest` a year paid monthly, and power at `usd_per_kwh`.

    `power_usage` is the power of the whole site over that of its devices; `utilisation` the share of hours that do work, over
    which an owner's costs are spread; `residual` the share of the price that is left at the end.
    """

    years: float = 4.0
    interest: float = 0.08
    usd_per_kwh: float = 0.12
    power_usage: float = 1.2
    utilisation: float = 1.0
    residual: float = 0.0

    def __post_init__(self) -> None:
        if self.years <= 0 or self.interest < 0 or self.usd_per_kwh < 0:
            raise InputError("terms need years greater than zero, and an interest and a price of power of zero or more")
        if self.power_usage < 1 or not 0 < self.utilisation <= 1 or not 0 <= self.residual < 1:
            raise InputError("terms need a power_usage of at least 1, a utilisation in (0, 1], a residual in [0, 1)")

    @property
    def months(self) -> float:
        return 12 * self.years


@dataclass(frozen=True)
class Hourly:
    """US dollars an hour of one device, by what they pay for. `owned` sums all but the rent."""

    capital: float = 0.0
    interest: float = 0.0
    energy: float = 0.0
    rent: float = 0.0

    @property
    def owned(self) -> float:
        return self.capital + self.interest + self.energy

    @property
    def usd(self) -> float:
        return self.owned + self.rent


def annuity(price_usd: float, interest: float, years: float) -> float:
    """The monthly payment that redeems `price_usd` with interest over `years`."""
    months, rate = 12 * years, interest / 12
    return price_usd / months if rate == 0 else price_usd * rate / -math.expm1(-months * math.log1p(rate))


def energy_usd(joules: float, terms: Terms | None = None) -> float:
    """US dollars for `joules` that devices draw, with what the site draws beside them."""
    terms = terms or Terms()
    return joules / JOULES_PER_KWH * terms.usd_per_kwh * terms.power_usage


def owned(device: Device, terms: Terms | None = None, watts: float | None = None) -> Hourly:
    """An hour of a device that one owns, at a mean draw of `watts` (default: all it may draw). Raises InputError without a price."""
    terms = terms or Terms()
    if not device.price_usd:
        raise InputError(f"{device.name} has no price_usd", mend="give one in the fleet file, or use its rent")
    hours = terms.years * HOURS_PER_YEAR * terms.utilisation
    paid = annuity(device.price_usd, terms.interest, terms.years) * terms.months
    drawn = device.watts if watts is None else watts
    left = device.price_usd * terms.residual
    return Hourly((device.price_usd - left) / hours, (paid - device.price_usd) / hours, energy_usd(drawn * 3600, terms))


def rented(device: Device) -> Hourly:
    """An hour of a rented device; its power is in the rent. Raises InputError without a rent."""
    if not device.rent_usd_per_h:
        raise InputError(f"{device.name} has no rent_usd_per_h", mend="give one in the fleet file, or use its price")
    return Hourly(rent=device.rent_usd_per_h)


def hourly(device: Device, terms: Terms | None = None, watts: float | None = None) -> Hourly:
    """An hour of a device: its rent where it has one, else what owning it costs. Raises InputError where it has neither."""
    return rented(device) if device.rent_usd_per_h else owned(device, terms, watts)
