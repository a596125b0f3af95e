"""Several models on one fleet, simulated: on the same devices, where they take turns and weights come and go, or each on devices of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from intarsia.compiler import serving_plan, simulation
from intarsia.compiler.frontends import quantities, workload
from intarsia.compiler.simulation import Given, Simulated
from intarsia.cost_models.serving.memory import Footprint
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.workload import Workload
from intarsia.planner.search import rules, space
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.problem import NO_GOALS, Problem, check
from intarsia.planner.simulate import Deployment, Host, Pool, Report, simulate
from intarsia.planner.simulate.metrics import Latency
from intarsia.planner.simulate.serving import Replica as Engine

CACHES = 0.2
"""Share of a device's memory that is left for KV caches where nothing is said of the room for weights."""
QUANTUM_S = 1.0
"""Seconds that a model runs at most while others wait, where weights have to come; where all are there, models take turns after each iteration."""


@dataclass(frozen=True)
class Sharing:
    """How models share devices. `room`: of each device for weights, such as "60GB"; `link`: how fast each takes others from slower memory, such as "50GB/s"; `quantum_s`: how long
    one runs while others wait. `memory`: of the host for each device, and how fast a disk gives what has no room there, such as "64GB@7GB/s" (empty: room for all, and all there).
    Empty or negative: as it fits. With `split`, nothing is shared: so many replicas of each model have devices of their own."""

    room: str = ""
    link: str = ""
    quantum_s: float = -1.0
    memory: str = ""
    split: tuple[int, ...] = ()


@dataclass(frozen=True)
class Served:
    """A model, with its own requests, its replica by the plan, and where the memory of one of its devices goes."""

    problem: Problem
    replica: space.Replica
    room: Footprint

    @property
    def name(self) -> str:
        return self.problem.name


def run(asked: serving_plan.Asked, sources: Sequence[str], given: Given, sharing: Sharing) -> Simulated:
    """Simulate them. Raises InputError for words that can't be read, InfeasibleError for what breaks a rule or doesn't fit the fleet."""
    _check(given, sources, sharing)
    problems, requests = problems_of(asked, sources)
    served = [of(problem, given) for problem in problems]
    pools = apart(served, given, sharing.split) if sharing.split else together(served, given, sharing)
    report = serve(problems, requests, pools, given)
    return Simulated(report, tuple(dict.fromkeys(note for problem in problems for note in serving_plan.remarks(problem))))


def serve(problems: Sequence[Problem], requests: Workload, pools: Sequence[Pool], given: Given) -> Report:
    """Simulate the requests, each at the pools of its model."""
    tokens = {problem.name: problem.image_tokens for problem in problems}
    load = simulation.load_of(requests, problems[0].goals, given, lambda model: tokens[model])
    shared = any(pool.replica.host for pool in pools)
    router = given.router or ("weights_aware" if shared else simulation.LEAST_LOADED)
    return simulate(load, Deployment(tuple(pools), router, token_s=problems[0].host.token_s))


