"""Step two: shares and start times, given an order of events.

The events of a period, each the begin or the end of a nano-batch, cut it into slices in which the same nano-batches run.

    share[nano, r]         1 when the nano-batch gets the share r
    spell[slice, mix]      ms of a slice in which its nano-batches have these shares

A nano-batch's work is done within its slices, all of it on the share that was chosen: sum of spells x speed = work x share[nano, r]. So there is no product of
unknowns and no big constant, and the relaxation says what shares that change from slice to slice would give.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pulp
from numpy.typing import NDArray

from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import Answer, chosen, solve, value
from intarsia.planner.pipeline.curves import STEPS, Interference
from intarsia.planner.pipeline.fluid import REST
from intarsia.planner.pipeline.layer import Kind
from intarsia.planner.pipeline.nano import Graph

MILLI, NEAR = 1e3, 1e-9
NEXT = 3
"""Shares on either side of a nano-batch's that the program looks at: more of them made it slow, and the small changes have looked at all."""


@dataclass(frozen=True)
class Slice:
    """Between two events: the nano-batches that run, and the events at its begin (nano-batch, 1 for its end)."""

    running: tuple[int, ...]
    begins: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Shares:
    """A share for each nano-batch in steps (REST: what is left), when each begins and ends, and the period; all in seconds."""

    steps: NDArray[np.int64]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    period_s: float
    answer: Answer


def slices(graph: Graph, starts: NDArray[np.float64], ends: NDArray[np.float64], period: float) -> list[Slice]:
    """The slices of a period of a schedule that repeats. Events at the same time are in the order: ends, then begins."""
    events = sorted((phase(float(time), period)[1], kind, nano) for kind, times in ((0, ends), (1, starts)) for nano, time in enumerate(times))
    found = []
    for number, (time, kind, nano) in enumerate(events):
        following = events[(number + 1) % len(events)][0] + (period if number + 1 == len(events) else 0.0)
        middle = (time + following) / 2
        running = tuple(i for i in range(len(graph.nanos)) if _inside(middle, starts[i], ends[i], period)) if following > time else ()
        found.append(Slice(running, ((nano, 1 - kind),)))
    return found


def phase(time: float, period: float) -> tuple[int, float]:
    """Whole periods, and what is over; a time a rounding error before the next period is in that."""
    turns = int(np.floor(time / period + NEAR))
    return turns, max(0.0, round(time - turns * period, 12))


def _inside(time: float, start: float, end: float, period: float) -> bool:
    return bool(np.mod(time - start, period) < end - start)


def allot(graph: Graph, curves: Interference, given: NDArray[np.int64], starts: NDArray[np.float64], ends: NDArray[np.float64], period: float, *,
          time_limit_s: float, write_lp: Path | None = None) -> Shares | None:  # fmt: skip
    """The shares with the shortest period in the given order of events, among those near the `given` ones; None where none was found in time."""
    cut = slices(graph, starts, ends, period)
    model = Model("shares")
    choices = {i: _near(curves, nano.kind, int(given[i])) for i, nano in enumerate(graph.nanos)}
    pick = {(i, r): model.binary(f"share[{graph.nanos[i].name},{r / STEPS if r else 'rest'}]") for i, ways in choices.items() for r in ways}
    for i, ways in choices.items():
        model.rule(f"one_share[{graph.nanos[i].name}]", total((1.0, pick[i, r]) for r in ways) == 1)
    done: dict[tuple[int, int], list[tuple[float, pulp.LpVariable]]] = {}
    spells: list[list[pulp.LpVariable]] = []
    for number, piece in enumerate(cut):
        spells.append([])
        for shares, speeds in _mixes(graph, curves, piece.running, choices):
            spell = model.continuous(f"spell[{number},{'_'.join(map(str, shares))}]")
            spells[-1].append(spell)
            for i, r, speed in zip(piece.running, shares, speeds, strict=True):
                done.setdefault((i, r), []).append((speed, spell))
    for (i, r), taken in pick.items():
        model.rule(f"work[{graph.nanos[i].name},{r}]", total(done.get((i, r), ())) - MILLI * graph.nanos[i].seconds * taken == 0)
    model.minimize(total((1.0, spell) for each in spells for spell in each), "period_in_ms")
    answer = solve(model, time_limit_s=time_limit_s, gap=1e-3, write_lp=write_lp)
    if not answer.found:
        return None
    steps = np.array([next(r for r in choices[i] if chosen(pick[i, r])) for i in range(len(graph.nanos))], np.int64)
    lengths = [sum(value(spell) for spell in each) / MILLI for each in spells]
    return _timed(cut, lengths, steps, starts, period, answer)


def _near(curves: Interference, kind: Kind, given: int) -> list[int]:
    """Shares in steps: the given one, and NEXT on either side of it."""
    if kind == "compute" and curves.elastic:
        return [REST]
    every = [round(share * STEPS) for share in curves.choices(kind)]
    at = min(range(len(every)), key=lambda i: abs(every[i] - given))
    return every[max(0, at - NEXT) : at + NEXT + 1]


def _mixes(graph: Graph, curves: Interference, running: Sequence[int], choices: dict[int, list[int]]) -> Iterator[tuple[tuple[int, ...], tuple[float, ...]]]:
    """Shares of what runs in a slice that fit, with their speeds; none at all where nothing runs, or two of a kind do by a rounding error: such a slice has no length."""
    kinds = [graph.nanos[i].kind for i in running]
    if len(set(kinds)) < len(kinds):
        return
    for shares in itertools.product(*(choices[i] for i in running)):
        fixed = sum(shares)
        if not running or fixed > STEPS or (REST in shares and fixed >= STEPS):
            continue
        yield shares, tuple(
            curves.speed(kind, (r or STEPS - fixed) / STEPS, tuple(kinds[:at] + kinds[at + 1 :])) for at, (kind, r) in enumerate(zip(kinds, shares, strict=True))
        )


def _timed(cut: Sequence[Slice], lengths: Sequence[float], steps: NDArray[np.int64], starts: NDArray[np.float64], period: float, answer: Answer) -> Shares:
    """New times of the same events: each nano-batch begins in the period in which it began before, and lasts until its end comes round."""
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    length = float(at[-1])
    begins, finish = np.zeros(len(steps)), np.zeros(len(steps))
    where = {event: number for number, piece in enumerate(cut) for event in piece.begins}
    for nano in range(len(steps)):
        begin, end = where[nano, 0], where[nano, 1]
        begins[nano] = at[begin] + phase(float(starts[nano]), period)[0] * length
        finish[nano] = begins[nano] + (at[end] - at[begin]) % length
    return Shares(steps, begins, finish, length, answer)
