"""An MLIR dialect, made from its table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from intarsia.ir.bindings import ext, ir
from intarsia.ir.checks import check, check_regions
from intarsia.ir.spec import DEFINED, OpSpec


def define(name: str, specs: Sequence[OpSpec], types: dict[str, dict[str, type]]) -> type:
    """An MLIR dialect from its table. `types` maps a type's name to its parameters (name -> attribute class)."""
    dialect = type(ext.Dialect)(name, (ext.Dialect,), {}, name=name)
    for type_name, parameters in types.items():
        type(dialect.Type)(type_name, (dialect.Type,), {"__annotations__": parameters}, name=type_name)
    for spec in specs:
        _define_op(dialect, spec)
    DEFINED.update({f"{name}.{spec.name}": spec for spec in specs})
    return dialect


def _define_op(dialect: Any, spec: OpSpec) -> None:
    fields: dict[str, Any] = _values("input", spec.operands, ext.Operand) | _values("output", spec.results, ext.Result)
    for index in range(spec.regions):
        fields[f"body{index}" if spec.regions > 1 else "body"] = ext.Region
    traits = [ir.IsTerminatorTrait] if spec.terminator else []

    def verify(op: Any) -> bool:
        return _report(op, check(spec, op.operation))

    def verify_regions(op: Any) -> bool:
        return _report(op, check_regions(spec, op.operation))

    members = {
        "__annotations__": fields,
        "__doc__": spec.summary,
        "verify_invariants": staticmethod(verify),
        "verify_region_invariants": staticmethod(verify_regions),
    }
    type(dialect.Operation)(spec.name.title().replace("_", ""), (dialect.Operation,), members, name=spec.name, traits=traits)


def _values(name: str, bounds: tuple[int, int], field: Any) -> dict[str, Any]:
    """Each value that must be there has a field of its own, so that its type is its own; the rest share one."""
    least, most = bounds
    fields: dict[str, Any] = {f"{name}{i}": field[Any] for i in range(least)}
    return fields | ({f"{name}s": Sequence[field[Any]]} if most > least else {})


def _report(op: Any, wrong: str | None) -> bool:
    if wrong is None:
        return True
    operation = op.operation if hasattr(op, "operation") else op
    operation.location.emit_error(f"'{operation.name}' {wrong}")
    return False
