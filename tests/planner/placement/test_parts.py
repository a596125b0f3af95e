"""Parts of a problem: what prices of a second say is a bound, against trying every combination; what parts choose fits together."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from intarsia.planner.placement.agents import drafts, moments, paths
from intarsia.planner.placement.agents.outcome import Assessor, chosen_ways
from intarsia.planner.placement.agents.parts import Parts, split
from intarsia.planner.placement.agents.place import place
from intarsia.planner.placement.agents.problem import Goals, Graph, Node, Problem
from intarsia.planner.validate import agents as judge
from tests.planner.placement.instances import best_of_all, random_problem


def renamed(problem: Problem, to: str) -> Problem:
    """Two of its device classes, everything under names of its own."""
    kept = tuple(c.name for c in problem.classes[:2])

    def graph(inner: Graph) -> Graph:
        return Graph(tuple(replace(n, name=to + n.name, cases=tuple((odds, graph(case)) for odds, case in n.cases)) for n in inner.nodes))

    return replace(
        problem, classes=tuple(replace(c, name=to + c.name) for c in problem.classes[:2]), pools=tuple(replace(p, name=to + p.name, device=to + p.device) for p in problem.pools[:2]),
        tasks=tuple(replace(t, name=to + t.name, ways=tuple(replace(w, name=to + w.name, pool=to + w.pool) for w in t.ways if w.pool in kept)) for t in problem.tasks),
        graph=graph(problem.graph),
        edges=tuple(
            replace(e, name=to + e.name, source=to + e.source, target=to + e.target, moves={(to + a, to + b): m for (a, b), m in e.moves.items() if a in kept and b in kept})
            for e in problem.edges
        ),
    )  # fmt: skip


def two(seed: int) -> Problem:
    """Two problems one after the other, with devices of their own, and a goal between the quickest and the cheapest."""
    first, second = renamed(random_problem(2 * seed), "a"), renamed(random_problem(2 * seed + 1), "b")
    halves = tuple(Node("branch", name, after, cases=((1.0, half.graph),)) for name, after, half in (("first", (), first), ("second", (0,), second)))
    whole = Problem(
        first.classes + second.classes, first.pools + second.pools, first.tasks + second.tasks, Graph(halves), first.edges + second.edges, rate_per_s=first.rate_per_s
    )
    quick, cheap = (place(whole, o).figures.percentiles[0.95] for o in ("latency", "cost"))
    return replace(whole, goals=Goals(quick + 0.5 * max(cheap - quick, 0.1), 0.95))


def parts_of(problem: Problem, objective: str) -> Parts:
    return Parts(problem, objective, paths.path(problem.graph, {task.name: task.ways[0].seconds.mean for task in problem.tasks}))


def test_tasks_with_pools_in_common_are_one_part() -> None:
    found = split(two(0))
    assert [sorted({task.name[0] for task in part.tasks}) for part in found] == [["a"], ["b"]]
    assert [sorted({pool.name[0] for pool in part.pools}) for part in found] == [["a"], ["b"]]
    assert sum(len(part.edges) for part in found) == len(two(0).edges)
    assert len(split(random_problem(3))) == 1


@pytest.mark.parametrize("objective", ["hourly", "cost", "energy"])
@pytest.mark.parametrize("seed", range(2))
def test_no_placement_costs_less_than_a_price_says(seed: int, objective: str) -> None:
    problem = two(seed)
    best, made = best_of_all(problem, objective), parts_of(problem, objective)
    limit = (problem.goals.e2e_s or 0.0) + moments.slack(problem)
    bounds = [made.bound(price, limit, time.monotonic() + 60) for price in (0.0, 0.01 * best, 0.1 * best, best)]
    assert max(bounds) <= best * (1 + 1e-6)
    assert max(bounds) >= bounds[0] > 0


def test_columns_make_the_best_whole_that_is_quick_enough() -> None:
    problem = two(1)
    made = parts_of(problem, "hourly")
    for price in (0.0, 1.0, 100.0):
        made.bound(price, 1.0, time.monotonic() + 60)
    slowest = made.combined(1e9)
    assert slowest is not None
    taken = made.seconds_of(chosen_ways(problem, slowest))
    quicker = made.combined(0.999 * taken)
    assert quicker is not None and made.seconds_of(chosen_ways(problem, quicker)) < taken
    assert made.combined(0.0) is not None, "the quickest, where nothing is quick enough"
    assessor = Assessor(problem)
    assert assessor.figures(quicker).usd_per_h >= assessor.figures(slowest).usd_per_h
    for choice in (slowest, quicker):
        judge.check(replace(problem, goals=Goals()), choice)


def test_time_that_is_over_says_nothing() -> None:
    assert parts_of(two(0), "hourly").bound(1.0, 1.0, time.monotonic() - 1) == float("-inf")


def test_parts_are_how_large_problems_are_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = two(0)
    monkeypatch.setattr(drafts, "MANY_WAYS", 1)
    monkeypatch.setattr(drafts, "FEW_TASKS", 1)
    found = place(problem, "hourly")
    judge.check(problem, found.choice, found.figures)
    best = best_of_all(problem, "hourly")
    assert found.bound <= best * (1 + 1e-6) <= found.value * (1 + 2e-6)
    assert "in parts" in found.notes[0]
