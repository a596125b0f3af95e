"""When what moves between memories, step by step, in a cycle that repeats: loads overlap with the work of the steps before the one that needs them.

    home[j, m]          the share of item j that lives in memory m for good (binary for an item that is whole)
    load[j, s, m, t]    the share of item j that comes from memory m during step t, for its use in step s
    used[j, s, m]       the share that is worked on where it lies, in memory m
    moves[j, s, m]      whether anything comes from m for that use, where links have a latency (binary)
    seconds[t]          step t: its own work, or what a link or another memory's processor does in it, whichever is longest

In each step the first memory holds the shares that live there, those that have come and are not used yet, those in use, and what the step itself needs. A load ends before the
step that needs it, so it can begin as many steps earlier as `ahead` says. What a step changes is written back to where it lives.

This generalises the shares of a steady state (shares.py) to steps that differ; with equal steps and one step ahead the two give the same seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pulp

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Expression, Model, total
from intarsia.planner.ilp.solver import Answer
from intarsia.planner.memory.tiers.machine import MOST_BYTES, Machine

GIGA = 1e9
NEGLIGIBLE = 1e-7
"""A share that a solver leaves by rounding."""
IDLE = 1e-6
"""What a second of moving costs besides: what needn't move stays."""
MENDS = {"GB": "more memory, or a slower memory to move to"}


@dataclass(frozen=True)
class Item:
    """`bytes` that the steps in `uses` need, all of them. `written`: bytes that each use changes. A `whole` item lives in one memory.

    `homes`: memories where it may live (default: all). Items with one non-empty `like` (layers of a group) have the same shares."""

    name: str
    bytes: float
    uses: tuple[int, ...]
    written: float = 0.0
    whole: bool = False
    homes: tuple[str, ...] = ()
    like: str = ""


@dataclass(frozen=True)
class Step:
    """`seconds` of work on what lies in the first memory, and bytes that it needs there besides (its window, activations)."""

    name: str
    seconds: float
    bytes: float = 0.0


@dataclass(frozen=True)
class Problem:
    """A cycle of steps on a machine. A load may begin up to `ahead` steps before its use (0: anywhere in the cycle)."""

    machine: Machine
    steps: tuple[Step, ...]
    items: tuple[Item, ...]
    ahead: int = 0

    def __post_init__(self) -> None:
        if not self.steps or any(not step.seconds >= 0 or not 0 <= step.bytes <= MOST_BYTES for step in self.steps):
            raise InputError("a schedule needs steps, of zero seconds and bytes or more")
        names = [item.name for item in self.items]
        if len(set(names)) < len(names):
            raise InputError(f"two items have the name {next(n for n in names if names.count(n) > 1)}", mend="give each its own")
        known = {memory.name for memory in self.machine.memories}
        for item in self.items:
            if not 0 <= item.bytes <= MOST_BYTES or not 0 <= item.written <= MOST_BYTES:
                raise InputError(f"an item needs from 0 to 2^62 bytes, found {item.bytes:g}, of which {item.written:g} are written", where=item.name)
            if any(other.like == item.like != "" and other.homes != item.homes for other in self.items):
                raise InputError(f"items like {item.like} may live in different memories", where=item.name)
            if any(not 0 <= use < len(self.steps) for use in item.uses) or set(item.homes) - known:
                what = f"used in steps {list(item.uses)} of {len(self.steps)}, at home in {list(item.homes)}"
                raise InputError(what, where=item.name, mend=f"memories are {', '.join(sorted(known))}")

    @property
    def window(self) -> int:
        return min(self.ahead or len(self.steps), len(self.steps) - 1)

    def homes(self, item: Item) -> Iterator[str]:
        return (m.name for m in self.machine.memories if m.name in (item.homes or {m.name}))

    def before(self, step: int) -> list[int]:
        """The steps in which what `step` needs may come, the earliest first."""
        return [(step - k) % len(self.steps) for k in range(self.window, 0, -1)]


@dataclass(frozen=True)
class Load:
    """`share` of an item comes from `memory` during step `during`, for its use in step `use`."""

    item: str
    memory: str
    use: int
    during: int
    share: float


