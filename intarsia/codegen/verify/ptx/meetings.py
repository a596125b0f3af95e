"""Barriers of some of a CTA's threads (bar.sync and bar.arrive with a number and a count)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.operations.sync import Meeting
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.shared_memory import SharedMemory
from intarsia.codegen.verify.ptx.types import Array


@dataclass
class _Gathering:
    """Threads that came to one barrier: how many are wanted and came, the blocks at which some of them wait, and what all of them had done and seen."""

    wanted: int
    told: Array
    instruction: Instruction
    came: int = 0
    waiting: list[tuple[int, Array]] = field(default_factory=list)


class Meetings:
    """By CTA and the barrier's number."""

    def __init__(self, shared: SharedMemory) -> None:
        self.shared = shared
        self.gatherings: dict[tuple[int, int], _Gathering] = {}

    def come(self, number: int, meeting: Meeting, lanes: Lanes, instruction: Instruction) -> Iterator[tuple[int, Lanes]]:
        """Threads at the end of block `number`: gives the blocks at which threads go on, and which."""
        cta = self.shared.cta
        asked = np.stack([cta[lanes.index], lanes.pick(meeting.number), lanes.pick(meeting.threads)], 1).astype(np.int64)
        for one, barrier, threads in np.unique(asked, axis=0).tolist():
            came = lanes.mask & (cta == one) & (meeting.number == barrier)
            gathering = self.gatherings.setdefault((one, barrier), _Gathering(threads, np.zeros(self.shared.seen.shape[1], np.int32), instruction))
            self._join(gathering, came, threads, instruction)
            if meeting.waits:
                gathering.waiting.append((number + 1, came))
            if gathering.came == gathering.wanted:
                del self.gatherings[one, barrier]
                yield from self._release(gathering)
        if not meeting.waits:
            yield number + 1, lanes

    def _join(self, gathering: _Gathering, came: Array, threads: int, instruction: Instruction) -> None:
        gathering.came += int(np.count_nonzero(came))
        if threads != gathering.wanted or gathering.came > gathering.wanted:
            raise fault("divergence", f"{gathering.came} threads come to a barrier for {gathering.wanted}, which this is for {threads}", instruction)
        for warp in np.unique(self.shared.warp[came]).tolist():
            gathering.told = np.maximum(gathering.told, self.shared.done_by(warp))

    def _release(self, gathering: _Gathering) -> Iterator[tuple[int, Lanes]]:
        """All lanes of each warp have met, so that they know of each other too."""
        for number, waiting in gathering.waiting:
            warps = np.unique(self.shared.warp[waiting])
            self.shared.tell(warps, gathering.told)
            self.shared.seen[warps, warps % self.shared.warps] = gathering.told[warps % self.shared.warps]
            yield number, Lanes(waiting)

    def all_done(self) -> None:
        """Raises KernelFault where threads still wait."""
        for (_, number), one in self.gatherings.items():
            if one.waiting:
                raise fault("divergence", f"{one.came} of the {one.wanted} threads of barrier {number} come, and wait for the others", one.instruction)
