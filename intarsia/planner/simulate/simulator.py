"""The event loop: arrivals, deliveries, ends of runs and decisions in the order of time. The same input gives the same outcome.

>>> report = simulate(Load.of(traces.read("trace.csv")), Deployment((Pool(Replica(table, kv_tokens=400_000), count=4),), router="least_loaded"))
>>> report.latency.ttft_s.p99, report.output_tokens_per_s
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from intarsia.errors import InfeasibleError, InputError, RuntimeFailure
from intarsia.planner.simulate import outcome
from intarsia.planner.simulate.engine import Engine
from intarsia.planner.simulate.lane import Place, State
from intarsia.planner.simulate.load import NEVER, Job, Load
from intarsia.planner.simulate.metrics import Report
from intarsia.planner.simulate.pipeline import Pipeline
from intarsia.planner.simulate.promise import Promise
from intarsia.planner.simulate.serving import Deployment, Pool, Replica
from intarsia.planner.simulate.turns import Turns
from intarsia.runtime.scheduler import Hints, Request, cluster
from intarsia.runtime.scheduler.cluster import DECODE, ENCODE, PREFILL
from intarsia.runtime.scheduler.routers import make_router

ARRIVE, ROUTE, DELIVER, END, SEND, FOLLOW, LEAVE, DECIDE = *range(7), 10
"""Kinds of events, in the order in which those of one moment happen: who arrives when an iteration ends is seen by the next decision; requests that go on elsewhere (SEND) or that
others had to wait for (FOLLOW), and users that are tired of waiting (LEAVE), find all iterations ended that end then."""
PATIENCE = 64
"""Decisions a token, beyond which a policy is taken to make no progress."""
IN_VAIN = 10
"""Requests in a row, times the load's, that may miss their goals where they are sent again until they keep them."""


def simulate(load: Load, serving: Deployment | Replica | Sequence[Replica], *, router: str = "round_robin", ahead: bool = True, promise: Promise | None = None) -> Report:
    """Serve a load: by a deployment, or by replicas behind a router. `ahead=False` asks the schedulers for each iteration: the same outcome, slowly.

    Raises InputError for a request that a KV cache could never hold, RuntimeFailure for a policy that leaves work undone, InfeasibleError where requests are sent
    again in vain, Broken as soon as a `promise` can't be kept.
    """
    simulation = Simulation(load, _deployment(serving, router), ahead=ahead, promise=promise)
    simulation.run()
    return simulation.report()


def _deployment(serving: Deployment | Replica | Sequence[Replica], router: str) -> Deployment:
    if isinstance(serving, Deployment):
        return serving
    return Deployment(tuple(Pool(replica) for replica in ([serving] if isinstance(serving, Replica) else serving)), router)


class Able(NamedTuple):
    """Who may take certain requests: the engines, and their schedulers as routers know them, without anything that changes."""

    engines: list[Engine]
    replicas: list[cluster.Replica]

    @staticmethod
    def of(candidates: Sequence[Place], places: Sequence[Place]) -> Able:
        able = {id(place.scheduler) for place in candidates}
        replicas = [cluster.Replica(number, scheduler, engine.stages) for number, (engine, scheduler) in enumerate(places) if id(scheduler) in able]
        return Able(list({place.engine.number: place.engine for place in candidates}.values()), replicas)


