"""Evaluating oblivious trees in compiled code: a block of rows at a time, whose answers stay in a core's cache.

Import this only where trees are asked: numba takes a third of a second to load.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from intarsia.jit import compiled

BLOCK = 512
"""Rows answered together."""


@compiled
def add_trees(columns: Any, features: Any, thresholds: Any, levels: Any, leaves: Any, out: Any) -> None:
    """Add the sum over all trees to `out` [n]. Shapes: columns [features, n], float32; the rest as in `trees.Trees`."""
    answers = np.empty((len(features), BLOCK), np.uint8)
    leaf = np.empty(BLOCK, np.uint8)
    for first in range(0, len(out), BLOCK):
        size = min(BLOCK, len(out) - first)
        for question in range(len(features)):
            column, threshold, answer = columns[features[question]], thresholds[question], answers[question]
            for row in range(size):
                answer[row] = column[first + row] > threshold
        for tree in range(len(levels)):
            leaf[:] = 0
            for level in range(levels.shape[1]):
                answer = answers[levels[tree, level]]
                for row in range(size):
                    leaf[row] = leaf[row] + leaf[row] + answer[row]
            values = leaves[tree]
            for row in range(size):
                out[first + row] += values[leaf[row]]
