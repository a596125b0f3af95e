"""The integer program of a plan, with names that a person can read in the written-out LP.

    deploy[m, v]   1 when model m is served as variant v (device, precision, TP, replicas)
    x[t, r]        1 when task t runs as r (its model's variant, with so many threads)
    share[d]       1 when the models on device kind d share all of its devices, 0 when each device serves one model
    finish/length  seconds until a node, or a whole region, is done

Memory, fleet, load and goals are limits that a user can relax; what makes a plan a plan is a rule (`ilp.model`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulp

from intarsia.planner.facts import Facts, Fleet, Node, Region
from intarsia.planner.ilp.model import Model
from intarsia.planner.ilp.model import total as _sum
from intarsia.planner.variants import Run, Variant, usable_bytes, utilisation

GIGA = 1e9
TIE_BREAK = 1e-4
"""Weight of the second criterion: enough to choose among equals, too little to change a choice that matters."""


@dataclass
class Program:
    """The integer program and its variables, by what they choose."""

    facts: Facts
    variants: dict[str, list[Variant]]
    runs: dict[str, list[Run]]
    deploy: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    x: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    model: Model = field(default_factory=lambda: Model("plan"))
    horizon_s: float = 0.0

    def rule(self, name: str, constraint: pulp.LpConstraint) -> None:
        self.model.rule(name, constraint)

    def limit(self, name: str, expression: pulp.LpAffineExpression, bound: float, unit: str, subject: str) -> None:
        self.model.limit(name, expression, bound, unit, subject)

    def of_task(self, task: str, weight: dict[str, float]) -> pulp.LpAffineExpression:
        """The sum of the task's binaries, each with its run's weight."""
        return pulp.lpSum(weight[run.name] * self.x[task, run.name] for run in self.runs[task])


def build(facts: Facts, variants: dict[str, list[Variant]], runs: dict[str, list[Run]]) -> Program:
    """The whole program."""
    program = Program(facts, variants, runs)
    program.horizon_s = 1.0 + sum(_worst(facts, task, found) for task, found in runs.items()) + _fixed(facts.graph)
    _choices(program)
    _consistent(program)
    for fleet in facts.fleet:
        _memory_and_fleet(program, fleet)
    _goals(program)
    program.model.minimize(_objective(program), facts.wishes.objective)
    return program


def _worst(facts: Facts, task: str, found: list[Run]) -> float:
    return max(run.high_s for run in found) * max(1.0, _turns_of(facts.graph, task))


def _turns_of(region: Region, task: str) -> float:
    """Turns of all loops around a task, at the high end; zero where the region lacks it."""
    most = 0.0
    for node in region.nodes:
        if node.kind == "task" and node.name == task:
            return 1.0
        inner = max((_turns_of(case, task) for _, case in node.cases), default=0.0)
        most = max(most, inner * max(1.0, node.turns.high))
    return most


def _fixed(region: Region) -> float:
    """Seconds of all fixed latencies, at the high end."""
    return sum(n.latency.high + max(1.0, n.turns.high) * sum(_fixed(case) for _, case in n.cases) for n in region.nodes)


def _choices(program: Program) -> None:
    """One variant a model, one run a task."""
    for model, found in program.variants.items():
        for variant in found:
            program.deploy[model, variant.name] = program.model.binary(f"deploy_{model}__{variant.name}")
        program.rule(f"one_deployment_of_{model}", pulp.lpSum(program.deploy[model, v.name] for v in found) == 1)
    for task, ways in program.runs.items():
        for run in ways:
            program.x[task, run.name] = program.model.binary(f"x_{run.name}")
        program.rule(f"one_place_of_{task}", pulp.lpSum(program.x[task, r.name] for r in ways) == 1)


def _consistent(program: Program) -> None:
    """A model's tasks run where it is deployed; tasks of one phase use the same threads."""
    first: dict[tuple[str, str], str] = {}
    for task in program.facts.tasks:
        if task.model is None or task.phase is None:
            continue
        for variant in program.variants[task.model]:
            inside = [program.x[task.name, r.name] for r in program.runs[task.name] if r.variant is variant]
            program.rule(f"{task.name}_where_{task.model}_is__{variant.name}", pulp.lpSum(inside) == program.deploy[task.model, variant.name])
        leader = first.setdefault((task.model, task.phase), task.name)
        if leader != task.name:
            for mine, theirs in zip(program.runs[task.name], program.runs[leader], strict=True):
                program.rule(f"{task.name}_as_{leader}__{mine.name}", program.x[task.name, mine.name] == program.x[leader, theirs.name])


