"""Boosted trees, asked in compiled code: features become codes once, and each split is asked of a block of rows at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from intarsia.cost_models.silicon.forest_kernel import BLOCK, add_trees, find_codes
from intarsia.cost_models.silicon.tables import Array

NO_LEAF = 255
"""The parent in splits that a tree doesn't need."""
TYPES = {"edges": np.float32, "splits": np.uint8, "leaves": np.float64}


@dataclass(frozen=True)
class Forest:
    """A tree's splits are (parent, feature, code): of the rows in a leaf, those whose code is greater move to one of their own, which has the split's number, from 1 on.

    Shapes: edges [features, edges], in ascending order; splits [trees, leaves - 1, 3]; leaves [trees, leaves].
    """

    edges: Array
    splits: Array
    leaves: Array

    def __post_init__(self) -> None:
        trees, leaves = self.leaves.shape
        if any(getattr(self, name).dtype != kind for name, kind in TYPES.items()) or self.splits.shape != (trees, leaves - 1, 3) or leaves > NO_LEAF or self.edges.ndim != 2:
            raise ValueError("these are no trees, or not the whole of them")
        if self.splits.size and (self.splits[:, :, 1].max() >= len(self.edges)):
            raise ValueError("a tree asks for a feature that there is not")
        if not np.isfinite(self.leaves).all():
            raise ValueError("leaves must be finite")

    def predict(self, rows: Array) -> Array:
        """The sum over all trees for each of `rows` [n, features]. Raises ValueError for other features than trees ask."""
        if rows.shape[1] != len(self.edges):
            raise ValueError(f"trees of {len(self.edges)} features were asked about {rows.shape[1]}")
        found = np.zeros(len(rows))
        add_trees(coded(np.ascontiguousarray(rows.T, np.float32), self.edges), self.splits, self.leaves, np.empty(BLOCK, np.uint8), found)
        return found

    @staticmethod
    def load(path: Path) -> Forest:
        """What `save` wrote. Raises OSError, and ValueError, KeyError, EOFError or zipfile.BadZipFile for a damaged file."""
        with np.load(path, allow_pickle=False) as found:
            return Forest(*(found[each.name] for each in fields(Forest)))

    def save(self, path: Path) -> None:
        """Write all arrays. Raises OSError."""
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **{each.name: getattr(self, each.name) for each in fields(Forest)})


def coded(columns: Array, edges: Array) -> Array:
    """Features as bytes, [features, n]."""
    codes = np.empty(columns.shape, np.uint8)
    find_codes(columns, edges, codes)
    return codes
