"""ops -> plan: which device, precision, threads and batching for each model and task, and where every temporary lies.

    facts ──▶ variants of each model, runs of each task ──▶ integer program ──▶ best plan, and the next best
          ──▶ plan.deploy, plan.place, plan.estimate ──▶ precision and fusion of phases ──▶ arena offsets ──▶ validated

>>> planned = run(module)
>>> for summary in rank(module): print(summary.rank, summary.choices, summary.metrics["e2e_s"])
"""

from __future__ import annotations

import time
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
    until: float
    """When the time is over, of time.monotonic."""
    solutions: list[Solution] = field(default_factory=list)


def run(module: Module, *, write_lp: Path | None = None, time_limit_s: float | None = None) -> Module:
    """A module of stage plan. `time_limit_s` bounds the solver: then the best so far is taken (default: 30 s).

    Raises InfeasibleError that says what to relax, IRError for a module of another stage.
    """
    draft = _prepared(module)
    found = search(draft, ALTERNATIVES, write_lp=write_lp, time_limit_s=time_limit_s)
    best = found.solutions[0]
    write.choices(draft, found.facts, best, explain.summaries(found.facts, found.program, found.solutions, found.until))
    planned = models.lower(draft)
    write.arenas(planned, best)
    write.phase_estimates(planned, found.facts, best)
    planned.stage = "plan"
    planned.verify("stage plan")
    if knobs.get().validate:
        validate.check(planned)
    return planned


def rank(module: Module, n: int = 8, *, write_lp: Path | None = None, time_limit_s: float | None = None) -> list[PlanSummary]:
    """The best `n` plans for a module of stage ops, best first, the first with the reasons why it won."""
    found = search(_prepared(module), n, write_lp=write_lp, time_limit_s=time_limit_s)
    return explain.summaries(found.facts, found.program, found.solutions, found.until)


def search(module: Module, n: int, *, write_lp: Path | None = None, time_limit_s: float | None = None) -> Search:
    """The best `n` plans, or those that the time limit leaves time for: each next one by forbidding those before. Raises InfeasibleError where there is none."""
    known = facts.read(module)
    bringing = models.read(module, known)
    offered = {name: variants.variants(model, known) for name, model in bringing.items()}
    ways = {task.name: list(variants.runs(task, known, offered.get(task.model or "", []))) for task in known.tasks}
    whole = program.build(known, offered, ways)
    until = time.monotonic() + (solve.TIME_LIMIT_S if time_limit_s is None else time_limit_s)
    best = solve.solve(whole, until, write_lp=write_lp)
    if best is None:
        raise solve.infeasible(whole)
    return Search(known, whole, until, [best, *_next_best(whole, best, n, until)])


def _next_best(whole: program.Program, best: Solution, n: int, until: float) -> list[Solution]:
    """Up to n - 1 plans after the best, as far as there are any and the time allows."""
    found = [best]
    while len(found) < n and time.monotonic() < until:
        try:
            following = solve.solve(whole, until, without=found)
        except solve.OutOfTime:
            break
        if following is None:
            break
        found.append(following)
    return found[1:]


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
