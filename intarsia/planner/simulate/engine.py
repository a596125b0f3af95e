"""One simulated engine: real schedulers over a KV pool each, and a cost model's clock.

Between two decisions an engine is in a run: one batch, repeated as long as its schedulers say that they would decide it again. The run's end times are known when it
begins; whatever comes in earlier cuts it short at the next iteration (`cut`), and `commit` makes it so. Asking the schedulers each time gives the same times, to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from intarsia.cost_models.serving.step_kernels import Curves, curves
from intarsia.errors import RuntimeFailure
from intarsia.planner.simulate import kernels
from intarsia.planner.simulate.load import Job
from intarsia.planner.simulate.serving import Replica
from intarsia.runtime.kv_cache import Move, PagePool
from intarsia.runtime.scheduler import Batch, Request, Scheduler, make_policy
from intarsia.runtime.scheduler.cluster import DECODE, PREFILL

MOST = 4096
"""Iterations of a run at most."""
NO_CHUNKS = np.zeros(0, np.int64)


@dataclass(slots=True, eq=False)
class State:
    """What happened to a job so far; times are -1 until they are known."""

    job: Job
    request: Request
    arrival: float
    output: int
    start: float = -1.0
    first: float = -1.0
    last: float = -1.0
    end: float = -1.0
    cached: int = 0
    engine: int = -1
    place: Place | None = None


class Place(NamedTuple):
    """A scheduler of an engine."""

    engine: Engine
    scheduler: Scheduler


class Sample(NamedTuple):
    """An engine after a run: seconds, pages in use, requests running and waiting; since the sample before, tokens that came out and prompt tokens that were computed."""

    time: float
    used: int
    running: int
    waiting: int
    decoded: int
    prefilled: int


@dataclass(slots=True)
class Tally:
    """Sums over an engine's life: `columns` as in `kernels.settle`, the histogram of gaps between tokens, bytes moved between tiers and their seconds."""

    columns: kernels.Array = field(default_factory=lambda: np.zeros(6))
    gaps: kernels.Whole = field(default_factory=lambda: np.zeros(kernels.BINS, np.int64))
    iterations: int = 0
    asked: int = 0
    moved_bytes: float = 0.0
    moved_s: float = 0.0
    samples: list[Sample] = field(default_factory=list)


class Outcome(NamedTuple):
    """After a run: the states whose last token has come out, and those that go to another engine for their next stage."""

    done: list[State]
    leaving: list[State]


