"""The event loop: arrivals, deliveries, ends of runs and decisions in the order of time. The same input gives the same outcome.

>>> report = simulate(Load.of(traces.read("trace.csv")), [Replica(table, kv_tokens=400_000)] * 4, router="least_loaded")
>>> report.latency.ttft_s.p99, report.output_tokens_per_s
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from intarsia.errors import InputError, RuntimeFailure
from intarsia.planner.simulate import metrics
from intarsia.planner.simulate.engine import Engine, State
from intarsia.planner.simulate.load import Job, Load
from intarsia.planner.simulate.metrics import Latency, Report, Requests, Resources, Spread
from intarsia.planner.simulate.routers import make_router
from intarsia.planner.simulate.serving import Replica
from intarsia.runtime.scheduler import Hints, Request

ARRIVE, END, DECIDE = range(3)
"""Kinds of events, in the order in which those of one moment happen: who arrives when an iteration ends is seen by the next decision."""
PATIENCE = 64
"""Iterations a token, beyond which a policy is taken to make no progress."""


def simulate(load: Load, replicas: Replica | Sequence[Replica], *, router: str = "round_robin", ahead: bool = True) -> Report:
    """Serve a load with replicas behind a router. `ahead=False` asks the schedulers for each iteration: the same outcome, slowly.

    Raises InputError for a request that a KV cache could never hold, RuntimeFailure for a policy that leaves work undone.
    """
    listed = [replicas] if isinstance(replicas, Replica) else list(replicas)
    if not listed:
        raise InputError("there is no replica to serve the load", mend="give at least one")
    simulation = _Simulation(load, listed, router, ahead)
    simulation.run()
    return simulation.report()


class _Simulation:
    def __init__(self, load: Load, replicas: Sequence[Replica], router: str, ahead: bool) -> None:
        self.load = load
        self.states = [State(job, _request(number, job, replicas[0].block_tokens(load.block_tokens), load.block_tokens), job.arrival_s) for number, job in enumerate(load.jobs)]
        self.engines = [Engine(number, replica, self.states, load.block_tokens, ahead=ahead) for number, replica in enumerate(replicas)]
        self.router = make_router(router)
        self.events: list[tuple[float, int, int, Any, int]] = []
        self.numbers = itertools.count()
        self.followers: dict[int, list[int]] = {}
        self.undone = len(self.states)
        self.queued = iter(range(len(self.states)))
        self.programs: dict[Any, list[float]] = {}
        self._check()

    def _check(self) -> None:
        for number, state in enumerate(self.states):
            for engine in self.engines:
                try:
                    engine.schedulers[0].check(state.request)
                except InputError as error:
                    raise InputError(f"{error.what}: {state.job.prompt} tokens of prompt and {state.job.output} of output", where=f"job {number}", mend=error.mend) from None

    # Events.

    def run(self) -> None:
        self._begin()
        handlers = (self._arrive, self._end, self._decide)
        while self.events:
            now, kind, _, what, version = heapq.heappop(self.events)
            handlers[kind](now, what, version)
        if self.undone:
            names = ", ".join(sorted({engine.replica.policy for engine in self.engines if engine.busy}))
            what = f"{self.undone} requests were never finished: the policy {names} runs nothing though they wait"
            raise RuntimeFailure(what, mend="it must run or preempt something whenever work waits")

    def _begin(self) -> None:
        if self.load.users:
            for number in itertools.islice(self.queued, self.load.users):
                self._push(0.0, ARRIVE, number)
            return
        for number, job in enumerate(self.load.jobs):
            if job.after < 0:
                self._push(job.arrival_s, ARRIVE, number)
            else:
                self.followers.setdefault(job.after, []).append(number)

    def _push(self, time: float, kind: int, what: Any, version: int = 0) -> None:
        heapq.heappush(self.events, (time, kind, next(self.numbers), what, version))

    def _arrive(self, now: float, number: int, _: int) -> None:
        state = self.states[number]
        state.arrival = state.request.arrival = now
        state.request.hints = self._hints(state, now)
        engine = self.engines[self.router.choose(state, self.engines, now)] if len(self.engines) > 1 else self.engines[0]
        self._deliver(engine, state, now)

    def _deliver(self, engine: Engine, state: State, now: float) -> None:
        engine.add(state, now)
        if not engine.running:
            self._ask(engine, now)
        elif engine.until > now:
            before = engine.until
            if engine.cut(now) < before:
                self._watch(engine)

    def _ask(self, engine: Engine, when: float) -> None:
        engine.version += 1
        self._push(when, DECIDE, engine, engine.version)

    def _watch(self, engine: Engine) -> None:
        engine.version += 1
        self._push(engine.until, END, engine, engine.version)

    def _end(self, now: float, engine: Engine, version: int) -> None:
        if version != engine.version:
            return
        for state in engine.commit():
            engine.end(state, now)
            self._done(state, now)
        self._ask(engine, now)

    def _decide(self, now: float, engine: Engine, version: int) -> None:
        if version != engine.version or not engine.busy:
            return
        wake = engine.decide(now)
        if engine.running:
            self._watch(engine)
        elif wake < float("inf"):
            self._ask(engine, wake)
        if engine.tally.asked > PATIENCE * self._tokens:
            raise RuntimeFailure(f"the policy {engine.replica.policy} makes no progress: {engine.tally.iterations} iterations", mend="it may preempt what it has just admitted")

    def _done(self, state: State, now: float) -> None:
        self.undone -= 1
        if self.load.users:
            number = next(self.queued, None)
            if number is not None:
                self._push(now + self.load.think_s, ARRIVE, number)
        for number in self.followers.get(state.request.id, ()):
            self._push(max(now + state.job.tool_s, self.load.jobs[number].arrival_s), ARRIVE, number)

    @property
    def _tokens(self) -> int:
        if not hasattr(self, "_all_tokens"):
            self._all_tokens = sum(job.prompt + job.output for job in self.load.jobs)
        return self._all_tokens

    def _hints(self, state: State, now: float) -> Hints:
        job = state.job
        span = self.programs.setdefault(job.session, [now, now]) if job.session else [now, now]
        return Hints(
            job.kind, job.ttft_s, job.tpot_s, now + job.deadline_s, job.session, job.turn, job.turns, span[0], span[0] + job.program_deadline_s, job.tool, job.tool_s,
            job.expected, job.expected_most, job.image_tokens,
        )  # fmt: skip

    # The outcome.

    def report(self) -> Report:
        found = self._requests()
        begin, end = float(found.arrival.min()), float(found.end.max())
        duration = end - begin
        tallies = [engine.tally for engine in self.engines]
        gaps = np.sum([tally.gaps for tally in tallies], axis=0)
        merged = metrics.together([np.array(tally.samples, np.float64).reshape(-1, 6) for tally in tallies])
        pages = sum(engine.replica.pages * len(engine.schedulers) for engine in self.engines)
        outputs, prompts = int(found.output.sum()), int(found.prompt.sum())
        kinds = sorted(set(found.kind))
        return Report(
            duration, len(found.arrival) / duration, outputs / duration, (outputs + prompts) / duration, Latency.of(found, duration),
            Spread.of_gaps(gaps, float((found.end - found.first).sum())),
            {kind: Latency.of(found.take(np.array([k == kind for k in found.kind])), duration) for kind in kinds if kind}, self._programs(),
            self._resources(found, merged, pages, begin, end), metrics.series(merged, pages, begin, end),
            sum(tally.iterations for tally in tallies), sum(tally.asked for tally in tallies), found,
        )  # fmt: skip

    def _requests(self) -> Requests:
        states = self.states
        arrival, start, first, end = np.array([(s.arrival, s.start, s.first, s.end) for s in states]).T
        prompt, output, cached, preemptions, engine = np.array([(s.job.prompt, s.job.output, s.cached, s.request.preemptions, s.engine) for s in states], np.int64).T
        met = np.array([_met(state) for state in states])
        return Requests(arrival, start, first, end, prompt, output, cached, preemptions, met, tuple(s.job.kind for s in states), engine)

    def _programs(self) -> Spread:
        spans: dict[Any, tuple[float, float]] = {}
        for state in self.states:
            if name := state.job.session:
                first, last = spans.get(name, (state.arrival, state.end))
                spans[name] = min(first, state.arrival), max(last, state.end)
        return Spread.of(np.array([last - first for first, last in spans.values()]))

    def _resources(self, found: Requests, merged: metrics.Array, pages: int, begin: float, end: float) -> Resources:
        duration, devices = end - begin, sum(engine.replica.table.devices for engine in self.engines)
        shares = np.zeros(4)
        joules = dollars = 0.0
        for engine in self.engines:
            table, columns = engine.replica.table, engine.tally.columns
            work = np.array([columns[4], *columns[1:3] / table.stages, columns[3]])
            shares += work * table.devices / (devices * duration)
            joules += table.devices * (table.idle_watts * duration + table.span_watts * float(columns[5]) / table.stages)
            dollars += engine.replica.usd_per_h * duration / 3600
        busy, compute, memory, network = shares.tolist()
        return Resources(
            busy, compute, memory, network, metrics.mean_level(merged[:, 0], merged[:, 1], begin, end) / pages, float(merged[:, 1].max()) / pages,
            float(found.cached.sum() / found.prompt.sum()), int(found.preemptions.sum()), sum(engine.tally.moved_bytes for engine in self.engines), joules, dollars,
        )  # fmt: skip


def _request(number: int, job: Job, block: int, named: int) -> Request:
    """The job as schedulers see it. A pool's block may be several of those that hashes name: the last one's hash then stands for all."""
    prefix = job.prefix[block // named - 1 :: block // named] if named and block > named else job.prefix
    return Request(number, job.prompt, max(job.limit, job.output), job.arrival_s, job.priority, prefix=prefix)


def _met(state: State) -> bool:
    job = state.job
    rest = (state.end - state.first) / (job.output - 1) if job.output > 1 else 0.0
    return state.first - state.arrival <= job.ttft_s and rest <= job.tpot_s and state.end - state.arrival <= job.deadline_s
