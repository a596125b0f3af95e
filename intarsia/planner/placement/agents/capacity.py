"""What pools and devices can carry: replicas, the models on them, busy time, memory, devices and their networks.

Limits that a user can relax (devices, memory, network) are kept apart from rules.
"""

from __future__ import annotations

import math
from collections import defaultdict

from intarsia.errors import InfeasibleError
from intarsia.planner.ilp.model import Expression, total
from intarsia.planner.placement.agents.problem import Class, Edge, Pool, Problem, Task, Way
from intarsia.planner.placement.agents.variables import Program, ways_by

GIGA = 1e9


def replicas(program: Program) -> None:
    """One way for each task; as many replicas as are needed, and one at least where a task runs. Raises InfeasibleError for a task that nothing can run."""
    problem, model = program.problem, program.model
    program.users = {pool.name: [] for pool in problem.pools}
    for task in problem.tasks:
        for way in task.ways:
            program.users[way.pool].append((task, way))
    for pool in problem.pools:
        program.n[pool.name] = model.integer(f"n[{pool.name}]", 0, most_replicas(problem, pool, program.users[pool.name]))
    for task in problem.tasks:
        if not task.ways:
            raise InfeasibleError(f"no device of the fleet can run the task {task.name}", mend="add a device that can")
        for way in task.ways:
            program.x[task.name, way.name] = model.binary(f"x[{task.name},{way.name}]")
        model.rule(f"one_way_of[{task.name}]", total((1.0, program.x[task.name, way.name]) for way in task.ways) == 1)
        for name, ways in ways_by(task.ways, "pool").items():
            model.rule(f"replicas_for[{task.name},{name}]", total((1.0, program.x[task.name, way.name]) for way in ways) <= program.n[name])


