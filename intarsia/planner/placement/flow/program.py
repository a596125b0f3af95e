"""The interval-flow program: how many machines of each class hold layers [s, s + k), and how many tokens/s pass through them.

    machines_C_on_S_E   machines of class C that hold layers [S, E)
    tokens_C_on_S_E     tokens/s through them, at most so many times their rate (or what no placement beats, if that is less: this is what makes the relaxation tight)
    passed_at_B_C_to_D  tokens/s from machines of class C that end at layer B to those of class D that begin there (where links matter)

Flow is conserved at every boundary. Machines aren't named, so the program grows with classes and layers, not with machines. It leaves out which machine of a class is linked
to which of another: a class passes on at most what the widest-linked machine could, so its optimum bounds that of the full model from above (with boundaries at every layer).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pulp

from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import integer
from intarsia.planner.placement.flow.problem import Arrays
from intarsia.planner.placement.flow.regions import Kind

Slot = tuple[int, int, int]
"""A class, a first layer, and a number of layers."""


@dataclass
class Program:
    """The model and its variables."""

    made: Arrays
    kinds: Sequence[Kind]
    model: Model
    most: float
    machines: dict[Slot, pulp.LpVariable] = field(default_factory=dict)
    tokens: dict[Slot, pulp.LpVariable] = field(default_factory=dict)

    def counts(self) -> dict[Slot, int]:
        """What a solver chose."""
        return {slot: count for slot, variable in self.machines.items() if (count := integer(variable))}


def build(made: Arrays, kinds: Sequence[Kind], boundaries: Sequence[int], linked: bool, most: float) -> Program:
    """`boundaries`: layers at which machines may begin and end, 0 and the last among them. `linked`: whether links matter. `most`: tokens/s that no placement beats."""
    program = Program(made, kinds, Model("placement"), most)
    for number, kind in enumerate(kinds):
        _intervals(program, number, kind, set(boundaries))
    inner = [b for b in boundaries if 0 < b < made.layers]
    for b in inner:
        if linked:
            _passed(program, b)
        else:
            program.model.rule(f"conserved_at_{b}", _sum(program, ends=b) == _sum(program, begins=b))
    if linked:
        _ends(program)
    program.model.maximize(_sum(program, begins=0), "tokens_per_s")
    return program


def _intervals(program: Program, number: int, kind: Kind, boundaries: set[int]) -> None:
    """A class's variables, its rates and its number of machines."""
    made, model, member, count = program.made, program.model, kind.members[0], len(kind.members)
    for size in range(1, int(made.most[member]) + 1):
        rate = min(float(made.rates[member, size]), program.most)
        for start in sorted(boundaries):
            if rate > 0 and start + size in boundaries:
                name = f"{number}_on_{start}_{start + size}"
                held = program.machines[number, start, size] = model.integer(f"machines_{name}", 0, count)
                flow = program.tokens[number, start, size] = model.continuous(f"tokens_{name}")
                model.rule(f"rate_of_{name}", flow - rate * held <= 0)
    held_by = [(1.0, variable) for (k, _, _), variable in program.machines.items() if k == number]
    if held_by:
        model.limit(f"number_of_{number}", total(held_by), count, "machines", f"machines of type {kind.type} in region {kind.region}")


def _sum(program: Program, *, begins: int | None = None, ends: int | None = None, kind: int | None = None) -> pulp.LpAffineExpression:
    """All tokens through intervals that begin, or end, at a boundary."""
    return total((1.0, variable) for (k, s, n), variable in program.tokens.items() if kind in (None, k) and begins in (None, s) and ends in (None, s + n))


def _held(program: Program, weight: float, kind: int, *, begins: int | None = None, ends: int | None = None) -> pulp.LpAffineExpression:
    return total((weight, variable) for (k, s, n), variable in program.machines.items() if k == kind and begins in (None, s) and ends in (None, s + n))


def _passed(program: Program, at: int) -> None:
    """Conservation at a boundary by class, over what links there are."""
    model, numbers = program.model, range(len(program.kinds))
    passed: dict[tuple[int, int], pulp.LpVariable] = {}
    leaving, arriving = {k for k, s, n in program.tokens if s + n == at}, {k for k, s, _ in program.tokens if s == at}
    for c in sorted(leaving):
        for d in sorted(arriving):
            out, into = _reach(program.made, program.kinds[c], program.kinds[d])
            if out <= 0:
                continue
            name = f"{at}_{c}_to_{d}"
            flow = passed[c, d] = model.continuous(f"passed_at_{name}")
            if out < _top(program, c):
                model.rule(f"links_out_at_{name}", flow - _held(program, out, c, ends=at) <= 0)
            if into < _top(program, d):
                model.rule(f"links_into_at_{name}", flow - _held(program, into, d, begins=at) <= 0)
    for k in numbers:
        if k in leaving:
            model.rule(f"left_at_{at}_by_{k}", _sum(program, ends=at, kind=k) == total((1.0, v) for (c, _), v in passed.items() if c == k))
        if k in arriving:
            model.rule(f"taken_at_{at}_by_{k}", _sum(program, begins=at, kind=k) == total((1.0, v) for (_, d), v in passed.items() if d == k))


def _reach(made: Arrays, a: Kind, b: Kind) -> tuple[float, float]:
    """The most that links carry from one machine of `a` to all of `b`, and from all of `a` to one of `b`."""
    links = made.links[np.ix_(a.members, b.members)]
    return float(links.sum(axis=1).max()), float(links.sum(axis=0).max())


def _top(program: Program, kind: int) -> float:
    return float(program.made.rates[program.kinds[kind].members[0]].max())


def _ends(program: Program) -> None:
    """Only machines with a link from the source take the first layer's tokens, and only those with one to the sink give the last one's."""
    made, source = program.made, len(program.made.most)
    for number, kind in enumerate(program.kinds):
        members = list(kind.members)
        entry, exit_ = made.links[source, members], made.links[members, source + 1]
        for name, capacity, where in (("from_source", entry, {"begins": 0}), ("to_sink", exit_, {"ends": made.layers})):
            held = _held(program, 1.0, number, **where)
            if len(held):
                program.model.rule(f"{name}_number_{number}", held <= int((capacity > 0).sum()))
                program.model.rule(f"{name}_tokens_{number}", _sum(program, kind=number, **where) <= float(capacity.sum()))
