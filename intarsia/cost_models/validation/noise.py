"""How far measurements are from themselves: what no prediction can be better than.

A shape of a matmul is measured once, so noise is taken from matmuls of m and m + 1 rows that fill the same tile of 16 rows: they do the same work.
Shapes of experts were measured again with later releases of a framework. If both measurements scatter alike about what is predicted, the error of a
perfect prediction is distributed as their difference over the square root of two. Between releases kernels may change, too: that is in the figure,
and no prediction from a shape knows of it either.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.devices import load
from intarsia.cost_models.silicon import tables
from intarsia.cost_models.silicon.gemm import GEMM
from intarsia.cost_models.silicon.measured import Measured, read
from intarsia.cost_models.silicon.moe import MOE
from intarsia.cost_models.silicon.tables import Array, Table
from intarsia.cost_models.validation.rows import Row, Run
from intarsia.errors import InputError

TILE, LEAST = 16, 3
"""Rows of a tile; fewer rows than the least take other kernels (matrix times vector)."""
FAR = 1.5
"""Times that differ by more than this factor are other kernels' or other tunings'."""


def rows(run: Run) -> Iterator[Row]:
    """Of matmuls, by device over all frameworks and types, and of all devices; of experts, by device and framework."""
    run.tell(0.0, "noise")
    yield from _matmuls(run)
    for name in run.devices:
        for framework in tables.FRAMEWORKS:
            yield from _experts(name, framework, run.folder or tables.root())


def _matmuls(run: Run) -> Iterator[Row]:
    found = {name: parts for name in run.devices if (parts := list(_of(name, run)))}
    everywhere = {"all": [part for parts in found.values() for part in parts]} if len(found) > 1 else {}
    for name, listed in (found | everywhere).items():
        yield from _figures(f"GEMM, noise between neighbouring rows, {name}", np.concatenate(listed))


def _experts(device: str, framework: str, folder: Path) -> Iterator[Row]:
    """Of the same shapes under the current release and the one before, with the share whose times are far apart; nothing where one release was measured."""
    files = tables.releases(folder, tables.folder_of(device), MOE.folder, MOE.file, framework)[-2:]
    if len(files) < 2:
        return
    apart = differences(*(read(MOE, path) for path in files))
    metric = f"{MOE.title}, noise between releases, {device}, {framework} {' and '.join(path.parent.name for path in files)}"
    if len(apart):
        yield from _figures(metric, left(apart))
        yield _row(f"{metric}, share over {FAR:g} times apart", float(np.mean(np.abs(apart) > np.log(FAR))))


def _figures(metric: str, errors: Array) -> Iterator[Row]:
    for word, statistic in (("median", np.median), ("mean", np.mean)):
        yield _row(f"{metric}, {word}", float(statistic(errors)))


def _row(metric: str, share: float) -> Row:
    return Row(metric, 100 * share, "%", "-", None, None, None, None)


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
    return left(np.diff(logs)[alike])


def differences(first: Table, second: Table) -> Array:
    """log(second / first) of the rows that both tables have, each of which has a row once."""
    both = tables.pack([tables.ranks(np.concatenate([first.columns[name], second.columns[name]])) for name in first.columns])
    _, ours, theirs = np.intersect1d(both[: len(first)], both[len(first) :], assume_unique=True, return_indices=True)
    return np.asarray(np.log(second.seconds[theirs] / first.seconds[ours]))


def left(differences: Array) -> Array:
    """Relative errors of perfect predictions, from logs of what two measurements of the same work differ by."""
    return np.asarray(np.abs(np.expm1(differences / np.sqrt(2))))