def _memory_and_fleet(program: Program, fleet: Fleet) -> None:
    """Devices serve one model each and there are enough of them, or all models together fit on each device."""
    here = [(m, v) for m, found in program.variants.items() for v in found if v.fleet is fleet]
    if not here:
        return
    capacity = usable_bytes(fleet, program.facts.wishes) / GIGA
    for model in dict.fromkeys(m for m, _ in here):
        used = _sum((v.least_bytes / GIGA, program.deploy[m, v.name]) for m, v in here if m == model)
        program.limit(f"memory_of_{fleet.symbol}_for_{model}", used, capacity, "GB", f"memory of one {fleet.symbol} for {model}")
    if len({m for m, _ in here}) > 1:
        _sharing(program, fleet, here, capacity)
    _load(program, fleet)


def _sharing(program: Program, fleet: Fleet, here: Sequence[tuple[str, Variant]], capacity: float) -> None:
    together = _sum((v.least_bytes / GIGA, program.deploy[m, v.name]) for m, v in here)
    if fleet.device.kind == "cpu" or fleet.count == 1:
        program.limit(f"memory_of_{fleet.symbol}", together, capacity, "GB", f"memory of one {fleet.symbol} for all models")
        return
    share = program.model.binary(f"share_{fleet.symbol}")
    most = sum(v.least_bytes for _, v in here) / GIGA
    program.limit(f"memory_of_{fleet.symbol}", together + most * share, capacity + most, "GB", f"memory of one {fleet.symbol} shared by all models")
    taken = _sum((float(v.devices), program.deploy[m, v.name]) for m, v in here)
    many = float(sum(v.devices for _, v in here))
    program.limit(f"number_of_{fleet.symbol}", taken - many * share, float(fleet.count), "devices", f"number of {fleet.symbol}")


def _load(program: Program, fleet: Fleet) -> None:
    """No device is busier than all of the time."""
    rate = program.facts.rate_per_s
    if not rate:
        return
    here = [(task, run) for task, found in program.runs.items() for run in found if run.fleet is fleet]
    busy = _sum((utilisation(run, rate), program.x[task, run.name]) for task, run in here)
    shared = fleet.device.kind == "cpu" or fleet.count == 1
    if shared:
        program.limit(f"load_of_{fleet.symbol}", busy, 1.0, "of its time", f"load of {fleet.symbol} at {rate:g} requests/s")
        return
    for model in program.variants:
        own = _sum((utilisation(r, rate), program.x[t, r.name]) for t, r in here if r.variant and r.variant.model.name == model)
        program.limit(f"load_of_{fleet.symbol}_by_{model}", own, 1.0, "of its time", f"load of {fleet.symbol} by {model} at {rate:g} requests/s")


def _goals(program: Program) -> None:
    goals = program.facts.goals
    for task in program.facts.tasks:
        found = {run.name: run.step_s for run in program.runs[task.name]}
        if goals.ttft_s and task.phase == "prefill":
            program.limit(f"ttft_of_{task.name}", program.of_task(task.name, found), goals.ttft_s, "s", f"time to first token of {task.name}")
        if goals.tpot_s and task.phase == "decode":
            program.limit(f"tpot_of_{task.name}", program.of_task(task.name, found), goals.tpot_s, "s", f"time per output token of {task.name}")
    if goals.e2e_s:
        rare = rare_cases(program.facts.graph, 1 - goals.quantile) if goals.quantile else set()
        program.limit("end_to_end", _length(program, program.facts.graph, "high", "graph", rare), goals.e2e_s, "s", "end-to-end time along every path")


def rare_cases(graph: Region, budget: float) -> set[int]:
    """Cases (by identity of their region) so rare that leaving all of them out costs at most `budget` of the requests."""
    found: list[tuple[float, int]] = []
    _reach(graph, 1.0, found)
    dropped: set[int] = set()
    spent = 0.0
    for odds, case in sorted(found):
        spent += odds
        if spent > budget:
            break
        dropped.add(case)
    return dropped


def _reach(region: Region, odds: float, found: list[tuple[float, int]]) -> None:
    for node in region.nodes:
        for probability, case in node.cases:
            reached = odds * probability * (max(1.0, node.turns.high) if node.kind == "loop" else 1.0)
            if node.kind == "branch":
                found.append((reached, id(case)))
            _reach(case, reached, found)