@dataclass(frozen=True)
class Schedule:
    """Homes by (item, memory), loads, shares used in place by (item, use, memory), and seconds by step."""

    problem: Problem
    homes: dict[tuple[str, str], float]
    loads: tuple[Load, ...]
    used: dict[tuple[str, int, str], float]
    seconds: tuple[float, ...]
    answer: Answer

    @property
    def period_s(self) -> float:
        """One turn of the cycle."""
        return sum(self.seconds)


@dataclass
class _Program:
    """The model while it is made."""

    problem: Problem
    model: Model = field(default_factory=lambda: Model("schedule"))
    home: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    load: dict[tuple[str, int, str, int], pulp.LpVariable] = field(default_factory=dict)
    used: dict[tuple[str, int, str], pulp.LpVariable] = field(default_factory=dict)
    moves: dict[tuple[str, int, str], pulp.LpVariable] = field(default_factory=dict)
    seconds: list[pulp.LpVariable] = field(default_factory=list)

    @cached_property
    def item(self) -> dict[str, Item]:
        return {item.name: item for item in self.problem.items}


def solve(problem: Problem, *, time_limit_s: float = solver.TIME_LIMIT_S, gap: float = 1e-4, write_lp: Path | None = None) -> Schedule:
    """The schedule of the shortest cycle. Raises InfeasibleError that says which memory is too small in which step."""
    program = build(problem)
    answer = solver.solve(program.model, time_limit_s=time_limit_s, gap=gap, write_lp=write_lp)
    if answer.status == "infeasible":
        raise solver.infeasible(program.model, MENDS, "the items don't fit into the memories")
    if not answer.found:
        raise InfeasibleError(f"no schedule was found in {time_limit_s:g} s", mend="give more time")
    loads = tuple(Load(j, m, s, t, solver.value(x)) for (j, s, m, t), x in program.load.items() if solver.value(x) > NEGLIGIBLE)
    used = {key: solver.value(x) for key, x in program.used.items() if solver.value(x) > NEGLIGIBLE}
    return Schedule(problem, {key: solver.value(x) for key, x in program.home.items()}, loads, used, tuple(solver.value(x) for x in program.seconds), answer)


def build(problem: Problem) -> _Program:
    """The whole program."""
    program = _Program(problem)
    for item in problem.items:
        _homes(program, item)
        for use in item.uses:
            _use(program, item, use)
    program.seconds = [program.model.continuous(f"seconds[{t}_{step.name}]", step.seconds) for t, step in enumerate(problem.steps)]
    _rooms(program)
    for t in range(len(problem.steps)):
        _channels(program, t)
    moved = total((IDLE * program.item[j].bytes / min(link.bandwidth for link in problem.machine.up(m)), x) for (j, _, m, _), x in program.load.items())
    program.model.minimize(pulp.lpSum(program.seconds) + moved, "period")
    return program


def _homes(program: _Program, item: Item) -> None:
    """All of an item lives somewhere."""
    names = list(program.problem.homes(item))
    leader = next(other for other in program.problem.items if other is item or (item.like and other.like == item.like))
    if leader is not item:
        program.home |= {(item.name, name): program.home[leader.name, name] for name in names}
        return
    for name in names:
        key = f"home[{item.like or item.name},{name}]"
        program.home[item.name, name] = program.model.binary(key) if item.whole else program.model.continuous(key, 0, 1)
    program.model.rule(f"whole[{item.name}]", pulp.lpSum(program.home[item.name, name] for name in names) == 1)


def _use(program: _Program, item: Item, use: int) -> None:
    """What doesn't live in the first memory comes in time, or is worked on where it lies."""
    machine, model = program.problem.machine, program.model
    for memory in machine.memories[1:]:
        if (item.name, memory.name) not in program.home:
            continue
        tail = f"{item.name},{use},{memory.name}"
        came = []
        for t in program.problem.before(use):
            program.load[item.name, use, memory.name, t] = model.continuous(f"load[{tail},{t}]", 0, 1)
            came.append(program.load[item.name, use, memory.name, t])
        if memory.in_place:
            program.used[item.name, use, memory.name] = model.continuous(f"used[{tail}]", 0, 1)
            came.append(program.used[item.name, use, memory.name])
        model.rule(f"there[{tail}]", pulp.lpSum(came) == program.home[item.name, memory.name])
        if any(link.latency_s for link in machine.up(memory.name)):
            moves = program.moves[item.name, use, memory.name] = model.binary(f"moves[{tail}]")
            model.rule(f"moved[{tail}]", pulp.lpSum(x for x in came if x.name.startswith("load")) <= moves)


