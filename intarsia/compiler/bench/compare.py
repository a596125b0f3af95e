"""A replay and its prediction as the same figures, side by side."""

from __future__ import annotations

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
"""Relative errors to reach, as medians over the loads."""


@dataclass(frozen=True)
class Figures:
    """Of one load: output tokens a second from the first arrival to the last token, and seconds of TTFT (from the arrival on) and TPOT."""

    throughput: float
    ttft: Array
    tpot: Array

    @staticmethod
    def of(arrival: Array, first: Array, end: Array, output: Array) -> Figures:
        several = output > 1
        return Figures(
            float(output.sum() / max(end.max() - arrival.min(), 1e-9)), first - arrival, ((end - first)[several] / (output - 1)[several]) if several.any() else np.zeros(0),
        )  # fmt: skip

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


def rows(load: str, rate: float, predicted: Figures, replayed: Figures | None, band: float) -> list[Row]:
    """One row a figure; without a replay, predictions alone."""
    found = replayed.named() if replayed is not None else {}
    return [
        {"load": load, "rate_per_s": rate, "figure": name, "unit": unit, "predicted": value, "measured": found.get(name, (None, ""))[0], "band": band,
         "error": units.error_of(value, found[name][0]) if name in found else None}
        for name, (value, unit) in predicted.named().items()
    ]  # fmt: skip


def medians(found: list[Row]) -> list[Row]:
    """One row for each load and figure, of the medians over its replays: a shared machine's worst moments fall out."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in found:
        groups.setdefault((row["load"], row["figure"]), []).append(row)
    return [_median(rows) for rows in groups.values()]


def _median(rows: list[Row]) -> Row:
    measured = [row["measured"] for row in rows if row["measured"] is not None]
    row = rows[0] | {"predicted": median(row["predicted"] for row in rows), "replays": len(measured)}
    return row | {"measured": median(measured), "error": units.error_of(row["predicted"], median(measured))} if measured else row


def summary(found: list[Row]) -> list[Row]:
    """The median size of the errors over all loads, with the targets."""
    made = []
    for name, target in TARGETS.items():
        errors = [abs(row["error"]) for row in found if row["figure"] == name and row["error"] is not None]
        if errors:
            middle = median(errors)
            made.append({"load": "all", "figure": f"{name}, median error", "error": middle, "target": target, "met": middle <= target})
    return made
