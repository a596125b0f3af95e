"""Local kriging: the value at a point from measured neighbours, by covariances that fall with distance.

Values are log(measured / roofline), so a trend that the roofline has right is flat here. Universal kriging with a
Matérn 3/2 covariance and a linear trend under a wide prior (C. Rasmussen, C. Williams, Gaussian Processes for Machine
Learning, 2006, sections 2.7 and 4.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.silicon.tables import Array

CONSTANT, SLOPE = 10.0, 0.3
"""Prior variances of the trend's level and slopes, in those of the local part."""
CHUNK = 1024
"""Points predicted together: bounds the memory of their covariances."""


@dataclass(frozen=True)
class Kriging:
    """Measured `values` at `points` [rows, dimensions], in units of each dimension's correlation length."""

    points: Array
    values: Array
    neighbours: int = 32
    nugget: float = 1e-3

    def at(self, wanted: Array) -> tuple[Array, Array]:
        """Values at `wanted` points, and their standard errors."""
        parts = [self._solve(wanted[first : first + CHUNK]) for first in range(0, len(wanted), CHUNK)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _solve(self, wanted: Array) -> tuple[Array, Array]:
        near = self._nearest(wanted)
        offsets = self.points[near] - wanted[:, None, :]
        among = _covariance(np.sqrt(((offsets[:, :, None, :] - offsets[:, None, :, :]) ** 2).sum(-1)))
        among += CONSTANT + SLOPE * np.einsum("qid,qjd->qij", offsets, offsets)
        among += self.nugget * np.eye(near.shape[1])
        to_wanted = _covariance(np.sqrt((offsets**2).sum(-1))) + CONSTANT
        values = self.values[near]
        level = values.mean(1, keepdims=True)
        solved = np.linalg.solve(among, np.stack([to_wanted, values - level], axis=-1))
        local_variance = ((values - level) * solved[..., 1]).mean(1)
        share = np.maximum(1 + CONSTANT - (solved[..., 0] * to_wanted).sum(1), 0)
        return level[:, 0] + ((values - level) * solved[..., 0]).sum(1), np.sqrt(local_variance * share)

    def _nearest(self, wanted: Array) -> Array:
        distances = (wanted**2).sum(1)[:, None] + (self.points**2).sum(1) - 2 * wanted @ self.points.T
        if len(self.points) <= self.neighbours:
            return np.tile(np.arange(len(self.points)), (len(wanted), 1))
        return np.argpartition(distances, self.neighbours, axis=1)[:, : self.neighbours]


def _covariance(distance: Array) -> Array:
    scaled = np.sqrt(3.0) * distance
    return (1 + scaled) * np.exp(-scaled)
