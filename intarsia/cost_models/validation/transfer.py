"""How well costs transfer to devices that the model never saw: each measured GPU left out in turn, and each family of GPUs.

The figures are those of `python -m intarsia.cost_models.fitted.train`, which grew the shipped forests and, for each figure, forests that did not see
what they are judged on; that takes some minutes, so they stand in the data file. Here the shipped forests answer for all rows again, to
show that the file is the one that was judged: their error on rows they learnt from must be below that of the forests that saw none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from intarsia.cost_models.fitted import store
from intarsia.cost_models.fitted.features import forest_of
from intarsia.cost_models.fitted.learning import lesson
from intarsia.cost_models.fitted.samples import samples
from intarsia.cost_models.validation.rows import Row, Run

TITLES = {"gemm": "GEMM", "context": "context attention", "decode": "decode attention", "experts": "MoE"}
TARGETS = {"gemm": (8.0, 14.0), "context": (12.0, 20.0), "decode": (12.0, 20.0)}
"""Median and mean error to reach with one GPU left out, in percent."""
WHOLE = ("all", "all and host-bound")
"""All rows of measured devices' own times, and with those that are the host's."""
CHECKED_ROWS = 60
"""Of each slice, that the shipped forests answer for."""


def rows(run: Run) -> Iterator[Row]:
    """Fitted beside analytic: over all GPUs, by GPU, by family; then the shipped forests on what they learnt from."""
    shipped = store.read()
    for index, kind in enumerate(TITLES):
        run.tell(index / len(TITLES), f"{TITLES[kind]} on devices left out")
        table = [row for row in shipped.head["errors"] if row["kind"] == kind]
        for row in table:
            yield from _figures(row)
        whole = next(row for row in table if (row["left_out"], row["where"]) == ("device", "all"))
        inside = whole["within_two_bands"]
        yield Row(f"{TITLES[kind]} fitted, device left out, all, within two error bands", inside, "%", "normal distribution", 95.4, inside / 95.4, None, None)
        if run.folder is None:
            yield _again(kind, shipped, whole, run.seed)


def _figures(row: dict[str, Any]) -> Iterator[Row]:
    target = TARGETS.get(row["kind"]) if row["left_out"] == "device" and row["where"] in WHOLE else None
    for place, name in enumerate(("median", "mean")):
        metric = f"{TITLES[row['kind']]} fitted, {row['left_out']} left out, {row['where']}, {name} error"
        wanted = target[place] if target else None
        value, other = row[name], row[f"analytic_{name}"]
        yield Row(metric, value, "%", "analytic", other, value / other, wanted, None if wanted is None else value <= wanted)


def _again(kind: str, shipped: store.Forests, whole: dict[str, Any], seed: int) -> Row:
    errors = []
    for sample in samples(kind, CHECKED_ROWS, seed, devices=shipped.head["devices"]):
        if not sample.host_bound:
            one = lesson(sample)
            errors.append(np.abs(np.expm1(shipped.trees[forest_of(sample.op, sample.framework)].predict(one.rows) - one.wanted)))
    value = 100 * float(np.median(np.concatenate(errors)))
    return Row(f"{TITLES[kind]} fitted, no device left out, all, median error", value, "%", "fitted, device left out", whole["median"], value / whole["median"], None, None)
