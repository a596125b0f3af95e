"""Narrows the rows of phases whose `plan.deploy` says `w-a16` to bf16: what tensor cores multiply. After fusion, because fused operators have fewer rows.

So it does for 8-bit floats, which such rows become just before a product.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from intarsia.ir.bindings import ir
from intarsia.ir.module import Module, attribute, element, rows, width
from intarsia.ir.weights import EIGHT_BITS

NARROW = ("w-a16", *EIGHT_BITS)
WIDE = ("llm.moe_route",)
"""Operators whose results stay f32: few numbers, which weigh or count."""


def run(module: Module) -> Module:
    """A copy in which all f32 rows of such phases are bf16, but for what they return: logits are sampled from in f32."""
    module = module.clone()
    for deploy in module.ops("plan.deploy"):
        if attribute(deploy, "precision") in NARROW:
            for phase in module.ops("llm.phase"):
                if attribute(phase, "model") == attribute(deploy, "model"):
                    _narrow(phase)
    return module.verify()


def _narrow(phase: Any) -> None:
    blocks = list(_blocks(phase))
    kept = set(list(blocks[0].operations)[-1].operation.operands) if blocks else set()
    for block in blocks:
        made = [value for op in block.operations for value in op.operation.results if op.operation.name not in WIDE]
        for value in [*block.arguments, *made]:
            if element(value) == "f32" and value not in kept:
                value.set_type(ir.Type.parse(rows(width(value), "bf16"), value.context))


def _blocks(op: Any) -> Iterator[Any]:
    for region in op.regions:
        for block in region.blocks:
            yield block
            for inner in block.operations:
                yield from _blocks(inner.operation)
