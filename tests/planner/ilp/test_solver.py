"""Models and solvers of integer programs: answers with their bounds, failures that are told, limits that give way."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError, IntarsiaError
from intarsia.planner.ilp import solver, worker
from intarsia.planner.ilp.model import Model, total


def knapsack(weights: list[int], worths: list[int], capacity: float) -> tuple[Model, list[pulp.LpVariable]]:
    model = Model("knap sack")
    take = [model.binary(f"take[{i}]") for i in range(len(weights))]
    model.limit("weight", total(zip(weights, take, strict=True)), capacity, "kg", "weight of the bag")
    model.maximize(total(zip(worths, take, strict=True)) + 7, "worth")
    return model, take


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=1, max_size=7), st.integers(0, 60))
def test_a_knapsack_is_what_trying_everything_finds(items: list[tuple[int, int]], capacity: int) -> None:
    model, take = knapsack([w for w, _ in items], [v for _, v in items], capacity)
    answer = solver.solve(model)
    best = max(sum(v for _, v in some) for n in range(len(items) + 1) for some in itertools.combinations(items, n) if sum(w for w, _ in some) <= capacity)
    assert (answer.status, answer.objective, answer.bound) == ("optimal", pytest.approx(best + 7), pytest.approx(best + 7))
    assert sum(v for (_, v), t in zip(items, take, strict=True) if solver.chosen(t)) == best


def test_both_solvers_tell_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("no HiGHS here")

    usual = solver.solve(knapsack([3, 4, 5], [4, 5, 7], 8)[0])
    monkeypatch.setitem(solver.SOLVERS, "HiGHS", broken)
    other = solver.solve(knapsack([3, 4, 5], [4, 5, 7], 8)[0])
    assert (usual.solver, other.solver, other.notes) == ("HiGHS", "CBC", ("HiGHS failed: no HiGHS here",))
    assert usual.objective == other.objective == 18
    monkeypatch.setitem(solver.SOLVERS, "CBC", broken)
    with pytest.raises(IntarsiaError, match="no solver could solve the program knap_sack"):
        solver.solve(knapsack([3], [4], 8)[0])


def test_no_solution_and_no_end_are_answers() -> None:
    model = Model("m")
    x = model.continuous("x")
    model.rule("at_least", x >= 3)
    model.maximize(x, "x")
    assert solver.solve(model).status == "unbounded"
    model.rule("at_most", x <= 2)
    answer = solver.solve(model)
    assert (answer.status, answer.found, answer.gap) == ("infeasible", False, math.inf)


def test_unbounded_integers_are_not_called_infeasible() -> None:
    model = Model("m")
    x, y = model.integer("x"), model.integer("y")
    model.rule("more_of_x", x - y >= 1)
    model.maximize(x + y, "both")
    assert solver.solve(model).status == "unbounded"


def test_time_that_runs_out_leaves_the_start_and_a_bound() -> None:
    """A hard packing in almost no time: the answer is the solution that was given, with what the solver has proved."""
    model = Model("bins")
    sizes = [17 + 7 * i % 31 for i in range(40)]
    put = {(i, b): model.binary(f"put_{i}_{b}") for i in range(40) for b in range(40)}
    used = [model.binary(f"used_{b}") for b in range(40)]
    for i in range(40):
        model.rule(f"somewhere_{i}", pulp.lpSum(put[i, b] for b in range(40)) == 1)
    for b in range(40):
        model.rule(f"fits_{b}", total((sizes[i], put[i, b]) for i in range(40)) <= 100 * used[b])
    model.minimize(pulp.lpSum(used), "bins")
    start = {put[i, b].name: float(i == b) for i, b in put} | {u.name: 1.0 for u in used}
    answer = solver.solve(model, time_limit_s=0.5, start=start)
    assert answer.found and answer.objective <= 40 and answer.bound <= answer.objective
    assert answer.status == "optimal" or answer.gap > 0


def test_integers_are_read_by_rounding() -> None:
    variable = pulp.LpVariable("n", cat="Integer")
    for given_value, expected in ((2.9999999, 3), (3.00001, 3), (None, 0), (1e6 + 0.5e1 * 1e-6, 10**6)):
        variable.varValue = given_value
        assert solver.integer(variable) == expected
    variable.varValue = 2.5
    with pytest.raises(IntarsiaError, match=r"left n at 2\.5, which is no integer"):
        solver.integer(variable)


def test_the_fewest_limits_give_way() -> None:
    """Two goals can't be met beside a third: giving up the third alone is enough."""
    model = Model("goals")
    x, y = model.continuous("x", 0, 100), model.continuous("y", 0, 100)
    model.rule("work", x + y >= 50)
    model.limit("time of x", x, 20, "s", "time of x")
    model.limit("time of y", y, 60, "s", "time of y")
    model.limit("both", x + y, 40, "s", "time of both")
    model.minimize(x, "x")
    assert solver.solve(model).status == "infeasible"
    (excess,) = solver.smallest_relaxation(model)
    assert (excess.limit.name, excess.by) == ("both", pytest.approx(10))
    error = solver.infeasible(model, {"s": "looser goals"})
    assert str(error) == "nothing fits: time of both: 50 s needed, 40 allowed, so 10 too much (try looser goals)"
    model.rule("never", x >= 200)
    assert solver.smallest_relaxation(model) == []
    assert "no single cause" in str(solver.infeasible(model, {}))


def test_names_are_kept_apart_and_written(tmp_path: Path) -> None:
    model, take = knapsack([3], [4], 8)
    with pytest.raises(ValueError, match="two constraints named weight"):
        model.rule("weight", take[0] <= 1)
    model.write_lp(tmp_path / "m.lp")
    text = (tmp_path / "m.lp").read_text()
    assert "weight: 3 take_0_" in text and "worth:" in text
    with pytest.raises(InputError, match="cannot write the LP"):
        model.write_lp(tmp_path / "none" / "m.lp")


def test_a_limit_without_scale_is_said() -> None:
    model = Model("m")
    model.limit("open", model.continuous("x") + 0, 3)
    with pytest.raises(ValueError, match="x in the limit open has no bound"):
        solver.smallest_relaxation(model)


def test_a_worker_that_is_not_there_is_told() -> None:
    assert "failed with code 1: " in worker.ask("intarsia.no_such_worker", {}, 5).trouble


def test_what_highs_prints_stays_out_of_standard_output(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """It writes lines of its own to descriptor 1 now and then, in the middle of a command's JSON."""
    import os

    import highspy

    run = highspy.Highs.run

    def noisy(self: Any) -> Any:
        os.write(1, b"HighsMipSolverData: a line of HiGHS's own\n")
        return run(self)

    monkeypatch.setattr(highspy.Highs, "run", noisy)
    assert solver.solve(knapsack([3, 4, 5], [4, 5, 7], 8)[0]).objective == 18
    print("after")
    assert capfd.readouterr().out == "after\n"
