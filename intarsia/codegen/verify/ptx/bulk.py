"""Bulk copies: tensor maps that say what they copy, and the barriers in shared memory that they report to.

A map is 128 bytes that no program may look into; ours hold the fields below. Bytes of a copy land when somebody waits for the phase of its barrier, and no sooner.
(PTX ISA, "Tensors", "mbarrier", "tensormap.replace".)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.shared_memory import SharedMemory
from intarsia.codegen.verify.ptx.types import Array

MAP_BYTES = 128
FIELDS = {
    "global_address": ("address", 8, 1), "rank": ("rank", 4, 1), "elemtype": ("elemtype", 4, 1), "interleave_layout": ("interleave", 4, 1), "swizzle_mode": ("swizzle", 4, 1),
    "fill_mode": ("fill", 4, 1), "global_dim": ("dims", 4, 5), "global_stride": ("strides", 8, 4), "box_dim": ("box", 4, 5), "element_stride": ("element_strides", 4, 5),
}  # fmt: skip
"""By PTX's name of a field, ours, the bytes of a number, and how many there are."""
MAP = np.dtype([(name, f"<u{size}", (count,) if count > 1 else ()) for name, size, count in FIELDS.values()])
ELEMENT_BYTES = {0: 1, 1: 2, 2: 4, 3: 4, 4: 8, 5: 8, 6: 2, 7: 4, 8: 4, 9: 8, 10: 2, 11: 4}
"""By the number of a map's type (PTX ISA, "tensormap.replace", table of .elemtype)."""


@dataclass
class _Barrier:
    """One mbarrier: arrivals that a phase wants and still lacks, bytes that were announced and have not come, phases that are over, copies of this one, and of those with
    the time of each; what those who arrived had done and seen in this phase and before, and what those who wait for the last one that is over are told."""

    wanted: int
    lacking: int
    told: Array
    tells: Array
    bytes: int = 0
    phase: int = 0
    coming: list[Array] = field(default_factory=list)
    over: list[tuple[Array, int]] = field(default_factory=list)


class Bulk:
    """The barriers of the CTAs that run together, by CTA and address, and the maps that were written and not yet fenced."""

    def __init__(self, shared: SharedMemory) -> None:
        self.shared = shared
        self.reset()

    def reset(self) -> None:
        self.barriers: dict[tuple[int, int], _Barrier] = {}
        self.unfenced: set[int] = set()
        self.turns = 0

    def begin(self, cta: int, address: int, count: int) -> None:
        nothing = np.zeros(self.shared.seen.shape[1], np.int32)
        self.barriers[cta, address] = _Barrier(count, count, nothing, nothing)

    def end(self, cta: int, address: int, instruction: Instruction) -> None:
        self.find(cta, address, instruction)
        del self.barriers[cta, address]

    def find(self, cta: int, address: int, instruction: Instruction) -> _Barrier:
        """Raises KernelFault where no barrier was begun."""
        if (cta, address) not in self.barriers:
            raise fault("uninitialised", f"no mbarrier was begun at byte {address} of shared memory", instruction)
        return self.barriers[cta, address]

    def arrive(self, thread: int, address: int, size: int, instruction: Instruction) -> None:
        """One arrival, that announces bytes."""
        barrier = self.find(int(self.shared.cta[thread]), address, instruction)
        if barrier.lacking == 0:
            raise fault("divergence", f"more arrive at the mbarrier at byte {address} of shared memory than the {barrier.wanted} of a phase", instruction)
        barrier.lacking, barrier.bytes = barrier.lacking - 1, barrier.bytes + size
        barrier.tells = np.maximum(barrier.tells, self.shared.done_by(int(self.shared.warp[thread])))
        self._turn(barrier)

    def copied(self, cta: int, address: int, size: int, granules: Array, instruction: Instruction) -> None:
        barrier = self.find(cta, address, instruction)
        barrier.coming.append(granules)
        barrier.bytes -= size
        self._turn(barrier)

    def _turn(self, barrier: _Barrier) -> None:
        """To the next phase, if this one is complete."""
        if barrier.lacking or barrier.bytes:
            return
        barrier.phase, barrier.lacking = barrier.phase + 1, barrier.wanted
        self.turns += 1
        if barrier.coming:
            time, told = self.shared.engine_done()
            barrier.over += [(granules, time) for granules in barrier.coming]
            barrier.coming, barrier.tells = [], np.maximum(barrier.tells, told)
        barrier.told = barrier.tells

    def is_over(self, cta: int, address: int, parity: int, instruction: Instruction) -> bool:
        """Whether the last phase of this parity is over."""
        return self.find(cta, address, instruction).phase % 2 != parity

    def waited(self, warps: Array, address: int, instruction: Instruction) -> None:
        """These warps of a CTA have waited for a phase that is over: what was copied in it is there, and they know what those who arrived had done."""
        barrier = self.find(int(warps[0]) // self.shared.warps, address, instruction)
        for granules, time in barrier.over:
            self.shared.land_bulk(granules, time)
        barrier.over.clear()
        self.shared.tell(warps, barrier.told)
