"""A deployment under the problem's workload, simulated: the engines that run the plan, and what users see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from intarsia.cost_models.serving import encoder
from intarsia.cost_models.serving.memory import kv_token_bytes
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import InputError
from intarsia.planner.search import image_costs, rules
from intarsia.planner.search.outcome import Latency, Outcome, share_good
from intarsia.planner.search.prices import Key, Pricer, Prices
from intarsia.planner.search.problem import NETWORK_LATENCY_S, Goals, Problem
from intarsia.planner.search.scenario import NORMAL, Scenario, compress
from intarsia.planner.search.space import Deployment, Pool, Replica
from intarsia.planner.search.variants import usual_router
from intarsia.planner.simulate.load import Load
from intarsia.planner.simulate.metrics import Report, Requests, percentiles
from intarsia.planner.simulate.promise import Broken, Promise
from intarsia.planner.simulate.serving import PAGE_TOKENS, Link, Stage
from intarsia.planner.simulate.serving import Deployment as Serving
from intarsia.planner.simulate.serving import Pool as Served
from intarsia.planner.simulate.serving import Replica as Engine
from intarsia.planner.simulate.simulator import simulate
from intarsia.runtime.scheduler import parameters
from intarsia.runtime.scheduler.cluster import ALL_STAGES, DECODE, ENCODE, PREFILL
from intarsia.runtime.scheduler.policy import policy_class

SAMPLES = 256
"""Requests whose latencies are kept with an outcome: goals met by a share of them are known to about 3 %."""
STAGES = {"serve": ALL_STAGES, "prefill": frozenset({ENCODE, PREFILL}), "decode": frozenset({DECODE}), "encode": frozenset({ENCODE})}
"""By role. Where replicas do nothing but encode images, others don't."""
KEEPS_UP = 0.05
"""A run that takes longer than its arrivals and its longest request by more than this share doesn't keep up."""


@dataclass
class Simulator:
    """Runs deployments of one problem. It pickles, with the tables that are known when it does."""

    problem: Problem
    tables: dict[Key, Prices] = field(default_factory=dict)
    loads: dict[Scenario, Load] = field(default_factory=dict, repr=False)
    served: dict[tuple[str, Replica], Engine] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "served": {}}

    def __call__(self, deployment: Deployment, scenario: Scenario = NORMAL) -> Outcome:
        """What users see. Raises InputError for a deployment that can't hold the longest request."""
        try:
            report = self.report(deployment, scenario)
        except Broken as broken:
            return _given_up(self.problem, deployment, broken)
        return _outcome(self.problem, deployment, report, scenario.slowdown)

    def report(self, deployment: Deployment, scenario: Scenario = NORMAL) -> Report:
        """The simulator's whole report; with a slowdown, in times of the unslowed devices. Raises Broken where the scenario is judged and fails."""
        load = self._load(replace(scenario, judged=False))
        return simulate(load, self.serving(deployment), promise=_promise(self.problem.goals, len(load.jobs), scenario.slowdown) if scenario.judged else None)

    def serving(self, deployment: Deployment) -> Serving:
        """The deployment as the simulator takes it. Raises InputError for one without room for a KV cache."""
        apart = any(pool.role == "encode" for pool in deployment.pools)
        pools = tuple(Served(self._engine(pool), pool.count, _stages(pool.role, apart), pool.role) for pool in deployment.pools)
        link, images = (self.link(deployment), self.image_link(deployment)) if deployment.mode == "disaggregated" else (None, None)
        return Serving(pools, deployment.router or usual_router(self.problem, deployment), "least_loaded", link, images, self.problem.host.token_s)

    def link(self, deployment: Deployment) -> Link:
        """Between replicas: caches leave a node over its network, through every device's own way out; the narrower end decides."""
        return self._narrowest([pool for pool in deployment.pools if pool.role != "encode"])

    def image_link(self, deployment: Deployment) -> Link | None:
        """From replicas that encode images to those that prefill."""
        return self._narrowest([pool for pool in deployment.pools if pool.role != "decode"]) if any(pool.role == "encode" for pool in deployment.pools) else None

    def _narrowest(self, pools: Sequence[Pool]) -> Link:
        return Link(min(self.problem.stock[pool.replica.stock].network * pool.replica.devices for pool in pools), NETWORK_LATENCY_S)

    def _load(self, scenario: Scenario) -> Load:
        if scenario not in self.loads:
            workload = scenario.apply(self.problem.workload)
            asked = compress(workload, scenario.slowdown) if scenario.slowdown != 1 else workload
            self.loads[scenario] = Load.of(asked, image_tokens=lambda model: self.problem.image_tokens)
        return self.loads[scenario]

    def _engine(self, pool: Pool) -> Engine:
        """The same for all runs, so that what it takes to be simulated is laid out once."""
        key = (pool.role, pool.replica)
        if key not in self.served:
            self.served[key] = self._replica(pool)
        return self.served[key]

    def _replica(self, pool: Pool) -> Engine:
        if pool.role == "encode":
            return self._encoder(pool)
        replica, room = pool.replica, rules.room(self.problem, pool.replica)
        if not room.pages:
            raise InputError(f"{replica} has no room for a KV cache")
        told = self._parameters(pool)
        stages = tuple(Stage(stage.table, stage.share) for stage in self._prices(pool).stages)
        tokens = room.kv_tokens * replica.cp
        token = kv_token_bytes(self.problem.config, replica.plan, replica.precision, range(self.problem.config.layers)) * replica.plan.tp
        engine = Engine(self._table(pool), tokens, replica.policy, told, room.page_tokens, token, name=str(replica), pipeline=stages)
        return self._with_images(engine, pool.replica)

    def _encoder(self, pool: Pool) -> Engine:
        """Encodes images and nothing else: it keeps no cache, and the one that schedulers ask of holds any request. Raises InputError for a model without images."""
        if self.problem.images is None:
            raise InputError(f"{self.problem.name} has no encoder of images that is read", mend="leave the encode replicas out")
        device = self.problem.stock[pool.replica.stock].device
        engine = Engine(StepTable.none(device), self.problem.longest + PAGE_TOKENS, pool.replica.policy, dict(pool.replica.settings), name=f"{pool.replica.stock} encode")
        return self._with_images(engine, pool.replica)

    def _with_images(self, engine: Engine, replica: Replica) -> Engine:
        """With what it takes to encode images on its devices."""
        if self.problem.images is None:
            return engine
        found = image_costs.of_replica(self.problem, replica)
        size = encoder.token_bytes(self.problem.images.encoder)
        return replace(engine, image_s=found.batch_s, image_token_s=found.token_s, image_peak_s=found.peak_s, image_token_bytes=size)

    def _parameters(self, pool: Pool) -> dict[str, Any]:
        """What the policy is told: the batch's limits, the speeds that it wants to know, as the step table has them at full steps, and its settings."""
        replica, table = pool.replica, self._table(pool)
        context = self.problem.isl + self.problem.osl / 2
        chunk_s = float(table.mixed_seconds(replica.chunk_tokens, 0, 0, 0, 1))
        told = {
            "max_batch_tokens": replica.chunk_tokens, "max_sequences": replica.max_sequences, "prefill_tokens_per_s": max(1.0, replica.chunk_tokens / chunk_s),
            "token_s": float(table.decode_seconds(replica.max_sequences / replica.groups, context)),
        }  # fmt: skip
        known = {each.name for each in parameters(policy_class(replica.policy))}
        return {name: value for name, value in told.items() if name in known} | dict(replica.settings)

    def _table(self, pool: Pool) -> StepTable:
        return self._prices(pool).table

    def _prices(self, pool: Pool) -> Prices:
        return Pricer(self.problem, self.tables)(pool.replica)


