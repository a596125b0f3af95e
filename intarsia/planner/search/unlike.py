"""Replicas whose stages lie on two kinds of devices: for fleets of which no kind alone has room, or of which a pair does better than either.

A span is a kind's stages one after the other, each on as many devices as a tensor-parallel group of that kind has. The layers are split so that the slowest stage is as quick as
can be (batches of a pipeline meet there), among the splits that memory has room for, and for loads below saturation with more on the quicker kind. For each pair of kinds and each
type of weights, the MOST best sizes by requests a second and by requests a second for each dollar (or device) are laid out. Where both kinds hold the model alone, that is one size
by each, and it is dropped unless it is estimated to carry more than the same devices apart. What is left are replicas like others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, permutations, product

from intarsia.cost_models.serving.memory import stage_weights, visible_bytes
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.planner.search import rules, space
from intarsia.planner.search.design import Design, Pricing
from intarsia.planner.search.problem import Problem, Stock
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.space import Replica, Span
from intarsia.planner.search.stages import request_s

MOST = 3
TRIED = 4
"""Splits whose memory is looked into, the quickest first."""
ROOM = ("weights-fit", "longest-request-fits")


@dataclass(frozen=True, eq=False)
class Group:
    """A tensor-parallel group of a kind: seconds of a request in one of `layers` layers, and the most of them whose weights it could hold."""

    stock: Stock
    plan: Plan
    layer_s: float
    most: int
    layers: int


def layouts(problem: Problem, legal: Sequence[Replica], pricing: Pricing) -> list[Replica]:
    """Replicas on two kinds that have room. `legal` are those on one kind: where a kind has some, its groups are of their sizes."""
    if len(problem.fleet) < 2 or "aggregated" not in problem.choices.modes or problem.choices.most_stages < 2:
        return []
    found: dict[Replica, None] = {}
    hold = {replica.stock for replica in legal}
    for precision in problem.choices.precisions:
        groups = {stock.name: list(_groups(problem, stock, precision, legal, pricing)) for stock in problem.fleet}
        for first, last in permutations(problem.fleet, 2):
            both = {first.name, last.name} <= hold
            if not both or problem.fleet.index(first) < problem.fleet.index(last):
                found |= dict.fromkeys(_best(problem, groups[first.name], groups[last.name], precision, few=both))
    return list(found)


def worth(designs: Sequence[Design]) -> list[Design]:
    """Without replicas on two kinds that are estimated to carry no more than their devices do in the best replicas of each kind side by side."""
    each: dict[str, float] = {}
    for made in designs:
        if not made.replica.spans:
            each[made.replica.stock] = max(each.get(made.replica.stock, 0.0), made.capacity / made.devices)
    return [
        made for made in designs
        if not made.replica.spans or not set(made.replica.used) <= set(each) or made.capacity > sum(count * each[name] for name, count in made.replica.used.items())
    ]  # fmt: skip


def _groups(problem: Problem, stock: Stock, precision: Precision, legal: Sequence[Replica], pricing: Pricing) -> Iterator[Group]:
    """Sizes of groups that break no rule but those of memory; powers of two."""
    loose = replace(problem, without=(*problem.without, *ROOM))
    single = [r for r in space.layouts(loose, stock) if r.plan.pp == r.plan.dp == r.cp == 1 and r.precision == precision and not r.draft and r.plan.tp & (r.plan.tp - 1) == 0]
    known = {(r.plan.tp, r.plan.ep) for r in legal if r.stock == stock.name and r.plan.dp == 1}
    for replica in rules.legal(loose, single, Excluded()):
        if known and (replica.plan.tp, replica.plan.ep) not in known:
            continue
        layer = stage_weights(problem.config, replica.plan, precision, range(problem.config.layers - 1, problem.config.layers), first=False, last=False)
        most = int(visible_bytes(stock.device) // layer)
        if most:
            yield Group(stock, replica.plan, request_s(problem, pricing(replica)) / problem.config.layers, most, problem.config.layers)


def _best(problem: Problem, first: Sequence[Group], last: Sequence[Group], precision: Precision, *, few: bool) -> Iterator[Replica]:
    """The best pairs of groups and numbers of stages by both merits; `few`: one by each, and the quickest pipeline alone."""
    stages = [1 << bit for bit in range(problem.choices.most_stages.bit_length())]
    sizes = [
        Size(a, b, m, n) for a, b, m, n in product(first, last, stages, stages)
        if m + n <= problem.choices.most_stages and a.plan.tp * m <= a.stock.count and b.plan.tp * n <= b.stock.count
    ]  # fmt: skip
    rates = {size: max((1 / size.slowest_s(own) for own in size.splits(problem)), default=0.0) for size in sizes}
    made: dict[Size, list[Replica]] = {}
    for merit in (rates, {size: rate / size.cost for size, rate in rates.items()}):
        kept = 0
        for size in sorted(sizes, key=lambda size, merit=merit: -merit[size]):  # type: ignore[misc]
            if size not in made:
                made[size] = list(islice(_laid(problem, size, precision), 1 if few else None))
                yield from made[size]
            kept += bool(made[size])
            if kept == (1 if few else MOST):
                break


@dataclass(frozen=True)
class Size:
    """`m` stages on groups `a`, then `n` on groups `b`."""

    a: Group
    b: Group
    m: int
    n: int

    @property
    def cost(self) -> float:
        """Dollars an hour; devices, where no price is known."""
        counts = ((self.a.stock, self.a.plan.tp * self.m), (self.b.stock, self.b.plan.tp * self.n))
        return sum(stock.usd_per_h * count for stock, count in counts) or sum(count for _, count in counts)

    def slowest_s(self, own: int) -> float:
        """Seconds of the slowest stage for a request, if `own` layers are on the first kind."""
        here, there = self._each(own)
        return max(here * self.a.layer_s, there * self.b.layer_s)

    def _each(self, own: int) -> tuple[int, int]:
        return -(-own // self.m), -(-(self.a.layers - own) // self.n)

    def splits(self, problem: Problem) -> list[int]:
        """Layers on the first kind for which weights could have room, those with the quickest pipeline first."""
        most = (self.a.most, self.b.most)
        found = (own for own in range(self.m, problem.config.layers - self.n + 1) if all(each <= limit for each, limit in zip(self._each(own), most, strict=True)))
        return sorted(found, key=lambda own: (self.slowest_s(own), own))

    def replica(self, problem: Problem, precision: Precision, own: int) -> Replica:
        shares = ((self.a, self.m, own), (self.b, self.n, problem.config.layers - own))
        spans = tuple(Span(group.stock.name, replace(group.plan, pp=count), layers) for group, count, layers in shares)
        choices = problem.choices
        return Replica(
            " + ".join(span.stock for span in spans), Plan(pp=self.m + self.n), precision, min(choices.chunks), min(choices.batches), choices.policies[0], spans=spans,
        )  # fmt: skip


def _laid(problem: Problem, size: Size, precision: Precision) -> Iterator[Replica]:
    """The split with the quickest pipeline among those that have room (the quickest are tried, then others evenly), and what loads below saturation may like better: a layer of
    each stage more on the quicker kind, and as many more as leave half of the cache."""

    def fits(own: int) -> bool:
        return bool(rules.legal(problem, [size.replica(problem, precision, own)], Excluded()))

    def pages(own: int) -> int:
        return rules.room(problem, size.replica(problem, precision, own)).pages

    splits = size.splits(problem)
    stride = max(1, len(splits) // TRIED)
    balanced = next((own for own in dict.fromkeys([*splits[:TRIED], *splits[TRIED::stride]]) if fits(own)), None)
    if balanced is None:
        return
    step, far = (size.n, max(splits) + 1) if size.a.layer_s < size.b.layer_s else (-size.m, min(splits) - 1)
    near = balanced
    while abs(far - near) > 1:
        middle = (near + far) // 2
        near, far = (middle, far) if fits(middle) and 2 * pages(middle) >= pages(balanced) else (near, middle)
    for own in dict.fromkeys((balanced, balanced + step, near)):
        if own in splits and fits(own):
            yield size.replica(problem, precision, own)
