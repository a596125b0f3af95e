"""The judge of placements: every rule, broken on purpose, is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intarsia.planner.placement.agents.outcome import Choice
from intarsia.planner.placement.agents.place import place
from intarsia.planner.placement.agents.problem import Class, Goals, Graph, Move, Node, Pool, Problem, Task, Tenant, Way
from intarsia.planner.placement.agents.spread import constant
from intarsia.planner.validate import InvalidPlan
from intarsia.planner.validate import agents as judge
from tests.planner.placement.instances import random_problem, worked_example

FINE = Choice({"prefill": "HP", "decode": "CO"}, {"HP": 1, "CO": 1})


def said(problem: Problem, choice: Choice, figures: Any = None) -> str:
    return "; ".join(judge.problems(problem, choice, figures, samples=4000))


def test_what_is_right() -> None:
    assert said(worked_example(e2e_s=0.12), FINE) == ""


@pytest.mark.parametrize(
    "problem, choice, words",
    [
        (worked_example(), Choice({"prefill": "HP"}, {"HP": 1}), "decode has no way"),
        (worked_example(), replace(FINE, replicas={"HP": 1}), "runs on CO, which has no replica"),
        (worked_example(), replace(FINE, replicas={"HP": 2, "CO": 1}), "2 of HP are taken, of which there are 1"),
        (worked_example(e2e_s=0.119), FINE, "0.12 s on average"),
        (worked_example(e2e_s=0.119, quantile=0.95), FINE, "instead of 95.00%"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(problem: Problem, choice: Choice, words: str) -> None:
    assert words in said(problem, choice)
    with pytest.raises(InvalidPlan, match="placement is not valid"):
        judge.check(problem, choice)


def crowded(**fields: Any) -> Problem:
    way = Way("a", "p", constant(0.1), busy_s=0.1, byte_seconds=1e9, step_s=0.3, tenant="m", joules=2.0)
    usual: dict[str, Any] = {
        "classes": (Class("d", 2, 10e9, 3.0),), "pools": (Pool("p", "d", busy_most=0.5),), "tasks": (Task("a", 1.0, (way,), "ttft"),),
        "graph": Graph((Node("task", "a"),)), "tenants": (Tenant("m", "p", 8e9, usd_per_h=1.0),), "rate_per_s": 5.0,
    }  # fmt: skip
    return Problem(**usual | fields)


def test_capacities() -> None:
    one = Choice({"a": "a"}, {"p": 1})
    assert "each device of p would hold 13 GB" in said(crowded(), one)
    assert "asked for 1 replicas' time" in said(crowded(rate_per_s=10.0), one)
    assert "more than the goal ttft" in said(crowded(goals=Goals(ttft_s=0.2)), one)
    shared = crowded(pools=(Pool("p", "d", shared=True),))
    assert "needs m in p, where it is not" in said(shared, one)


def test_network() -> None:
    problem = worked_example()
    move = Move(constant(0.01), 0.005, 1e9)
    narrow = replace(problem, rate_per_s=2.0, edges=(replace(problem.edges[0], moves={("HP", "CO"): move}),), classes=(Class("HP", 1, 1e10, 0.0, 9e9, 1e9), problem.classes[1]))
    assert "bytes/s would go out of HP" in said(narrow, FINE)


def test_costs_are_reckoned_again() -> None:
    problem = random_problem(3)
    found = place(problem, "cost")
    assert said(problem, found.choice, found.figures) == ""
    for name in ("usd_per_request", "usd_per_h", "joules"):
        wrong = replace(found.figures, **{name: getattr(found.figures, name) * 1.01})
        assert f"{name} is" in said(problem, found.choice, wrong)


def test_a_plan_that_forgets_the_tail_is_caught() -> None:
    """Held to its mean alone, a placement misses its 99th percentile, and simulation sees it."""
    problem = random_problem(5)
    mean = place(problem, "latency").figures
    strict = replace(problem, goals=Goals(mean.mean_s, 0.99))
    assert "simulated requests end within" in said(strict, place(problem, "latency").choice)
