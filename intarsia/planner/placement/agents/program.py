"""The integer program of placing an agent's tasks, with names that a person can read in the written-out LP.

    x[task, way]        1 when the task runs this way
    n[pool]             replicas of a pool
    z[model, pool]      1 when a pool that several models share has this one
    y[edge, a, b]       1 when an edge goes from the end a to the end b: the product of both ends' choices, as sums over each end (exact, and tight in the LP);
                        ends that are alike are taken together (transport.py), and s[edge, a] is 1 when it stays at a
    after[...]          mean seconds until a node begins

Limits that a user can relax (devices, busy time, memory, network, goals) are kept apart from rules. The percentile of the end-to-end goal is not linear: the
program has Cantelli's limit on the mean (moments.py) and, one by one, the cuts that cuts.py derives from placements that the judge refuses.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pulp

from intarsia.errors import InfeasibleError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Expression, Model, total
from intarsia.planner.placement.agents import moments, transport
from intarsia.planner.placement.agents.outcome import Choice, durations
from intarsia.planner.placement.agents.problem import Class, Edge, Graph, Node, Pool, Problem, Task, Way, inner, mean_of
from intarsia.planner.placement.agents.transport import Shape, Shapes

GIGA = 1e9
END_TO_END = "end_to_end"
UNITS = {"cost": "dollars a request", "hourly": "dollars an hour", "energy": "J a request", "latency": "s"}


@dataclass
class Program:
    """The model and its variables. `length` is the mean seconds of the longest path."""

    problem: Problem
    model: Model
    x: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    n: dict[str, pulp.LpVariable] = field(default_factory=dict)
    z: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    y: dict[tuple[str, int, int], pulp.LpVariable] = field(default_factory=dict)
    stays: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    maker: Shapes = field(default_factory=Shapes)
    tasks: dict[str, Task] = field(default_factory=dict)
    homes: dict[str, set[str]] = field(default_factory=dict)
    users: dict[str, list[tuple[Task, Way]]] = field(default_factory=dict)
    incoming: dict[str, list[Edge]] = field(default_factory=dict)
    weights: dict[tuple[str, str], Expression] = field(default_factory=dict)
    length: Expression = field(default_factory=Expression)
    slack_s: float = 0.0
    late: pulp.LpVariable | None = None

    def of_task(self, task: Task, weight: dict[str, float]) -> Expression:
        return total((weight[way.name], self.x[task.name, way.name]) for way in task.ways if weight[way.name])


def build(problem: Problem, objective: str, *, transfers: bool = True, caps: Mapping[str, float] | None = None, model: Model | None = None) -> Program:
    """The whole program, written to `model`. `caps` are the most that other objectives may come to.

    `transfers` False leaves the edges out: nothing costs more than it should, so the optimum bounds that of the whole program.
    Raises InfeasibleError for a task that nothing can run.
    """
    program = Program(problem, model or Model(problem.name), tasks={task.name: task for task in problem.tasks}, homes=homes(problem))
    for edge in problem.edges:
        program.incoming.setdefault(edge.target, []).append(edge)
    _places(program)
    _tenants(program)
    if transfers:
        class_of = {end: min(found) for end, found in program.homes.items()}
        for edge in problem.edges:
            _transport(program, edge, class_of)
    _busy(program)
    _memory(program)
    for device in problem.classes:
        _class(program, device)
    _goals(program)
    for other, most in (caps or {}).items():
        program.model.limit(f"most_{other}", objective_of(program, other), most, UNITS[other], f"{other} of a plan")
    expression = objective_of(program, objective)
    if program.late is not None:
        expression += (problem.goals.late_usd_per_s or 0.0) * program.late
    program.model.minimize(expression, objective)
    return program


def _places(program: Program) -> None:
    """One way for each task; as many replicas as are needed, and one at least where a task runs."""
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
        for name, ways in _by(task.ways, "pool").items():
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


def _by(ways: Iterable[Way], what: str) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = defaultdict(list)
    for way in ways:
        found[getattr(way, what)].append(way)
    return found


def _tenants(program: Program) -> None:
    """In a shared pool a task needs its model there, and each model's weights on every replica: n x z, written out exactly."""
    problem, model = program.problem, program.model
    pools = {pool.name: pool for pool in problem.pools}
    for tenant in problem.tenants:
        replicas, key = program.n[tenant.pool], (tenant.name, tenant.pool)
        if not pools[tenant.pool].shared:
            program.weights[key] = replicas + Expression()
            continue
        most, z = float(replicas.upBound), model.binary(f"z[{tenant.name},{tenant.pool}]")
        both = model.continuous(f"nz[{tenant.name},{tenant.pool}]", 0.0, most)
        model.rule(f"nz_if[{tenant.name},{tenant.pool}]", both <= most * z)
        model.rule(f"nz_all[{tenant.name},{tenant.pool}]", both >= replicas - most * (1 - z))
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


