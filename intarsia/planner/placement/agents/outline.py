"""The outline's integer program: that of its kinds, with choices divided and replicas whole, and what links its tasks and edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulp

from intarsia.planner.ilp.model import Model, total
from intarsia.planner.placement.agents import kinds
from intarsia.planner.placement.agents import program as programs
from intarsia.planner.placement.agents.variables import Program, moves_of


class Divided(Model):
    """A model whose choices may be divided, while numbers stay whole."""

    def binary(self, name: str) -> pulp.LpVariable:
        return self.continuous(name, 0.0, 1.0)


class Relaxed(Divided):
    """A model that may be divided altogether."""

    def integer(self, name: str, low: int | None = 0, high: int | None = None) -> pulp.LpVariable:
        return self.continuous(name, low, high)


def program_of(drawn: kinds.Outline, objective: str, caps: Mapping[str, float], model: type[Model]) -> Program:
    """The outline's program: choices divided, what is moved supported by what is chosen."""
    program = programs.build(drawn.problem, objective, caps=caps, model=model(drawn.problem.name))
    for number, support in enumerate(drawn.supports):
        for way in program.tasks[support.kind].ways:
            share = support.slope * program.x[support.kind, way.name] + support.height
            program.model.rule(f"moved[{number},{way.name}]", program.x[support.moved, way.name] >= share)
    _delay(program, drawn, objective)
    return program


def _delay(program: Program, drawn: kinds.Outline, objective: str) -> None:
    """Transfers make the path longer."""
    model, edges = program.model, {edge.name: edge for edge in drawn.problem.edges}
    added = {name: model.continuous(f"moving_s[{name}]", 0.0) for name in dict.fromkeys(delay.edge for delay in drawn.delays)}
    for number, delay in enumerate(drawn.delays):
        edge = edges[delay.edge]
        share = moves_of(program, edge, "bytes") * (1 / max(move.bytes for move in edge.moves.values()))
        model.rule(f"moving[{number}]", added[delay.edge] >= delay.slope_s * share + delay.height_s)
    longer = total((1.0, variable) for variable in added.values())
    program.length += longer
    if programs.END_TO_END in model.limits:
        limit = model.limits[programs.END_TO_END]
        model.limits[programs.END_TO_END] = replace(limit, expression=limit.expression + longer)
    if program.late is not None:
        model.rules["lateness"] = program.late >= program.length - (drawn.problem.goals.e2e_s or 0.0)
    if objective == "latency":
        model.minimize(model.objective + longer, objective)
