"""Which buffers of one program sit in a small fast memory, and when they are copied: an integer program over operators in order.

    fast[b, t]     whether buffer b is in the fast memory during operator t
    in[b, t]       whether it is copied in, beside operator t - 1, to be there for t
    out[b, t]      whether it is copied out, beside operator t
    slow[b, t]     whether the slow memory has b as it is now, when operator t begins
    seconds[t]     operator t: its arithmetic, its accesses to the fast memory, or all traffic of the slow one (accesses and copies), whichever is longest

A write makes what the other memory has worthless. A buffer that leaves must have been copied out since it was last written. While it is copied, a buffer takes room. Room is
counted in bytes; offsets are found afterwards (planner/memory/offsets.py), and where they don't fit, the program is asked again for a little less.

The question is that of mapping a program's memory for a tensor accelerator (Wang et al., "Optimizing memory mapping using deep reinforcement learning", arXiv 2305.07440).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pulp

from intarsia.errors import InputError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Expression, Model, total
from intarsia.planner.ilp.solver import Answer
from intarsia.planner.memory.offsets import Assignment, assign
from intarsia.planner.memory.problem import MAX_SIZE, Buffer

ATTEMPTS = 4
"""How often the program is asked again for less room because offsets didn't fit."""


@dataclass(frozen=True)
class Use:
    """Bytes that an operator reads and writes of a buffer."""

    read: float = 0.0
    written: float = 0.0


@dataclass(frozen=True)
class Resident:
    """A buffer of `bytes` alive over operators [lower, upper), used as `uses` says. One from `outside` (weights, inputs) is in the slow memory from the start."""

    name: str
    bytes: int
    lower: int
    upper: int
    uses: Mapping[int, Use]
    outside: bool = False


@dataclass(frozen=True)
class Program:
    """Operators by their seconds of arithmetic, their buffers, and two memories: `room` bytes of the fast one, bytes/s of both."""

    seconds: tuple[float, ...]
    buffers: tuple[Resident, ...]
    room: int
    fast_rate: float
    slow_rate: float

    def __post_init__(self) -> None:
        if not self.seconds or not 0 <= self.room < MAX_SIZE or not self.fast_rate > 0 or not self.slow_rate > 0:
            raise InputError("a program needs operators, a room of zero bytes or more, and rates above zero")
        names = [b.name for b in self.buffers]
        if len(set(names)) < len(names):
            raise InputError(f"two buffers have the name {next(n for n in names if names.count(n) > 1)}", mend="give each its own")
        for b in self.buffers:
            if not 0 <= b.lower < b.upper <= len(self.seconds) or not 0 <= b.bytes < MAX_SIZE:
                raise InputError(f"{b.bytes} bytes alive over [{b.lower}, {b.upper}) of {len(self.seconds)} operators", where=b.name)
            if any(not b.lower <= t < b.upper for t in b.uses):
                raise InputError("is used where it isn't alive", where=b.name)


@dataclass(frozen=True)
class Residency:
    """By buffer, the operators during which it is in the fast memory and those beside which it is copied in and out; seconds by operator; offsets in the fast memory by stay."""

    program: Program
    fast: Mapping[str, frozenset[int]]
    copied_in: Mapping[str, frozenset[int]]
    copied_out: Mapping[str, frozenset[int]]
    seconds: tuple[float, ...]
    answer: Answer | None = None
    offsets: Mapping[str, int] = field(default_factory=dict)

    @property
    def total_s(self) -> float:
        return sum(self.seconds)


def seconds_of(program: Program, fast: Mapping[str, frozenset[int]], copied_in: Mapping[str, frozenset[int]], copied_out: Mapping[str, frozenset[int]]) -> tuple[float, ...]:
    """What each operator takes with these stays and copies."""
    found = []
    for t, work in enumerate(program.seconds):
        near = far = 0.0
        for b in program.buffers:
            use = b.uses.get(t, Use())
            size = use.read + use.written
            near += size * (t in fast[b.name])
            far += size * (t not in fast[b.name]) + b.bytes * ((t in copied_in[b.name]) + (t in copied_out[b.name]))
        found.append(max(work, near / program.fast_rate, far / program.slow_rate))
    return tuple(found)


