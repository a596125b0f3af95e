"""End-to-end percentiles: never below Monte Carlo's, not far above it, exact where nothing varies, and rising with durations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.planner.placement.agents import moments, paths, percentile, spread
from intarsia.planner.placement.agents.outcome import Assessor, Choice, chosen_ways, durations
from intarsia.planner.placement.agents.percentile import Judge
from intarsia.planner.placement.agents.problem import Class, Goals, Graph, Node, Pool, Problem, Task, Way
from intarsia.planner.placement.agents.spread import LEVELS, Spread, constant
from intarsia.planner.validate import agents as judge
from tests.planner.placement.instances import one, random_problem

KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "constant", "value": 0.3}, {"kind": "uniform", "low": 0.1, "high": 0.9}, {"kind": "lognormal", "median": 0.4, "sigma": 0.7},
    {"kind": "exponential", "mean": 0.5}, {"kind": "empirical", "values": [0.1, 0.2, 0.2, 0.9, 3.0]},
)  # fmt: skip


@pytest.mark.parametrize("spec", KINDS, ids=[str(spec["kind"]) for spec in KINDS])
def test_a_spread_is_no_smaller_than_what_it_stands_for(spec: dict[str, Any]) -> None:
    from intarsia.ir.distributions import Distribution

    found, known = spread.of(spec), Distribution(spec)
    assert known.mean() * (1 - 1e-6) <= found.mean <= known.mean() * 1.02
    for level in (0.1, 0.5, 0.9, 0.951, 0.99, 0.999):
        assert found.quantile(level) >= known.quantile(level) - 1e-12
    assert all(np.diff(LEVELS) > 0) and LEVELS[-1] == 1.0


def test_a_function_of_a_spread() -> None:
    doubled = spread.of(KINDS[1]).through(lambda value: 2 * value)
    assert doubled.values == pytest.approx(2 * spread.of(KINDS[1]).values)
    assert constant(3.0).through(lambda value: value + 1).fixed


def test_waiting_is_that_of_one_server() -> None:
    """M/M/1 at 0.8: four services on average, nothing in a fifth of the cases."""
    found = spread.waiting(0.8, 1.0)
    assert found.mean == pytest.approx(4.0, rel=0.02) and found.quantile(0.19) == 0 and found.quantile(0.25) > 0
    assert found.quantile(0.95) == pytest.approx(math.log(0.8 / 0.05) / 0.2, rel=0.03)
    assert spread.waiting(0.0, 1.0).fixed


@pytest.mark.parametrize("values", [[-1.0], [1.0, 0.5], [math.nan], [math.inf]])
def test_what_is_no_spread(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite, rising values"):
        Spread(np.array([*values, *[2.0] * (spread.CELLS - len(values))]))


def graphs(depth: int = 2) -> st.SearchStrategy[Any]:
    """Nested shapes of numbered tasks; numbers are given afterwards."""
    leaf = st.just(("task",))
    if depth == 0:
        return leaf
    inner = graphs(depth - 1)
    return st.one_of(
        leaf, st.tuples(st.just("series"), st.lists(inner, min_size=1, max_size=3)), st.tuples(st.just("side"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("branch"), inner, inner, st.floats(0.05, 0.95)), st.tuples(st.just("loop"), inner, st.integers(1, 4)),
        st.tuples(st.just("map"), inner, st.integers(1, 5), st.integers(0, 3)),
    )  # fmt: skip


class Maker:
    """Turns a shape into a graph of tasks with random durations."""

    def __init__(self) -> None:
        self.count = 0

    def nodes(self, shape: Any, after: tuple[int, ...], number: int) -> list[Node]:
        match shape:
            case ("task",):
                self.count += 1
                return [Node("task", f"t{self.count - 1}", after)]
            case ("series", inner):
                return [Node("branch", self.name(), (number - 1 + i,) if i else after, cases=((1.0, self.graph(each)),)) for i, each in enumerate(inner)]
            case ("side", inner):
                return [Node("branch", self.name(), after, cases=((1.0, self.graph(each)),)) for each in inner]
            case ("branch", first, second, odds):
                return [Node("branch", self.name(), after, cases=((odds, self.graph(first)), (1 - odds, self.graph(second))))]
            case ("loop", inner, most):
                return [Node("loop", self.name(), after, cases=((1.0, self.graph(inner)),), counts=((1, 0.6), (most + 1, 0.4)))]
            case ("map", inner, most, parallel):
                return [Node("map", self.name(), after, cases=((1.0, self.graph(inner)),), counts=((0, 0.1), (most, 0.9)), parallel=parallel)]
        raise AssertionError(shape)

    def graph(self, shape: Any) -> Graph:
        return Graph(tuple(self.nodes(shape, (), 0)))

    def name(self) -> str:
        self.count += 1
        return f"n{self.count - 1}"


def placed(graph: Graph, seed: int) -> Problem:
    """Every task with one way, of some distribution."""
    rng = np.random.default_rng(seed)
    tasks = tuple(Task(name, 1.0, (Way("d", "d", spread.of(KINDS[rng.integers(len(KINDS))]).times(float(rng.uniform(0.1, 2)))),)) for name in graph.tasks())
    return Problem((Class("d", 1, 1e9),), (Pool("d", "d"),), tasks, graph)


@settings(max_examples=25, deadline=None)
@given(graphs(), st.integers(0, 10**6))
def test_percentiles_are_sound_and_near_monte_carlo(shape: Any, seed: int) -> None:
    problem = placed(Maker().graph(shape), seed)
    choice = Choice({task.name: "d" for task in problem.tasks}, {"d": 1})
    ways = chosen_ways(problem, choice)
    drawn = judge.simulate(problem, ways, seed, 8000)
    assessor = Assessor(problem)
    found = assessor.percentiles(ways)
    for level, seconds in found.items():
        late, chance = float((drawn > seconds * (1 + 1e-9)).mean()), 4 * math.sqrt(level * (1 - level) / len(drawn))
        assert late <= 1 - level + chance, (level, seconds)
    if not _joins(problem.graph):
        assert found[0.9] <= 1.06 * float(np.quantile(drawn, 0.93)) + 1e-9
    assert assessor.mean(ways) >= float(drawn.mean()) - 5 * float(drawn.std()) / math.sqrt(len(drawn)) - 1e-9


def _joins(graph: Graph) -> bool:
    """Whether anything runs side by side: there the bound may be far off."""
    sides = len(graph.nodes) > 1 and any(not node.after for node in graph.nodes[1:])
    return sides or any(node.kind == "map" or any(_joins(inner) for _, inner in node.cases) for node in graph.nodes)


def test_what_does_not_vary_is_exact() -> None:
    nodes = (Node("task", "a"), Node("task", "b", (0,)), Node("task", "c", (0,)), Node("task", "d", (1, 2)))
    seconds = {"a": 0.1, "b": 1 / 3, "c": 0.2, "d": 0.7}
    law = Judge(Graph(nodes), 0.01).law({name: (constant(value),) for name, value in seconds.items()})
    assert percentile.quantile(law, 0.01, 0.99) == pytest.approx(0.1 + 1 / 3 + 0.7, abs=1e-12)
    assert percentile.share_within(law, 0.01, 0.1 + 1 / 3 + 0.7) == 1.0
    assert percentile.share_within(law, 0.01, 1.13) == 0.0


def test_sums_of_exponentials_are_gamma() -> None:
    """Four of mean 0.5: 95 % lie below 7.7537 / 2 (the gamma distribution of shape 4)."""
    loop = Graph((Node("loop", "l", cases=((1.0, one("t")),), counts=((4, 1.0),)),))
    law = Judge(loop, 0.002).law({"t": (spread.of(KINDS[3]),)})
    assert 3.8768 <= percentile.quantile(law, 0.002, 0.95) <= 3.8768 * 1.02


def test_what_lies_beyond_the_grid_is_late() -> None:
    law = Judge(one("t"), 0.001, cells=100).law({"t": (spread.of(KINDS[3]),)})
    assert law.mass.sum() < 0.3 and percentile.quantile(law, 0.001, 0.95) == math.inf


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_cantelli_cuts_no_placement_off_that_keeps_the_goal(seed: int) -> None:
    """The mean of a path is never further above a percentile than `slack` says."""
    problem = random_problem(seed)
    rng = np.random.default_rng(seed)
    choice = Choice({task.name: task.ways[rng.integers(3)].name for task in problem.tasks}, {})
    ways = chosen_ways(problem, choice)
    means = {name: sum(part.mean for part in parts) for name, parts in durations(problem, ways).items()}
    mean = paths.path(problem.graph, means)
    least = mean.fixed_s + sum(count * means[name] for name, count in mean.tasks.items())
    for level in (0.5, 0.9, 0.99):
        goal = Assessor(problem).percentiles(ways, (level,))[level]
        assert least <= goal + moments.slack(replace(problem, goals=Goals(goal, level))) + 1e-9


@settings(max_examples=30, deadline=None)
@given(graphs(2), st.integers(0, 10**6))
def test_variance_is_never_more_than_its_weights_say(shape: Any, seed: int) -> None:
    """Against Monte Carlo, and the mean of paths against the law."""
    rng = np.random.default_rng(seed)
    graph = Maker().graph(shape)
    ways = {name: Way("w", "p", spread.of(KINDS[int(rng.integers(len(KINDS)))], 5.0)) for name in graph.tasks()}
    problem = Problem((Class("c", 1, 1e9),), (Pool("p", "c"),), tuple(Task(name, 1.0, (way,)) for name, way in ways.items()), graph)
    found = moments.weights(graph, {name: way.seconds.mean for name, way in ways.items()})
    bound = found.constant + sum(found.variances[name] * way.seconds.variance + found.means.get(name, 0.0) * way.seconds.mean for name, way in ways.items())
    assert float(judge.simulate(problem, ways, seed, 8000).var()) <= bound * 1.15 + 1e-9
    least = paths.path(graph, {name: way.seconds.mean for name, way in ways.items()})
    assert least.fixed_s + sum(count * ways[name].seconds.mean for name, count in least.tasks.items()) <= Assessor(problem).mean(ways) * 1.01


def test_the_most_variance_falls_with_the_mean_that_is_allowed() -> None:
    """A slow way is the more uncertain one; where the goal leaves no room for it, it doesn't count."""
    def way(name: str, mean: float) -> Way:
        return Way(name, "p", spread.of({"kind": "lognormal", "median": mean, "sigma": 0.5}, 6 * mean))

    tasks = tuple(Task(f"t{i}", 1.0, (way("quick", 1.0), way("slow", 10.0))) for i in range(20))
    graph = Graph(tuple(Node("task", task.name, (i - 1,) if i else ()) for i, task in enumerate(tasks)))
    problem = Problem((Class("c", 1, 1e9),), (Pool("p", "c"),), tasks, graph)
    slacks = [moments.slack(replace(problem, goals=Goals(goal, 0.95))) for goal in (25.0, 60.0, 1000.0)]
    alone = math.sqrt(0.05 / 0.95 * 20 * tasks[0].ways[0].seconds.variance)
    assert alone <= slacks[0] < slacks[1] < slacks[2] == pytest.approx(math.sqrt(0.05 / 0.95 * 20 * tasks[0].ways[1].seconds.variance))
