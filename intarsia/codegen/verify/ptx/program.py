"""A parsed kernel: frozen records of what the text says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Register:
    """A virtual register, or a special one (%tid.x). `negated`: read as its complement (!%p1)."""

    name: str
    negated: bool = False


@dataclass(frozen=True)
class Immediate:
    """A constant: an integer, or the bits of a float (`float_bits` 32 or 64; 0 for an integer)."""

    value: int
    float_bits: int = 0


@dataclass(frozen=True)
class Symbol:
    """A variable, parameter or label."""

    name: str


@dataclass(frozen=True)
class Vector:
    """{a, b, ...}"""

    items: tuple[Operand, ...]


@dataclass(frozen=True)
class Address:
    """[base + offset], the offset in bytes; of a tensor [base, {x, y}], with the coordinates of a box, innermost first."""

    base: Register | Symbol | Immediate
    offset: int
    coordinates: tuple[Operand, ...] = ()


@dataclass(frozen=True)
class Pair:
    """d|p: two destinations."""

    first: Register
    second: Register


@dataclass(frozen=True)
class Sink:
    """_: nothing is kept."""


Operand = Register | Immediate | Symbol | Vector | Address | Pair | Sink


@dataclass(frozen=True)
class Instruction:
    """One instruction: `opcode` (add), `modifiers` (rn, f32), `operands`, and a guard (@%p1, @!%p1). `line` is 1-based; `target` is a branch's, as an index of instructions."""

    opcode: str
    modifiers: tuple[str, ...]
    operands: tuple[Operand, ...]
    guard: Register | None
    line: int
    text: str
    source: str = ""
    target: int = -1


@dataclass(frozen=True)
class Parameter:
    """`type` of a scalar (u64, f32), or b8 with `size` bytes of an aggregate."""

    name: str
    type: str
    size: int


@dataclass(frozen=True)
class Variable:
    """A variable in `space` (shared, local, const, global); `size` 0 bytes: its size comes with the launch. `data` are initial values."""

    name: str
    space: str
    align: int
    size: int
    data: bytes = b""


@dataclass(frozen=True, eq=False)
class Kernel:
    """One entry of a module; it equals itself alone. `registers` maps names to their declared type (b32, pred)."""

    name: str
    target: str
    parameters: tuple[Parameter, ...]
    variables: tuple[Variable, ...]
    registers: dict[str, str]
    instructions: tuple[Instruction, ...]
    threads: int = 0
    """Threads of a block by .reqntid; 0 where the text doesn't say."""
    most_threads: int = 0
    """The bound by .maxntid; 0 for none."""
    labels: frozenset[int] = field(default_factory=frozenset)
    """Instructions that a label stands before."""
