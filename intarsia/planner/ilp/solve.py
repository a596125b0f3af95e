"""Solving: HiGHS in this process, CBC where HiGHS fails; with slack where nothing fits."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulp

from intarsia.errors import InfeasibleError, InputError, IntarsiaError, Where
from intarsia.planner.ilp.program import Limit, Program
from intarsia.planner.variants import Run, Variant

TIME_LIMIT_S = 30.0
TOLERANCE = 1e-4
"""How far from 0 or 1 a solver may leave a binary."""


@dataclass(frozen=True)
class Statistics:
    """What the solver did: `gap` is relative, zero for a proven optimum."""

    solver: str
    objective: float
    bound: float
    gap: float
    seconds: float
    variables: int
    constraints: int


@dataclass(frozen=True)
class Solution:
    """The chosen variant of each model and run of each task."""

    variants: dict[str, Variant]
    runs: dict[str, Run]
    statistics: Statistics


class _Unsolvable(Exception):
    """The solver proved that nothing fits."""


def solve(program: Program, *, write_lp: Path | None = None, relaxed: frozenset[str] = frozenset(), without: list[Solution] | None = None) -> Solution | None:
    """The best plan, or None where nothing fits. `relaxed` limits are left out; `without` forbids earlier plans."""
    problem = _problem(program, relaxed)
    for number, earlier in enumerate(without or ()):
        problem += _no_good(program, earlier), f"not_plan_{number + 1}"
    if write_lp is not None:
        _write(problem, write_lp)
    try:
        statistics = _run(problem)
    except _Unsolvable:
        return None
    return _read(program, statistics)


def _problem(program: Program, relaxed: frozenset[str]) -> pulp.LpProblem:
    problem = pulp.LpProblem("plan", pulp.LpMinimize)
    problem += program.objective, program.facts.wishes.objective
    for name, constraint in program.rules:
        problem.addConstraint(constraint.copy(), name)
    for limit in program.limits:
        if limit.name not in relaxed:
            problem += limit.expression <= limit.bound, limit.name
    return problem


def _no_good(program: Program, earlier: Solution) -> pulp.LpConstraint:
    """At least one model is served otherwise, or one phase with other threads."""
    chosen = [program.deploy[model, variant.name] for model, variant in earlier.variants.items()]
    chosen += [program.x[task, run.name] for task, run in earlier.runs.items() if run.variant is not None]
    return pulp.lpSum(chosen) <= len(chosen) - 1


def _write(problem: pulp.LpProblem, path: Path) -> None:
    try:
        problem.writeLP(str(path))
    except OSError as error:
        raise InputError(f"cannot write the LP: {error.strerror}", where=Where(str(path))) from None


def _run(problem: pulp.LpProblem) -> Statistics:
    """Solve in place with the first solver that answers. Raises _Unsolvable, or IntarsiaError when none answers."""
    troubles = []
    for name, make in SOLVERS.items():
        began = time.perf_counter()
        try:
            status = problem.solve(make())
        except Exception as error:  # a solver that is missing or crashes: the next one may do
            troubles.append(f"{name}: {error}")
            continue
        seconds = time.perf_counter() - began
        if status == pulp.LpStatusInfeasible:
            raise _Unsolvable
        if problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            return _statistics(problem, name, seconds)
        troubles.append(f"{name}: {pulp.LpStatus[status]}")
    raise IntarsiaError(f"no solver could solve the plan's integer program ({'; '.join(troubles)})", mend="install highspy, or write the LP with --write-lp and look at it")


SOLVERS: dict[str, Any] = {
    "HiGHS": lambda: pulp.HiGHS(msg=False, timeLimit=TIME_LIMIT_S, threads=1),
    "CBC": lambda: pulp.PULP_CBC_CMD(msg=False, timeLimit=TIME_LIMIT_S, threads=1),
}


def _statistics(problem: pulp.LpProblem, solver: str, seconds: float) -> Statistics:
    value = float(problem.objective.value() or 0.0)
    bound = value
    if solver == "HiGHS":
        found = float(problem.solverModel.getInfo().mip_dual_bound)
        bound = found if math.isfinite(found) else value
    gap = abs(value - bound) / max(abs(value), 1e-12)
    return Statistics(solver, value, bound, gap, seconds, len(problem.variables()), len(problem.constraints))


def _read(program: Program, statistics: Statistics) -> Solution:
    variants = {m: next(v for v in found if _chosen(program.deploy[m, v.name])) for m, found in program.variants.items()}
    runs = {t: next(r for r in found if _chosen(program.x[t, r.name])) for t, found in program.runs.items()}
    return Solution(variants, runs, statistics)


def _chosen(variable: pulp.LpVariable) -> bool:
    """A binary, read by rounding. Raises IntarsiaError for a value that is neither 0 nor 1."""
    value = float(variable.value() or 0.0)
    if abs(value - round(value)) > TOLERANCE:
        raise IntarsiaError(f"the solver left {variable.name} at {value}, neither 0 nor 1")
    return round(value) == 1


@dataclass(frozen=True)
class Excess:
    """A limit that must give way, and by how much."""

    limit: Limit
    by: float

    def __str__(self) -> str:
        return f"{self.limit.subject}: {self.limit.bound + self.by:.3g} {self.limit.unit} needed, {self.limit.bound:.3g} allowed, so {self.by:.3g} too much"


def smallest_relaxation(program: Program) -> list[Excess]:
    """The fewest limits that must give way for a plan to exist, and the least amounts. Empty where one exists as it is."""
    problem = pulp.LpProblem("relaxed_plan", pulp.LpMinimize)
    slacks = {limit.name: pulp.LpVariable(f"excess_{limit.name}", lowBound=0) for limit in program.limits}
    broken = {limit.name: pulp.LpVariable(f"broken_{limit.name}", cat="Binary") for limit in program.limits}
    scale = {limit.name: max(_largest(limit) - limit.bound, 1e-9) for limit in program.limits}
    problem += pulp.lpSum(broken[n] + 0.5 / len(scale) / scale[n] * slacks[n] for n in scale), "relaxation"
    for name, constraint in program.rules:
        problem.addConstraint(constraint.copy(), name)
    for limit in program.limits:
        problem += limit.expression - slacks[limit.name] <= limit.bound, limit.name
        problem += slacks[limit.name] <= scale[limit.name] * broken[limit.name], f"broken_by_{limit.name}"
    _run(problem)
    found = [(limit, float(slacks[limit.name].value() or 0.0)) for limit in program.limits]
    return [Excess(limit, by) for limit, by in found if by > 1e-6 * max(1.0, abs(limit.bound))]


def _largest(limit: Limit) -> float:
    """The most that the expression can come to."""
    return float(limit.expression.constant) + sum(float(w * v.upBound) for v, w in limit.expression.items() if w > 0)


def infeasible(program: Program) -> InfeasibleError:
    """The error that says what doesn't fit, and what to relax."""
    try:
        excess = smallest_relaxation(program)
    except _Unsolvable:
        excess = []
    if not excess:
        return InfeasibleError("no plan was found, and no single cause", mend="relax a goal, or add devices")
    what = "; ".join(str(e) for e in excess)
    mends = {"GB": "a smaller context or precision, or devices with more memory", "s": "looser goals, or faster devices",
             "devices": "more devices", "of its time": "a lower rate, or more devices"}  # fmt: skip
    return InfeasibleError(f"nothing fits: {what}", mend="try " + "; ".join(dict.fromkeys(mends[e.limit.unit] for e in excess)))
