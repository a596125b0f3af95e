"""The outline bounds every placement, and cuts on pools forbid none that keeps the goal; both against trying every combination."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.planner.ilp import solver
from intarsia.planner.placement.agents import kinds, opening, outline, paths, spread
from intarsia.planner.placement.agents import program as programs
from intarsia.planner.placement.agents.cuts import Cutter
from intarsia.planner.placement.agents.drafts import Drafter
from intarsia.planner.placement.agents.improve import Improver
from intarsia.planner.placement.agents.lengths import length_of
from intarsia.planner.placement.agents.opening import Opening
from intarsia.planner.placement.agents.outcome import Assessor, chosen_ways
from intarsia.planner.placement.agents.outline import Divided
from intarsia.planner.placement.agents.place import Limits, place
from intarsia.planner.placement.agents.problem import Class, Edge, Goals, Graph, Move, Node, Pool, Problem, Task, Tenant, Way
from intarsia.planner.validate import agents as judge
from tests.bench.planner.agent_graphs import problem_of
from tests.planner.placement.instances import best_of_all, random_problem

NO_TIME = spread.constant(0.0)


def goal_of(problem: Problem, share: float) -> Problem:
    quick, cheap = (place(problem, o).figures.percentiles[0.95] for o in ("latency", "cost"))
    return replace(problem, goals=Goals(quick + share * max(cheap - quick, 0.1), 0.95))


def bound_of(problem: Problem, objective: str) -> float:
    drafter = Drafter(problem, objective, {}, 20.0, 1e-6, Assessor(problem))
    drafter.run()
    return drafter.bound


@pytest.mark.parametrize("objective", ["hourly", "cost", "energy", "latency"])
@pytest.mark.parametrize("seed", range(3))
def test_no_placement_has_less_than_the_outline(seed: int, objective: str) -> None:
    problem = goal_of(random_problem(seed, alike=bool(seed % 2)), 0.4)
    assert bound_of(problem, objective) <= best_of_all(problem, objective) * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_a_set_of_closed_pools_is_opened_by_whatever_keeps_the_goal(seed: int) -> None:
    problem = goal_of(random_problem(seed, alike=True), 0.2)
    assessor = Assessor(problem)
    made = Opening(problem, Cutter(problem, assessor))
    names = [pool.name for pool in problem.pools]
    closed = [found for count in range(len(names)) for few in itertools.combinations(names, count) for found in made.closed(frozenset(few))]
    assert closed
    for combination in itertools.product(*(task.ways for task in problem.tasks)):
        ways = {task.name: way for task, way in zip(problem.tasks, combination, strict=True)}
        if assessor.keeps(ways):
            assert all(pools & {way.pool for way in combination} for pools in closed)


def test_pools_that_could_keep_the_goal_are_not_cut_off() -> None:
    problem = goal_of(random_problem(1, alike=True), 0.4)
    assert Opening(problem, Cutter(problem, Assessor(problem))).closed(frozenset(pool.name for pool in problem.pools)) == []


def alike(count: int, bytes_: tuple[float, ...] = ()) -> Problem:
    """Tasks that differ by a factor alone, on a slow and on a quick class, one after another; some send so many bytes to the next."""
    classes = (Class("slow", 50, 1e9, 1.0), Class("quick", 50, 1e9, 3.0, 1e9, 1e9))
    tasks = [
        Task(f"t{i}", 1.0, tuple(Way(c.name, c.name, spread.constant(k * (1 + i)), 1e-3 * k * (1 + i), k * (1 + i), 0.2 * (1 + i), tenant="m") for c, k in zip(classes, (2.0, 1.0), strict=True)))
        for i in range(count)
    ]  # fmt: skip
    graph = Graph(tuple(Node("task", task.name, (i - 1,) if i else ()) for i, task in enumerate(tasks)))
    edges = [Edge(f"e{i}", f"t{i}", f"t{i + 1}", 1.0, {(a, b): Move(NO_TIME, 0.0, size) for a, b in (("slow", "quick"), ("quick", "slow"))}) for i, size in enumerate(bytes_)]
    pools = tuple(Pool(c.name, c.name, busy_most=0.8) for c in classes)
    return Problem(classes, pools, tuple(tasks), graph, tuple(edges), tuple(Tenant("m", pool.name, 1e6) for pool in pools), rate_per_s=1.0)


def test_tasks_that_differ_by_a_factor_are_one_kind() -> None:
    drawn = kinds.outline(alike(6)).problem
    assert len(drawn.tasks) == 1
    slow, quick = drawn.tasks[0].ways
    assert (slow.seconds.mean, quick.seconds.mean) == pytest.approx((42.0, 21.0))
    assert slow.busy_s == pytest.approx(0.2 * 21) and slow.dollars == pytest.approx(1e-3 * 42)


def test_paths_side_by_side_count_equally_where_they_are_alike() -> None:
    sides = Graph((Node("task", "a"), Node("task", "b"), Node("task", "c"), Node("task", "d", (0, 1, 2))))
    mean = paths.path(sides, {"a": 1.0, "b": 0.9, "c": 0.1, "d": 2.0})
    assert mean.tasks == {"a": 0.5, "b": 0.5, "d": 1.0} and mean.seconds == pytest.approx(3.0)


def test_loops_branches_and_waits_count_as_often_as_they_come() -> None:
    inner = Graph((Node("task", "a"), Node("wait", "pause", (0,), spread.constant(0.5))))
    graph = Graph((Node("loop", "again", cases=((1.0, inner),), counts=((1, 0.5), (3, 0.5))), Node("branch", "or", (0,), cases=((0.25, Graph((Node("task", "b"),))), (0.75, Graph(()))))))
    mean = paths.path(graph, {"a": 1.0, "b": 4.0})
    assert mean.tasks == {"a": 2.0, "b": 0.25} and mean.fixed_s == pytest.approx(1.0) and mean.seconds == pytest.approx(4.0)


@given(st.lists(st.integers(0, 10**9).map(float), min_size=3, max_size=7), st.data())
def test_supports_hold_for_every_choice(sizes: list[float], data: st.DataObject) -> None:
    """Shares of bytes at one end are never less than what the shares of work say."""
    problem = alike(len(sizes) + 1, tuple(sizes))
    drawn = kinds.outline(problem)
    chosen = data.draw(st.lists(st.floats(0, 1), min_size=len(problem.tasks), max_size=len(problem.tasks)))
    work = [1.5 * (1 + i) for i in range(len(chosen))]
    share = sum(w * x for w, x in zip(work, chosen, strict=True)) / sum(work)
    ends = {"from": chosen[:-1], "to": chosen[1:]}
    for support in drawn.supports:
        moved = sum(b * x for b, x in zip(sizes, ends[support.moved.rpartition("_")[2]], strict=True)) / sum(sizes)
        assert moved >= support.slope * share + support.height - 1e-9


def test_links_that_are_too_narrow_keep_the_outline_from_parting_tasks() -> None:
    """Were nothing moved, the quick class would take half of the tasks; its links carry hardly anything."""
    problem = replace(alike(8, (5e8,) * 7), goals=Goals(e2e_s=54.0))
    drawn = kinds.outline(problem)
    values = []
    for supports in (drawn.supports, ()):
        drafter = Drafter(problem, "hourly", {}, 10.0, 1e-6, Assessor(problem))
        drafter.program = outline.program_of(replace(drawn, supports=supports, delays=()), "hourly", {}, Divided)
        assert solver.solve(drafter.program.model).status == "optimal"
        values.append(float(drafter.program.model.objective.value()))
    whole = programs.build(problem, "hourly")
    assert solver.solve(whole.model).status == "optimal"
    assert values[1] <= values[0] <= float(whole.model.objective.value()) + 1e-6


def test_a_goal_out_of_reach_is_named_for_many_tasks() -> None:
    from intarsia.errors import InfeasibleError

    problem = problem_of(30, 4, seed=2)
    with pytest.raises(InfeasibleError, match="the quickest placement needs"):
        place(replace(problem, goals=Goals(e2e_s=0.2 * (problem.goals.e2e_s or 1.0), quantile=0.95)), "hourly", Limits(20.0, 1e-2))


def test_a_hundred_tasks_are_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cuts on pools close the gap that Cantelli's limit leaves."""
    problem = problem_of(40, 5, seed=0)
    found = place(problem, "hourly", Limits(30.0, 1e-3))
    judge.check(problem, found.choice, found.figures, samples=4000)
    assert found.gap <= 1e-3
    monkeypatch.setattr(opening.Opening, "closed", lambda self, pools: [])
    assert bound_of(problem, "hourly") <= found.bound * (1 + 1e-6)


