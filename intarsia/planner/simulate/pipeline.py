"""An engine whose layers lie on several stages: as many batches are under way as there are stages, and bubbles are where none is ready.

Each lane has schedulers of its own. Lanes meet in the stages, each of which serves them in the order in which they come, so a lane's times depend on the others: all of
them advance together, in the order of time, up to the first one that has to be asked. Where they stand at the latest decision or look is kept beside where they will be
then: whatever comes in between has them go on from there, and no further than its own moment.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from intarsia.loops import Bound
from intarsia.planner.simulate import kernels
from intarsia.planner.simulate.engine import Engine, Outlook
from intarsia.planner.simulate.lane import MOST, Outcome, State, Work
from intarsia.planner.simulate.load import NEVER
from intarsia.planner.simulate.serving import Replica
from intarsia.runtime.scheduler import Scheduler
from intarsia.runtime.scheduler.cluster import DECODE

CHUNKS = 8
"""Chunks of a batch that there is room for at first."""


class Pipeline(Engine):
    """A replica with pipeline stages. `until` is when the first lane's run ends, or when a policy wants to be asked before."""

    def __init__(self, number: int, replica: Replica, stages: frozenset[str], states: Sequence[State], block_tokens: int, *, ahead: bool = True) -> None:
        super().__init__(number, replica, stages, states, block_tokens, ahead=ahead)
        assert replica.speeds.stack is not None
        count, ranks = replica.lanes, replica.table.groups
        self._stack = replica.speeds.stack
        self._lane_of = {id(scheduler): place for place, lane in enumerate(self.lanes) for scheduler in lane.schedulers}
        self._runs = _runs(count, ranks)
        self._now, self._then = _lanes(count, ranks), _lanes(count, ranks)
        self._known, self._caught_up, self._wake, self._next = False, False, NEVER, 0.0
        self._outlooks = [Outlook() for _ in self.lanes]
        self._log = kernels.Log(np.empty(count * MOST, np.int64), np.empty(count * MOST, np.int64), np.zeros(1, np.int64))
        self.tally.columns = self._now.totals
        self._loops = self._bound()

    @property
    def step_s(self) -> float:
        """Seconds of the latest iteration of the first lane that runs."""
        for lane, running in enumerate(self._runs.running.tolist()):
            if running:
                return float(self._now.firsts[lane]) - self.lanes[lane].begun if self._now.done[lane] else 0.0
        return 0.0

    def waits(self, scheduler: Scheduler) -> bool:
        return not self._runs.running[self._lane_of[id(scheduler)]]

    def cut(self, now: float, scheduler: Scheduler | None = None) -> float:
        """End the run of the scheduler's lane with the iteration that is under way at `now`; gives its end."""
        self._go_to(now)
        lane = self._lane_of[id(scheduler)]
        self._now.left[lane] = 0
        self._look_ahead()
        return float(self._now.ready[lane])

    def stops(self, now: float) -> bool:
        self._go_to(now)
        if self._next > now:
            return False
        ending = [lane for lane, (running, ready) in enumerate(zip(self._runs.running.tolist(), self._now.ready.tolist(), strict=True)) if running and ready == now]
        if not ending:
            return False
        for lane in ending:
            self._now.left[lane] = 0
        self._known, self.until = False, now
        return True

    def catch_up(self, now: float) -> None:
        """All but the latest iteration of each lane have ended."""
        self._go_to(now)
        if self._caught_up:
            return
        self._caught_up, at = True, self._now
        for place, lane in enumerate(self.lanes):
            if self._runs.running[place] and at.done[place] > 1:
                past, began = int(at.done[place]) - 1, float(at.began[place])
                if emitted := int(self._runs.emitted[place]):
                    kernels.note(self.tally.gaps, float(at.ready[place]) - began, -emitted)  # the latest one's gap is noted as the first of what goes on
                lane.account(past, float(at.firsts[place]), began)
                lane.go_on(began)
                self._known = False
                self._outlooks[place].past += past
                at.firsts[place], at.done[place] = at.ready[place], 1

    def unseen(self, scheduler: Scheduler, now: float) -> int:
        self._go_to(now)
        place = self._lane_of[id(scheduler)]
        past = int(self._now.done[place]) - 1 if self._runs.running[place] else 0
        return past * int(self._runs.drawn[place][self.lanes[place].schedulers.index(scheduler)]) if past > 0 else 0

    def decide(self, now: float) -> float:
        """Begin runs of the lanes that have work and none under way, and end those whose policies want to be asked; when something may happen next."""
        self._go_to(now)
        self._wake = NEVER
        for place, (lane, runs) in enumerate(zip(self.lanes, self._runs.running.tolist(), strict=True)):
            if runs:
                if lane.wake <= now:
                    self._now.left[place] = 0
            elif not lane.busy:
                continue
            elif lane.decide(now):
                self._begin(place, now)
                if lane.wake <= now:
                    self._now.left[place] = min(self._now.left[place], 1)
            if now < lane.wake < self._wake:
                self._wake = lane.wake
        self._look_ahead()
        return self.until

    def _go_to(self, now: float) -> None:
        """Let the lanes begin all iterations that begin before `now`; none does before `_next`."""
        if self.times and self._next < now:
            self._known = self._caught_up = False
            self._loops[0][0](now)
            first = int(self._now.next[0])
            self._next = float(self._now.ready[first]) if first >= 0 else NEVER
            self._note()

    def _look_ahead(self) -> None:
        """Find out when the first lane has to be asked if nothing comes in."""
        self._loops[0][1](self._wake)
        first = int(self._then.next[0])
        self._known, self.times = True, int(first >= 0)
        self.until = min(self._wake, float(self._then.ready[first])) if first >= 0 else self._wake

    def _begin(self, place: int, now: float) -> None:
        lane, runs, at = self.lanes[place], self._runs, self._now
        work = Work(lane.batches, self.states)
        count = len(work.tokens)
        while count > runs.tokens.shape[1]:
            self._widen()
            runs, at = self._runs, self._now
        self._next = min(self._next, now)
        runs.running[place], at.done[place] = 1, 0
        at.left[place] = self._outlooks[place].of(lane.times(work)) if self.ahead and DECODE in self.stages else 1
        runs.decodes[place], at.contexts[place], runs.rows[place], runs.drawn[place], runs.offsets[place] = work.decodes, work.contexts, work.rows, work.drawn, work.offsets
        runs.tokens[place, :count], at.before[place, :count] = work.tokens, work.before
        runs.layers[place], runs.extra_s[place], at.ready[place] = work.share, lane.extra_s(), now
        runs.emitted[place] = sum(chunk.last and chunk.ends for batch in lane.batches for chunk in batch.chunks)

    def _widen(self) -> None:
        """Room for twice as many chunks in a batch."""
        self._runs = self._runs._replace(tokens=_twice(self._runs.tokens))
        self._now, self._then = (lanes._replace(before=_twice(lanes.before)) for lanes in (self._now, self._then))
        self._loops = self._bound()

    def commit(self) -> Outcome:
        """Runs that end now are over."""
        self._arrive()
        self.times = 0
        done: list[State] = []
        leaving: list[State] = []
        for place, lane in enumerate(self.lanes):
            if self._runs.running[place] and not self._now.left[place] and self._now.ready[place] <= self.until:
                self._runs.running[place] = 0
                self._outlooks[place].ended(int(self._now.done[place]))
                done += lane.account(int(self._now.done[place]), float(self._now.firsts[place]), float(self._now.ready[place]))[0]
                leaving += lane.leaving(self.stages)
        self.times = int(1 in self._runs.running.tolist())
        return Outcome(done, leaving)

    def _arrive(self) -> None:
        """It is `until`: the lanes are where they were seen to be then, or go there if somebody has looked at them since."""
        if not self._known:
            self._go_to(self.until)
            return
        self._now, self._then = self._then, self._now
        self._loops = self._loops[::-1]
        self._known, self._caught_up, self._next = False, False, 0.0
        self.tally.columns = self._now.totals
        self._note()

    def _bound(self) -> list[tuple[Bound, Bound]]:
        """`pipe` and `look_ahead` from where the lanes stand, then the two for when where they stand and where they will be have changed places."""
        same = (self._stack, self._runs, self._log, self._scratch)
        return [(kernels.pipe.bind(*same, one), kernels.look_ahead.bind(*same, one, other)) for one, other in ((self._now, self._then), (self._then, self._now))]

    def _note(self) -> None:
        """Count the gaps of the log."""
        if self._log.filled[0]:
            kernels.note_all(self.tally.gaps, self._log)


def _runs(count: int, ranks: int) -> kernels.Runs:
    decodes, rows, drawn = (np.zeros((count, ranks), np.int64) for _ in range(3))
    offsets, tokens = np.zeros((count, ranks + 1), np.int64), np.zeros((count, CHUNKS), np.int64)
    return kernels.Runs(np.zeros(count, np.int64), decodes, rows, drawn, offsets, tokens, np.ones(count), np.zeros(count), np.zeros(count, np.int64))


def _lanes(count: int, ranks: int) -> kernels.Lanes:
    left, done = np.zeros(count, np.int64), np.zeros(count, np.int64)
    began, ready, firsts, free = (np.zeros(count) for _ in range(4))
    return kernels.Lanes(left, done, np.zeros((count, ranks), np.int64), np.zeros((count, CHUNKS), np.int64), began, ready, firsts, free, np.zeros(6), np.zeros(1, np.int64))


def _twice(array: kernels.Whole) -> kernels.Whole:
    return np.concatenate([array, np.zeros_like(array)], axis=1)
