"""The compiled loop of `forest.py`."""

from __future__ import annotations

from intarsia.loops import RealRows, Reals, Wholes, entry


@entry
def predict(rows: RealRows, features: Wholes, thresholds: Reals, left: Wholes, right: Wholes, firsts: Wholes, leaves: Reals, first_leaves: Wholes, found: Reals) -> None:
    for tree in range(len(firsts) - 1):
        first, alone = firsts[tree], firsts[tree] == firsts[tree + 1]
        for row in range(len(rows)):
            at = -1 if alone else 0
            while at >= 0:
                question = first + at
                at = left[question] if rows[row, features[question]] <= thresholds[question] else right[question]
            found[row] += leaves[first_leaves[tree] - at - 1]
