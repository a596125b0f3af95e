"""What physics says of a slice: seconds as a sum of terms, each with a weight of its own, none below zero.

A term is the time of one kind of work at the data sheet's rates (weights read, rows multiplied in tiles of a height, tokens moved), so its weight is how far
kernels stay from that. Few weights, fitted to all rows, carry over to shapes that are unlike the measured ones; what they miss is left to kriging and trees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.silicon.tables import Array

SWEEPS, REWEIGHED, LEAST_MISS = 400, 3, 0.05
"""Rounds of coordinate descent; how often rows are weighed anew; the relative error below which a row weighs no more."""
LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class Physics:
    """Of an operator's rows: `terms` [rows, terms] in seconds, and `hints` [rows, hints], what else is known of their work."""

    terms: Array
    hints: Array


@dataclass(frozen=True)
class Trend:
    """Fitted weights of the terms."""

    weights: Array

    def seconds(self, physics: Physics) -> Array:
        return np.asarray(physics.terms @ self.weights)

    def hints(self, physics: Physics) -> Array:
        """What trees see: the work, the trend, and which terms make it up."""
        whole = self.seconds(physics)
        shares = np.maximum(physics.terms * self.weights / whole[:, None], LEAST_SHARE)
        return np.column_stack([physics.hints, np.log2(whole), np.log2(shares)])


def fit(physics: Physics, seconds: Array) -> Trend:
    """The weights with the least mean absolute relative error, nearly: least squares, weighed anew by what they miss (iteratively reweighted least squares)."""
    relative = physics.terms / seconds[:, None]
    weights = non_negative(relative, np.ones(len(seconds)))
    for _ in range(REWEIGHED):
        weigh = np.maximum(np.abs(relative @ weights - 1), LEAST_MISS) ** -0.5
        weights = non_negative(relative * weigh[:, None], weigh)
    return Trend(weights)


def non_negative(matrix: Array, wanted: Array) -> Array:
    """x >= 0 with the least |matrix x - wanted|, by coordinate descent (D. Chen, R. Plemmons, Nonnegativity constraints in numerical analysis, 2009, section 4)."""
    scale = np.sqrt((matrix**2).sum(0))
    scaled = matrix / np.where(scale > 0, scale, 1.0)
    gram, target = scaled.T @ scaled, scaled.T @ wanted
    x = np.zeros(len(target))
    for _ in range(SWEEPS):
        before = x.copy()
        for j in range(len(x)):
            x[j] = max(0.0, x[j] + (target[j] - gram[j] @ x) / gram[j, j]) if gram[j, j] > 0 else 0.0
        if np.abs(x - before).max(initial=0.0) <= 1e-9 * max(x.max(initial=0.0), 1e-30):
            break
    return np.asarray(x / np.where(scale > 0, scale, 1.0))
