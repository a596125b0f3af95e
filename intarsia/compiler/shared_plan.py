"""`intarsia plan` for several models on one kind of devices: shared, with weights that come and go, or a part of the fleet for each.

Shared placements are tried with every size of group; of each, as many groups as the goals need, and as many as there are devices for. Parts are the least number of replicas
that keeps the goals of each model's own requests, in the size of group that takes fewest devices; where the fleet is too small for that, those that want most get fewer. Every
placement is simulated with all requests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.compiler import serving_plan, shared_simulation, simulation
from intarsia.compiler.shared_simulation import Served, Sharing
from intarsia.compiler.simulation import Given
from intarsia.cost_models.serving.shapes import Plan
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.workload import Workload
from intarsia.planner.search.problem import Goals, Problem
from intarsia.planner.simulate import Pool, Report

SEQUENCES, STEP_TOKENS = 256, 8192
"""Most sequences and tokens of a step where nothing is said."""


@dataclass(frozen=True)
class Placed:
    """A placement, and what users see of it. `good`: the least share of any model's requests that keep the goals."""

    words: str
    devices: int
    usd_per_h: float
    good: float
    report: Report = field(repr=False)

    def meets(self, goals: Goals) -> bool:
        return self.good >= goals.percentile / 100

    def row(self) -> dict[str, Any]:
        """As a table and JSON have it; seconds."""
        ttft, tpot = self.report.latency.ttft_s, self.report.latency.tpot_s
        return {
            "placement": self.words, "good": self.good, "ttft_p95": ttft.p95, "tpot_p95": tpot.p95, "weight_loads": self.report.resources.weight_loads,
            "tokens_per_s": self.report.output_tokens_per_s, "devices": self.devices, "usd_per_h": self.usd_per_h,
            "models": {name: {"good": each.met, "ttft_p95": each.ttft_s.p95, "tpot_p95": each.tpot_s.p95} for name, each in self.report.models.items()},
        }  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Placements, best first; `infeasible`: the sentence that says so where none keeps the goals. `notes`: what a user should know beside it."""

    placed: list[Placed]
    goals: Goals
    infeasible: str
    notes: list[str]


def answer(asked: serving_plan.Asked, sources: Sequence[str], watch: Callable[[float, str], None] = lambda share, text: None) -> Found:
    """The ranked placements. Raises InputError for what can't be read or has no goals, InfeasibleError where not even one of each model fits."""
    if asked.slo is None:
        raise InputError("several models are placed by the goals of their requests, and there are none", mend="give --slo, such as ttft=500ms,tpot=40ms")
    told = replace(asked, max_sequences=asked.max_sequences or SEQUENCES, chunk_tokens=asked.chunk_tokens or STEP_TOKENS, precision=asked.precision or "stored")
    problems, requests = shared_simulation.problems_of(told, sources)
    placing = Placing(problems, requests, told.policies[0], watch)
    found = placing.all()
    if not found:
        raise InfeasibleError(f"no placement of {', '.join(problem.name for problem in problems)} fits the fleet: {placing.why}", mend="use more devices or fewer bits")
    goals = problems[0].goals
    ranked = sorted(found, key=lambda each: (not each.meets(goals), (each.usd_per_h, each.devices) if each.meets(goals) else (0.0, 0), -each.good, each.report.latency.e2e_s.mean))
    missed = "" if ranked[0].meets(goals) else f"no placement keeps the goals ({goals}): at best {ranked[0].good:.1%} of a model's requests do"
    return Found(ranked, goals, missed, [note for problem in problems for note in serving_plan.left_out(problem)])


