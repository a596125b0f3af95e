"""One simulated engine: real schedulers over a KV pool each, and a cost model's clock.

Between two decisions an engine is in a run: one batch, repeated as long as its schedulers say that they would decide it again. The run's end times are known when it
begins; whatever comes in earlier cuts it short at the next iteration (`cut`), whoever looks has it account for what is past (`catch_up`), and `commit` ends it.
Asking the schedulers each time gives the same times, to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from intarsia.planner.simulate import kernels
from intarsia.planner.simulate.lane import MOST, Lane, Outcome, Place, State, Tally, Work
from intarsia.planner.simulate.load import Job
from intarsia.planner.simulate.serving import Link, Replica
from intarsia.planner.simulate.turns import Turns
from intarsia.runtime.scheduler import Scheduler
from intarsia.runtime.scheduler.cluster import DECODE, ENCODE, PREFILL

FEWEST, GROWTH = 16, 2
"""Iterations that a run may always have, and how many times as many as the one before had the next one may."""


@dataclass(slots=True)
class Outlook:
    """How far a run is worked out: not much further than the one before came, for what comes in ends most runs early. Schedulers that are asked again decide the same."""

    most: int = MOST
    given: int = 0
    past: int = 0

    def of(self, times: int) -> int:
        """Iterations to work out of those that are possible."""
        self.given, self.past = min(times, self.most), 0
        return self.given

    def ended(self, times: int) -> None:
        """A run has ended with `times` iterations after those that are past."""
        came = self.past + times
        self.most = max(FEWEST, GROWTH * came) if came < self.given else min(MOST, max(self.most, GROWTH**2 * came))


class Engine:
    """A replica at work, for some `stages` of requests. `decide` begins a run and gives its end; `cut` shortens it; `commit` ends it."""

    def __init__(self, number: int, replica: Replica, stages: frozenset[str], states: Sequence[State], block_tokens: int, *, ahead: bool = True) -> None:
        self.number, self.replica, self.stages, self.states, self.ahead = number, replica, stages, states, ahead
        self.tally = Tally()
        self.lanes = [Lane(replica, states, self.tally, replica.pages // replica.lanes, replica.block_tokens(block_tokens)) for _ in range(replica.lanes)]
        self.schedulers = [scheduler for lane in self.lanes for scheduler in lane.schedulers]
        self.until = 0.0
        self.times = 0
        self.ends = self.asks = 0  # the latest events that say so; earlier ones are void
        self.sends_until = self.receives_until = 0.0
        self.turns: Turns | None = None
        self.pool = ""
        self.link: Link | None = None
        self.serve(stages)
        self.prefill_s = replica.speeds.prefill_s
        self._ends, self._columns = np.empty(MOST), np.empty((MOST, 4))
        self._outlook = Outlook()
        self._first = 0.0  # end of the first iteration of the run that isn't accounted for
        self._scratch = np.empty((5, 4))
        self._drawn = np.zeros(replica.table.groups, np.int64)
        self._run = kernels.run.bind(replica.speeds.curves)

    @property
    def running(self) -> bool:
        """It is in a run."""
        return self.times > 0

    @property
    def busy(self) -> bool:
        return any(lane.busy for lane in self.lanes)

    @property
    def step_s(self) -> float:
        """Seconds of an iteration of the present run; 0 without one."""
        return float(self._ends[0]) - self.lanes[0].begun if self.times else 0.0

    def serve(self, stages: frozenset[str]) -> None:
        """From now on it gets work of these stages."""
        self.stages = stages
        for scheduler in self.schedulers:
            scheduler.encodes = ENCODE in stages and bool(stages & {DECODE}) and PREFILL not in stages

    def serves(self, job: Job) -> bool:
        """It holds the job's model."""
        return not self.replica.model or self.replica.model == job.model

    def waits(self, scheduler: Scheduler) -> bool:
        """A request that comes to the scheduler now must be decided on now."""
        return not self.times

    def add(self, state: State, scheduler: Scheduler, now: float) -> None:
        """Queue a job, or what another engine has made of it, with one of the schedulers."""
        state.engine, state.place = self.number, Place(self, scheduler)
        scheduler.receive(state.request, now)

    def decide(self, now: float) -> float:
        """Begin a run; its end in seconds. Where nothing can run, when to ask again (infinity: when something comes in)."""
        lane = self.lanes[0]
        if not lane.decide(now):
            return lane.wake
        work = Work(lane.batches, self.states)
        begin = now + self.replica.rest.after(now - self.until)
        times = self._outlook.of(lane.times(work)) if self.ahead and DECODE in self.stages else 1
        self._run(
            begin, times, work.decodes, work.contexts, work.rows, work.drawn, work.offsets, work.tokens, work.before,
            work.share, lane.extra_s(), self.replica.overlap, self.replica.stream_s, self._ends, self._columns, self._scratch,
        )  # fmt: skip
        self.times, self._drawn = times, work.drawn
        self._first, self.until = float(self._ends[0]), float(self._ends[times - 1])
        return self.cut(lane.wake)

    def cut(self, now: float, scheduler: Scheduler | None = None) -> float:
        """End the run (of the scheduler's batch) with the iteration that is under way at `now`; gives its end."""
        if self.times > 1 and now < self.until:
            self.times = int(self._ends[: self.times].searchsorted(now)) + 1
            self.until = float(self._ends[self.times - 1])
        return self.until

    def stops(self, now: float) -> bool:
        """End the run now if an iteration of it ends just now; whether that is so."""
        if now > self.until or not self.times:
            return False
        place = int(self._ends[: self.times].searchsorted(now))
        if self._ends[place] != now:
            return False
        self.times, self.until = place + 1, now
        return True

    def catch_up(self, now: float) -> None:
        """Account for the iterations that have ended before `now`, so that who looks at the schedulers sees them as they are; the run goes on."""
        past = self._past(now)
        if not past:
            return
        self._account(past)
        self._outlook.past += past
        self.lanes[0].go_on(float(self._ends[past - 1]))
        for array in (self._ends, self._columns):
            array[: self.times - past] = array[past : self.times].copy()
        self.times -= past
        self._first = float(self._ends[0])

    def unseen(self, scheduler: Scheduler, now: float) -> int:
        """Tokens that have come out before `now` in iterations that aren't accounted for."""
        past = self._past(now)
        return past * int(self._drawn[self.schedulers.index(scheduler)]) if past else 0

    def _past(self, now: float) -> int:
        """Iterations of the run that have ended before `now`; never the last one."""
        if self.times < 2 or now <= self._first:
            return 0
        return min(int(self._ends[: self.times].searchsorted(now)), self.times - 1)

    def commit(self) -> Outcome:
        """The run is over: tokens are computed and come out."""
        done = self._account(self.times)
        self._outlook.ended(self.times)
        self.times = 0
        return Outcome(done, self.lanes[0].leaving(self.stages))

    def _account(self, times: int) -> list[State]:
        """The first `times` iterations of the run have ended; gives the states whose last token has come out."""
        lane = self.lanes[0]
        kernels.settle(self._columns, self._ends, times, lane.begun, self.replica.table.span_watts * self.replica.table.devices, self.tally.columns)
        done, emitted = lane.account(times, float(self._ends[0]), float(self._ends[times - 1]))
        if times > 1 and emitted:
            kernels.note_run(self.tally.gaps, self._ends, times, emitted)
        return done

    def end(self, state: State, now: float) -> None:
        """A job's last token has come out here: its pages are freed, or held for its session."""
        assert state.place is not None
        state.place.scheduler.finish(state.request, now)
        state.end = now

    def send(self, state: State, until: float = 0.0) -> None:
        """A job goes to another engine; its pages stay until they are copied."""
        assert state.place is not None
        state.place.scheduler.send(state.request, until)
