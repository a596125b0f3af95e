"""What a module costs and how much memory it takes, read from the module alone."""

from __future__ import annotations

import math
from typing import Any

from intarsia.ir.distributions import Distribution
from intarsia.ir.formula import evaluate
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Module, attribute, walk
from intarsia.ir.weights import stored_bytes


def weight_bytes(model: Any) -> int:
    """Bytes of a model's weights as stored (an `llm.model` operation)."""
    total = 0
    for weight in walk(model, "llm.weight"):
        copies = max(len(attribute(weight, "offsets", [])), len(attribute(weight, "layers", [])), 1)
        total += copies * stored_bytes(attribute(weight, "dtype"), math.prod(attribute(weight, "shape")))
    return total


def costs(module: Module) -> dict[str, Any]:
    """By model its parameters, by task its work at the workload's mean lengths, and the planner's estimates where there are any."""
    models = {attribute(op, "sym_name"): _model_facts(op) for op in module.ops("llm.model")}
    tasks = {attribute(op, "name"): _work(op, module) for op in module.ops() if "resources" in op.attributes}
    estimates = {attribute(op, "subject"): attribute(op, "metrics") for op in module.ops("plan.estimate")}
    places = {attribute(op, "task"): {k: attribute(op, k) for k in ("seconds", "joules", "dollars", "bound", "source")} for op in module.ops("plan.place")}
    return {"models": models, "tasks": tasks, "estimates": estimates, "placements": places}


def _model_facts(op: Any) -> dict[str, Any]:
    config = ModelConfig.from_dict(attribute(op, "config"))
    if config.family == "torch":
        return {"weight_bytes": weight_bytes(op)}
    return {"parameters": config.parameters(), "active_parameters": config.parameters(active=True), "weight_bytes": weight_bytes(op)}


def _work(task: Any, module: Module) -> dict[str, float]:
    workload = module.first("plan.workload")
    prompt = _mean(task, "prompt_tokens", workload, 256)
    output = _mean(task, "output_tokens", workload, 64)
    context = 0.0 if task.name == "llm.prefill" else prompt + output / 2
    formulas = attribute(task, "resources")
    return {name: evaluate(text, batch=1, prompt=prompt, context=context, output=output, arguments=256) for name, text in formulas.items()}


def _mean(task: Any, name: str, workload: Any, default: float) -> float:
    spec = attribute(task, name) or (attribute(workload, name) if workload is not None else None)
    return Distribution(spec).mean() if spec else default


def memory(module: Module) -> dict[str, Any]:
    """By model: weights, KV bytes a token, and (once planned) the KV cache and the arena of each phase."""
    found: dict[str, Any] = {}
    for op in module.ops("llm.model"):
        config = ModelConfig.from_dict(attribute(op, "config"))
        found[attribute(op, "sym_name")] = {"weight_bytes": weight_bytes(op), "kv_bytes_per_token_f16": 2 * config.kv_elements_per_token()}
    for op in module.ops("plan.deploy"):
        deployed = {"kv_bytes": attribute(op, "kv_bytes", 0), "deployed_weight_bytes": attribute(op, "weight_bytes", 0)}
        found[attribute(op, "model")] |= deployed | {"precision": attribute(op, "precision")}
    for name in ("llm.phase", "pipe.program"):
        for op in module.ops(name):
            if attribute(op, "arena_bytes") is not None:
                found[attribute(op, "model")].setdefault("arena_bytes", {})[attribute(op, "kind")] = attribute(op, "arena_bytes")
    return {"models": found}
