"""What a schedule takes on ranks that wait for each other: played with seconds that were measured on every rank, and where the time goes.

A collective ends on all ranks together, so each waits for the slowest. How long follows from how unequal ranks are from one nano-batch to the next, which means don't tell: so
nano-batches are drawn from measured ones, all ranks' at the same moments, and the schedule is simulated with each draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.pipeline.curves import Interference
from intarsia.planner.pipeline.fluid import AT_ONCE, Handover
from intarsia.planner.pipeline.nano import Nano
from intarsia.planner.pipeline.schedule import Schedule

DRAWS = 24
TERMS = ("compute", "memory", "exchange", "skew", "between")
"""Products; decode attention; collectives once all ranks are there; waiting for the slowest; signals and idling, less what runs at the same time."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Timings:
    """What was measured of terms one by one: `alone[operator, rows]` are seconds [ranks, samples] on all units, of the network's once all ranks are there.
    `handover`: from signals to begins.
    """

    alone: Mapping[tuple[str, int], Floats]
    curves: Interference
    handover: Handover = AT_ONCE


@dataclass(frozen=True)
class Predicted:
    """Seconds of all layers, and the mean over ranks of each of TERMS, which add up to them."""

    seconds: float
    terms: dict[str, float]

    @property
    def account(self) -> dict[str, float]:
        return self.terms | {"total": self.seconds}


def predict(schedule: Schedule, timings: Timings, draws: int = DRAWS, seed: int = 0) -> Predicted:
    """What is typical of some draws. A schedule of one group is carried out on one lane, which never sleeps."""
    rng = np.random.default_rng(seed)
    handover = timings.handover if schedule.overlapped else Handover(*[timings.handover.step_s] * 3)
    played = [schedule.play(drawn(schedule, timings, rng), timings.curves, handover) for _ in range(draws)]
    return typical([account(schedule.graph.nanos, *each) for each in played])


def typical(accounts: Sequence[dict[str, float]]) -> Predicted:
    """The median of the totals, and the terms of the accounts about it (the middle third): medians of single terms would not add up. What is left goes to the last term."""
    seconds = median(each["total"] for each in accounts)
    ordered = sorted(accounts, key=lambda each: each["total"])
    middle = ordered[len(ordered) // 3 : len(ordered) - len(ordered) // 3]
    terms = {key: sum(each[key] for each in middle) / len(middle) for key in TERMS[:-1]}
    return Predicted(seconds, terms | {TERMS[-1]: seconds - sum(terms.values())})


def drawn(schedule: Schedule, timings: Timings, rng: np.random.Generator) -> Floats:
    """Seconds of every nano-batch, [ranks, layers, nano-batches]: each of one moment, the same for all ranks."""
    samples = [timings.alone[nano.operator, nano.last - nano.first] for nano in schedule.graph.nanos]
    picked = [each[:, rng.integers(each.shape[1], size=schedule.layer.layers)] for each in samples]
    return np.ascontiguousarray(np.stack(picked, axis=2))


def account(nanos: Sequence[Nano], begins: Floats, ends: Floats) -> dict[str, float]:
    """Where the seconds of a run went, from begins and ends [ranks, layers, nano-batches], measured or played: `total`, and TERMS as means over ranks."""
    kinds = np.array([nano.kind for nano in nanos])
    network = kinds == "network"
    there = begins[:, :, network].max(axis=0, keepdims=True)
    found = {kind: (ends - begins)[:, :, kinds == kind] for kind in ("compute", "memory")}
    found |= {"exchange": ends[:, :, network] - there, "skew": there - begins[:, :, network]}
    terms = {key: float(each.sum()) / len(begins) for key, each in found.items()}
    total = float((ends.max(axis=(1, 2)) - begins.min(axis=(1, 2))).max())
    return terms | {"between": total - sum(terms.values()), "total": total}


def skew_s(parts: Sequence[Floats], rng: np.random.Generator, draws: int = 200) -> float:
    """Mean seconds that a rank waits for the slowest one after operators whose seconds [ranks, samples] are `parts`."""
    if not parts:
        return 0.0
    took = sum(each[:, rng.integers(each.shape[1], size=draws)] for each in parts)
    return float((took.max(axis=0) - took.mean(axis=0)).mean())  # type: ignore[union-attr]
