"""An engine whose layers lie on several stages: as many batches are under way as there are stages, and bubbles are where none is ready.

Each lane has schedulers of its own. Lanes meet in the stages, each of which serves them in the order in which they come, so a lane's times depend on the others: all of
them advance together, in the order of time, up to the next event of the whole simulation or to the first lane that has to be asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from intarsia.cost_models.serving.step_kernels import curves
from intarsia.planner.simulate import kernels
from intarsia.planner.simulate.engine import Engine
from intarsia.planner.simulate.lane import Outcome, State, Work
from intarsia.planner.simulate.load import NEVER
from intarsia.planner.simulate.serving import Replica
from intarsia.runtime.scheduler import Scheduler
from intarsia.runtime.scheduler.cluster import DECODE


class Pipeline(Engine):
    """A replica with pipeline stages. `until` is when a lane's run ends, or, before that, when something else may happen."""

    def __init__(self, number: int, replica: Replica, stages: frozenset[str], states: Sequence[State], block_tokens: int, *, ahead: bool = True) -> None:
        super().__init__(number, replica, stages, states, block_tokens, ahead=ahead)
        count, ranks = replica.lanes, replica.table.groups
        self._stack = _stack(replica)
        self._lane_of = {id(scheduler): place for place, lane in enumerate(self.lanes) for scheduler in lane.schedulers}
        self._in_run, self._left, self._done, self._emitted = (np.zeros(count, np.int64) for _ in range(4))
        self._decodes, self._contexts, self._rows, self._drawn = (np.zeros((count, ranks), np.int64) for _ in range(4))
        self._offsets = np.zeros((count, ranks + 1), np.int64)
        self._tokens, self._before = (np.zeros((count, 8), np.int64) for _ in range(2))
        self._layers, self._extra = np.ones(count), np.zeros(count)
        self._ready, self._firsts, self._free = np.zeros(count), np.zeros(count), np.zeros(count)

    @property
    def step_s(self) -> float:
        """Seconds of the latest iteration of the first lane that runs."""
        lane = next((place for place in range(len(self.lanes)) if self._in_run[place]), -1)
        return float(self._firsts[lane]) - self.lanes[lane].begun if lane >= 0 and self._done[lane] else 0.0

    def waits(self, scheduler: Scheduler) -> bool:
        return not self._in_run[self._lane_of[id(scheduler)]]

    def add(self, state: State, scheduler: Scheduler, now: float) -> None:
        """The scheduler's lane is asked again after the iteration that is under way."""
        super().add(state, scheduler, now)
        self._left[self._lane_of[id(scheduler)]] = 0

    def catch_up(self, now: float) -> None:
        """Lanes that are asked each time have nothing to catch up with."""

    def ask_each_time(self) -> None:
        self.ahead = False

    def cut(self, now: float) -> float:
        """Runs end by themselves: nothing was begun that starts after `now`."""
        return self.until

    def decide(self, now: float, horizon: float) -> float:
        """Begin runs of the lanes that have work and none under way, and let all of them go on until something may happen."""
        wake = min((self._look_after(place, now) for place in range(len(self.lanes))), default=NEVER)
        horizon = max(horizon, float(np.nextafter(now, NEVER)))  # what is ready now begins, or two engines would wait for each other at one moment
        first = kernels.pipe(
            self._stack, min(horizon, wake), self._in_run, self._left, self._done, self._decodes, self._contexts, self._rows, self._drawn, self._offsets,
            self._tokens, self._before, self._layers, self._extra, self._emitted, self._ready, self._firsts, self._free, self.tally.columns, self.tally.gaps, self._scratch,
        )  # fmt: skip
        self.times = int(first >= 0)
        self.until = min(wake, float(self._ready[first])) if first >= 0 else wake
        return self.until

    def _look_after(self, place: int, now: float) -> float:
        """Begin a lane's run if it has none, or end it if its policy wants to be asked; when that should happen next."""
        lane = self.lanes[place]
        if self._in_run[place]:
            if lane.wake <= now:
                self._left[place] = 0
            return lane.wake if lane.wake > now else NEVER
        if not lane.busy:
            return NEVER
        if lane.decide(now):
            self._begin(place, now)
            self._left[place] = min(self._left[place], 1 if lane.wake <= now else self._left[place])
        return lane.wake if lane.wake > now else NEVER

    def _begin(self, place: int, now: float) -> None:
        lane = self.lanes[place]
        work = Work(lane.batches, self.states)
        times = lane.times(work) if self.ahead and DECODE in self.stages else 1
        self._in_run[place], self._left[place], self._done[place] = 1, times, 0
        self._decodes[place], self._contexts[place], self._rows[place], self._drawn[place], self._offsets[place] = work.decodes, work.contexts, work.rows, work.drawn, work.offsets
        count = len(work.tokens)
        while count > self._tokens.shape[1]:
            self._tokens, self._before = (np.concatenate([array, np.zeros_like(array)], axis=1) for array in (self._tokens, self._before))
        self._tokens[place, :count], self._before[place, :count] = work.tokens, work.before
        self._layers[place], self._extra[place], self._ready[place] = work.share, lane.extra_s(), now
        self._emitted[place] = sum(chunk.last and chunk.ends for batch in lane.batches for chunk in batch.chunks)

    def commit(self) -> Outcome:
        """Runs that end now are over."""
        self.times = 0
        done: list[State] = []
        leaving: list[State] = []
        for place, lane in enumerate(self.lanes):
            if self._in_run[place] and not self._left[place] and self._ready[place] <= self.until:
                self._in_run[place] = 0
                done += lane.account(int(self._done[place]), float(self._firsts[place]), float(self._ready[place]))[0]
                leaving += lane.leaving(self.stages)
        return Outcome(done, leaving)


def _stack(replica: Replica) -> kernels.Stack:
    """The stages' curves; one set where all are alike."""
    stages = replica.stages()
    alike = all(stage.table is stages[0].table for stage in stages)
    each = [curves(stage.table) for stage in (stages[:1] if alike else stages)]
    nodes = {name: getattr(each[0], name) for name in ("sequences", "contexts", "tokens", "before")}
    stacked = {name: np.stack([getattr(found, name) for found in each]) for name in ("dense", "experts", "send", "logits", "decode", "prefill")}
    watts = np.array([stage.table.span_watts * stage.table.devices / len(stages) for stage in stages])
    return kernels.Stack(**{**nodes, **stacked, "launch_s": np.array([found.launch_s for found in each])}, shares=np.array([stage.share for stage in stages]), watts=watts)
