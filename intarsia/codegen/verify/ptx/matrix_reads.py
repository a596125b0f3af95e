"""What wgmma reads of shared memory, from its issue until its group is waited for."""

from __future__ import annotations

from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx.lanes import WARP
from intarsia.codegen.verify.ptx.shared_memory import PENDING, SharedMemory
from intarsia.codegen.verify.ptx.types import Array

GROUP = 128
"""Threads of a warpgroup."""


class MatrixReads:
    """What wgmma still reads of shared memory, in groups as they were committed."""

    def __init__(self, shared: SharedMemory) -> None:
        self.shared = shared
        self.committed = np.zeros(max(shared.ctas * shared.threads // GROUP, 1), np.int64)
        self.pending: list[tuple[Array, Array, Array]] = []

    def reset(self) -> None:
        self.committed.fill(0)
        self.pending.clear()

    def issue(self, groups: Array, granules: Array) -> None:
        """Warpgroups, one a row of granules."""
        self.pending.append((groups, self.committed[groups], granules))
        self._mark(groups, granules, PENDING)

    def commit(self, groups: Array) -> None:
        self.committed[groups] += 1

    def wait(self, groups: Array, allowed: int) -> None:
        """Reads of all but the newest `allowed` groups are over."""
        kept, waiting = [], np.zeros(self.committed.size, bool)
        waiting[groups] = True
        for owners, number, granules in self.pending:
            over = (number < self.committed[owners] - allowed) & waiting[owners]
            self._mark(owners[over], granules[over], self.shared.now)
            if not over.all():
                kept.append((owners[~over], number[~over], granules[~over]))
        self.pending = kept
        for owners, _, granules in kept:
            self._mark(owners, granules, PENDING)

    def _mark(self, groups: Array, granules: Array, time: Any) -> None:
        first = groups * (GROUP // WARP) % self.shared.warps
        for warp in range(GROUP // WARP):
            self.shared.read[(first + warp)[:, None], granules] = time
        self.shared.last_read = self.shared.now
