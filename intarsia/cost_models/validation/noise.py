"""How far measurements are from themselves: what no prediction can be better than.

Shapes are measured once, so noise is taken from matmuls of m and m + 1 rows that fill the same tile of 16 rows: they do the same work.
The error of a perfect prediction is distributed as their difference over the square root of two.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.devices import load
from intarsia.cost_models.silicon import tables
from intarsia.cost_models.silicon.gemm import GEMM
from intarsia.cost_models.silicon.measured import Measured
from intarsia.cost_models.silicon.tables import Array, Table
from intarsia.cost_models.validation.rows import Row, Run
from intarsia.errors import InputError

TILE, LEAST = 16, 3
"""Rows of a tile; fewer rows than the least take other kernels (matrix times vector)."""


def rows(run: Run) -> Iterator[Row]:
    """Of each device, over all frameworks and types, and of all devices."""
    run.tell(0.0, "noise")
    found = {name: parts for name in run.devices if (parts := list(_of(name, run)))}
    everywhere = {"all": [part for parts in found.values() for part in parts]} if len(found) > 1 else {}
    for name, listed in (found | everywhere).items():
        left = 100 * np.concatenate(listed)
        for word, statistic in (("median", np.median), ("mean", np.mean)):
            yield Row(f"GEMM, noise between neighbouring rows, {name}, {word}", float(statistic(left)), "%", "-", None, None, None, None)


def _of(name: str, run: Run) -> Iterator[Array]:
    for framework in tables.FRAMEWORKS:
        try:
            table = Measured(load(name), framework, run.folder).table(GEMM)
        except InputError:
            continue
        for dtype in dtypes.DTYPES:
            if len(part := errors(table.take(table.columns["dtype"] == dtype))):
                yield part


def errors(table: Table) -> Array:
    """Relative errors that one measurement leaves to a perfect prediction."""
    columns = table.columns
    order = np.lexsort((columns["m"], columns["k"], columns["n"]))
    m, n, k, logs = columns["m"][order], columns["n"][order], columns["k"][order], np.log(table.seconds[order])
    tile = -(-m // TILE)
    alike = (np.diff(n) == 0) & (np.diff(k) == 0) & (np.diff(m) == 1) & (np.diff(tile) == 0) & (m[:-1] >= LEAST)
    return np.asarray(np.abs(np.expm1(np.diff(logs)[alike] / np.sqrt(2))))
