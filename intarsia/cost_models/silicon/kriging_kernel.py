"""The compiled loop of `kriging.py`: one small system a place and predictor, for all sets of values at once."""

from __future__ import annotations

import math
from typing import NamedTuple

from intarsia.loops import RealBlocks, RealRows, Reals, WholeRows, entry, part

CONSTANT, SLOPE = 10.0, 0.3
"""Prior variances of the trend's level and slopes, in those of the local part."""


class Room(NamedTuple):
    """For one system of k neighbours: offsets [k, dimensions], the lower factor [k, k], what it makes of the covariances with the place [k] and of values [k, sets], and their
    level [sets]."""

    offsets: RealRows
    lower: RealRows
    to: Reals
    left: RealRows
    level: Reals


@part
def covariance(square: float) -> float:
    """Matérn 3/2 at a squared distance."""
    scaled = math.sqrt(3.0 * square)
    return (1.0 + scaled) * math.exp(-scaled)


@part
def factor(nugget: float, room: Room) -> float:
    """Cholesky's factor of the covariances among neighbours, and what it makes of those with the place, row by row. Gives the share of the prior variance that is left."""
    offsets, lower, to = room.offsets, room.lower, room.to
    share = 1.0 + CONSTANT
    for i in range(len(offsets)):
        whole = 0.0
        for j in range(i + 1):
            square, along = 0.0, 0.0
            for axis in range(offsets.shape[1]):
                gap = offsets[i, axis] - offsets[j, axis]
                square += gap * gap
                along += offsets[i, axis] * offsets[j, axis]
            here = covariance(square) + CONSTANT + SLOPE * along
            for k in range(j):
                here -= lower[i, k] * lower[j, k]
            if j < i:
                lower[i, j] = here / lower[j, j]
            else:
                lower[i, i] = math.sqrt(max(here + nugget, 0.5 * nugget))  # no pivot is less than the nugget, but for rounding
                whole = along
        here = covariance(whole) + CONSTANT
        for k in range(i):
            here -= lower[i, k] * to[k]
        to[i] = here / lower[i, i]
        share -= to[i] * to[i]
    return max(share, 0.0)


@part
def apply(share: float, room: Room, means: Reals, errors: Reals) -> None:
    """Means and standard errors of all sets. `room.left` are values of the neighbours, `room.level` their sums."""
    lower, left, level = room.lower, room.left, room.level
    count, sets = left.shape[0], left.shape[1]
    for b in range(sets):
        level[b] /= count
        means[b] = level[b]
        errors[b] = 0.0
    for i in range(count):
        mine, scale, to = left[i], 1.0 / lower[i, i], room.to[i]
        for b in range(sets):
            mine[b] -= level[b]
        for k in range(i):
            other, times = left[k], lower[i, k]
            for b in range(sets):
                mine[b] -= times * other[b]
        for b in range(sets):
            mine[b] *= scale
            means[b] += to * mine[b]
            errors[b] += mine[b] * mine[b]
    for b in range(sets):
        errors[b] = math.sqrt(errors[b] / count * share)


@entry
def krige(points: RealBlocks, wanted: RealBlocks, near: WholeRows, nugget: float, values: RealRows, room: Room, means: RealRows, errors: RealRows, shares: Reals) -> None:
    """Values at wanted places, their standard errors, and shares of the prior variance left.

    Shapes: points [predictors, points, dimensions] and wanted [predictors, places, dimensions], over each predictor's scales; near [predictors * places, k]; values [points, sets];
    means and errors [predictors * places, sets]; shares [predictors * places].
    """
    places = wanted.shape[1]
    for system in range(len(near)):
        there, at, rows = points[system // places], wanted[system // places, system % places], near[system]
        for b in range(values.shape[1]):
            room.level[b] = 0.0
        for i in range(len(rows)):
            for axis in range(len(at)):
                room.offsets[i, axis] = there[rows[i], axis] - at[axis]
            mine, given = room.left[i], values[rows[i]]
            for b in range(values.shape[1]):
                mine[b] = given[b]
                room.level[b] += given[b]
        shares[system] = factor(nugget, room)
        apply(shares[system], room, means[system], errors[system])
