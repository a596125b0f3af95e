"""What a plan is predicted to do, and how plans compare: objectives, dominance, the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from intarsia.errors import InputError
from intarsia.planner.search.problem import Goals
from intarsia.planner.simulate.metrics import percentiles

PERCENTILES = (50.0, 90.0, 95.0, 99.0)
FULL = 0.95
"""A cache that is used so far counts as full."""


@dataclass(frozen=True)
class Latency:
    """Seconds over all finished requests: the mean, and at each of PERCENTILES."""

    mean: float
    at: tuple[float, ...]

    @staticmethod
    def of(values: NDArray[np.float64]) -> Latency:
        if not values.size:
            return Latency(math.inf, (math.inf,) * len(PERCENTILES))
        return Latency(float(values.mean()), tuple(percentiles(values, PERCENTILES)))

    def percentile(self, wanted: float) -> float:
        """The nearest percentile that is kept, not below the wanted one."""
        return next((value for at, value in zip(PERCENTILES, self.at, strict=True) if at >= wanted), self.at[-1])


@dataclass(frozen=True)
class Outcome:
    """What a simulated plan does with a workload.

    `tokens_per_s` and `requests_per_s` count over the whole run; `good` is the share of requests that meet the goals; `sustained` whether what came was served about as fast as it
    came. `watts` is the mean draw of all devices, `usd_per_h` what they cost. `samples`: (ttft, tpot, e2e) of requests spread evenly over the run, for other goals later.
    `busy`: share of time in steps; `kv_peak`: the largest share of the cache in use. `judged`: the run was ended because it can't meet the goals; `good` is the share until then,
    and nothing else is known. `peaks`: by role, most tokens and most sequences of any iteration of an attention group. `growth`: in the second half of the load, requests in flight
    grew by so large a share of those that came.
    """

    requests_per_s: float
    tokens_per_s: float
    ttft: Latency
    tpot: Latency
    e2e: Latency
    good: float
    sustained: bool
    watts: float
    usd_per_h: float
    devices: int
    busy: float = 0.0
    kv_peak: float = 0.0
    preemptions: int = 0
    samples: tuple[tuple[float, float, float], ...] = field(default=(), repr=False)
    judged: bool = False
    peaks: tuple[tuple[str, int, int], ...] = field(default=(), repr=False)
    growth: float = 0.0

    @property
    def goodput(self) -> float:
        """Good requests a second."""
        return self.good * self.requests_per_s

    @property
    def tokens_per_usd(self) -> float:
        return 3600 * self.tokens_per_s / self.usd_per_h if self.usd_per_h else 0.0

    @property
    def tokens_per_joule(self) -> float:
        return self.tokens_per_s / self.watts if self.watts else 0.0

    @property
    def full(self) -> bool:
        """The cache was full, or nothing is known of it."""
        return self.judged or self.preemptions > 0 or self.kv_peak >= FULL

    def peak(self, role: str, name: str) -> float:
        """How much was used of a limit (max_batch_tokens or max_sequences) in the replicas of a role; infinite where that isn't known."""
        found = [tokens if name == "max_batch_tokens" else sequences for known, tokens, sequences in self.peaks if known == role]
        return max(found, default=math.inf)

    def meets(self, goals: Goals) -> bool:
        return not self.judged and self.good >= goals.percentile / 100 - 1e-9

    def looks_like(self, other: Outcome) -> bool:
        """Whether users and the bill see no difference, however full caches and batches were."""
        return replace(self, kv_peak=0.0, peaks=()) == replace(other, kv_peak=0.0, peaks=())

    def miss(self, goals: Goals) -> float:
        """How many times its goal the latency is that misses its own by most; below 1 where each alone is kept."""
        return max(latency.percentile(goals.percentile) / goal for latency, goal in ((self.ttft, goals.ttft_s), (self.tpot, goals.tpot_s), (self.e2e, goals.e2e_s)))


def share_good(samples: NDArray[np.float64], goals: Goals) -> float:
    """The share of rows (ttft, tpot, e2e) that meet the goals."""
    if not len(samples):
        return 0.0
    return float(np.mean((samples[:, 0] <= goals.ttft_s) & (samples[:, 1] <= goals.tpot_s) & (samples[:, 2] <= goals.e2e_s)))


Objective = Callable[[Outcome, Goals], float]
"""The more the better."""
OBJECTIVES: dict[str, Objective] = {
    "throughput": lambda o, g: o.tokens_per_s,
    "goodput": lambda o, g: o.goodput,
    "ttft": lambda o, g: -o.ttft.percentile(g.percentile),
    "tpot": lambda o, g: -o.tpot.percentile(g.percentile),
    "latency": lambda o, g: -o.e2e.percentile(g.percentile),
    "cost": lambda o, g: o.tokens_per_usd,
    "energy": lambda o, g: o.tokens_per_joule,
}
FRONT = ("goodput", "ttft", "tpot", "cost", "energy")
"""What the Pareto front weighs against each other; goodput is throughput in requests where there are no goals."""
SAME = 0.005
"""Outcomes that differ by less than this share count as equal: a simulation says no more."""


def vector(outcome: Outcome, goals: Goals) -> tuple[float, ...]:
    """The outcome in the objectives of the front, the more the better."""
    return tuple(OBJECTIVES[name](outcome, goals) for name in FRONT)


def dominates(a: Sequence[float], b: Sequence[float]) -> bool:
    """No worse anywhere, better somewhere."""
    return all(x >= y for x, y in zip(a, b, strict=True)) and any(x > y for x, y in zip(a, b, strict=True))


def front(vectors: Sequence[Sequence[float]]) -> list[int]:
    """Indices of those that none dominates."""
    return [i for i, a in enumerate(vectors) if not any(dominates(b, a) for b in vectors)]


def key(outcome: Outcome, goals: Goals, objective: str) -> tuple[float, ...]:
    """For sorting, the best first: plans that meet the goals, then those that keep up, then the objective, then cheaper, then quicker.

    Without an objective: with goals, the cheapest that meets them, or, where none does, the one with most good requests, and of those with equally many the one that misses by
    least; without goals, the quickest of those that keep up with what comes, by end-to-end seconds.
    """
    if objective and objective not in OBJECTIVES:
        raise InputError(f"there is no objective {objective!r}", mend=f"choose one of {', '.join(OBJECTIVES)}")
    met = outcome.meets(goals) if goals.any else outcome.sustained
    chosen = objective or ("cost" if goals.any and met else "goodput" if goals.any else "latency" if outcome.sustained else "throughput")
    near = _rounded(outcome.miss(goals)) if chosen == "goodput" and goals.any and not met else 0.0
    return (-float(met), -_rounded(OBJECTIVES[chosen](outcome, goals)), near, outcome.usd_per_h, outcome.e2e.mean)


def _rounded(value: float) -> float:
    """To a step of SAME of its size, so that noise doesn't order plans."""
    if not value or not math.isfinite(value):
        return value
    return math.copysign(math.exp(round(math.log(abs(value)) / SAME) * SAME), value)


def best(outcomes: Iterable[tuple[int, Outcome]], goals: Goals, objective: str) -> list[int]:
    """Indices, the best first."""
    return [index for index, _ in sorted(outcomes, key=lambda pair: (key(pair[1], goals, objective), pair[0]))]