def _stages(role: str, apart: bool) -> frozenset[str]:
    return STAGES[role] - {ENCODE} if apart and role != "encode" else STAGES[role]


def _promise(goals: Goals, requests: int, slowdown: float) -> Promise:
    """What a run must keep, in times of the unslowed devices."""
    return Promise(goals.ttft_s / slowdown, goals.tpot_s / slowdown, goals.e2e_s / slowdown, math.floor(requests * (1 - goals.percentile / 100) + 1e-6))


def _given_up(problem: Problem, deployment: Deployment, broken: Broken) -> Outcome:
    """Of a run that was ended, the share of good requests until then is all that is told."""
    unknown = Latency.of(np.zeros(0))
    return Outcome(0.0, 0.0, unknown, unknown, unknown, broken.good, False, 0.0, deployment.usd_per_h(problem), deployment.devices, judged=True)


def _outcome(problem: Problem, deployment: Deployment, report: Report, slowdown: float) -> Outcome:
    """Times of slower devices are those of the run, longer by the slowdown, for arrivals were pressed together as much."""
    found, several = report.requests, report.requests.output > 1
    times = np.stack([found.ttft, found.tpot, found.e2e], axis=1) * slowdown
    seconds = report.duration_s * slowdown
    later = Latency.of(times[several, 1] if several.any() else np.zeros(1))  # answers of one token: nobody waits for a second
    return Outcome(
        len(times) / seconds, float(found.output.sum()) / seconds, Latency.of(times[:, 0]), later, Latency.of(times[:, 2]),
        share_good(times, problem.goals), _sustained(found, report.duration_s), report.resources.joules / report.duration_s, deployment.usd_per_h(problem), deployment.devices,
        report.resources.busy, report.resources.kv_peak, report.resources.preemptions, _samples(times),
        peaks=_peaks(deployment, report), growth=_growth(found),
    )  # fmt: skip


def _peaks(deployment: Deployment, report: Report) -> tuple[tuple[str, int, int], ...]:
    """By role, what was used of the limits of iterations."""
    roles = sorted({pool.role for pool in deployment.pools})
    found = [(role, report.pools.get(role, report.resources)) for role in roles]
    return tuple((role, used.step_tokens, used.step_sequences) for role, used in found)


def _sustained(found: Requests, seconds: float) -> bool:
    """Whether the last requests wait no longer than their own service takes: the run ends soon after the last arrival."""
    arriving = float(found.arrival.max() - found.arrival.min())
    service = percentiles(found.e2e - found.queue, [99])[0]
    return arriving == 0 or seconds <= (1 + KEEPS_UP) * arriving + service


def _growth(found: Requests) -> float:
    """By what share of those that come in the second half of the arrivals' time more come than end in it."""
    last = float(found.arrival.max())
    middle = (float(found.arrival.min()) + last) / 2
    came, ended = (int(((times > middle) & (times <= last)).sum()) for times in (found.arrival, found.end))
    return (came - ended) / came if came else 0.0


def _samples(times: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[tuple[float, float, float], ...]:
    chosen = times[np.linspace(0, len(times) - 1, min(SAMPLES, len(times))).round().astype(int)]
    return tuple((float(a), float(b), float(c)) for a, b, c in chosen)

