"""What no estimate tells apart: other batching policies and other routers."""

from __future__ import annotations

from dataclasses import replace

from intarsia.planner.search.compose import Candidate, Part
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.space import Deployment


def policies(problem: Problem, plan: Candidate) -> list[Candidate]:
    """The plan with each other batching policy; devices that only encode images keep their own."""
    return [replace(plan, parts=tuple(_under(problem, part, policy) for part in plan.parts)) for policy in problem.choices.policies[1:]]


def _under(problem: Problem, part: Part, policy: str) -> Part:
    return part if part.role == "encode" else replace(part, design=replace(part.design, replica=part.design.replica.under(policy, problem.choices)))


def routers(problem: Problem, plan: Candidate) -> list[Candidate]:
    """The plan with each other router, where there is more than one batch to choose from."""
    if sum(part.count * part.design.replica.groups for part in plan.parts if part.role != "decode") < 2:
        return []
    return [replace(plan, router=router) for router in problem.choices.routers[1:] if router != usual_router(problem, plan.deployment)]


def usual_router(problem: Problem, deployment: Deployment) -> str:
    """Where prefixes are known they decide; replicas of several makes are compared by when they would answer."""
    if problem.workload.block_tokens:
        return "prefix_aware"
    return "slo_aware" if len(deployment.pools) > 1 else "least_loaded"
