"""Puts a plan into the module: plan.deploy, plan.place, plan.estimate, plan.alternative, plan.arena, and attributes of the phases."""

from __future__ import annotations

from typing import Any

from intarsia.cost_models.cost import Step
from intarsia.cost_models.phases import PhaseCosts
from intarsia.ir.module import Builder, Module, Symbol, attribute, set_attributes
from intarsia.planner import explain, policy, predict
from intarsia.planner.explain import PlanSummary
from intarsia.planner.facts import Facts, Wishes
from intarsia.planner.ilp.solve import Solution
from intarsia.planner.memory.arena import Arena, plan_arena, write_arena
from intarsia.planner.memory.tiers import streaming
from intarsia.planner.memory.tiers.streaming import StreamedCosts
from intarsia.planner.models import planned_phases
from intarsia.planner.variants import Variant, finite, load_of

CHOICES = ("plan.place", "plan.deploy", "plan.transfer", "plan.estimate", "plan.alternative", "plan.arena", "plan.tier")


def remove_choices(module: Module) -> None:
    """Takes out what an earlier planning chose."""
    for op in [op for op in module.ops() if op.name in CHOICES]:
        op.erase()


def choices(module: Module, facts: Facts, solution: Solution, summaries: list[PlanSummary]) -> None:
    """Everything but what depends on the lowered phases."""
    builder = Builder(module)
    policies = predict.settled(facts, solution)
    for name, variant in solution.variants.items():
        _deploy(builder, variant, policies[name], predict.threads_of(solution, name), facts.wishes)
        _tiers(builder, variant)
    for task, run in solution.runs.items():
        builder.op(
            "plan.place", task=task, device=Symbol(run.fleet.symbol), threads=run.threads, seconds=run.seconds, high_s=run.high_s,
            step_s=run.step_s, busy_s=run.busy_s, joules=run.cost.joules, dollars=run.dollars, bound=run.cost.bound or None,
            source=run.cost.source or None, error_band=run.cost.error_band, replicas=run.variant.replicas if run.variant else run.fleet.count,
        )  # fmt: skip
    for name in solution.variants:
        _estimate(builder, name, predict.model_metrics(facts, solution, name), _sources(solution, name))
    _estimate(builder, "agent", predict.agent_metrics(facts, solution), _sources(solution, None))
    _statistics(builder, solution)
    for summary in summaries:
        builder.op("plan.alternative", rank=summary.rank, choices=summary.choices, metrics=summary.metrics, why=summary.why or None)


def _deploy(builder: Builder, variant: Variant, chosen: policy.Policy, threads: dict[str, int], wishes: Wishes) -> None:
    advice, setup = _nano_batches(variant, chosen, wishes), variant.setup(max(threads.values(), default=1))
    kv_bytes = chosen.kv_pages * chosen.page_tokens * policy.kv_bytes_per_token(variant.model.config, variant.setup(1))
    builder.op(
        "plan.deploy", model=Symbol(variant.model.name), device=Symbol(variant.fleet.symbol), precision=variant.precision,
        threads=max(threads.values(), default=1), policy=wishes.scheduler, page_tokens=chosen.page_tokens, kv_pages=chosen.kv_pages,
        kv_dtype=variant.kv_dtype, max_batch_tokens=chosen.max_batch_tokens, max_sequences=chosen.max_sequences,
        weight_bytes=round(variant.weight_bytes), kv_bytes=round(kv_bytes), replicas=variant.replicas, tp=variant.tp, context=chosen.context,
        parameters=policy.told(variant.costs, setup, chosen, wishes.scheduler, wishes.parameters) or None, **advice,
    )  # fmt: skip


