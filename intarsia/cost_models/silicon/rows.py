"""The rows of a slice, laid out as sheets are made from them. They are kept: reading a table, sorting it and finding what to believe takes up to 0.3 s, mapping what came of it a
millisecond (cost_models/kept.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import analytic, kept
from intarsia.cost_models.silicon.scheme import Scheme
from intarsia.cost_models.silicon.tables import Array, Table
from intarsia.ir.device import Device

COLUMN, DIGEST, SOURCE = "column ", " digest", " source"
"""Names among what is kept: how those of a table's columns begin, and words that are none of the slice's."""
ARRAYS = ("ratio", "features", "first", "second", "place", "names")


@dataclass(frozen=True)
class Rows:
    """Rows with the same `words`, in order of the second axis, then of their geometry.

    `table` has the columns that are numbers; `ratio` [n] is log(measured / roofline); `features` [n, k] as the scheme has them; `place` [n, 2] are places on the
    `first` and the `second` axis; `names` [n] are alike where geometries are. `digest` names all that trees learn from, kin included.
    """

    words: Mapping[str, str]
    table: Table
    ratio: Array
    features: Array
    first: Array
    second: Array
    place: Array
    names: NDArray[np.uint64]
    digest: str = ""

    @staticmethod
    def of(scheme: Scheme, device: Device, words: Mapping[str, str], table: Table) -> Rows:
        """Of a table whose rows are all of these words."""
        sorted_ = table.take(np.lexsort([table.columns[name] for name in (*scheme.geometry, scheme.sweep[1])]))
        columns = {name: column for name, column in sorted_.columns.items() if column.dtype.kind != "U"}
        ratio = np.log(sorted_.seconds / analytic.smooth(scheme.operator(columns, words), device))
        axes = [np.unique(columns[name]) for name in scheme.sweep]
        place = np.stack([np.searchsorted(axis, columns[name]) for axis, name in zip(axes, scheme.sweep, strict=True)], axis=-1)
        names = hashed([columns[name] for name in scheme.geometry])
        return Rows(words, Table(columns, sorted_.seconds, table.source), ratio, scheme.features(columns), axes[0], axes[1], place, names)

    def record(self) -> kept.Record:
        """As it is kept."""
        columns = {COLUMN + name: column for name, column in self.table.columns.items()}
        arrays = {name: getattr(self, name) for name in ARRAYS}
        return kept.Record(columns | arrays | {"seconds": self.table.seconds}, {**self.words, DIGEST: self.digest, SOURCE: self.table.source})

    @staticmethod
    def of_record(found: kept.Record) -> Rows:
        """What `record` gave."""
        arrays, words = found.arrays, dict(found.words)
        digest, source = words.pop(DIGEST), words.pop(SOURCE)
        columns = {name.removeprefix(COLUMN): column for name, column in arrays.items() if name.startswith(COLUMN)}
        return Rows(words, Table(columns, arrays["seconds"], source), **{name: arrays[name] for name in ARRAYS}, digest=digest)

    @cached_property
    def blocks(self) -> list[Array]:
        """The rows of each place on the first axis."""
        return [np.flatnonzero(self.place[:, 0] == index) for index in range(len(self.first))]

    @cached_property
    def points(self) -> list[int]:
        """For each block the number of the first one that has the same points, in the same order."""
        first: dict[bytes, int] = {}
        return [first.setdefault(self.features[rows].tobytes(), block) for block, rows in enumerate(self.blocks)]


def hashed(columns: list[Array]) -> NDArray[np.uint64]:
    """A 64-bit hash of each row, by which rows are told apart: sorting rows is slow."""
    found = np.zeros(np.broadcast_shapes(*(column.shape for column in columns)), np.uint64)
    for column in columns:
        found = (found ^ column.astype(np.float64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found


def digest(*content: NDArray[Any]) -> str:
    """A name for arrays."""
    found = hashlib.sha256()
    for part in content:
        found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()
