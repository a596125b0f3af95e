"""The four dialects, one table each: `agent` (the graph), `llm` (tasks and operators), `plan` (facts and choices), `pipe` (one device's pipeline)."""

from __future__ import annotations

from typing import Any

from intarsia.ir.bindings import adopt
from intarsia.ir.define import define
from intarsia.ir.dialects import agent, llm, pipe, plan
from intarsia.ir.spec import OpSpec

TABLES: dict[str, tuple[list[OpSpec], dict[str, dict[str, type]]]] = {
    "agent": (agent.OPS, agent.TYPES),
    "llm": (llm.OPS, llm.TYPES),
    "plan": (plan.OPS, plan.TYPES),
    "pipe": (pipe.OPS, pipe.TYPES),
}

_dialects: dict[str, Any] = {}


def load_all() -> None:
    """Load every dialect in the current MLIR context. Call it under `bindings.LOCK`."""
    for name, (specs, types) in TABLES.items():
        if name not in _dialects:
            _dialects[name] = define(name, specs, types)
        _dialects[name].load()
        adopt(name)


def spec_of(op_name: str) -> OpSpec | None:
    """The table entry of `"dialect.operation"`, or None for an upstream operation."""
    dialect, _, name = op_name.partition(".")
    specs = TABLES.get(dialect, ([], {}))[0]
    return next((spec for spec in specs if spec.name == name), None)
