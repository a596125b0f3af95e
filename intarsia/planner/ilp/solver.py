"""Solving any `Model`: HiGHS in this process, CBC where HiGHS fails; the best so far when time runs out; the fewest limits to relax where nothing fits."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pulp

from intarsia.errors import InfeasibleError, IntarsiaError
from intarsia.planner.ilp.model import Limit, Model

TIME_LIMIT_S = 60.0
TOLERANCE = 1e-4
"""How far from an integer a solver may leave an integer variable."""
Status = Literal["optimal", "feasible", "infeasible", "unbounded", "unknown"]


@dataclass(frozen=True)
class Answer:
    """What a solver found. `gap` is relative: zero for a proven optimum; `bound` is what no solution can beat; `notes` tell of solvers that failed."""

    status: Status
    solver: str
    seconds: float
    variables: int
    constraints: int
    objective: float = math.nan
    bound: float = math.nan
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        return self.status in ("optimal", "feasible")

    @property
    def gap(self) -> float:
        if not self.found:
            return math.inf
        return abs(self.objective - self.bound) / max(abs(self.objective), 1e-12)

    def __str__(self) -> str:
        if not self.found:
            return f"{self.status} after {self.seconds:.2f} s ({self.solver})"
        return f"{self.status}: {self.objective:.6g}, bound {self.bound:.6g}, gap {self.gap:.2%}, {self.seconds:.2f} s ({self.solver})"


def solve(model: Model, *, time_limit_s: float = TIME_LIMIT_S, gap: float = 1e-6, threads: int = 1, write_lp: Path | None = None,
          start: Mapping[str, float] | None = None) -> Answer:  # fmt: skip
    """Solve in place: variables hold the best solution found (`value`, `integer`, `chosen` read it).

    `gap` is the relative gap at which to stop; `start` gives values by variable name of a solution to begin with (HiGHS and CBC complete it where it is partial).
    An infeasible or unbounded program is an answer, not an error. Raises IntarsiaError when no solver answers.
    """
    if write_lp is not None:
        model.write_lp(write_lp)
    return run(model.problem(), time_limit_s=time_limit_s, gap=gap, threads=threads, start=start)


def run(problem: pulp.LpProblem, *, time_limit_s: float = TIME_LIMIT_S, gap: float = 1e-6, threads: int = 1, start: Mapping[str, float] | None = None) -> Answer:
    """`solve` for a problem of PuLP's own."""
    notes: list[str] = []
    silent: Answer | None = None
    for name, make in SOLVERS.items():
        began = time.perf_counter()
        try:
            solver = make(time_limit_s, gap, threads, dict(start or {}))
            problem.solve(solver)
        except Exception as error:  # a solver that is missing or crashes: the next one may do
            notes.append(f"{name} failed: {error or type(error).__name__}")
            continue
        answer = _answer(problem, name, time.perf_counter() - began, tuple(notes))
        if answer.status != "unknown":
            return answer
        silent = answer
        notes.append(f"{name} found nothing in {time_limit_s:g} s")
    if silent is not None:
        return silent
    raise IntarsiaError(f"no solver could solve the program {problem.name} ({'; '.join(notes)})", mend="install highspy, or write the LP with --write-lp and look at it")


@contextmanager
def _silent() -> Iterator[None]:
    """HiGHS 1.12 prints lines from inside itself whatever its options say; standard output may be a command's JSON."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


class _Highs(pulp.HiGHS):  # type: ignore[misc]
    """PuLP's HiGHS, begun with a solution where one is known."""

    begin: dict[str, float] = {}

    def callSolver(self, lp: pulp.LpProblem) -> None:
        if self.begin:
            known = [(v.index, self.begin[v.name]) for v in lp.variables() if v.name in self.begin]
            lp.solverModel.setSolution(len(known), [i for i, _ in known], [value for _, value in known])
        with _silent():
            lp.solverModel.run()


def _highs(time_limit_s: float, gap: float, threads: int, start: dict[str, float]) -> Any:
    solver = _Highs(msg=False, timeLimit=time_limit_s, gapRel=gap, threads=threads)
    solver.begin = start
    return solver


def _cbc(time_limit_s: float, gap: float, threads: int, start: dict[str, float]) -> Any:
    return pulp.PULP_CBC_CMD(msg=False, timeLimit=time_limit_s, gapRel=gap, threads=threads)


SOLVERS: dict[str, Any] = {"HiGHS": _highs, "CBC": _cbc}


def _answer(problem: pulp.LpProblem, solver: str, seconds: float, notes: tuple[str, ...]) -> Answer:
    status = _status(problem, solver)
    size = (len(problem.variables()), len(problem.constraints))
    if status not in ("optimal", "feasible"):
        return Answer(status, solver, seconds, *size, notes=notes)
    value = float(problem.objective.value() or 0.0)
    bound = value if status == "optimal" else -math.inf * problem.sense
    if solver == "HiGHS" and any(v.cat == pulp.LpInteger for v in problem.variables()):
        proven = float(problem.solverModel.getInfo().mip_dual_bound)
        bound = problem.sense * proven + problem.objective.constant if math.isfinite(proven) else bound
    if status == "optimal" and problem.sense * (bound - value) > 0:
        bound = value  # rounding in the solver
    return Answer(status, solver, seconds, *size, value, bound, notes)


