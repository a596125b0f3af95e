"""How far predicted serving is from measured serving: the error table of `intarsia validate serving`.

Each measured row is predicted from its model, device, plan and load alone; nothing is fitted to a row. Rows whose model, device or plan
can't be predicted are counted, not hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from intarsia.compiler import serving_recipes, serving_traces
from intarsia.compiler.serving_runs import APEX, Case, read
from intarsia.cost_models.ops import Op
from intarsia.cost_models.serving.shapes import Step
from intarsia.cost_models.serving.steady import Question, System
from intarsia.cost_models.serving.step import OpCost
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.errors import IntarsiaError

BASELINE = "aiconfigurator 0.12.0"
TARGETS = {"TPOT": 10.0, "TTFT": 30.0, "throughput": 15.0}
H100_TARGET = 8.0
RANK_TARGET = 0.9
LEAST_PLANS = 4
"""Runs that a rank correlation is taken over, at least."""
Progress = Callable[[float, str], None]
Make = Callable[[str, str], OpCost]
"""Prices for a framework and its kind of all-reduce (see `Priced`)."""


@dataclass(frozen=True)
class Found:
    """One metric of one case: what was measured, what we predict, and what the baseline does where it does."""

    case: Case
    metric: str
    measured: float
    predicted: float
    baseline: float | None

    @property
    def error(self) -> float:
        """Relative error in percent, with its sign."""
        return 100 * (self.predicted / self.measured - 1)

    @property
    def baseline_error(self) -> float | None:
        return None if self.baseline is None else 100 * abs(self.baseline / self.measured - 1)


def serving_validation(data_dir: Path, *, progress: Progress | None = None, make: Make | None = None) -> list[dict[str, Any]]:
    """The error table: rows of metric, value, unit, baseline, baseline_value, ratio, target, met. `make` gives the prices.

    Raises InputError where the folder has no measurements.
    """
    if make is None:
        from intarsia.cost_models.serving.pricing import Priced

        make = Priced
    cases, traces = read(data_dir), serving_traces.read(data_dir)
    found, refused = predict(cases, make, progress)
    if traces:
        found += [one for case, ours in serving_traces.predict(traces, make("vllm", "own")) for one in _found(case, ours)]
    return [*_rows(found), *_counts([*cases, *(case for case, *_ in traces)], refused)]


def predict(cases: Sequence[Case], make: Make, progress: Progress | None = None) -> tuple[list[Found], dict[str, int]]:
    """Predictions, and how many cases were left out for which reason. Cases of one device and framework are priced together."""
    groups: dict[tuple[str, str, str], list[tuple[Case, Question]]] = {}
    refused: dict[str, int] = {}
    for case in cases:
        try:
            asked = serving_recipes.question_of(case)
        except IntarsiaError as error:
            reason = str(error).partition(":")[0][:90]
            refused[reason] = refused.get(reason, 0) + 1
        else:
            groups.setdefault((case.device, case.framework, serving_recipes.all_reduce_of(case)), []).append((case, asked))
    found: list[Found] = []
    for number, ((device, framework, all_reduce), members) in enumerate(groups.items()):
        if progress is not None:
            progress(number / len(groups), f"{device} with {framework}")
        found += _priced(members, make(framework, all_reduce))
    return found, refused


def _priced(members: Sequence[tuple[Case, Question]], price: OpCost) -> list[Found]:
    seconds = iter(step_seconds([step for _, asked in members for step in asked.steps], price))
    found: list[Found] = []
    for case, asked in members:
        predicted = asked.answer([next(seconds) for _ in asked.steps])
        found += _found(case, {"TPOT": predicted.tpot_s, "TTFT": predicted.ttft_s, "throughput": predicted.tokens_per_s})
    return found


def step_seconds(steps: Sequence[tuple[System, Step]], price: OpCost) -> list[float]:
    """Seconds of each step, all priced in one call; equal operators are priced once."""
    lists = [step_ops(system.config, system.plan, system.precision, step) for system, step in steps]
    places: dict[Op, int] = {}
    for launch in (launch for launches in lists for launch in launches):
        places.setdefault(launch.op, len(places))
    prices = price(list(places), steps[0][0].device)
    return [sum(launch.count * float(prices[places[launch.op]]) for launch in launches) for launches in lists]


def _found(case: Case, ours: Mapping[str, float]) -> Iterator[Found]:
    for metric, measured, baseline in case.measured:
        yield Found(case, metric, measured, ours[metric], baseline)


def _rows(found: Sequence[Found]) -> Iterator[dict[str, Any]]:
    """Of each metric: all rows, those of either half, those that the baseline predicts and those that it doesn't, then by mode, device, precision, framework and model."""
    for metric, target in TARGETS.items():
        every = [f for f in found if f.metric == metric]
        yield from _row(f"{metric}, all", every, target)
        for half in ("seen", "unseen"):
            yield from _row(f"{metric}, {half} half", [f for f in every if f.case.half == half], target)
        shared = [f for f in every if f.baseline is not None]
        if shared:
            yield from _row(f"{metric}, rows that the baseline predicts too", shared, target)
            yield from _row(f"{metric}, rows that it doesn't", [f for f in every if f.baseline is None], None)
        for kind in ("aggregated", "disaggregated"):
            yield from _row(f"{metric}, {kind}", [f for f in every if f.case.mode == kind], None)
        yield from _row(f"{metric}, APEX's traces, simulated", [f for f in every if f.case.source == APEX], None)
        if metric == "TPOT":
            yield from _row("TPOT, aggregated on H100", [f for f in every if f.case.mode == "aggregated" and f.case.device == "h100_sxm"], H100_TARGET)
        for field in ("device", "precision", "framework", "model"):
            for value in sorted({getattr(f.case, field) for f in every}):
                yield from _row(f"{metric}, {value or 'bf16'}", [f for f in every if getattr(f.case, field) == value], None)
    yield from ranks(found)


