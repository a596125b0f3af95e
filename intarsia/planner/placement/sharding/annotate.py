"""Writes a sharding into the module with the upstream dialect `shard`: a grid of devices, and for each value how it lies and how its users take it.

    %0 = "llm.rmsnorm"(%x)                                      %0 = "llm.rmsnorm"(%x)
    %1 = "llm.matmul"(%0)                            ->         %s = shard.sharding @devices split_axes = [[]]
                                                                %a = shard.shard %0 to %s
                                                                %u = shard.shard %a to %s annotate_for_users
                                                                %1 = "llm.matmul"(%u) {plan.weights_split = "outputs"}

Weights are named, not values, so an operator's note says how its own are split.
"""

from __future__ import annotations

from typing import Any

from intarsia.errors import IRError
from intarsia.ir import bindings
from intarsia.ir.bindings import ir
from intarsia.ir.module import Module, attribute, set_attributes
from intarsia.planner.placement.sharding.graph import COLUMNS, ROWS, WHOLE
from intarsia.planner.placement.sharding.solve import Sharding

GRID = "devices"
AXES = {WHOLE: "[[]]", ROWS: "[[0]]", COLUMNS: "[[], [0]]"}
"""The grid's axes that each dimension of a value is split over."""
WEIGHTS = {"outputs": "outputs", "inputs": "inputs", "inputs, rows": "inputs", "inputs, columns": "inputs", "words": "words", "experts": "experts", "experts, rows": "experts"}
"""How a way splits its operator's weights; others keep them whole."""


def annotate(module: Module, phase_name: str, found: Sharding) -> Module:
    """A copy of the module with the sharding of the phase `phase_name` written into it. Raises IRError where the phase isn't the one that was sharded."""
    made = module.clone()
    phase = made.find("llm.phase", phase_name)
    with bindings.LOCK, bindings.context(), ir.Location.unknown():
        _grid(made, found.graph.devices)
        ops = list(_in_order(phase.regions[0].blocks[0]))
        carried: dict[int, int] = {}
        for n, node in enumerate(found.graph.nodes):
            if node.op >= 0:
                if node.op >= len(ops):
                    raise IRError(f"{phase_name} has {len(ops)} operators, the sharding one more at least", mend="annotate the module that was sharded")
                if ops[node.op].name == "llm.repeat":
                    place = carried[node.op] = carried.get(node.op, -1) + 1
                    _argument(ops[node.op], place, node.by_name[found.chosen[n]].gives)
                else:
                    _operator(ops[node.op], found, n)
    return made.verify()


def _grid(module: Module, devices: int) -> None:
    """The grid of devices, once a module. Raises IRError where there is one of another size."""
    for op in module.ops("shard.grid"):
        if attribute(op, "sym_name") == GRID:
            if str(op.attributes["shape"]) != str(ir.DenseI64ArrayAttr.get([devices])):
                raise IRError(f"the module has a grid @{GRID} of another shape", mend="shard all phases over as many devices")
            return
    attributes = {"sym_name": ir.StringAttr.get(GRID), "shape": ir.DenseI64ArrayAttr.get([devices])}
    with ir.InsertionPoint.at_block_begin(module.body):
        ir.Operation.create("shard.grid", attributes=attributes)


def _in_order(block: Any) -> list[Any]:
    """Operators as build.py walks them: a repeat, then those inside."""
    found: list[Any] = []
    for op in block.operations:
        found.append(op.operation)
        if op.operation.name == "llm.repeat":
            found += _in_order(op.operation.regions[0].blocks[0])
    return found


def _operator(op: Any, found: Sharding, n: int) -> None:
    """Annotations of an operator's activations (token numbers lie everywhere), and the note of its weights."""
    way = found.graph.nodes[n].by_name[found.chosen[n]]
    with ir.InsertionPoint(op):
        for place, value in enumerate(list(op.operands)):
            if op.name != "llm.embed":
                op.operands[place] = _shard(value, way.takes[place], for_users=True)
    if op.name in ("llm.matmul", "llm.embed", "llm.moe_experts"):
        set_attributes(op, **{"plan.weights_split": WEIGHTS.get(way.name, "outputs" if op.name == "llm.embed" and way.name == COLUMNS else "none")})
    for value in op.results:
        _given(ir.InsertionPoint.after(op), value, way.gives)


def _argument(op: Any, place: int, layout: str) -> None:
    """What layers carry lies alike before the first, between them and after the last."""
    last = list(op.regions[0].blocks[0].operations)[-1].operation
    for user in (op, last):
        with ir.InsertionPoint(user):
            user.operands[place] = _shard(user.operands[place], layout, for_users=True)
    block = op.regions[0].blocks[0]
    _given(ir.InsertionPoint.at_block_begin(block), block.arguments[place], layout)
    _given(ir.InsertionPoint.after(op), op.results[place], layout)


def _given(after: Any, value: Any, layout: str) -> None:
    """A value, annotated where it is made, for all its users."""
    uses = [(use.owner, use.operand_number) for use in value.uses]
    with after:
        annotated = _shard(value, layout, for_users=False)
    for user, place in uses:
        user.operands[place] = annotated


def _shard(value: Any, layout: str, *, for_users: bool) -> Any:
    """`value` annotated, at the insertion point."""
    sharding = ir.Operation.create(
        "shard.sharding", results=[ir.Type.parse("!shard.sharding")],
        attributes={
            "grid": ir.FlatSymbolRefAttr.get(GRID), "split_axes": ir.Attribute.parse(f"#shard<axisarray{AXES[layout]}>"), "static_halo_sizes": ir.DenseI64ArrayAttr.get([]),
            "static_sharded_dims_offsets": ir.DenseI64ArrayAttr.get([]), "operandSegmentSizes": ir.DenseI32ArrayAttr.get([0, 0]),
        },
    ).results[0]  # fmt: skip
    notes = {"annotate_for_users": ir.UnitAttr.get()} if for_users else {}
    return ir.Operation.create("shard.shard", results=[value.type], operands=[value, sharding], attributes=notes).results[0]
