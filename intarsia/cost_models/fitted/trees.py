"""Boosted oblivious trees: each level of a tree asks one question of all rows, so that many rows are answered by array operations.

Gradient boosting with Huber's loss: J. Friedman, Annals of Statistics 29(5), 2001. Oblivious trees: L. Prokhorenkova et al.,
CatBoost, NeurIPS 2018, section 4. Prediction needs NumPy alone; growing trees uses numba.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.ops import Array

CHUNK = 16384
"""Rows answered together: their answers stay in a core's cache."""


@dataclass(frozen=True)
class Trees:
    """`questions` are (feature, threshold) pairs; a tree is `depth` of them, and a value for each of 2 ** depth sets of answers.

    Shapes: features [questions], thresholds [questions], levels [trees, depth] (indices of questions), leaves [trees, 2 ** depth].
    """

    features: Array
    thresholds: Array
    levels: Array
    leaves: Array

    def __post_init__(self) -> None:
        trees, depth = self.levels.shape
        if self.leaves.shape != (trees, 2**depth) or self.features.shape != self.thresholds.shape or depth > 8:
            raise ValueError(f"trees of depth {depth} need {2**depth} leaves each and a feature for each threshold")
        if trees and not 0 <= self.levels.min() <= self.levels.max() < len(self.features):
            raise ValueError("a tree asks a question that there is not")
        if not (np.isfinite(self.leaves).all() and np.isfinite(self.thresholds).all()):
            raise ValueError("leaves and thresholds must be finite")

    def predict(self, rows: Array) -> Array:
        """The sum over all trees for each of `rows` [n, features], float32."""
        found = np.empty(len(rows), np.float32)
        for first in range(0, len(rows), CHUNK):
            found[first : first + CHUNK] = self._chunk(np.ascontiguousarray(rows[first : first + CHUNK].T, np.float32))
        return found

    def _chunk(self, columns: Array) -> Array:
        answers = [(columns[f] > t).view(np.uint8) for f, t in zip(self.features.tolist(), self.thresholds, strict=True)]
        total, value = np.zeros((2, columns.shape[1]), np.float32)
        leaf = np.empty(columns.shape[1], np.uint8)
        for level, values in zip(self.levels.tolist(), self.leaves, strict=True):
            leaf[:] = answers[level[0]]
            for question in level[1:]:
                np.add(leaf, leaf, out=leaf)
                np.add(leaf, answers[question], out=leaf)
            np.take(values, leaf, out=value, mode="clip")  # clip: unchecked, a leaf of 8 bits can't be beyond 2 ** depth
            np.add(total, value, out=total)
        return total
