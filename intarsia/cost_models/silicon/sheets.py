"""A slice of a measured table, ready to be asked: sheets of log(measured / roofline), made when first wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from intarsia.cost_models import analytic
from intarsia.cost_models.estimate import ANALYTIC, EXTRAPOLATED, INTERPOLATED, MEASURED, UNKNOWN_BAND, Estimate
from intarsia.cost_models.ops import Op
from intarsia.cost_models.silicon import correction
from intarsia.cost_models.silicon.forest import Forest
from intarsia.cost_models.silicon.growing import grow
from intarsia.cost_models.silicon.kriging import Guess, Predictors
from intarsia.cost_models.silicon.kriging_kernel import CONSTANT
from intarsia.cost_models.silicon.rows import Rows, hashed
from intarsia.cost_models.silicon.scheme import Columns, Scheme
from intarsia.cost_models.silicon.tables import Array, Table, pack
from intarsia.cost_models.silicon.trend import Physics, Trend, fit
from intarsia.ir.device import Device

CALIBRATED, SAMPLED, LEAST_BAND = 8, 60, 1e-3
"""Blocks that bands are calibrated on, rows of each, and the least standard error that is believed."""
NOISE_BAND = 0.02
"""Relative standard error of a measurement: rows of matmuls that do the same work differ by as much (validation/noise.py)."""
LEAST_ROWS = 8
"""A slice with fewer rows of a sweep value says nothing about other shapes there."""


@dataclass(frozen=True)
class Sheet:
    """Of one geometry: log ratios to the roofline, kinds and bands at [first axis, second axis]."""

    ratio: Array
    kind: Array
    band: Array


Kin = Sequence[tuple[Mapping[str, str], Table]]


def no_kin() -> Kin:
    """No other slice's rows help."""
    return ()