def _transport(program: Program, edge: Edge, class_of: dict[str, str]) -> None:
    """y of an edge: what leaves each group of ends is their choice, and so is what arrives. Free edges need none."""
    if not edge.moves:
        return
    model, name = program.model, edge.name
    sources, targets = (_by(program.tasks[task].ways, "at") for task in (edge.source, edge.target))
    shape = program.shapes[name] = program.maker.of(edge, list(sources), list(targets), class_of)

    def chosen(task: str, ways: Iterable[Way]) -> Expression:
        return total((1.0, program.x[task, way.name]) for way in ways)

    for i, j in shape.between:
        program.y[name, i, j] = model.continuous(f"y[{name},{_title(shape.sources[i])},{_title(shape.targets[j])}]", 0.0, 1.0)
    for i, ends in enumerate(shape.sources):
        left = total((1.0, program.y[name, i, j]) for j in range(len(shape.targets)))
        model.rule(f"leaves[{name},{_title(ends)}]", left == chosen(edge.source, (w for a in ends for w in sources[a])))
    for j, ends in enumerate(shape.targets):
        arrived = total((1.0, program.y[name, i, j]) for i in range(len(shape.sources)))
        model.rule(f"arrives[{name},{_title(ends)}]", arrived == chosen(edge.target, (w for b in ends for w in targets[b])))
    for end in shape.staying:
        stays = program.stays[name, end] = model.continuous(f"s[{name},{end}]", 0.0, 1.0)
        model.rule(f"stays_from[{name},{end}]", stays <= chosen(edge.source, sources[end]))
        model.rule(f"stays_at[{name},{end}]", stays <= chosen(edge.target, targets[end]))


def _title(ends: tuple[str, ...]) -> str:
    return ends[0] if len(ends) == 1 else f"{ends[0]}_and_{len(ends) - 1}"


def moves_of(program: Program, edge: Edge, what: str) -> Expression:
    """The chosen pair's seconds (mean), dollars or bytes."""
    shape = program.shapes.get(edge.name)
    if shape is None:
        return Expression()
    variables = ((value, program.stays[edge.name, key] if isinstance(key, str) else program.y[edge.name, *key]) for key, value in transport.values(shape, what))
    return total(variables)


def _busy(program: Program) -> None:
    """No replica is asked for more than its share of the time."""
    problem = program.problem
    if not problem.rate_per_s:
        return
    for pool in problem.pools:
        asked = total((problem.rate_per_s * task.visits * way.busy_s, program.x[task.name, way.name]) for task, way in program.users[pool.name])
        if asked:
            program.model.rule(f"busy[{pool.name}]", asked <= pool.busy_most * program.n[pool.name])


def _memory(program: Program) -> None:
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


def _class(program: Program, device: Class) -> None:
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


def homes(problem: Problem) -> dict[str, set[str]]:
    """The device classes of each end."""
    device = {pool.name: pool.device for pool in problem.pools}
    found: dict[str, set[str]] = defaultdict(set)
    for task in problem.tasks:
        for way in task.ways:
            found[way.at].add(device[way.pool])
    return found


def _goals(program: Program) -> None:
    problem, goals = program.problem, program.problem.goals
    for task in problem.tasks:
        limit = {"ttft": goals.ttft_s, "tpot": goals.tpot_s}.get(task.goal)
        if limit is not None:
            words = {"ttft": "time to first token", "tpot": "time per output token"}[task.goal]
            program.model.limit(f"{task.goal}[{task.name}]", program.of_task(task, {w.name: w.step_s for w in task.ways}), limit, "s", f"{words} of {task.name}")
    most_s = moments.most_mean(problem.graph, moments.of_tasks(problem))
    program.length = _Length(program, 1.0 + most_s).graph(problem.graph, "")
    if goals.e2e_s is None:
        return
    if goals.late_usd_per_s is not None:
        program.late = program.model.continuous("late", 0.0, most_s)
        program.model.rule("lateness", program.late >= program.length - goals.e2e_s)
        return
    program.slack_s = moments.slack(problem)
    program.model.limit(END_TO_END, program.length, goals.e2e_s + program.slack_s, "s", "mean end-to-end time" if program.slack_s else "end-to-end time along every path")


