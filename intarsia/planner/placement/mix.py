"""Which devices to rent, and how many: the cheapest mix that carries requests of every size (after Mélange, arXiv 2404.14527).

Requests fall into buckets by size. An offer (a device, or several that serve together) carries a known rate of each bucket within the goals, so a share of a bucket keeps a known
share of it busy.

    rented_O     how many of offer O
    share_B_O    the share of bucket B that goes to offer O; with slices, how many of them

Only what is rented is integer: shares make the rest a linear program, which is small and finds what whole slices, as Mélange has them, only come near to. What the solver leaves
is made fractions again, and the loads are added up exactly: where a tolerance of the solver's hid an overload, it is solved once more with a margin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pulp

from intarsia.errors import InputError, IntarsiaError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Model, total

DENOMINATOR = 10**6
"""Shares are fractions with a denominator up to this: finer than a solver's tolerance, coarse enough to find the third behind 0.33333333."""
MARGIN = 1e-5
"""Share of capacities that is left unused when a solver's tolerance hid an overload: more than the tolerance."""
MOST = 2.0**62


@dataclass(frozen=True)
class Bucket:
    """Requests of about one size, `rate` a second."""

    name: str
    rate: float


@dataclass(frozen=True)
class Offer:
    """What can be rented: `devices` of one kind that serve together, dollars an hour for all of them; `rates`: requests/s of each bucket that it carries alone (0: none)."""

    name: str
    usd_per_h: float
    rates: tuple[float, ...]
    kind: str = ""
    devices: int = 1

    @property
    def stock(self) -> str:
        """Whose devices it takes."""
        return self.kind or self.name


@dataclass(frozen=True)
class Mix:
    """What to rent (by offer, none of zero), who serves which share of a bucket (by bucket and offer), dollars an hour, and the least that any mix costs."""

    counts: Mapping[str, int]
    shares: Mapping[tuple[str, str], Fraction]
    usd_per_h: float
    bound: float
    answer: solver.Answer

    @property
    def gap(self) -> float:
        return max(0.0, self.usd_per_h - self.bound) / self.usd_per_h if self.usd_per_h else 0.0

    def __str__(self) -> str:
        return " + ".join(f"{count} x {name}" for name, count in self.counts.items())


@dataclass
class Program:
    """The model and its variables, by place of bucket and offer."""

    model: Model
    slices: int
    rented: list[pulp.LpVariable]
    taken: dict[tuple[int, int], pulp.LpVariable]


def cheapest(buckets: Sequence[Bucket], offers: Sequence[Offer], stock: Mapping[str, int] | None = None, *, slices: int = 0, headroom: float = 1.0,
             time_limit_s: float = 30.0, write_lp: Path | None = None) -> Mix:  # fmt: skip
    """The cheapest mix. `stock`: how many devices of a kind there are (any number where it doesn't say); `headroom`: the share of a capacity that is used.
    With `slices`, a bucket goes to offers in so many equal pieces (Mélange's example has 1, its experiments 8); without, in any shares.

    Raises InputError for what makes no sense, InfeasibleError where the stock can't carry the rates, saying what is short.
    """
    _check(buckets, offers, slices, headroom)
    for used in (headroom, headroom * (1 - MARGIN)):
        program = build(buckets, offers, stock or {}, slices, used)
        answer = solver.solve(program.model, time_limit_s=time_limit_s, write_lp=write_lp)
        if answer.status == "infeasible":
            raise solver.infeasible(program.model, {"devices": "a larger stock, faster devices, or a lower rate"}, "no mix carries the rates")
        if not answer.found:
            raise IntarsiaError(f"no mix was found: {answer}", mend="give more time")
        found = _read(program, buckets, offers, answer)
        if all(load <= found.counts.get(name, 0) * Fraction(repr(headroom)) for name, load in loads(buckets, offers, found).items()):
            return found
    raise IntarsiaError("the solver's mix is overloaded even with a margin", mend="please report it")


def build(buckets: Sequence[Bucket], offers: Sequence[Offer], stock: Mapping[str, int], slices: int, headroom: float) -> Program:
    """The program. A bucket without requests is left out."""
    model = Model("mix")
    rented = [model.integer(f"rented_{offer.name}", 0, _enough(buckets, offer, headroom)) for offer in offers]
    whole = float(slices or 1)
    taken = {
        (b, o): model.integer(name, 0, slices) if slices else model.continuous(name, 0.0, 1.0)
        for b, bucket in enumerate(buckets) for o, offer in enumerate(offers) if bucket.rate > 0 and offer.rates[b] > 0
        for name in (f"share_{bucket.name}_{offer.name}",)
    }  # fmt: skip
    for b, bucket in enumerate(buckets):
        if bucket.rate > 0:
            model.rule(f"all_of_{bucket.name}", total((1.0, variable) for (place, _), variable in taken.items() if place == b) == whole)
    for o, offer in enumerate(offers):
        load = total((buckets[b].rate / whole / offer.rates[b], variable) for (b, place), variable in taken.items() if place == o)
        model.rule(f"load_of_{offer.name}", load - headroom * rented[o] <= 0)
    for kind, count in stock.items():
        if used := [(float(offer.devices), rented[o]) for o, offer in enumerate(offers) if offer.stock == kind]:
            model.limit(f"number_of_{kind}", total(used), count, "devices", f"number of {kind} to rent")
    model.minimize(total((offer.usd_per_h, rented[o]) for o, offer in enumerate(offers)), "usd_per_h")
    return Program(model, slices, rented, taken)


