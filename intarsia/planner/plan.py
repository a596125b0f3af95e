"""ops -> plan: which device, precision, threads and batching for each model and task, and where every temporary lies.

    facts ──▶ variants of each model, runs of each task ──▶ integer program ──▶ best plan, and the next best
          ──▶ plan.deploy, plan.place, plan.estimate ──▶ precision and fusion of phases ──▶ arena offsets ──▶ validated

>>> planned = run(module)
>>> for summary in rank(module): print(summary.rank, summary.choices, summary.metrics["e2e_s"])
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from intarsia import knobs
from intarsia.cost_models import devices
from intarsia.errors import IRError
from intarsia.ir.module import Builder, Module
from intarsia.planner import explain, facts, models, predict, validate, variants, write
from intarsia.planner.explain import PlanSummary as PlanSummary
from intarsia.planner.facts import Facts
from intarsia.planner.ilp import program, solve
from intarsia.planner.ilp.solve import Solution

ALTERNATIVES = 4
"""Plans that are weighed and kept in the module, the chosen one included."""


@dataclass(frozen=True)
class Search:
    """What planning found: the program, its solutions from best to worst, and the facts behind them."""

    facts: Facts
    program: program.Program
    solutions: list[Solution] = field(default_factory=list)


def run(module: Module, *, write_lp: Path | None = None) -> Module:
    """A module of stage plan. Raises InfeasibleError that says what to relax, IRError for a module of another stage."""
    draft = _prepared(module)
    found = search(draft, ALTERNATIVES, write_lp=write_lp)
    best = found.solutions[0]
    write.choices(draft, found.facts, best, explain.summaries(found.facts, found.program, found.solutions))
    planned = models.lower(draft)
    write.arenas(planned, best)
    write.phase_estimates(planned, found.facts, best)
    planned.stage = "plan"
    planned.verify("stage plan")
    if knobs.get().validate:
        validate.check(planned)
    return planned


def rank(module: Module, n: int = 8, *, write_lp: Path | None = None) -> list[PlanSummary]:
    """The best `n` plans for a module of stage ops, best first, the first with the reasons why it won."""
    found = search(_prepared(module), n, write_lp=write_lp)
    return explain.summaries(found.facts, found.program, found.solutions)


def search(module: Module, n: int, *, write_lp: Path | None = None) -> Search:
    """The best `n` plans: each next one by forbidding those before. Raises InfeasibleError where there is none."""
    known = facts.read(module)
    bringing = models.read(module, known)
    offered = {name: variants.variants(model, known) for name, model in bringing.items()}
    ways = {task.name: list(variants.runs(task, known, offered.get(task.model or "", []))) for task in known.tasks}
    whole = program.build(known, offered, ways)
    solutions: list[Solution] = []
    while len(solutions) < n:
        found = solve.solve(whole, write_lp=None if solutions else write_lp, without=solutions)
        if found is None:
            break
        solutions.append(found)
    if not solutions:
        raise solve.infeasible(whole)
    return Search(known, whole, solutions)


def _prepared(module: Module) -> Module:
    """A copy to write to: checked for its stage, earlier choices removed, this machine as the fleet where none is named."""
    if module.stage != "ops":
        raise IRError(f"the planner takes a module of stage ops, found {module.stage or 'no stage'}", mend="run to_ops first")
    draft = module.clone()
    write.remove_choices(draft)
    if draft.first("plan.device") is None:
        Builder(draft).op("plan.device", sym_name="local", count=1, facts=devices.local().to_dict())
    return draft


__all__ = ["PlanSummary", "predict", "rank", "run", "search"]