def test_a_divided_model_divides_choices_alone() -> None:
    model = Divided("m")
    assert model.binary("x").cat == "Continuous" and model.integer("n").cat == "Integer"


@pytest.mark.parametrize("objective", ["hourly", "cost"])
@pytest.mark.parametrize("seed", range(3))
def test_a_placement_is_made_better_a_part_at_a_time(seed: int, objective: str) -> None:
    """From the quickest placement to one that costs no more, keeps the goal, and is no better than the best of all."""
    problem = goal_of(random_problem(seed, alike=True), 0.6)
    start = place(problem, "latency")
    assessor = Assessor(problem)
    value = assessor.figures(start.choice).of(objective)
    improver = Improver(problem, objective, {}, assessor, frozenset(pool.name for pool in problem.pools), start.choice, value)
    improver.run(time.monotonic() + 5.0)
    judge.check(problem, improver.best, assessor.figures(improver.best))
    assert best_of_all(problem, objective) * (1 - 1e-6) <= improver.value <= value
    assert improver.value == pytest.approx(assessor.figures(improver.best).of(objective))


def test_a_length_is_that_of_the_program() -> None:
    problem = goal_of(random_problem(2), 0.5)
    program = programs.build(problem, "latency")
    assert solver.solve(program.model).status == "optimal"
    ways = chosen_ways(problem, programs.choice_of(program))
    assert length_of(problem, ways) == pytest.approx(float(program.length.value()), rel=1e-6)
