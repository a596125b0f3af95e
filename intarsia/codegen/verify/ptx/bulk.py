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
    """One mbarrier: arrivals that a phase wants and still lacks, bytes that were announced and have not come, phases that are over, and copies of this one and of those."""

    wanted: int
    lacking: int
    bytes: int = 0
    phase: int = 0
    coming: list[Array] = field(default_factory=list)
    over: list[Array] = field(default_factory=list)

    def turn(self) -> None:
        """To the next phase, if this one is complete."""
        if self.lacking == 0 and self.bytes == 0:
            self.phase, self.lacking = self.phase + 1, self.wanted
            self.over, self.coming = self.over + self.coming, []


class Bulk:
    """The barriers of the CTAs that run together, by CTA and address, and the maps that were written and not yet fenced."""

    def __init__(self, shared: SharedMemory) -> None:
        self.shared = shared
        self.reset()

    def reset(self) -> None:
        self.barriers: dict[tuple[int, int], _Barrier] = {}
        self.unfenced: set[int] = set()

    def begin(self, cta: int, address: int, count: int) -> None:
        self.barriers[cta, address] = _Barrier(count, count)

    def end(self, cta: int, address: int, instruction: Instruction) -> None:
        self.find(cta, address, instruction)
        del self.barriers[cta, address]

    def find(self, cta: int, address: int, instruction: Instruction) -> _Barrier:
        """Raises KernelFault where no barrier was begun."""
        if (cta, address) not in self.barriers:
            raise fault("uninitialised", f"no mbarrier was begun at byte {address} of shared memory", instruction)
        return self.barriers[cta, address]

    def arrive(self, cta: int, address: int, size: int, instruction: Instruction) -> None:
        """One arrival, that announces bytes."""
        barrier = self.find(cta, address, instruction)
        if barrier.lacking == 0:
            raise fault("divergence", f"more arrive at the mbarrier at byte {address} of shared memory than the {barrier.wanted} of a phase", instruction)
        barrier.lacking, barrier.bytes = barrier.lacking - 1, barrier.bytes + size
        barrier.turn()

    def copied(self, cta: int, address: int, size: int, granules: Array, instruction: Instruction) -> None:
        barrier = self.find(cta, address, instruction)
        barrier.coming.append(granules)
        barrier.bytes -= size
        barrier.turn()

    def over(self, cta: int, address: int, parity: int, instruction: Instruction) -> bool:
        """Whether the last phase of this parity is over; then what was copied in it is there."""
        barrier = self.find(cta, address, instruction)
        if barrier.phase % 2 == parity:
            return False
        for granules in barrier.over:
            self.shared.land_bulk(granules)
        barrier.over.clear()
        return True
