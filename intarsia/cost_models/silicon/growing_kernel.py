"""The compiled loop of `growing.py`: boosting by trees that grow leaf by leaf. All that decides a split are whole numbers, so that trees are the same on any machine."""

from __future__ import annotations

from typing import NamedTuple

from intarsia.cost_models.silicon.forest_kernel import BLOCK, ByteBlocks, ByteRows, Bytes, find_leaves
from intarsia.loops import RealRows, Reals, WholeBlocks, WholeRows, Wholes, entry, part

ROW = 1 << 32
"""A row, in a sum that holds how many rows there are and, in its lower half, how they pull."""
HALF = 1 << 31
BUCKETS = 256
SPAN = 0.25
"""Residuals are counted in so many buckets from -SPAN to SPAN to find a leaf's median; what is further away is in the outermost."""


class Sample(NamedTuple):
    """Rows that a tree grows on: `order` [rows] are their numbers by leaf, with `room` for a part of that. `codes` [2 n, features] and `pull` [2 n] (ROW + 1, + 0 or - 1) are
    of all rows, twice, so that any sample of neighbours lies in one piece."""

    codes: ByteRows
    pull: Wholes
    order: Wholes
    room: Wholes


class Leaves(NamedTuple):
    """Of each leaf: where its rows begin in the order, how many they are, the sum of their pulls, its histogram's place, and its best split: gain, feature, code, and the rows and
    the pull that stay."""

    first: Wholes
    rows: Wholes
    pull: Wholes
    place: Wholes
    gain: Reals
    feature: Wholes
    code: Wholes
    stay: Wholes
    keep: Wholes


@part
def count(sample: Sample, asked: Wholes, first: int, rows: int, sums: WholeRows) -> None:
    """The histogram [features asked, codes] of a part of the order."""
    for feature in range(sums.shape[0]):
        for code in range(sums.shape[1]):
            sums[feature, code] = 0
    for place in range(first, first + rows):
        row = sample.order[place]
        codes, pull = sample.codes[row], sample.pull[row]
        for feature in range(len(asked)):
            sums[feature, codes[asked[feature]]] += pull


@part
def ask(leaf: int, leaves: Leaves, sums: WholeRows, least: int) -> None:
    """The split that explains most: the sum of (pull of a side)**2 / rows of it, of equal ones the first. With n rows and pull p, of which a and q stay,
    it is p**2 / n + (q n - p a)**2 / (n a (n - a)); fractions are compared by their products, as division is slow."""
    rows, whole = leaves.rows[leaf], leaves.pull[leaf]
    best, under = 0.0, 1.0
    for feature in range(sums.shape[0]):
        stay, keep = 0, 0
        for code in range(sums.shape[1] - 1):
            here = sums[feature, code]
            if here == 0:
                continue
            more = (here + HALF) >> 32
            stay += more
            keep += here - (more << 32)
            if stay >= least and rows - stay >= least:
                apart = float(keep * rows - whole * stay)
                worth, below = apart * apart, float(stay * (rows - stay))
                if worth * under > best * below:
                    best, under = worth, below
                    leaves.feature[leaf], leaves.code[leaf], leaves.stay[leaf], leaves.keep[leaf] = feature, code, stay, keep
    leaves.gain[leaf] = best / under / rows


@part
def divide(sample: Sample, feature: int, code: int, first: int, rows: int) -> None:
    """Put the rows of a part of the order that stay before those that move, both in the order that they had."""
    stay, move = first, 0
    for place in range(first, first + rows):
        row = sample.order[place]
        moves = int(sample.codes[row, feature] > code)
        sample.order[stay] = row
        sample.room[move] = row
        stay += 1 - moves
        move += moves
    for place in range(move):
        sample.order[stay + place] = sample.room[place]