def serve_unhinted(problems: Sequence[Problem], requests: Workload, pools: Sequence[Pool], router: str) -> Report:
    """The same as the plan search simulates: policies and routers are told nothing of the goals, by which requests are judged afterwards."""
    tokens, goals = {problem.name: problem.image_tokens for problem in problems}, problems[0].goals
    load = simulation.load_of(requests, NO_GOALS, Given(), lambda model: tokens[model])
    report = simulate(load, Deployment(tuple(pools), router, token_s=problems[0].host.token_s))
    found, names = report.requests, np.array([job.model for job in load.jobs])
    kept = (found.ttft <= goals.ttft_s) & (found.tpot <= goals.tpot_s) & (found.e2e <= goals.e2e_s)

    def judged(latency: Latency, share: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Latency:
        return replace(latency, met=float(share.mean()), goodput_per_s=float(share.sum()) / report.duration_s)

    return replace(report, latency=judged(report.latency, kept), models={name: judged(latency, kept[names == name]) for name, latency in report.models.items()})


def of(problem: Problem, given: Given) -> Served:
    """A model by the plan. Raises InfeasibleError for a plan that breaks a rule."""
    replica = simulation.legal_replica(problem, given)
    return Served(problem, replica, rules.room(problem, replica))


def _check(given: Given, sources: Sequence[str], sharing: Sharing) -> None:
    """What can be told before anything is read."""
    simulation.check_given(given)
    if given.prefills or given.encodes or given.experts or given.cluster:
        mend = "leave --prefills, --decodes, --encodes, --experts and --cluster, or give one model"
        raise InputError("several models are simulated on replicas that do everything", mend=mend)
    if sharing.split and (given.replicas or sharing.room or sharing.link or sharing.memory or sharing.quantum_s >= 0):
        raise InputError("--split gives each model devices of its own", mend="leave --replicas, --weights-room, --weights-link, --weights-memory and --quantum, or --split")
    if sharing.split and len(sharing.split) != len(sources):
        raise InputError(f"--split names {len(sharing.split)} numbers of replicas for {len(sources)} models", mend="give one for each, such as 2,1")
    if given.plan.pp > 1 and not sharing.split:
        raise InputError("models that share devices have no pipeline stages", mend="leave --pp, or give each devices of its own with --split")


def problems_of(asked: serving_plan.Asked, sources: Sequence[str]) -> tuple[list[Problem], Workload]:
    """What is asked of each model, with the requests that are for it, and all requests. Raises InputError for models of one name, and requests that name none of them."""
    names = [serving_plan.model(source).name for source in sources]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two models are called {twice}", mend=f"name them, such as a={sources[names.index(twice)]}")
    requests = workload.requests(asked.workload)
    if asked.rate is not None:
        requests = workload.at_rate(requests, asked.rate)
    serving_plan.check_names(requests, names)
    found = [_problem(asked, source, name, requests) for source, name in zip(sources, names, strict=True)]
    whole = {problem.name: iter(problem.workload.requests) for problem in found}
    return found, replace(requests, requests=tuple(next(whole[request.model]) for request in requests.requests), drawn=None)


def _problem(asked: serving_plan.Asked, source: str, name: str, requests: Workload) -> Problem:
    own = tuple(request for request in requests.requests if request.model == name)
    if not own:
        raise InputError(f"no request is for the model {name}", where=requests.name, mend="leave it out")
    drawn = replace(requests.drawn, only=name) if requests.drawn else None
    problem = serving_plan.problem_of(replace(asked, source=source, rate=None), replace(requests, requests=own, drawn=drawn))
    check(problem)
    return problem


def apart(served: Sequence[Served], given: Given, counts: Sequence[int]) -> list[Pool]:
    """So many replicas of each model, on devices of their own. Raises InfeasibleError for more than the fleet has."""
    stock, used = simulation.only_stock(served[0].problem), sum(count * each.replica.devices for count, each in zip(counts, served, strict=True))
    if min(counts) < 1 or used > stock.count:
        what = f"{' and '.join(map(str, counts))} replicas take {used} devices, and the fleet has {stock.count}"
        raise InfeasibleError(what, where="--split", mend="give each model one at least, within the fleet")
    return [_pool(each, given, count) for each, count in zip(served, counts, strict=True)]


def _pool(each: Served, given: Given, count: int) -> Pool:
    """Replicas of a model as if it were alone."""
    found = Simulator(each.problem).serving(space.Deployment((space.Pool("serve", each.replica, count),))).pools[0]
    found = replace(simulation.with_tiers(simulation.told(found, given, each.problem), given), name=each.name)
    return replace(found, replica=replace(found.replica, model=each.name))


def planned(simulator: Simulator, deployment: space.Deployment) -> list[Pool]:
    """A model's own plan among others: its pools serve its requests alone, and send caches and images over the links that it has by itself."""
    problem, serving = simulator.problem, simulator.serving(deployment)
    found = []
    for pool, made in zip(serving.pools, deployment.pools, strict=True):
        name = problem.name if len(deployment.pools) == 1 else f"{problem.name}, {made.role}"
        usd = sum(count * problem.stock[stock].usd_per_h for stock, count in made.replica.used.items())
        link = serving.image_link if made.role == "encode" else serving.link if made.role == "prefill" else None
        found.append(replace(pool, name=name, link=link, replica=replace(pool.replica, model=problem.name, usd_per_h=usd)))
    return found


def together(served: Sequence[Served], given: Given, sharing: Sharing) -> list[Pool]:
    """One replica of each model on each group of devices, another one first on each, so that not all begin with the same weights. Raises InfeasibleError for what has no room."""
    stock = simulation.only_stock(served[0].problem)
    groups = given.replicas or stock.count // given.plan.devices
    if not 0 < groups * given.plan.devices <= stock.count:
        raise InfeasibleError(f"the plan takes {max(1, groups) * given.plan.devices} devices, and the fleet has {stock.count}", mend="use fewer replicas, or a larger fleet")
    room = _weights_room(served, sharing)
    host = _host(served, given, sharing, room)
    engines = [_sharing(each, served, _pool(each, given, 1).replica, room) for each in served]
    return [
        Pool(replace(engine, host=replace(host, name=f"host {number}")), 1, name=engine.model)
        for number in range(groups) for engine in (*engines[number % len(engines) :], *engines[: number % len(engines)])
    ]  # fmt: skip


def _weights_room(served: Sequence[Served], sharing: Sharing) -> float:
    """Bytes of a device for weights: as the user says, else all weights where they leave CACHES for the caches, else as much as does; the largest model's at least."""
    weights = [each.room.weights for each in served]
    if sharing.room:
        room = _size(sharing.room)
        if room < max(weights):
            name = served[weights.index(max(weights))].name
            what = f"{room / 1e9:.1f} GB are no room for {name}, which takes {max(weights) / 1e9:.1f} GB of a device"
            raise InfeasibleError(what, where="--weights-room", mend="give more, or use fewer bits")
        return min(room, sum(weights))
    free = min(each.room.weights + each.room.room for each in served) - _others(served)
    return min(sum(weights), max(max(weights), free - CACHES * served[0].room.total))


def _size(text: str) -> float:
    try:
        return float(quantities.size(text))
    except ValueError as error:
        raise InputError(f"the room for weights {error}", where="--weights-room", mend="give a size such as 60GB") from None


def _others(served: Sequence[Served]) -> float:
    """Bytes of a device that every further engine takes for itself."""
    engine = served[0].problem.memory
    return (len(served) - 1) * (engine.runtime + engine.context + engine.graphs)


def _host(served: Sequence[Served], given: Given, sharing: Sharing, room: float) -> Host:
    device, devices = simulation.only_stock(served[0].problem).device, given.plan.devices
    port = next((port for port in device.ports if port.leads_to == "host"), None)
    if not sharing.link and port is None:
        raise InputError(f"how fast {device.name} takes weights from slower memory isn't known", mend="give --weights-link, such as 50GB/s")
    bandwidth = quantities.positive_bandwidth(sharing.link, "bandwidth of --weights-link") if sharing.link or port is None else port.bandwidth
    whole = room >= sum(each.room.weights for each in served)
    quantum = sharing.quantum_s if sharing.quantum_s >= 0 else 0.0 if whole else QUANTUM_S
    memory, disk = _memory(sharing.memory) if sharing.memory else (math.inf, math.inf)
    return Host("host", room * devices, bandwidth * devices, port.latency_s if port else 0.0, quantum, memory * devices, disk * devices, loaded=True)


def _memory(text: str) -> tuple[float, float]:
    """ "64GB@7GB/s": bytes of the host's memory, and bytes/s of its disk, for each device."""
    size, _, speed = text.partition("@")
    try:
        found = float(quantities.size(size)), float(quantities.bandwidth(speed))
    except ValueError as error:
        raise InputError(f"the host's memory {text!r}: {error}", where="--weights-memory", mend="write it as 64GB@7GB/s: room, and how fast a disk gives others") from None
    if found[0] < 0 or not found[1] > 0:
        raise InputError(f"the host's memory {text!r} needs a bandwidth above zero", where="--weights-memory", mend="write it as 64GB@7GB/s")
    return found


def _sharing(each: Served, served: Sequence[Served], engine: Engine, room: float) -> Engine:
    """A model's engine beside others: caches share evenly what weights and engines leave. Raises InfeasibleError where its longest request has no room."""
    left = (each.room.weights + each.room.room - room - _others(served)) / len(served)
    held = int(max(0.0, left) // (each.room.token_bytes * each.room.page_tokens)) * each.room.page_tokens * each.replica.cp
    if held < each.problem.longest + each.room.page_tokens:
        what = f"{room / 1e9:.1f} GB of weights leave {each.name} a cache of {held} tokens, for a request of {each.problem.longest}"
        raise InfeasibleError(what, mend="use more devices for each replica (--tp), fewer bits, or a smaller --weights-room")
    return replace(engine, kv_tokens=held, weight_bytes=each.room.weights * each.replica.plan.devices)
