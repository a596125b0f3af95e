"""Compiled loops of `forest.py`: features as codes, and trees that are asked.

A tree is a list of splits: of the rows in the leaf `parent`, those whose code of a feature is greater than the split's move to a leaf of their own, which has the next number.
So each split is asked of all rows of a block at once, a byte a row, which is quicker than leading row after row down a tree.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from intarsia.loops import RealRows, Reals, entry, part

BLOCK = 1024
"""Rows asked together: their codes stay in a core's cache."""
Bytes = Annotated[NDArray[np.uint8], 1]
ByteRows = Annotated[NDArray[np.uint8], 2]
ByteBlocks = Annotated[NDArray[np.uint8], 3]
ShortRows = Annotated[NDArray[np.float32], 2]


@entry
def find_codes(columns: ShortRows, edges: ShortRows, codes: ByteRows) -> None:
    """How many of its feature's edges a value is greater than. Shapes: columns and codes [features, n]; edges [features, edges]."""
    for feature in range(len(columns)):
        column, code = columns[feature], codes[feature]
        for first in range(0, len(column), BLOCK):
            last = min(first + BLOCK, len(column))
            for row in range(first, last):
                code[row] = 0
            for edge in range(edges.shape[1]):
                least = edges[feature, edge]
                for row in range(first, last):
                    code[row] = code[row] + (column[row] > least)


@part
def find_leaves(codes: ByteRows, first: int, last: int, splits: ByteRows, before: int, leaf: Bytes) -> None:
    """The leaves of some rows, into `leaf`, which begins with the row `before`. `splits` [leaves - 1, 3]: parent, feature, code."""
    for row in range(first, last):
        leaf[row - before] = 0
    for split in range(len(splits)):
        parent, code = int(splits[split, 0]), splits[split, 2]
        column = codes[splits[split, 1]]
        for row in range(first, last):
            here = leaf[row - before]
            leaf[row - before] = split + 1 if (here == parent) & (column[row] > code) else here


@entry
def add_trees(codes: ByteRows, splits: ByteBlocks, leaves: RealRows, leaf: Bytes, found: Reals) -> None:
    """Add to `found` [n] what each tree says. Shapes: codes [features, n]; splits [trees, leaves - 1, 3]; leaves [trees, leaves]; leaf [BLOCK] is room."""
    for first in range(0, len(found), BLOCK):
        last = min(first + BLOCK, len(found))
        for tree in range(len(leaves)):
            find_leaves(codes, first, last, splits[tree], first, leaf)
            values = leaves[tree]
            for row in range(first, last):
                found[row] += values[leaf[row - first]]
