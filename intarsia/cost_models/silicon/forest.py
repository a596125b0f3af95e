"""LightGBM's trees, read from its text and asked in compiled code: whoever only predicts doesn't wait for that library and all that it loads.

The format is that of `Booster.model_to_string` (LightGBM 4, src/io/tree.cpp): each tree lists its questions `value <= threshold`; a child below zero is the leaf ~child.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models.silicon.forest_kernel import predict
from intarsia.cost_models.silicon.tables import Array

Whole = NDArray[np.int64]
NUMERICAL = {0, 2, 8, 10}
"""Kinds of questions that are understood: numbers, whatever a missing one would do, for none is."""


@dataclass(frozen=True)
class Forest:
    """All trees' questions one after the other, from `firsts` on, and their leaves from `first_leaves` on."""

    features: Whole
    thresholds: Array
    left: Whole
    right: Whole
    firsts: Whole
    leaves: Array
    first_leaves: Whole

    @staticmethod
    def read(text: str) -> Forest:
        """Raises ValueError for text that holds no such trees."""
        parts = text.partition("end of trees")[0].split("\nTree=")[1:]
        fields = [dict(line.split("=", 1) for line in part.splitlines() if "=" in line) for part in parts]
        try:
            counts = np.array([int(f["num_leaves"]) for f in fields])
            leaves = _numbers(f["leaf_value"] for f in fields)
        except KeyError as error:
            raise ValueError(f"a tree lacks {error}") from None
        features, thresholds, left, right, kinds = (_numbers(f.get(name, "") for f in fields) for name in _QUESTIONS)
        if not fields or len(leaves) != counts.sum() or {len(each) for each in (features, thresholds, left, right, kinds)} != {int((counts - 1).sum())}:
            raise ValueError("the text holds no trees, or not the whole of them")
        if not set(kinds.tolist()) <= NUMERICAL:
            raise ValueError("the text holds no trees of numbers")
        whole = [each.astype(np.int64) for each in (features, left, right)]
        return Forest(whole[0], thresholds, whole[1], whole[2], _starts(counts - 1), leaves, _starts(counts))

    @staticmethod
    def load(path: Path) -> Forest:
        """What `save` wrote; text takes twenty times as long. Raises OSError, and ValueError, KeyError, EOFError or zipfile.BadZipFile for a damaged file."""
        with np.load(path, allow_pickle=False) as found:
            forest = Forest(*(found[each.name] for each in fields(Forest)))
        questions, leaves = int(forest.firsts[-1]), int(forest.first_leaves[-1])
        if {len(forest.features), len(forest.thresholds), len(forest.left), len(forest.right)} != {questions} or len(forest.leaves) != leaves:
            raise ValueError("the file holds no trees, or not the whole of them")
        return forest

    def save(self, path: Path) -> None:
        """Write all arrays. Raises OSError."""
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **{each.name: getattr(self, each.name) for each in fields(Forest)})

    def predict(self, rows: Array) -> Array:
        """The sum over all trees for each of `rows` [n, features]."""
        found = np.zeros(len(rows))
        predict(np.ascontiguousarray(rows, np.float64), self.features, self.thresholds, self.left, self.right, self.firsts, self.leaves, self.first_leaves, found)
        return found


_QUESTIONS = ("split_feature", "threshold", "left_child", "right_child", "decision_type")


def _numbers(texts: Iterable[str]) -> Array:
    """Of all trees, read at once: one by one takes ten times as long."""
    return np.fromstring(" ".join(texts), np.float64, sep=" ")


def _starts(counts: Whole) -> Whole:
    """Where each tree's part begins, and the end."""
    return np.cumsum([0, *counts.tolist()])
