"""Makes steps of instructions: operands become views of registers once, so that running an instruction is a call or two of NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx import floats
from intarsia.codegen.verify.ptx.bulk import Bulk
from intarsia.codegen.verify.ptx.copies import Copies
from intarsia.codegen.verify.ptx.counters import Counters
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.global_memory import GlobalMemory
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.matrix_reads import MatrixReads
from intarsia.codegen.verify.ptx.program import Address, Immediate, Instruction, Operand, Pair, Register, Sink, Symbol, Vector
from intarsia.codegen.verify.ptx.registers import Registers
from intarsia.codegen.verify.ptx.shared_memory import SharedMemory
from intarsia.codegen.verify.ptx.types import PACKED, TYPES, UNSIGNED, Array, Type

Read = Callable[[], Array]
Write = Callable[[Array, Lanes], None]


class Modifiers:
    """The dotted words of an instruction, taken one after another; what nobody took is unknown."""

    def __init__(self, instruction: Instruction) -> None:
        self.instruction = instruction
        self.left = list(instruction.modifiers)

    def flag(self, *names: str) -> bool:
        """Takes all of these that are there; says whether any was."""
        found = [word for word in self.left if word in names]
        self.left = [word for word in self.left if word not in names]
        return bool(found)

    def choice(self, *names: str, default: str | None = None) -> str:
        """Takes the one of these that is there, the first in the text."""
        for word in self.left:
            if word in names:
                self.left.remove(word)
                return word
        if default is None:
            raise unknown(f"one of .{', .'.join(names)} is missing, or another modifier stands in its place", self.instruction)
        return default

    def type(self) -> Type:
        """Takes the type, which stands last."""
        return TYPES[self._last(TYPES)]

    def types(self, count: int) -> list[Type]:
        """Takes the last `count` types, in the order of the text."""
        return [self.type() for _ in range(count)][::-1]

    def packed(self) -> str:
        """Takes a type of two values in one register, or gives an empty name where there is none."""
        return self._last(PACKED) if self.left and self.left[-1] in PACKED else ""

    def _last(self, known: dict[str, Type]) -> str:
        if not self.left or self.left[-1] not in known:
            raise unknown(f"its type .{self.left[-1] if self.left else ''} is not known here", self.instruction)
        return self.left.pop()

    def done(self) -> None:
        """Raises UnsupportedError where a modifier is left."""
        if self.left:
            raise unknown(f"the modifier .{self.left[0]} of {self.instruction.opcode!r} is not known", self.instruction)


@dataclass
class State:
    """What a group of CTAs has: registers, memories, special registers, where variables lie, and the kernel's parameters as bytes. `defined` holds, for each watched
    register and thread, a one for each bit that is defined (definedness.py); `taken`, the registers that each thread asked for, 0 before."""

    registers: Registers
    memory: GlobalMemory
    shared: SharedMemory
    copies: Copies
    matrix_reads: MatrixReads
    bulk: Bulk
    special: dict[str, Array]
    symbols: dict[str, tuple[str, int]]
    parameters: dict[str, bytes]
    counters: Counters
    defined: dict[str, Array]
    local: Array
    taken: Array

    @property
    def threads(self) -> int:
        return self.special["%laneid"].size


class Builder:
    """Access to operands, as views that stay valid while the kernel runs."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._constants: dict[tuple[int, Any], Array] = {}

    # ---- reading

    def array(self, operand: Operand, kind: Type, instruction: Instruction) -> Array:
        """The bits of an operand in the type's dtype: a view of a register, or a constant for every thread."""
        if isinstance(operand, Immediate):
            return self.constant(self._immediate(operand, kind, instruction), kind.dtype)
        if isinstance(operand, Register) and not operand.negated:
            return self._narrow(self._row(operand, instruction), kind, instruction)
        if isinstance(operand, Symbol) and operand.name in self.state.symbols:
            return self.constant(self.state.symbols[operand.name][1], kind.dtype)
        raise unknown(f"its operand {operand} cannot be read", instruction)

    def values(self, operand: Operand, kind: Type, instruction: Instruction) -> Read:
        """A function that gives an operand's numbers."""
        if isinstance(operand, Register) and operand.negated:
            row = self._row(operand, instruction)
            return lambda: ~row
        row = self.array(operand, kind, instruction)
        if kind.kind != "coded":
            return lambda: row
        return lambda: floats.decode(row, kind.name)

    def constant(self, bits: int, dtype: Any) -> Array:
        """The same bits for every thread."""
        key = bits, dtype
        if key not in self._constants:
            width = np.dtype(dtype).itemsize
            one = np.frombuffer((bits % (1 << 8 * width)).to_bytes(width, "little"), np.bool_ if dtype is np.bool_ else dtype)
            self._constants[key] = np.repeat(one, self.state.threads)
        return self._constants[key]

    def _immediate(self, operand: Immediate, kind: Type, instruction: Instruction) -> int:
        if operand.float_bits == 64 and kind.bits == 32 and kind.floating:
            return int(np.array([operand.value], np.uint64).view(np.float64).astype(np.float32).view(np.uint32)[0])
        if operand.float_bits and operand.float_bits != kind.bits:
            raise unknown(f"a constant of {operand.float_bits} bits stands for one of {kind.bits}", instruction)
        return operand.value

    def _row(self, register: Register, instruction: Instruction) -> Array:
        if register.name in self.state.special:
            return self.state.special[register.name]
        if register.name not in self.state.registers.place:
            raise unknown(f"the register {register.name} is not declared, or a special register that the emulator lacks", instruction)
        return self.state.registers.row(register.name)

    def _narrow(self, row: Array, kind: Type, instruction: Instruction) -> Array:
        """A row as a type of at most its width: the low bits."""
        if kind.kind == "pred" or row.dtype == np.bool_:
            if kind.kind != "pred" or row.dtype != np.bool_:
                raise unknown("predicates and numbers don't mix", instruction)
            return row
        step = row.dtype.itemsize // kind.bytes
        if step == 0:
            raise unknown(f"a register of {8 * row.dtype.itemsize} bits is read as {kind.name}", instruction)
        return row.view(kind.dtype)[::step]

    # ---- writing

    def target(self, operand: Operand, kind: Type, instruction: Instruction) -> Array | None:
        """A destination that has exactly the type's width, as its dtype; None where it hasn't, or must be encoded."""
        if not isinstance(operand, Register) or kind.kind == "coded" or operand.name not in self.state.registers.place:
            return None
        row = self.state.registers.row(operand.name)
        same = row.dtype == np.bool_ if kind.kind == "pred" else row.dtype != np.bool_ and row.dtype.itemsize == kind.bytes
        return row.view(kind.dtype) if same else None

    def writer(self, operand: Operand, kind: Type, instruction: Instruction, saturate: bool = False) -> Write:
        """A function that puts numbers into a destination, rounded to the type, extended by its sign where the register is wider."""
        if isinstance(operand, Sink):
            return lambda values, lanes: None
        if not isinstance(operand, Register) or operand.name not in self.state.registers.place:
            raise unknown(f"its destination {operand} is no register", instruction)
        row = self.state.registers.row(operand.name)
        if (row.dtype == np.bool_) != (kind.kind == "pred") or (kind.kind != "pred" and row.dtype.itemsize < kind.bytes):
            raise unknown(f"a value of type {kind.name} does not fit {operand.name}", instruction)
        return _encoded(row, kind, saturate) if kind.kind == "coded" else _plain(row, kind)

    # ---- addresses

    def address(self, operand: Operand, instruction: Instruction) -> Read:
        """A function that gives addresses, uint64 or uint32."""
        if not isinstance(operand, Address):
            raise unknown(f"its operand {operand} is no address", instruction)
        if isinstance(operand.base, Register):
            row = self._row(operand.base, instruction)
            offset = self.constant(operand.offset, row.dtype.type)
            return (lambda: row + offset) if operand.offset else (lambda: row)
        base = self.state.symbols[operand.base.name][1] if isinstance(operand.base, Symbol) and operand.base.name in self.state.symbols else None
        if isinstance(operand.base, Immediate):
            base = operand.base.value
        if base is None:
            raise unknown(f"the variable {operand.base} is not known", instruction)
        fixed = self.constant(base + operand.offset, np.uint64)
        return lambda: fixed

    def items(self, operand: Operand) -> tuple[Operand, ...]:
        return operand.items if isinstance(operand, Vector) else (operand,)

    def pair(self, operand: Operand) -> tuple[Operand, Operand | None]:
        """d|p, or d alone."""
        return (operand.first, operand.second) if isinstance(operand, Pair) else (operand, None)

    def rows(self, operand: Operand, instruction: Instruction) -> tuple[Array, Any]:
        """A file of registers and the index of a vector's registers in it."""
        names = [item.name for item in self.items(operand) if isinstance(item, Register)]
        if len(names) != len(self.items(operand)) or any(name not in self.state.registers.place for name in names):
            raise unknown(f"its operand {operand} is no list of registers", instruction)
        return self.state.registers.rows(names)


def _plain(row: Array, kind: Type) -> Write:
    if kind.kind == "pred" or row.dtype.itemsize == kind.bytes:
        typed = row.view(kind.dtype)
        return lambda values, lanes: np.copyto(typed, values, where=lanes.where, casting="unsafe")

    def write(values: Array, lanes: Lanes) -> None:
        narrow = np.asarray(values).astype(kind.dtype, copy=False)
        np.copyto(row, narrow.view(UNSIGNED[kind.bits]) if kind.kind == "f" else narrow, where=lanes.where, casting="unsafe")

    return write


def _encoded(row: Array, kind: Type, saturate: bool) -> Write:
    return lambda values, lanes: np.copyto(row, floats.encode(values, kind.name, saturate), where=lanes.where, casting="unsafe")
