"""Problems to place: the paper's worked example, random small ones, and their optima by trying everything."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

from intarsia.planner.placement.agents import spread
from intarsia.planner.placement.agents.outcome import Assessor, Choice
from intarsia.planner.placement.agents.problem import Class, Edge, Goals, Graph, Move, Node, Pool, Problem, Task, Way
from intarsia.planner.placement.agents.spread import constant


def worked_example(**goals: Any) -> Problem:
    """arXiv 2507.19635, Table 3: 1000 tokens in, 500 out; HP and CO devices; a KV cache moves in 10 ms for $0.000005 a prompt token."""
    move = Move(constant(0.010), dollars=1000 * 0.000005)
    tasks = (
        Task("prefill", 1.0, (_way("HP", 0.080, 1000 * 0.00008), _way("CO", 0.130, 1000 * 0.00005))),
        Task("decode", 1.0, (_way("HP", 0.025, 500 * 0.00006), _way("CO", 0.030, 500 * 0.00002))),
    )
    return Problem(
        (Class("HP", 1, 1e10), Class("CO", 1, 1e10)), (Pool("HP", "HP"), Pool("CO", "CO")), tasks, Graph((Node("task", "prefill"), Node("task", "decode", (0,)))),
        (Edge("kv", "prefill", "decode", 1.0, {("HP", "CO"): move, ("CO", "HP"): move}, "kv"),), goals=Goals(**goals),
    )  # fmt: skip


def _way(pool: str, seconds: float, dollars: float) -> Way:
    return Way(pool, pool, constant(seconds), dollars=dollars)


def random_problem(seed: int, alike: bool = False) -> Problem:
    """Four tasks on three classes: a branch, then a loop; durations log-normal or fixed; transfers between some, those of an edge `alike` or all different."""
    rng = random.Random(seed)
    classes = tuple(Class(f"d{i}", rng.randint(2, 6), 1e10, rng.uniform(0.5, 4)) for i in range(3))
    pools = tuple(Pool(c.name, c.name, busy_most=0.8) for c in classes)
    tasks = tuple(Task(f"t{i}", visits, tuple(_random_way(rng, c.name) for c in classes)) for i, visits in enumerate((1.0, 0.3, 0.7, 1.9)))
    turns = ((1, 0.5), (2, 0.3), (4, 0.2))
    graph = Graph((
        Node("task", "t0"), Node("branch", "either", (0,), cases=((0.3, one("t1")), (0.7, one("t2")))),
        Node("loop", "again", (1,), cases=((1.0, one("t3")),), counts=turns),
    ))  # fmt: skip
    edges = tuple(_random_edge(rng, a, b, classes, alike) for a, b in ((0, 1), (0, 2), (2, 3)))
    return Problem(classes, pools, tasks, graph, edges, rate_per_s=rng.uniform(0.2, 2))


def one(task: str) -> Graph:
    return Graph((Node("task", task),))


def _random_way(rng: random.Random, pool: str) -> Way:
    median, sigma = rng.uniform(0.05, 1), rng.uniform(0.1, 0.8)
    seconds = spread.of({"kind": "lognormal", "median": median, "sigma": sigma}) if rng.random() < 0.7 else constant(median)
    return Way(pool, pool, seconds, rng.uniform(0.02, 0.1) / median, rng.uniform(1, 9), median * rng.uniform(0.2, 1))


def _random_edge(rng: random.Random, a: int, b: int, classes: tuple[Class, ...], alike: bool) -> Edge:
    pairs = [(x.name, y.name) for x in classes for y in classes if x is not y]
    first = _random_move(rng)
    moves = {pair: first if alike else _random_move(rng) for pair in pairs}
    return Edge(f"t{a}_t{b}", f"t{a}", f"t{b}", 1.0, moves)


def _random_move(rng: random.Random) -> Move:
    return Move(constant(rng.uniform(0.01, 0.1)), rng.uniform(0, 0.05), rng.uniform(1e5, 1e6))


def best_of_all(problem: Problem, objective: str) -> float:
    """The least of the objective over every combination of ways, with as few replicas as carry the load; infinite where none keeps the goals."""
    assessor, best = Assessor(problem), math.inf
    for combination in itertools.product(*(task.ways for task in problem.tasks)):
        ways = {task.name: way for task, way in zip(problem.tasks, combination, strict=True)}
        replicas = {pool.name: _replicas(problem, pool, ways) for pool in problem.pools}
        if any(replicas[c.name] > c.count for c in problem.classes) or not assessor.keeps(ways):
            continue
        best = min(best, assessor.figures(Choice({name: way.name for name, way in ways.items()}, replicas)).of(objective))
    return best


def _replicas(problem: Problem, pool: Pool, ways: dict[str, Way]) -> int:
    here = [problem.rate_per_s * task.visits * ways[task.name].busy_s for task in problem.tasks if ways[task.name].pool == pool.name]
    return max(int(bool(here)), math.ceil(sum(here) / pool.busy_most - 1e-9))
