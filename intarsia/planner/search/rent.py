"""Which devices to rent for a workload and its goals: the fleet is what is on offer, and kinds may serve side by side, each the sizes of requests that it is cheapest for.

Requests are put into buckets by size; each design's rate of each bucket within the goals is estimated, a small program picks the cheapest mix (placement/mix.py), and the mix is
simulated on the whole workload, with the usual router. Queues aren't in the program: where the goals aren't kept, the next mix is sized with more headroom.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.workload import Request
from intarsia.planner.placement.mix import Bucket, Mix, Offer, cheapest
from intarsia.planner.search import estimate, questions
from intarsia.planner.search.compose import Candidate, Part
from intarsia.planner.search.design import Design
from intarsia.planner.search.estimate import Shape
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.questions import Answer, Counted, Simulate, satisfies
from intarsia.planner.validate import InvalidPlan, mix_problems

BUCKET = 4.0
"""Prompts and answers of one bucket are within this factor of each other."""
FEW = 0.01
"""Buckets with a smaller share of the requests are joined to the largest that they fit under."""
HEADROOMS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Shares of the estimated rates that mixes are sized for, the leanest mix first: one that is too lean only costs its simulation."""
DESIGNS = 3
"""Designs of a kind that are offered, those that carry most for a dollar."""


@dataclass(frozen=True)
class Sizes:
    """Requests of about one size: mean tokens of prompt and answer, and requests a second."""

    isl: float
    osl: float
    rate: float

    @property
    def name(self) -> str:
        return f"{self.isl:.0f}+{self.osl:.0f}"


@dataclass(frozen=True)
class Rented:
    """The answer; the mix behind it (None where none was cheaper than one kind, or two that share each request), and dollars an hour of the cheapest plan of one kind (infinite:
    none keeps the goals)."""

    answer: Answer
    mix: Mix | None
    alone_usd_per_h: float


def rent(problem: Problem, designs: Sequence[Design], simulate: Simulate, simulations: int = 0, watch: Callable[[str], None] = lambda text: None) -> Rented:
    """The cheapest devices of those on offer that keep the goals (or, without goals, keep up): of one kind, of two that share each request, or a mix.

    At most about `simulations` runs for the mix and for each set of kinds (0: as many as it takes).
    Raises InputError for a workload without a rate or devices without a price, InfeasibleError where nothing on offer does.
    """
    _check(problem)
    groups = questions.ladders(problem, designs, "cost")
    one = {kinds for kinds in groups if len({*kinds} - {questions.ENCODERS}) == 1}
    alone = questions.least(problem, {kinds: found for kinds, found in groups.items() if kinds in one}, simulate, "cost", simulations, watch)
    several = questions.least(problem, {kinds: found for kinds, found in groups.items() if kinds not in one}, simulate, "cost", simulations, watch, alone)
    best = several or alone
    mixed = _mixed(problem, designs, Counted(simulate, {}, simulations), best.outcome.usd_per_h if best else math.inf, watch)
    usd = alone.outcome.usd_per_h if alone else math.inf
    if mixed:
        return Rented(mixed[0], mixed[1], usd)
    if best is None:
        raise questions.unreachable(problem, questions.promising(problem, designs, simulate))
    return Rented(best, None, usd)


def _check(problem: Problem) -> None:
    if not problem.workload.rate_per_s:
        raise InputError("the workload has no rate: all its requests come at once", mend="give one with arrival times")
    if free := [stock.name for stock in problem.fleet if stock.usd_per_h <= 0]:
        raise InputError(f"{free[0]} has no price", mend="give rent_usd_per_h in a fleet file")


