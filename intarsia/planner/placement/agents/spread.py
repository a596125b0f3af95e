"""How long something may take: a distribution of seconds (or bytes) as upper quantiles at fixed levels.

A `Spread` holds, for each of `CELLS` cells of probability, the value at the cell's upper end. Taken as atoms, it is stochastically no smaller than what it stands
for (but for `REST`, the probability beyond the last level), so whatever is proven of sums and maxima of Spreads holds for the real thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from intarsia.ir.distributions import Distribution

Array = npt.NDArray[np.float64]
REST = 1e-9
"""Probability beyond the last level of an unbounded distribution, which is left out."""


def _levels() -> Array:
    """Upper ends of the cells: steps of 0.5 % to 96 %, then what is left shrinks by 13 % from cell to cell."""
    body = np.arange(1, 193) / 200
    tail = 1 - 0.04 * 0.5 ** (np.arange(1, 126) / 5)
    return np.concatenate([body, tail, [1.0]])


LEVELS = _levels()
ODDS = np.diff(LEVELS, prepend=0.0)
CELLS = len(LEVELS)
KNOTS = (0.1, 0.5, 0.8, 0.95, 0.99, 0.999)
"""Levels at which a function of a spread is asked, beside both ends."""


@dataclass(frozen=True, eq=False)
class Spread:
    """`values[c]` is the value at the upper end of cell c; they never fall, and none is negative."""

    values: Array

    def __post_init__(self) -> None:
        values = self.values
        if values.shape != (CELLS,) or not np.all(np.isfinite(values)) or values[0] < 0 or np.any(np.diff(values) < -1e-12 * max(1.0, values[-1])):
            raise ValueError("a spread needs finite, rising values, none of them negative")

    @cached_property
    def mean(self) -> float:
        """Of the atoms: no less than the mean of what they stand for."""
        return float(self.values @ ODDS)

    @cached_property
    def variance(self) -> float:
        return float((self.values - self.mean) ** 2 @ ODDS)

    @property
    def levels(self) -> Array:
        """Upper ends of the cells of probability."""
        return LEVELS

    @property
    def fixed(self) -> bool:
        """Whether it is always the same."""
        return bool(self.values[-1] <= self.values[0])

    def quantile(self, level: float) -> float:
        """The value that a share `level` does not exceed."""
        return float(self.values[min(int(np.searchsorted(LEVELS, level - 1e-12)), CELLS - 1)])

    def plus(self, value: float) -> Spread:
        return Spread(self.values + value)

    def times(self, factor: float) -> Spread:
        return Spread(self.values * factor)

    def through(self, function: Callable[[float], float]) -> Spread:
        """The distribution of `function(value)` for a function that never falls; asked at a few values, straight between them."""
        least, most = float(self.values[0]), float(self.values[-1])
        if self.fixed:
            return constant(function(least))
        knots = np.unique([least, *(self.quantile(level) for level in KNOTS), most])
        found = np.maximum.accumulate([function(float(knot)) for knot in knots])
        return Spread(np.interp(self.values, knots, found))

    def no_quicker(self, other: Spread) -> bool:
        """Whether it is stochastically no smaller than `other`."""
        return bool(np.all(self.values >= other.values - 1e-12))


def constant(value: float) -> Spread:
    """Always `value`."""
    return Spread(np.full(CELLS, float(value)))


def of(distribution: dict[str, object], most: float | None = None) -> Spread:
    """Of a distribution as the IR has it (ir/distributions.py), no value above `most`. Raises ValueError for one that is none."""
    known = Distribution(distribution)
    ends = np.minimum(LEVELS, 1 - REST)
    values = np.maximum.accumulate([known.quantile(float(level)) for level in ends])
    return Spread(values if most is None else np.minimum(values, most))


def waiting(busy: float, service_s: float) -> Spread:
    """The wait before service where servers are busy a share `busy` of the time, each service taking `service_s` seconds.

    With probability `busy` exponential with mean service / (1 - busy): exact for one server with Poisson arrivals and exponential service, twice
    the mean wait of constant service (Pollaczek-Khinchine).
    """
    if busy <= 0 or service_s <= 0:
        return constant(0.0)
    over = np.minimum(LEVELS, 1 - REST)
    tail = np.log(np.maximum(busy / (1 - over), 1.0))
    return Spread(service_s / (1 - busy) * tail)
