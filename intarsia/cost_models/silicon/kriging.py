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
SHARED, MOST_SHARED = 16, 200
"""Neighbourhoods that are kept, as slices of several frameworks have the same points; with what errors follow from, those of so many wanted points at most."""


@dataclass(frozen=True)
class Neighbourhood:
    """From which points each wanted one is predicted, and how, by each predictor. That depends on where points lie, not on their values.

    `near` [predictors, wanted, neighbours] are rows of the points, `weights` go with their values, `among` are their covariances, and `share` is what is left of the prior
    variance. Without `among`, there are no standard errors.
    """

    near: Array
    weights: Array
    share: Array
    among: Array | None

    def at(self, values: Array) -> tuple[Array, Array]:
        """Values at the wanted points, and their standard errors, [..., predictors, wanted]. `values` [..., points] may be several sets of them."""
        assert self.among is not None
        there = values[..., self.near]
        level = there.mean(-1, keepdims=True)
        offsets = there - level
        apart = np.moveaxis(np.linalg.solve(self.among, offsets.reshape(-1, *self.near.shape).transpose(1, 2, 3, 0)), -1, 0).reshape(offsets.shape)
        local_variance = (offsets * apart).mean(-1)
        return level[..., 0] + (offsets * self.weights).sum(-1), np.sqrt(np.maximum(local_variance, 0.0) * self.share)

    def means(self, values: Array) -> Array:
        """The values that `at` gives, of sets [sets, points] that are many: each is a weighted sum of the points' values."""
        predictors, wanted, count = self.near.shape
        operator = np.zeros((predictors, wanted, values.shape[-1]))
        np.put_along_axis(operator, self.near, self.weights + (1 - self.weights.sum(-1, keepdims=True)) / count, -1)
        return (values @ operator.reshape(-1, values.shape[-1]).T).reshape(-1, predictors, wanted)


def neighbourhood(points: Array, wanted: Array, scales: Array, neighbours: int, nugget: float, apart: tuple[Array, Array] | None = None, *, errors: bool = True) -> Neighbourhood:
    """Of `wanted` among `points` [rows, dimensions], with the correlation lengths `scales` [predictors, dimensions]. `apart` labels both; points don't serve wanted ones of their
    own label. `errors`: keep what standard errors follow from."""
    there, asked = points / scales[:, None], wanted / scales[:, None]
    count = min(neighbours, len(points) - (0 if apart is None else int((apart[0] == apart[1][:, None]).sum(1).max(initial=0))))
    parts = [_solve(there, asked[:, rows], count, nugget, None if apart is None else (apart[0], apart[1][rows]), errors) for rows in _chunks(len(wanted))]
    near, weights, share, *among = (np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True))
    return Neighbourhood(near, weights, share, among[0] if among else None)


def _chunks(count: int) -> list[slice]:
    return [slice(first, first + CHUNK) for first in range(0, max(count, 1), CHUNK)]


def _solve(points: Array, wanted: Array, count: int, nugget: float, apart: tuple[Array, Array] | None, errors: bool) -> tuple[Array, ...]:
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
    return near, weights, np.maximum(1 + CONSTANT - (weights * to_wanted).sum(-1), 0.0), *([among] if errors else [])


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
        """`values` [..., points] may be several sets of them."""
        found = self._neighbourhood(points, wanted, apart, errors=True)
        values, errors = (each.swapaxes(-1, -2) for each in found.at(values))
        return Guess(values, errors, np.broadcast_to(found.share.T, values.shape))

    def means(self, points: Array, values: Array, wanted: Array, apart: tuple[Array, Array] | None = None) -> Guess:
        """The same for many sets `values` [sets, points], without standard errors: they are zero."""
        found = self._neighbourhood(points, wanted, apart, errors=False)
        means = found.means(values).swapaxes(-1, -2)
        return Guess(means, np.broadcast_to(0.0, means.shape), np.broadcast_to(found.share.T, means.shape))

    def _neighbourhood(self, points: Array, wanted: Array, apart: tuple[Array, Array] | None, *, errors: bool) -> Neighbourhood:
        labels = () if apart is None else tuple(label.astype(np.int64).tobytes() for label in apart)
        find = _shared if len(wanted) <= MOST_SHARED or not errors else _shared.__wrapped__
        return find(points.shape[1], points.tobytes(), wanted.tobytes(), labels, self.scales, self.neighbours, self.nugget, errors)


@lru_cache(maxsize=SHARED)
def _shared(
    dimensions: int, points: bytes, wanted: bytes, labels: tuple[bytes, ...], scales: tuple[tuple[float, ...], ...], neighbours: int, nugget: float, errors: bool,
) -> Neighbourhood:  # fmt: skip
    """The neighbourhood of arrays that are told by their bytes."""
    known, asked = (np.frombuffer(each).reshape(-1, dimensions) for each in (points, wanted))
    apart = (np.frombuffer(labels[0], np.int64), np.frombuffer(labels[1], np.int64)) if labels else None
    return neighbourhood(known, asked, np.array(scales), neighbours, nugget, apart, errors=errors)
