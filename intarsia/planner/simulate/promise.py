"""Runs that are given up: as soon as more requests have missed their goals than may, no later one can mend it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from intarsia.planner.simulate.lane import State
from intarsia.planner.simulate.load import NEVER


class Broken(Exception):
    """The run was ended: the share of requests that met the goals, of those known by then."""

    def __init__(self, good: float) -> None:
        super().__init__(good)
        self.good = good


@dataclass
class Promise:
    """Goals, in seconds, that all but `most` requests of a run must keep. Each is judged as early as it can be: a late first token when it is late and the request still waits, or
    where it goes on to decode elsewhere, all else at its end. `coming`: requests that have come, whose first tokens aren't late yet."""

    ttft_s: float = NEVER
    tpot_s: float = NEVER
    e2e_s: float = NEVER
    most: int = 0
    missed: int = 0
    kept: int = 0
    coming: deque[State] = field(default_factory=deque)

    def came(self, state: State) -> None:
        """A request has come; they do in the order of time."""
        self.coming.append(state)

    def now(self, now: float) -> None:
        """It is so late. Who has no page yet gets its first token later still. Raises Broken."""
        coming = self.coming
        while coming and now - coming[0].arrival > self.ttft_s:
            state = coming.popleft()
            if state.first < 0 and not state.request.pages:
                self._miss(state)

    def begun(self, state: State) -> None:
        """The first token has come out. Raises Broken."""
        if state.first - state.arrival > self.ttft_s and not state.missed:
            self._miss(state)

    def ended(self, state: State) -> None:
        """The last token has come out. Raises Broken."""
        self.begun(state)
        if state.missed:
            return
        later = state.output - 1
        if state.end - state.arrival > self.e2e_s or (later and (state.end - state.first) / later > self.tpot_s):
            self._miss(state)
        else:
            self.kept += 1

    def _miss(self, state: State) -> None:
        state.missed = True
        self.missed += 1
        if self.missed > self.most:
            raise Broken(self.kept / (self.kept + self.missed))
