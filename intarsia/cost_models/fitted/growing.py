"""Growing boosted oblivious trees on binned features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.fitted import kernel
from intarsia.cost_models.fitted.trees import Trees
from intarsia.cost_models.ops import Array


@dataclass(frozen=True)
class Growth:
    """How trees are grown.

    `count` trees of `depth` questions, each worth `rate` of what it explains; each sees a share `rows` of the rows and
    `features` of the features. Residuals beyond `outlier` pull no more than one of that size. `shrink` rows of mean nought
    are added to each leaf. Features have at most `bins` different values.
    """

    count: int = 250
    depth: int = 6
    rate: float = 0.1
    rows: float = 0.5
    features: float = 0.5
    outlier: float = 0.25
    shrink: float = 20.0
    bins: int = 64


def grow(rows: Array, wanted: Array, growth: Growth, seed: int) -> Trees:
    """Trees whose sum is near `wanted` [n] at `rows` [n, features]. The same arguments give the same trees."""
    random = np.random.default_rng(seed)
    edges = [_edges(column, growth.bins) for column in rows.T]
    codes = np.stack([np.searchsorted(edge, column).astype(np.uint8) for edge, column in zip(edges, rows.T, strict=True)])
    found = np.zeros(len(rows), np.float32)
    levels, leaves = [], []
    for _ in range(growth.count):
        pull = np.clip(wanted - found, -growth.outlier, growth.outlier).astype(np.float32)
        seen = random.permutation(len(rows))[: max(1, round(growth.rows * len(rows)))]
        asked = np.sort(random.permutation(len(codes))[: max(1, round(growth.features * len(codes)))])
        questions, values = _tree(codes, pull, seen, asked, growth)
        leaf = np.zeros(len(rows), np.int64)
        kernel.find_leaves(codes, questions, leaf)
        found += values[leaf]
        levels.append(questions)
        leaves.append(values)
    return _trees(np.array(levels), np.array(leaves), edges)


def _edges(column: Array, bins: int) -> Array:
    """At most bins - 1 thresholds between values that occur, about equally many rows apart."""
    values = np.unique(np.quantile(column, np.linspace(0, 1, bins), method="nearest").astype(np.float32))
    return ((values[1:] + values[:-1]) / 2).astype(np.float32)


def _tree(codes: Array, pull: Array, seen: Array, asked: Array, growth: Growth) -> tuple[Array, Array]:
    """Questions (feature, bin) of a tree and the value of each leaf, as precise as it is stored."""
    leaf = np.zeros(len(seen), np.int64)
    part, gradient = codes.take(seen, 1), pull[seen]
    questions = np.zeros((growth.depth, 2), np.int64)
    for depth in range(growth.depth):
        sums, counts = np.zeros((2, len(asked), 2**depth, growth.bins))
        kernel.add_histogram(part, leaf, gradient, asked, sums, counts)
        questions[depth] = _best(sums, counts, asked, growth.shrink)
        leaf = leaf * 2 + (part[questions[depth, 0]] > questions[depth, 1])
    size = 2**growth.depth
    values = np.bincount(leaf, gradient, size) / (np.bincount(leaf, minlength=size) + growth.shrink)
    return questions, (growth.rate * values).astype(np.float16).astype(np.float32)


def _best(sums: Array, counts: Array, asked: Array, shrink: float) -> tuple[int, int]:
    """The question that explains most: of those of equal worth, the first. Shapes [features, leaves, bins]."""
    left, rows = sums.cumsum(2), counts.cumsum(2)
    right, others = left[:, :, -1:] - left, rows[:, :, -1:] - rows
    worth = (left**2 / (rows + shrink) + right**2 / (others + shrink)).sum(1)
    feature, code = divmod(int(worth[:, :-1].argmax()), worth.shape[1] - 1)
    return int(asked[feature]), code


def _trees(levels: Array, leaves: Array, edges: list[Array]) -> Trees:
    """Each question once; a bin becomes the threshold above it. A question that no row answers yes has the highest threshold."""
    flat, which = np.unique(levels.reshape(-1, 2), axis=0, return_inverse=True)
    thresholds = [edges[feature][code] if code < len(edges[feature]) else np.finfo(np.float32).max for feature, code in flat.tolist()]
    return Trees(flat[:, 0].astype(np.uint16), np.array(thresholds, np.float32), which.reshape(levels.shape[:2]).astype(np.uint16), leaves.astype(np.float32))