class Engine:
    """The schedulers of a replica's attention groups, which take their iterations together, for some `stages` of requests.

    `decide` begins a run and gives its end; `cut` shortens it; `commit` ends it.
    """

    def __init__(self, number: int, replica: Replica, stages: frozenset[str], states: Sequence[State], block_tokens: int, *, ahead: bool = True) -> None:
        self.number, self.replica, self.stages, self.states, self.ahead = number, replica, stages, states, ahead
        block = replica.block_tokens(block_tokens)
        self.schedulers = [
            Scheduler(make_policy(replica.policy, **replica.parameters), PagePool(replica.pages, replica.page_tokens, block_tokens=block, tiers=replica.tier_pages()))
            for _ in range(replica.table.groups)
        ]  # fmt: skip
        self.tally = Tally()
        self.batches: list[Batch] = []
        self.begun = self.until = 0.0
        self.times = 0
        self.version = 0
        self.sends_until = self.receives_until = 0.0
        self.curves: Curves = curves(replica.table)
        self._ends, self._columns = np.empty(MOST), np.empty((MOST, 4))
        self._part, self._bare = np.empty(4), np.empty(4)
        self._last_end = -2.0
        self._images = any(state.job.image_tokens for state in states)
        chunk = int(replica.parameters.get("max_batch_tokens", 2048))
        self.prefill_s = float(replica.table.mixed_seconds(chunk, 0, 0, 0, 1)) / chunk

    @property
    def running(self) -> bool:
        """It is in a run."""
        return self.times > 0

    @property
    def busy(self) -> bool:
        return any(scheduler.busy for scheduler in self.schedulers)

    @property
    def step_s(self) -> float:
        """Seconds of an iteration of the present run; 0 without one."""
        return float(self._ends[0]) - self.begun if self.times else 0.0

    def serves(self, job: Job) -> bool:
        """It holds the job's model."""
        return not self.replica.model or self.replica.model == job.model

    def add(self, state: State, scheduler: Scheduler, now: float) -> None:
        """Queue a job, or what another engine has made of it, with one of the schedulers."""
        state.engine, state.place = self.number, Place(self, scheduler)
        scheduler.receive(state.request, now)

    # A run.

    def decide(self, now: float) -> float:
        """Begin a run; its end in seconds. Where nothing can run, when to ask again (infinity: when something comes in)."""
        self.tally.asked += 1
        self.batches = [scheduler.step(now) for scheduler in self.schedulers]
        self.begun = now
        if not any(batch.chunks or batch.encodes for batch in self.batches):
            wake = min(batch.until for batch in self.batches)
            if wake <= now:
                raise RuntimeFailure(f"the policy {self.replica.policy} runs nothing at {now:g} s and wants to be asked again at {wake:g} s", mend="mend its `until`")
            return wake
        work = _Work(self.batches, self.states)
        times = 1
        if self.ahead and work.left > 1 and DECODE in self.stages:
            most = min(work.left, MOST) - 1
            times = 1 + min(s.steady(b, most) if b.chunks else (0 if s.waiting else most) for s, b in zip(self.schedulers, self.batches, strict=True))
        extra = self._copies() + (self._encoding() if self._images else 0.0)
        kernels.run(
            self.curves, now, times, work.decodes, work.contexts, work.rows, work.drawn, work.offsets, work.tokens, work.before,
            work.share, extra, self.replica.overlap, self._ends, self._columns, self._part, self._bare,
        )  # fmt: skip
        self.times = times
        self.until = float(self._ends[times - 1])
        return self._wake_before(min(batch.until for batch in self.batches))

    def _wake_before(self, wake: float) -> float:
        """Cut the run at the first iteration that ends at `wake` or later, where a policy wants to be asked again."""
        return self.cut(wake) if wake < self.until else self.until

    def cut(self, now: float) -> float:
        """End the run with the iteration that is under way at `now`; gives the new end."""
        if self.times > 1 and now < self.until:
            self.times = int(np.searchsorted(self._ends[: self.times], now)) + 1
            self.until = float(self._ends[self.times - 1])
        return self.until

    def commit(self) -> Outcome:
        """The run is over: tokens are computed and come out."""
        times, tally, states = self.times, self.tally, self.states
        self.times = 0
        first, last, before = float(self._ends[0]), float(self._ends[times - 1]), self._last_end
        kernels.settle(self._columns, self._ends, times, self.begun, tally.columns)
        tally.iterations += times
        done: list[State] = []
        emitted = together = prefilled = 0
        for scheduler, batch in zip(self.schedulers, self.batches, strict=True):
            self._started(batch)
            scheduler.advance(batch, times)
            for request, _, tokens, drawn, group, groups in batch.chunks:
                state, generated = states[request.id], request.generated
                if tokens > 1 or not generated:
                    prefilled += tokens * times
                if not drawn or group + 1 < groups:
                    continue
                emitted += 1
                if state.last == before:
                    together += 1
                elif state.first < 0:
                    state.first = first
                else:
                    kernels.note(tally.gaps, first - state.last, 1)
                state.last = last
                request.generated = generated + times
                if generated + times >= state.output:
                    done.append(state)
        if together:
            kernels.note(tally.gaps, first - before, together)
        if times > 1 and emitted:
            kernels.note_run(tally.gaps, self._ends, times, emitted)
        self._last_end = last
        tally.samples.append(self._sample(last, emitted * times, prefilled))
        return Outcome(done, self._leaving())

    def _leaving(self) -> list[State]:
        """Requests whose next stage isn't served here: after their images, or after their first token."""
        if DECODE in self.stages:
            return []
        if PREFILL not in self.stages:
            return [self.states[request.id] for batch in self.batches for request in batch.encodes]
        return [self.states[c.request.id] for batch in self.batches for c in batch.chunks if c.last and c.ends and c.request.generated < self.states[c.request.id].output]

    def end(self, state: State, now: float) -> None:
        """A job's last token has come out here: its pages are freed, or held for its session."""
        assert state.place is not None
        state.place.scheduler.finish(state.request, now)
        state.end = now

    def send(self, state: State, until: float = 0.0) -> None:
        """A job goes to another engine; its pages stay until they are copied."""
        assert state.place is not None
        state.place.scheduler.send(state.request, until)

    def _started(self, batch: Batch) -> None:
        for request in batch.admitted:
            state = self.states[request.id]
            state.cached += request.shared
            if state.start < 0:
                state.start = self.begun

    def _copies(self) -> float:
        """Seconds that this iteration's copies between tiers take; a direction at a time."""
        seconds = 0.0
        for batch in self.batches:
            for move in batch.moves:
                seconds += self._copy_s(move)
        self.tally.moved_s += seconds
        return seconds

    def _copy_s(self, move: Move) -> float:
        tier = self.replica.tiers[max(move.source, move.target) - 1]
        size = move.tokens * self.replica.kv_token_bytes
        self.tally.moved_bytes += size
        return tier.latency_s + size / tier.bandwidth

    def _encoding(self) -> float:
        """Seconds to encode the images of requests that begin, or that the policy encodes now."""
        tokens = 0
        for batch in self.batches:
            for request in (*batch.encodes, *(chunk.request for chunk in batch.chunks)):
                if request.hints.encode_tokens and not request.encoded:
                    request.encoded = True
                    tokens += request.hints.encode_tokens
        return self.replica.image_s + tokens * self.replica.image_token_s if tokens else 0.0

    def _sample(self, now: float, decoded: int, prefilled: int) -> Sample:
        used = running = waiting = 0
        for scheduler in self.schedulers:
            used += scheduler.kv.used
            running += len(scheduler.running)
            waiting += len(scheduler.waiting)
        return Sample(now, used, running, waiting, decoded, prefilled)


