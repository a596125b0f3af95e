"""Step one: which structure. An integer program without times: a layer's period is the time spent in each *mix* of kinds and shares.

    take[split]            1 when the batch is cut into these groups of rows
    cut[split, op, n]      1 when an operator takes each group in n pieces
    mix[...]               seconds of a period in which these kinds run on these shares

Each kind's work is done in the mixes that it is part of; no group goes through the layer faster than its operators alone, one after the other, because its next
layer needs what this one gave. Any schedule of a structure obeys both, so the optimum is a bound that no schedule beats; structures come in order of their bounds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulp

from intarsia.errors import InfeasibleError
from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import Answer, chosen, solve, value
from intarsia.planner.pipeline.curves import Interference
from intarsia.planner.pipeline.layer import KINDS, Kind, Layer, waits
from intarsia.planner.pipeline.nano import Group, Nano, Structure, graph

Key = tuple[tuple[Group, ...], str, int]
"""Groups, an operator, and in how many pieces it takes each."""

FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
EIGHTHS = tuple(i / 8 for i in range(1, 8))
MILLI = 1e3
"""Programs count in milliseconds: solvers' tolerances are absolute."""
FINER = (1, 2)
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
    """A structure with the least period that any schedule of it may have, and the seconds of each mix in that bound."""

    structure: Structure
    bound_s: float
    mixes: tuple[tuple[Mix, float], ...]

    def slowdown(self, kind: Kind) -> float:
        """How many times slower than alone operators of a kind run in the bound, on average."""
        busy = sum(seconds for mix, seconds in self.mixes if mix.speed(kind) > 0)
        done = sum(seconds * mix.speed(kind) for mix, seconds in self.mixes)
        return max(1.0, busy / done) if done > 0 else 1.0


def mixes(curves: Interference, kinds: Sequence[Kind]) -> list[Mix]:
    """Every mix of at most one operator a kind whose shares fit; where products are elastic they get the rest."""
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
    return found


