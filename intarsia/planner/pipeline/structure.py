"""Step one: which structure. For each way to cut the batch an integer program without times: a layer's period is the time spent in each *mix* of kinds, shares and groups.

    cut[op, n]             1 when an operator takes each group of rows in n pieces
    mix[...]               seconds of a period in which these kinds run on these shares, each for one group of rows

Each group's work of each kind is done in the mixes that it is part of. A group's operators run one after the other, but for those that work on parts of its rows
(`loose`), so only these may run beside others of their group. Any schedule of a structure obeys both, so the optimum is a bound that no schedule beats; structures
come in order of their bounds.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pulp

from intarsia.errors import InfeasibleError
from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import Answer, chosen, solve
from intarsia.planner.pipeline.curves import STEPS, Interference
from intarsia.planner.pipeline.layer import KINDS, Kind, Layer, waits
from intarsia.planner.pipeline.nano import Graph, Group, Nano, Structure, graph

Key = tuple[str, int]
"""An operator, and in how many pieces it takes each group."""
Place = tuple[int, Kind]
"""A group of rows, and a kind of its operators."""

EIGHTHS = tuple(i / 8 for i in range(9))
SIXTEENTHS = tuple(i / 16 for i in range(1, 16))
THREE = ((1 / 3, 1 / 3), (0.2, 0.4), (0.25, 0.3), (0.25, 0.35), (0.3, 0.3))
"""Parts of two of three groups; the third has the rest."""
MILLI = 1e3
"""Programs count in milliseconds: solvers' tolerances are absolute."""
FINER = (1, 2)
EXACT = 1e-12
"""Rounding errors of speeds."""
PATHS = 16
"""Paths through a layer that bound its period: each gives a rule, and few suffice."""
SIMPLER = 1e-5
"""Of a period, for each nano-batch more: of two structures alike, the one with fewer."""


@dataclass(frozen=True)
class Mix:
    """Kinds that run together, each with its share and its speed."""

    shares: tuple[tuple[Kind, float], ...]
    speeds: tuple[tuple[Kind, float], ...]

    def speed(self, kind: Kind) -> float:
        return dict(self.speeds).get(kind, 0.0)

    def __str__(self) -> str:
        return "_".join(f"{kind}_{share:g}" for kind, share in self.shares)


@dataclass(frozen=True)
class Candidate:
    """A structure with the least period that any schedule of it may have."""

    structure: Structure
    bound_s: float


def mixes(curves: Interference, kinds: Sequence[Kind]) -> list[Mix]:
    """Every mix of at most one operator a kind whose shares fit; where products are elastic they get the rest. Those halfway between two others are left out: they add nothing."""
    options = {kind: [0.0, *([-1.0] if kind == "compute" and curves.elastic else curves.choices(kind))] for kind in kinds}
    found = []
    for shares in itertools.product(*options.values()):
        given = {kind: share for kind, share in zip(options, shares, strict=True) if share}
        fixed = sum(share for share in given.values() if share > 0)
        if not given or fixed > 1 + 1e-9 or (given.get("compute") == -1.0 and fixed > 1 - 1e-9):
            continue
        taken = {kind: share if share > 0 else 1 - fixed for kind, share in given.items()}
        speeds = [(kind, curves.speed(kind, share, tuple(k for k in taken if k != kind))) for kind, share in taken.items()]
        found.append(Mix(tuple(taken.items()), tuple(speeds)))
    known = {_steps(mix.shares, curves.elastic): mix for mix in found}
    return [mix for at, mix in known.items() if not any(_between(mix, known, at, kind) for kind in dict(at))]


def _steps(shares: Sequence[tuple[Kind, float]], elastic: bool) -> tuple[tuple[Kind, int], ...]:
    """Shares in steps, without that of elastic products."""
    return tuple((kind, round(share * STEPS)) for kind, share in shares if not (elastic and kind == "compute"))


def _between(mix: Mix, known: Mapping[tuple[tuple[Kind, int], ...], Mix], at: tuple[tuple[Kind, int], ...], kind: Kind) -> bool:
    """Whether a step less and a step more for a kind, half of the time each, do as much."""
    less, more = (known.get(tuple((each, step + way * (each == kind)) for each, step in at)) for way in (-1, 1))
    if less is None or more is None or len(less.speeds) < len(mix.speeds) or len(more.speeds) < len(mix.speeds):
        return False
    return all(speed <= (less.speed(each) + more.speed(each)) / 2 + EXACT for each, speed in mix.speeds)


