"""The greedy placement, and problems of many ways: valid, and between the bound and the optimum of trying everything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intarsia.planner.placement.agents import drafts
from intarsia.planner.placement.agents.greedy import greedy
from intarsia.planner.placement.agents.outcome import Assessor, chosen_ways
from intarsia.planner.placement.agents.place import Limits, place
from intarsia.planner.placement.agents.problem import Goals, Problem
from intarsia.planner.validate import agents as judge
from tests.bench.planner.agent_graphs import problem_of
from tests.planner.placement.instances import best_of_all, random_problem, worked_example


def with_goal(seed: int) -> Problem:
    problem = random_problem(seed, alike=True)
    quick, cheap = (place(problem, o).figures.percentiles[0.95] for o in ("latency", "cost"))
    return replace(problem, goals=Goals(quick + 0.6 * max(cheap - quick, 0.1), 0.95))


@pytest.mark.parametrize("seed", range(4))
def test_a_greedy_placement_is_valid_and_no_better_than_the_best(seed: int) -> None:
    problem = with_goal(seed)
    found = greedy(problem)
    assert found is not None
    judge.check(problem, found)
    assert Assessor(problem).figures(found).usd_per_h >= best_of_all(problem, "hourly") * (1 - 1e-9)


def test_greedy_widens_what_its_links_are_too_narrow_for() -> None:
    problem = problem_of(30, 5, seed=3)
    narrow = replace(problem, classes=tuple(replace(c, in_bytes_per_s=min(c.in_bytes_per_s, 1e8)) for c in problem.classes))
    found, wide = greedy(narrow), greedy(problem)
    assert found is not None and wide is not None and sum(found.replicas.values()) > sum(wide.replicas.values())
    judge.check(narrow, found, samples=2000)


def test_greedy_gives_up_where_nothing_keeps_the_goal() -> None:
    assert greedy(worked_example(e2e_s=0.09)) is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("objective", ["hourly", "cost"])
def test_a_large_problem_ends_between_the_bound_and_the_best(seed: int, objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = with_goal(seed)
    best = best_of_all(problem, objective)
    monkeypatch.setattr(drafts, "MANY_WAYS", 1)
    monkeypatch.setattr(drafts, "FEW_TASKS", 1)
    found = place(problem, objective)
    judge.check(problem, found.choice, found.figures)
    assert found.bound <= best * (1 + 1e-6) <= found.value * (1 + 2e-6)
    assert Assessor(problem).keeps(chosen_ways(problem, found.choice))


def test_a_large_problem_without_a_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = replace(problem_of(40, 4, seed=1), goals=Goals())
    whole = place(problem, "hourly", Limits(20.0, 1e-3))
    monkeypatch.setattr(drafts, "MANY_WAYS", 1)
    monkeypatch.setattr(drafts, "FEW_TASKS", 1)
    found = place(problem, "hourly", Limits(20.0, 1e-3))
    judge.check(problem, found.choice, found.figures, samples=2000)
    assert found.bound <= whole.value <= found.value * (1 + 2e-3) and found.value <= 1.15 * whole.value
    assert "in parts" in found.notes[0]
