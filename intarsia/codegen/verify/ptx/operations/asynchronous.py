"""cp.async: copies, groups, waits."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.verify.ptx.access import ONES, count
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers, Read
from intarsia.codegen.verify.ptx.faults import fault, unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.operations import bulk
from intarsia.codegen.verify.ptx.operations.memory import HINTS
from intarsia.codegen.verify.ptx.program import Immediate, Instruction, Register
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import TYPES, WIDE, Array


@operation(
    "cp", forms="cp.async .ca .cg .shared.global of 4 8 16 bytes, the rest of a shorter source zero; .commit_group, .wait_group, .wait_all; "
    "cp.async.bulk.tensor.2d to .shared::cta, tiles, with an mbarrier", writes=False, sink=True,
)  # fmt: skip
def _copy(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    if not words.flag("async"):
        raise unknown("this copy", instruction)
    if words.flag("bulk"):
        return bulk.copy(builder, instruction, words)
    if any(word.startswith("mbarrier") for word in words.left):
        raise unknown("this copy", instruction)
    if words.flag("commit_group"):
        words.done()
        return lambda lanes: builder.state.copies.commit(lanes.index)
    if words.flag("wait_group"):
        words.done()
        return _wait(builder, instruction)
    if words.flag("wait_all"):
        words.done()
        return lambda lanes: builder.state.copies.wait(lanes.mask, -1)
    words.flag(*HINTS)
    words.choice("shared", "shared::cta")
    words.choice("global")
    words.done()
    return _issue(builder, instruction)


def _wait(builder: Builder, instruction: Instruction) -> Step:
    allowed = instruction.operands[0]
    if not isinstance(allowed, Immediate):
        raise unknown("a number of groups that is no constant", instruction)
    return lambda lanes: builder.state.copies.wait(lanes.mask, allowed.value)


def _issue(builder: Builder, instruction: Instruction) -> Step:
    width = instruction.operands[2]
    if not isinstance(width, Immediate) or width.value not in (4, 8, 16):
        raise unknown("a size that is not 4, 8 or 16", instruction)
    target, source = builder.address(instruction.operands[0], instruction), builder.address(instruction.operands[1], instruction)
    sizes = None
    if len(instruction.operands) > 3 and not (isinstance(instruction.operands[3], Register) and "L2::cache_hint" in instruction.modifiers):
        sizes = builder.array(instruction.operands[3], TYPES["u32"], instruction)
    return _Issue(builder, width.value, instruction).step(target, source, sizes)


class _Issue:
    """Reads what is copied at once, and leaves it where nobody may look until it is waited for."""

    def __init__(self, builder: Builder, width: int, instruction: Instruction) -> None:
        self.state, self.width, self.instruction = builder.state, width, instruction

    def step(self, target: Read, source: Read, sizes: Array | None) -> Step:
        def step(lanes: Lanes) -> None:
            threads = lanes.index
            shared = self.state.shared
            places = shared.places(lanes.pick(target()), threads, self.width, "copy", self.instruction)
            granules = shared.granules(places, self.width)
            shared.expect_copy(granules, threads, self.instruction)
            addresses = lanes.pick(source()).astype(np.uint64, copy=False)
            shared.flat.view(WIDE[self.width])[places >> (self.width.bit_length() - 1)] = self._fetch(addresses, threads, None if sizes is None else lanes.pick(sizes))
            self.state.copies.issue(threads, granules)

        return step

    def _fetch(self, addresses: Array, threads: Array, sizes: Array | None) -> Array:
        values = np.zeros(addresses.size, WIDE[self.width])
        if sizes is None:
            return self._read(addresses, threads, self.width)
        if bool((sizes > self.width).any()):
            raise fault("bounds", f"a copy of {self.width} bytes from a source of {int(sizes.max())}", self.instruction)
        for size in np.unique(sizes).tolist():
            chosen = sizes == size
            if size == self.width:
                values[chosen] = self._read(addresses[chosen], threads[chosen], size)
            elif size:
                values[chosen] = self._part(addresses[chosen], threads[chosen], size)
        return values

    def _read(self, addresses: Array, threads: Array, width: int) -> Array:
        memory = self.state.memory
        places, region = memory.locate(addresses, width, "load", self.instruction)
        elements = places >> (width.bit_length() - 1)
        memory.loaded.view(WIDE[width])[elements] = ONES[width]
        count(self.state, "load_bytes", places, region, threads, width)
        return memory.view(width)[elements]

    def _part(self, addresses: Array, threads: Array, size: int) -> Array:
        """The first bytes of a source, zeros after them."""
        part = np.zeros((addresses.size, self.width), np.uint8)
        for at in range(size):
            part[:, at] = self._read(addresses + np.uint64(at), threads, 1)
        return part.view(WIDE[self.width])[:, 0]
