"""Which threads an instruction runs for."""

from __future__ import annotations

from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx.types import Array

WARP = 32


class Lanes:
    """A set of threads of the CTAs that run together. `where` suits NumPy's parameter of that name: True, or a mask; `count` is the number of threads."""

    __slots__ = ("_index", "_whole", "count", "full", "mask", "where")

    def __init__(self, mask: Array, count: int | None = None) -> None:
        self.mask = mask
        self.count = int(np.count_nonzero(mask)) if count is None else count
        self.full = self.count == mask.size
        self.where: Any = True if self.full else mask
        self._index: Array | None = None
        self._whole: bool | None = None

    @property
    def index(self) -> Array:
        """Places of the threads."""
        if self._index is None:
            self._index = np.flatnonzero(self.mask)
        return self._index

    @property
    def whole_warps(self) -> bool:
        """Each warp is in with all its threads, or with none."""
        if self._whole is None:
            warps = self.mask.reshape(-1, WARP)
            self._whole = self.full or bool((warps.any(1) == warps.all(1)).all())
        return self._whole

    def among(self, predicate: Array, negated: bool) -> Lanes:
        """Those for which the predicate holds (with `negated`: doesn't)."""
        mask = ~predicate if negated else predicate if self.full else predicate & self.mask
        if negated and not self.full:
            mask &= self.mask
        count = int(np.count_nonzero(mask))
        return self if count == self.count else Lanes(mask.copy() if mask is predicate else mask, count)

    def without(self, other: Lanes) -> Lanes:
        return Lanes(self.mask & ~other.mask, self.count - other.count)

    def joined(self, other: Lanes) -> Lanes:
        return Lanes(self.mask | other.mask, self.count + other.count)

    def pick(self, values: Array) -> Array:
        """The values of these threads alone, one row a thread."""
        return values if self.full else values[self.index]