def most_replicas(problem: Problem, pool: Pool, users: list[tuple[Task, Way]]) -> int:
    """As many as could be of use: all the load on one pool, in time and in memory, or all the devices there are; one at least."""
    device = problem.class_of(pool.name)
    busy, held = ({task.name: 0.0 for task, _ in users} for _ in range(2))
    for task, way in users:
        busy[task.name] = max(busy[task.name], task.visits * way.busy_s)
        held[task.name] = max(held[task.name], task.visits * way.byte_seconds)
    loads = problem.rate_per_s * sum(busy.values()) / pool.busy_most, problem.rate_per_s * sum(held.values()) / max(device.memory_bytes / 20, 1.0)
    return max(1, min(10**6, max(device.count // pool.group, math.ceil(max(loads)) + 1)))


def residents(program: Program) -> None:
    """In a shared pool a task needs its model there, and each model's weights on every replica: n x z, written out exactly."""
    problem, model = program.problem, program.model
    pools = {pool.name: pool for pool in problem.pools}
    for tenant in problem.tenants:
        count, key = program.n[tenant.pool], (tenant.name, tenant.pool)
        if not pools[tenant.pool].shared:
            program.weights[key] = count + Expression()
            continue
        most, z = float(count.upBound), model.binary(f"z[{tenant.name},{tenant.pool}]")
        both = model.continuous(f"nz[{tenant.name},{tenant.pool}]", 0.0, most)
        model.rule(f"nz_if[{tenant.name},{tenant.pool}]", both <= most * z)
        model.rule(f"nz_all[{tenant.name},{tenant.pool}]", both >= count - most * (1 - z))
        program.z[key], program.weights[key] = z, both + Expression()
    for task in problem.tasks:
        for (name, pool), ways in _by_tenant(task).items():
            if (name, pool) in program.z:
                model.rule(f"resident[{task.name},{name},{pool}]", total((1.0, program.x[task.name, w.name]) for w in ways) <= program.z[name, pool])


def _by_tenant(task: Task) -> dict[tuple[str, str], list[Way]]:
    found: dict[tuple[str, str], list[Way]] = defaultdict(list)
    for way in task.ways:
        if way.tenant:
            found[way.tenant, way.pool].append(way)
    return found


def busy_time(program: Program) -> None:
    """No replica is asked for more than its share of the time."""
    problem = program.problem
    if not problem.rate_per_s:
        return
    for pool in problem.pools:
        asked = total((problem.rate_per_s * task.visits * way.busy_s, program.x[task.name, way.name]) for task, way in program.users[pool.name])
        if asked:
            program.model.rule(f"busy[{pool.name}]", asked <= pool.busy_most * program.n[pool.name])


def memory(program: Program) -> None:
    """On each device of a pool: weights, the largest of those that are swapped in, and what requests hold by Little's law."""
    problem, model = program.problem, program.model
    for pool in problem.pools:
        tenants = [t for t in problem.tenants if t.pool == pool.name]
        held = total(
            (problem.rate_per_s * task.visits * way.byte_seconds / GIGA, program.x[task.name, way.name])
            for task, way in program.users[pool.name] if way.byte_seconds and problem.rate_per_s
        )  # fmt: skip
        if not tenants and not held:
            continue
        used, swapped = held + 0, [t for t in tenants if t.swapped]
        for tenant in tenants:
            if not tenant.swapped:
                used += tenant.weight_bytes / GIGA * program.weights[tenant.name, pool.name]
        if swapped:
            room = model.continuous(f"room[{pool.name}]", 0.0, max(t.weight_bytes for t in swapped) / GIGA * float(program.n[pool.name].upBound))
            for tenant in swapped:
                model.rule(f"room_for[{tenant.name},{pool.name}]", room >= tenant.weight_bytes / GIGA * program.weights[tenant.name, pool.name])
            used += room
        size = problem.class_of(pool.name).memory_bytes / GIGA
        model.limit(f"memory[{pool.name}]", used - size * program.n[pool.name], 0.0, "GB", f"memory of {pool.device} in {pool.name}")


def devices(program: Program, device: Class) -> None:
    """No more devices than there are, and no more bytes in or out than their links carry."""
    problem, model = program.problem, program.model
    pools = [pool for pool in problem.pools if pool.device == device.name]
    taken = total((float(pool.group), program.n[pool.name]) for pool in pools)
    if taken:
        model.limit(f"devices[{device.name}]", taken, float(device.count), "devices", f"number of {device.name}")
    if not problem.rate_per_s:
        return
    for way, limit in (("out", device.out_bytes_per_s), ("in", device.in_bytes_per_s)):
        moved = _crossing(program, device, 0 if way == "out" else 1)
        if moved and math.isfinite(limit):
            model.limit(f"network_{way}[{device.name}]", moved - limit / GIGA * taken, 0.0, "GB/s", f"network {'out of' if way == 'out' else 'into'} {device.name}")


def _crossing(program: Program, device: Class, side: int) -> Expression:
    """GB/s that leave (side 0) or enter (1) the devices of a class."""
    found = Expression()
    for edge in program.problem.edges:
        if edge.name in program.shapes:
            _crossing_of(program, edge, device, side, found)
    return found


def _crossing_of(program: Program, edge: Edge, device: Class, side: int, found: Expression) -> None:
    """What a class's ends choose, less what stays; or, where bytes differ, pair by pair."""
    shape, scale = program.shapes[edge.name], program.problem.rate_per_s * edge.visits / GIGA
    sizes = {move.bytes for move in shape.between.values()}
    if len(sizes) == 1:
        task = program.tasks[(edge.source, edge.target)[side]]
        for way in task.ways if max(sizes) else ():
            if device.name in program.homes[way.at]:
                found.addterm(program.x[task.name, way.name], scale * max(sizes))
    else:
        for pair, move in shape.between.items():
            ends = (shape.sources, shape.targets)[side][pair[side]]
            if move.bytes and device.name in program.homes[ends[0]]:
                found.addterm(program.y[edge.name, *pair], scale * move.bytes)
    for end, move in shape.staying.items():
        if device.name in program.homes[end]:
            found.addterm(program.stays[edge.name, end], scale * (move.bytes - shape.between[shape.pair(end)].bytes))
