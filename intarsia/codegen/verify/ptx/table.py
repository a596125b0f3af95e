"""The table of instructions: each opcode with the function that makes a step of it. The files in `operations/` fill it, by family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.program import Address, Instruction, Operand, Pair, Register, Vector

if TYPE_CHECKING:
    from intarsia.codegen.verify.ptx.builder import Builder

Step = Callable[[Lanes], None]
Build = Callable[["Builder", Instruction], Step]


@dataclass(frozen=True)
class Operation:
    """One opcode. `writes`: it has a destination, its first operand. `sink`: what it reads must be defined, since it leaves the registers (memory, control, a
    tensor core). `convergent`: the warp's threads must run it together. `forms` says what the emulator knows of it, in a line for the manual."""

    opcode: str
    build: Build
    forms: str
    writes: bool = True
    sink: bool = False
    convergent: bool = False


OPERATIONS: dict[str, Operation] = {}


def operation(*opcodes: str, forms: str, writes: bool = True, sink: bool = False, convergent: bool = False) -> Callable[[Build], Build]:
    """Puts a function that makes steps into the table."""

    def put(build: Build) -> Build:
        for opcode in opcodes:
            OPERATIONS[opcode] = Operation(opcode, build, forms, writes, sink, convergent)
        return build

    return put


def find(instruction: Instruction) -> Operation:
    """The instruction's row. Raises UnsupportedError, naming line and instruction, where there is none."""
    try:
        return OPERATIONS[instruction.opcode]
    except KeyError:
        raise unknown(f"the instruction {instruction.opcode!r} is not known", instruction) from None


def written(instruction: Instruction) -> list[str]:
    """Names of the registers that an instruction writes."""
    if not find(instruction).writes or not instruction.operands or isinstance(instruction.operands[0], Address):
        return []
    return list(names(instruction.operands[0]))


def read(instruction: Instruction) -> list[str]:
    """Names of the registers that it reads, its guard included."""
    first = instruction.operands[:1]
    sources = instruction.operands[1:] if find(instruction).writes else instruction.operands
    if instruction.opcode == "wgmma" or (first and isinstance(first[0], Address)):
        sources = instruction.operands
    found = [name for operand in sources for name in names(operand)]
    return found + ([instruction.guard.name] if instruction.guard else [])


def names(operand: Operand) -> Iterator[str]:
    """Names of the registers in an operand."""
    if isinstance(operand, Register):
        yield operand.name
    elif isinstance(operand, Vector):
        for item in operand.items:
            yield from names(item)
    elif isinstance(operand, Pair):
        yield from (operand.first.name, operand.second.name)
    elif isinstance(operand, Address):
        yield from names(operand.base)
        for item in operand.coordinates:
            yield from names(item)


def manual() -> list[str]:
    """Rows of the manual's table: instructions that share a line of `forms` stand together."""
    together: dict[str, list[str]] = {}
    for one in OPERATIONS.values():
        together.setdefault(one.forms, []).append(f"`{one.opcode}`")
    return [f"| {' '.join(opcodes)} | {forms} |" for forms, opcodes in together.items()]