class Simulation:
    """A load, what serves it, and the events to come. `places` are all schedulers, by the numbers that routers know."""

    def __init__(self, load: Load, deployment: Deployment, *, ahead: bool = True, promise: Promise | None = None) -> None:
        self.load, self.deployment, self.promise = load, deployment, promise
        block = deployment.pools[0].replica.block_tokens(load.block_tokens)
        self.states = [State(job, _request(number, job, block, load.block_tokens), job.arrival_s, job.output) for number, job in enumerate(load.jobs)]
        self.engines: list[Engine] = []
        for pool in deployment.pools:
            for _ in range(pool.count):
                make = Pipeline if pool.replica.lanes > 1 else Engine
                self.engines.append(make(len(self.engines), pool.replica, pool.stages, self.states, load.block_tokens, ahead=ahead))
                self.engines[-1].link = pool.link
                self.engines[-1].pool = pool.name or pool.replica.name or "+".join(sorted(pool.stages))
        hosts = {engine.replica.host: Turns(engine.replica.host) for engine in self.engines if engine.replica.host}
        for engine in self.engines:
            engine.turns = hosts[engine.replica.host] if engine.replica.host else None
        for turns in hosts.values():
            turns.begin([engine for engine in self.engines if engine.turns is turns])
        self.places = [Place(engine, scheduler) for engine in self.engines for scheduler in engine.schedulers]
        self.routers = {stage: make_router(deployment.decode_router if stage == DECODE else deployment.router) for stage in (ENCODE, PREFILL, DECODE)}
        self.able: dict[tuple[str, str], Able] = {}
        self.events: list[tuple[float, int, int, Any, int]] = []
        self.handlers: dict[int, Callable[[float, Any, int], None]] = {
            ARRIVE: self._arrive, ROUTE: self._routed, DELIVER: self._delivered, END: self._end, SEND: self._send, FOLLOW: self._follow, LEAVE: self._leave, DECIDE: self._decide,
        }  # fmt: skip
        self.moved_bytes = 0.0
        self._numbers = itertools.count()
        self._followers: dict[int, list[int]] = {}
        self._begun: dict[Any, float] = {}
        self._queued = deque(range(len(self.states)))
        self._block, self._in_vain = block, 0
        self.undone = len(self.states)
        self._most = PATIENCE * sum(job.prompt + job.output for job in load.jobs)
        self._check()

    def _check(self) -> None:
        """Every job has a replica for each stage, and fits it: one scheduler of each size is asked."""
        sizes: dict[str, list[Place]] = {}
        most: dict[str, int] = {}
        for number, state in enumerate(self.states):
            needed = max(state.request.most, state.request.known)
            if needed <= most.get(state.job.model, 0):
                continue  # a longer one fits
            most[state.job.model] = needed
            if state.job.model not in sizes:
                places = self._candidates(PREFILL, state.job) + self._candidates(DECODE, state.job)
                sizes[state.job.model] = list({(place.scheduler.kv.pages, place.scheduler.kv.page_tokens): place for place in places}.values())
            for place in sizes[state.job.model]:
                try:
                    place.scheduler.check(state.request)
                except InputError as error:
                    raise InputError(f"{error.what}: {state.job.prompt} tokens of prompt and {state.job.output} of output", where=f"job {number}", mend=error.mend) from None

    # Events.

    def run(self) -> None:
        """Until nothing happens any more. Raises RuntimeFailure if requests are left."""
        self._begin()
        handlers = self.handlers
        while self.events:
            now, kind, _, what, version = heapq.heappop(self.events)
            handlers[kind](now, what, version)
        if self.undone:
            names = ", ".join(sorted({engine.replica.policy for engine in self.engines if engine.busy}))
            what = f"{self.undone} requests were never finished: the policy {names} runs nothing though they wait"
            raise RuntimeFailure(what, mend="it must run or preempt something whenever work waits")

    def _begin(self) -> None:
        if self.load.users:
            for _ in range(min(self.load.users, len(self._queued))):
                self.push(0.0, ARRIVE, self._queued.popleft())
            return
        for number, job in enumerate(self.load.jobs):
            if job.after < 0:
                self.push(job.arrival_s, ARRIVE, number)
            else:
                self._followers.setdefault(job.after, []).append(number)

    def push(self, time: float, kind: int, what: Any, version: int = 0) -> None:
        """Let something happen later."""
        heapq.heappush(self.events, (time, kind, next(self._numbers), what, version))

    def _arrive(self, now: float, number: int, _: int) -> None:
        state = self.states[number]
        state.arrival = state.request.arrival = now
        state.request.hints = self._hints(state, now)
        if self.promise:
            self.promise.came(state)
            self.promise.now(now)
        if self.load.again:
            self.push(now + self.load.patience_s, LEAVE, number, state.tries)
        if self.deployment.token_s:
            words = max(0, state.job.prompt - state.job.image_tokens)
            self.push(now + words * self.deployment.token_s, ROUTE, number, state.tries)
        else:
            self._routed(now, number, state.tries)

    def _routed(self, now: float, number: int, tries: int) -> None:
        """A request whose prompt has been split goes to a replica, unless its user gave it up meanwhile."""
        state = self.states[number]
        if state.tries == tries:
            first = ENCODE if state.job.image_tokens and self.deployment.encodes_apart else PREFILL
            self.deliver(self.route(state, first, now), state, now)

    def _follow(self, now: float, number: int, _: int) -> None:
        self.end_all(now)
        self._arrive(now, number, _)

    def _leave(self, now: float, number: int, tries: int) -> None:
        """A user gives up a job that was sent for the `tries`-th time, if nothing of it has been computed yet."""
        self.end_all(now)
        state = self.states[number]
        if state.tries > tries or state.start >= 0:
            return
        if state.place is not None:  # its prompt has been split
            if state.request not in state.place.scheduler.waiting:
                return
            state.place.scheduler.remove(state.request, now)
            self._heed(state.place, now)
        self._send_again(state)
        self._next_of_user(now)

    def _send_again(self, state: State) -> None:
        """The job goes behind all others."""
        number = state.request.id
        state.anew(_request(number, state.job, self._block, self.load.block_tokens))
        self._queued.append(number)

    def _next_of_user(self, now: float) -> None:
        if self._queued:
            self._arrives(now + self.load.think_s, self._queued.popleft(), now)

    def _delivered(self, now: float, what: tuple[Place, State], _: int) -> None:
        self.deliver(*what, now)

    def deliver(self, place: Place, state: State, now: float) -> None:
        """A request comes to a scheduler."""
        place.engine.add(state, place.scheduler, now)
        self._heed(place, now)

    def _heed(self, place: Place, now: float) -> None:
        """What a scheduler has to decide on has changed: a run under way is cut short."""
        engine, before = place.engine, place.engine.until
        if engine.waits(place.scheduler):
            self._ask(engine, now)
            return
        engine.cut(now, place.scheduler)
        if engine.until != before:
            self.watch(engine)

    def _ask(self, engine: Engine, when: float) -> None:
        engine.asks += 1
        self.push(when, DECIDE, engine, engine.asks)

    def watch(self, engine: Engine) -> None:
        """Its run ends when it says now."""
        engine.ends += 1
        self.push(engine.until, END, engine, engine.ends)

    def _end(self, now: float, engine: Engine, version: int) -> None:
        if version != engine.ends:
            return
        found = engine.commit()
        for state in found.done:
            engine.end(state, now)
            self._done(state, now)
        for state in found.leaving:
            self.push(now, SEND, (engine, state, PREFILL if state.first < 0 else DECODE))
        if engine.turns and (following := engine.turns.leave(engine, now)):
            self._ask(following, now)
        self._ask(engine, now)

    def end_all(self, now: float) -> None:
        """Iterations that end at this very moment have ended, also where a run goes on after them."""
        for engine in self.engines:
            if engine.stops(now):
                engine.ends += 1
                self._end(now, engine, engine.ends)

    def _decide(self, now: float, engine: Engine, version: int) -> None:
        if version != engine.asks or not engine.busy or (engine.turns and not self._has_turn(engine, now)):
            return
        wake = engine.decide(now)
        if engine.running:
            if engine.turns and engine.turns.waiting:
                engine.cut(engine.turns.due(now))
            self.watch(engine)
        elif wake < NEVER:
            self._ask(engine, wake)
        if engine.tally.asked > self._most:
            raise RuntimeFailure(f"the policy {engine.replica.policy} makes no progress: {engine.tally.iterations} iterations", mend="it may preempt what it has just admitted")

    def _has_turn(self, engine: Engine, now: float) -> bool:
        """Its host is its own and holds its weights; else it is asked again once that is so."""
        assert engine.turns is not None
        ready = engine.turns.take(engine, now)
        if ready is None:
            owner = engine.turns.owner
            assert owner is not None
            before = owner.until
            if owner.running and owner.cut(engine.turns.due(now)) < before:
                self.watch(owner)
        elif ready > now:
            self._ask(engine, ready)
        return ready == now

    def _done(self, state: State, now: float) -> None:
        if self.load.again and not state.good:
            self._in_vain += 1
            if self._in_vain > IN_VAIN * (len(self.states) + 100):
                what = f"{self._in_vain} requests in a row missed their goals, and would be sent again for ever"
                raise InfeasibleError(what, mend="ask for less, or leave users' patience out")
            self._send_again(state)
            self._next_of_user(now)
            return
        self._in_vain = 0
        self.undone -= 1
        if self.promise:
            self.promise.ended(state)
        if self.load.users:
            self._next_of_user(now)
        for number in self._followers.get(state.request.id, ()):
            self._arrives(max(now + state.job.tool_s, self.load.jobs[number].arrival_s), number, now)

    def _arrives(self, when: float, number: int, now: float) -> None:
        self.push(when, ARRIVE if when > now else FOLLOW, number)

    # Where requests go.

    def _send(self, now: float, what: tuple[Engine, State, str], _: int) -> None:
        """A request goes on elsewhere for its next stage, with its KV cache or its encoded images. A replica sends, and receives, one after the other."""
        self.end_all(now)
        engine, state, stage = what
        if self.promise and stage == DECODE:
            self.promise.begun(state)
        target = self.route(state, stage, now)
        replica = engine.replica
        link = engine.link or (self.deployment.link if stage == DECODE or not self.deployment.image_link else self.deployment.image_link)
        size = state.request.computed * replica.kv_token_bytes if stage == DECODE else state.job.image_tokens * replica.image_token_bytes
        arrival = now
        if link is not None and size:
            begin = max(now, engine.sends_until, target.engine.receives_until)
            engine.sends_until = target.engine.receives_until = begin + size * (1 - link.hidden) / link.bandwidth
            arrival = engine.sends_until + link.latency_s
            self.moved_bytes += size
        engine.send(state, arrival if stage == DECODE else 0.0)
        self.push(arrival, DELIVER, (target, state))

    def route(self, state: State, stage: str, now: float) -> Place:
        """The scheduler that takes a request for a stage."""
        able = self._able(stage, state.job)
        if len(able.replicas) == 1:
            return self.places[able.replicas[0].number]
        router = self.routers[stage]
        return self.places[router.route(state.request, self._seen_by(router, able, now), now)]

    def _able(self, stage: str, job: Job) -> Able:
        """Who may take a job for a stage; known until replicas change their stages."""
        key = (stage, job.model)
        if key not in self.able:
            self.able[key] = Able.of(self._candidates(stage, job), self.places)
        return self.able[key]

    def _seen_by(self, router: cluster.Router, able: Able, now: float) -> Sequence[cluster.Replica]:
        """Replicas with as much as the router looks at. For its load alone, nothing of what is past has to be accounted for."""
        places, new = self.places, cluster.Replica  # `_replace` takes three times as long
        if router.looks == "load":
            return [new(number, scheduler, stages, unseen=places[number].engine.unseen(scheduler, now)) for number, scheduler, stages, *_ in able.replicas]
        if router.looks == "none":
            return able.replicas
        for engine in able.engines:
            engine.catch_up(now)
        if router.looks != "all":
            return able.replicas
        speeds = {engine.number: self._speed(engine) for engine in able.engines}
        return [new(number, scheduler, stages, *speeds[places[number].engine.number]) for number, scheduler, stages, *_ in able.replicas]

    def view(self, number: int) -> cluster.Replica:
        """A scheduler as cluster policies see it."""
        engine, scheduler = self.places[number]
        return cluster.Replica(number, scheduler, engine.stages, *self._speed(engine))

    def _speed(self, engine: Engine) -> tuple[float, float, int, float]:
        """What a router is told of an engine that has accounted for all that is past."""
        return engine.prefill_s, engine.step_s, 0, self._away_s(engine)

    def _away_s(self, engine: Engine) -> float:
        """Where models share its devices: seconds until it may run, and of what the others have there."""
        if engine.turns is None:
            return 0.0
        others = [other for other in self.engines if other.turns is engine.turns and other is not engine]
        work = sum(cluster.Replica(0, scheduler).tokens() * other.prefill_s for other in others for scheduler in other.schedulers)
        return engine.turns.away_s(engine) + work

    def _candidates(self, stage: str, job: Job) -> list[Place]:
        found = [place for place in self.places if stage in place.engine.stages and place.engine.serves(job)]
        if not found:
            what = f"the model {job.model!r}" if job.model else f"the stage {stage} of jobs that name no model"
            raise InputError(f"no replica serves {what}", mend="add one to the pools")
        return found

    def _hints(self, state: State, now: float) -> Hints:
        job = state.job
        begun = self._begun.setdefault(job.session, now) if job.session else now
        return Hints(
            job.kind, job.ttft_s, job.tpot_s, now + job.deadline_s, job.session, job.turn, job.turns, begun, begun + job.program_deadline_s, job.tool, job.tool_s,
            job.expected, job.expected_most, job.image_tokens,
        )  # fmt: skip

    def report(self) -> Report:
        """What was found. Call it after `run`."""
        return outcome.report(self.states, self.engines, self.moved_bytes)


def _request(number: int, job: Job, block: int, named: int) -> Request:
    """The job as schedulers see it. A pool's block may be several of those that hashes name: the last one's hash then stands for all."""
    prefix = job.prefix[block // named - 1 :: block // named] if named and block > named else job.prefix
    return Request(number, job.prompt, max(job.limit, job.output), job.arrival_s, job.priority, prefix=prefix)
