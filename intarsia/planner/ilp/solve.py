"""Solving the integer program of a plan, and reading the plan from it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pulp

from intarsia.errors import InfeasibleError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.program import Program
from intarsia.planner.ilp.solver import Answer
from intarsia.planner.variants import Run, Variant

TIME_LIMIT_S = 30.0
LEAST_S = 0.01
"""What a solver is given even where the time is over: it answers with what it finds at once."""
MENDS = {"GB": "a smaller context or precision, or devices with more memory", "s": "looser goals, or faster devices",
         "devices": "more devices", "of its time": "a lower rate, or more devices"}  # fmt: skip


class OutOfTime(InfeasibleError):
    """Neither a plan nor a proof that there is none was found in time."""


@dataclass(frozen=True)
class Solution:
    """The chosen variant of each model and run of each task."""

    variants: dict[str, Variant]
    runs: dict[str, Run]
    statistics: Answer


def solve(program: Program, until: float, *, write_lp: Path | None = None, relaxed: frozenset[str] = frozenset(), without: list[Solution] | None = None) -> Solution | None:
    """The best plan that is found by `until` (of time.monotonic), or None where nothing fits. `relaxed` limits are left out; `without` forbids earlier plans.

    Raises OutOfTime where neither is known by then.
    """
    problem = program.model.problem(relaxed)
    for number, earlier in enumerate(without or ()):
        problem += _no_good(program, earlier), f"not_plan_{number + 1}"
    if write_lp is not None:
        program.model.write_lp(write_lp)
    answer = solver.run(problem, time_limit_s=max(until - time.monotonic(), LEAST_S))
    if answer.status == "unknown":
        raise OutOfTime(f"no plan was found in {answer.seconds:.2g} s, nor a proof that there is none", mend="give a longer time limit (--time-limit)")
    return _read(program, answer) if answer.found else None


def _no_good(program: Program, earlier: Solution) -> pulp.LpConstraint:
    """At least one model is served otherwise, or one phase with other threads."""
    chosen = [program.deploy[model, variant.name] for model, variant in earlier.variants.items()]
    chosen += [program.x[task, run.name] for task, run in earlier.runs.items() if run.variant is not None]
    return pulp.lpSum(chosen) <= len(chosen) - 1


def _read(program: Program, answer: Answer) -> Solution:
    variants = {m: next(v for v in found if solver.chosen(program.deploy[m, v.name])) for m, found in program.variants.items()}
    runs = {t: next(r for r in found if solver.chosen(program.x[t, r.name])) for t, found in program.runs.items()}
    return Solution(variants, runs, answer)


def infeasible(program: Program) -> InfeasibleError:
    """The error that says what doesn't fit, and what to relax."""
    return solver.infeasible(program.model, MENDS)