class _Work:
    """A batch of each rank as the arrays that the kernels take; `left` is how many iterations the first of the decodes has to its last token."""

    __slots__ = ("before", "contexts", "decodes", "drawn", "left", "offsets", "rows", "share", "tokens")

    def __init__(self, batches: Sequence[Batch], states: Sequence[State]) -> None:
        ranks = len(batches)
        numbers = np.zeros((4, ranks), np.int64)
        offsets = np.zeros(ranks + 1, np.int64)
        tokens_of: list[int] = []
        before: list[int] = []
        left, share = 1 << 40, 1.0
        for rank, batch in enumerate(batches):
            decodes = context = rows = drawn = 0
            for request, start, tokens, last, group, groups in batch.chunks:
                rows += tokens
                if last:
                    drawn += 1
                    missing = states[request.id].output - request.generated
                    if missing < left:
                        left = missing
                    if tokens == 1 and groups == 1:
                        decodes += 1
                        context += start + 1
                        continue
                    if group + 1 < groups:
                        drawn -= 1
                tokens_of.append(tokens)
                before.append(start)
                if groups > 1:
                    share = 1.0 / groups
            numbers[:, rank] = decodes, context, rows, drawn
            offsets[rank + 1] = len(tokens_of)
        self.decodes, self.contexts, self.rows, self.drawn = numbers
        self.offsets, self.left, self.share = offsets, left, share
        self.tokens = np.array(tokens_of, np.int64) if tokens_of else NO_CHUNKS
        self.before = np.array(before, np.int64) if before else NO_CHUNKS
