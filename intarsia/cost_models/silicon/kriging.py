"""Local kriging: the value at a point from measured neighbours, by covariances that fall with distance.

Values are log(measured / roofline), so a trend that the roofline has right is flat here. Universal kriging with a
Matérn 3/2 covariance and a linear trend under a wide prior (C. Rasmussen, C. Williams, Gaussian Processes for Machine
Learning, 2006, sections 2.7 and 4.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from intarsia.cost_models.silicon.tables import Array

CONSTANT, SLOPE = 10.0, 0.3
"""Prior variances of the trend's level and slopes, in those of the local part."""
CHUNK = 64
"""Points predicted together: their covariances stay in a core's cache."""
FAR = 1e18
SHARED, MOST_SHARED = 12, 500
"""Neighbourhoods that are kept, as slices of several frameworks have the same points: those of so many wanted points at most, ten megabytes."""


@dataclass(frozen=True)
class Neighbourhood:
    """From which points each wanted one is predicted, and how, by each predictor. That depends on where points lie, not on their values.

    `near` [predictors, wanted, neighbours] are rows of the points, `weights` go with their values, `among` are their covariances, and `share` is what is left of the prior
    variance.
    """

    near: Array
    weights: Array
    share: Array
    among: Array

    def at(self, values: Array) -> tuple[Array, Array]:
        """Values at the wanted points, and their standard errors, [sets, wanted, predictors], of several sets of values [sets, points]."""
        by_point = np.ascontiguousarray(values.T)
        parts = [self._some(by_point, places) for places in _chunks(self.near.shape[1])]
        means, variances = (np.concatenate(columns, axis=1).T for columns in zip(*parts, strict=True))
        return means, np.sqrt(variances * self.share.T)

    def _some(self, by_point: Array, places: slice) -> tuple[Array, Array]:
        """Values and local variances at some of the places, [predictors, places, sets]: those of all sets lie side by side, as they are asked from the same points."""
        there = by_point[self.near[:, places]]
        level = there.mean(2)
        there -= level[:, :, None]
        apart = np.linalg.solve(self.among[:, places], there)
        apart *= there
        return level + (self.weights[:, places, None] @ there)[:, :, 0], np.maximum(apart.mean(2), 0.0)


def neighbourhood(points: Array, wanted: Array, scales: Array, neighbours: int, nugget: float, apart: tuple[Array, Array] | None = None) -> Neighbourhood:
    """Of `wanted` among `points` [rows, dimensions], with the correlation lengths `scales` [predictors, dimensions]. `apart` labels both; points don't serve wanted ones of their
    own label."""
    there, asked = points / scales[:, None], wanted / scales[:, None]
    count = min(neighbours, len(points) - (0 if apart is None else int((apart[0] == apart[1][:, None]).sum(1).max(initial=0))))
    parts = [_solve(there, asked[:, rows], count, nugget, None if apart is None else (apart[0], apart[1][rows])) for rows in _chunks(len(wanted))]
    return Neighbourhood(*(np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True)))


def _chunks(count: int) -> list[slice]:
    return [slice(first, first + CHUNK) for first in range(0, max(count, 1), CHUNK)]


def _solve(points: Array, wanted: Array, count: int, nugget: float, apart: tuple[Array, Array] | None) -> tuple[Array, Array, Array, Array]:
    """All predictors at once: the first axis is theirs."""
    near = _nearest(points, wanted, count, apart)
    offsets = points[np.arange(len(points))[:, None, None], near] - wanted[:, :, None, :]
    products = offsets @ offsets.swapaxes(-1, -2)
    squares = (offsets**2).sum(-1)
    among = squares[..., :, None] + squares[..., None, :]
    among -= 2 * products
    among = _covariance(np.sqrt(np.maximum(among, 0.0, out=among), out=among))
    products *= SLOPE
    among += products
    among += CONSTANT
    np.einsum("pqii->pqi", among)[...] += nugget
    to_wanted = _covariance(np.sqrt(squares)) + CONSTANT
    weights = np.linalg.solve(among, to_wanted[..., None])[..., 0]
    return near, weights, np.maximum(1 + CONSTANT - (weights * to_wanted).sum(-1), 0.0), among


def _nearest(points: Array, wanted: Array, count: int, apart: tuple[Array, Array] | None) -> Array:
    distances = (wanted**2).sum(-1)[..., None] + (points**2).sum(-1)[:, None] - 2 * wanted @ points.swapaxes(1, 2)
    if apart is not None:
        distances[:, apart[0] == apart[1][:, None]] = FAR
    if count == points.shape[1]:
        return np.tile(np.arange(count), (*wanted.shape[:2], 1))
    return np.argpartition(distances, count - 1, axis=-1)[..., :count]


def _covariance(distance: Array) -> Array:
    scaled = np.sqrt(3.0) * distance
    found = np.exp(-scaled)
    scaled += 1
    found *= scaled
    return found


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
        """Of several sets `values` [sets, points]."""
        labels = () if apart is None else tuple(label.astype(np.int64).tobytes() for label in apart)
        find = _shared if len(wanted) <= MOST_SHARED else _shared.__wrapped__
        found = find(points.shape[1], points.tobytes(), wanted.tobytes(), labels, self.scales, self.neighbours, self.nugget)
        means, errors = found.at(values)
        return Guess(means, errors, np.broadcast_to(found.share.T, means.shape))


@lru_cache(maxsize=SHARED)
def _shared(dimensions: int, points: bytes, wanted: bytes, labels: tuple[bytes, ...], scales: tuple[tuple[float, ...], ...], neighbours: int, nugget: float) -> Neighbourhood:
    """The neighbourhood of arrays that are told by their bytes."""
    known, asked = (np.frombuffer(each).reshape(-1, dimensions) for each in (points, wanted))
    apart = (np.frombuffer(labels[0], np.int64), np.frombuffer(labels[1], np.int64)) if labels else None
    return neighbourhood(known, asked, np.array(scales), neighbours, nugget, apart)
