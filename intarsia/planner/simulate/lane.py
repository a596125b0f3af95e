"""What runs together: schedulers that take their iterations in lock-step, the batch that they run, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from intarsia.errors import RuntimeFailure
from intarsia.planner.simulate import kernels
from intarsia.planner.simulate.load import NEVER, Job
from intarsia.planner.simulate.serving import Replica
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.kv_tiers import Move
from intarsia.runtime.scheduler import Batch, Request, Scheduler, make_policy
from intarsia.runtime.scheduler.cluster import DECODE

if TYPE_CHECKING:
    from intarsia.planner.simulate.engine import Engine

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
    stall_s: float = 0.0
    missed: bool = False
    tries: int = 1

    @property
    def good(self) -> bool:
        """The job, which has ended, has kept its goals."""
        job = self.job
        rest = (self.end - self.first) / (job.output - 1) if job.output > 1 else 0.0
        return self.first - self.arrival <= job.ttft_s and rest <= job.tpot_s and self.end - self.arrival <= job.deadline_s and self.stall_s <= job.pause_s

    def anew(self, request: Request) -> None:
        """The job is sent again."""
        self.request, self.place, self.tries = request, None, self.tries + 1
        self.start = self.first = self.last = self.end = -1.0
        self.cached, self.engine, self.stall_s = 0, -1, 0.0


class Place(NamedTuple):
    """A scheduler of an engine."""

    engine: Engine
    scheduler: Scheduler


class Sample(NamedTuple):
    """A lane after a run: seconds, pages in use, requests running and waiting; since the sample before, tokens that came out and prompt tokens that were computed."""

    time: float
    used: int
    running: int
    waiting: int
    decoded: int
    prefilled: int


@dataclass(slots=True)
class Tally:
    """Sums over an engine's life: `columns` as in `kernels.settle`, the histogram of gaps between tokens, bytes moved between tiers, tokens of images
    that were encoded, most tokens and sequences of an iteration."""

    columns: kernels.Array = field(default_factory=lambda: np.zeros(6))
    gaps: kernels.Whole = field(default_factory=lambda: np.zeros(kernels.BINS, np.int64))
    iterations: int = 0
    asked: int = 0
    moved_bytes: float = 0.0
    image_tokens: int = 0
    step_tokens: int = 0
    step_sequences: int = 0


class Outcome(NamedTuple):
    """After a run: the states whose last token has come out, and those that go to another engine for their next stage."""

    done: list[State]
    leaving: list[State]


class Lane:
    """The schedulers of a replica's attention groups (one each), which take their iterations together."""

    def __init__(self, replica: Replica, states: Sequence[State], tally: Tally, pages: int, block_tokens: int) -> None:
        self.replica, self.states, self.tally = replica, states, tally
        self.schedulers = [
            Scheduler(make_policy(replica.policy, **replica.parameters), PagePool(pages, replica.page_tokens, block_tokens=block_tokens, tiers=replica.tier_pages()))
            for _ in range(replica.table.groups)
        ]  # fmt: skip
        self.batches: list[Batch] = []
        self.wake = NEVER  # when a policy wants to be asked again
        self.samples: list[Sample] = []
        self.begun, self.last_end = 0.0, -2.0
        self._images = any(state.job.image_tokens for state in states)

    @property
    def busy(self) -> bool:
        return any(scheduler.busy for scheduler in self.schedulers)

    def decide(self, now: float) -> bool:
        """Ask the policies for a batch each; False when nothing can run. Raises RuntimeFailure for a policy that wants to be asked again at once."""
        self.tally.asked += 1
        self.begun = now
        self.batches = [scheduler.step(now) for scheduler in self.schedulers]
        self.wake = min([batch.until for batch in self.batches])
        if any(batch.chunks or batch.encodes for batch in self.batches):
            return True
        if self.wake <= now:
            raise RuntimeFailure(f"the policy {self.replica.policy} runs nothing at {now:g} s and wants to be asked again at {self.wake:g} s", mend="mend its `until`")
        return False

    def times(self, work: Work) -> int:
        """How often the batches may run before anybody must be asked or anything ends."""
        most = min(work.left, MOST) - 1
        for scheduler, batch in zip(self.schedulers, self.batches, strict=True):
            if most <= 0 or batch.encodes:
                return 1
            if batch.chunks:
                most = scheduler.steady(batch, most)
            elif scheduler.waiting:
                return 1
        return 1 + max(0, most)

    def extra_s(self) -> float:
        """Seconds that this iteration needs for copies between tiers and for images."""
        seconds = sum(self._copy_s(move) for batch in self.batches if batch.moves for move in batch.moves)
        return seconds + self._encoding() if self._images else seconds

    def account(self, times: int, first: float, last: float) -> tuple[list[State], int]:
        """The batches have run `times` times, from the first one's end at `first` to the last one's at `last`.

        Gives the states whose last token has come out, and how many requests got a token in each iteration.
        """
        tally, states, before = self.tally, self.states, self.last_end
        tally.iterations += times
        done: list[State] = []
        emitted = together = prefilled = 0
        for scheduler, batch in zip(self.schedulers, self.batches, strict=True):
            self._started(batch)
            scheduler.advance(batch, times)
            rows = 0
            for request, _, tokens, drawn, group, groups in batch.chunks:
                state, generated = states[request.id], request.generated
                rows += tokens
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
                    state.stall_s = max(state.stall_s, first - state.last)
                state.last = last
                request.generated = generated + times
                if generated + times >= state.output:
                    done.append(state)
            tally.step_tokens, tally.step_sequences = max(tally.step_tokens, rows), max(tally.step_sequences, len(scheduler.running))
        if together:
            kernels.note(tally.gaps, first - before, together)
        self.last_end = last
        self.samples.append(self._sample(last, emitted * times, prefilled))
        return done, emitted

    def go_on(self, begun: float) -> None:
        """The batches run on after iterations that were accounted for, the next of which began at `begun`, on the pages that it takes."""
        self.begun = begun
        self.batches = [batch._replace(admitted=[]) for batch in self.batches]
        for scheduler, batch in zip(self.schedulers, self.batches, strict=True):
            for chunk in batch.chunks:
                scheduler.kv.grow(chunk.request.pages, chunk.request.known)

    def leaving(self, stages: frozenset[str]) -> list[State]:
        """Requests whose next stage isn't among `stages`: after their images, or after a prefill (one that decoded here before its replica turned stays)."""
        encoded = [self.states[request.id] for batch in self.batches for request in batch.encodes] if self._images else []
        if DECODE in stages:
            return encoded
        chunks = [chunk for batch in self.batches for chunk in batch.chunks if chunk.last and chunk.ends and (chunk.tokens > 1 or chunk.request.generated == 1)]
        return encoded + [self.states[chunk.request.id] for chunk in chunks if chunk.request.generated < self.states[chunk.request.id].output]

    def _started(self, batch: Batch) -> None:
        for request in batch.admitted:
            state = self.states[request.id]
            state.cached += request.shared
            if state.start < 0:
                state.start = self.begun
        for request in batch.encodes:
            if self.states[request.id].start < 0:
                self.states[request.id].start = self.begun

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
        self.tally.image_tokens += tokens
        return self.replica.image_s + tokens * self.replica.image_token_s if tokens else 0.0

    def _sample(self, now: float, decoded: int, prefilled: int) -> Sample:
        used = running = waiting = 0
        for scheduler in self.schedulers:
            used += scheduler.kv.used
            running += len(scheduler.running)
            waiting += len(scheduler.waiting)
        return Sample(now, used, running, waiting, decoded, prefilled)


