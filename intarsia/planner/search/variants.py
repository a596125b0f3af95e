"""What is tried on the best plan alone: other batching policies, and other routers. No estimate tells them apart, and their gain hardly depends on the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from intarsia.planner.search.compose import Candidate
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.space import Deployment


def variants(problem: Problem, best: Candidate) -> Iterator[Candidate]:
    """The plan with each other policy, and with each other router where there is more than one batch to choose from."""
    for policy in problem.choices.policies[1:]:
        parts = (replace(part, design=replace(part.design, replica=replace(part.design.replica, policy=policy))) for part in best.parts)
        yield replace(best, parts=tuple(parts))
    if sum(part.count * part.design.replica.groups for part in best.parts if part.role != "decode") > 1:
        for router in problem.choices.routers[1:]:
            if router != usual_router(problem, best.deployment):
                yield replace(best, router=router)


def usual_router(problem: Problem, deployment: Deployment) -> str:
    """Where prefixes are known they decide; replicas of several makes are compared by when they would answer."""
    if problem.workload.block_tokens:
        return "prefix_aware"
    return "slo_aware" if len(deployment.pools) > 1 else "least_loaded"
