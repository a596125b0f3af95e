"""Compiled loops of oblivious trees: evaluating them, a block of rows at a time, whose answers stay in a core's cache, and what growing them counts."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from intarsia.loops import RealBlocks, WholeRows, Wholes, entry

BLOCK = 512
"""Rows answered together."""
Numbers = Annotated[NDArray[np.uint16], 1]
NumberRows = Annotated[NDArray[np.uint16], 2]
Short = Annotated[NDArray[np.float32], 1]
ShortRows = Annotated[NDArray[np.float32], 2]
Bytes = Annotated[NDArray[np.uint8], 1]
ByteRows = Annotated[NDArray[np.uint8], 2]


@entry
def add_trees(columns: ShortRows, features: Numbers, thresholds: Short, levels: NumberRows, leaves: ShortRows, out: Short, answers: ByteRows, leaf: Bytes) -> None:
    """Add the sum over all trees to `out` [n]. Shapes: columns [features, n]; answers [questions, BLOCK] and leaf [BLOCK] are room; the rest as in `trees.Trees`."""
    for first in range(0, len(out), BLOCK):
        size = min(BLOCK, len(out) - first)
        for question in range(len(features)):
            column, threshold, answer = columns[features[question]], thresholds[question], answers[question]
            for row in range(size):
                answer[row] = column[first + row] > threshold
        for tree in range(len(levels)):
            for row in range(size):
                leaf[row] = 0
            for level in range(levels.shape[1]):
                answer = answers[levels[tree, level]]
                for row in range(size):
                    leaf[row] = leaf[row] + leaf[row] + answer[row]
            values = leaves[tree]
            for row in range(size):
                out[first + row] += values[leaf[row]]


@entry
def add_histogram(codes: ByteRows, leaf: Wholes, pull: Short, asked: Wholes, sums: RealBlocks, counts: RealBlocks) -> None:
    """Add the pull of rows, and how many there are, to `sums` and `counts` [features asked, leaves, bins]. Shapes: codes [features, n]; leaf and pull [n]."""
    for place in range(len(asked)):
        column, mine, many = codes[asked[place]], sums[place], counts[place]
        for row in range(len(leaf)):
            mine[leaf[row], column[row]] += pull[row]
            many[leaf[row], column[row]] += 1.0


@entry
def find_leaves(codes: ByteRows, questions: WholeRows, found: Wholes) -> None:
    """The leaf of each row, from 0, into `found` [n]; `questions` [depth, 2] are a feature and a bin."""
    for level in range(len(questions)):
        column, edge = codes[questions[level, 0]], questions[level, 1]
        for row in range(len(found)):
            found[row] = found[row] * 2 + (column[row] > edge)