@part
def grow_tree(sample: Sample, asked: Wholes, least: int, leaves: Leaves, sums: WholeBlocks, splits: ByteRows) -> None:
    """Split the leaf that gains most until there are as many as `splits` has room for."""
    count(sample, asked, 0, len(sample.order), sums[0])
    ask(0, leaves, sums[0], least)
    for new in range(1, len(splits) + 1):
        leaf = 0
        for each in range(1, new):
            if leaves.gain[each] > leaves.gain[leaf]:
                leaf = each
        if leaves.gain[leaf] <= 0.0:
            return
        feature, rows = asked[leaves.feature[leaf]], leaves.rows[leaf]
        splits[new - 1, 0], splits[new - 1, 1], splits[new - 1, 2] = leaf, feature, leaves.code[leaf]
        divide(sample, feature, leaves.code[leaf], leaves.first[leaf], rows)
        leaves.rows[leaf], leaves.rows[new] = leaves.stay[leaf], rows - leaves.stay[leaf]
        leaves.first[new], leaves.pull[new] = leaves.first[leaf] + leaves.rows[leaf], leaves.pull[leaf] - leaves.keep[leaf]
        leaves.pull[leaf] = leaves.keep[leaf]
        small = leaf if leaves.rows[leaf] < leaves.rows[new] else new
        old = leaves.place[leaf]
        leaves.place[leaf], leaves.place[new] = new if small == leaf else old, old if small == leaf else new
        mine, rest = sums[new], sums[old]
        count(sample, asked, leaves.first[small], leaves.rows[small], mine)
        for a in range(mine.shape[0]):
            for b in range(mine.shape[1]):
                rest[a, b] -= mine[a, b]
        for side in range(2):
            each = new if side else leaf
            ask(each, leaves, sums[leaves.place[each]], least)


@part
def take(sample: Sample, first: int, left: Reals, leaves: Leaves) -> None:
    """Rows from `first` on and round again, in one leaf. They pull by the signs of what is left, the gradients of the absolute error."""
    whole = 0
    for place in range(len(sample.order)):
        row = first + place
        here = left[row if row < len(left) else row - len(left)]
        pull = 1 if here > 0.0 else -1 if here < 0.0 else 0
        sample.order[place], sample.pull[row] = row, ROW + pull
        whole += pull
    leaves.first[0], leaves.rows[0], leaves.place[0], leaves.pull[0] = 0, len(sample.order), 0, whole


@part
def settle(leaf: Bytes, left: Reals, rate: float, marks: WholeRows, values: Reals) -> None:
    """Values of leaves: `rate` of the median of what is left in them, which is taken off. `marks` [leaves, BUCKETS] is room."""
    for each in range(len(values)):
        values[each] = 0.0
        for bucket in range(BUCKETS):
            marks[each, bucket] = 0
    for row in range(len(leaf)):
        marks[leaf[row], int(max(0.0, min(BUCKETS - 1.0, (left[row] + SPAN) * (BUCKETS / (2.0 * SPAN)))))] += 1
    for each in range(len(values)):
        rows = 0
        for bucket in range(BUCKETS):
            rows += marks[each, bucket]
        before, bucket = 0, 0
        while 2 * (before + marks[each, bucket]) < rows:
            before += marks[each, bucket]
            bucket += 1
        if rows > 0:
            values[each] = rate * ((bucket + (0.5 * rows - before) / marks[each, bucket]) * (2.0 * SPAN / BUCKETS) - SPAN)
    for row in range(len(leaf)):
        left[row] -= values[leaf[row]]


@entry
def boost(
    columns: ByteRows, sample: Sample, firsts: Wholes, asked: WholeRows, least: int, rate: float, left: Reals, leaves: Leaves, sums: WholeBlocks, leaf: Bytes, marks: WholeRows,
    splits: ByteBlocks, values: RealRows,
) -> None:  # fmt: skip
    """Grow trees, one after the other, on rows from `firsts` [trees] on and features `asked` [trees, some]. What they don't explain of `left` [n] is there afterwards.

    Shapes: columns [features, n]; sums [leaves, some, codes]; leaf [n]; marks [leaves, BUCKETS]; splits [trees, leaves - 1, 3], each of no leaf before; values [trees, leaves].
    """
    for tree in range(len(firsts)):
        take(sample, firsts[tree], left, leaves)
        grow_tree(sample, asked[tree], least, leaves, sums, splits[tree])
        for first in range(0, len(left), BLOCK):
            find_leaves(columns, first, min(first + BLOCK, len(left)), splits[tree], 0, leaf)
        settle(leaf, left, rate, marks, values[tree])
