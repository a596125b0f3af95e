"""Engines of several models on one host: which of them runs, and which weights are there."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from intarsia.planner.simulate.serving import Host

if TYPE_CHECKING:
    from intarsia.planner.simulate.engine import Engine


class Turns:
    """The engines of a host. `owner` runs, `since` when its weights are there; `waiting` want to, first come first served.

    `resident` are the bytes of weights by engine, least recently used first, and `most_bytes` the most that they ever were. By engine, `loads` are the times at which its weights
    began to come, and `waited_s` the seconds in which it had something to do and neither its turn nor its weights.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.owner: Engine | None = None
        self.since = 0.0
        self.waiting: deque[Engine] = deque()
        self.resident: OrderedDict[int, float] = OrderedDict()
        self.most_bytes = 0.0
        self.loads: dict[int, list[float]] = {}
        self.waited_s: dict[int, float] = {}
        self._asked: dict[int, float] = {}

    def take(self, engine: Engine, now: float) -> float | None:
        """Make the host the engine's; gives the seconds until its weights are there, or None, and queues it, while another engine runs."""
        if self.owner is not None and self.owner is not engine:
            if engine not in self.waiting:
                self.waiting.append(engine)
                self._asked[engine.number] = now
            return None
        fresh, self.owner = self.owner is None, engine
        seconds = self._load(engine, now)
        self.waited_s[engine.number] = self.waited_s.get(engine.number, 0.0) + now - self._asked.pop(engine.number, now) + seconds
        if fresh:
            self.since = now + seconds
        return seconds

    def away_s(self, engine: Engine) -> float:
        """Seconds until an engine that asked now might run: a quantum for each that comes before it, and its weights."""
        before = len(self.waiting) + 1 if self.owner is not None and self.owner is not engine else 0
        return before * self.host.quantum_s + (0.0 if engine.number in self.resident else self._load_s(engine))

    def due(self, now: float) -> float:
        """When the owner has to give way to who waits."""
        return max(now, self.since + self.host.quantum_s)

    def leave(self, engine: Engine, now: float) -> Engine | None:
        """The engine is between two iterations: if it has nothing to do, or its time is over and others wait, it gives way; gives the next one."""
        if self.owner is not engine or (engine.busy and (not self.waiting or now < self.since + self.host.quantum_s)):
            return None
        self.owner = None
        return self.waiting.popleft() if self.waiting else None

    def _load(self, engine: Engine, now: float) -> float:
        size, number = engine.replica.weight_bytes, engine.number
        if number in self.resident:
            self.resident.move_to_end(number)
            return 0.0
        while sum(self.resident.values()) + size > self.host.weight_bytes:
            self.resident.popitem(last=False)
        self.resident[number] = size
        self.most_bytes = max(self.most_bytes, sum(self.resident.values()))
        self.loads.setdefault(number, []).append(now)
        return self._load_s(engine)

    def _load_s(self, engine: Engine) -> float:
        return self.host.latency_s + engine.replica.weight_bytes / self.host.bandwidth
