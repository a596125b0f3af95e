"""What no run of a deployment can beat: bounds that prune candidates before they are simulated.

They follow from the prices that the simulation itself takes. A step takes at least `floor_s` seconds, the cheapest step there is, and at least `token_s` for each token that
it computes, the least of a step's seconds over its tokens, of as many as its policy lets weights be read for at once (`reach`). Of a policy whose iterations take a prompt through
some layers only, those that take it through all of them count as one step: their seconds add up to no less. So a request waits for its first token at least for its prompt's
steps and tokens, later tokens come no faster than steps, and a run takes no less than its tokens' seconds over all batches that can be under way. Prompts with known prefixes may
be in the cache: their tokens are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import numpy as np

from intarsia.planner.search.estimate import Array
from intarsia.planner.search.outcome import Latency, Outcome, share_good
from intarsia.planner.search.problem import Goals, Problem
from intarsia.planner.search.space import Deployment, Pool, Replica, Settings
from intarsia.runtime.scheduler import policy_class


class Floors(Protocol):
    """Of a replica's prices: seconds of the cheapest step, and the least seconds a token in steps of at most `chunk` tokens: of all its attention groups, and of one alone."""

    def floor_s(self) -> float: ...

    def token_s(self, chunk: int) -> float: ...

    def lone_token_s(self, chunk: int) -> float: ...


First = tuple[tuple[int, float, float], ...]
"""Of pools that prefill: tokens for which weights are read once, seconds of a step and of a lone token at least."""


@dataclass(frozen=True)
class Alone:
    """Bounds of requests that meet no others, and seconds from the first arrival to the last token."""

    ttft: Latency
    tpot: Latency
    e2e: Latency
    good: float
    seconds: float


@dataclass(frozen=True)
class Work:
    """Requests as arrays: arrival, prompt tokens that must be computed, answer tokens. `alone`: bounds that are known; many deployments differ in numbers of replicas only."""

    arrival: Array
    prompt: Array
    output: Array
    alone: dict[tuple[First, float, Goals], Alone] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def of(problem: Problem) -> Work:
        requests = problem.workload.requests
        prompt = [1 if request.prefix_hashes or request.session else max(1, request.prompt_tokens) for request in requests]
        return Work(np.array([r.arrival_s for r in requests]), np.array(prompt, dtype=np.float64), np.maximum(1.0, np.array([r.output_tokens for r in requests], dtype=np.float64)))


def optimistic(problem: Problem, deployment: Deployment, floors: Sequence[Floors], work: Work) -> Outcome:
    """An outcome that is at least as good as any run's in every objective; `floors` are those of the pools. Encoding images, here or on devices of their own, only adds to it."""
    each = [(pool, floor) for pool, floor in zip(deployment.pools, floors, strict=True) if pool.role != "encode"]
    first = tuple(sorted({(reach(pool.replica), floor.floor_s(), floor.lone_token_s(reach(pool.replica))) for pool, floor in each if pool.role != "decode"}))
    key = (first, min(floor.floor_s() for pool, floor in each if pool.role != "prefill"), problem.goals)
    if key not in work.alone:
        work.alone[key] = _alone(*key, work)
    alone = work.alone[key]
    seconds = max(alone.seconds, _work_s(deployment, floors, work))
    idle = sum(count * problem.stock[name].device.idle_watts for name, count in deployment.used.items())
    return Outcome(
        len(work.arrival) / seconds, float(work.output.sum()) / seconds, alone.ttft, alone.tpot, alone.e2e, alone.good,
        sustained=True, watts=idle, usd_per_h=deployment.usd_per_h(problem), devices=deployment.devices,
    )  # fmt: skip


def _alone(first: First, tpot: float, goals: Goals, work: Work) -> Alone:
    """What requests see at best if each is served as if there were no other."""
    ttft = np.minimum.reduce([_first(*pool, work) for pool in first])
    later = np.where(work.output > 1, tpot, 0.0)
    e2e = ttft + later * (work.output - 1)
    seconds = float((work.arrival + e2e).max() - work.arrival.min())
    return Alone(Latency.of(ttft), Latency.of(later[work.output > 1]), Latency.of(e2e), share_good(np.stack([ttft, later, e2e], axis=1), goals), seconds)


def _first(chunk: int, floor_s: float, token_s: float, work: Work) -> Array:
    """Seconds that each request's first token takes at least: the steps of its chunks, or its tokens' share of steps."""
    return np.maximum(np.ceil(work.prompt / chunk) * floor_s, work.prompt * token_s)


def _work_s(deployment: Deployment, floors: Sequence[Floors], work: Work) -> float:
    """Seconds that all tokens take on all batches that can be under way at once; the slower role decides."""
    later = work.output - 1
    found = []
    for tokens, role in ((work.prompt.sum(), "prefill"), (later.sum(), "decode")):
        rate = sum(_tokens_per_s(pool, floor) for pool, floor in zip(deployment.pools, floors, strict=True) if pool.role == role)
        found.append(float(tokens) / rate if rate else 0.0)
    both = sum(_tokens_per_s(pool, floor) for pool, floor in zip(deployment.pools, floors, strict=True) if pool.role == "serve")
    return max(*found, float((work.prompt + later).sum()) / both if both else 0.0)


def _tokens_per_s(pool: Pool, floor: Floors) -> float:
    seconds = floor.token_s(reach(pool.replica))
    return pool.count * pool.replica.groups / seconds if seconds else math.inf


def reach(replica: Replica) -> int:
    """Most tokens of an attention group for which weights are read once."""
    return _together(replica.policy, replica.chunk_tokens, replica.settings)


@cache
def _together(policy: str, chunk: int, settings: Settings) -> int:
    return policy_class(policy).together({"max_batch_tokens": chunk, **dict(settings)})


def alike(one: Deployment, other: Deployment) -> bool:
    """Whether two deployments on the same devices have the same bound."""
    return [(pool.count, reach(pool.replica)) for pool in one.pools] == [(pool.count, reach(pool.replica)) for pool in other.pools]


def within(bound: Outcome, outcome: Outcome) -> bool:
    """Whether a run's outcome is no better than its bound says (the tests' judge)."""
    slack = 1 + 1e-9
    return (
        outcome.tokens_per_s <= bound.tokens_per_s * slack and outcome.good <= bound.good + 1e-9 and outcome.ttft.mean * slack >= bound.ttft.mean
        and outcome.tpot.mean * slack >= bound.tpot.mean and outcome.e2e.mean * slack >= bound.e2e.mean and outcome.watts * slack >= bound.watts
    )  # fmt: skip