def _length(program: Program, region: Region, kind: str, name: str, rare: set[int]) -> pulp.LpAffineExpression:
    """Seconds that a region takes: the longest way through its nodes. `kind` is mean or high."""
    finish: list[pulp.LpAffineExpression] = []
    for index, node in enumerate(region.nodes):
        before = [finish[i] for i in node.after]
        start = _latest(program, before, f"start_{kind}_{name}_{index}_{node.name}")
        finish.append(start + _latency(program, node, kind, f"{name}_{index}", rare))
    last = set(range(len(region.nodes))) - {i for node in region.nodes for i in node.after}
    return _latest(program, [finish[i] for i in sorted(last)], f"length_{kind}_{name}")


def _latest(program: Program, times: list[pulp.LpAffineExpression], name: str) -> pulp.LpAffineExpression:
    """The maximum of some times: a variable only where there are several."""
    if len(times) <= 1:
        return times[0] if times else pulp.LpAffineExpression()
    latest = program.model.continuous(name, 0, program.horizon_s)
    for index, time in enumerate(times):
        program.rule(f"{name}_after_{index}", latest >= time)
    return latest + pulp.LpAffineExpression()


def _latency(program: Program, node: Node, kind: str, name: str, rare: set[int]) -> pulp.LpAffineExpression:
    if node.kind == "task":
        return program.of_task(node.name, {r.name: r.seconds if kind == "mean" else r.high_s for r in program.runs[node.name]})
    if node.kind == "latency":
        return pulp.LpAffineExpression(constant=getattr(node.latency, kind))
    inner = [(odds, _length(program, case, kind, f"{name}_{i}", rare)) for i, (odds, case) in enumerate(node.cases) if id(case) not in rare]
    if node.kind == "branch":
        if kind == "mean":
            return pulp.lpSum(odds * length for odds, length in inner)
        return _latest(program, [length for odds, length in inner if odds > 0], f"slowest_case_{name}")
    return getattr(node.turns, kind) * inner[0][1] if inner else pulp.LpAffineExpression()


def _objective(program: Program) -> pulp.LpAffineExpression:
    """The wish, scaled to about 1, and a little of time, devices and threads to choose among equals."""
    wish = program.facts.wishes.objective
    every = [(task, run) for task, found in program.runs.items() for run in found]
    work = _sum((run.task.visits * run.seconds, program.x[task, run.name]) for task, run in every)
    first = {"latency": _latency_wish, "throughput": _bottleneck, "energy": _energy, "cost": _money, "hourly": _money}[wish](program)
    devices = _sum((v.devices + 0.01 * v.weight_bytes / 1e12, program.deploy[m, v.name]) for m, found in program.variants.items() for v in found)
    threads = _sum((float(run.threads), program.x[task, run.name]) for task, run in every)
    return (1 / _scale(first)) * first + (TIE_BREAK / _scale(work)) * work + (TIE_BREAK / 100 / _scale(devices)) * devices + (TIE_BREAK / 1e4 / _scale(threads)) * threads


def _scale(expression: pulp.LpAffineExpression) -> float:
    """A size of the expression's coefficients, so that a sum of several is balanced."""
    return max((abs(value) for value in expression.values()), default=0.0) or 1.0


def _latency_wish(program: Program) -> pulp.LpAffineExpression:
    return _length(program, program.facts.graph, "mean", "graph", set())


def _bottleneck(program: Program) -> pulp.LpAffineExpression:
    """Seconds of the busiest device for one request: throughput is its inverse."""
    busiest = program.model.continuous("busiest_device")
    for fleet in program.facts.fleet:
        here = [(task, run) for task, found in program.runs.items() for run in found if run.fleet is fleet]
        for model in program.variants:
            own = _sum((utilisation(r, 1.0), program.x[t, r.name]) for t, r in here if r.variant and r.variant.model.name == model)
            program.rule(f"busiest_{fleet.symbol}_{model}", busiest >= own)
        if fleet.device.kind == "cpu" or fleet.count == 1:
            program.rule(f"busiest_{fleet.symbol}", busiest >= _sum((utilisation(r, 1.0), program.x[t, r.name]) for t, r in here))
    return busiest + pulp.LpAffineExpression()


def _energy(program: Program) -> pulp.LpAffineExpression:
    return _sum((run.task.visits * run.cost.joules, program.x[task, run.name]) for task, found in program.runs.items() for run in found)


def _money(program: Program) -> pulp.LpAffineExpression:
    """At a rate, devices are held whether busy or not: dollars an hour. Without one, dollars a request."""
    if program.facts.rate_per_s and any(f.device.rent_usd_per_h for f in program.facts.fleet):
        return _sum((v.devices * v.fleet.device.rent_usd_per_h, program.deploy[m, v.name]) for m, found in program.variants.items() for v in found)
    return _sum((run.task.visits * run.dollars, program.x[task, run.name]) for task, found in program.runs.items() for run in found)

