"""A slice of a measured table, ready to be asked: sheets of log(measured / roofline), made when first wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from intarsia.cost_models import analytic
from intarsia.cost_models.estimate import ANALYTIC, EXTRAPOLATED, INTERPOLATED, MEASURED, UNKNOWN_BAND, Estimate
from intarsia.cost_models.ops import Op
from intarsia.cost_models.silicon.kriging import Kriging
from intarsia.cost_models.silicon.scheme import Columns, Scheme
from intarsia.cost_models.silicon.tables import Array, Table
from intarsia.ir.device import Device

LEAST_ROWS = 8
"""A slice with fewer rows of a sweep value says nothing about other shapes there."""


@dataclass(frozen=True)
class Sheet:
    """Of one geometry: log ratios to the roofline, kinds and bands at [first axis, second axis]."""

    ratio: Array
    kind: Array
    band: Array


@dataclass
class Slice:
    """The rows of a table with the same `words`, their sheets, and what kriging needs to make more of them."""

    scheme: Scheme
    device: Device
    words: Mapping[str, str]
    table: Table
    sheets: dict[tuple[float, ...], Sheet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = self.table.columns
        self.ratio = np.log(self.table.seconds / analytic.smooth(self.scheme.operator(columns, self.words), self.device))
        self.features = self.scheme.features(columns)
        first, second = self.scheme.sweep
        self.axes = (np.unique(columns[first]), np.unique(columns[second]))
        place = (np.searchsorted(axis, columns[name]) for axis, name in zip(self.axes, self.scheme.sweep, strict=True))
        self.place = np.stack([*place], axis=-1)
        self.blocks = [np.flatnonzero(self.place[:, 0] == index) for index in range(len(self.axes[0]))]
        self.rows_of = _groups(columns, self.scheme.geometry)

    def estimate(self, op: Op) -> Estimate:
        """Costs of an operator whose fields may be arrays: about 10^6 a second, once the sheets of its geometries are made."""
        fields = self.scheme.fields(op)
        which, geometries = _distinct([fields[name] for name in self.scheme.geometry])
        self._make([g for g in geometries if g not in self.sheets])
        sheets = [self.sheets[g] for g in geometries]
        stacked = Sheet(*(np.stack([getattr(sheet, name) for sheet in sheets]) for name in ("ratio", "kind", "band")))
        sides = [_between(axis, fields[name]) for axis, name in zip(self.axes, self.scheme.sweep, strict=True)]
        return _read(stacked, which, sides, analytic.smooth(op, self.device))

    def _make(self, geometries: list[tuple[float, ...]]) -> None:
        """Sheets for geometries: measured nodes as they are, kriging for the others."""
        if not geometries:
            return
        shape = (len(geometries), *(len(axis) for axis in self.axes))
        ratio, kind, band = np.full(shape, np.nan), np.full(shape, ANALYTIC, np.int8), np.zeros(shape)
        for index, geometry in enumerate(geometries):
            rows = self.rows_of.get(geometry, np.zeros(0, int))
            where = (index, *self.place[rows].T)
            ratio[where], kind[where] = self.ratio[rows], MEASURED
        for block, rows in enumerate(self.blocks):
            self._fill(block, rows, geometries, ratio[:, block], kind[:, block], band[:, block])
        for index, geometry in enumerate(geometries):
            self.sheets[geometry] = Sheet(ratio[index], kind[index], band[index])

    def _fill(self, block: int, rows: Array, geometries: list[tuple[float, ...]], ratio: Array, kind: Array, band: Array) -> None:
        """Nodes of one block that nobody measured. Beyond the measured shapes, the ratio is that at their edge."""
        holes = np.argwhere(kind == ANALYTIC)
        if not len(holes):
            return
        columns = self._columns(block, np.array(geometries)[holes[:, 0]], self.axes[1][holes[:, 1]])
        where = tuple(holes.T)
        if len(rows) < LEAST_ROWS:
            ratio[where], band[where] = self.ratio.mean(), UNKNOWN_BAND
            kind[where] = EXTRAPOLATED
            return
        known, wanted = self.features[rows], self.scheme.features(columns)
        inside = np.clip(wanted, known.min(0), known.max(0))
        ratio[where], band[where] = self._mean(known, self.ratio[rows], inside)
        kind[where] = np.where((np.abs(inside - wanted) < 1e-9).all(1), INTERPOLATED, EXTRAPOLATED)

    def _columns(self, block: int, geometries: Array, second: Array) -> Columns:
        names = (*self.scheme.geometry, *self.scheme.sweep)
        return dict(zip(names, [*geometries.T, np.full(len(second), self.axes[0][block]), second], strict=True))

    def _mean(self, known: Array, values: Array, wanted: Array) -> tuple[Array, Array]:
        """The mean of the scheme's predictors, and of their standard errors."""
        found = [Kriging(known / s, values, self.scheme.neighbours, self.scheme.nugget).at(wanted / s) for s in map(np.array, self.scheme.scales)]
        return np.mean([f[0] for f in found], axis=0), np.mean([f[1] for f in found], axis=0)


