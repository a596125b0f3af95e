"""Applies each model's planned precision to its phases: `w-a8` quantises the rows that go into quantised weights.

Where all users of some rows want them quantised, the operator that makes them writes them so; else an `llm.quantise` is added.
All other precisions leave the rows in f32.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from intarsia.ir.module import Module, attribute, attributes_of, element, rows, set_attributes, walk, width
from intarsia.ir.passes.rewrite import insert_before, producer, users, weight_type

BLOCK = 32
"""Elements that share a scale."""

QUANTISED = ("q8_0", "q4_0", "q4_1", "q4_k", "q6_k")

WRITES_QUANTISED = ("llm.rmsnorm", "llm.layernorm", "llm.attention", "llm.glu", "llm.activate", "llm.matmul")
"""Operators that can write i8 rows themselves (a matmul only without a residual, attention only with heads of whole blocks)."""


def run(module: Module) -> Module:
    """A copy in which the phases of each model have the precision of its `plan.deploy`."""
    module = module.clone()
    for deploy in module.ops("plan.deploy"):
        symbol, precision = attribute(deploy, "model"), attribute(deploy, "precision")
        for phase in module.ops("llm.phase"):
            if attribute(phase, "model") == symbol:
                set_attributes(phase, precision=precision)
                if precision == "w-a8":
                    _quantise_rows(phase)
    return module.verify()


def _quantise_rows(phase: Any) -> None:
    for value in list(_wanted(phase)):
        takers = [user for user in users(value) if _takes_quantised(user, value)]
        if len(takers) == len(users(value)) and _can_write(producer(value)):
            _retype(producer(value))
        else:
            _insert_quantise(value, takers)


def _wanted(phase: Any) -> Iterator[Any]:
    """Each f32 value that some quantised matmul takes, once."""
    seen: list[Any] = []
    for matmul in walk(phase, "llm.matmul"):
        value = matmul.operands[0]
        if value not in seen and element(value) == "f32" and width(value) % BLOCK == 0 and _takes_quantised(matmul, value):
            seen.append(value)
    yield from seen


def _takes_quantised(op: Any, value: Any) -> bool:
    """Whether `op` multiplies the rows `value`, used for nothing else in it, by weights that are quantised in blocks."""
    if op.name != "llm.matmul" or op.operands[0] != value or value in list(op.operands)[1:]:
        return False
    return all(weight_type(op, name) in QUANTISED for name in attribute(op, "weights"))


def _can_write(op: Any | None) -> bool:
    if op is None or op.name not in WRITES_QUANTISED:
        return False
    if op.name == "llm.matmul":
        return len(op.operands) == 1
    return op.name != "llm.attention" or bool(attribute(op, "head_dim") % BLOCK == 0)


def _i8(value: Any) -> str:
    return rows(width(value), "i8")


def _retype(op: Any) -> None:
    """`op` again with an i8 result."""
    made = insert_before(op, op.name, list(op.operands), [_i8(op.results[0])], **attributes_of(op))
    op.results[0].replace_all_uses_with(made)
    op.erase()


def _insert_quantise(value: Any, takers: list[Any]) -> None:
    """`llm.quantise` before the first of `takers`, all in one block after `value`."""
    for block in dict.fromkeys(taker.block for taker in takers):
        inside = [taker for taker in takers if taker.block == block]
        order = [op.operation for op in block.operations]
        quantised = insert_before(min(inside, key=order.index), "llm.quantise", [value], [_i8(value)])
        for taker in inside:
            taker.operands[0] = quantised
