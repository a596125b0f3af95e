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
from intarsia.cost_models.calibrate import Others
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
MOST, CALM = 2, 0.1
"""So many times the rounds are measured at most, until in enough of them other programs took no more than this share of the cores."""
TARGET = 0.15
"""The largest error of a prediction that is good enough."""
Progress = Callable[[float, str], None]
Spans = list[list[Any]]
"""[task, lane, begin, end] of a run on a rank."""


@dataclass(frozen=True)
class Compared:
    """Schedules by name, their `pipe` texts, and what each was predicted to take and took, in all layers; `same` says whether all gave the same bits on every rank.

    `others`: the largest share of the cores that other programs took in the rounds that count.
    """

    layer: Layer
    curves: Interference
    schedules: dict[str, Schedule]
    texts: dict[str, str]
    predicted: dict[str, Predicted]
    measured: dict[str, Predicted]
    same: bool
    others: float = 0.0
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
    predicted = {key: played.typical([each.predicted[key].account for each in taken]) for key in both}
    measured = {key: played.typical([account for each in taken for account in each.accounts[key]]) for key in both}
    same = len({tuple(found) for each in taken for found in each.digests.values()}) == 1
    return Compared(layer, curves, both, texts, predicted, measured, same, max(each.others for each in taken), taken[-1].spans)


@dataclass(frozen=True)
class _Round:
    """Predictions, accounts of the runs made in turn with them, their digests rank by rank, and the share of the cores that other programs took meanwhile."""

    predicted: dict[str, Predicted]
    accounts: dict[str, list[dict[str, float]]]
    digests: dict[str, list[str]]
    others: float
    spans: Spans


def _run(ranks: Team, both: dict[str, Schedule], texts: dict[str, str], rounds: int, progress: Progress) -> list[_Round]:
    """Rounds in which other programs left the machine alone, or, of more, those in which they took least. Raises RuntimeFailure where the same run gives other bits."""
    sizes = sorted({(nano.operator, nano.last - nano.first) for each in both.values() for nano in each.graph.nanos})
    found: list[_Round] = []
    while len(found) < MOST * rounds and sum(each.others <= CALM for each in found) < rounds:
        progress(len(found) / (MOST * rounds), "running")
        found.append(_round(ranks, both, texts, sizes, len(found)))
    if any(each.digests != found[0].digests for each in found):
        raise RuntimeFailure("a run gave other bits than the time before")
    return sorted(found, key=lambda each: each.others)[:rounds]


def _round(ranks: Team, both: dict[str, Schedule], texts: dict[str, str], sizes: list[tuple[str, int]], number: int) -> _Round:
    """All terms and both schedules in turn, so that none has a quieter machine."""
    others = Others(ranks.cpu_s)
    timings = measure.timings(ranks, sizes)
    replies = {key: execute(ranks, texts[key], sequential=key == "sequential", repeats=REPEATS) for key in both}
    share = others.share()
    return _Round(
        {key: played.predict(made, timings, seed=number) for key, made in both.items()},
        {key: [account(made, [reply["runs"][again] for reply in replies[key]]) for again in range(REPEATS)] for key, made in both.items()},
        {key: [reply["digest"] for reply in each] for key, each in replies.items()}, share, replies["pipelined"][0]["runs"][-1])  # fmt: skip


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
