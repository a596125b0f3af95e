"""A model's layers one operator after the other, and as a pipeline, on this CPU: what the search predicts beside what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from intarsia.compiler import pipelines
from intarsia.compiler.pipelined import measure
from intarsia.compiler.pipelined.rank import Setup
from intarsia.compiler.pipelined.team import Team, team
from intarsia.errors import RuntimeFailure
from intarsia.ir.module import Module
from intarsia.planner.pipeline import schedule as schedules
from intarsia.planner.pipeline import text
from intarsia.planner.pipeline.curves import Interference
from intarsia.planner.pipeline.layer import Layer
from intarsia.planner.pipeline.schedule import Schedule
from intarsia.planner.pipeline.search import Options, search

ROUNDS, REPEATS = 8, 3
TARGET = 0.15
"""The largest error of a prediction that is good enough."""
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Compared:
    """Schedules, their `pipe` texts and the seconds of all layers (medians); `same` says whether both gave the same bits on every rank."""

    layer: Layer
    curves: Interference
    pipelined: Schedule
    sequential: Schedule
    texts: dict[str, str]
    measured: dict[str, float]
    same: bool
    spans: list[list[Any]] = field(default_factory=list)

    @property
    def predicted(self) -> dict[str, float]:
        return {"sequential": self.layer.sequential_s * self.layer.layers, "pipelined": self.pipelined.model_s}

    def rows(self) -> list[dict[str, Any]]:
        """Predicted beside measured: seconds of all layers, and the gain."""
        found = [(name, "s", self.predicted[name], self.measured[name]) for name in ("sequential", "pipelined")]
        found.append(("gain", "x", self.predicted["sequential"] / self.predicted["pipelined"], self.measured["sequential"] / self.measured["pipelined"]))
        return [{"figure": name, "unit": unit, "predicted": predicted, "measured": measured, "error": predicted / measured - 1, "target": TARGET,
                 "met": abs(predicted / measured - 1) <= TARGET} for name, unit, predicted, measured in found]  # fmt: skip


def compare(setup: Setup, name: str, *, time_limit_s: float = 20.0, seed: int = 0, rounds: int = ROUNDS, progress: Progress = lambda share, text: None) -> Compared:
    """Measure points and curves, search, run both in turn, and compare. Raises RuntimeFailure where a rank fails."""
    with team(setup) as ranks:
        layer = measure.layer(ranks, name, progress)
        curves = measure.curves(ranks, progress)
        found = search(layer, curves, Options(time_limit_s, structures=8, changes=2000, seed=seed, pieces=False, overlap=True), progress)
        plain = schedules.sequential(layer, curves)
        texts = {key: pipelines.checked(each, "local", setup.cores) for key, each in (("sequential", plain), ("pipelined", found))}
        sizes = sorted({(run.nano.operator, run.nano.last - run.nano.first) for each in (found, plain) for run in each.runs})
        taken = _run(ranks, texts, sizes, rounds, progress)
    renewed = _renewed(layer, taken.points)
    plain, found = (replace(each, layer=renewed) for each in (plain, found))
    return Compared(renewed, curves, found, plain, texts, {key: median(each) for key, each in taken.seconds.items()}, taken.same, taken.spans)


@dataclass
class _Taken:
    """Seconds of the runs, and of the operators measured in turn with them."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    points: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    digests: dict[str, list[str]] = field(default_factory=dict)
    spans: list[list[Any]] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether all runs left the same bits, rank by rank."""
        return len({tuple(found) for found in self.digests.values()}) == 1


def _run(ranks: Team, texts: dict[str, str], sizes: list[tuple[str, int]], rounds: int, progress: Progress) -> _Taken:
    """Operators and both schedules in turn, so that none has a quieter machine."""
    taken = _Taken()
    for number in range(rounds):
        progress(number / rounds, "running")
        for operator, rows in sizes:
            taken.points.setdefault((operator, rows), []).extend(measure.samples(ranks, operator, rows, 1.0, REPEATS))
        for key, content in texts.items():
            replies = execute(ranks, content, sequential=key == "sequential", repeats=REPEATS)
            taken.seconds.setdefault(key, []).extend(max(each) for each in zip(*(reply["seconds"] for reply in replies), strict=True))
            digests = [reply["digest"] for reply in replies]
            if taken.digests.setdefault(key, digests) != digests:
                raise RuntimeFailure(f"the {key} run gave other bits than the time before")
            taken.spans = replies[0]["spans"] if key == "pipelined" else taken.spans
    return taken


def _renewed(layer: Layer, points: dict[tuple[str, int], list[float]]) -> Layer:
    """The layer with the points that were measured in turn with the runs."""
    found = []
    for op in layer.operators:
        mine = {float(rows): median(seconds) for (name, rows), seconds in points.items() if name == op.name}
        found.append(replace(op, points=tuple(sorted((dict(op.points) | mine).items()))))
    return replace(layer, operators=tuple(found))


def execute(ranks: Team, content: str, *, sequential: bool, repeats: int) -> list[dict[str, Any]]:
    """Carry out the one schedule of a `pipe` text on all ranks."""
    facts, nanos = text.steps(Module.parse(content))
    steps = [{"name": each.name, "operator": each.operator, "first": each.first, "rows": each.rows, "start_us": each.start_us, "share": each.share,
              "wait": list(each.wait), "wait_previous": list(each.wait_previous)} for each in nanos]  # fmt: skip
    return ranks.ask("run", steps=steps, period_us=facts["period_us"], sequential=sequential, repeats=repeats)
