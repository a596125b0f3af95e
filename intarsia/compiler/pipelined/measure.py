"""The terms of a pipeline on this CPU, each measured by itself: operators alone by rows, collectives once all ranks are there, pairs of kinds beside each other, signals.

All ranks run the same at the same time, as they do in a pipeline. A shared machine's speed changes within seconds, so `bench.py` measures anew in turn with the runs
that it predicts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from statistics import median

import numpy as np
from numpy.typing import NDArray

from intarsia.compiler.pipelined.rank import KINDS, Setup
from intarsia.compiler.pipelined.team import Team
from intarsia.planner.pipeline import ranks
from intarsia.planner.pipeline.curves import ALONE, Interference
from intarsia.planner.pipeline.fluid import Handover
from intarsia.planner.pipeline.layer import Kind, Layer, Operator
from intarsia.planner.pipeline.ranks import Timings

REPEATS, PAIR_S, ROUNDS = 12, 0.15, 5
AGAIN = 4
"""Samples of an operator in each round between runs."""
SIGNALS = 20
EVEN = 2
"""Nano-batches have an even number of rows: one that is left over by tiles of rows is multiplied by another kernel, which sums in another order."""
HALF = 0.5
"""The share of the execution units that an operator has beside another one."""
LITTLE, REST = 0.05, 0.95
"""Shares of a collective, whose threads sleep most of the time, and of what runs beside it: all threads of its rank."""
SAMPLES: dict[Kind, str] = {"compute": "MLP", "memory": "Attention", "network": "AR_MLP"}
"""The operator of each kind that pairs are measured with: the one that takes longest."""
CHAIN = ("KQV", "Attention", "O", "AR_O", "MLP", "AR_MLP")
Progress = Callable[[float, str], None]
Floats = NDArray[np.float64]


def samples(team: Team, operator: str, rows: int, repeats: int, share: float = 1.0) -> Floats:
    """Seconds of an operator with nothing beside it, [ranks, repeats]; of a collective, from when all ranks are there until all have its results."""
    spans = np.array([reply["spans"] for reply in team.ask("operator", operator=operator, rows=rows, share=share, repeats=repeats, before=since_collective(operator))])
    if KINDS[operator] != "network":
        return np.asarray(spans[:, :, 1] - spans[:, :, 0])
    taken = spans[:, :, 1].max(axis=0) - spans[:, :, 0].max(axis=0)
    return np.tile(np.maximum(taken, 1e-9), (len(spans), 1))


def since_collective(operator: str) -> list[str]:
    """What a rank runs before an operator, from the last collective on: ranks come to the next one at unequal times, from work, and its threads have slept."""
    before = CHAIN[: CHAIN.index(operator)]
    return list(itertools.takewhile(lambda name: KINDS[name] != "network", reversed(before)))[::-1]


def operators(setup: Setup) -> list[str]:
    """Of a layer, in order; one rank alone exchanges nothing."""
    return [name for name in CHAIN if setup.ranks > 1 or KINDS[name] != "network"]


def layer(team: Team, name: str, progress: Progress = lambda share, text: None) -> Layer:
    """The model's layer with measured points: a chain whose end the next layer's beginning waits for. Points of collectives count the mean wait for the slowest rank."""
    names, rows = operators(team.setup), team.setup.rows
    counts = sorted({max(1, rows * part // 4) for part in (1, 2, 3, 4)})
    alone: dict[tuple[str, int], Floats] = {}
    for number, (operator, count) in enumerate(itertools.product(names, counts)):
        progress(number / len(names) / len(counts), f"measuring {operator}")
        alone[operator, count] = samples(team, operator, count, REPEATS)
    step_s = handover(team).step_s
    found = []
    for number, operator in enumerate(names):
        points = tuple((float(count), float(alone[operator, count].mean()) + step_s + _skew(operator, count, alone)) for count in counts)
        found.append(Operator(operator, KINDS[operator], points, (names[number - 1],) if number else (), () if number else (names[-1],)))  # type: ignore[arg-type]
    return Layer(name, tuple(found), rows, 0, team.setup.layers, team.setup.ranks, grain=max(EVEN, rows // 8 // EVEN * EVEN))


def _skew(operator: str, rows: int, alone: dict[tuple[str, int], Floats]) -> float:
    """Mean wait at a collective, after what ranks have computed since the one before."""
    if KINDS[operator] != "network":
        return 0.0
    return ranks.skew_s([alone[name, rows] for name in since_collective(operator)], np.random.default_rng(rows))


def handover(team: Team) -> Handover:
    """Seconds from a task's end to the next one's begin; of several ranks, the mean."""
    replies = team.ask("handover", operator="KQV", rows=max(1, team.setup.rows // 2), repeats=SIGNALS)
    return Handover(*(sum(reply[key] for reply in replies) / len(replies) for key in Handover._fields))


def timings(team: Team, sizes: Iterable[tuple[str, int]]) -> Timings:
    """All terms as they are just now, of operators with the rows that schedules give them."""
    signals = handover(team)
    return Timings({size: samples(team, *size, AGAIN) for size in sizes}, curves(team, rounds=1), signals)


def curves(team: Team, progress: Progress = lambda share, text: None, rounds: int | None = None) -> Interference:
    """Speeds alone on half of the units, and beside each other kind, relative to all units alone: medians of some rounds."""
    setup, taken, count = team.setup, dict[tuple[str, str], list[float]](), rounds or ROUNDS
    for number in range(count):
        progress(number / count, "measuring operators beside each other")
        for key, speed in _speeds(team).items():
            taken.setdefault(key, []).append(speed)
    found = {key: _points(setup, *key, min(median(speeds), 1.0)) for key, speeds in taken.items()}
    threads = f"{setup.ranks} processes" if setup.ranks > 1 else "1 process"
    return Interference(found, elastic=False, source=f"measured on this CPU: {threads} on {setup.cores} cores, a share of {HALF:g} is {setup.threads_of(HALF)} thread(s)")


def _speeds(team: Team) -> dict[tuple[str, str], float]:
    """One round."""
    setup, rows = team.setup, max(1, team.setup.rows // 2)
    kinds = [kind for kind in SAMPLES if kind != "network" or setup.ranks > 1]
    whole = {kind: float(samples(team, SAMPLES[kind], rows, AGAIN).mean()) for kind in kinds}
    found: dict[tuple[str, str], float] = {
        (kind, ALONE): whole[kind] / float(samples(team, SAMPLES[kind], rows, AGAIN, HALF).mean()) for kind in kinds if setup.threads_of(HALF) < setup.threads
    }
    found = {(kind, ALONE): 1.0 for kind in kinds} | found
    for one, other in itertools.combinations(kinds, 2):
        seconds = _pair(team, one, other, rows, whole)
        found |= {(one, other): whole[one] / seconds[0], (other, one): whole[other] / seconds[1]}
    return found


def _points(setup: Setup, kind: str, beside: str, speed: float) -> tuple[tuple[float, float], ...]:
    """A curve through what was measured: collectives take little and leave the rest; others take half each. With one thread, half of the units is that thread too."""
    if kind == "network":
        return (LITTLE, speed), (1.0, 1.0)
    if beside == "network":
        return (HALF, speed * setup.threads_of(HALF) / setup.threads), (REST, speed), (1.0, 1.0)
    return ((HALF, speed), (REST, 1.0), (1.0, 1.0)) if beside == ALONE and setup.ranks > 1 else ((HALF, speed), (1.0, 1.0))


def _pair(team: Team, one: Kind, other: Kind, rows: int, whole: dict[Kind, float]) -> list[float]:
    """Seconds of both, each going on for about as long as the other."""
    share = REST if "network" in (one, other) else HALF
    what = [{"operator": SAMPLES[kind], "rows": rows, "share": share, "times": max(4, round(PAIR_S / whole[kind] / 2))} for kind in (one, other)]
    replies = team.ask("pair", first=what[0], second=what[1])
    return [max(float(np.mean([reply["seconds"][place] for reply in replies])), 1e-9) for place in range(2)]
