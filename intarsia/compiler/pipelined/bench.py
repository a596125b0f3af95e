"""A model's layers one operator after the other, and as a pipeline, on this CPU: what the search predicts beside what was measured.

Every term is measured by itself between the runs (measure.py); runs are played with what was measured just before them (planner/pipeline/ranks.py). Nothing is fitted to a run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from intarsia.compiler import pipelines
from intarsia.compiler.pipelined import measure
from intarsia.compiler.pipelined.rank import Setup
from intarsia.compiler.pipelined.team import Team, team
from intarsia.errors import RuntimeFailure
from intarsia.ir.module import Module
from intarsia.planner.pipeline import ranks as played
from intarsia.planner.pipeline import schedule as schedules
from intarsia.planner.pipeline import text
from intarsia.planner.pipeline.curves import Interference
from intarsia.planner.pipeline.layer import Layer
from intarsia.planner.pipeline.ranks import TERMS, Predicted
from intarsia.planner.pipeline.schedule import Schedule
from intarsia.planner.pipeline.search import Options, search

ROUNDS, REPEATS = 8, 3
TARGET = 0.15
"""The largest error of a prediction that is good enough."""
Progress = Callable[[float, str], None]
Spans = list[list[Any]]
"""[task, lane, begin, end] of a run on a rank."""


@dataclass(frozen=True)
class Compared:
    """Schedules by name, their `pipe` texts, and what each was predicted to take and took, in all layers; `same` says whether all gave the same bits on every rank."""

    layer: Layer
    curves: Interference
    schedules: dict[str, Schedule]
    texts: dict[str, str]
    predicted: dict[str, Predicted]
    measured: dict[str, Predicted]
    same: bool
    spans: Spans = field(default_factory=list)

    def rows(self) -> list[dict[str, Any]]:
        """Predicted beside measured: seconds of all layers, and the gain."""
        found = [(name, "s", self.predicted[name].seconds, self.measured[name].seconds) for name in self.schedules]
        gain, gained = (each["sequential"].seconds / each["pipelined"].seconds for each in (self.predicted, self.measured))
        found.append(("gain", "x", gain, gained))
        return [{"figure": name, "unit": unit, "predicted": predicted, "measured": measured, "error": predicted / measured - 1, "target": TARGET,
                 "met": abs(predicted / measured - 1) <= TARGET} for name, unit, predicted, measured in found]  # fmt: skip

    def terms(self) -> list[dict[str, Any]]:
        """Where the seconds of all layers go, of a rank in the mean: predicted beside measured."""
        return [
            {"run": name, "term": term, "predicted": self.predicted[name].terms[term], "measured": self.measured[name].terms[term]} for name in self.schedules for term in TERMS
        ]


def compare(setup: Setup, name: str, *, time_limit_s: float = 20.0, seed: int = 0, rounds: int = ROUNDS, progress: Progress = lambda share, text: None) -> Compared:
    """Measure points and curves, search, run both in turn, and compare. Raises RuntimeFailure where a rank fails."""
    with team(setup) as ranks:
        layer = measure.layer(ranks, name, progress)
        curves = measure.curves(ranks, progress)
        found = search(layer, curves, Options(time_limit_s, structures=8, changes=2000, seed=seed, pieces=False, overlap=True), progress)
        both = {"sequential": schedules.sequential(layer, curves), "pipelined": found}
        texts = {key: pipelines.checked(each, "local", setup.cores) for key, each in both.items()}
        taken = _run(ranks, both, texts, rounds, progress)
    predicted = {key: played.typical([each.account for each in made]) for key, made in taken.predicted.items()}
    measured = {key: played.typical(accounts) for key, accounts in taken.accounts.items()}
    return Compared(layer, curves, both, texts, predicted, measured, taken.same, taken.spans)


@dataclass
class _Taken:
    """Accounts of the runs, and the predictions made in turn with them."""

    accounts: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    predicted: dict[str, list[Predicted]] = field(default_factory=dict)
    digests: dict[str, list[str]] = field(default_factory=dict)
    spans: Spans = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether all runs left the same bits, rank by rank."""
        return len({tuple(found) for found in self.digests.values()}) == 1


def _run(ranks: Team, both: dict[str, Schedule], texts: dict[str, str], rounds: int, progress: Progress) -> _Taken:
    """All terms and both schedules in turn, so that none has a quieter machine."""
    taken = _Taken()
    sizes = sorted({(nano.operator, nano.last - nano.first) for each in both.values() for nano in each.graph.nanos})
    for number in range(rounds):
        progress(number / rounds, "running")
        timings = measure.timings(ranks, sizes)
        for key, made in both.items():
            taken.predicted.setdefault(key, []).append(played.predict(made, timings, seed=number))
            replies = execute(ranks, texts[key], sequential=key == "sequential", repeats=REPEATS)
            taken.accounts.setdefault(key, []).extend(account(made, [reply["runs"][again] for reply in replies]) for again in range(REPEATS))
            digests = [reply["digest"] for reply in replies]
            if taken.digests.setdefault(key, digests) != digests:
                raise RuntimeFailure(f"the {key} run gave other bits than the time before")
            taken.spans = replies[0]["runs"][-1] if key == "pipelined" else taken.spans
    return taken


def account(made: Schedule, runs: Sequence[Spans]) -> dict[str, float]:
    """Where the seconds of one run went, from the spans of its ranks."""
    names = [[f"{nano.name}@{layer}" for nano in made.graph.nanos] for layer in range(made.layer.layers)]
    times = [{name: (begin, end) for name, _, begin, end in spans} for spans in runs]
    found = np.array([[[each[name] for name in row] for row in names] for each in times])
    return played.account(made.graph.nanos, found[..., 0], found[..., 1])


def execute(ranks: Team, content: str, *, sequential: bool, repeats: int) -> list[dict[str, Any]]:
    """Carry out the one schedule of a `pipe` text on all ranks."""
    facts, nanos = text.steps(Module.parse(content))
    steps = [{"name": each.name, "operator": each.operator, "first": each.first, "rows": each.rows, "start_us": each.start_us, "share": each.share,
              "wait": list(each.wait), "wait_previous": list(each.wait_previous)} for each in nanos]  # fmt: skip
    return ranks.ask("run", steps=steps, period_us=facts["period_us"], sequential=sequential, repeats=repeats)
