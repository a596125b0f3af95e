"""atom and red: one thread after another, in order of their numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from intarsia.codegen.verify.ptx import floats, spaces
from intarsia.codegen.verify.ptx.access import ONES, count
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import fault, unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.operations.memory import HINTS, SPACES, putter
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import PACKED, TYPES, UNSIGNED, WIDE, Array, Type

Update = Callable[[Array, Array, Array], Array]
UPDATES: dict[str, Update] = {
    "add": lambda old, x, _: old + x,
    "min": lambda old, x, _: np.minimum(old, x),
    "max": lambda old, x, _: np.maximum(old, x),
    "and": lambda old, x, _: old & x,
    "or": lambda old, x, _: old | x,
    "xor": lambda old, x, _: old ^ x,
    "exch": lambda old, x, _: x,
    "cas": lambda old, x, y: np.where(old == x, y, old),
    "inc": lambda old, x, _: np.where(old >= x, old.dtype.type(0), old + old.dtype.type(1)),
    "dec": lambda old, x, _: np.where((old == 0) | (old > x), x, old - old.dtype.type(1)),
}


@operation("atom", "red", forms=".add .min .max .and .or .xor .exch .cas .inc .dec; .global .shared and generic; u s b f of 32 64, f16 bf16 and pairs for .add", sink=True)
def _atomic(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.flag(*HINTS, "noftz")
    space = SPACES.get(words.choice("global", "shared", "shared::cta", default="generic"), "generic")
    update = UPDATES[words.choice(*UPDATES)]
    packed = words.packed()
    kind = PACKED[packed] if packed else words.type()
    words.done()
    whole = TYPES["b32"] if packed else kind
    at = 1 if instruction.opcode == "atom" else 0
    read = builder.address(instruction.operands[at], instruction)
    sources = [builder.array(operand, whole, instruction).view(UNSIGNED[whole.bits]) for operand in instruction.operands[at + 1 :]]
    if kind.bits == 8 or not 1 <= len(sources) <= 2:
        raise unknown("its operands do not fit its type", instruction)
    put = putter(builder, instruction.operands[0], whole, instruction) if at else None
    run = _Atomic(builder, space, whole, lambda old, x, y: _in_type(update, kind, old, x, y), instruction)

    def step(lanes: Lanes) -> None:
        values = [lanes.pick(source) for source in sources]
        old = run(lanes.pick(read()), lanes.index, values[0], values[-1])
        if put is not None:
            put(old, lanes)

    return step


def _in_type(update: Update, kind: Type, old: Array, x: Array, y: Array) -> Array:
    """The update of bits, done on numbers of the type."""
    numbers = [floats.numeric(one.view(UNSIGNED[kind.bits]), kind) for one in (old, x, y)]
    return np.ascontiguousarray(floats.to_bits(update(*numbers), kind)).view(old.dtype)


class _Atomic:
    """Updates in place, and gives what was there before. Threads with the same address take turns."""

    def __init__(self, builder: Builder, space: str, kind: Type, update: Update, instruction: Instruction) -> None:
        self.state, self.space, self.kind, self.update, self.instruction = builder.state, space, kind, update, instruction

    def __call__(self, addresses: Array, threads: Array, x: Array, y: Array) -> Array:
        space = self.space
        if space == "generic":
            shared = addresses >> np.uint64(56) == spaces.SHARED >> 56
            if shared.any() and not shared.all():
                raise fault("bounds", "an atomic operation on several address spaces at once", self.instruction)
            space = "shared" if shared.all() else "global"
            addresses = addresses - np.uint64(spaces.SHARED) if space == "shared" else addresses
        memory, places = self._global(addresses, threads) if space == "global" else self._shared(addresses, threads)
        return self._turns(memory, places, x, y)

    def _turns(self, memory: Array, places: Array, x: Array, y: Array) -> Array:
        old = np.zeros_like(x)
        left = np.arange(places.size)
        while left.size:
            turn = left[np.unique(places[left], return_index=True)[1]]
            old[turn] = memory[places[turn]]
            memory[places[turn]] = self.update(old[turn], x[turn], y[turn])
            left = np.setdiff1d(left, turn, assume_unique=True)
        return old

    def _global(self, addresses: Array, threads: Array) -> tuple[Array, Array]:
        memory, width = self.state.memory, self.kind.bytes
        places, region = memory.locate(addresses.astype(np.uint64), width, "atomic operation", self.instruction)
        places = places >> (width.bit_length() - 1)
        for marks, name in ((memory.loaded, "load_bytes"), (memory.stored, "store_bytes")):
            marks.view(WIDE[width])[places] = ONES[width]
            count(self.state, name, places, region, threads, width)
        return memory.view(width), places

    def _shared(self, addresses: Array, threads: Array) -> tuple[Array, Array]:
        shared, width = self.state.shared, self.kind.bytes
        places = shared.places(addresses, threads, width, "atomic operation", self.instruction)
        shared.update(shared.granules(places, width), threads, self.instruction)
        return shared.flat.view(WIDE[width]), places >> (width.bit_length() - 1)