class Work:
    """A batch of each rank as the arrays that the kernels take; `left` is how many iterations the first of the decodes has to its last token."""

    __slots__ = ("before", "contexts", "decodes", "drawn", "left", "offsets", "rows", "share", "tokens")

    def __init__(self, batches: Sequence[Batch], states: Sequence[State]) -> None:
        numbers: list[tuple[int, int, int, int]] = []
        offsets = [0]
        new: list[int] = []
        before: list[int] = []
        left, share = 1 << 40, 0.0
        for batch in batches:
            decodes = context = rows = drawn = 0
            for request, start, tokens, last, group, groups in batch.chunks:
                if last and (missing := states[request.id].output - request.generated) < left:
                    left = missing
                if tokens == 1 and last and groups == 1:
                    decodes += 1
                    context += start
                    continue
                rows += tokens
                drawn += last and group + 1 == groups
                new.append(tokens)
                before.append(start)
                share = max(share, 1.0 / groups)
            numbers.append((decodes, context + decodes, rows + decodes, drawn + decodes))
            offsets.append(len(new))
        self.decodes, self.contexts, self.rows, self.drawn = np.array([*zip(*numbers, strict=True)], np.int64)
        self.offsets, self.left, self.share = np.array(offsets, np.int64), left, share or 1.0
        self.tokens = np.array(new, np.int64) if new else NO_CHUNKS
        self.before = np.array(before, np.int64) if before else NO_CHUNKS
