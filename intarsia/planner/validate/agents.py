"""Placements of agents on mixed fleets: choices, capacities, costs, and the percentile by simulation, which shares no code with the planner's convolution.

Takes anything with the fields of planner/placement/agents' Problem, Choice and Figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
SAMPLES = 20_000
DEVIATIONS = 3.0
"""Of chance, before a goal counts as missed."""
TOLERANCE = 1e-4


def check(problem: Any, choice: Any, figures: Any = None, *, seed: int = 0, samples: int = SAMPLES) -> None:
    """Raises InvalidPlan naming everything that is wrong with a placement."""
    from intarsia.planner.validate import InvalidPlan

    found = list(problems(problem, choice, figures, seed=seed, samples=samples))
    if found:
        raise InvalidPlan(f"the placement is not valid: {'; '.join(found)}", mend="plan again; if it stays so, report it with the file that --write-lp writes")


def problems(problem: Any, choice: Any, figures: Any = None, *, seed: int = 0, samples: int = SAMPLES) -> Iterator[str]:
    """A sentence for each rule that a placement breaks."""
    ways = {}
    for task in problem.tasks:
        mine = [way for way in task.ways if way.name == choice.ways.get(task.name)]
        if len(mine) != 1:
            yield f"the task {task.name} has no way {choice.ways.get(task.name)!r}"
            return
        ways[task.name] = mine[0]
    yield from _replicas(problem, choice, ways)
    yield from _devices(problem, choice)
    yield from _busy(problem, choice, ways)
    yield from _memory(problem, choice, ways)
    yield from _network(problem, choice, ways)
    yield from _goals(problem, ways, seed, samples)
    if figures is not None:
        yield from _costs(problem, choice, ways, figures)


def _over(used: float, limit: float) -> bool:
    return used > limit * (1 + TOLERANCE) + 1e-9


def _replicas(problem: Any, choice: Any, ways: dict[str, Any]) -> Iterator[str]:
    shared = {pool.name for pool in problem.pools if pool.shared}
    for name, way in ways.items():
        if choice.replicas.get(way.pool, 0) < 1:
            yield f"the task {name} runs on {way.pool}, which has no replica"
        if way.tenant and way.pool in shared and (way.tenant, way.pool) not in choice.tenants:
            yield f"the task {name} needs {way.tenant} in {way.pool}, where it is not"
    for name, count in choice.replicas.items():
        if count != int(count) or count < 0:
            yield f"{name} has {count} replicas"


def _devices(problem: Any, choice: Any) -> Iterator[str]:
    for device in problem.classes:
        taken = sum(choice.replicas.get(pool.name, 0) * pool.group for pool in problem.pools if pool.device == device.name)
        if taken > device.count:
            yield f"{taken} of {device.name} are taken, of which there are {device.count}"


def _busy(problem: Any, choice: Any, ways: dict[str, Any]) -> Iterator[str]:
    for pool in problem.pools:
        asked = sum(problem.rate_per_s * task.visits * ways[task.name].busy_s for task in problem.tasks if ways[task.name].pool == pool.name)
        if _over(asked, pool.busy_most * choice.replicas.get(pool.name, 0)):
            yield f"{pool.name} would be asked for {asked:.4g} replicas' time, of {choice.replicas.get(pool.name, 0)} that may be busy {pool.busy_most:.0%} of it"


def _memory(problem: Any, choice: Any, ways: dict[str, Any]) -> Iterator[str]:
    """On each device of a pool, taking requests to be spread evenly over its replicas."""
    device_of = {device.name: device for device in problem.classes}
    for pool in problem.pools:
        count = choice.replicas.get(pool.name, 0)
        if not count:
            continue
        here = [t for t in problem.tenants if t.pool == pool.name and (not pool.shared or (t.name, t.pool) in choice.tenants)]
        weights = sum(t.weight_bytes for t in here if not t.swapped) + max((t.weight_bytes for t in here if t.swapped), default=0.0)
        held = sum(problem.rate_per_s * task.visits * ways[task.name].byte_seconds for task in problem.tasks if ways[task.name].pool == pool.name) / count
        size = device_of[pool.device].memory_bytes
        if _over(weights + held, size):
            yield f"each device of {pool.name} would hold {(weights + held) / 1e9:.4g} GB, and has {size / 1e9:.4g}"


def _pair(edge: Any, ways: dict[str, Any]) -> Any:
    source, target = ways[edge.source], ways[edge.target]
    return edge.moves.get((source.end or source.pool, target.end or target.pool))


def _network(problem: Any, choice: Any, ways: dict[str, Any]) -> Iterator[str]:
    device_of = {pool.name: pool.device for pool in problem.pools}
    for device in problem.classes:
        count = sum(choice.replicas.get(pool.name, 0) * pool.group for pool in problem.pools if pool.device == device.name)
        for words, limit, side in (("out of", device.out_bytes_per_s, "source"), ("into", device.in_bytes_per_s, "target")):
            moved = 0.0
            for edge in problem.edges:
                move = _pair(edge, ways)
                if move is not None and device_of[ways[getattr(edge, side)].pool] == device.name:
                    moved += problem.rate_per_s * edge.visits * move.bytes
            if math.isfinite(limit) and _over(moved, limit * count):
                yield f"{moved:.4g} bytes/s would go {words} {device.name}, whose links carry {limit * count:.4g}"


def _goals(problem: Any, ways: dict[str, Any], seed: int, samples: int) -> Iterator[str]:
    goals = problem.goals
    for task in problem.tasks:
        limit = {"ttft": goals.ttft_s, "tpot": goals.tpot_s}.get(task.goal)
        if limit is not None and _over(ways[task.name].step_s, limit):
            yield f"{task.name} takes {ways[task.name].step_s:.4g} s, more than the goal {task.goal} of {limit:.4g} s"
    if goals.e2e_s is None or goals.late_usd_per_s is not None:
        return
    seconds = simulate(problem, ways, seed, samples)
    late = seconds > goals.e2e_s * (1 + TOLERANCE)
    if goals.quantile is None:
        if float(seconds.mean()) - DEVIATIONS * float(seconds.std()) / math.sqrt(samples) > goals.e2e_s * (1 + TOLERANCE):
            yield f"requests take {float(seconds.mean()):.4g} s on average, more than {goals.e2e_s:.4g}"
        return
    chance = DEVIATIONS * math.sqrt(goals.quantile * (1 - goals.quantile) / samples)
    if float(late.mean()) > 1 - goals.quantile + chance:
        yield f"only {1 - float(late.mean()):.2%} of {samples} simulated requests end within {goals.e2e_s:.4g} s, instead of {goals.quantile:.2%}"


def simulate(problem: Any, ways: dict[str, Any], seed: int = 0, samples: int = SAMPLES) -> Array:
    """End-to-end seconds of so many requests drawn at random; every visit of a task is a draw of its own."""
    return _Draw(problem, ways, np.random.default_rng(seed), samples).graph(problem.graph)


class _Draw:
    """Plays a graph through for many requests at once."""

    def __init__(self, problem: Any, ways: dict[str, Any], rng: Any, samples: int) -> None:
        self.ways, self.rng, self.samples = ways, rng, samples
        self.inputs: dict[str, list[Any]] = {}
        for edge in problem.edges:
            move = _pair(edge, ways)
            if move is not None:
                self.inputs.setdefault(edge.target, []).append(move.seconds)

    def spread(self, spread: Any) -> Array:
        """Straight between the ends of the cells."""
        ends, values = np.concatenate([[0.0], spread.levels]), np.concatenate([spread.values[:1], spread.values])
        drawn: Array = np.interp(self.rng.random(self.samples), ends, values)
        return drawn

    def graph(self, graph: Any) -> Array:
        ends: list[Array] = []
        for node in graph.nodes:
            start = np.max([ends[i] for i in node.after], axis=0) if node.after else np.zeros(self.samples)
            ends.append(start + self.node(node))
        return np.max(ends, axis=0) if ends else np.zeros(self.samples)

    def node(self, node: Any) -> Array:
        if node.kind == "task":
            way = self.ways[node.name]
            return self.spread(way.seconds) + self.spread(way.wait) + sum((self.spread(s) for s in self.inputs.get(node.name, [])), np.zeros(self.samples))
        if node.kind == "wait":
            return self.spread(node.seconds)
        if node.kind == "branch":
            taken = self.rng.choice(len(node.cases), self.samples, p=_odds([odds for odds, _ in node.cases]))
            return np.choose(taken, [self.graph(inner) for _, inner in node.cases]) if len(node.cases) <= 31 else self._many(node, taken)
        counts = self.rng.choice([c for c, _ in node.counts], self.samples, p=_odds([odds for _, odds in node.counts]))
        return self._loop(node, counts) if node.kind == "loop" else self._map(node, counts)

    def _many(self, node: Any, taken: Any) -> Array:
        found = np.zeros(self.samples)
        for number, (_, inner) in enumerate(node.cases):
            found = np.where(taken == number, self.graph(inner), found)
        return found

    def _loop(self, node: Any, counts: Any) -> Array:
        total = np.zeros(self.samples)
        for turn in range(int(counts.max())):
            total += np.where(turn < counts, self.graph(node.cases[0][1]), 0.0)
        return total

    def _map(self, node: Any, counts: Any) -> Array:
        """Items go to whichever of `parallel` places is free first."""
        most = int(counts.max())
        free = np.zeros((self.samples, min(node.parallel or most, most) or 1))
        rows = np.arange(self.samples)
        for item in range(most):
            place = np.argmin(free, axis=1)
            free[rows, place] += np.where(item < counts, self.graph(node.cases[0][1]), 0.0)
        return np.max(free, axis=1)


def _odds(odds: list[float]) -> Array:
    return np.array(odds) / sum(odds)


def _costs(problem: Any, choice: Any, ways: dict[str, Any], figures: Any) -> Iterator[str]:
    """What was promised of a placement, reckoned again from its parts."""
    price = {device.name: device.usd_per_h for device in problem.classes}
    shared = {pool.name for pool in problem.pools if pool.shared}
    moved = sum(edge.visits * move.dollars for edge in problem.edges if (move := _pair(edge, ways)) is not None)
    held = sum(price[pool.device] * pool.group * choice.replicas.get(pool.name, 0) for pool in problem.pools)
    used = moved + sum(task.visits * ways[task.name].dollars for task in problem.tasks)
    if problem.rate_per_s:
        here = [t for t in problem.tenants if t.pool not in shared or (t.name, t.pool) in choice.tenants]
        used += sum(t.usd_per_h * choice.replicas.get(t.pool, 0) for t in here) / (3600 * problem.rate_per_s)
    joules = sum(task.visits * ways[task.name].joules for task in problem.tasks)
    expected = {"usd_per_request": used, "usd_per_h": held + 3600 * problem.rate_per_s * moved, "joules": joules}
    for name, value in expected.items():
        if abs(getattr(figures, name) - value) > TOLERANCE * max(abs(value), 1e-12):
            yield f"{name} is {getattr(figures, name):.6g} by the plan and {value:.6g} by its parts"