def kinds_of(layer: Layer) -> list[Kind]:
    """Kinds of its operators."""
    return [kind for kind in KINDS if any(op.kind == kind for op in layer.active)]


def splits(layer: Layer) -> list[tuple[Group, ...]]:
    """Ways to cut the batch: whole, two groups and three of many sizes, four equal ones. Sizes are multiples of the grain where the batch has it."""
    found: dict[tuple[Group, ...], None] = {(Group(layer.decode, layer.prefill),): None}
    for of_decode, of_prefill in itertools.product(SIXTEENTHS, EIGHTHS if layer.prefill else (0.0,)):
        _add(found, layer, [(of_decode, of_prefill)])
    for two in THREE:
        _add(found, layer, [(part, part) for part in itertools.accumulate(two)])
    _add(found, layer, [(i / 4, i / 4) for i in (1, 2, 3)])
    return list(found)


def _add(found: dict[tuple[Group, ...], None], layer: Layer, cuts: Sequence[tuple[float, float]]) -> None:
    """Groups between `cuts` (parts of decode and of prefill rows, ascending), smallest first, unless one of them is empty."""
    at = [(0, 0), *((_cut(layer.decode, d, layer.grain), _cut(layer.prefill, p, layer.grain)) for d, p in cuts), (layer.decode, layer.prefill)]
    groups = [Group(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(at)]
    if all(group.rows > 0 for group in groups):
        found[tuple(sorted(groups, key=lambda group: (group.rows, group.decode)))] = None


def _cut(rows: int, fraction: float, grain: int) -> int:
    step = grain if rows >= 2 * grain else 1
    return rows if fraction == 1.0 else min(rows, round(rows * fraction / step) * step)


class Program:
    """The program of one way to cut a layer's batch; `next` gives structures, best bound first."""

    def __init__(self, layer: Layer, possible: Sequence[Mix], groups: tuple[Group, ...], *, pieces: bool = True) -> None:
        self.layer, self.groups, self.finer = layer, groups, finer(layer) if pieces and len(groups) > 1 else set()
        self.model = Model(f"structure of {layer.name}")
        self.cut: dict[Key, pulp.LpVariable] = {}
        self._nanos: dict[Key, list[Nano]] = {}
        self._choose()
        self._loose = loose(layer, groups, self.finer)
        self._mix(possible)
        self._work()
        self._circles()
        self.least = SIMPLER * layer.sequential_s * len(groups)
        nanos = total((MILLI * self.least * n, variable) for (_, n), variable in self.cut.items())
        self.model.minimize(self.period + nanos, "period_in_ms")

    def _choose(self) -> None:
        for n in FINER:
            for nano in graph(self.layer, Structure(self.groups, tuple((op.name, n) for op in self.layer.active))).nanos:
                self._nanos.setdefault((nano.operator, n), []).append(nano)
        for op in self.layer.active:
            ways = {(op.name, n): self.model.binary(f"cut[{op.name},{n}]") for n in (FINER if op.name in self.finer else FINER[:1])}
            self.cut |= ways
            self.model.rule(f"one_cut[{op.name}]", total((1.0, v) for v in ways.values()) == 1)

    def _asked(self, place: Place, only_loose: bool = False) -> list[tuple[float, pulp.LpVariable]]:
        """Milliseconds of a group's work of a kind, by how its operators are cut."""
        group, kind = place
        found = []
        for (name, n), variable in self.cut.items():
            seconds = sum(nano.seconds for nano in self._nanos[name, n] if nano.group == group and nano.kind == kind)
            if seconds and (not only_loose or n > 1 or (group, name) in self._loose):
                found.append((MILLI * seconds, variable))
        return found

    def _mix(self, possible: Sequence[Mix]) -> None:
        """A variable for each mix and the groups that its kinds are of; several of one group only where some operators of these kinds are loose."""
        places: list[Place] = [(group, kind) for group in range(len(self.groups)) for kind in kinds_of(self.layer)]
        self.asked = {place: asked for place in places if (asked := self._asked(place))}
        self.beside = {place: asked for place in self.asked if (asked := self._asked(place, only_loose=True))}
        self.mix: dict[tuple[Mix, tuple[int, ...]], pulp.LpVariable] = {}
        for mix, groups in itertools.product(possible, itertools.product(range(len(self.groups)), repeat=len(KINDS))):
            at = list(zip(groups, (kind for kind, _ in mix.shares), strict=False))
            if any(groups[len(at):]) or any(place not in (self.beside if _several(groups[: len(at)], place[0]) else self.asked) for place in at):
                continue
            self.mix[mix, groups[: len(at)]] = self.model.continuous(f"mix[{mix}@{'_'.join(map(str, groups[: len(at)]))}]")
        self.period = total((1.0, variable) for variable in self.mix.values())

    def _work(self) -> None:
        """The mixes of a period do all of its work, and beside others of its group only what is loose."""
        done: dict[Place, list[tuple[float, pulp.LpVariable]]] = {place: [] for place in self.asked}
        beside: dict[Place, list[tuple[float, pulp.LpVariable]]] = {}
        for (mix, groups), variable in self.mix.items():
            for (kind, speed), group in zip(mix.speeds, groups, strict=True):
                done[group, kind].append((speed, variable))
                if _several(groups, group):
                    beside.setdefault((group, kind), []).append((speed, variable))
        for (group, kind), parts in done.items():
            self.model.rule(f"work_of_{kind}_{group}", total(parts) - total(self.asked[group, kind]) >= 0)
        for (group, kind), parts in beside.items():
            self.model.rule(f"loose_{kind}_{group}", total(self.beside[group, kind]) - total(parts) >= 0)

    def _circles(self) -> None:
        """A group's next layer begins after this one, along every path that leads from one layer into the next.

        Of operators in several pieces one counts whole, as its pieces share a lane, and the others with their shortest piece.
        """
        for number, path in enumerate(circles(self.layer)):
            several = [name for name in path if name in self.finer]
            for group, whole in itertools.product(range(len(self.groups)), several or [""]):
                chain = [(MILLI * self._length(key, group, key[0] == whole), variable) for key, variable in self.cut.items() if key[0] in path]
                self.model.rule(f"circle_{number}_{group}[{whole}]", self.period - total(chain) >= 0)

    def _length(self, key: Key, group: int, whole: bool) -> float:
        found = [nano.seconds for nano in self._nanos[key] if nano.group == group]
        return sum(found) if whole else min(found, default=0.0)

    def relaxed(self, time_limit_s: float) -> tuple[Candidate, Answer] | None:
        """The groups with a bound of all that they may be cut into: operators may be partly in pieces. None where there was no time."""
        for variable in self.cut.values():
            variable.cat = pulp.LpContinuous
        answer = solve(self.model, time_limit_s=time_limit_s)
        for variable in self.cut.values():
            variable.cat = pulp.LpInteger
        if not answer.found:
            return None
        return Candidate(Structure(self.groups), max(0.0, answer.bound / MILLI - self.least * FINER[-1] * len(self.layer.active))), answer

    def next(self, time_limit_s: float) -> tuple[Candidate, Answer] | None:
        """The best structure that was not given before; None where there is none, or none was found in time."""
        answer = solve(self.model, time_limit_s=time_limit_s, gap=1e-4)
        if not answer.found:
            return None
        picked = [key for key, variable in self.cut.items() if chosen(variable)]
        bound = max(0.0, answer.bound / MILLI - self.least * sum(n for _, n in picked))
        self.model.rule(f"another_{len(self.model.rules)}", total((1.0, self.cut[key]) for key in picked) <= len(picked) - 1)
        return Candidate(Structure(self.groups, tuple((name, n) for name, n in picked if n > 1)), bound), answer


def candidates(layer: Layer, curves: Interference, *, pieces: bool = True, time_limit_s: float, write_lp: Path | None = None) -> Iterator[tuple[Candidate, Answer]]:
    """Structures of all ways to cut the batch in order of their bounds, each once. Raises InfeasibleError where there is none at all.

    Ways wait with the bounds of their relaxations, which are quick to solve. The first one's bound is that of every schedule; it is 0 where there was no time for the
    relaxations of all ways.
    """
    until, programs = time.perf_counter() + time_limit_s, list[Program]()
    waiting = list[tuple[float, int, bool, Candidate, Answer]]()

    def put(number: int, found: tuple[Candidate, Answer] | None, *, exact: bool) -> None:
        if found is not None:
            heapq.heappush(waiting, (found[0].bound_s, number, exact, *found))

    def left() -> float:
        return until - time.perf_counter()

    possible = mixes(curves, kinds_of(layer))
    for groups in splits(layer):
        programs.append(Program(layer, possible, groups, pieces=pieces))
        put(len(programs) - 1, programs[-1].relaxed(left()) if left() > 0 else None, exact=False)
    if not waiting:
        raise InfeasibleError(f"no structure of {layer.name} was found in {time_limit_s:g} s", mend="give more time, or curves with larger shares")
    known, first = len(waiting) == len(programs), True
    while waiting:
        _, number, exact, candidate, answer = heapq.heappop(waiting)
        if not exact and left() > 0 and (found := programs[number].next(left())):
            put(number, found, exact=True)
            continue
        if first and write_lp is not None:
            programs[number].model.write_lp(write_lp)
        yield (candidate if known or not first else replace(candidate, bound_s=0.0)), answer
        first = False
        put(number, programs[number].next(left()) if exact and left() > 0 else None, exact=True)


def _several(groups: Sequence[int], group: int) -> bool:
    return sum(each == group for each in groups) > 1


def loose(layer: Layer, groups: tuple[Group, ...], pieced: set[str]) -> set[tuple[int, str]]:
    """(group, operator) of those that may run beside others of their group although they take it whole, whichever of the `pieced` others are in pieces.

    More pieces mean fewer waits, so it is enough to look at all others in pieces.
    """
    found = set()
    for names, pieces in [([op.name for op in layer.active if op.name not in pieced], pieced), *(([name], pieced - {name}) for name in sorted(pieced))]:
        made = graph(layer, Structure(groups, tuple((name, FINER[-1]) for name in sorted(pieces))))
        after = _reached(made)
        for i, nano in enumerate(made.nanos):
            others = [j for j, other in enumerate(made.nanos) if j != i and other.group == nano.group]
            if nano.operator in names and not all((j in after[i][0] and i in after[j][1]) or (i in after[j][0] and j in after[i][1]) for j in others):
                found.add((nano.group, nano.operator))
    return found


def _reached(made: Graph) -> list[tuple[set[int], set[int]]]:
    """For each nano-batch what follows it in the same layer, and at the latest in the next one."""
    following: list[list[tuple[int, int]]] = [[] for _ in made.nanos]
    for mine, before, lag in made.needs:
        following[before].append((mine, lag))
    found = []
    for start in range(len(made.nanos)):
        seen, stack = {(start, 0)}, [(start, 0)]
        while stack:
            at, layers = stack.pop()
            ahead = {(mine, layers + lag) for mine, lag in following[at] if layers + lag <= 1} - seen
            seen |= ahead
            stack += ahead
        found.append(({i for i, layers in seen if not layers and i != start}, {i for i, _ in seen}))
    return found


def finer(layer: Layer) -> set[str]:
    """Operators that may take a group in pieces: the memory-bound ones and what feeds them, so that attention can begin early. Some operator of each path must take
    groups whole, or the pieces would be groups of their own."""
    memory = {op.name for op in layer.active if op.kind == "memory"}
    found = memory | {before for name, before, lag in waits(layer) if name in memory and lag == 0}
    return found if all(set(path) - found for path in circles(layer)) else set()


def circles(layer: Layer) -> list[tuple[str, ...]]:
    """Paths of operators, each after the one before, whose first waits for the last one of the layer before. At most PATHS of them."""
    needs = list(waits(layer))
    found: list[tuple[str, ...]] = []
    stack: list[tuple[str, str, tuple[str, ...]]] = [(first, last, (last,)) for first, last, lag in needs if lag == 1]
    while stack and len(found) < PATHS:
        first, at, path = stack.pop()
        if at == first:
            found.append(path)
            continue
        stack += [(first, before, (before, *path)) for name, before, lag in needs if name == at and lag == 0]
    return found


def _name(groups: tuple[Group, ...]) -> str:
    return "+".join(f"{group.decode}d{group.prefill}p" for group in groups)
