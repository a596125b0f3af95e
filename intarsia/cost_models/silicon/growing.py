"""Growing boosted trees for the absolute error, leaf by leaf, on features as codes.

As LightGBM does (G. Ke et al., NeurIPS 2017), the leaf that gains most is split, and the larger half's histogram follows by subtraction. The loss is that of J. Friedman,
Annals of Statistics 29(5), 2001, section 4.3: splits follow signs, leaves are medians. Signs are whole numbers, and so are histograms. A tree's splits are found on some of the
rows, all have a say in its leaves. (The trees of `fitted/` are oblivious: they answer a million operators a second, and are grown once, for the data file.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.silicon import growing_kernel
from intarsia.cost_models.silicon.forest import NO_LEAF, Forest, coded
from intarsia.cost_models.silicon.growing_kernel import BUCKETS, Leaves, Sample
from intarsia.cost_models.silicon.tables import Array

MOST_TO_CUT = 10_000
"""Rows that edges are taken from."""


@dataclass(frozen=True)
class Growth:
    """How trees are grown; chosen on H100-SXM, H200 and A100 with other held-out groups than `validate` prints.

    `trees` of at most `leaves` leaves (up to 255), each worth `rate` of what it explains. Each is found on `sample` rows, or a `share` of all if these are fewer, with at least
    `least_rows` of them in a leaf, and asks a share `features` of the features, which have at most `codes` different values (up to 256).
    """

    trees: int = 200
    leaves: int = 64
    rate: float = 0.1
    sample: int = 24_000
    share: float = 0.8
    least_rows: int = 8
    features: float = 0.3
    codes: int = 128
    most_rows: int = 60_000
    """To learn from: more cost seconds and gain little."""
    alone: float = 0.0
    """Weight of trees that learn what a trend misses, beside kriging that does the same; without a trend, trees correct kriging."""


def grow(rows: Array, wanted: Array, growth: Growth) -> Forest:
    """Trees whose sum is near `wanted` [n] at `rows` [n, features]. The same arguments give the same trees."""
    random = np.random.default_rng(0)
    chosen = random.permutation(len(wanted))[: growth.most_rows]
    columns = np.ascontiguousarray(rows[chosen].T, np.float32)
    edges = np.stack([_edges(column[:MOST_TO_CUT], growth.codes) for column in columns])
    base, left = float(np.median(wanted[chosen])), np.ascontiguousarray(wanted[chosen], np.float64)
    left -= base
    splits, leaves = _boosted(coded(columns, edges), left, growth, random)
    leaves[0] += base
    return Forest(edges, splits, leaves)


def _edges(column: Array, codes: int) -> Array:
    """codes - 1 thresholds between values that occur, about equally many rows apart; infinite where there are fewer values."""
    values = np.unique(column)
    if len(values) > codes:
        values = np.unique(np.quantile(column, np.linspace(0, 1, codes), method="nearest"))
    return np.append((values[1:] + values[:-1]) / 2, np.full(codes - len(values), np.inf, np.float32)).astype(np.float32)


def _boosted(columns: Array, left: Array, growth: Growth, random: np.random.Generator) -> tuple[Array, Array]:
    """Splits and values of the leaves of all trees."""
    features, count = columns.shape
    most, some = max(1, min(growth.sample, round(growth.share * count))), max(1, round(growth.features * features))
    asked = np.stack([np.sort(random.permutation(features)[:some]) for _ in range(growth.trees)])
    splits, leaves = np.zeros((growth.trees, growth.leaves - 1, 3), np.uint8), np.zeros((growth.trees, growth.leaves))
    splits[:, :, 0] = NO_LEAF
    sample = Sample(np.tile(columns.T, (2, 1)), *(np.empty(size, np.int64) for size in (2 * count, most, most)))
    facts = Leaves(*(np.zeros(growth.leaves, kind) for kind in (*[np.int64] * 4, np.float64, *[np.int64] * 4)))
    room = np.empty((growth.leaves, some, growth.codes), np.int64), np.empty(count, np.uint8), np.empty((growth.leaves, BUCKETS), np.int64)
    growing_kernel.boost(columns, sample, random.integers(count, size=growth.trees), asked, growth.least_rows, growth.rate, left, facts, *room, splits, leaves)
    return splits, leaves
