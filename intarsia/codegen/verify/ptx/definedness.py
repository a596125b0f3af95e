"""Undefined values, bit by bit: what a result is made of, and whether that may leave the registers.

Compilers fill packed values with whatever is at hand (the second half of a pair, the bytes beside a byte), so a value is not simply defined or not. Each watched register has a
mask for every thread, a one for each defined bit; bits beyond its width are ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from intarsia.codegen.verify.ptx import table
from intarsia.codegen.verify.ptx.builder import Builder
from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.program import Immediate, Instruction, Operand, Register, Vector
from intarsia.codegen.verify.ptx.table import Step
from intarsia.codegen.verify.ptx.types import PACKED, TYPES, Array

ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
Mask = Callable[[], Array]
Rule = Callable[["_Sources"], Mask | None]
"""Gives the mask of an instruction's result, or None where it has nothing better than all or nothing."""


class _Sources:
    """An instruction and the masks of its operands."""

    def __init__(self, builder: Builder, instruction: Instruction) -> None:
        self.builder, self.instruction = builder, instruction
        self.defined = builder.state.defined
        self.everything = np.full(builder.state.threads, ALL)
        self.operands = instruction.operands
        self.last = instruction.modifiers[-1] if instruction.modifiers else ""

    def mask(self, operand: Operand) -> Array:
        return self.defined.get(operand.name, self.everything) if isinstance(operand, Register) else self.everything

    def all_of(self, names: list[str]) -> Array:
        """All ones where all of these registers are wholly defined."""
        return whole(np.bitwise_and.reduce([self.everything, *(self.defined[name] for name in names if name in self.defined)]))

    @property
    def bits(self) -> int:
        """Width of the result."""
        packed = PACKED.get(self.last)
        return 2 * packed.bits if packed else TYPES[self.last].bits if self.last in TYPES else 64


def whole(mask: Array) -> Array:
    """All ones where nothing is missing, else zero."""
    return np.where(mask == ALL, ALL, np.uint64(0))


def _ones(bits: int) -> np.uint64:
    return ALL if bits >= 64 else np.uint64((1 << bits) - 1)


def _beyond(mask: Array, bits: int) -> Array:
    """With ones beyond the width."""
    return mask | ~_ones(bits)


def _bitwise(s: _Sources) -> Mask | None:
    """Bit by bit; a constant zero defines a bit of `and`, a constant one that of `or`."""
    if any(isinstance(operand, Vector) for operand in s.operands):
        return None
    sources = [operand for operand in s.operands[1:] if not isinstance(operand, Immediate)]
    constant = next((operand.value for operand in s.operands[1:3] if isinstance(operand, Immediate)), None)
    settled = {"and": ~(constant or 0), "or": constant or 0}.get(s.instruction.opcode, 0) if constant is not None else 0
    fixed = np.uint64(settled & int(ALL)) & _ones(s.bits)
    return lambda: np.bitwise_and.reduce([s.mask(one) for one in sources]) | fixed if sources else s.everything


def _shift(s: _Sources) -> Mask | None:
    by = s.operands[2]
    if not isinstance(by, Immediate) or (s.instruction.opcode == "shr" and s.last[0] == "s"):
        return None
    count = np.uint64(min(by.value, 63))
    if s.instruction.opcode == "shl":
        return lambda: _beyond(s.mask(s.operands[1]) << count | _ones(int(count)), s.bits)
    return lambda: s.mask(s.operands[1]) >> count | ~(ALL >> count)


def _sum(s: _Sources) -> Mask | None:
    """What is missing spoils everything above it, by carries."""
    if s.last in PACKED:
        return _halves(s)
    if s.last[0] not in "us":
        return None

    def mask() -> Array:
        both = s.mask(s.operands[1]) & s.mask(s.operands[2])
        lowest = ~both & (both + np.uint64(1))
        return np.where(both == ALL, ALL, lowest - np.uint64(1))

    return mask


def _halves(s: _Sources) -> Mask | None:
    """Of packed values, each half by itself."""
    if s.last not in PACKED or PACKED[s.last].bits != 16:
        return None
    low = np.uint64(0xFFFF)

    def mask() -> Array:
        both = np.bitwise_and.reduce([s.mask(operand) for operand in s.operands[1:]])
        parts = [np.where(both >> np.uint64(at) & low == low, low << np.uint64(at), np.uint64(0)) for at in (0, 16)]
        return _beyond(parts[0] | parts[1], 32)

    return mask


def _convert(s: _Sources) -> Mask | None:
    to, source = s.instruction.modifiers[-2:]
    if to in PACKED and source == "f32":
        bits = PACKED[to].bits
        return lambda: _beyond(whole(s.mask(s.operands[2])) & _ones(bits) | (whole(s.mask(s.operands[1])) & _ones(bits)) << np.uint64(bits), 2 * bits)
    if to in TYPES and source in TYPES and TYPES[to].integer and TYPES[source].integer and "sat" not in s.instruction.modifiers:
        narrow = min(TYPES[to].bits, TYPES[source].bits)
        if TYPES[source].kind == "u" or narrow == TYPES[to].bits:
            return lambda: _beyond(s.mask(s.operands[1]), narrow)
    return None


