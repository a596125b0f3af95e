"""Replicas -> deployments on a fleet: how many of which, serving whole requests or prefilling and decoding apart.

Devices of a kind are counted, never named, so the number of deployments depends on the kinds and on the designs that are worth having, not on the size of the fleet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product

from intarsia.planner.search.design import Design
from intarsia.planner.search.problem import Problem, Stock
from intarsia.planner.search.space import Deployment, Pool

HEADROOM = 0.85
"""Share of a capacity that a plan sized for a rate uses: near the capacity queues grow without bound."""
TOP = 4
"""Designs of a kind that are combined with those of other kinds or roles, in each order of merit."""


@dataclass(frozen=True)
class Part:
    """`count` of one design in one role."""

    role: str
    design: Design
    count: int

    @property
    def pool(self) -> Pool:
        return Pool(self.role, self.design.replica, self.count)


Make = tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class Candidate:
    """A deployment with the designs behind it, and the requests a second that it is estimated to carry within the goals."""

    parts: tuple[Part, ...]
    capacity: float
    router: str = ""

    @property
    def deployment(self) -> Deployment:
        return Deployment(tuple(part.pool for part in self.parts), self.router)

    @property
    def devices(self) -> int:
        return sum(part.count * part.design.devices for part in self.parts)

    @property
    def make(self) -> Make:
        """Which layouts in which numbers, whatever their policies are told and their caches hold."""
        replicas = [(part, part.design.replica) for part in self.parts]
        return tuple(sorted((part.role, part.count, str((replica.stock, replica.plan, replica.spans, replica.cp, replica.draft))) for part, replica in replicas))


def candidates(problem: Problem, designs: Sequence[Design]) -> list[Candidate]:
    """Every deployment that is worth a look, once each."""
    made = [*_alone(problem, designs), *_mixed(problem, designs)] if "aggregated" in problem.choices.modes else []
    if "disaggregated" in problem.choices.modes:
        made += _apart(problem, designs)
    unique = {candidate.deployment: candidate for candidate in made if within(problem, candidate)}
    return list(unique.values())


def within(problem: Problem, candidate: Candidate) -> bool:
    """Within the fleet and the power budget."""
    used = candidate.deployment.used
    return all(count <= problem.stock[name].count for name, count in used.items()) and not (problem.watts and candidate.deployment.watts(problem) > problem.watts)


def _alone(problem: Problem, designs: Sequence[Design]) -> Iterator[Candidate]:
    """One design on one kind: on all of its devices, and on as many as the rate needs."""
    for design in designs:
        for count in _counts(problem.rate, design.capacity, most(problem, design)):
            yield Candidate((Part("serve", design, count),), count * design.capacity)


def most(problem: Problem, design: Design) -> int:
    """Replicas that the stock has devices and the budget watts for."""
    used = design.replica.used
    count = min(problem.stock[name].count // each for name, each in used.items())
    return min(count, int(problem.watts // sum(each * problem.stock[name].device.watts for name, each in used.items()))) if problem.watts else count


def _counts(rate: float, capacity: float, most: int) -> list[int]:
    """One, what the rate needs with and without headroom, half as many again, and all."""
    if most < 1:
        return []
    wanted = [1, most]
    if capacity > 0 and math.isfinite(rate):
        need = rate / capacity
        wanted += [math.ceil(need), math.ceil(need / HEADROOM), math.ceil(1.5 * need / HEADROOM)]
    return sorted({min(max(1, count), most) for count in wanted})


def _mixed(problem: Problem, designs: Sequence[Design]) -> Iterator[Candidate]:
    """Several kinds side by side: all of each, or each order of filling up until the rate is carried."""
    best = {stock.name: _top(designs, stock, lambda d: d.capacity / d.devices) for stock in problem.fleet}
    kinds = [name for name, found in best.items() if found]
    for size in range(2, len(kinds) + 1):
        for chosen in combinations(kinds, size):
            for picked in product(*(best[name][:2] for name in chosen)):
                parts = tuple(Part("serve", design, most(problem, design)) for design in picked if most(problem, design))
                yield Candidate(parts, sum(part.count * part.design.capacity for part in parts))
    for order in permutations(kinds):
        if filled := _filled(problem, [best[name][0] for name in order]):
            yield filled


def _filled(problem: Problem, picked: Sequence[Design]) -> Candidate | None:
    """Kind after kind until the rate is carried with headroom; None where one kind alone does."""
    parts, missing = [], problem.rate / HEADROOM
    for design in picked:
        has = most(problem, design)
        if missing <= 0 or has < 1:
            break
        count = min(has, math.ceil(missing / design.capacity)) if math.isfinite(missing) else has
        parts.append(Part("serve", design, count))
        missing -= count * design.capacity
    return Candidate(tuple(parts), sum(part.count * part.design.capacity for part in parts)) if len(parts) > 1 else None


def _top(designs: Sequence[Design], stock: Stock, merit: Callable[[Design], float]) -> list[Design]:
    """The designs of a kind that are best by a merit, one for each layout."""
    found: dict[object, Design] = {}
    for design in sorted((d for d in designs if d.replica.stock == stock.name and merit(d) > 0), key=lambda d: (-merit(d), d.devices)):
        found.setdefault((design.replica.plan, design.replica.precision), design)
    return list(found.values())[:TOP]


def _apart(problem: Problem, designs: Sequence[Design]) -> Iterator[Candidate]:
    """Prefill on one design and decode on another, in the ratios that balance them."""
    for first, second in _couples(problem, designs):
        yield from _pair(problem, first, second, _numbers(problem, first, second))


def scaled(problem: Problem, designs: Sequence[Design], rate: float) -> Iterator[Candidate]:
    """Every couple of designs in the numbers that carry `rate`, where the fleet has so many; none where all requests come at once, which no number carries."""
    for first, second in _couples(problem, designs) if math.isfinite(rate) else ():
        wanted = math.ceil(rate / first.prefills), math.ceil(rate / second.decodes)
        if wanted == _fit(problem, first, second, *wanted):
            yield from _pair(problem, first, second, [wanted])


def _couples(problem: Problem, designs: Sequence[Design]) -> Iterator[tuple[Design, Design]]:
    """The best designs to prefill with those to decode; both keep their caches in one type, and the drafts' cache isn't sent."""
    prefill = [d for stock in problem.fleet for d in _top(designs, stock, lambda d: d.prefills / d.devices)]
    decode = [d for stock in problem.fleet for d in _top(designs, stock, lambda d: d.decodes / d.devices)]
    for first, second in product(prefill, decode):
        if first.replica.precision.kv == second.replica.precision.kv and first.replica.draft is None:
            yield first, second


def _pair(problem: Problem, first: Design, second: Design, numbers: Iterable[tuple[int, int]]) -> Iterator[Candidate]:
    for x, y in dict.fromkeys(numbers):
        if x >= 1 and y >= 1:
            yield Candidate((Part("prefill", first, x), Part("decode", second, y)), min(x * first.prefills * _use(problem, first, x), y * second.decodes))


def _use(problem: Problem, design: Design, count: int) -> float:
    """The share of their time that prefilling replicas may be busy, so that a mean prompt's wait stays within the goal: a queue of even service s with c servers waits about
    s u / (2 c (1 - u))."""
    free = problem.left_s - design.prefill_s
    servers = count * design.replica.groups
    return 1.0 if math.isinf(free) else max(0.0, 1 / (1 + design.prefill_s / (2 * servers * free))) if free > 0 else 0.0


def _numbers(problem: Problem, first: Design, second: Design) -> Iterator[tuple[int, int]]:
    """The balanced numbers for the rate, for the whole fleet, and for one prefilling replica."""
    rate = problem.rate / HEADROOM
    if math.isfinite(rate):
        yield _fit(problem, first, second, math.ceil(rate / first.prefills), math.ceil(rate / second.decodes))
    has, same = most(problem, first), first.replica.stock == second.replica.stock
    whole = problem.stock[first.replica.stock].count
    balance = second.decodes / first.prefills
    near = balance * whole / (balance * first.devices + second.devices) if same else min(has, balance * most(problem, second))
    for x in sorted({min(has, max(1, value)) for value in (1, math.floor(near), math.ceil(near))}):
        left = (whole - x * first.devices) // second.devices if same else most(problem, second)
        yield x, min(left, math.ceil(x / balance))
        yield x, left


def _fit(problem: Problem, first: Design, second: Design, x: int, y: int) -> tuple[int, int]:
    """The numbers, both scaled down to what the stock has."""
    if first.replica.stock == second.replica.stock:
        need, has = x * first.devices + y * second.devices, problem.stock[first.replica.stock].count
        scale = min(1.0, has / need)
    else:
        scale = min(1.0, most(problem, first) / max(x, 1), most(problem, second) / max(y, 1))
    return (x, y) if scale == 1 else (math.floor(x * scale), math.floor(y * scale))
