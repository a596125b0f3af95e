"""ops -> plan on a mixed fleet: the placement as `plan` operations.

    plan.deploy   for each model in each pool in use      plan.place      for each task
    plan.transfer for each edge between two devices       plan.estimate   of the agent, and of the solver's work
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia import knobs
from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.module import Builder, Module, Symbol, attribute
from intarsia.ir.workload import ONE_USER
from intarsia.planner import policy, write
from intarsia.planner.placement.agents.outcome import Found, chosen_move, chosen_ways
from intarsia.planner.placement.agents.place import Limits, place
from intarsia.planner.placement.agents.problem import OBJECTIVES, Way
from intarsia.planner.placement.agents.reading import Reading, read
from intarsia.planner.variants import finite


@dataclass(frozen=True)
class Placed:
    """A module of stage plan, what was placed, and how it was found."""

    module: Module
    reading: Reading
    found: Found


USUAL = Limits()


def run(module: Module, limits: Limits = USUAL) -> Module:
    """A module of stage plan. Raises InfeasibleError that says what to relax, IRError for a module of another stage."""
    return plan(module, limits).module


def plan(module: Module, limits: Limits = USUAL) -> Placed:
    """`run`, with what led to it."""
    reading = prepared(module)
    found = place(reading.problem, objective_of(module), limits)
    if knobs.get().validate:
        from intarsia.planner.validate import agents as judge

        judge.check(reading.problem, found.choice, found.figures)
    return Placed(written(module, reading, found), reading, found)


def prepared(module: Module) -> Reading:
    """The problem of a module. Raises IRError for one of another stage."""
    if module.stage != "ops":
        raise IRError(f"the planner takes a module of stage ops, found {module.stage or 'no stage'}", mend="run to_ops first")
    return read(module)


def objective_of(module: Module) -> str:
    """The user's wish, or dollars an hour where a workload says at which rate, else dollars a request. Raises UnsupportedError for throughput."""
    wishes, workload = module.first("plan.knobs"), module.first("plan.workload")
    wish = attribute(wishes, "objective") if wishes is not None else None
    if wish is None:
        return "hourly" if workload is not None and attribute(workload, "name") != ONE_USER else "cost"
    if wish not in OBJECTIVES:
        raise UnsupportedError(f"agents on mixed fleets are not planned for {wish}", mend=f"choose one of {', '.join(OBJECTIVES)}, and give the rate in the workload")
    return str(wish)


def written(module: Module, reading: Reading, found: Found) -> Module:
    """A copy of the module with the placement in it."""
    made = module.clone()
    write.remove_choices(made)
    builder = Builder(made)
    ways = chosen_ways(reading.problem, found.choice)
    _deploys(builder, reading, found, ways)
    for name, way in ways.items():
        _place(builder, reading, found, name, way)
    for edge in reading.problem.edges:
        move = chosen_move(edge, ways)
        if move.seconds.mean > 0:
            builder.op(
                "plan.transfer", source=edge.source, target=edge.target, kind=edge.kind, bytes=move.bytes, seconds=move.seconds.mean, dollars=move.dollars,
                visits=edge.visits,
            )  # fmt: skip
    _estimates(builder, found)
    made.stage = "plan"
    return made.verify("stage plan")


def _deploys(builder: Builder, reading: Reading, found: Found, ways: dict[str, Way]) -> None:
    here: dict[tuple[str, str], list[str]] = {}
    for name, way in ways.items():
        if way.tenant:
            here.setdefault((way.tenant, way.pool), []).append(name)
    swapped = {(tenant.name, tenant.pool) for tenant in reading.problem.tenants if tenant.swapped}
    for key, tasks in here.items():
        variant = reading.variants.get(key)
        if variant is None:
            continue
        chosen = variant.policy
        threads = max(reading.runs[name, ways[name].name].threads for name in tasks)
        token, setup = policy.kv_bytes_per_token(variant.model.config, variant.setup(1)), variant.setup(threads)
        builder.op(
            "plan.deploy", model=Symbol(variant.model.name), device=Symbol(variant.fleet.symbol), precision=variant.precision,
            threads=threads, policy=reading.facts.wishes.scheduler,
            page_tokens=chosen.page_tokens, kv_pages=chosen.kv_pages, kv_dtype=variant.kv_dtype, max_batch_tokens=chosen.max_batch_tokens,
            max_sequences=chosen.max_sequences, weight_bytes=round(variant.weight_bytes), kv_bytes=round(chosen.kv_pages * chosen.page_tokens * token),
            parameters=policy.told(variant.costs, setup, chosen, reading.facts.wishes.scheduler, reading.facts.wishes.parameters) or None,
            replicas=found.choice.replicas[key[1]], tp=variant.tp, context=chosen.context, pool=key[1], tasks=tasks, swapped=True if key in swapped else None,
        )  # fmt: skip


def _place(builder: Builder, reading: Reading, found: Found, name: str, way: Way) -> None:
    run, level = reading.runs[name, way.name], reading.problem.goals.quantile or 0.95
    builder.op(
        "plan.place", task=name, device=Symbol(run.fleet.symbol), threads=run.threads, seconds=way.seconds.mean, high_s=way.seconds.quantile(level), step_s=way.step_s,
        busy_s=way.busy_s, joules=way.joules, dollars=way.dollars, bound=run.cost.bound or None, source=run.cost.source or None, error_band=run.cost.error_band,
        replicas=found.choice.replicas[way.pool], pool=way.pool, way=way.name, wait_s=way.wait.mean,
    )  # fmt: skip


def _estimates(builder: Builder, found: Found) -> None:
    figures = found.figures
    metrics = {
        "e2e_s": figures.mean_s, "dollars": figures.usd_per_request, "dollars_per_h": figures.usd_per_h, "joules": figures.joules, "within": figures.within,
        "devices": float(sum(figures.devices.values())),
    } | {f"e2e_p{100 * level:g}_s": finite(seconds) for level, seconds in figures.percentiles.items()}  # fmt: skip
    builder.op("plan.estimate", subject="agent", metrics=metrics)
    solved = {
        "objective": found.value, "bound": found.bound, "gap": found.gap, "seconds": found.seconds, "variables": float(found.variables),
        "constraints": float(found.constraints), "solves": float(found.solves), "cuts": float(found.cuts),
    }  # fmt: skip
    builder.op("plan.estimate", subject="solver", metrics=solved, source=found.solver or None)
    where = "; ".join(f"{count} x {device}" for device, count in figures.devices.items())
    builder.op("plan.alternative", rank=1, choices={"agent": where}, metrics=metrics)


