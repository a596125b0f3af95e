"""What each model of a module brings to planning: costs by precision, and how much memory a row of activations takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from intarsia.cost_models.cost import StepCosts
from intarsia.cost_models.phases import PhaseCosts
from intarsia.cost_models.tasks import FormulaCosts
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Builder, Module, Symbol, attribute, walk
from intarsia.ir.passes import fuse, narrow, precision
from intarsia.planner.facts import Facts
from intarsia.planner.memory.arena import plan_arena
from intarsia.planner.variants import ModelFacts, precisions

PROBE_ROWS = 64


def read(module: Module, facts: Facts) -> dict[str, ModelFacts]:
    """By symbol, every model of a module of stage ops."""
    dtypes = {attribute(op, "sym_name"): _matrix_dtypes(op) for op in module.ops("llm.model")}
    bare = {name: ModelFacts(name, config, {}, dtypes[name]) for name, config in facts.models.items()}
    offered = {p for model in bare.values() for fleet in facts.fleet for p in precisions(model, fleet, facts.wishes)}
    by_rows = {quantised: _lowered(module, bare, quantised, facts) for quantised in {p == "w-a8" for p in offered}}
    lowered = {p: by_rows[p == "w-a8"] for p in sorted(offered)}
    return {name: _model(name, config, lowered, dtypes[name], facts) for name, config in facts.models.items()}


def _lowered(module: Module, names: Iterable[str], quantised: bool, facts: Facts) -> Module:
    """Phases with int8 rows or without: precisions differ in nothing else that phases show."""
    return with_precisions(module, dict.fromkeys(names, "w-a8" if quantised else "w-a32"), facts.fleet[0].symbol)


def with_precisions(module: Module, chosen: dict[str, str], device: str) -> Module:
    """A copy whose phases have the precisions `chosen` by model, and are fused, as if they had been deployed so."""
    draft = module.clone()
    builder = Builder(draft)
    for model, name in chosen.items():
        builder.op(
            "plan.deploy", model=Symbol(model), device=Symbol(device), precision=name, threads=1, policy="", page_tokens=16, kv_pages=0,
            kv_dtype="f16", max_batch_tokens=1, max_sequences=1,
        )  # fmt: skip
    return lower(draft)


def lower(module: Module) -> Module:
    """The phases with the precision of their `plan.deploy`, fused, and as narrow as that precision has them."""
    return narrow.run(fuse.run(precision.run(module)))


def _matrix_dtypes(model: Any) -> frozenset[str]:
    """Stored types of the weights that matmuls read."""
    return frozenset(attribute(w, "dtype") for w in walk(model, "llm.weight") if len(attribute(w, "shape")) > 1)


def _model(name: str, config: ModelConfig, lowered: dict[str, Module], dtypes: frozenset[str], facts: Facts) -> ModelFacts:
    costs = {p: _costs(name, config, module, facts) for p, module in lowered.items()}
    rows = {(p, attribute(phase, "kind")): _row_bytes(phase) for p, module in lowered.items() for phase in planned_phases(module, name)}
    return ModelFacts(name, config, costs, dtypes, rows)


def _costs(name: str, config: ModelConfig, module: Module, facts: Facts) -> StepCosts:
    by_operator = PhaseCosts.of(module, name)
    if by_operator.phases:
        return by_operator
    formulas = {task.phase: task.resources for task in facts.tasks_of(name) if task.phase}
    return FormulaCosts(config, formulas, by_operator.stored_bytes, by_operator.weights)


def planned_phases(module: Module, model: str) -> list[Any]:
    """The phases of a model that are made of operators."""
    return [p for p in module.ops("llm.phase") if attribute(p, "model") == model and "function" not in p.attributes]


def _row_bytes(phase: Any) -> tuple[float, float]:
    """Arena bytes for a row, and for a selected one."""
    return plan_arena(phase, PROBE_ROWS, 0).bytes / PROBE_ROWS, plan_arena(phase, 0, PROBE_ROWS).bytes / PROBE_ROWS
