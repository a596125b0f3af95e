"""The integer program of placing an agent's tasks: its variables are in variables.py, what pools can carry in capacity.py, the lengths of paths in lengths.py.

Limits that a user can relax (devices, memory, network, goals) are kept apart from rules. The percentile of the end-to-end goal is not linear: the
program has Cantelli's limit on the mean (moments.py) and, one by one, the cuts that cuts.py derives from placements that the judge refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Expression, Model, total
from intarsia.planner.placement.agents import capacity, moments
from intarsia.planner.placement.agents.lengths import Lengths
from intarsia.planner.placement.agents.outcome import Choice
from intarsia.planner.placement.agents.problem import Edge, Problem, Way
from intarsia.planner.placement.agents.variables import Program, homes, moves_of, ways_by

END_TO_END = "end_to_end"
UNITS = {"cost": "dollars a request", "hourly": "dollars an hour", "energy": "J a request", "latency": "s"}


def build(problem: Problem, objective: str, *, transfers: bool = True, caps: Mapping[str, float] | None = None, model: Model | None = None) -> Program:
    """The whole program, written to `model`. `caps` are the most that other objectives may come to.

    `transfers` False leaves the edges out: nothing costs more than it should, so the optimum bounds that of the whole program.
    Raises InfeasibleError for a task that nothing can run.
    """
    program = Program(problem, model or Model(problem.name), tasks={task.name: task for task in problem.tasks}, homes=homes(problem))
    for edge in problem.edges:
        program.incoming.setdefault(edge.target, []).append(edge)
    capacity.replicas(program)
    capacity.residents(program)
    if transfers:
        class_of = {end: min(found) for end, found in program.homes.items()}
        for edge in problem.edges:
            _transport(program, edge, class_of)
    capacity.busy_time(program)
    capacity.memory(program)
    for device in problem.classes:
        capacity.devices(program, device)
    _goals(program)
    for other, most in (caps or {}).items():
        program.model.limit(f"most_{other}", objective_of(program, other), most, UNITS[other], f"{other} of a plan")
    expression = objective_of(program, objective)
    if program.late is not None:
        expression += (problem.goals.late_usd_per_s or 0.0) * program.late
    program.model.minimize(expression, objective)
    return program


def _transport(program: Program, edge: Edge, class_of: dict[str, str]) -> None:
    """y of an edge: what leaves each group of ends is their choice, and so is what arrives. Free edges need none."""
    if not edge.moves:
        return
    model, name = program.model, edge.name
    sources, targets = (ways_by(program.tasks[task].ways, "at") for task in (edge.source, edge.target))
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


def _goals(program: Program) -> None:
    problem, goals = program.problem, program.problem.goals
    for task in problem.tasks:
        limit = {"ttft": goals.ttft_s, "tpot": goals.tpot_s}.get(task.goal)
        if limit is not None:
            words = {"ttft": "time to first token", "tpot": "time per output token"}[task.goal]
            program.model.limit(f"{task.goal}[{task.name}]", program.of_task(task, {w.name: w.step_s for w in task.ways}), limit, "s", f"{words} of {task.name}")
    most_s = moments.most_mean(problem.graph, moments.of_tasks(problem))
    program.length = Lengths(program, 1.0 + most_s).graph(problem.graph, "")
    if goals.e2e_s is None:
        return
    if goals.late_usd_per_s is not None:
        program.late = program.model.continuous("late", 0.0, most_s)
        program.model.rule("lateness", program.late >= program.length - goals.e2e_s)
        return
    program.slack_s = moments.slack(problem)
    program.model.limit(END_TO_END, program.length, goals.e2e_s + program.slack_s, "s", "mean end-to-end time" if program.slack_s else "end-to-end time along every path")


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