def _enough(buckets: Sequence[Bucket], offer: Offer, headroom: float) -> int:
    """As many as could be of use: all that it can serve at all, served by it alone."""
    return int(sum(bucket.rate / rate for bucket, rate in zip(buckets, offer.rates, strict=True) if rate > 0) / headroom) + 1


def _read(program: Program, buckets: Sequence[Bucket], offers: Sequence[Offer], answer: solver.Answer) -> Mix:
    """Numbers by rounding; shares as fractions that add up to one."""
    shares: dict[tuple[str, str], Fraction] = {}
    for b, bucket in enumerate(buckets):
        own = {(bucket.name, offers[o].name): _share(variable, program.slices) for (place, o), variable in program.taken.items() if place == b}
        if own:
            own[max(own, key=lambda key: own[key])] += 1 - sum(own.values())
        shares |= {key: share for key, share in own.items() if share}
    counts = {offer.name: count for o, offer in enumerate(offers) if (count := solver.integer(program.rented[o]))}
    cost = sum((Fraction(repr(offer.usd_per_h)) * counts.get(offer.name, 0) for offer in offers), Fraction(0))
    return Mix(counts, shares, float(cost), min(float(cost), answer.bound), answer)


def _share(variable: pulp.LpVariable, slices: int) -> Fraction:
    return Fraction(solver.integer(variable), slices) if slices else Fraction(min(1.0, max(0.0, solver.value(variable)))).limit_denominator(DENOMINATOR)


def loads(buckets: Sequence[Bucket], offers: Sequence[Offer], mix: Mix) -> dict[str, Fraction]:
    """How many of each offer its shares keep busy, exactly, with every figure as it is written in decimals."""
    found: dict[str, Fraction] = {offer.name: Fraction(0) for offer in offers}
    for o in offers:
        for bucket, rate in zip(buckets, o.rates, strict=True):
            if share := mix.shares.get((bucket.name, o.name)):
                found[o.name] += share * Fraction(repr(bucket.rate)) / Fraction(repr(rate))
    return found


def alone(buckets: Sequence[Bucket], offers: Sequence[Offer]) -> dict[str, float]:
    """Dollars an hour of each offer that can carry everything alone."""
    found = {}
    for offer in offers:
        served = [(bucket.rate, rate) for bucket, rate in zip(buckets, offer.rates, strict=True) if bucket.rate > 0]
        if all(rate > 0 for _, rate in served):
            load = sum((Fraction(repr(r)) / Fraction(repr(rate)) for r, rate in served), Fraction(0))
            found[offer.name] = -(-load.numerator // load.denominator) * offer.usd_per_h
    return found


def _check(buckets: Sequence[Bucket], offers: Sequence[Offer], slices: int, headroom: float) -> None:
    if not any(bucket.rate > 0 for bucket in buckets) or not offers:
        raise InputError("a mix needs at least one bucket of requests and one offer")
    if not 0 <= slices <= 10_000 or not 0 < headroom <= 1:
        raise InputError(f"slices must be 0 to 10,000 and the headroom lie in (0, 1], found {slices} and {headroom}")
    for names in ([bucket.name for bucket in buckets], [offer.name for offer in offers]):
        if twice := {name for name in names if names.count(name) > 1}:
            raise InputError(f"the name {min(twice)!r} is given twice", mend="give each bucket and each offer a name of its own")
    for what, value in [*((f"the rate of {b.name}", b.rate) for b in buckets), *((f"the price of {o.name}", o.usd_per_h) for o in offers),
                        *((f"a rate of {o.name}", rate) for o in offers for rate in o.rates)]:  # fmt: skip
        if not 0 <= value < MOST:
            raise InputError(f"{what} is {value}", mend="give a number from 0 to 2^62")
    for offer in offers:
        if len(offer.rates) != len(buckets) or offer.devices < 1:
            raise InputError(f"the offer {offer.name} needs a rate for each of {len(buckets)} buckets, and at least one device")
    for b, bucket in enumerate(buckets):
        if bucket.rate > 0 and not any(offer.rates[b] > 0 for offer in offers):
            raise InputError(f"no offer carries requests of {bucket.name} within the goals", mend="relax the goals, or offer faster devices")
