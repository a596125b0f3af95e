"""cp.async: copies that land when their issuer waits for their group, and no sooner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.codegen.verify.ptx.shared_memory import SharedMemory
from intarsia.codegen.verify.ptx.types import Array


@dataclass
class _Copy:
    """One instruction's copies: threads, the group that each will belong to, and the granules that it writes."""

    lanes: Array
    groups: Array
    granules: Array


class Copies:
    """Groups are counted for each thread: a copy belongs to the group that its thread commits next."""

    def __init__(self, shared: SharedMemory) -> None:
        self.shared = shared
        self.committed = np.zeros(shared.ctas * shared.threads, np.int64)
        self.pending: list[_Copy] = []

    def reset(self) -> None:
        self.committed.fill(0)
        self.pending.clear()

    def issue(self, lanes: Array, granules: Array) -> None:
        self.pending.append(_Copy(lanes, self.committed[lanes], granules))

    def commit(self, lanes: Array) -> None:
        self.committed[lanes] += 1

    def wait(self, active: Array, allowed: int) -> None:
        """The threads of the mask `active` wait until at most `allowed` of their groups, the newest, are on their way."""
        kept = []
        for copy in self.pending:
            landed = (copy.groups < self.committed[copy.lanes] - allowed) & active[copy.lanes]
            if landed.all():
                self.shared.land(copy.granules)
                continue
            if landed.any():
                self.shared.land(copy.granules[landed])
                copy = _Copy(copy.lanes[~landed], copy.groups[~landed], copy.granules[~landed])
            kept.append(copy)
        self.pending = kept
