"""A dialect is a table: one `OpSpec` per operation says what it takes, and `define.py` makes an MLIR dialect of it.

The tables in `dialects/` are the grammar. The verifier (`checks.py`), the builder and the page of documentation for each level (`grammar.py`)
all read them, so the three cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from intarsia.ir.attributes import Symbol, from_attribute
from intarsia.ir.bindings import ir

Rule = Callable[["OpFacts"], "str | None"]
"""Checks one operation: the sentence that says what to change, or None when all is well."""

KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "dict": (dict,),
    "list": (list,),
    "symbol": (Symbol,),
}

MANY = 1 << 30

TOP = ("builtin.module",)
"""The parent of an operation that stands at the top of a module."""


@dataclass(frozen=True)
class OpSpec:
    """One operation. `required` and `optional` map attribute names to a kind of `KINDS` (or "list[kind]").

    `operands` and `results` are inclusive (least, most) counts; `rules` run after the table's own checks pass.
    """

    name: str
    summary: str
    operands: tuple[int, int] = (0, 0)
    results: tuple[int, int] = (0, 0)
    regions: int = 0
    required: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    terminator: bool = False
    parents: tuple[str, ...] = ()
    ends_with: str = ""


DEFINED: dict[str, OpSpec] = {}
"""Every operation of the dialects defined so far, by its full name."""
UPSTREAM = ("shard.sharding", "shard.shard")
"""Operations of upstream dialects that may stand among ours: how a phase's values are split over devices."""


@dataclass(frozen=True)
class OpFacts:
    """What a rule sees of an operation: plain attribute values, and the operation itself."""

    op: Any
    attrs: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.op.name)

    @property
    def module(self) -> Any:
        """The nearest enclosing module (while parsing, that one has a parent of its own)."""
        op = self.op
        while op.parent is not None and op.name != "builtin.module":
            op = op.parent.operation
        return op

    def symbols(self, op_name: str) -> set[str]:
        """`sym_name`s of the operations called `op_name` at the top of the module."""
        body = self.module.regions[0].blocks
        return {
            other.attributes["sym_name"].value
            for block in body
            for other in block.operations
            if other.operation.name == op_name and isinstance(other.attributes.get("sym_name"), ir.StringAttr)
        }


def walk(op: Any, *names: str) -> Iterator[Any]:
    """The operations inside `op` (called one of `names`, where there are any), outer before inner."""
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                operation = inner.operation
                if not names or operation.name in names:
                    yield operation
                yield from walk(operation, *names)


def attributes_of(op: Any) -> dict[str, Any]:
    """All attributes of an operation as plain Python values."""
    return {name: from_attribute(attribute) for name, attribute in op.attributes.items()}
