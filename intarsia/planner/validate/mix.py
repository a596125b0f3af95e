"""A mix of rented devices: all requests are served, none is overloaded, and it costs what it says. In exact fractions, and sharing no code with what made it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any


def mix_problems(buckets: Sequence[Any], offers: Sequence[Any], stock: Mapping[str, int], mix: Any, headroom: float = 1.0) -> list[str]:
    """What is wrong with a mix.

    Buckets have `name` and `rate`; offers `name`, `usd_per_h`, `rates` by bucket, `stock` and `devices`; a mix `counts`, `shares` (fractions, by bucket and offer) and `usd_per_h`.
    """
    found = [f"{name} is no offer" for name in mix.counts if name not in {offer.name for offer in offers}]
    found += [f"{count} of {name} are rented" for name, count in mix.counts.items() if count < 0 or count != int(count)]
    served: dict[str, Fraction] = defaultdict(Fraction)
    used: dict[str, int] = defaultdict(int)
    price = Fraction(0)
    for offer in offers:
        rented = mix.counts.get(offer.name, 0)
        used[offer.stock] += rented * offer.devices
        price += rented * _exact(offer.usd_per_h)
        load = Fraction(0)
        for place, bucket in enumerate(buckets):
            share = Fraction(mix.shares.get((bucket.name, offer.name), 0))
            served[bucket.name] += share
            if share < 0 or (share and offer.rates[place] <= 0):
                found.append(f"{offer.name} serves {bucket.name}, which it can't")
            elif share:
                load += share * _exact(bucket.rate) / _exact(offer.rates[place])
        if load > rented * _exact(headroom):
            found.append(f"{rented} of {offer.name} have the work of {float(load):.9g}")
    found += [f"{served[b.name]} of {b.name} are served" for b in buckets if b.rate > 0 and served[b.name] != 1]
    found += [f"{used[kind]} {kind} are rented of {count}" for kind, count in stock.items() if used[kind] > count]
    if abs(price - _exact(mix.usd_per_h)) > Fraction(1, 10**6):
        found.append(f"it costs ${float(price):.6g} an hour, not ${mix.usd_per_h:.6g}")
    return found


def _exact(value: float) -> Fraction:
    """A figure as it is written in decimals."""
    return Fraction(Decimal(str(value)))
