"""What `intarsia simulate --cluster` asks for: replicas between which running requests migrate (llumnix), or that turn between prefill and decode (xllm)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from intarsia.errors import InputError
from intarsia.planner.search import image_costs
from intarsia.planner.search.design import designs
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Goals, Problem
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.space import Replica
from intarsia.planner.simulate import Deployment, Load, Pool, Report
from intarsia.planner.simulate.cluster import simulate_cluster
from intarsia.runtime.scheduler import parameters
from intarsia.runtime.scheduler.cluster import DECODE, ENCODE, PREFILL
from intarsia.runtime.scheduler.llumnix import Llumnix
from intarsia.runtime.scheduler.policy import with_parameters
from intarsia.runtime.scheduler.xllm import Xllm, encode_roles

POLICIES: dict[str, Any] = {"llumnix": Llumnix, "xllm": Xllm}


@dataclass(frozen=True)
class Cluster:
    """A policy on the cluster by name, with parameters. Raises InputError for an unknown one, and for parameters that it has not."""

    policy: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise InputError(f"there is no policy on the cluster called {self.policy!r}", mend=f"choose one of {', '.join(POLICIES)}")
        known = {each.name for each in parameters(POLICIES[self.policy])}
        self.made(**{name: 1.0 for name in ("ttft_s", "tpot_s") if name in known})

    def made(self, **told: Any) -> Any:
        """The policy; what the user says comes before what is `told`."""
        return with_parameters(self.policy, POLICIES[self.policy], told | dict(self.parameters))


def run(load: Load, serving: Deployment, asked: Cluster, goals: Goals) -> Report:
    """Serve the load under the policy. Raises InputError for replicas that the policy can do nothing with."""
    if asked.policy == "llumnix":
        return _migrating(load, serving, asked.made())
    return _turning(load, serving, asked, goals)


def _migrating(load: Load, serving: Deployment, policy: Llumnix) -> Report:
    """Requests begin on the freest replica, and move on between those that decode."""
    decoders = sum(pool.count for pool in serving.pools if DECODE in pool.stages)
    if decoders < 2:
        raise InputError(f"llumnix moves requests between replicas that decode, and there is {decoders}", mend="give more --replicas, or devices for them")
    return simulate_cluster(load, serving, rescheduler=policy, router=policy)


def _turning(load: Load, serving: Deployment, asked: Cluster, goals: Goals) -> Report:
    """Replicas begin as --prefills, --decodes and --encodes say; those that encode images go on with that."""
    told = {name: getattr(goals, name) for name in ("ttft_s", "tpot_s") if getattr(goals, name) < float("inf")}
    if missing := [name for name in ("ttft_s", "tpot_s") if name not in told and name not in asked.parameters]:
        raise InputError(f"xllm goes by goals for first and later tokens, and has no {missing[0]}", mend="give --slo ttft=500ms,tpot=50ms, or both as --cluster-param")
    pools = tuple(_one_stage(pool) for pool in serving.pools)
    return simulate_cluster(load, replace(serving, pools=pools), roles=asked.made(**told))


def _one_stage(pool: Pool) -> Pool:
    """Whoever prefills also encodes, where nobody else does."""
    return replace(pool, stages=frozenset({PREFILL})) if PREFILL in pool.stages else pool


class Begin(NamedTuple):
    """Numbers of replicas in each role, and of devices that encode images and nothing else; where there are none, the stage beside which images are encoded."""

    prefills: int
    decodes: int
    encodes: int = 0
    encode_with: str = PREFILL


def first_roles(problem: Problem, replica: Replica, count: int, simulator: Simulator) -> Begin:
    """How xllm shares `count` replicas out before anything has come, by how long the workload's stages would keep replicas busy.

    Images are encoded beside prefill, beside decode, or apart (by single devices), whichever leaves the busiest replica least to do. Raises InputError for fewer than two replicas.
    """
    design = designs(problem, [replica], Pricer(problem, simulator.tables), Excluded())[0]
    images = problem.images_per_request * problem.image_tokens
    encode = image_costs.encoding(problem, replica.stock, 1).seconds(images) / replica.devices if images else 0.0
    roles = encode_roles(count, encode, 1 / max(design.prefills, 1e-9), 1 / max(design.decodes, 1e-9))
    found = {stage: next((stages, number) for stages, number in roles.items() if stage in stages) for stage in (PREFILL, DECODE)}
    encoders = roles.get(frozenset({ENCODE}), 0)
    return Begin(found[PREFILL][1], found[DECODE][1], encoders * replica.devices, DECODE if ENCODE in found[DECODE][0] else PREFILL)