class Placing:
    """The placements of one question. `why`: what was wrong with the last one that didn't fit."""

    def __init__(self, problems: Sequence[Problem], requests: Workload, policy: str, watch: Callable[[float, str], None]) -> None:
        self.problems, self.requests, self.watch, self.why = problems, requests, watch, ""
        self.stock = simulation.only_stock(problems[0])
        self.sizes = [1 << bit for bit in range(min(self.stock.node, self.stock.count).bit_length())]
        self.given = {tp: Given(Plan(tp), policy=policy) for tp in self.sizes}

    def all(self) -> list[Placed]:
        """Shared ones, and the one in parts."""
        found = []
        for number, tp in enumerate(self.sizes):
            self.watch(number / (len(self.sizes) + 1), f"groups of {tp} devices, shared")
            found += self._shared(tp)
        self.watch(1 - 1 / (len(self.sizes) + 1), "a part of the fleet for each")
        return found + self._parts()

    def _served(self, tp: int, problem: Problem) -> Served | None:
        try:
            return shared_simulation.of(problem, self.given[tp])
        except InfeasibleError as error:
            self.why = error.what
            return None

    def _shared(self, tp: int) -> list[Placed]:
        """With the least number of groups that keeps the goals, and with all that there are devices for."""
        served = [found for problem in self.problems if (found := self._served(tp, problem))]
        if len(served) < len(self.problems):
            return []
        known: dict[int, Placed] = {}

        def keeps(groups: int) -> bool:
            known[groups] = self._placed(f"shared by {groups} x TP{tp}", groups * tp, shared_simulation.together(served, replace(self.given[tp], replicas=groups), Sharing()))
            return known[groups].meets(self.problems[0].goals)

        try:
            _least(self.stock.count // tp, keeps)
        except InfeasibleError as error:
            self.why = error.what
        return list(known.values())

    def _parts(self) -> list[Placed]:
        """The fewest devices for each model by itself; where that is more than there are, fewer of those that want most."""
        chosen = [self._part(problem) for problem in self.problems]
        parts = [part for part in chosen if part is not None]
        if len(parts) < len(chosen):
            return []
        counts = [count for _, count in parts]
        while sum(count * each.replica.devices for (each, _), count in zip(parts, counts, strict=True)) > self.stock.count:
            if max(counts) == 1:
                self.why = f"one replica of each takes more than {self.stock.count} devices"
                return []
            most = max(range(len(counts)), key=lambda place: (counts[place] > 1, counts[place] * parts[place][0].replica.devices))
            counts[most] -= 1
        served = [each for each, _ in parts]
        words = ", ".join(f"{each.name} {count} x TP{each.replica.plan.tp}" for each, count in zip(served, counts, strict=True))
        devices = sum(count * each.replica.devices for each, count in zip(served, counts, strict=True))
        return [self._placed(words, devices, shared_simulation.apart(served, self.given[1], counts))]

    def _part(self, problem: Problem) -> tuple[Served, int] | None:
        """A model's replica and how many of them: in the size that takes fewest devices, or that keeps most goals on all of them."""
        best: tuple[tuple[bool, float, float], Served, int] | None = None
        for tp in self.sizes:
            if (served := self._served(tp, problem)) is None:
                continue
            known: dict[int, float] = {}
            count = _least(self.stock.count // tp, lambda count, served=served, known=known: self._keeps_alone(served, count, known))  # type: ignore[misc]
            key = (known[count] < problem.goals.percentile / 100, float(count * tp), -known[count])
            if best is None or key < best[0]:
                best = key, served, count
        return (best[1], best[2]) if best else None

    def _keeps_alone(self, served: Served, count: int, known: dict[int, float]) -> bool:
        problem = served.problem
        known[count] = shared_simulation.serve([problem], problem.workload, shared_simulation.apart([served], self.given[1], [count]), self.given[1]).latency.met
        return known[count] >= problem.goals.percentile / 100

    def _placed(self, words: str, devices: int, pools: Sequence[Pool]) -> Placed:
        report = shared_simulation.serve(self.problems, self.requests, pools, self.given[1])
        return Placed(words, devices, devices * self.stock.usd_per_h, min(each.met for each in report.models.values()), report)


def _least(most: int, keeps: Callable[[int], bool]) -> int:
    """The least number of 1 to `most` that keeps the goals, `most` where none does, by halving: more replicas are taken to do no worse."""
    low, high = 0, most
    if not keeps(most):
        return most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return high
