"""What the compiled search (`canonical.py`) and those who call it share: arrays, rules and outcomes."""

from __future__ import annotations

from enum import IntFlag
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intarsia.loops import Reals, WholeRows, Wholes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
INFEASIBLE, FOUND, GAVE_UP = 0, 1, 2


class Rule(IntFlag):
    """Inference rules. Each is sound: without it the search takes longer, and answers the same.

    SECTIONS: all that is unplaced in a section lies on its ground, so ground + rest must not exceed the capacity.
    STEPS: what is unplaced in a section and can't lie on its ground lies above the next lowest offset, all of it.
    REST: a block that is not at the ground lies on a block that can lie under it, so it rises by that one's size at least.
    TWINS: of two blocks with one lifetime, size and alignment, the earlier lies lower.
    BACKJUMP: choices that a failure doesn't depend on are passed over.
    """

    SECTIONS = 1
    STEPS = 2
    REST = 4
    TWINS = 8
    BACKJUMP = 16


ALL = Rule.SECTIONS | Rule.STEPS | Rule.REST | Rule.TWINS | Rule.BACKJUMP


class Blocks(NamedTuple):
    """What is given of n blocks and m sections.

    Block b lives in sections [first[b], last[b]); `twin` is its nearest earlier twin or -1; `order` is its rank among
    candidates. Its overlaps are beside[beside_at[b]:beside_at[b+1]] and the bits of overlap[b]. The blocks of section t are
    within[within_at[t]:within_at[t+1]].
    """

    first: Wholes
    last: Wholes
    size: Wholes
    align: Wholes
    twin: Wholes
    order: Wholes
    beside_at: Wholes
    beside: Wholes
    within_at: Wholes
    within: Wholes
    overlap: WholeRows


class State(NamedTuple):
    """What is known at a node; `choices` is how many blocks of a section have the ground as lowest offset. The trail is
    what to restore: `key` says which entry (see `_undo`), `old` its value."""

    lowest: Wholes
    placed: Wholes
    rest: Wholes
    least: Wholes
    choices: Wholes
    weight: Reals
    key: Wholes
    old: Wholes


class Frames(NamedTuple):
    """The stack. Frame f branches on `section`, whose ground is `ground`, over pool[start:end] and then the lift; `cursor`
    is the next branch, `mark` the trail's length before it, `blame` the blocks of the failures seen so far."""

    section: Wholes
    ground: Wholes
    start: Wholes
    end: Wholes
    cursor: Wholes
    mark: Wholes
    blame: WholeRows
    pool: Wholes
