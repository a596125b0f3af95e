"""The compiled loop of `forest.py`."""

from __future__ import annotations

from intarsia.loops import RealRows, Reals, Wholes, entry


@entry
def predict(rows: RealRows, features: Wholes, thresholds: Reals, left: Wholes, right: Wholes, firsts: Wholes, leaves: Reals, first_leaves: Wholes, found: Reals) -> None:
    """Add to `found` [rows] what each tree says of a row; nodes of all trees lie one after the other, a child below zero is a leaf."""
    for tree in range(len(firsts) - 1):
        first, alone = firsts[tree], firsts[tree] == firsts[tree + 1]
        for row in range(len(rows)):
            at = -1 if alone else 0
            while at >= 0:
                question = first + at
                at = left[question] if rows[row, features[question]] <= thresholds[question] else right[question]
            found[row] += leaves[first_leaves[tree] - at - 1]