def _groups(columns: Columns, names: tuple[str, ...]) -> dict[tuple[float, ...], Array]:
    """Rows by geometry."""
    which, geometries = _distinct([columns[name].astype(np.float64) for name in names])
    order = np.argsort(which, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(which, minlength=len(geometries)))[:-1])
    return dict(zip(geometries, parts, strict=True))


def _distinct(columns: list[Array]) -> tuple[Array, list[tuple[float, ...]]]:
    """The number of each row's geometry, and the geometries. Rows are told apart by a 64-bit hash, as sorting rows is slow."""
    hashed = np.zeros(np.broadcast_shapes(*(c.shape for c in columns)), np.uint64)
    for column in columns:
        hashed = (hashed ^ column.astype(np.float64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        hashed ^= hashed >> np.uint64(29)
    _, first, which = np.unique(hashed, return_index=True, return_inverse=True)
    rows = [np.broadcast_to(c, hashed.shape).reshape(-1)[first].tolist() for c in columns]
    return which.reshape(hashed.shape), list(zip(*rows, strict=True))


def _between(axis: Array, values: Array) -> tuple[Array, Array, Array, Array]:
    """Indices of the nodes below and above, the upper one's weight (in log of value + 1), and whether the axis ends before."""
    held = np.clip(values, axis[0], axis[-1])
    above = np.searchsorted(axis, held)
    below = np.where(axis[above] == held, above, above - 1)
    marks = np.log2(axis + 1.0)
    width = np.where(above > below, marks[above] - marks[below], 1.0)
    return below, above, (np.log2(held + 1.0) - marks[below]) / width, held != values


def _read(sheet: Sheet, which: Array, sides: list[tuple[Array, Array, Array, Array]], base: Array) -> Estimate:
    """Bilinear in the logs of both axes."""
    (i0, i1, u, out_u), (j0, j1, v, out_v) = sides
    corners = [(which, i, j) for i in (i0, i1) for j in (j0, j1)] if sheet.ratio.shape[2] > 1 else [(which, i, j0) for i in (i0, i1)]
    weights = [(1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v] if len(corners) == 4 else [1 - u, u]
    ratio = sum(w * sheet.ratio[c] for w, c in zip(weights, corners, strict=True))
    band = sum(w * sheet.band[c] for w, c in zip(weights, corners, strict=True))
    kind = np.maximum.reduce([sheet.kind[c] for c in corners])
    kind = np.maximum(kind, np.where((i0 != i1) | (j0 != j1), np.int8(INTERPOLATED), np.int8(MEASURED)))
    kind = np.where(out_u | out_v, np.int8(EXTRAPOLATED), kind)
    return Estimate(base * np.exp(ratio), kind, np.where(kind == EXTRAPOLATED, UNKNOWN_BAND, band))
