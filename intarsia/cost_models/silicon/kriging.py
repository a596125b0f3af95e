"""Local kriging: the value at a point from measured neighbours, by covariances that fall with distance.

Values are log(measured / roofline), so a trend that the roofline has right is flat here. Universal kriging with a
Matérn 3/2 covariance and a linear trend under a wide prior (C. Rasmussen, C. Williams, Gaussian Processes for Machine
Learning, 2006, sections 2.7 and 4.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.silicon.kriging_kernel import Room, krige
from intarsia.cost_models.silicon.tables import Array

CHUNK = 64
"""Points whose neighbours are looked for together: their distances stay in a core's cache."""
FAR = 1e18


@dataclass(frozen=True)
class Guess:
    """What each of several predictors says: values, standard errors, and shares of the prior variance left, [..., wanted, predictors]."""

    values: Array
    errors: Array
    shares: Array

    @property
    def mean(self) -> Array:
        return np.asarray(self.values.mean(-1))

    @property
    def error(self) -> Array:
        return np.asarray(self.errors.mean(-1))


@dataclass(frozen=True)
class Predictors:
    """Krigings with different correlation lengths, `scales` [predictors, dimensions]."""

    scales: tuple[tuple[float, ...], ...]
    neighbours: int
    nugget: float

    def at(self, points: Array, values: Array, wanted: Array, apart: tuple[Array, Array] | None = None) -> Guess:
        """At `wanted` among `points` [rows, dimensions], of several sets `values` [sets, points]: [sets, wanted, predictors]. `apart` labels both; points don't serve wanted ones
        of their own label."""
        scales = np.array(self.scales)[:, None]
        there, asked = points / scales, wanted / scales
        near = nearest(there, asked, self.neighbours, apart)
        count, (sets, predictors, dimensions) = near.shape[-1], (len(values), len(there), points.shape[1])
        room = Room(*(np.empty(shape) for shape in ((count, dimensions), (count, count), count, (count, sets), sets)))
        means, errors = (np.empty((predictors * len(wanted), sets)) for _ in range(2))
        shares = np.empty(predictors * len(wanted))
        krige(there, asked, near.reshape(-1, count), self.nugget, np.ascontiguousarray(values.T), room, means, errors, shares)
        mean, error = (each.reshape(predictors, len(wanted), sets).T for each in (means, errors))
        return Guess(mean, error, np.broadcast_to(shares.reshape(predictors, -1).T, mean.shape))


def nearest(points: Array, wanted: Array, neighbours: int, apart: tuple[Array, Array] | None) -> Array:
    """The nearest points, [predictors, wanted, neighbours] or fewer, where fewer are of another label."""
    count = min(neighbours, points.shape[1] - (0 if apart is None else int((apart[0] == apart[1][:, None]).sum(1).max(initial=0))))
    parts = [slice(first, first + CHUNK) for first in range(0, max(wanted.shape[1], 1), CHUNK)]
    return np.concatenate([_nearest(points, wanted[:, rows], count, apart and (apart[0], apart[1][rows])) for rows in parts], axis=1)


def _nearest(points: Array, wanted: Array, count: int, apart: tuple[Array, Array] | None) -> Array:
    distances = (wanted**2).sum(-1)[..., None] + (points**2).sum(-1)[:, None] - 2 * wanted @ points.swapaxes(1, 2)
    if apart is not None:
        distances[:, apart[0] == apart[1][:, None]] = FAR
    if count == points.shape[1]:
        return np.tile(np.arange(count), (*wanted.shape[:2], 1))
    return np.argpartition(distances, count - 1, axis=-1)[..., :count]
