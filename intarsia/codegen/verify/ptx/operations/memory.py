"""ld and st in all address spaces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from intarsia.codegen.verify.ptx.access import Access
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.program import Address, Instruction, Operand, Sink, Symbol
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import UNSIGNED, WIDE, Array, Type

HINTS = (
    "volatile", "relaxed", "weak", "acquire", "release", "acq_rel", "cta", "gpu", "sys", "ca", "cg", "cs", "cv", "lu", "wb", "wt", "nc", "L2::64B", "L2::128B", "L2::256B",
    "L1::evict_first", "L1::evict_last", "L1::evict_normal", "L1::evict_unchanged", "L1::no_allocate", "L2::evict_first", "L2::evict_last", "L2::evict_normal", "L2::cache_hint",
)  # fmt: skip
"""Words about caches and about the order that other threads see: no effect where each instruction is done before the next."""
VECTORS = {"v2": 2, "v4": 4, "v8": 8}
SPACES = {"global": "global", "const": "global", "shared": "shared", "shared::cta": "shared", "local": "local"}


@operation("ld", "ldu", forms=".param .global .const .shared .local and generic, .v2 .v4 up to 16 bytes, b u s f of 8 to 64; cache and order hints have no effect", sink=True)
def _load(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.flag(*HINTS)
    parameter = words.flag("param")
    space, count, kind = _shape(words, instruction)
    targets = builder.items(instruction.operands[0])
    if len(targets) != count:
        raise unknown(f"{len(targets)} destinations of {count}", instruction)
    if parameter:
        return _load_parameter(builder, instruction, targets, kind)
    puts = [putter(builder, target, kind, instruction) for target in targets]
    read = builder.address(instruction.operands[1], instruction)
    access = Access(builder.state, space, count * kind.bytes, instruction)
    held = kind.dtype if kind.kind == "s" else UNSIGNED[kind.bits]

    def step(lanes: Lanes) -> None:
        values = access.load(lanes.pick(read()), lanes.index).view(held).reshape(-1, count)
        for place, put in enumerate(puts):
            put(values[:, place], lanes)

    return step


def _shape(words: Modifiers, instruction: Instruction) -> tuple[str, int, Type]:
    """Address space, elements, and their type."""
    space = SPACES.get(words.choice(*SPACES, default="generic"), "generic")
    count = VECTORS.get(words.choice(*VECTORS, default="one"), 1)
    kind = words.type()
    words.done()
    if count * kind.bytes not in WIDE:
        raise unknown(f"an access of {count * kind.bytes} bytes", instruction)
    return space, count, kind


def _load_parameter(builder: Builder, instruction: Instruction, targets: tuple[Operand, ...], kind: Type) -> Step:
    source = instruction.operands[1]
    if not isinstance(source, Address) or not isinstance(source.base, Symbol) or source.base.name not in builder.state.parameters:
        raise unknown("its parameter is not one of the kernel's", instruction)
    data = builder.state.parameters[source.base.name]
    if source.offset + len(targets) * kind.bytes > len(data):
        raise unknown(f"a parameter of {len(data)} bytes is read at byte {source.offset}", instruction)
    puts = [putter(builder, target, kind, instruction) for target in targets]
    held = kind.dtype if kind.kind == "s" else UNSIGNED[kind.bits]
    values = [builder.constant(int.from_bytes(data[at : at + kind.bytes], "little"), held) for at in range(source.offset, source.offset + len(targets) * kind.bytes, kind.bytes)]

    def step(lanes: Lanes) -> None:
        for put, value in zip(puts, values, strict=True):
            put(lanes.pick(value), lanes)

    return step


def putter(builder: Builder, target: Operand, kind: Type, instruction: Instruction) -> Callable[[Array, Lanes], None]:
    """A function that puts one value for each picked thread into a register, extended by zeros, or by its sign where the type is signed."""
    if isinstance(target, Sink):
        return lambda values, lanes: None
    row = builder.state.registers.row(builder_name(builder, target, instruction))
    if row.dtype == np.bool_ or row.dtype.itemsize < kind.bytes:
        raise unknown(f"a value of type {kind.name} does not fit {target}", instruction)

    def put(values: Array, lanes: Lanes) -> None:
        row[slice(None) if lanes.full else lanes.index] = values

    return put


def builder_name(builder: Builder, target: Operand, instruction: Instruction) -> str:
    """The name of a register that is declared."""
    name = getattr(target, "name", "")
    if name not in builder.state.registers.place:
        raise unknown(f"its destination {target} is no register", instruction)
    return str(name)


@operation("st", forms="as ld, but .param and .const", writes=False, sink=True)
def _store(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.flag(*HINTS)
    space, count, kind = _shape(words, instruction)
    sources = builder.items(instruction.operands[1])
    if len(sources) != count:
        raise unknown(f"{len(sources)} sources of {count}", instruction)
    rows = [builder.array(source, kind, instruction).view(UNSIGNED[kind.bits]) for source in sources]
    read = builder.address(instruction.operands[0], instruction)
    width = count * kind.bytes
    access = Access(builder.state, space, width, instruction)

    def step(lanes: Lanes) -> None:
        values = np.stack([lanes.pick(row) for row in rows], 1) if count > 1 else np.ascontiguousarray(lanes.pick(rows[0]))
        access.store(lanes.pick(read()), lanes.index, values.view(WIDE[width]).reshape(-1))

    return step
