"""The highest rate of one plan: a ladder of rates, bisected. Fewer requests a second don't make a plan worse (a property of the simulation)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from intarsia.planner.search.lasting import Lasted
from intarsia.planner.search.outcome import Outcome

RATE_STEP, LEAST_SHARE, MOST_SHARE, STRIDE, NEAR = 1.03, 0.02, 10.0, 1.1, 2
"""A highest rate is told to 3 %; a plan that fails at so small a share of what was estimated is given up, one that reaches so many times as much is not pressed further, and the
first stride from an estimate is 10 %. From a near guess the first two strides upwards, and the first downwards, are of 3 %: it is rarely further."""


class Borne(NamedTuple):
    """The highest rate of a plan, and what it does there under so many `requests`; no outcome where it bears none."""

    rate: float
    outcome: Outcome | None = None
    requests: int = 0


@dataclass(frozen=True)
class Climb:
    """A search for a highest rate from a `guess`, to within `step`; a `near` guess is left by so many strides of a step. None is above the `ceiling`."""

    guess: float
    step: float = RATE_STEP
    near: int = 0
    ceiling: float = math.inf

    def highest(self, share: float, above: float, at: Callable[[float], Lasted], over: Callable[[], bool] = lambda: False) -> Borne:
        """The highest rate; nothing where it isn't a step `above` what is known. `share`: of good requests, that keeps the goals (not a number: there are none). `over` ends it."""
        found = Borne(above)
        seen = Seen(share, self.step, above, near=0 if above else self.near)
        rate, top = min(above * self.step or self.guess, self.ceiling), math.sqrt(self.step) * self.ceiling
        while rate > 0 and min(seen.high, top) / max(seen.low, 1e-12) > self.step * (1 + 1e-9) and not (over() and found.outcome):
            tried = at(rate)
            if tried.keeps:
                found = Borne(rate, tried.outcome, tried.requests)
            seen.add(rate, tried.outcome, tried.keeps)
            if (above and found.outcome is None) or seen.low > MOST_SHARE * self.guess or seen.high < LEAST_SHARE * self.guess:
                break
            rate = min(seen.next(), self.ceiling)
        return found


@dataclass
class Seen:
    """The rates that were tried of one plan: the highest that was kept, the lowest that failed, and the shares of good requests of those that were sustained.

    The next one lies where a straight line through two shares meets the goals' `share` (not a number: there are no goals), half a `step` below: if that is kept, a step above it
    most likely fails, and all is known. Where no line helps, strides double after the second until the highest rate lies between two, and halves follow.
    From a guess that is `near`, the first strides are of a step.
    """

    share: float
    step: float
    low: float
    high: float = math.inf
    near: int = 0
    strides: int = 0
    points: list[tuple[float, float]] = field(default_factory=list)
    helped: bool = True

    def add(self, rate: float, outcome: Outcome, keeps: bool) -> None:
        """What came of a rate."""
        before = self.high / self.low if self.low else math.inf
        if keeps:
            self.low = rate
        else:
            self.high = rate
        if outcome.sustained:
            self.points.append((rate, outcome.good))
        self.helped = math.isinf(before) or math.log(self.high / self.low) < 0.5 * math.log(before)

    def next(self) -> float:
        """The rate to try next."""
        aim = self._crossing()
        if math.isfinite(self.high) and self.low:
            if math.isnan(aim) or aim >= self.high or not self.helped:
                return math.sqrt(self.low * self.high)
            half = math.sqrt(self.step)
            wanted = aim / half if aim > self.low * self.step else self.low * self.step
            return min(max(wanted, self.low * half), self.high / half)
        if self.near and math.isinf(self.high):
            self.near -= 1
            return self.low * self.step
        if self.near and not self.low:
            self.near = 0
            return self.high / self.step
        stride: float = STRIDE ** 2 ** max(0, self.strides - 1)
        self.strides += 1
        if math.isinf(self.high):
            return self.low * (stride if math.isnan(aim) else min(max(aim / self.low, self.step), stride))
        return self.high / (stride if math.isnan(aim) else min(max(self.high / aim * math.sqrt(self.step), self.step), stride))

    def _crossing(self) -> float:
        """Where the line through the two shares nearest the goals' meets it, in logarithms of rates; not a number where there is none, or it doesn't fall."""
        near = sorted(self.points, key=lambda point: abs(point[1] - self.share))[:2]
        if len(near) < 2:
            return math.nan
        (a, at_a), (b, at_b) = sorted(near)
        if at_a <= at_b:
            return math.nan
        return float(a * (b / a) ** ((at_a - self.share) / (at_a - at_b)))
