"""Placing: the paper's worked example, optima against trying everything, capacities, what doesn't fit, and bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InfeasibleError, InputError, IntarsiaError
from intarsia.planner.ilp import solver
from intarsia.planner.placement.agents.front import pareto
from intarsia.planner.placement.agents.outcome import Assessor, chosen_ways
from intarsia.planner.placement.agents.place import Limits, place
from intarsia.planner.placement.agents.problem import Class, Edge, Goals, Graph, Move, Node, Pool, Problem, Task, Tenant, Way
from intarsia.planner.placement.agents.spread import constant
from intarsia.planner.validate import agents as judge
from tests.planner.placement.instances import best_of_all, one, random_problem, worked_example


def test_the_worked_example() -> None:
    """HP/CO: 120 ms and $0.095 (arXiv 2507.19635, Table 3)."""
    found = place(worked_example(e2e_s=0.120))
    assert found.choice.ways == {"prefill": "HP", "decode": "CO"}
    assert found.value == pytest.approx(0.095) and found.gap == 0
    assert found.figures.mean_s == pytest.approx(0.120)


def figures_of(prefill: str, decode: str) -> tuple[float, float]:
    """Seconds and dollars of one placement of the worked example, forced by leaving the other ways out."""
    problem = worked_example()
    wanted = {"prefill": prefill, "decode": decode}
    forced = replace(problem, tasks=tuple(replace(task, ways=tuple(w for w in task.ways if w.name == wanted[task.name])) for task in problem.tasks))
    found = place(forced)
    return found.figures.mean_s, found.figures.usd_per_request


def test_all_four_placements_of_the_worked_example() -> None:
    """The last, D, is the reverse of the best: it moves the cache too, and is late as well as dear. $0.06 for CO/CO is printed as 0.07."""
    assert figures_of("HP", "HP") == pytest.approx((0.105, 0.110))
    assert figures_of("HP", "CO") == pytest.approx((0.120, 0.095))
    assert figures_of("CO", "CO") == pytest.approx((0.160, 0.060))
    assert figures_of("CO", "HP") == pytest.approx((0.165, 0.085))


def test_lateness_at_a_price() -> None:
    """CO/CO is 40 ms late and 3.5 cents cheaper, so it wins below 0.875 dollars a second."""
    for usd_per_s, decode, prefill in ((0.87, "CO", "CO"), (0.88, "CO", "HP")):
        found = place(worked_example(e2e_s=0.120, late_usd_per_s=usd_per_s))
        assert found.choice.ways == {"prefill": prefill, "decode": decode}
    assert found.value == pytest.approx(0.095)


def test_the_front_of_the_worked_example() -> None:
    front = [(f.figures.usd_per_request, f.figures.percentiles[0.95]) for f in pareto(worked_example(), "cost", points=8)]
    assert front == [pytest.approx(point) for point in ((0.06, 0.16), (0.095, 0.12), (0.11, 0.105))]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("objective", ["cost", "hourly"])
def test_the_optimum_is_that_of_trying_everything(seed: int, objective: str) -> None:
    """With transfers that all differ, and (from seed 3 on) with ends that are alike."""
    problem = random_problem(seed, alike=seed >= 3)
    quick, cheap = (place(problem, o).figures.percentiles[0.95] for o in ("latency", "cost"))
    quantile = (0.9, 0.95, 0.99, None)[seed % 4]
    tight = replace(problem, goals=Goals(quick + (0.2 + 0.1 * seed) * max(cheap - quick, 0.1), quantile))
    best = best_of_all(tight, objective)
    if best == float("inf"):
        with pytest.raises(InfeasibleError, match="end-to-end"):
            place(tight, objective)
        return
    found = place(tight, objective)
    assert found.value == pytest.approx(best, rel=1e-4)
    assert found.bound <= found.value <= found.bound * (1 + 2e-4)
    judge.check(tight, found.choice, found.figures)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["cost", "hourly", "energy", "latency"]))
def test_every_placement_is_valid(seed: int, objective: str) -> None:
    found = place(random_problem(seed), objective)
    judge.check(random_problem(seed), found.choice, found.figures, samples=2000)


def shop(*, weight: float = 4e9, count: int = 4, rate: float = 10.0, shared: bool = False, swapped: bool = False, **fields: Any) -> Problem:
    """Two models of `weight` bytes on cards of 10 GB, 40 ms of a card for each request and model."""
    pools = (Pool("both", "card", shared=True),) if shared else (Pool("pool_a", "card"), Pool("pool_b", "card"))
    home = {"a": pools[0].name, "b": pools[-1].name}
    tasks = tuple(
        Task(name, 1.0, (Way(name, home[name], constant(0.05), busy_s=0.04, byte_seconds=fields.get("held", 0.0), tenant=name),)) for name in ("a", "b")
    )  # fmt: skip
    tenants = tuple(Tenant(name, home[name], weight, swapped) for name in ("a", "b"))
    return Problem((Class("card", count, 10e9, 2.0),), pools, tasks, Graph((Node("task", "a"), Node("task", "b", (0,)))), (), tenants, rate_per_s=rate)


def test_replicas_carry_the_load() -> None:
    found = place(shop(rate=60.0, count=6), "hourly")
    assert found.choice.replicas == {"pool_a": 3, "pool_b": 3} and found.value == pytest.approx(12.0)


def test_models_share_a_card_where_both_fit() -> None:
    found = place(shop(shared=True), "hourly")
    assert found.choice.replicas == {"both": 1} and set(found.choice.tenants) == {("a", "both"), ("b", "both")}
    with pytest.raises(InfeasibleError, match="memory of card"):
        place(shop(shared=True, weight=6e9), "hourly")


def test_models_take_turns_where_they_do_not() -> None:
    found = place(shop(shared=True, weight=6e9, swapped=True), "hourly")
    assert found.choice.replicas == {"both": 1}
    judge.check(shop(shared=True, weight=6e9, swapped=True), found.choice, found.figures)


def test_what_requests_hold_takes_memory() -> None:
    """10 requests a second hold 1 GB for 1 s each: 10 GB, beside 4 GB of weights on each card."""
    found = place(shop(held=1e9), "hourly")
    assert found.choice.replicas == {"pool_a": 2, "pool_b": 2}


def test_the_fewest_limits_are_named() -> None:
    with pytest.raises(InfeasibleError, match=r"number of card: 6 devices needed, 4 allowed, so 2 too much"):
        place(shop(rate=60.0, count=4), "hourly")
    with pytest.raises(InfeasibleError, match="quickest placement needs 0.105 s, 0.1 allowed"):
        place(worked_example(e2e_s=0.1))
    goals = Goals(e2e_s=0.12, ttft_s=0.05)
    problem = worked_example()
    tasks = (replace(problem.tasks[0], goal="ttft", ways=tuple(replace(w, step_s=0.08) for w in problem.tasks[0].ways)), problem.tasks[1])
    with pytest.raises(InfeasibleError, match=r"time to first token of prefill: 0.08 s needed, 0.05 allowed"):
        place(replace(problem, tasks=tasks, goals=goals))


def test_a_network_that_is_too_slow() -> None:
    problem = worked_example(e2e_s=0.12)
    move = Move(constant(0.01), 0.005, 1e9)
    narrow = replace(
        problem, rate_per_s=2.0, edges=(replace(problem.edges[0], moves={("HP", "CO"): move, ("CO", "HP"): move}),),
        classes=tuple(replace(c, out_bytes_per_s=1e9) for c in problem.classes),
    )  # fmt: skip
    assert place(narrow).choice.ways == {"prefill": "HP", "decode": "HP"}


def test_time_runs_out_with_the_best_so_far_or_a_reason() -> None:
    with pytest.raises(InputError, match="time limit greater than zero"):
        Limits(time_limit_s=0.0)
    problem = replace(random_problem(1), goals=Goals(2.0, 0.99))
    try:
        found = place(problem, "cost", Limits(time_limit_s=0.01))
    except IntarsiaError as error:
        assert "found in" in str(error) or "fits" in str(error)
    else:
        assert found.bound <= found.value
        assert Assessor(problem).keeps(chosen_ways(problem, found.choice))


def test_a_solver_that_crashes_is_followed_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> Any:
        raise RuntimeError("no such library")

    monkeypatch.setitem(solver.SOLVERS, "HiGHS", broken)
    found = place(worked_example(e2e_s=0.12))
    assert found.solver == "CBC" and "no such library" in found.notes[0] and found.value == pytest.approx(0.095)


def test_a_readable_lp(tmp_path: Path) -> None:
    place(worked_example(e2e_s=0.12), limits=Limits(write_lp=tmp_path / "plan.lp"))
    text = (tmp_path / "plan.lp").read_text()
    assert all(name in text for name in ("x_prefill_HP_", "y_kv_HP_and_1", "one_way_of_decode_", "end_to_end", "devices_HP_"))


def broken(**fields: Any) -> Problem:
    return replace(worked_example(e2e_s=0.12), **fields)


LATER = Graph((Node("task", "prefill", (1,)), Node("task", "decode")))
BAD: dict[str, tuple[Problem, str]] = {
    "cycle": (broken(graph=LATER), "the graph has a cycle"),
    "doubled class": (broken(classes=(Class("HP", 1, 1.0),) * 2), "'HP'"),
    "no devices": (broken(classes=(Class("HP", 0, 1.0), Class("CO", 1, 1.0))), "count is 0"),
    "negative": (broken(classes=(Class("HP", 1, -1.0), Class("CO", 1, 1.0))), "memory_bytes is -1"),
    "2^62": (broken(rate_per_s=2.0**62), "rate_per_s is 4.61"),
    "goal of nothing": (broken(goals=Goals(e2e_s=0.0)), "e2e_s is 0"),
    "percentile of 1": (broken(goals=Goals(e2e_s=1.0, quantile=1.0)), "between 0 and 1"),
    "task twice": (broken(graph=Graph((*one("prefill").nodes, *one("prefill").nodes, *one("decode").nodes))), "stands twice"),
    "task nowhere": (broken(graph=one("prefill")), "'decode' is not both"),
    "dangling edge": (broken(edges=(Edge("kv", "prefill", "nobody", 1.0, {}),)), "dangles"),
    "odds": (broken(graph=Graph((Node("branch", "b", cases=((0.5, one("prefill")), (0.4, one("decode")))),))), "sum to 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_error(name: str) -> None:
    problem, words = BAD[name]
    with pytest.raises(InputError, match=words.replace("^", r"\^")):
        place(problem)


def test_a_task_without_a_way_and_an_objective_that_is_none() -> None:
    problem = worked_example()
    with pytest.raises(InfeasibleError, match="no device of the fleet can run the task prefill"):
        place(replace(problem, tasks=(Task("prefill", 1.0, ()), problem.tasks[1])))
    with pytest.raises(InputError, match="choose one of cost, hourly, energy, latency"):
        place(problem, "beauty")


def test_nothing_to_place() -> None:
    found = place(Problem((), (), (), Graph(())))
    assert found.choice.ways == {} and found.value == 0
