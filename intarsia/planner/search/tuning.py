"""Settings of batching policies: what a plan's policy is told, which other values of its parameters are worth a try, and which of them a run shows to change nothing.

A policy declares the values that are worth trying in its own file (`parameter(..., tries=...)`); the user may fix one or name others. A plan is tuned by steps: each parameter of
each of its parts goes to the next value up and down. A limit that no iteration of the run came near changes nothing by being higher, or by being lower as long as it stays above
what was used, so such steps are left out, or go on to the first value that binds. Where the cache was full they aren't, as the limits decide how much of it there is; nor where the
policy is told speeds, which are those of full steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from intarsia.planner.search import design
from intarsia.planner.search.compose import Candidate, Part
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.space import LIMITS, SPEEDS, Deployment, Pool, Replica
from intarsia.runtime.scheduler import Parameter, parameters, policy_class
from intarsia.runtime.scheduler.parameters import Value


def moves(problem: Problem, plan: Candidate, found: Outcome, *, far: bool = False) -> list[Candidate]:
    """The plan with one parameter of one of its policies one step off, or (`far`) up to two, as far as that is legal and may change what was `found`."""
    return [_with(plan, place, other) for place, part in enumerate(plan.parts) for other in _others(problem, part, found, far)]


def _others(problem: Problem, part: Part, found: Outcome, far: bool) -> Iterator[Part]:
    replica = part.design.replica
    for each in parameters(policy_class(replica.policy)):
        for value in _steps(problem, part, each, found, far):
            told = replica.told(each.name, value)
            for made in design.told(problem, part.design, told):
                yield replace(part, design=made)


def _steps(problem: Problem, part: Part, each: Parameter, found: Outcome, far: bool) -> list[Value]:
    """The values next to the present one, below and above, or the two next, the nearest first; of a limit, those that bind."""
    replica = part.design.replica
    present = replica.value(each.name, each.default)
    values = ladder(problem, each)
    ceiling, higher = float(present), True
    if each.name in LIMITS and not found.full and not _told_speeds(replica.policy):
        used = float(found.peak(part.role, each.name))
        ceiling = min(ceiling, used)
        higher = used >= present or (each.name == "max_batch_tokens" and not policy_class(replica.policy).cuts and used + problem.longest > present)
    below = [value for value in values if value < ceiling]
    above = [value for value in values if value > present] if higher else []
    return below[::-1][: 1 + far] + above[: 1 + far]


def without_limits(plan: Deployment) -> Deployment:
    """The deployment with the limits of its iterations left open: what those that differ in them alone have in common."""
    return replace(plan, pools=tuple(replace(pool, replica=replace(pool.replica, chunk_tokens=0, max_sequences=0)) for pool in plan.pools))


def same_by_limits(problem: Problem, one: Deployment, other: Deployment, found: Outcome, margin: float = 1.0) -> bool:
    """Whether what was `found` of `other` shows that `one` does the same, as they differ in nothing but limits that no iteration came near (with `margin`, by so many times)."""
    if found.full or problem.workload.block_tokens or without_limits(one) != without_limits(other):
        return False
    pairs = [(a, b, name) for a, b in zip(one.pools, other.pools, strict=True) for name in LIMITS if a.replica.value(name, 0) != b.replica.value(name, 0)]
    return all(not _told_speeds(a.replica.policy) and margin * found.peak(a.role, name) + _uncut(problem, a, name) < _lower(a, b, name) for a, b, name in pairs)


def _uncut(problem: Problem, pool: Pool, name: str) -> int:
    """What a prompt that waited for room would have brought, where a policy doesn't cut prompts."""
    return problem.longest if name == "max_batch_tokens" and not policy_class(pool.replica.policy).cuts else 0


def _lower(one: Pool, other: Pool, name: str) -> float:
    return float(min(one.replica.value(name, 0), other.replica.value(name, 0)))


def has_own(plan: Candidate) -> bool:
    """Whether a policy of it has parameters beside the limits that are tried."""
    return any(each.tries and each.name not in LIMITS for part in plan.parts for each in parameters(policy_class(part.design.replica.policy)))


def _told_speeds(policy: str) -> bool:
    return not SPEEDS.isdisjoint(each.name for each in parameters(policy_class(policy)))


def ladder(problem: Problem, each: Parameter) -> tuple[Value, ...]:
    """The values of a parameter that are tried, the least first: those that the user named, or those of its policy. Steps are priced up to the largest limits of the choices."""
    choices = problem.choices
    if (given := dict(choices.parameters).get(each.name)) is not None:
        return tuple(sorted(given))
    if each.name not in LIMITS:
        return each.tries
    asked: tuple[int, ...] = getattr(choices, LIMITS[each.name].choices)
    return tuple(sorted({*asked, *(value for value in each.tries if value <= max(asked))})) if len(asked) > 1 else asked


def _with(plan: Candidate, place: int, part: Part) -> Candidate:
    parts = (*plan.parts[:place], part, *plan.parts[place + 1 :])
    whole = all(each.role == "serve" for each in parts)
    return replace(plan, parts=parts, capacity=sum(each.count * each.design.capacity for each in parts) if whole else plan.capacity)


def changes(before: Replica, after: Replica) -> list[str]:
    """What the policy of a plan is told otherwise than before, where the policy is the same: "reserve 0.1 instead of 0.05"."""
    if before.policy != after.policy:
        return []
    values = [(each.name, before.value(each.name, each.default), after.value(each.name, each.default)) for each in parameters(policy_class(after.policy))]
    return [f"{name} {now} instead of {then}" for name, then, now in values if then != now]