def splits(layer: Layer) -> list[tuple[Group, ...]]:
    """Ways to cut the batch: whole, two groups of many sizes, three and four equal ones. Sizes are multiples of the grain where the batch has it."""
    found: dict[tuple[Group, ...], None] = {(Group(layer.decode, layer.prefill),): None}
    for of_decode, of_prefill in itertools.product(EIGHTHS, FRACTIONS if layer.prefill else (0.0,)):
        decode, prefill = _cut(layer.decode, of_decode, layer.grain), _cut(layer.prefill, of_prefill, layer.grain)
        pair = (Group(decode, prefill), Group(layer.decode - decode, layer.prefill - prefill))
        if all(group.rows > 0 for group in pair):
            found[tuple(sorted(pair, key=lambda group: (group.rows, group.decode)))] = None
    for count in (3, 4):
        cuts = [(_cut(layer.decode, i / count, layer.grain), _cut(layer.prefill, i / count, layer.grain)) for i in range(count + 1)]
        equal = tuple(Group(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(cuts))
        if all(group.rows > 0 for group in equal):
            found[equal] = None
    return list(found)


def _cut(rows: int, fraction: float, grain: int) -> int:
    step = grain if rows >= 2 * grain else 1
    return rows if fraction == 1.0 else min(rows, round(rows * fraction / step) * step)


class Program:
    """The program of a layer; `candidates` gives structures, best bound first."""

    def __init__(self, layer: Layer, curves: Interference, *, pieces: bool = True) -> None:
        self.layer, self.curves, self.finer = layer, curves, finer(layer) if pieces else set()
        self.model = Model(f"structure of {layer.name}")
        kinds: list[Kind] = [kind for kind in KINDS if any(op.kind == kind for op in layer.active)]
        self.mix = {mix: self.model.continuous(f"mix[{mix}]") for mix in mixes(curves, kinds)}
        self.split = {groups: self.model.binary(f"take[{_name(groups)}]") for groups in splits(layer)}
        self.cut: dict[Key, pulp.LpVariable] = {}
        self._ways: dict[tuple[tuple[Group, ...], str], list[Key]] = {}
        self._nanos: dict[Key, list[Nano]] = {}
        self._choose()
        self._work(kinds)
        self._circles()
        self.period = total((1.0, variable) for variable in self.mix.values())
        nanos = total((SIMPLER * layer.sequential_s * MILLI * n * len(groups), variable) for (groups, _, n), variable in self.cut.items())
        self.model.minimize(self.period + nanos, "period_in_ms")

    def _choose(self) -> None:
        for groups, n in itertools.product(self.split, FINER):
            for nano in graph(self.layer, Structure(groups, tuple((op.name, n) for op in self.layer.active))).nanos:
                self._nanos.setdefault((groups, nano.operator, n), []).append(nano)
        self.model.rule("one_split", total((1.0, v) for v in self.split.values()) == 1)
        for groups, taken in self.split.items():
            for op in self.layer.active:
                ways = {n: self.model.binary(f"cut[{_name(groups)},{op.name},{n}]") for n in (FINER if op.name in self.finer else FINER[:1])}
                self.cut |= {(groups, op.name, n): variable for n, variable in ways.items()}
                self._ways[groups, op.name] = [(groups, op.name, n) for n in ways]
                self.model.rule(f"one_cut[{_name(groups)},{op.name}]", total((1.0, v) for v in ways.values()) == taken)

    def _work(self, kinds: Sequence[Kind]) -> None:
        """The mixes of a period do all of its work."""
        for kind in kinds:
            done = total((mix.speed(kind), variable) for mix, variable in self.mix.items() if mix.speed(kind) > 0)
            mine = {op.name for op in self.layer.active if op.kind == kind}
            asked = [(MILLI * sum(each.seconds for each in self._of(key)), variable) for key, variable in self.cut.items() if key[1] in mine]
            self.model.rule(f"work_of_{kind}", done - total(asked) >= 0)

    def _circles(self) -> None:
        """A group's next layer begins after this one, along every path that leads from one layer into the next.

        Of operators in several pieces one counts whole, as its pieces share a lane, and the others with their shortest piece.
        """
        period = total((1.0, v) for v in self.mix.values())
        for number, (path, groups) in enumerate(itertools.product(circles(self.layer), self.split)):
            several = [name for name in path if name in self.finer]
            for group, whole in itertools.product(range(len(groups)), several or [""]):
                chain = [(MILLI * self._length(key, group, name == whole), self.cut[key]) for name in path for key in self._ways[groups, name]]
                self.model.rule(f"circle_{number}_{group}[{_name(groups)},{whole}]", period - total(chain) >= 0)

    def _length(self, key: Key, group: int, whole: bool) -> float:
        found = [nano.seconds for nano in self._of(key) if nano.group == group]
        return sum(found) if whole else min(found, default=0.0)

    def _of(self, key: Key) -> list[Nano]:
        return self._nanos[key]

    def candidates(self, *, time_limit_s: float, write_lp: Path | None = None) -> Iterator[tuple[Candidate, Answer]]:
        """Structures in order of their bounds, each once. Raises InfeasibleError where there is none at all."""
        for number in itertools.count():
            answer = solve(self.model, time_limit_s=time_limit_s, gap=1e-4, write_lp=write_lp if number == 0 else None)
            if not answer.found:
                if number == 0:
                    raise InfeasibleError(f"no structure of {self.layer.name} was found ({answer})", mend="give more time, or curves with larger shares")
                return
            picked = [key for key, variable in self.cut.items() if chosen(variable)]
            pieces = tuple((name, n) for _, name, n in picked if n > 1)
            bound = max(0.0, answer.bound / MILLI - sum(SIMPLER * self.layer.sequential_s * n * len(groups) for groups, _, n in picked))
            used = tuple((mix, value(v) / MILLI) for mix, v in self.mix.items() if value(v) > 0)
            yield Candidate(Structure(picked[0][0], pieces), bound, used), answer
            self.model.rule(f"another_{number}", total((1.0, self.cut[key]) for key in picked) <= len(picked) - 1)


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
