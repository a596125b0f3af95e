"""Boosted oblivious trees: each level of a tree asks one question of all rows, so that a processor's vectors answer many rows at once.

Gradient boosting with Huber's loss: J. Friedman, Annals of Statistics 29(5), 2001. Oblivious trees: L. Prokhorenkova et al.,
CatBoost, NeurIPS 2018, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.fitted.kernel import BLOCK, add_trees
from intarsia.cost_models.ops import Array


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
        found = np.zeros(len(rows), np.float32)
        numbers, reals = (self.features, self.levels), (np.ascontiguousarray(rows.T, np.float32), self.thresholds, self.leaves)
        features, levels = (np.ascontiguousarray(part, np.uint16) for part in numbers)
        columns, thresholds, leaves = (np.ascontiguousarray(part, np.float32) for part in reals)
        add_trees(columns, features, thresholds, levels, leaves, found, np.empty((len(features), BLOCK), np.uint8), np.empty(BLOCK, np.uint8))
        return found
