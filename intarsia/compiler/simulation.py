"""From the words of `intarsia simulate` to a simulated deployment: one given plan, no search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.compiler import expert_simulation, serving_plan
from intarsia.compiler.expert_simulation import Experts
from intarsia.cost_models.serving.shapes import Plan
from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.search import rules, space
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.problem import Problem, Stock, check
from intarsia.planner.simulate import Deployment, Load, Pool, Report, simulate
from intarsia.runtime.scheduler import parameters, policy_class


@dataclass(frozen=True)
class Given:
    """The plan: how a replica's layers and heads are shared out, how many replicas there are, and how they batch.

    `replicas` 0: as many as the fleet has devices for. With `prefills` and `decodes` above 0, so many replicas do nothing else. `users` above 0: a closed loop.
    """

    plan: Plan = field(default_factory=Plan)
    replicas: int = 0
    prefills: int = 0
    decodes: int = 0
    policy: str = "fcfs_chunked_prefill"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    router: str = "least_loaded"
    users: int = 0
    experts: Experts | None = None


def run(asked: serving_plan.Asked, given: Given) -> Report:
    """Simulate it. Raises InputError for words that can't be read, InfeasibleError for a plan that breaks a rule or doesn't fit the fleet."""
    problem = serving_plan.problem_of(asked)
    check(problem)
    serving = _with_experts(problem, given, given.experts) if given.experts else Simulator(problem).serving(_deployment(problem, given))
    pools = tuple(_told(pool, given, problem) for pool in serving.pools)
    goals = problem.goals
    load = Load.of(problem.workload, ttft_s=goals.ttft_s, tpot_s=goals.tpot_s, users=given.users)
    return simulate(load, Deployment(pools, given.router, serving.decode_router, serving.link))


def _deployment(problem: Problem, given: Given) -> space.Deployment:
    """The plan as the search would write it, which must break none of the search's rules."""
    stock = _stock(problem)
    choices = problem.choices
    replica = space.Replica(stock.name, given.plan, choices.precisions[0], choices.chunks[-1], choices.batches[0])
    excluded = rules.Excluded()
    if not rules.legal(problem, [replica], excluded):
        broken = next(rule for rule in rules.RULES if rule.broken(problem, replica))
        raise InfeasibleError(f"{replica}: {broken.broken(problem, replica)}", where=f"rule {broken.name}", mend=broken.why)
    split = (given.prefills, given.decodes)
    if any(split) and not all(split):
        raise InputError("replicas that only prefill and replicas that only decode need each other", mend="give both --prefills and --decodes")
    counts = {"prefill": given.prefills, "decode": given.decodes} if all(split) else {"serve": given.replicas or stock.count // given.plan.devices}
    found = space.Deployment(tuple(space.Pool(role, replica, count) for role, count in counts.items()))
    if found.devices > stock.count:
        raise InfeasibleError(f"the plan takes {found.devices} devices, and the fleet has {stock.count}", mend="use fewer replicas, or a larger fleet")
    return found


def _with_experts(problem: Problem, given: Given, experts: Experts) -> Deployment:
    """Replicas whose experts a policy decides on; their memory is not that which the search's rules know."""
    _stock(problem)
    if given.prefills or given.decodes:
        raise InputError("policies on experts are simulated on replicas that prefill and decode", mend="leave --prefills and --decodes")
    return Deployment((expert_simulation.pool(problem, given.plan, given.replicas, experts),), given.router)


def _stock(problem: Problem) -> Stock:
    if len(problem.fleet) != 1:
        raise InputError(f"one plan is for devices of one kind, and the fleet has {', '.join(stock.name for stock in problem.fleet)}", mend="name one, such as 8xH100-SXM")
    return problem.fleet[0]


def _told(pool: Pool, given: Given, problem: Problem) -> Pool:
    """With the policy, its parameters and the price."""
    known = {each.name for each in parameters(policy_class(given.policy))}
    limits = {name: value for name, value in pool.replica.parameters.items() if name in known}
    usd = _stock(problem).usd_per_h * given.plan.devices
    return replace(pool, replica=replace(pool.replica, policy=given.policy, parameters={**limits, **given.parameters}, usd_per_h=usd))
