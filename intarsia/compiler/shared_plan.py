"""`intarsia plan` for several models on one fleet: shared devices, whose weights come and go, or devices of its own for each.

Of devices of its own each model has those of a plan that the search finds for its requests (`planner/search/together.py`): any kinds of the fleet, any parallelism and types,
aggregated or disaggregated. Devices of a kind are shared in groups of every size; of each, as many groups as the goals need, as long as that is cheaper than what was found. Every
placement is simulated with all requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from intarsia.compiler import serving_plan, shared_simulation
from intarsia.compiler.shared_simulation import Served, Sharing
from intarsia.compiler.simulation import Given
from intarsia.cost_models.serving.shapes import Plan
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.workload import Workload
from intarsia.planner.search import result, search, space, together
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Goals, Problem, Stock
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.together import Choice, Limits, Menu
from intarsia.planner.search.variants import usual_router
from intarsia.planner.simulate import Pool, Report

SEQUENCES, STEP_TOKENS = 256, 8192
"""Most sequences and tokens of a step of shared devices where nothing is said."""
APART = 0.7
"""Of the progress bar."""
Watch = Callable[[float, str], None]


@dataclass(frozen=True)
class Part:
    """Devices, by kind, that some models have for themselves, and how they run there."""

    models: tuple[str, ...]
    devices: Mapping[str, int]
    plan: str
    pools: tuple[dict[str, Any], ...] = ()

    def __str__(self) -> str:
        counts = " + ".join(f"{count} x {name}" for name, count in self.devices.items())
        return f"{' and '.join(self.models)} {'share' if len(self.models) > 1 else 'has'} {counts}: {self.plan}"


@dataclass(frozen=True)
class Placed:
    """A placement, and what users see of it. `good`: the least share of any model's requests that keep the goals."""

    words: str
    parts: tuple[Part, ...]
    usd_per_h: float
    good: float
    report: Report = field(repr=False)

    @property
    def devices(self) -> int:
        return sum(count for part in self.parts for count in part.devices.values())

    def meets(self, goals: Goals) -> bool:
        return self.good >= goals.percentile / 100

    def row(self) -> dict[str, Any]:
        """As a table and JSON have it; seconds."""
        ttft, tpot = self.report.latency.ttft_s, self.report.latency.tpot_s
        return {
            "placement": self.words, "good": self.good, "ttft_p95": ttft.p95, "tpot_p95": tpot.p95, "weight_loads": self.report.resources.weight_loads,
            "tokens_per_s": self.report.output_tokens_per_s, "devices": self.devices, "usd_per_h": self.usd_per_h,
            "models": {name: {"good": each.met, "ttft_p95": each.ttft_s.p95, "tpot_p95": each.tpot_s.p95} for name, each in self.report.models.items()},
            "parts": [{"models": list(part.models), "devices": dict(part.devices), "plan": part.plan, "pools": list(part.pools)} for part in self.parts],
        }  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Placements, best first; `infeasible`: the sentence that says so where none keeps the goals. `notes`: what a user should know beside it. `asked`: what it was asked."""

    placed: list[Placed]
    goals: Goals
    infeasible: str
    notes: list[str]
    asked: serving_plan.Asked = field(default_factory=serving_plan.Asked)


def answer(asked: serving_plan.Asked, sources: Sequence[str], watch: Watch = lambda share, text: None, simulations: int = 12, seconds: float = 0.0) -> Found:
    """The ranked placements. `simulations`: about how many each set of kinds of each model gets (0: as many as it takes); `seconds`: after which no more plans are looked for
    (0: no end).

    Raises InputError for what can't be read or has no goals, InfeasibleError where not even one of each model fits.
    """
    if asked.slo is None:
        raise InputError("several models are placed by the goals of their requests, and there are none", mend="give --slo, such as ttft=500ms,tpot=40ms")
    problems, requests = shared_simulation.problems_of(asked, sources)
    told = replace(asked, max_sequences=asked.max_sequences or SEQUENCES, chunk_tokens=asked.chunk_tokens or STEP_TOKENS, precision=asked.precision or "stored")
    shared, _ = shared_simulation.problems_of(told, sources)
    limits = Limits(simulations, time.monotonic() + seconds if seconds else float("inf"))
    placing = Placing(shared, problems, requests, asked.policies[0], limits, watch)
    found, interrupted = placing.all()
    if not found:
        raise InfeasibleError(f"no placement of {', '.join(problem.name for problem in problems)} fits the fleet: {placing.why}", mend="use more devices or fewer bits")
    goals = problems[0].goals
    ranked = sorted(found, key=lambda each: (not each.meets(goals), (each.usd_per_h, each.devices) if each.meets(goals) else (0.0, 0), -each.good, each.report.latency.e2e_s.mean))
    missed = "" if ranked[0].meets(goals) else f"no placement keeps the goals ({goals}): at best {ranked[0].good:.1%} of a model's requests do"
    notes = ["The search was interrupted: these are the best so far."] if interrupted else []
    return Found(ranked, goals, missed, [*notes, *dict.fromkeys(note for problem in problems for note in serving_plan.remarks(problem))], asked)


class Placing:
    """The placements of one question: `shared` and `own` say the same of the models, on devices that they share and on their own. `why`: what was wrong with the last one that
    didn't fit."""

    def __init__(self, shared: Sequence[Problem], own: Sequence[Problem], requests: Workload, policy: str, limits: Limits, watch: Watch) -> None:
        self.shared, self.own, self.requests, self.policy, self.limits, self.watch, self.why = shared, own, requests, policy, limits, watch, ""
        self.fleet, self.found = own[0].fleet, list[Placed]()

    def all(self) -> tuple[list[Placed], bool]:
        """Those with devices for each, and shared ones; whether it was interrupted."""
        try:
            for placements in (self._apart(), self._all_shared()):
                for each in placements:
                    self.found.append(each)
        except KeyboardInterrupt:
            if not self.found:
                raise
            return self.found, True
        return self.found, False

    def _all_shared(self) -> Iterator[Placed]:
        """On devices of each kind, in groups of each size."""
        groups = [(stock, 1 << bit) for stock in self.fleet for bit in range(min(stock.node, stock.count).bit_length())]
        for number, (stock, tp) in enumerate(groups):
            self.watch(APART + (1 - APART) * number / len(groups), f"groups of {tp} x {stock.name}, shared")
            if not self.limits.late:
                yield from self._on_groups(stock, tp)

    def _affordable(self, stock: Stock, tp: int) -> int:
        """Groups that the fleet has devices for, and that cost less than the cheapest placement that keeps the goals."""
        costs = [(placed.usd_per_h, placed.devices) for placed in self.found if placed.meets(self.own[0].goals)]
        most = stock.count // tp
        while costs and most and (most * tp * stock.usd_per_h, most * tp) >= min(costs):
            most -= 1
        return most

    def _on_groups(self, stock: Stock, tp: int) -> list[Placed]:
        """With one, two, four... groups until the goals are kept, and the least number that keeps them."""
        most = self._affordable(stock, tp)
        given = Given(Plan(tp), policy=self.policy)
        served = [found for problem in self.shared if (found := self._served(replace(problem, fleet=(stock,)), given))]
        if len(served) < len(self.shared) or not most:
            return []
        known: dict[int, Placed] = {}

        def keeps(groups: int) -> bool:
            part = Part(tuple(each.name for each in served), {stock.name: groups * tp}, f"{groups} x TP{tp}, weights come and go")
            kind = "" if len(self.fleet) == 1 else f" {stock.name}"
            pools = shared_simulation.together(served, replace(given, replicas=groups), Sharing())
            known[groups] = self._placed(f"shared by {groups} x{kind} TP{tp}", (part,), pools)
            return known[groups].meets(self.shared[0].goals)

        try:
            _least(most, keeps)
        except InfeasibleError as error:
            self.why = error.what
        return list(known.values())

    def _served(self, problem: Problem, given: Given) -> Served | None:
        try:
            return shared_simulation.of(problem, given)
        except InfeasibleError as error:
            self.why = error.what
            return None

    def _apart(self) -> Iterator[Placed]:
        """Devices of its own for each model, by plans of the search."""
        simulators = []
        menus: list[Menu] = []
        for place, problem in enumerate(self.own):
            begun, span = APART * place / len(self.own), APART / len(self.own)
            pricer = Pricer(problem, keep=True)
            simulators.append(Simulator(problem, pricer.tables))
            try:
                designs = search.priced(problem, pricer, Excluded(), search.Counts(), self._watching(begun, 0.0, f"pricing {problem.name}"))
            except InfeasibleError as error:
                self.why = error.what
                return
            pricer.price.save()
            menus.append(Menu(problem, designs, simulators[-1], self.limits))
            menus[-1].fill(lambda share, begun=begun, span=span, name=problem.name: self.watch(begun + span * share, f"plans for {name}"))  # type: ignore[misc]
        for chosen in self._picked(menus):
            pools = [pool for simulator, choice in zip(simulators, chosen, strict=True) for pool in shared_simulation.planned(simulator, choice.deployment)]
            parts = tuple(_part(problem, choice.deployment) for problem, choice in zip(self.own, chosen, strict=True))
            words = ", ".join(f"{problem.name} {_short(choice.deployment)}" for problem, choice in zip(self.own, chosen, strict=True))
            largest = max((choice.deployment for choice in chosen), key=lambda deployment: len(deployment.pools))
            yield self._placed(words, parts, pools, usual_router(self.own[0], largest))

    def _watching(self, begun: float, span: float, text: str) -> search.Watch:
        return lambda share, _: self.watch(begun + span * share, text)

    def _picked(self, menus: Sequence[Menu]) -> list[tuple[Choice, ...]]:
        """Where no combination keeps all goals, smaller plans are looked at, too, so that every model gets something."""
        stock, enough = {stock.name: stock.count for stock in self.fleet}, self.own[0].goals.percentile / 100
        found = together.pick([menu.choices() for menu in menus], stock, enough)
        if not found:
            for menu in menus:
                menu.fill_smaller()
            found = together.pick_best([menu.choices() for menu in menus], stock, enough)
        if not found:
            self.why = f"one replica of each takes more than {' + '.join(f'{count} x {name}' for name, count in stock.items())}"
        return found

    def _placed(self, words: str, parts: tuple[Part, ...], pools: Sequence[Pool], router: str = "") -> Placed:
        """Devices of its own are simulated as the search did, with its `router`; empty: shared ones."""
        report = shared_simulation.serve_unhinted(self.own, self.requests, pools, router) if router else shared_simulation.serve(self.own, self.requests, pools, Given())
        usd = sum(count * self.own[0].stock[name].usd_per_h for part in parts for name, count in part.devices.items())
        return Placed(words, parts, usd, min(each.met for each in report.models.values()), report)


def _part(problem: Problem, deployment: space.Deployment) -> Part:
    pools = tuple(msgspec.to_builtins(result.pool_record(problem, pool)) for pool in deployment.pools)
    return Part((problem.name,), deployment.used, str(deployment), pools)


def _short(deployment: space.Deployment) -> str:
    """Without types and limits, which are said by each part."""
    makes = [f"{pool.count} x {pool.replica.stock if pool.role == 'encode' else pool.replica.make}" for pool in deployment.pools]
    return " + ".join(make if pool.role == "serve" else f"{pool.role} {make}" for pool, make in zip(deployment.pools, makes, strict=True))


def _least(most: int, keeps: Callable[[int], bool]) -> int:
    """The least number of 1 to `most` that keeps the goals, `most` where none does, by doubling and halving: more replicas are taken to do no worse."""
    low, high = 0, 1
    while not keeps(high):
        if high == most:
            return most
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return high
