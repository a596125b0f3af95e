"""The compiled loop of `forest.py`."""

from __future__ import annotations

from intarsia.cost_models.silicon.tables import Array
from intarsia.jit import compiled


@compiled
def predict(rows: Array, features: Array, thresholds: Array, left: Array, right: Array, firsts: Array, leaves: Array, first_leaves: Array, found: Array) -> None:
    for tree in range(len(firsts) - 1):
        first, alone = firsts[tree], firsts[tree] == firsts[tree + 1]
        for row in range(len(rows)):
            at = -1 if alone else 0
            while at >= 0:
                question = first + at
                at = left[question] if rows[row, features[question]] <= thresholds[question] else right[question]
            found[row] += leaves[first_leaves[tree] - at - 1]
