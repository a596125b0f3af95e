"""mov, and what has no effect on numbers."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.program import Instruction, Vector
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import TYPES, Type


@operation("mov", forms="pred and all of 16 32 64 bits; packing and unpacking {..}; addresses of variables; special registers")
def _move(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    kind = words.type()
    words.done()
    target, source = instruction.operands
    if isinstance(target, Vector):
        return _unpack(builder, instruction, target, kind)
    if isinstance(source, Vector):
        return _pack(builder, instruction, source, kind)
    read = builder.values(source, kind, instruction) if kind.kind == "pred" else None
    row = builder.array(source, kind, instruction) if read is None else None
    write = builder.writer(target, kind, instruction)
    if row is not None:
        return lambda lanes: write(row, lanes)
    assert read is not None
    return lambda lanes: write(read(), lanes)


def _part(vector: Vector, kind: Type, instruction: Instruction) -> Type:
    width = kind.bits // len(vector.items)
    if kind.kind != "b" or width < 8 or width * len(vector.items) != kind.bits:
        raise unknown(f"{len(vector.items)} parts of {kind.name}", instruction)
    return TYPES[f"b{width}"]


def _unpack(builder: Builder, instruction: Instruction, target: Vector, kind: Type) -> Step:
    part = _part(target, kind, instruction)
    row = builder.array(instruction.operands[1], kind, instruction)
    writes = [builder.writer(item, part, instruction) for item in target.items]

    def step(lanes: Lanes) -> None:
        parts = np.ascontiguousarray(row).view(part.dtype).reshape(-1, len(writes)).copy()
        for place, write in enumerate(writes):
            write(parts[:, place], lanes)

    return step


def _pack(builder: Builder, instruction: Instruction, source: Vector, kind: Type) -> Step:
    part = _part(source, kind, instruction)
    rows = [builder.array(item, part, instruction) for item in source.items]
    write = builder.writer(instruction.operands[0], kind, instruction)
    return lambda lanes: write(np.stack(rows, 1).view(kind.dtype)[:, 0], lanes)


@operation("createpolicy", forms=".fractional .L2::evict_*; policies have no effect")
def _policy(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.flag("fractional", "L2::evict_first", "L2::evict_last", "L2::evict_normal", "L2::evict_unchanged")
    write = builder.writer(instruction.operands[0], words.type(), instruction)
    words.done()
    return lambda lanes: write(np.zeros(lanes.mask.size, np.uint64), lanes)


@operation("prefetch", "griddepcontrol", forms="prefetch .global .L1 .L2; griddepcontrol .wait .launch_dependents: no effect", writes=False)
def _nothing(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.flag(*(("global", "L1", "L2") if instruction.opcode == "prefetch" else ("wait", "launch_dependents")))
    words.done()
    return lambda lanes: None
