"""Points and interference curves of this CPU: operators alone by rows, and every pair of kinds beside each other.

Medians of many. A shared machine's speed changes within seconds, so that `bench.py` measures the points anew in turn with the runs that they predict.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from statistics import median
from typing import Any

from intarsia.compiler.pipelined.rank import KINDS, Setup
from intarsia.compiler.pipelined.team import Team
from intarsia.planner.pipeline.curves import ALONE, Interference
from intarsia.planner.pipeline.layer import Kind, Layer, Operator

REPEATS, PAIR_S, ROUNDS = 15, 0.15, 7
EVEN = 2
"""Nano-batches have an even number of rows: one that is left over by tiles of rows is multiplied by another kernel, which sums in another order."""
HALF = 0.5
"""The share of the execution units that an operator has beside another one."""
SAMPLES: dict[Kind, str] = {"compute": "MLP", "memory": "Attention", "network": "AR_MLP"}
"""The operator of each kind that pairs are measured with: the one that takes longest."""
Progress = Callable[[float, str], None]


def alone(team: Team, operator: str, rows: int, share: float = 1.0) -> float:
    """Median seconds of an operator with nothing beside it."""
    return median(samples(team, operator, rows, share, REPEATS))


def samples(team: Team, operator: str, rows: int, share: float, repeats: int) -> list[float]:
    """Seconds of an operator, `repeats` times; of several ranks, each time those of the slowest."""
    replies = team.ask("operator", operator=operator, rows=rows, share=share, repeats=repeats)
    return [max(each) for each in zip(*(reply["seconds"] for reply in replies), strict=True)]


def operators(setup: Setup) -> list[str]:
    return [name for name in KINDS if setup.ranks > 1 or KINDS[name] != "network"]


def layer(team: Team, name: str, progress: Progress = lambda share, text: None) -> Layer:
    """The model's layer with measured points: a chain whose end the next layer's beginning waits for."""
    names, rows = [each for each in ("KQV", "Attention", "O", "AR_O", "MLP", "AR_MLP") if each in operators(team.setup)], team.setup.rows
    found = []
    for number, operator in enumerate(names):
        progress(number / len(names), f"measuring {operator}")
        points = tuple((float(count), alone(team, operator, count)) for count in sorted({max(1, rows * part // 4) for part in (1, 2, 3, 4)}))
        waits = (names[number - 1],) if number else ()
        found.append(Operator(operator, KINDS[operator], points, waits, () if number else (names[-1],)))  # type: ignore[arg-type]
    return Layer(name, tuple(found), rows, 0, team.setup.layers, team.setup.ranks, grain=max(EVEN, rows // 8 // EVEN * EVEN))


def curves(team: Team, progress: Progress = lambda share, text: None) -> Interference:
    """Speeds on half of the units alone and beside each other kind, relative to all units alone."""
    setup, rows = team.setup, max(1, team.setup.rows // 2)
    kinds = [kind for kind in SAMPLES if kind != "network" or setup.ranks > 1]
    whole = {kind: alone(team, SAMPLES[kind], rows) for kind in kinds}
    found: dict[tuple[str, str], Any] = {(kind, ALONE): _points(whole[kind] / alone(team, SAMPLES[kind], rows, HALF)) for kind in kinds}
    pairs = list(itertools.combinations(kinds, 2))
    for number, (one, other) in enumerate(pairs):
        progress(number / len(pairs), f"measuring {one} beside {other}")
        taken = [_pair(team, one, other, rows, whole) for _ in range(ROUNDS)]
        for place, (mine, beside) in enumerate(((one, other), (other, one))):
            found[mine, beside] = _points(whole[mine] / median(round_[place] for round_ in taken))
    threads = f"{setup.ranks} processes" if setup.ranks > 1 else "1 process"
    return Interference(found, elastic=False, source=f"measured on this CPU: {threads} on {setup.cores} cores, a share of {HALF:g} is {setup.threads_of(HALF)} thread(s)")


def _points(speed: float) -> tuple[tuple[float, float], ...]:
    """A measured speed on half of the units may lie a little above that on all of them: that is noise."""
    return (HALF, min(speed, 1.0)), (1.0, 1.0)


def _pair(team: Team, one: Kind, other: Kind, rows: int, whole: dict[Kind, float]) -> list[float]:
    """Seconds of both, each going on for about as long as the other."""
    what = [{"operator": SAMPLES[kind], "rows": rows, "share": HALF, "times": max(4, round(PAIR_S / whole[kind] / 2))} for kind in (one, other)]
    replies = team.ask("pair", first=what[0], second=what[1])
    return [max(reply["seconds"][place] for reply in replies) for place in range(2)]
