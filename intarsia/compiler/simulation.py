"""From the words of `intarsia simulate` to a simulated deployment: one given plan, no search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.compiler import cluster_simulation, expert_simulation, serving_plan
from intarsia.compiler.cluster_simulation import Cluster
from intarsia.compiler.expert_simulation import Experts
from intarsia.compiler.frontends import quantities
from intarsia.cost_models.serving.shapes import Plan
from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.search import rules, space
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.problem import Problem, Stock, check
from intarsia.planner.simulate import Deployment, Load, Pool, Report, Tier, simulate
from intarsia.runtime.scheduler import make_policy, parameters, policy_class

MOST_REPLICAS = 4096
"""Each has schedulers and tallies of its own: so many take some ten seconds to make."""


@dataclass(frozen=True)
class Given:
    """The plan: how a replica's layers and heads are shared out, how many replicas there are, and how they batch.

    `replicas` 0: as many as the fleet has devices for. With `prefills` and `decodes` above 0, so many replicas do nothing else. `users` above 0: a closed loop.
    `cp`: devices of each tensor-parallel group that share a sequence's cache out. `tiers`: slower memory of a replica for KV caches, as "200GB@50GB/s", the fastest first.
    `experts` and `cluster`: policies that decide on these.
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
    cluster: Cluster | None = None
    cp: int = 1
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Simulated:
    """The report, and what a user should know beside it."""

    report: Report
    notes: tuple[str, ...] = ()


def run(asked: serving_plan.Asked, given: Given) -> Simulated:
    """Simulate it. Raises InputError for words that can't be read, InfeasibleError for a plan that breaks a rule or doesn't fit the fleet."""
    _check(given)
    problem = serving_plan.problem_of(asked)
    check(problem)
    load = _load(problem, given)
    serving = _with_experts(problem, given, given.experts) if given.experts else _as_searched(problem, given)
    serving = replace(serving, pools=tuple(_told(pool, given, problem) for pool in serving.pools), router=given.router)
    report = cluster_simulation.run(load, serving, given.cluster, problem.goals) if given.cluster else simulate(load, serving)
    return Simulated(report, tuple(serving_plan.left_out(problem)))


def _check(given: Given) -> None:
    """What can be told before anything is priced."""
    known = {each.name for each in parameters(policy_class(given.policy))}
    make_policy(given.policy, **({name: 1 for name in space.LIMITS if name in known} | dict(given.parameters)))
    split = (given.prefills, given.decodes)
    if any(split) and not all(split):
        raise InputError("replicas that only prefill and replicas that only decode need each other", mend="give both --prefills and --decodes")
    if any(split) and given.replicas:
        raise InputError("--replicas counts replicas that prefill and decode", mend="give it, or --prefills and --decodes")
    if given.experts and any(split):
        raise InputError("policies on experts are simulated on replicas that prefill and decode", mend="leave --prefills and --decodes")
    if given.experts and (given.cp > 1 or given.tiers or given.cluster):
        raise InputError("policies on experts are simulated without context parallelism, tiers, and policies on the cluster", mend="leave --cp, --kv-tier and --cluster")


def _load(problem: Problem, given: Given) -> Load:
    goals = problem.goals
    return Load.of(problem.workload, ttft_s=goals.ttft_s, tpot_s=goals.tpot_s, deadline_s=goals.e2e_s, users=given.users)


def _as_searched(problem: Problem, given: Given) -> Deployment:
    """What the search's simulator would serve, with a link between replicas where requests move."""
    chosen, simulator = _deployment(problem, given), Simulator(problem)
    serving = simulator.serving(chosen)
    if given.cluster:
        serving = replace(serving, link=simulator.link(chosen))
    return replace(serving, pools=tuple(replace(pool, replica=replace(pool.replica, tiers=_tiers(given.tiers, pool.replica.kv_token_bytes))) for pool in serving.pools))


def _tiers(texts: tuple[str, ...], token_bytes: float) -> tuple[Tier, ...]:
    """ "200GB@50GB/s" each. Raises InputError for what can't be read, and for tiers that get faster."""
    found = []
    for text in texts:
        room, _, speed = text.partition("@")
        try:
            found.append(Tier(int(quantities.size(room) / token_bytes), quantities.bandwidth(speed)))
        except (ValueError, InputError) as error:
            raise InputError(f"the tier {text!r}: {error}", where="--kv-tier", mend="write it as 200GB@50GB/s: room, and bytes a second each way") from None
        if len(found) > 1 and found[-1].bandwidth > found[-2].bandwidth:
            raise InputError(f"the tier {text!r} is faster than the one before it", where="--kv-tier", mend="name the fastest first")
    return tuple(found)


def _deployment(problem: Problem, given: Given) -> space.Deployment:
    """The plan as the search would write it, which must break none of the search's rules."""
    stock = _stock(problem)
    choices = problem.choices
    replica = space.Replica(stock.name, given.plan, choices.precisions[0], choices.chunks[-1], choices.batches[0], given.policy, given.cp, choices.drafts[-1])
    excluded = rules.Excluded()
    if not rules.legal(problem, [replica], excluded):
        broken = next(rule for rule in rules.RULES if rule.broken(problem, replica))
        raise InfeasibleError(f"{replica}: {broken.broken(problem, replica)}", where=f"rule {broken.name}", mend=broken.why)
    counts = {"prefill": given.prefills, "decode": given.decodes} if given.prefills else {"serve": given.replicas or stock.count // given.plan.devices}
    found = space.Deployment(tuple(space.Pool(role, replica, count) for role, count in counts.items()))
    if found.devices > stock.count:
        raise InfeasibleError(f"the plan takes {found.devices} devices, and the fleet has {stock.count}", mend="use fewer replicas, or a larger fleet")
    if sum(counts.values()) > MOST_REPLICAS:
        what = f"{sum(counts.values())} replicas are more than the {MOST_REPLICAS} that are simulated at once"
        raise InputError(what, mend="simulate a share of the workload on a share of the fleet, or give --replicas")
    return found


def _with_experts(problem: Problem, given: Given, experts: Experts) -> Deployment:
    """Replicas whose experts a policy decides on; their memory is not that which the search's rules know."""
    _stock(problem)
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
