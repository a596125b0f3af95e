"""Several models on one fleet, each on devices of its own: which plan each gets, so that all keep their goals for the least money.

Models that share no device don't wait for each other. So each has a menu of plans (`Menu`), simulated with its own requests: for each set of kinds of devices the cheapest that
keeps the goals, and whatever was simulated on the way there. `pick` takes one from each menu, by an exact search over all combinations that the fleet has devices for.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from intarsia.planner.search import questions
from intarsia.planner.search.compose import Candidate
from intarsia.planner.search.design import Design
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.questions import Answer
from intarsia.planner.search.scenario import NORMAL, Scenario
from intarsia.planner.search.space import Deployment

WORTH = 4
"""Combinations that are given, the cheapest first."""


@dataclass(frozen=True)
class Limits:
    """About how many simulations each set of kinds of each model gets (0: as many as it takes), and the moment of time.monotonic() from which no more ladders are climbed."""

    simulations: int = 12
    until: float = math.inf

    @property
    def late(self) -> bool:
        return time.monotonic() > self.until


@dataclass(frozen=True)
class Choice:
    """A plan of one model, simulated with its own requests. `good`: the share of them that keep the goals."""

    deployment: Deployment
    used: Mapping[str, int]
    usd_per_h: float
    good: float
    e2e_s: float

    @property
    def cost(self) -> tuple[float, int]:
        """Dollars an hour, and devices where these say nothing."""
        return self.usd_per_h, sum(self.used.values())

    def beats(self, other: Choice, enough: float) -> bool:
        """No more devices of any kind, and as good; more than `enough` is worth nothing."""
        fits = all(count <= other.used.get(name, 0) for name, count in self.used.items())
        return fits and min(self.good, enough) >= min(other.good, enough)


@dataclass
class Menu:
    """What is known of one model's plans; nothing is simulated twice."""

    problem: Problem
    designs: Sequence[Design]
    simulate: Callable[[Deployment, Scenario], Outcome]
    limits: Limits
    seen: dict[Deployment, Outcome] = field(default_factory=dict)

    def fill(self, watch: Callable[[float], None] = lambda share: None) -> None:
        """For each set of kinds the cheapest plan that keeps the goals, makes in the order of what they are estimated to need; of a larger set, only what costs less than with
        fewer kinds."""
        groups, found = self._groups(), dict[questions.Kinds, Answer]()
        for number, (kinds, group) in enumerate(groups.items()):
            watch(number / len(groups))
            if self.limits.late and self.seen:
                return
            parts = [answer for part, answer in found.items() if set(part) < set(kinds)]
            best = min(parts, key=lambda answer: (answer.outcome.usd_per_h, answer.outcome.devices), default=None)
            if (better := self._cheapest(kinds, group, best)) is not None:
                found[kinds] = better

    def fill_smaller(self) -> None:
        """The first makes of each set of kinds in numbers of one, two, four...: for fleets that are too small for what all models want."""
        for group in self._groups().values():
            for rung in _doubling(group[0]):
                if not self.limits.late:
                    self._run(rung.deployment)

    def choices(self) -> list[Choice]:
        """Plans that no other beats, the cheapest first."""
        enough = self.problem.goals.percentile / 100
        made = [Choice(deployment, deployment.used, found.usd_per_h, found.good, found.e2e.mean) for deployment, found in self.seen.items()]
        kept: list[Choice] = []
        for each in sorted(made, key=lambda choice: (choice.cost, -min(choice.good, enough), choice.e2e_s)):
            if not any(other.beats(each, enough) for other in kept):
                kept.append(each)
        return kept

    def _groups(self) -> dict[questions.Kinds, list[list[Candidate]]]:
        return questions.ladders(self.problem, self.designs, self._by)

    @property
    def _by(self) -> str:
        return "cost" if all(stock.usd_per_h for stock in self.problem.fleet) else "devices"

    def _cheapest(self, kinds: questions.Kinds, group: Sequence[list[Candidate]], best: Answer | None) -> Answer | None:
        before = len(self.seen)
        for ladder in group[: questions.LADDERS]:
            left = self.limits.simulations - (len(self.seen) - before)
            if len(self.seen) > before and (self.limits.late or (self.limits.simulations and left <= 0)):
                break
            best = questions.least(self.problem, {kinds: [ladder]}, self._run, self._by, left if self.limits.simulations else 0, best=best) or best
        return best

    def _run(self, deployment: Deployment, scenario: Scenario = NORMAL) -> Outcome:
        if deployment not in self.seen:
            self.seen[deployment] = self.simulate(deployment, scenario)
        return self.seen[deployment]


def _doubling(ladder: Sequence[Candidate]) -> Iterator[Candidate]:
    place = 1
    while place <= len(ladder):
        yield ladder[place - 1]
        place *= 2


def pick(menus: Sequence[Sequence[Choice]], stock: Mapping[str, int], least: float, most: int = WORTH) -> list[tuple[Choice, ...]]:
    """The cheapest combinations of one choice from each menu, each at least that good, for which `stock` has the devices; the cheapest first."""
    able = [[choice for choice in menu if choice.good >= least] for menu in menus]
    if not all(able):
        return []
    floors = [(min(choice.usd_per_h for choice in menu), min(choice.cost[1] for choice in menu)) for menu in able]
    rest = [(sum(usd for usd, _ in floors[place:]), sum(count for _, count in floors[place:])) for place in range(len(floors) + 1)]
    best: list[tuple[float, int, int, tuple[Choice, ...]]] = []  # a heap whose first is the dearest that is kept
    numbers = itertools.count()

    def grow(taken: tuple[Choice, ...], left: Mapping[str, int], usd: float, devices: int) -> None:
        place = len(taken)
        bound = (usd + rest[place][0], devices + rest[place][1])
        if len(best) == most and bound >= (-best[0][0], -best[0][1]):
            return
        if place == len(able):
            heapq.heappush(best, (-usd, -devices, -next(numbers), taken))
            if len(best) > most:
                heapq.heappop(best)
            return
        for choice in able[place]:
            if all(count <= left.get(name, 0) for name, count in choice.used.items()):
                grow((*taken, choice), {name: count - choice.used.get(name, 0) for name, count in left.items()}, usd + choice.cost[0], devices + choice.cost[1])

    grow((), stock, 0.0, 0)
    return [taken for *_, taken in sorted(best, key=lambda entry: (-entry[0], -entry[1]))]


def pick_best(menus: Sequence[Sequence[Choice]], stock: Mapping[str, int], enough: float) -> list[tuple[Choice, ...]]:
    """The cheapest combinations that are good enough, or, where none is, the cheapest of those whose worst model fares best."""
    levels = sorted({min(choice.good, enough) for menu in menus for choice in menu}, reverse=True)
    return next((found for level in (enough, *levels) if (found := pick(menus, stock, level))), [])