def solve(program: Program, *, time_limit_s: float = solver.TIME_LIMIT_S, gap: float = 1e-4, write_lp: Path | None = None) -> Residency:
    """The stays and copies of least time whose offsets fit. The greedy plan is what the solver begins with; it is the answer where nothing better is found in time."""
    room = program.room
    for _ in range(ATTEMPTS):
        found = _solve(replace(program, room=room), time_limit_s, gap, write_lp)
        placed = offsets(found)
        if placed.peak <= program.room:
            return replace(found, program=program, offsets=placed.offsets)
        room = int(room * program.room / placed.peak)
    best = greedy(program)
    return replace(best, answer=found.answer)


def _solve(program: Program, time_limit_s: float, gap: float, write_lp: Path | None) -> Residency:
    model, made = build(program)
    begin = greedy(program)
    answer = solver.solve(model, time_limit_s=time_limit_s, gap=gap, write_lp=write_lp, start=made.start(begin))
    if not answer.found:
        return replace(begin, answer=answer)
    answer = replace(answer, objective=answer.objective * made.unit_s, bound=answer.bound * made.unit_s)
    fast, copied_in, copied_out = ({b.name: frozenset(made.on(kind, b.name)) for b in program.buffers} for kind in (made.fast, made.copied_in, made.copied_out))
    found = Residency(program, fast, copied_in, copied_out, seconds_of(program, fast, copied_in, copied_out), answer)
    return found if found.total_s < begin.total_s else replace(begin, answer=answer)


Table = dict[tuple[str, int], pulp.LpVariable]


@dataclass
class _Made:
    """The program's variables. `copied_in` at t is the copy beside operator t, for t + 1. Times are in units of about an operator's, as solvers have absolute tolerances."""

    program: Program
    unit_s: float = 1.0
    fast: Table = field(default_factory=dict)
    copied_in: Table = field(default_factory=dict)
    copied_out: Table = field(default_factory=dict)
    slow: Table = field(default_factory=dict)
    seconds: list[pulp.LpVariable] = field(default_factory=list)

    def on(self, table: Table, name: str) -> Iterator[int]:
        return (t for (b, t), x in table.items() if b == name and solver.chosen(x))

    def start(self, plan: Residency) -> dict[str, float]:
        """The values that a plan gives to the binaries of stays and copies."""
        pairs = ((self.fast, plan.fast), (self.copied_in, plan.copied_in), (self.copied_out, plan.copied_out))
        return {x.name: float(t in chosen[b]) for table, chosen in pairs for (b, t), x in table.items()}


def build(program: Program) -> tuple[Model, _Made]:
    """The whole program."""
    nowhere = dict.fromkeys((b.name for b in program.buffers), frozenset[int]())
    unit_s = sum(seconds_of(program, nowhere, nowhere, nowhere)) / len(program.seconds) or 1.0
    model, made = Model("fast_memory"), _Made(program, unit_s)
    for b in program.buffers:
        _buffer(model, made, b)
    for t, work in enumerate(program.seconds):
        made.seconds.append(model.continuous(f"seconds[{t}]", work / unit_s))
        _operator(model, made, t)
    model.minimize(pulp.lpSum(made.seconds), "seconds")
    return model, made


def _buffer(model: Model, made: _Made, b: Resident) -> None:
    """A buffer is always somewhere, moves only by copies, and copies are of what is there."""
    alive = range(b.lower, b.upper)
    for t in alive:
        made.fast[b.name, t] = model.binary(f"fast[{b.name},{t}]")
        made.slow[b.name, t] = model.continuous(f"slow[{b.name},{t}]", 0, 1)
        if t + 1 < b.upper:
            made.copied_in[b.name, t] = model.binary(f"in[{b.name},{t}]")
            made.copied_out[b.name, t] = model.binary(f"out[{b.name},{t}]")
    first = made.fast[b.name, b.lower]
    if b.outside:
        if b.lower > 0:
            made.copied_in[b.name, b.lower - 1] = model.binary(f"in[{b.name},{b.lower - 1}]")
            model.rule(f"brought[{b.name},{b.lower}]", first <= made.copied_in[b.name, b.lower - 1])
        else:
            model.rule(f"brought[{b.name},{b.lower}]", first + 0 == 0)
    model.rule(f"before[{b.name}]", made.slow[b.name, b.lower] + 0 == float(b.outside))
    for t in alive[:-1]:
        _onward(model, made, b, t)


