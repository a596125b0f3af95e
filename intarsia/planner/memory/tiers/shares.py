"""Which share of what lives in which memory, in the steady state: a linear program over groups of equal layers.

    share[g, d, m]     the share of data d (weights, kv, activations) of each layer of group g that lives in memory m
    seconds[g, p]      seconds of one layer of group g in phase p (prefill, generate): the longest of its lanes

A lane is what one channel or unit does, linear in the shares: transfers over a link, work on a processor, or several that follow each other. Lanes of a phase go side by
side. A room is a memory at one time, whose need is linear in the shares too. FlexGen (Sheng et al., arXiv 2303.06865, section 4.3) is the case of one group, three
memories and a percentage for each kind of data: flexgen.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulp

from intarsia.errors import InputError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Expression, Model
from intarsia.planner.ilp.solver import Answer

Key = tuple[str, str]
"""Data and memory."""
MENDS = {"GB": "more memory, fewer sequences in a block, or a slower memory to move to"}
GIGA = 1e9


@dataclass(frozen=True)
class Linear:
    """`constant` + the sum of amounts times shares."""

    amounts: Mapping[Key, float] = field(default_factory=dict)
    constant: float = 0.0

    def of(self, shares: Mapping[Key, float]) -> float:
        return self.constant + sum(amount * shares[key] for key, amount in self.amounts.items())

    def __add__(self, other: Linear) -> Linear:
        keys = dict.fromkeys([*self.amounts, *other.amounts])
        return Linear({key: self.amounts.get(key, 0.0) + other.amounts.get(key, 0.0) for key in keys}, self.constant + other.constant)

    def times(self, factor: float) -> Linear:
        return Linear({key: amount * factor for key, amount in self.amounts.items()}, self.constant * factor)


@dataclass(frozen=True)
class Phase:
    """What each layer does `times` times: lanes by name, in seconds of one time."""

    name: str
    times: float
    lanes: Mapping[str, Linear]


@dataclass(frozen=True)
class Group:
    """Equal layers. `rooms`: bytes that the group needs in each room of the problem, all its layers together; `only`: memories where a kind of data may live (default: all)."""

    name: str
    layers: int
    phases: tuple[Phase, ...]
    rooms: Mapping[str, Linear]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """`data` kinds over `memories`; each room has so many bytes. `fixed` shares are given."""

    data: tuple[str, ...]
    memories: tuple[str, ...]
    groups: tuple[Group, ...]
    rooms: Mapping[str, float]
    fixed: Mapping[Key, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.groups or any(group.layers < 1 for group in self.groups):
            raise InputError("shares need at least one group of at least one layer")
        names = [group.name for group in self.groups]
        if len(set(names)) < len(names):
            raise InputError(f"two groups of layers have one name: {', '.join(names)}")
        for group in self.groups:
            for linear in [*group.rooms.values(), *(lane for phase in group.phases for lane in phase.lanes.values())]:
                if unknown := [key for key in linear.amounts if key[0] not in self.data or key[1] not in self.memories]:
                    raise InputError(f"the group {group.name} speaks of {unknown[0]}, which is no data in a memory")


@dataclass(frozen=True)
class Shares:
    """The shares by group, and data and memory; seconds of all layers and phases; and the solver's own account."""

    shares: Mapping[str, Mapping[Key, float]]
    seconds: float
    answer: Answer


def solve(problem: Problem, *, time_limit_s: float = solver.TIME_LIMIT_S, write_lp: Path | None = None) -> Shares | None:
    """The shares of least time; None where nothing fits (`why` says why)."""
    model, shares = build(problem)
    answer = solver.solve(model, time_limit_s=time_limit_s, write_lp=write_lp)
    if not answer.found:
        return None
    found = {group.name: {key: solver.value(shares[group.name, *key]) for key in _keys(problem)} for group in problem.groups}
    return Shares(found, answer.objective, answer)


def why(problem: Problem) -> Exception:
    """The error that says which memory is too small, and by how much."""
    return solver.infeasible(build(problem)[0], MENDS, "the data don't fit into the memories")


def build(problem: Problem) -> tuple[Model, dict[tuple[str, str, str], pulp.LpVariable]]:
    """The program and its shares."""
    model = Model("shares")
    shares = {(group.name, *key): model.continuous(f"share[{group.name},{key[0]},{key[1]}]", 0, 1) for group in problem.groups for key in _keys(problem)}
    for group in problem.groups:
        _whole(model, problem, group, shares)
    times = [
        group.layers * phase.times * _longest(model, group, phase, shares) for group in problem.groups for phase in group.phases
    ]  # fmt: skip
    for name, size in problem.rooms.items():
        need = pulp.lpSum(_expression(group.rooms[name].times(1 / GIGA), group.name, shares) for group in problem.groups if name in group.rooms)
        model.limit(f"room[{name}]", need, size / GIGA, "GB", name)
    model.minimize(pulp.lpSum(times), "seconds")
    return model, shares


def _keys(problem: Problem) -> Iterator[Key]:
    return ((data, memory) for data in problem.data for memory in problem.memories)


def _whole(model: Model, problem: Problem, group: Group, shares: Mapping[tuple[str, str, str], pulp.LpVariable]) -> None:
    """All of each kind of data lives somewhere."""
    for data in problem.data:
        model.rule(f"whole[{group.name},{data}]", pulp.lpSum(shares[group.name, data, m] for m in problem.memories) == 1)
        for memory in problem.memories:
            if memory not in group.only.get(data, problem.memories):
                model.rule(f"never[{group.name},{data},{memory}]", shares[group.name, data, memory] + 0 == 0)
    for (data, memory), given in problem.fixed.items():
        model.rule(f"given[{group.name},{data},{memory}]", shares[group.name, data, memory] + 0 == given)


def _longest(model: Model, group: Group, phase: Phase, shares: Mapping[tuple[str, str, str], pulp.LpVariable]) -> pulp.LpVariable:
    """Seconds of one layer in a phase: no lane takes longer."""
    seconds = model.continuous(f"seconds[{group.name},{phase.name}]")
    for name, lane in phase.lanes.items():
        model.rule(f"lane[{group.name},{phase.name},{name}]", seconds - _expression(lane, group.name, shares) >= 0)
    return seconds


def _expression(linear: Linear, group: str, shares: Mapping[tuple[str, str, str], pulp.LpVariable]) -> Expression:
    return pulp.lpSum(amount * shares[group, *key] for key, amount in linear.amounts.items()) + linear.constant