def _status(problem: pulp.LpProblem, solver: str) -> Status:
    if problem.status == pulp.LpStatusUnbounded:
        return "unbounded"
    if problem.status == pulp.LpStatusInfeasible:
        return "unbounded" if solver == "HiGHS" and _only_unbounded(problem) else "infeasible"
    if problem.sol_status == pulp.LpSolutionOptimal:
        return "optimal"
    return "feasible" if problem.sol_status == pulp.LpSolutionIntegerFeasible else "unknown"


def _only_unbounded(problem: pulp.LpProblem) -> bool:
    """Whether HiGHS, which did not say whether the program is infeasible or unbounded, finds a solution when there is no objective."""
    if problem.solverModel.modelStatusToString(problem.solverModel.getModelStatus()) != "Primal infeasible or unbounded":
        return False
    bare = problem.copy()
    bare.setObjective(pulp.LpAffineExpression())
    bare.solve(pulp.HiGHS(msg=False, timeLimit=TIME_LIMIT_S))
    return bool(bare.status == pulp.LpStatusOptimal)


def value(variable: pulp.LpVariable) -> float:
    """What a solver gave; zero where it had no say."""
    return float(variable.value() or 0.0)


def integer(variable: pulp.LpVariable) -> int:
    """An integer, read by rounding. Raises IntarsiaError for a value that is none: int() would turn 0.9999999 into 0."""
    found = value(variable)
    if abs(found - round(found)) > TOLERANCE * max(1.0, abs(found)):
        raise IntarsiaError(f"the solver left {variable.name} at {found}, which is no integer")
    return round(found)


def chosen(variable: pulp.LpVariable) -> bool:
    """Whether a binary is 1. Raises IntarsiaError for a value that is neither 0 nor 1."""
    return integer(variable) == 1


@dataclass(frozen=True)
class Excess:
    """A limit that must give way, and by how much."""

    limit: Limit
    by: float

    def __str__(self) -> str:
        return f"{self.limit.subject}: {self.limit.bound + self.by:.3g} {self.limit.unit} needed, {self.limit.bound:.3g} allowed, so {self.by:.3g} too much"


def smallest_relaxation(model: Model, *, time_limit_s: float = TIME_LIMIT_S) -> list[Excess]:
    """The fewest limits that must give way for a solution to exist, and the least amounts. Empty where one exists as it is, or where no limit is to blame."""
    slacks = {name: pulp.LpVariable(f"excess_{name}", lowBound=0) for name in model.limits}
    broken = {name: pulp.LpVariable(f"broken_{name}", cat="Binary") for name in model.limits}
    scale = {limit.name: max(_largest(limit) - limit.bound, 1e-9) for limit in model.limits.values()}
    problem = pulp.LpProblem(f"relaxed_{model.name}", pulp.LpMinimize)
    problem += pulp.lpSum(broken[n] + 0.5 / len(scale) / scale[n] * slacks[n] for n in scale), "relaxation"
    for name, constraint in model.rules.items():
        problem.addConstraint(constraint.copy(), name)
    for name, limit in model.limits.items():
        problem += limit.expression - slacks[name] <= limit.bound, name
        problem += slacks[name] <= scale[name] * broken[name], f"broken_by_{name}"
    if not run(problem, time_limit_s=time_limit_s).found:
        return []
    found = [(limit, value(slacks[name])) for name, limit in model.limits.items()]
    return [Excess(limit, by) for limit, by in found if by > 1e-6 * max(1.0, abs(limit.bound))]


def _largest(limit: Limit) -> float:
    """The most that the expression can come to."""
    most = float(limit.expression.constant)
    for variable, weight in limit.expression.items():
        end = variable.upBound if weight > 0 else variable.lowBound
        if end is None:
            raise ValueError(f"{variable.name} in the limit {limit.name} has no bound, so that the limit has no scale")
        most += float(weight * end)
    return most


def infeasible(model: Model, mends: Mapping[str, str], what: str = "nothing fits") -> InfeasibleError:
    """The error that says what doesn't fit, and what to relax; `mends` are by unit."""
    excess = smallest_relaxation(model)
    if not excess:
        return InfeasibleError(f"{what}, and no single cause was found", mend="relax a goal, or add devices")
    advice = dict.fromkeys(mends[e.limit.unit] for e in excess if e.limit.unit in mends)
    return InfeasibleError(f"{what}: {'; '.join(str(e) for e in excess)}", mend="try " + "; ".join(advice) if advice else "")
