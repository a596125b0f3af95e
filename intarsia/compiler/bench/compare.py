"""Replays and their predictions as the same figures, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.compiler import units
from intarsia.compiler.bench.replay import Answered
from intarsia.ir.workload import Request

Array = NDArray[np.float64]
Row = dict[str, Any]
TARGETS = {"throughput": 0.10, "TTFT mean": 0.10, "TPOT mean": 0.10, "TTFT p99": 0.20, "TPOT p99": 0.20}
"""Relative errors to reach, at each load and as medians over the loads."""
RANGE = (10, 90)
"""Percentiles of the range that is printed beside a prediction."""


@dataclass(frozen=True)
class Figures:
    """Output tokens, seconds from the first arrival to the last token, and seconds of TTFT (from the arrival on) and TPOT of each request."""

    tokens: float
    seconds: float
    ttft: Array
    tpot: Array

    @staticmethod
    def of(arrival: Array, first: Array, end: Array, output: Array) -> Figures:
        several = output > 1
        tpot = ((end - first)[several] / (output - 1)[several]) if several.any() else np.zeros(0)
        return Figures(float(output.sum()), float(end.max() - arrival.min()), first - arrival, tpot)

    @staticmethod
    def pooled(runs: Sequence[Figures]) -> Figures:
        """Those of several runs, one after the other."""
        return Figures(sum(run.tokens for run in runs), sum(run.seconds for run in runs), np.concatenate([run.ttft for run in runs]), np.concatenate([run.tpot for run in runs]))

    @property
    def throughput(self) -> float:
        """Output tokens a second."""
        return self.tokens / max(self.seconds, 1e-9)

    def named(self) -> dict[str, tuple[float, str]]:
        """Each figure with its unit, in the order of the table."""
        found = {"throughput": (self.throughput, "tok/s")}
        for name, values in (("TTFT", self.ttft), ("TPOT", self.tpot)):
            if len(values):
                found[f"{name} mean"] = float(values.mean()), "s"
                found |= {f"{name} p{p}": (float(np.percentile(values, p)), "s") for p in (50, 99)}
        return found


def measured(answered: tuple[Answered, ...], requests: tuple[Request, ...]) -> Figures:
    """The figures of a replay, of the requests that it finished."""
    rows = np.array([(a.due, a.first, a.end, requests[a.place].output_tokens) for a in answered])
    return Figures.of(*rows.T)


def rows(load: str, rate: float, predicted: Sequence[Figures], replayed: Figures | None, band: float, replays: int = 0) -> list[Row]:
    """One row a figure. Of `predicted`, one for each drawing of the prices, the mean counts, and `low` and `high` are the 10th and 90th percentile.

    Without a replay, predictions alone.
    """
    found = replayed.named() if replayed is not None else {}
    drawn = [figures.named() for figures in predicted]
    return [_row(load, rate, name, unit, np.array([each[name][0] for each in drawn]), found.get(name, (None, ""))[0], band, replays) for name, (_, unit) in drawn[0].items()]


def _row(load: str, rate: float, name: str, unit: str, drawn: Array, measured: float | None, band: float, replays: int) -> Row:
    mean, (low, high) = float(drawn.mean()), (float(value) for value in np.percentile(drawn, RANGE))
    row: Row = {"load": load, "rate_per_s": rate, "figure": name, "unit": unit, "predicted": mean, "low": low, "high": high, "measured": measured, "band": band, "replays": replays}
    error = units.error_of(mean, measured)
    target = TARGETS.get(name)
    return row | {"error": error} | ({"target": target, "met": abs(error) <= target} if target is not None and error is not None else {})


def summary(found: list[Row]) -> list[Row]:
    """The median size of the errors over all loads, with the targets."""
    made = []
    for name, target in TARGETS.items():
        errors = [abs(row["error"]) for row in found if row["figure"] == name and row["error"] is not None]
        if errors:
            middle = median(errors)
            made.append({"load": "all", "figure": f"{name}, median error", "error": middle, "target": target, "met": middle <= target})
    return made
