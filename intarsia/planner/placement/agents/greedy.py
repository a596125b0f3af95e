"""A placement without a solver: each model in the one pool that costs least (or else each task), with seconds at a price that is raised until the goal is kept.

A start for the solver, what is left when it finds nothing in time, and what it is compared with.
"""

from __future__ import annotations

import math
from collections import defaultdict

from intarsia.planner.placement.agents.outcome import Assessor, Choice, chosen_move
from intarsia.planner.placement.agents.problem import Pool, Problem, Task, Way

PRICES = 10
"""Bisections of what a second is worth."""


def greedy(problem: Problem, assessor: Assessor | None = None) -> Choice | None:
    """A placement that keeps devices and the end-to-end goal, or None where this finds none."""
    assessor = assessor or Assessor(problem)
    return _priced(problem, _groups(problem), assessor) or _priced(problem, [[task] for task in problem.tasks], assessor)


def _priced(problem: Problem, groups: list[list[Task]], assessor: Assessor) -> Choice | None:
    """With tasks in groups that stay together, and the least price of a second that keeps the goal."""
    cheap = _at(problem, groups, 0.0)
    best = counted(problem, cheap)
    if best is not None and assessor.keeps(cheap):
        return best
    low, high, best = 0.0, 1.0, None
    for _ in range(PRICES):
        price = 2 * high if best is None else math.sqrt(max(low, 1e-3 * high) * high)
        ways = _at(problem, groups, price)
        choice = counted(problem, ways)
        if choice is not None and assessor.keeps(ways):
            best, high = choice, price
        elif best is None:
            low, high = price, 4 * price
        else:
            low = price
    return best


def _groups(problem: Problem) -> list[list[Task]]:
    """Tasks of one model, which stay together; others by themselves."""
    found: dict[str, list[Task]] = defaultdict(list)
    for task in problem.tasks:
        found[min((way.tenant for way in task.ways), default="") or f"of {task.name}"].append(task)
    return list(found.values())


def _at(problem: Problem, groups: list[list[Task]], usd_per_s: float) -> dict[str, Way]:
    """The pool of each group that costs least an hour, with a second of a request at so many dollars an hour."""
    known = {pool.name: (pool.busy_most, pool.group * problem.class_of(pool.name).usd_per_h) for pool in problem.pools}
    found: dict[str, Way] = {}
    for tasks in groups:
        offers = [_offer(problem, tasks, pool, known[pool], usd_per_s) for pool in sorted(set.intersection(*({way.pool for way in task.ways} for task in tasks)))]
        if offers and len(tasks) > 1:
            found |= min(offers, key=lambda offer: offer[0])[1]
        else:
            found |= {task.name: min(task.ways, key=lambda way: _worth(problem, task, way, known[way.pool], usd_per_s)) for task in tasks}
    return found


def _worth(problem: Problem, task: Task, way: Way, pool: tuple[float, float], usd_per_s: float) -> float:
    """Dollars an hour of a task's share of a pool, and of its seconds."""
    return task.visits * (problem.rate_per_s * way.busy_s / pool[0] * pool[1] + usd_per_s * (way.seconds.mean + way.wait.mean))


def _offer(problem: Problem, tasks: list[Task], name: str, pool: tuple[float, float], usd_per_s: float) -> tuple[float, dict[str, Way]]:
    """What a pool would cost for all of some tasks, in whole replicas, and their ways there."""
    ways = {task.name: min((way for way in task.ways if way.pool == name), key=lambda way: _worth(problem, task, way, pool, usd_per_s)) for task in tasks}
    busy = sum(problem.rate_per_s * task.visits * ways[task.name].busy_s for task in tasks)
    seconds = sum(task.visits * (ways[task.name].seconds.mean + ways[task.name].wait.mean) for task in tasks)
    return max(1, math.ceil(busy / pool[0])) * pool[1] + usd_per_s * seconds, ways


def counted(problem: Problem, ways: dict[str, Way]) -> Choice | None:
    """The replicas that ways need in time and memory; None where there are not enough devices, or a shared pool is too small."""
    replicas: dict[str, int] = {}
    tenants: dict[str, set[str]] = defaultdict(set)
    for way in ways.values():
        if way.tenant:
            tenants[way.pool].add(way.tenant)
    for pool in {way.pool for way in ways.values()}:
        found = _replicas(problem, next(p for p in problem.pools if p.name == pool), ways, tenants[pool])
        if found is None:
            return None
        replicas[pool] = found
    _widen(problem, ways, replicas)
    taken: dict[str, int] = defaultdict(int)
    for each in problem.pools:
        taken[each.device] += each.group * replicas.get(each.name, 0)
    if any(taken[device.name] > device.count for device in problem.classes):
        return None
    shared = {pool.name for pool in problem.pools if pool.shared}
    return Choice({name: way.name for name, way in ways.items()}, replicas, tuple((t, pool) for pool, names in tenants.items() if pool in shared for t in sorted(names)))


def _widen(problem: Problem, ways: dict[str, Way], replicas: dict[str, int]) -> None:
    """More replicas where the links of those that the load needs carry too little, in the pool that has most."""
    pools = {pool.name: pool for pool in problem.pools}
    moved: dict[tuple[str, str], float] = defaultdict(float)
    for edge in problem.edges:
        size = problem.rate_per_s * edge.visits * chosen_move(edge, ways).bytes
        moved[pools[ways[edge.source].pool].device, "out"] += size
        moved[pools[ways[edge.target].pool].device, "in"] += size
    for device in problem.classes:
        here = [pool for pool in replicas if pools[pool].device == device.name]
        needed = max(moved[device.name, "out"] / device.out_bytes_per_s, moved[device.name, "in"] / device.in_bytes_per_s)
        lacking = needed - sum(pools[pool].group * replicas[pool] for pool in here)
        if here and lacking > 1e-9:
            largest = max(here, key=lambda pool: (replicas[pool], pool))
            replicas[largest] += math.ceil(lacking / pools[largest].group - 1e-9)


def _replicas(problem: Problem, pool: Pool, ways: dict[str, Way], tenants: set[str]) -> int | None:
    here = [(task, ways[task.name]) for task in problem.tasks if ways[task.name].pool == pool.name]
    busy = sum(problem.rate_per_s * task.visits * way.busy_s for task, way in here)
    held = sum(problem.rate_per_s * task.visits * way.byte_seconds for task, way in here)
    known = [t for t in problem.tenants if t.pool == pool.name and t.name in tenants]
    weights = sum(t.weight_bytes for t in known if not t.swapped) + max((t.weight_bytes for t in known if t.swapped), default=0.0)
    free = problem.class_of(pool.name).memory_bytes - weights
    if free < 0 or (held > 0 and free == 0):
        return None
    return max(1, math.ceil(busy / pool.busy_most - 1e-9), math.ceil(held / free - 1e-9) if held else 1)


