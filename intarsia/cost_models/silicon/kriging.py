"""Local kriging: the value at a point from measured neighbours, by covariances that fall with distance.

Values are log(measured / roofline), so a trend that the roofline has right is flat here. Universal kriging with a
Matérn 3/2 covariance and a linear trend under a wide prior (C. Rasmussen, C. Williams, Gaussian Processes for Machine
Learning, 2006, sections 2.7 and 4.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from intarsia.cost_models.silicon.tables import Array

CONSTANT, SLOPE = 10.0, 0.3
"""Prior variances of the trend's level and slopes, in those of the local part."""
CHUNK = 320
"""Points predicted together: bounds the memory of their covariances."""
FAR = 1e18


@dataclass(frozen=True)
class Neighbourhood:
    """From which points each wanted one is predicted, and how, by each predictor. That depends on where points lie, not on their values.

    `near` [predictors, wanted, neighbours] are rows of the points, `weights` go with their values, `inverse` is that of their covariances,
    and `share` is what is left of the prior variance.
    """

    near: Array
    weights: Array
    inverse: Array
    share: Array

    def at(self, values: Array) -> tuple[Array, Array]:
        """Values at the wanted points, and their standard errors, [..., predictors, wanted]. `values` [..., points] may be several sets of them."""
        there = values[..., self.near]
        level = there.mean(-1, keepdims=True)
        offsets = there - level
        local_variance = (offsets * (self.inverse @ offsets[..., None])[..., 0]).mean(-1)
        return level[..., 0] + (offsets * self.weights).sum(-1), np.sqrt(np.maximum(local_variance, 0.0) * self.share)


def neighbourhood(points: Array, wanted: Array, scales: Array, neighbours: int, nugget: float, apart: tuple[Array, Array] | None = None) -> Neighbourhood:
    """Of `wanted` among `points` [rows, dimensions], with the correlation lengths `scales` [predictors, dimensions]. `apart` labels both; points don't serve wanted ones of their
    own label."""
    there, asked = points / scales[:, None], wanted / scales[:, None]
    parts = [_solve(there, asked[:, rows], neighbours, nugget, None if apart is None else (apart[0], apart[1][rows])) for rows in _chunks(len(wanted))]
    return Neighbourhood(*(np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True)))


def _chunks(count: int) -> list[slice]:
    return [slice(first, first + CHUNK) for first in range(0, max(count, 1), CHUNK)]


def _solve(points: Array, wanted: Array, neighbours: int, nugget: float, apart: tuple[Array, Array] | None) -> tuple[Array, Array, Array, Array]:
    """All predictors at once: the first axis is theirs."""
    near = _nearest(points, wanted, neighbours, apart)
    offsets = points[np.arange(len(points))[:, None, None], near] - wanted[:, :, None, :]
    among = _covariance(np.sqrt(((offsets[..., :, None, :] - offsets[..., None, :, :]) ** 2).sum(-1)))
    among += CONSTANT + SLOPE * np.einsum("pqid,pqjd->pqij", offsets, offsets)
    among += nugget * np.eye(near.shape[-1])
    to_wanted = _covariance(np.sqrt((offsets**2).sum(-1))) + CONSTANT
    inverse = np.linalg.inv(among)
    weights = (inverse @ to_wanted[..., None])[..., 0]
    return near, weights, inverse, np.maximum(1 + CONSTANT - (weights * to_wanted).sum(-1), 0.0)


def _nearest(points: Array, wanted: Array, neighbours: int, apart: tuple[Array, Array] | None) -> Array:
    distances = (wanted**2).sum(-1)[..., None] + (points**2).sum(-1)[:, None] - 2 * wanted @ points.swapaxes(1, 2)
    usable = points.shape[1]
    if apart is not None:
        same = apart[0] == apart[1][:, None]
        distances = np.where(same, FAR, distances)
        usable -= int(same.sum(1).max(initial=0))
    count = min(neighbours, usable)
    if count == points.shape[1]:
        return np.tile(np.arange(count), (*wanted.shape[:2], 1))
    return np.argpartition(distances, count - 1, axis=-1)[..., :count]


def _covariance(distance: Array) -> Array:
    scaled = np.sqrt(3.0) * distance
    return (1 + scaled) * np.exp(-scaled)


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


@dataclass
class Predictors:
    """Krigings with different correlation lengths, `scales` [predictors, dimensions]. Neighbourhoods are kept while points stay the same."""

    scales: tuple[tuple[float, ...], ...]
    neighbours: int
    nugget: float
    kept: dict[tuple[bytes, ...], Neighbourhood] = field(default_factory=dict)

    def at(self, points: Array, values: Array, wanted: Array, apart: tuple[Array, Array] | None = None) -> Guess:
        """`values` [..., points] may be several sets of them."""
        found = self._neighbourhood(points, wanted, apart)
        values, errors = (each.swapaxes(-1, -2) for each in found.at(values))
        return Guess(values, errors, np.broadcast_to(found.share.T, values.shape))

    def _neighbourhood(self, points: Array, wanted: Array, apart: tuple[Array, Array] | None) -> Neighbourhood:
        key = (points.tobytes(), wanted.tobytes(), *(label.tobytes() for label in apart or ()))
        if key not in self.kept:
            self.kept.clear()
            self.kept[key] = neighbourhood(points, wanted, np.array(self.scales), self.neighbours, self.nugget, apart)
        return self.kept[key]