def _rooms(program: _Program) -> None:
    """What lives in a memory fits; in the first one with what has come and what the step needs, at every step."""
    problem, first = program.problem, program.problem.machine.fast
    for memory in problem.machine.memories[1:]:
        need = total((item.bytes / GIGA, program.home[item.name, memory.name]) for item in problem.items if (item.name, memory.name) in program.home)
        program.model.limit(f"room[{memory.name}]", need, memory.bytes / GIGA, "GB", memory.name)
    held: list[list[tuple[float, pulp.LpVariable]]] = [[] for _ in problem.steps]
    for (name, use, _, t), x in program.load.items():
        for k in range((use - t) % len(problem.steps) + 1):
            held[(t + k) % len(problem.steps)].append((program.item[name].bytes / GIGA, x))
    lives = [(item.bytes / GIGA, program.home[item.name, first.name]) for item in problem.items if (item.name, first.name) in program.home]
    for t, step in enumerate(problem.steps):
        need = total([*lives, *held[t]]) + step.bytes / GIGA
        program.model.limit(f"room[{first.name},{t}_{step.name}]", need, first.bytes / GIGA, "GB", f"{first.name} in step {t} ({step.name})")


def _channels(program: _Program, t: int) -> None:
    """Links and other memories' processors keep up with the step."""
    spent: dict[str, Expression] = {}

    def add(channel: str, seconds: float, x: pulp.LpVariable) -> None:
        spent.setdefault(channel, Expression()).addterm(x, seconds)

    machine = program.problem.machine
    for (name, _, memory, during), x in program.load.items():
        for link in machine.up(memory) if during == t else ():
            add(link.name, program.item[name].bytes / link.bandwidth, x)
    for (_, use, memory), x in program.moves.items():
        for link in machine.up(memory) if (use - 1) % len(program.problem.steps) == t else ():
            add(link.name, link.latency_s, x)
    for (name, use, memory), x in program.used.items():
        if use == t:
            add(f"beside_{memory}", program.item[name].bytes / next(m.in_place for m in machine.memories if m.name == memory), x)
    for (name, memory), x in program.home.items():
        item = program.item[name]
        for link in machine.down(memory) if item.written and t in item.uses else ():
            add(link.name, item.written / link.bandwidth, x)
    for channel, expression in spent.items():
        program.model.rule(f"channel[{channel},{t}]", program.seconds[t] - expression >= 0)


def greedy(problem: Problem) -> tuple[dict[str, str], float]:
    """What a careful person would do without a program: items whose loads cost most time for their bytes live in the first memory, all others in the fastest that has room; each
    load during the step before its use. Gives homes by item and the period. Raises InfeasibleError where that doesn't fit."""
    machine, count = problem.machine, len(problem.steps)
    free = {m.name: m.bytes for m in machine.memories}
    largest = max((item.bytes for item in problem.items), default=0.0)
    free[machine.fast.name] -= max(step.bytes for step in problem.steps) + 2 * largest
    homes: dict[str, str] = {}
    for item in sorted(problem.items, key=lambda i: (-len(i.uses), -i.bytes, i.name)):
        place = next((name for name in problem.homes(item) if free[name] >= item.bytes), None)
        if place is None:
            raise InfeasibleError(f"{item.name} finds no room", mend="give a memory more bytes")
        free[place] -= item.bytes
        homes[item.name] = place
    spent = [{"": step.seconds} for step in problem.steps]
    for item in problem.items:
        for use in item.uses:
            for link in machine.up(homes[item.name]):
                step = spent[(use - 1) % count]
                step[link.name] = step.get(link.name, 0.0) + item.bytes / link.bandwidth + link.latency_s
            for link in machine.down(homes[item.name]) if item.written else ():
                spent[use][link.name] = spent[use].get(link.name, 0.0) + item.written / link.bandwidth
    return homes, sum(max(step.values()) for step in spent)