def _permute(s: _Sources) -> Mask | None:
    selector = s.operands[3]
    if not isinstance(selector, Immediate) or selector.value & 0x8888:
        return None
    places = [selector.value >> 4 * at & 7 for at in range(4)]

    def mask() -> Array:
        octets = [(s.mask(s.operands[1 + place // 4]) >> np.uint64(place % 4 * 8) & np.uint64(255)) << np.uint64(8 * at) for at, place in enumerate(places)]
        return _beyond(np.bitwise_or.reduce(octets), 32)

    return mask


def _choose(s: _Sources) -> Mask:
    choose = s.builder.values(s.operands[3], TYPES["pred"], s.instruction)
    return lambda: np.where(choose(), s.mask(s.operands[1]), s.mask(s.operands[2])) & s.mask(s.operands[3])


def _shuffle(s: _Sources) -> Mask:
    """The whole warp's: a lane's value may go to any other."""
    names = table.read(s.instruction)
    return lambda: np.repeat(np.bitwise_and.reduce(s.all_of(names).reshape(-1, WARP), axis=1), WARP)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("and", "or", "xor", "not", "lop3", "mov"), _bitwise), **dict.fromkeys(("shl", "shr"), _shift), **dict.fromkeys(("add", "sub"), _sum),
    **dict.fromkeys(("mul", "fma", "min", "max", "set", "neg", "abs"), _halves), "cvt": _convert, "prmt": _permute, "selp": _choose, "shfl": _shuffle,
}  # fmt: skip


def watch(builder: Builder, instruction: Instruction, step: Step) -> Step:
    """The step, with a check that nothing undefined leaves the registers in it, or with its result's mask kept."""
    sources = _Sources(builder, instruction)
    reads, writes = [name for name in table.read(instruction) if name in sources.defined], [name for name in table.written(instruction) if name in sources.defined]
    if not reads and not writes:
        return step
    sink = table.find(instruction).sink
    known = _leaving(sources, reads) if sink else None
    results = _results(sources, reads) if not sink and reads else {}

    def run(lanes: Lanes) -> None:
        if known is not None and reads and not lanes.pick(known() == ALL).all():
            raise fault("uninitialised", f"a register is read that nobody wrote, or that was made of such: one of {', '.join(reads)}", instruction)
        masks = {name: mask() for name, mask in results.items()}
        step(lanes)
        for name in writes:
            np.copyto(sources.defined[name], masks.get(name, ALL), where=lanes.where)

    return run


def _results(s: _Sources, reads: list[str]) -> dict[str, Mask]:
    """The mask of each watched destination."""
    instruction, target = s.instruction, s.operands[0]
    guard = s.mask(instruction.guard) if instruction.guard else s.everything
    if instruction.opcode == "mov" and isinstance(target, Vector):
        width = TYPES[s.last].bits // len(target.items)
        parts = [(item, partial(_part, s, place, width)) for place, item in enumerate(target.items)]
        return {item.name: mask for item, mask in parts if isinstance(item, Register)}
    if instruction.opcode == "mov" and isinstance(s.operands[1], Vector):
        return {name: partial(_packed, s, s.operands[1]) for name in table.written(instruction)}
    rule = RULES.get(instruction.opcode)
    mask = rule(s) if rule else None
    found: Mask = mask if mask is not None else lambda: s.all_of(reads)
    return {name: lambda: found() & whole(guard) if instruction.guard else found() for name in table.written(instruction)}


def _part(s: _Sources, place: int, width: int) -> Array:
    return _beyond(s.mask(s.operands[1]) >> np.uint64(place * width), width)


def _packed(s: _Sources, vector: Vector) -> Array:
    width = s.bits // len(vector.items)
    parts = [(s.mask(item) & _ones(width)) << np.uint64(place * width) for place, item in enumerate(vector.items)]
    return _beyond(np.bitwise_or.reduce(parts), s.bits)


def _leaving(s: _Sources, reads: list[str]) -> Mask:
    """All ones where all that leaves is defined: of a stored value the bits that are stored, of an accumulator that wgmma adds to, and of everything else it all."""
    instruction = s.instruction
    if instruction.opcode == "st":
        stored = [operand for operand in s.operands[1:] for operand in (operand.items if isinstance(operand, Vector) else (operand,))]
        address = list(table.names(s.operands[0])) + ([instruction.guard.name] if instruction.guard else [])
        return lambda: np.bitwise_and.reduce([s.all_of(address), *(_beyond(s.mask(one), TYPES[s.last].bits) for one in stored)])
    if instruction.opcode == "wgmma" and len(s.operands) > 3:
        keep = s.builder.values(s.operands[3], TYPES["pred"], instruction)
        others = [name for operand in s.operands[1:] for name in table.names(operand)]
        added = list(table.names(s.operands[0]))
        return lambda: s.all_of(others) & np.where(keep(), s.all_of(added), ALL)
    return lambda: s.all_of(reads)