def _row(metric: str, found: Sequence[Found], target: float | None) -> Iterator[dict[str, Any]]:
    """Medians of absolute errors: ours over all, the baseline's over those it predicts; then the median of ours with its sign."""
    if not found:
        return
    value, theirs = median(abs(f.error) for f in found), [error for f in found if (error := f.baseline_error) is not None]
    other = median(theirs) if theirs else None
    yield {
        "metric": f"{metric}, median of {len(found)}", "value": value, "unit": "%", "baseline": BASELINE if theirs else "-", "baseline_value": other,
        "ratio": value / other if other else None, "bias": median(f.error for f in found), "target": target, "met": None if target is None else value <= target,
    }  # fmt: skip


def ranks(found: Sequence[Found]) -> Iterator[dict[str, Any]]:
    """Rank correlations (Spearman) of predicted and measured figures. A group holds the runs of one model, device, framework, precision, mode and lengths, that
    differ in plan and users (or one user load: in plan alone); the median over groups of LEAST_PLANS runs or more, each run once."""
    for metric in TARGETS:
        for name, by_users in (("plans and users", False), ("plans at the same users", True)):
            groups: dict[tuple[Any, ...], dict[tuple[Any, ...], Found]] = {}
            for f in (f for f in found if f.metric == metric):
                c = f.case
                key = (c.source, c.model, c.device, c.framework, c.precision, c.mode, c.load.isl, c.load.osl, *((c.load.concurrency,) if by_users else ()))
                groups.setdefault(key, {}).setdefault((c.plan, c.prefill, c.load.concurrency), f)
            ours = [rank for members in groups.values() if (rank := _rank([(f.predicted, f.measured) for f in members.values()])) is not None]
            theirs = [
                rank for members in groups.values() if (rank := _rank([(f.baseline, f.measured) for f in members.values() if f.baseline is not None])) is not None
            ]
            if ours:
                value, other = median(ours), median(theirs) if theirs else None
                yield {
                    "metric": f"{metric}, rank correlation of {name}, median of {len(ours)} groups", "value": value, "unit": "", "baseline": BASELINE if theirs else "-",
                    "baseline_value": other, "ratio": None, "bias": None, "target": RANK_TARGET, "met": value > RANK_TARGET,
                }  # fmt: skip


def _rank(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Spearman's correlation of at least LEAST_PLANS pairs; alike figures share the mean of their ranks. None where one side is all alike."""
    if len(pairs) < LEAST_PLANS:
        return None
    a, b = (_meanranks(np.array(side)) for side in zip(*pairs, strict=True))
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else None


def _meanranks(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[which])


def _counts(cases: Sequence[Case], refused: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    blank = {"unit": "runs", "baseline": "-", "baseline_value": None, "ratio": None, "bias": None, "target": None, "met": None}
    yield {"metric": "runs predicted", "value": float(len(cases) - sum(refused.values())), **blank}
    for reason, count in sorted(refused.items(), key=lambda item: -item[1]):
        yield {"metric": f"left out: {reason}", "value": float(count), **blank}