def _onward(model: Model, made: _Made, b: Resident, t: int) -> None:
    """From operator t to the next one."""
    now, then = made.fast[b.name, t], made.fast[b.name, t + 1]
    comes, goes = made.copied_in[b.name, t], made.copied_out[b.name, t]
    written = bool(b.uses.get(t, Use()).written) or (t == b.lower and not b.outside)
    model.rule(f"stays[{b.name},{t}]", then <= now + comes)
    model.rule(f"there[{b.name},{t}]", goes <= now)
    if written:
        model.rule(f"fresh[{b.name},{t}]", made.slow[b.name, t + 1] <= 1 - now)
        model.rule(f"changing[{b.name},{t}]", comes + goes <= 0)
    else:
        model.rule(f"kept[{b.name},{t}]", made.slow[b.name, t + 1] <= made.slow[b.name, t] + goes)
        model.rule(f"known[{b.name},{t}]", comes <= made.slow[b.name, t])
    model.rule(f"somewhere[{b.name},{t + 1}]", then + made.slow[b.name, t + 1] >= 1)


def _operator(model: Model, made: _Made, t: int) -> None:
    """Room and traffic while operator t runs."""
    program, room, near, far = made.program, list[tuple[float, pulp.LpVariable]](), Expression(), Expression()
    fast_rate, slow_rate = program.fast_rate * made.unit_s, program.slow_rate * made.unit_s
    for b in program.buffers:
        use, there = b.uses.get(t, Use()), made.fast.get((b.name, t))
        size = use.read + use.written
        if there is not None:
            room.append((b.bytes, there))
            near.addterm(there, size / fast_rate)
            far.addterm(there, -size / slow_rate)
            far.constant += size / slow_rate
        if (b.name, t) in made.copied_in:
            room.append((b.bytes, made.copied_in[b.name, t]))
            far.addterm(made.copied_in[b.name, t], b.bytes / slow_rate)
        if (b.name, t) in made.copied_out:
            far.addterm(made.copied_out[b.name, t], b.bytes / slow_rate)
    scale = max(program.room, 1)
    model.limit(f"room[{t}]", total((size / scale, x) for size, x in room), program.room / scale, "of the room", f"fast memory during operator {t}")
    model.rule(f"near[{t}]", made.seconds[t] - near >= 0)
    model.rule(f"far[{t}]", made.seconds[t] - far >= 0)


def greedy(program: Program) -> Residency:
    """Buffers stay for their whole lives, those with most traffic for their room first: no copies but those that bring what is outside."""
    free = [program.room] * len(program.seconds)
    fast: dict[str, frozenset[int]] = {b.name: frozenset() for b in program.buffers}
    brought = dict(fast)
    none = dict(fast)
    for b in sorted(program.buffers, key=_worth, reverse=True):
        early = b.lower - 1 if b.outside else b.lower
        if early < 0 or any(free[t] < b.bytes for t in range(early, b.upper)):
            continue
        tried = fast | {b.name: frozenset(range(b.lower, b.upper))}, brought | {b.name: frozenset({early} if b.outside else ())}
        if sum(seconds_of(program, *tried, none)) <= sum(seconds_of(program, fast, brought, none)):
            fast, brought = tried
            for t in range(early, b.upper):
                free[t] -= b.bytes
    return Residency(program, fast, brought, none, seconds_of(program, fast, brought, none))


def _worth(b: Resident) -> float:
    return sum(use.read + use.written for use in b.uses.values()) / max(b.bytes * (b.upper - b.lower), 1)


def stays(plan: Residency) -> list[Buffer]:
    """Each stay in the fast memory as a buffer to be placed: from when its copy begins to when it leaves."""
    return [
        Buffer(f"{b.name}@{first}", first, past, b.bytes)
        for b in plan.program.buffers if b.bytes for first, past in _runs(sorted(plan.fast[b.name] | plan.copied_in[b.name]))
    ]  # fmt: skip


def _runs(times: Sequence[int]) -> Iterator[tuple[int, int]]:
    """[first, past) of each run of neighbours."""
    begin = None
    for i, t in enumerate(times):
        begin = t if begin is None else begin
        if i + 1 == len(times) or times[i + 1] != t + 1:
            yield begin, t + 1
            begin = None


def offsets(plan: Residency) -> Assignment:
    """A place in the fast memory for each stay."""
    return assign(stays(plan), 1, capacity=plan.program.room)