def _nano_batches(variant: Variant, chosen: policy.Policy, wishes: Wishes) -> dict[str, Any]:
    """For a GPU, where decode steps are to be split: attention's share, and what the pipeline search expects of it."""
    device = variant.fleet.device
    if device.kind != "gpu" or not wishes.nano_batches:
        return {}
    if wishes.nano_batches == 1:
        return {"nano_batches": 1}
    from intarsia.planner.pipeline import bundled

    tokens = min(chosen.context, chosen.kv_pages * chosen.page_tokens // max(1, chosen.max_sequences))
    found = bundled.advise(variant.model.config, device, chosen.max_sequences, tokens)
    return {"nano_batches": wishes.nano_batches, "memory_share": found.share, "nano_speedup": found.speedup}


def _tiers(builder: Builder, variant: Variant) -> None:
    """Where the layers of a model live that memory has no room for."""
    if not isinstance(variant.costs, StreamedCosts):
        return
    plan = variant.costs.streaming
    for group, resident in zip(plan.groups, plan.resident, strict=True):
        share = resident / group.bytes
        builder.op(
            "plan.tier", model=Symbol(variant.model.name), data="weights", first=group.first, count=group.count, bytes=round(group.bytes), resident=round(resident),
            window=int(plan.window), bandwidth=plan.reader.bandwidth, shares={"dram": share, streaming.DISK: 1 - share},
        )  # fmt: skip


def _estimate(builder: Builder, subject: str, metrics: dict[str, float], source: str, operators: list[dict[str, Any]] | None = None) -> None:
    numbers = {name: finite(float(value)) for name, value in metrics.items()}
    builder.op("plan.estimate", subject=subject, metrics=numbers, source=source or None, operators=operators)


def _sources(solution: Solution, model: str | None) -> str:
    """Where the seconds of a model's runs (or all) come from."""
    return explain.shares_text(predict.sources([run for run in solution.runs.values() if model in (None, run.task.model)]))


def _statistics(builder: Builder, solution: Solution) -> None:
    s = solution.statistics
    metrics = {"objective": s.objective, "bound": s.bound, "gap": s.gap, "seconds": s.seconds, "variables": s.variables, "constraints": s.constraints}
    _estimate(builder, "solver", metrics, s.solver)


def arenas(module: Module, solution: Solution) -> None:
    """Places for the temporaries of every phase."""
    for name in solution.variants:
        deploy = next(op for op in module.ops("plan.deploy") if attribute(op, "model") == name)
        sequences, tokens = attribute(deploy, "max_sequences"), attribute(deploy, "max_batch_tokens")
        threads = predict.threads_of(solution, name)
        for phase in planned_phases(module, name):
            kind = attribute(phase, "kind")
            rows = sequences if kind == "decode" else tokens
            arena = plan_arena(phase, rows, min(rows, sequences))
            write_arena(phase, arena, rows)
            set_attributes(phase, threads=threads.get(kind, attribute(deploy, "threads")))
            _arena(Builder(module), attribute(phase, "sym_name"), arena)


def _arena(builder: Builder, phase: str, arena: Arena) -> None:
    offsets = arena.assignment.offsets
    buffers = [
        {"name": b.name, "offset": offsets[b.name], "bytes": b.size, "lower": b.lower, "upper": b.upper} | ({"shares": b.alias} if b.alias != b.name else {})
        for b in arena.buffers
    ]  # fmt: skip
    builder.op("plan.arena", phase=phase, bytes=arena.bytes, bound=arena.assignment.bound, buffers=buffers, method=arena.assignment.method)


def phase_estimates(module: Module, facts: Facts, solution: Solution) -> None:
    """One typical step of each phase, in all and by operator."""
    builder = Builder(module)
    for name, variant in solution.variants.items():
        costs, load = PhaseCosts.of(module, name), load_of(variant.model, facts)
        threads = predict.threads_of(solution, name)
        for kind in costs.phases:
            step = _typical(kind, variant, load)
            setup = variant.setup(threads.get(kind, 1))
            each = costs.operators(kind, setup, step)
            total = (variant.costs if isinstance(variant.costs, StreamedCosts) else costs).step(kind, setup, step)
            metrics = {"seconds": total.seconds, "flops": total.flops, "bytes": total.bytes, "joules": total.joules, "band": total.error_band,
                       "rows": step.rows, "sequences": step.sequences, "context": step.context}  # fmt: skip
            operators = [
                {"op": work.op, "name": work.label, "count": work.count, "seconds": cost.seconds, "flops": cost.flops, "bytes": cost.bytes, "bound": cost.bound,
                 "source": cost.source}
                for work, cost in each
            ]  # fmt: skip
            _estimate(builder, f"{name}_{kind}", metrics, total.source, operators)


def _typical(kind: str, variant: Variant, load: policy.Load) -> Step:
    if kind == "decode":
        return Step(variant.batch, variant.batch, load.prompt + load.output / 2, variant.batch)
    rows = min(load.prompt, variant.policy.max_batch_tokens)
    return Step(rows)
