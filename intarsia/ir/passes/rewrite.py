"""What rewriting passes share: looking along values, replacing operations, and running a table of patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from intarsia.ir import bindings
from intarsia.ir.attributes import to_attribute
from intarsia.ir.bindings import ir
from intarsia.ir.module import Module, attribute, walk

Rewrite = Callable[[Any], None]


@dataclass(frozen=True)
class Pattern:
    """Tries `rewrite` at every operation called `anchor`; it may erase any operations but other anchors."""

    name: str
    anchor: str
    rewrite: Rewrite


def apply(module: Module, patterns: Sequence[Pattern]) -> None:
    """Each pattern in turn over all phases, in place."""
    for pattern in patterns:
        for phase in module.ops("llm.phase"):
            for op in list(walk(phase, pattern.anchor)):
                pattern.rewrite(op)


def producer(value: Any, name: str = "") -> Any | None:
    """The operation (called `name`) that makes `value`; None for another one, or a block's argument."""
    owner = value.owner
    if isinstance(owner, ir.Block):
        return None
    operation = owner.operation
    return operation if name in ("", operation.name) else None


def users(value: Any) -> list[Any]:
    """The operations that use `value`, one entry a use."""
    return [use.owner.operation for use in value.uses]


def used_once(value: Any) -> bool:
    """Whether exactly one operand is `value`."""
    return len(list(value.uses)) == 1


def block_of(value: Any) -> Any:
    """The block in which `value` is made."""
    owner = value.owner
    return owner if isinstance(owner, ir.Block) else owner.operation.block


def position(op: Any) -> int:
    """The place of `op` in its block."""
    return next(i for i, other in enumerate(op.block.operations) if other.operation == op)


def insert_before(op: Any, name: str, operands: Sequence[Any], results: Sequence[Any], **attributes: Any) -> Any:
    """A new operation before `op`, at its location; gives its one result. `results` are types, as text or MLIR's; None attributes are left out."""
    with bindings.context(), op.location, ir.InsertionPoint(op):
        made = ir.Operation.create(
            name,
            results=[ir.Type.parse(kind) if isinstance(kind, str) else kind for kind in results],
            operands=list(operands),
            attributes={key: to_attribute(value) for key, value in attributes.items() if value is not None},
        )
    return made.results[0]


def replace(op: Any, name: str, operands: Sequence[Any], **attributes: Any) -> Any:
    """`op` by a new operation with a result of the same type; gives that."""
    made = insert_before(op, name, operands, [op.results[0].type], **attributes)
    op.results[0].replace_all_uses_with(made)
    op.erase()
    return made


def weight_type(op: Any, name: str) -> str:
    """The type of the weight `name` in the layers that `op` of a phase runs for; "" when the model has none."""
    place, layer = op, 0
    while place.name != "llm.phase":
        layer = attribute(place, "first") if place.name == "llm.repeat" else layer
        place = place.parent.operation
    for weight in walk(_model_of(place), "llm.weight"):
        layers = attribute(weight, "layers")
        if attribute(weight, "name") == name and (layers is None or layer in layers):
            return str(attribute(weight, "dtype"))
    return ""


def _model_of(phase: Any) -> Any:
    symbol = attribute(phase, "model")
    tops = (op.operation for op in phase.block.operations)
    return next(op for op in tops if op.name == "llm.model" and attribute(op, "sym_name") == symbol)


def erase(*ops: Any) -> None:
    """Operations without users, the last of a chain first."""
    for op in ops:
        op.erase()