@dataclass
class Slice:
    """The rows of a table with the same `words`, their sheets, and what is needed to make more of them.

    What was learnt from rows that have a digest is kept on disk. `kin` gives slices that differ in the scheme's word of that name: trees learn from them too.
    """

    scheme: Scheme
    device: Device
    rows: Rows
    kin: Callable[[], Kin] = no_kin
    sheets: dict[tuple[float, ...], Sheet] = field(default_factory=dict)

    @staticmethod
    def of(scheme: Scheme, device: Device, words: Mapping[str, str], table: Table, kin: Kin = ()) -> Slice:
        """Of a table whose rows are all of these words."""
        return Slice(scheme, device, Rows.of(scheme, device, words, table), lambda: kin)

    def __post_init__(self) -> None:
        self.words, self.table, self.ratio, self.features, self.place = self.rows.words, self.rows.table, self.rows.ratio, self.rows.features, self.rows.place
        self.axes = (self.rows.first, self.rows.second)
        self.predictors = Predictors(self.scheme.scales, self.scheme.neighbours, self.scheme.nugget)

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
        """Sheets for geometries: measured nodes as they are, predictions for the others."""
        if not geometries:
            return
        shape = (len(geometries), *(len(axis) for axis in self.axes))
        sheet = Sheet(np.full(shape, np.nan), np.full(shape, ANALYTIC, np.int8), np.zeros(shape))
        asked = np.array(geometries)
        for index, name in enumerate(hashed([*asked.T])):
            known = np.flatnonzero(self.rows.names == name)
            where = (index, *self.place[known].T)
            sheet.ratio[where], sheet.kind[where] = self.ratio[known], MEASURED
        self._fill(sheet, asked)
        for index, geometry in enumerate(geometries):
            self.sheets[geometry] = Sheet(sheet.ratio[index], sheet.kind[index], sheet.band[index])

    def _fill(self, sheet: Sheet, geometries: Array) -> None:
        """Nodes that nobody measured. Beyond the measured shapes, the ratio is that at their edge."""
        holes = np.argwhere(sheet.kind == ANALYTIC)
        if not len(holes):
            return
        columns = self._columns(geometries, holes)
        guess, sheet.kind[tuple(holes.T)] = self._guess(holes[:, 1], columns)
        mean = guess.mean + self._corrected(guess, columns, holes, sheet.kind[tuple(holes.T)])
        sheet.ratio[tuple(holes.T)], sheet.band[tuple(holes.T)] = mean, np.minimum(guess.error * self.widening, UNKNOWN_BAND)

    def _columns(self, geometries: Array, holes: Array) -> Columns:
        names = (*self.scheme.geometry, *self.scheme.sweep)
        return dict(zip(names, [*geometries[holes[:, 0]].T, self.axes[0][holes[:, 1]], self.axes[1][holes[:, 2]]], strict=True))

    def _guess(self, block_of: Array, columns: Columns) -> tuple[Guess, Array]:
        """Kriging in each block, and the kind of each value."""
        wanted, kind = self.scheme.features(columns), np.full(len(block_of), EXTRAPOLATED, np.int8)
        guess = self._flat(len(block_of))
        for blocks, here in self._alike(block_of, wanted):
            known, asked = self.features[blocks[0]], wanted[here[0]]
            inside = np.clip(asked, known.min(0), known.max(0))
            _put(guess, here, self.predictors.at(known, self.left[blocks], inside))
            kind[here] = np.where((np.abs(inside - asked) < 1e-9).all(1), INTERPOLATED, EXTRAPOLATED)
        return self._widened(guess, columns), kind

    def _alike(self, block_of: Array, wanted: Array) -> Iterator[tuple[Array, Array]]:
        """Blocks whose points, and what is wanted there, are the same: their rows, and the places of what is wanted, [blocks, ...]. They share their neighbourhoods."""
        order = np.argsort(block_of, kind="stable")
        blocks, firsts = np.unique(block_of[order], return_index=True)
        groups: dict[tuple[int, bytes], tuple[list[Array], list[Array]]] = {}
        for block, here in zip(blocks.tolist(), np.split(order, firsts[1:]), strict=True):
            if len(self.rows.blocks[block]) >= LEAST_ROWS:
                known, places = groups.setdefault((self.rows.points[block], wanted[here].tobytes()), ([], []))
                known.append(self.rows.blocks[block])
                places.append(here)
        return ((np.stack(known), np.stack(places)) for known, places in groups.values())

    def _widened(self, guess: Guess, columns: Columns) -> Guess:
        """The mean of predictors that see all rows, beside that of those that see a block each."""
        wide = self.scheme.wide
        if wide is None:
            return guess
        known, wanted = wide.features(self.table.columns), wide.features(columns)
        predictors = Predictors(wide.scales, wide.neighbours, self.scheme.nugget)
        more = predictors.at(known, self.left[None], np.clip(wanted, known.min(0), known.max(0)))
        return Guess(*(np.stack([getattr(guess, name).mean(1), getattr(more, name)[0].mean(1)], axis=1) for name in ("values", "errors", "shares")))

    def _flat(self, count: int) -> Guess:
        """Where too little is known: the mean of the slice."""
        shape = (count, len(self.scheme.scales))
        return Guess(np.full(shape, self.left.mean()), np.full(shape, UNKNOWN_BAND), np.full(shape, 1 + CONSTANT))

    def _corrected(self, guess: Guess, columns: Columns, holes: Array, kind: Array) -> Array | float:
        """The trend, and what trees add to kriging; without a trend, inside the measured shapes alone."""
        growth = self.scheme.growth
        if growth is None:
            return 0.0
        if self.trend is not None:
            physics = self._physics(columns)
            return self._over_roofline(physics, columns) + growth.alone * (self.correction.predict(self.trend.hints(physics)) - guess.mean)
        rows = correction.features(self._hints(columns), guess, holes[:, 0], holes[:, 1])
        return np.where(kind == INTERPOLATED, self.correction.predict(rows), 0.0)

    def _physics(self, columns: Columns) -> Physics:
        assert self.scheme.physics is not None
        return self.scheme.physics(self.scheme.operator(columns, self.words), self.device)

    @cached_property
    def known(self) -> Physics:
        """The work of the table's rows."""
        return self._physics(self.table.columns)

    @cached_property
    def trend(self) -> Trend | None:
        """That of this slice's rows, if its scheme has terms for one."""
        return fit(self.known, self.table.seconds) if self.scheme.physics is not None else None

    def _over_roofline(self, physics: Physics, columns: Columns) -> Array:
        """Logs of the trend over the roofline."""
        assert self.trend is not None
        return np.asarray(np.log(self.trend.seconds(physics) / analytic.smooth(self.scheme.operator(columns, self.words), self.device)))

    @cached_property
    def left(self) -> Array:
        """What kriging and trees learn: measured logs over the roofline, without the trend."""
        return self.ratio if self.trend is None else np.asarray(self.ratio - self._over_roofline(self.known, self.table.columns))

    def _hints(self, columns: Columns) -> Array:
        assert self.scheme.hints is not None
        return self.scheme.hints(self.scheme.operator(columns, self.words), self.device)

    @cached_property
    def correction(self) -> Forest:
        """Trees that were grown on this slice, or were kept from an earlier run."""
        assert self.scheme.growth is not None
        where = correction.place(self.scheme.title, self.scheme.growth, self.rows.digest) if self.rows.digest else None
        if where is not None and (found := correction.kept(where)) is not None:
            return found
        grown = grow(*self._lessons(), self.scheme.growth)
        if where is not None:
            correction.keep(grown, where)
        return grown

    def _lessons(self) -> tuple[Array, Array]:
        """What trees learn from, and what they are to say."""
        if self.trend is not None:
            every = [self, *(Slice.of(self.scheme, self.device, words, table) for words, table in self.kin())]
            return np.concatenate([one.trend.hints(one.known) for one in every if one.trend is not None]), np.concatenate([one.left for one in every])
        groups, hints = _codes(self.table.columns, self.scheme.geometry), self._hints(self.table.columns)
        guesses = [self._left_out(names) for names in self.scheme.left_out]
        seen = [correction.features(hints, guess, groups, self.place[:, 0]) for guess in guesses]
        return np.concatenate(seen), np.concatenate([self.left - guess.mean for guess in guesses])

    @cached_property
    def widening(self) -> float:
        """By how much kriging's standard errors are to be stretched, so that 95 % of the errors of left-out shapes lie within two of them. Kept from an earlier run, too."""
        where = correction.place(self.scheme.title, self.scheme.growth, self.rows.digest, folder="bands") if self.rows.digest else None
        found = correction.kept_number(where) if where is not None else None
        if found is None:
            found = self._widening()
            if where is not None:
                correction.keep_text(repr(found), where)
        return found

    def _widening(self) -> float:
        chosen = [block for block in self.rows.blocks if len(block) >= LEAST_ROWS][:: max(1, len(self.rows.blocks) // CALIBRATED)]
        if not chosen:
            return 1.0
        labels, guess = _codes(self.table.columns, self.scheme.left_out[0]), self._flat(len(self.table))
        some = [block[:: max(1, len(block) // SAMPLED)] for block in chosen]
        for rows, wanted in zip(chosen, some, strict=True):
            if _enough(labels[rows]):
                _put(guess, wanted[None], self.predictors.at(self.features[rows], self.left[rows][None], self.features[wanted], (labels[rows], labels[wanted])))
        asked = np.concatenate(some)
        ratios = np.abs(self.left - guess.mean)[asked] / np.maximum(guess.error[asked], LEAST_BAND)
        return float(np.quantile(ratios, 0.954)) / 2

    def _left_out(self, names: tuple[str, ...]) -> Guess:
        """Every row predicted by kriging without those that are alike in the columns named."""
        labels, guess = _codes(self.table.columns, names), self._flat(len(self.table))
        groups: dict[tuple[int, bytes], list[Array]] = {}
        for points, rows in zip(self.rows.points, self.rows.blocks, strict=True):
            if _enough(labels[rows]):
                groups.setdefault((points, labels[rows].tobytes()), []).append(rows)
        for alike in groups.values():
            rows, first = np.stack(alike), alike[0]
            _put(guess, rows, self.predictors.at(self.features[first], self.left[rows], self.features[first], (labels[first], labels[first])))
        return guess


def _enough(labels: Array) -> bool:
    """Whether a block says something of each of its rows without those alike."""
    return len(labels) - int(np.bincount(labels).max(initial=0)) >= LEAST_ROWS


def _put(guess: Guess, rows: Array, found: Guess) -> None:
    for name in ("values", "errors", "shares"):
        getattr(guess, name)[rows] = getattr(found, name)


def _codes(columns: Columns, names: tuple[str, ...]) -> Array:
    """A small integer for each row, alike where the columns named are."""
    return np.unique(pack([np.unique(columns[name], return_inverse=True)[1] for name in names]), return_inverse=True)[1]


def _distinct(columns: list[Array]) -> tuple[Array, list[tuple[float, ...]]]:
    """The number of each row's geometry, and the geometries."""
    names = hashed(columns)
    _, first, which = np.unique(names, return_index=True, return_inverse=True)
    rows = [np.broadcast_to(c, names.shape).reshape(-1)[first].tolist() for c in columns]
    return which.reshape(names.shape), list(zip(*rows, strict=True))


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
    return Estimate(base * np.exp(ratio), kind, np.where(kind == EXTRAPOLATED, UNKNOWN_BAND, np.maximum(band, NOISE_BAND)))
