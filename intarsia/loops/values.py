"""Values of loops in LLVM's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from intarsia.loops.kinds import Held, Kind, Struct

WHOLE, REAL, TRUTH, ADDRESS = ir.IntType(64), ir.DoubleType(), ir.IntType(1), ir.PointerType()
SCALARS = {int: WHOLE, float: REAL, bool: TRUTH}
STORED = {"float64": REAL, "float32": ir.FloatType(), "int64": WHOLE, "uint16": ir.IntType(16), "uint8": ir.IntType(8)}
"""Elements of arrays; those that are shorter become 64 bits when they are read, and are cut when they are written."""


@dataclass(frozen=True)
class Value:
    """Something of a kind: a number's value, an array's address and lengths, or those of a tuple's fields one after the other."""

    kind: Kind
    parts: tuple[Any, ...]


def types_of(kind: Kind) -> list[Any]:
    """Of the parts of a value."""
    if isinstance(kind, Held):
        return [ADDRESS, *[WHOLE] * kind.axes]
    if isinstance(kind, Struct):
        return [type_ for field in kind.kinds for type_ in types_of(field)]
    return [SCALARS[kind]]


def result_of(kind: Kind | None) -> Any:
    """LLVM's type of what a function gives: a struct where it is several values."""
    types = types_of(kind) if kind else []
    return ir.LiteralStructType(types) if len(types) > 1 else types[0] if types else ir.VoidType()


def together(made: Any, values: Sequence[Value]) -> Value:
    """A named tuple's value of its fields' values."""
    return Value(Struct(made, tuple(value.kind for value in values)), tuple(part for value in values for part in value.parts))
