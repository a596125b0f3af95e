"""From the words of `intarsia simulate` to a simulated deployment: one given plan, no search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.compiler import cluster_simulation, expert_simulation, serving_plan
from intarsia.compiler.cluster_simulation import Cluster
from intarsia.compiler.expert_simulation import Experts
from intarsia.compiler.frontends import quantities
from intarsia.cost_models.serving.shapes import Plan
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.workload import Workload
from intarsia.planner.search import design, rules, space
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.problem import Goals, Problem, Stock, check
from intarsia.planner.simulate import Deployment, Load, Pool, Report, Tier, simulate
from intarsia.runtime.scheduler import make_policy, parameters, policy_class
from intarsia.runtime.scheduler.cluster import DECODE, ENCODE, PREFILL

LEAST_LOADED = "least_loaded"
OF_MEMORY = ("weights-fit", "longest-request-fits")
WIDTHS = (2, 4, 8, 16, 32)
"""Rules that more devices may mend, and in how many they are tried."""
MOST_REPLICAS = 4096
"""Each has schedulers and tallies of its own: so many take some ten seconds to make."""


@dataclass(frozen=True)
class Given:
    """The plan: how a replica's layers and heads are shared out, how many replicas there are, and how they batch.

    `replicas` 0: as many as the fleet has devices for. With `prefills` and `decodes` above 0, so many replicas do nothing else; `encodes`: devices that do nothing but encode
    images, which are else encoded by those that do the stage `encode_with`. `users` above 0: a closed loop, whose users give up what has waited for `patience_s` and send
    what missed its goals again (0: they don't).
    `cp`: devices of each tensor-parallel group that share a sequence's cache out. `tiers`: slower memory of a replica for KV caches, as "200GB@50GB/s", the fastest first.
    `experts` and `cluster`: policies that decide on these.
    """

    plan: Plan = field(default_factory=Plan)
    replicas: int = 0
    prefills: int = 0
    decodes: int = 0
    encodes: int = 0
    encode_with: str = PREFILL
    policy: str = "fcfs_chunked_prefill"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    router: str = ""
    users: int = 0
    patience_s: float = 0.0
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
    check_given(given)
    problem = serving_plan.problem_of(asked)
    check(problem)
    _check_images(problem, given)
    load = load_of(problem.workload, problem.goals, given, lambda model: problem.image_tokens)
    serving = _with_experts(problem, given, given.experts) if given.experts else _as_searched(problem, given)
    serving = replace(serving, pools=tuple(told(pool, given, problem) for pool in serving.pools), router=given.router or LEAST_LOADED)
    report = cluster_simulation.run(load, serving, given.cluster, problem.goals) if given.cluster else simulate(load, serving)
    sized = [pool.replica.name for pool in serving.pools] if given.experts and given.experts.sequences else []
    return Simulated(report, (*sized, *serving_plan.remarks(problem)))


def check_given(given: Given) -> None:
    """What can be told before anything is priced. Raises InputError."""
    for policy, own in _parameters(given).items():
        limits = {name: 1 for name in space.LIMITS if name in _known(policy)}
        make_policy(policy, **(limits | own))
    _check_stages(given)
    if given.experts and (given.prefills or given.encodes):
        raise InputError("policies on experts are simulated on replicas that prefill and decode", mend="leave --prefills, --decodes and --encodes")
    if given.experts and (given.cp > 1 or given.tiers or given.cluster):
        raise InputError("policies on experts are simulated without context parallelism, tiers, and policies on the cluster", mend="leave --cp, --kv-tier and --cluster")


def _check_stages(given: Given) -> None:
    split = (given.prefills, given.decodes)
    if any(split) and not all(split):
        raise InputError("replicas that only prefill and replicas that only decode need each other", mend="give both --prefills and --decodes")
    if any(split) and given.replicas:
        raise InputError("--replicas counts replicas that prefill and decode", mend="give it, or --prefills and --decodes")
    if given.encode_with not in (PREFILL, DECODE):
        raise InputError(f"images are encoded with {given.encode_with!r}", where="--encode-with", mend="choose prefill or decode")
    if given.encode_with == DECODE and (not given.prefills or given.encodes):
        raise InputError("images are encoded by replicas that decode where others prefill", where="--encode-with", mend="give --prefills and --decodes, and leave --encodes")


def _known(policy: str) -> set[str]:
    return {each.name for each in parameters(policy_class(policy))}


def _parameters(given: Given) -> dict[str, dict[str, Any]]:
    """By policy, what the user says of its parameters: those of encode replicas' own policy are theirs."""
    theirs = _known(space.ENCODE_ONLY) - _known(given.policy) if given.encodes else set()
    apart = {name: value for name, value in given.parameters.items() if name in theirs}
    return {given.policy: {name: value for name, value in given.parameters.items() if name not in apart}} | ({space.ENCODE_ONLY: apart} if given.encodes else {})


def _check_images(problem: Problem, given: Given) -> None:
    """Raises InputError for encode replicas that have nothing to do."""
    if given.encodes and not any(request.images for request in problem.workload.requests):
        mend = "give the workload images (images=1, or a trace's column), or leave --encodes"
        raise InputError("--encodes is about images, and no request has any", where=problem.workload.name, mend=mend)


def load_of(workload: Workload, goals: Goals, given: Given, image_tokens: Callable[[str], int]) -> Load:
    """The requests with their goals; `image_tokens`: of an image, by model."""
    load = Load.of(workload, ttft_s=goals.ttft_s, tpot_s=goals.tpot_s, deadline_s=goals.e2e_s, users=given.users, image_tokens=image_tokens)
    return replace(load, patience_s=given.patience_s) if given.patience_s else load


def _as_searched(problem: Problem, given: Given) -> Deployment:
    """What the search's simulator would serve, with a link between replicas where requests move."""
    simulator = Simulator(problem)
    given = _with_roles(problem, given, simulator)
    chosen = _deployment(problem, given)
    serving = simulator.serving(chosen)
    if given.encode_with == DECODE:
        serving = replace(serving, pools=tuple(replace(pool, stages=frozenset({PREFILL} if PREFILL in pool.stages else {ENCODE, DECODE})) for pool in serving.pools))
    if given.cluster:
        serving = replace(serving, link=simulator.link(chosen))
    return replace(serving, pools=tuple(with_tiers(pool, given) for pool in serving.pools))


def with_tiers(pool: Pool, given: Given) -> Pool:
    """With slower memory for caches, where it holds any."""
    return pool if pool.stages == {ENCODE} else replace(pool, replica=replace(pool.replica, tiers=_tiers(given.tiers, pool.replica.kv_token_bytes)))


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


def legal_replica(problem: Problem, given: Given) -> space.Replica:
    """The plan's replica as the search would write it. Raises InfeasibleError for one that breaks any of the search's rules."""
    choices = problem.choices
    replica = space.Replica(only_stock(problem).name, given.plan, choices.precisions[0], choices.chunks[-1], choices.batches[0], given.policy, given.cp, choices.drafts[-1])
    if not rules.legal(problem, [replica], rules.Excluded()):
        broken = next(rule for rule in rules.RULES if rule.broken(problem, replica))
        raise InfeasibleError(f"{replica}: {broken.broken(problem, replica)}", where=f"rule {broken.name}", mend=_mend(problem, replica, broken))
    return replica


def _mend(problem: Problem, replica: space.Replica, broken: rules.Rule) -> str:
    """Why there is such a rule; where memory is missing, how many devices have it."""
    if broken.name not in OF_MEMORY:
        return broken.why
    wider = (replace(replica, plan=replace(replica.plan, tp=tp)) for tp in WIDTHS if tp > replica.plan.tp)
    if fits := next((each for each in wider if rules.legal(problem, [each], rules.Excluded())), None):
        return f"--tp {fits.plan.tp} has room: {broken.why}"
    fleets = " or ".join(f"{count} x {name}" if count else f"no number of {name}" for name, count in design.smallest(problem).items())
    return f"the smallest fleet that fits is {fleets}; or use fewer bits"


def _with_roles(problem: Problem, given: Given, simulator: Simulator) -> Given:
    """Where xllm is to say which replicas do what, the roles that it begins with."""
    if given.cluster is None or given.cluster.policy != "xllm" or given.prefills:
        return given
    count = given.replicas or only_stock(problem).count // given.plan.devices
    roles = cluster_simulation.first_roles(problem, legal_replica(problem, given), count, simulator)
    return replace(given, replicas=0, **roles._asdict())


def _deployment(problem: Problem, given: Given) -> space.Deployment:
    """The plan as the search would write it."""
    stock, replica = only_stock(problem), legal_replica(problem, given)
    counts = {"prefill": given.prefills, "decode": given.decodes} if given.prefills else {"serve": given.replicas or max(1, (stock.count - given.encodes) // given.plan.devices)}
    pools = [space.Pool(role, replica, count) for role, count in counts.items()]
    if given.encodes:
        pools.insert(0, space.Pool("encode", space.encoder_of(replica), given.encodes))
    found = space.Deployment(tuple(pools))
    if found.devices > stock.count:
        raise InfeasibleError(f"the plan takes {found.devices} devices, and the fleet has {stock.count}", mend="use fewer replicas, or a larger fleet")
    if (made := sum(pool.count for pool in pools)) > MOST_REPLICAS:
        what = f"{made} replicas are more than the {MOST_REPLICAS} that are simulated at once"
        raise InputError(what, mend="simulate a share of the workload on a share of the fleet, or give --replicas")
    return found


def _with_experts(problem: Problem, given: Given, experts: Experts) -> Deployment:
    """Replicas whose experts a policy decides on; their memory is not that which the search's rules know."""
    only_stock(problem)
    return Deployment((expert_simulation.pool(problem, given.plan, given.replicas, experts),), token_s=problem.host.token_s)


def only_stock(problem: Problem) -> Stock:
    """The fleet's one kind of devices. Raises InputError for another number of kinds."""
    if len(problem.fleet) != 1:
        raise InputError(f"one plan is for devices of one kind, and the fleet has {', '.join(stock.name for stock in problem.fleet)}", mend="name one, such as 8xH100-SXM")
    return problem.fleet[0]


def told(pool: Pool, given: Given, problem: Problem) -> Pool:
    """With the policy, its parameters and the price, where it has none yet."""
    policy = space.ENCODE_ONLY if pool.stages == {ENCODE} else given.policy
    limits = {name: value for name, value in pool.replica.parameters.items() if name in _known(policy)}
    usd = pool.replica.usd_per_h or only_stock(problem).usd_per_h * pool.replica.table.devices
    return replace(pool, replica=replace(pool.replica, policy=policy, parameters={**limits, **_parameters(given)[policy]}, usd_per_h=usd))