def _mixed(problem: Problem, designs: Sequence[Design], run: Counted, below: float, watch: Callable[[str], None]) -> tuple[Answer, Mix] | None:
    """The first mix that keeps the goals and costs less than `below`, from the leanest on."""
    if "aggregated" not in problem.choices.modes:
        return None
    found = sizes(problem)
    offered = offers(problem, designs, found)
    buckets = [Bucket(size.name, size.rate) for size in found]
    stock = {stock.name: stock.count for stock in problem.fleet}
    for headroom in HEADROOMS:
        try:
            mix = cheapest(buckets, [offer for offer, _ in offered], stock, headroom=headroom)
        except (InfeasibleError, InputError):
            return None
        if mix.usd_per_h >= below or run.spent:
            return None
        if faults := mix_problems(buckets, [offer for offer, _ in offered], stock, mix, headroom):
            raise InvalidPlan(f"the mix is not valid: {'; '.join(faults[:5])}", mend="please report it with the workload")
        candidate = _candidate(mix, offered)
        outcome = run(candidate.deployment)  # a mix that was tried is known
        watch(f"${mix.usd_per_h:.2f}/h: {mix}")
        if satisfies(problem, outcome):
            return Answer(candidate, outcome, problem.rate, len(run.known)), mix
    return None


def _candidate(mix: Mix, offered: Sequence[tuple[Offer, Design]]) -> Candidate:
    parts = tuple(Part("serve", design, mix.counts[offer.name]) for offer, design in offered if mix.counts.get(offer.name))
    return Candidate(parts, sum(part.count * part.design.capacity for part in parts))


def sizes(problem: Problem) -> list[Sizes]:
    """The workload's requests by size, largest answers last."""
    cells: dict[tuple[int, int], list[Request]] = {}
    for request in problem.workload.requests:
        cells.setdefault((_octave(request.prompt_tokens), _octave(request.output_tokens)), []).append(request)
    cells = _joined(cells, FEW * len(problem.workload.requests))
    each = problem.rate / len(problem.workload.requests)
    return [
        Sizes(max(1.0, fmean(r.prompt_tokens for r in found)), max(1.0, fmean(r.output_tokens for r in found)), each * len(found)) for _, found in sorted(cells.items())
    ]


def _octave(tokens: int) -> int:
    return int(math.log(max(1, tokens), BUCKET))


def _joined(cells: dict[tuple[int, int], list[Request]], few: float) -> dict[tuple[int, int], list[Request]]:
    """Small cells joined to the nearest cell that is no smaller in either size, or to the nearest of all."""
    large = {cell: list(found) for cell, found in cells.items() if len(found) >= min(few, max(map(len, cells.values())))}
    for cell, found in cells.items():
        if cell not in large:
            above = [other for other in large if other[0] >= cell[0] and other[1] >= cell[1]] or list(large)
            large[min(above, key=lambda other: abs(other[0] - cell[0]) + abs(other[1] - cell[1]))] += found
    return large


def offers(problem: Problem, designs: Sequence[Design], found: Sequence[Sizes]) -> list[tuple[Offer, Design]]:
    """The designs that carry most of any bucket for a dollar, each with its rates within the goals."""
    priced: list[tuple[Offer, Design]] = []
    for stock in problem.fleet:
        own = [(design, tuple(_rate(problem, design, size) for size in found)) for design in designs if design.replica.stock == stock.name]
        best = {place for b in range(len(found)) for place in sorted(range(len(own)), key=lambda i: -own[i][1][b] / own[i][0].devices)[:DESIGNS]}
        priced += [
            (Offer(f"{own[i][0].replica}", own[i][0].devices * stock.usd_per_h, own[i][1], stock.name, own[i][0].devices), own[i][0]) for i in sorted(best) if any(own[i][1])
        ]
    return list({offer.name: (offer, design) for offer, design in priced}.values())


def _rate(problem: Problem, design: Design, size: Sizes) -> float:
    """Requests/s of one size that a design carries within the mean goals."""
    shape = Shape(size.isl, size.osl, design.shape.chunk, design.shape.sequences, design.shape.kv_tokens)
    ttft_s = max(1e-9, problem.goals.ttft_s - problem.host.token_s * size.isl)
    return design.replica.groups * float(estimate.capacity(design.steps, shape, ttft_s, problem.goals.tpot_s))
