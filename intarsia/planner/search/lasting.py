"""Loads that last: how many requests it takes until a rate is one that a plan bears for long.

While a load begins, batches fill, and when it has ended they empty. A request sees a full batch from its first token to its last where requests have come for as long as one takes
before it, and come as long after it. A load that goes on for S times as long as a request takes has (S - 2) / S of such requests, and some whose batches were nearly full: those up
to 0.2 of that time short of it see 98 % on average. Where goals hold for a share p of requests, 1 - p may miss; only if those that see full batches are more than may miss does a
run fail whose steady part does. That is S >= 1.6 / p; for p of 80 % and above it is STEADY. Without goals it is twice that, as batches come to be full.

Where steps take much longer with a full batch than with an empty one, it fills more slowly still, and where more comes than is served, a queue grows, which may take long to show.
So a load also goes on until requests in flight grow no more: in its second half as many end as come, but for a share of GROWTH.

With few requests chance decides: FEWEST come at least. Sessions are sent as fast as they are answered, so their loads don't go on: they stay as they are.

What a request takes is counted as those in flight see it, the long ones more (the sum of squares over the sum): a batch is as full as it gets when they are in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.scenario import Scenario
from intarsia.planner.search.space import Deployment

Run = Callable[[Deployment, Scenario], Outcome]
STEADY, NEARLY = 2.0, 1.6
"""Times that a request takes, for which requests have to come, at least; and, over the percentile of the goals, where that is more."""
GROWTH = 0.03
"""Of the requests that come in the second half of a load, those that may be left over at its end: what a rate is told to."""
SETTLED = 8.0
"""Where that share is still larger after so many times as long as a request takes, more come than are served."""
FEWEST = 512
"""Requests at least: as many as are drawn where a workload doesn't say how many (frontends/workload.py), enough for 95th percentiles."""
MOST = 32_768
"""Requests of a load that goes on, at most: where more are needed, the answer says so."""
SPARE, SLACK = 1.05, 1.1
"""A load is made a little longer than needed, so that a request that takes a little longer at the next rate needs no other; and one that is short by less is long enough."""


class Lasted(NamedTuple):
    """What a plan did under a load of so many `requests`, and whether it kept what it had to for long."""

    outcome: Outcome
    requests: int
    keeps: bool


def needed(problem: Problem, rate: float, taken_s: float) -> int:
    """Requests of a load at a rate where one takes so many seconds; the workload's where those are enough, or can't go on."""
    if any(request.session for request in problem.workload.requests):
        return len(problem.workload)
    goals = problem.goals
    times = max(STEADY, 100 * NEARLY / goals.percentile) if goals.any else 2 * STEADY
    return max(len(problem.workload), FEWEST, math.ceil(min(times * rate * taken_s, MOST)))


def promised_s(problem: Problem) -> float:
    """Seconds that a request takes where goals are just kept; infinity where they say nothing of it."""
    goals, answers = problem.goals, [request.output_tokens for request in problem.workload.requests]
    return min(goals.e2e_s, goals.ttft_s + in_flight(answers) * goals.tpot_s)


def taken_s(outcome: Outcome) -> float:
    """Seconds that requests in flight take."""
    return in_flight([e2e for *_, e2e in outcome.samples])


def in_flight(values: Iterable[float]) -> float:
    """The mean of a quantity that is met in proportion to itself; 0 of none."""
    found = [float(value) for value in values]
    whole = sum(found)
    return sum(value * value for value in found) / whole if whole else 0.0


def outcome_at(problem: Problem, deployment: Deployment, rate: float, run: Run, keeps: Callable[[Outcome], bool], least: int, judged: bool = True) -> Lasted:
    """What a plan does at a rate under a load that lasts, of at least so many requests.

    A load that turns out too short is made longer, as long as the plan `keeps` what it has to: what fails in a load's beginning fails later.
    """
    own, count = len(problem.workload), max(needed(problem, rate, 0.0), min(MOST, least))
    while True:
        outcome = run(deployment, Scenario(rate=rate, requests=count if count > own else 0, judged=judged and problem.goals.any))
        if not keeps(outcome) or count >= MOST or needed(problem, rate, math.inf) == own:
            return Lasted(outcome, count, keeps(outcome))
        taken = taken_s(outcome)
        enough, settled = needed(problem, rate, taken), outcome.growth <= GROWTH
        if enough <= SLACK * count and (settled or count >= SETTLED * rate * taken):
            return Lasted(outcome, count, settled or count == own)  # a workload that is so long by itself is judged as it is
        count = min(MOST, math.ceil(SPARE * enough) if enough > SLACK * count else 2 * count)
