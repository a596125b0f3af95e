"""How a kind of operator lies in its measured table, and what makes two of its rows alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.ops import Op
from intarsia.cost_models.silicon.growing import Growth
from intarsia.cost_models.silicon.tables import Array, Table
from intarsia.cost_models.silicon.trend import Physics
from intarsia.ir.device import Device

Columns = Mapping[str, Array]


@dataclass(frozen=True)
class Wide:
    """Kriging among all rows of a slice at once, whatever their place in the sweep."""

    features: Callable[[Columns], Array]
    scales: tuple[tuple[float, ...], ...]
    neighbours: int = 32


@dataclass(frozen=True)
class Scheme:
    """One kind of operator.

    `words` and `numbers` map the fields of the operator to the table's columns. Rows of alike words are a slice; in a slice,
    rows of alike `geometry` (a model's shape) form a sheet over the two axes of `sweep` (how much of it is asked for).
    `features` are a row's coordinates for kriging among rows of the same first sweep value; `scales` the correlation
    lengths, in those coordinates, of the predictors that are averaged (docs/cost-models.md says how they were chosen).
    `wide` adds predictors that see all rows. Errors are learnt on rows predicted without those alike in the columns of each of
    `left_out`; with `growth`, trees learn from `hints` about an operator on a device (see correction.py). `physics` gives terms that a trend is made of
    (trend.py): kriging and trees then learn what it misses, trees from rows that differ in the word `kin` too. `sound` says which rows of a
    whole table to believe (None: all).
    """

    title: str
    folder: str
    file: str
    words: Mapping[str, str]
    numbers: Mapping[str, str]
    geometry: tuple[str, ...]
    sweep: tuple[str, str]
    operator: Callable[[Columns, Mapping[str, str]], Op]
    fields: Callable[[Op], dict[str, Array]]
    features: Callable[[Columns], Array]
    scales: tuple[tuple[float, ...], ...]
    left_out: tuple[tuple[str, ...], ...]
    neighbours: int = 24
    nugget: float = 3e-3
    hints: Callable[[Op, Device], Array] | None = None
    growth: Growth | None = None
    wide: Wide | None = None
    sound: Callable[[Table], Array] | None = None
    physics: Callable[[Op, Device], Physics] | None = None
    kin: str = ""


def arrays(**values: float | Array) -> dict[str, Array]:
    """Fields of an operator as arrays; those that are numbers stay of one element."""
    return {name: np.atleast_1d(np.asarray(value, np.float64)) for name, value in values.items()}


ONE = "one"
"""The second axis of a sheet that has but one."""


def tiling(rows: Array, columns: Array, device: Device, tiles: tuple[tuple[int, int], ...]) -> list[Array]:
    """For results of rows x columns: logs of tiles a core, and the shares of the last wave that are of use. (What of the tiles is of use tells trees nothing of other shapes.)"""
    found: list[Array] = []
    for tall, wide in tiles:
        waves = np.ceil(rows / tall) * np.ceil(columns / wide) / device.cores
        found += [np.log2(waves), np.ceil(waves) / waves]
    return found
