"""Schedules of one request's tasks: the published example, the independent judge, and brute force on small graphs."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.ilp import worker
from intarsia.planner.placement.dag import heft, wfcommons
from intarsia.planner.placement.dag.problem import Instance, bound, instance
from intarsia.planner.placement.dag.schedule import Found, replay, schedule
from intarsia.planner.validate import schedule_problems

needs_ortools = pytest.mark.skipif(not worker.has_cpsat(), reason="the extra cpsat is not installed")


def published() -> Instance:
    """Figure 2 and table 2 of the HEFT paper: ten tasks on three processors."""
    times = [(14, 16, 9), (13, 19, 18), (11, 13, 19), (13, 8, 17), (12, 13, 10), (13, 16, 9), (7, 15, 11), (5, 11, 14), (18, 12, 20), (21, 7, 16)]
    moves = {"1-2": 18, "1-3": 12, "1-4": 9, "1-5": 11, "1-6": 14, "2-8": 19, "2-9": 16, "3-7": 23, "4-8": 27, "4-9": 23, "5-9": 13, "6-8": 15, "7-10": 17, "8-10": 11, "9-10": 13}
    edges = {(a, b): float(size) for (a, b), size in ((edge.split("-"), size) for edge, size in moves.items())}
    return instance({str(i + 1): row for i, row in enumerate(times)}, edges, ["P1", "P2", "P3"], seconds_per_byte=1.0)


def drawn(seed: int, tasks: int, processors: int) -> Instance:
    chance = np.random.default_rng(seed)
    times = {f"t{i}": [float(s) for s in chance.integers(1, 20, processors)] for i in range(tasks)}
    edges = {(f"t{a}", f"t{b}"): float(chance.integers(0, 15)) for a, b in itertools.combinations(range(tasks), 2) if chance.random() < 0.4}
    speeds = chance.uniform(0.5, 2.0, (processors, processors))
    return instance(times, edges, [f"p{i}" for i in range(processors)], seconds_per_byte=speeds, latency_s=chance.uniform(0, 1, (processors, processors)))


def brute_force(made: Instance) -> float:
    """Every order of the tasks on every choice of processors, each as early as it can."""
    best = float("inf")
    for order in itertools.permutations(range(len(made.names))):
        place = {task: i for i, task in enumerate(order)}
        if any(place[a] > place[b] for a, b, _ in made.edges):
            continue
        for homes in itertools.product(range(len(made.processors)), repeat=len(order)):
            best = min(best, replay(made, [(homes[t], place[t]) for t in range(len(order))], "").makespan)
    return best


def test_heft_and_cpop_give_the_published_lengths() -> None:
    made = published()
    ranks = heft.upward_ranks(made)
    assert [round(r, 3) for r in ranks] == [108.0, 77.0, 80.0, 80.0, 69.0, 63.333, 42.667, 35.667, 44.333, 14.667]
    assert [made.names[t] for t in heft.critical_path(made, [u + d for u, d in zip(ranks, heft.downward_ranks(made), strict=True)])] == ["1", "2", "9", "10"]
    for found, length in ((heft.heft(made), 80), (heft.cpop(made), 86)):
        assert found.makespan == length and schedule_problems(made, found.tasks) == []


@needs_ortools
def test_the_optimum_of_the_published_example_is_proved() -> None:
    found = schedule(published(), time_limit_s=30)
    assert (found.schedule.makespan, found.bound) == (pytest.approx(73), pytest.approx(73, rel=1e-5))
    assert found.heuristics == {"HEFT": 80, "CPOP": 86} and found.gap < 1e-5
    assert schedule_problems(published(), found.schedule.tasks) == []


@needs_ortools
@pytest.mark.parametrize("seed", range(3))
def test_small_graphs_are_scheduled_as_by_brute_force(seed: int) -> None:
    made = drawn(seed, 5, 2)
    found = schedule(made, time_limit_s=30)
    assert found.schedule.makespan == pytest.approx(brute_force(made), rel=1e-5)
    assert found.bound <= found.schedule.makespan <= found.bound * (1 + 1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 4))
def test_schedules_are_valid_and_not_below_the_bound(seed: int, tasks: int, processors: int) -> None:
    made = drawn(seed, tasks, processors)
    least = bound(made)
    for found in (heft.heft(made), heft.cpop(made)):
        assert schedule_problems(made, found.tasks) == []
        assert found.makespan >= least * (1 - 1e-9)


def test_tasks_that_run_in_few_places_stay_there() -> None:
    made = instance({"a": (1, float("inf")), "b": (float("inf"), 2)}, {("a", "b"): 4}, ["cpu", "gpu"], seconds_per_byte=0.5)
    for found in (heft.heft(made), heft.cpop(made), schedule(made, time_limit_s=5).schedule):
        assert [t.processor for t in found.tasks] == [0, 1] and found.makespan == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tasks: tasks[1:], "9 of 10 tasks"),
        (lambda tasks: [replace(tasks[0], start=-9, end=0), *tasks[1:]], "before time began"),
        (lambda tasks: [replace(tasks[0], end=tasks[0].end + 1), *tasks[1:]], "runs 10 s on P3, where it needs 9 s"),
        (lambda tasks: [*tasks[:9], replace(tasks[9], start=0, end=7)], "10 starts at 0 s, before the data of"),
        (lambda tasks: [replace(t, processor=0, start=0, end=t.end - t.start) for t in tasks], "run on P1 at once"),
    ],
)
def test_the_judge_finds_what_is_wrong(change: Any, words: str) -> None:
    made = published()
    assert any(words in problem for problem in schedule_problems(made, change(list(heft.heft(made).tasks))))


@pytest.mark.parametrize(
    ("seconds", "edges", "words"),
    [
        ({"a": (1, 2), "b": (1, 2)}, {("a", "b"): 1, ("b", "a"): 1}, "wait for each other: a -> b -> a"),
        ({"a": (1, 2)}, {("a", "a"): 1}, "wait for each other: a -> a"),
        ({"a": (1, 2)}, {("a", "z"): 1}, "names z, which is no task"),
        ({"a": (1,)}, {}, "has 1 times for 2 processors"),
        ({"a": (1, -2)}, {}, "negative or no number"),
        ({"a": (1, float("nan"))}, {}, "negative or no number"),
        ({"a": (float("inf"), float("inf"))}, {}, "can run on no processor"),
        ({"a": (1, 2), "b": (1, 2)}, {("a", "b"): float("inf")}, "carries inf bytes"),
    ],
)
def test_bad_graphs_are_refused(seconds: Any, edges: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        instance(seconds, edges, ["p", "q"], seconds_per_byte=1.0)


def test_no_tasks_take_no_time() -> None:
    made = instance({}, {}, ["p"], seconds_per_byte=1.0)
    assert schedule(made).schedule.makespan == 0 and bound(made) == 0


def test_without_cpsat_the_best_of_the_heuristics_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "has_cpsat", lambda: False)
    found = schedule(published(), time_limit_s=2)
    assert 73 <= found.schedule.makespan <= 80 and "CP-SAT is not installed" in found.notes[0]
    assert schedule(published(), time_limit_s=2, seed=1).bound == found.bound


def test_two_runs_are_equal() -> None:
    def once() -> Found:
        return schedule(drawn(7, 12, 3), exact=False, seed=3)

    assert once().schedule == once().schedule


def test_published_workflows_are_read_and_beaten(real_data: Path) -> None:
    """HEFT on 8 related machines gives the lengths that other implementations of it give."""
    published_heft = {"1000genome": 163.11, "blast": 19.27, "epigenomics": 38.86, "montage": 15.47}
    for path in sorted((real_data / "wfinstances").glob("*.json")):
        made = wfcommons.read(path, [1, 1, 1, 1, 2, 2, 4, 8], 100e6)
        simple = heft.heft(made)
        assert schedule_problems(made, simple.tasks) == []
        assert simple.makespan == pytest.approx(published_heft[path.name.partition("-")[0]], abs=0.005)


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "is no JSON"), ("{}", "lacks 'workflow'"), ('{"workflow": {"specification": {}, "execution": {"tasks": []}}}', "lacks 'tasks'")],
)
def test_bad_workflows_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "w.json").write_text(text)
    with pytest.raises(InputError, match=words):
        wfcommons.read(tmp_path / "w.json", [1.0], 1e6)
    with pytest.raises(InputError, match="cannot read"):
        wfcommons.read(tmp_path / "none.json", [1.0], 1e6)


def test_a_cycle_in_a_workflow_is_named_with_its_file(tmp_path: Path) -> None:
    tasks = [{"id": "a", "children": ["b"]}, {"id": "b", "children": ["a"]}]
    flow = {"workflow": {"specification": {"tasks": tasks}, "execution": {"tasks": []}}}
    (tmp_path / "w.json").write_text(json.dumps(flow))
    with pytest.raises(InputError, match=r"w\.json: the tasks wait for each other"):
        wfcommons.read(tmp_path / "w.json", [1.0, 2.0], 1e6)
    with pytest.raises(InputError, match="must be positive"):
        wfcommons.read(tmp_path / "w.json", [1.0, 0.0], 1e6)
