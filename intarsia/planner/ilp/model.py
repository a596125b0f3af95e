"""An integer program as every planner of ours writes it: named variables, rules that always hold, limits that may give way, one objective.

>>> model = Model("knapsack")
>>> take = [model.binary(f"take[{item}]") for item in ("rope", "lamp")]
>>> model.limit("weight", 3 * take[0] + 4 * take[1], 5, "kg", "weight of the bag")
>>> model.maximize(2 * take[0] + 3 * take[1], "worth")

Limits are kept apart from rules so that an infeasible program can be solved again with slack in them (`solver.smallest_relaxation`).
A limit's variables need upper bounds, or the relaxation has no scale.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pulp

from intarsia.errors import InputError, Where

Expression: TypeAlias = pulp.LpAffineExpression


@dataclass(frozen=True)
class Limit:
    """A constraint that can be relaxed: `expression` <= `bound`, in `unit`; `subject` says what it is in words."""

    name: str
    expression: Expression
    bound: float
    unit: str
    subject: str


@dataclass
class Model:
    """A program that is being written. Names may hold any text: `label` makes them fit for LP files."""

    name: str
    rules: dict[str, pulp.LpConstraint] = field(default_factory=dict)
    limits: dict[str, Limit] = field(default_factory=dict)
    objective: Expression = field(default_factory=Expression)
    objective_name: str = "nothing"
    maximizes: bool = False

    def binary(self, name: str) -> pulp.LpVariable:
        return pulp.LpVariable(label(name), cat="Binary")

    def integer(self, name: str, low: int | None = 0, high: int | None = None) -> pulp.LpVariable:
        return pulp.LpVariable(label(name), lowBound=low, upBound=high, cat="Integer")

    def continuous(self, name: str, low: float | None = 0.0, high: float | None = None) -> pulp.LpVariable:
        return pulp.LpVariable(label(name), lowBound=low, upBound=high)

    def rule(self, name: str, constraint: pulp.LpConstraint) -> None:
        """A constraint that makes a solution a solution."""
        self._fresh(label(name))
        self.rules[label(name)] = constraint

    def limit(self, name: str, expression: Expression, bound: float, unit: str = "", subject: str = "") -> None:
        """A constraint that a user could relax: at most `bound`. An at-least limit is written with both sides negated."""
        self._fresh(label(name))
        self.limits[label(name)] = Limit(label(name), expression + 0, bound, unit, subject or name)

    def minimize(self, expression: Expression, name: str) -> None:
        self.objective, self.objective_name, self.maximizes = expression + 0, label(name), False

    def maximize(self, expression: Expression, name: str) -> None:
        self.objective, self.objective_name, self.maximizes = expression + 0, label(name), True

    def _fresh(self, name: str) -> None:
        if name in self.rules or name in self.limits:
            raise ValueError(f"the program {self.name} has two constraints named {name}")

    def problem(self, relaxed: Iterable[str] = ()) -> pulp.LpProblem:
        """The program as PuLP holds it, without the limits named in `relaxed`."""
        problem = pulp.LpProblem(label(self.name), pulp.LpMaximize if self.maximizes else pulp.LpMinimize)
        problem += self.objective, self.objective_name
        for name, constraint in self.rules.items():
            problem.addConstraint(constraint.copy(), name)
        left_out = set(relaxed)
        for limit in self.limits.values():
            if limit.name not in left_out:
                problem += limit.expression <= limit.bound, limit.name
        return problem

    def write_lp(self, path: Path) -> None:
        """A readable LP file. Raises InputError where it can't be written."""
        try:
            self.problem().writeLP(str(path))
        except OSError as error:
            raise InputError(f"cannot write the LP: {error.strerror}", where=Where(str(path))) from None


def label(text: str) -> str:
    """A name that LP files allow."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", text)


def total(terms: Iterable[tuple[float, pulp.LpVariable]]) -> Expression:
    """The sum of weight * variable, made in one pass (`lpSum` of products makes an expression for each)."""
    expression = Expression()
    for weight, variable in terms:
        expression.addterm(variable, weight)
    return expression