@dataclass
class _Length:
    """Mean seconds of the longest path of a graph; a variable wherever several paths meet."""

    program: Program
    horizon_s: float

    def graph(self, graph: Graph, name: str) -> Expression:
        ends: list[Expression] = []
        for number, node in enumerate(graph.nodes):
            start = self._latest([ends[i] for i in node.after], f"before[{name}{number}_{node.name}]")
            ends.append(start + self._node(node, f"{name}{number}_"))
        followed = {i for node in graph.nodes for i in node.after}
        return self._latest([end for i, end in enumerate(ends) if i not in followed], f"length[{name}]")

    def _latest(self, times: list[Expression], name: str) -> Expression:
        if len(times) <= 1:
            return times[0] + 0 if times else Expression()
        latest = self.program.model.continuous(name, 0.0, self.horizon_s)
        for number, time in enumerate(times):
            self.program.model.rule(f"{name}_after_{number}", latest >= time)
        return latest + Expression()

    def _node(self, node: Node, name: str) -> Expression:
        match node.kind:
            case "task":
                return task_length(self.program, node.name)
            case "wait":
                return Expression(constant=node.seconds.mean)
        return pulp.lpSum(runs * self.graph(graph, f"{name}{number}.") for number, (runs, graph) in enumerate(inner(node)) if runs > 0)


def task_length(program: Program, name: str) -> Expression:
    """Mean seconds of a task's run: wait, service, and what its inputs take on their way."""
    task = program.tasks[name]
    own = program.of_task(task, {way.name: way.seconds.mean + way.wait.mean for way in task.ways})
    for edge in program.incoming.get(name, ()):
        own += moves_of(program, edge, "seconds")
    return own


def objective_of(program: Program, objective: str) -> Expression:
    """Dollars a request (`cost`) or an hour (`hourly`), joules a request, or mean seconds."""
    problem = program.problem
    if objective == "latency":
        return program.length + 0
    if objective == "energy":
        return total((task.visits * w.joules, program.x[task.name, w.name]) for task in problem.tasks for w in task.ways)
    moved = Expression()
    for edge in problem.edges:
        moved += edge.visits * moves_of(program, edge, "dollars")
    if objective == "hourly":
        held = total((pool.group * problem.class_of(pool.name).usd_per_h, program.n[pool.name]) for pool in problem.pools)
        return held + 3600 * problem.rate_per_s * moved
    used = total((task.visits * w.dollars, program.x[task.name, w.name]) for task in problem.tasks for w in task.ways)
    resident = Expression()
    if problem.rate_per_s:
        for tenant in problem.tenants:
            resident += tenant.usd_per_h / 3600 / problem.rate_per_s * program.weights[tenant.name, tenant.pool]
    return used + moved + resident


def ways_of(program: Program) -> dict[str, str]:
    """The way of each task in the last solution, read by rounding."""
    return {task.name: next(way.name for way in task.ways if solver.chosen(program.x[task.name, way.name])) for task in program.problem.tasks}


def choice_of(program: Program) -> Choice:
    """The placement that the last solution is."""
    replicas = {name: solver.integer(variable) for name, variable in program.n.items()}
    return Choice(ways_of(program), {name: count for name, count in replicas.items() if count}, tuple(key for key, z in program.z.items() if solver.chosen(z)))


def values_of(program: Program, choice: Choice) -> dict[str, float]:
    """A placement as values of the program's variables, for a solver to begin with."""
    values = {variable.name: 0.0 for variable in program.x.values()}
    values |= {program.x[task, way].name: 1.0 for task, way in choice.ways.items() if (task, way) in program.x}
    values |= {variable.name: float(choice.replicas.get(pool, 0)) for pool, variable in program.n.items()}
    return values | {variable.name: float(key in choice.tenants) for key, variable in program.z.items()}


def length_of(problem: Problem, ways: Mapping[str, Way]) -> float:
    """The program's mean of the longest path for a placement: means side by side, the longest counts."""
    seconds = {name: sum(part.mean for part in parts) for name, parts in durations(problem, ways).items()}
    return _mean_length(problem.graph, seconds)


def _mean_length(graph: Graph, seconds: Mapping[str, float]) -> float:
    ends: list[float] = []
    for node in graph.nodes:
        ends.append(max((ends[i] for i in node.after), default=0.0) + mean_of(node, seconds, _mean_length))
    return max(ends, default=0.0)
