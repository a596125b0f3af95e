"""Engines of several models on one host: which of them runs, and which weights are there."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from intarsia.planner.simulate.serving import Host

if TYPE_CHECKING:
    from intarsia.planner.simulate.engine import Engine


class Turns:
    """The engines of a host. `owner` runs, `since` when its weights are there; `waiting` want to, first come first served.

    `resident` are the bytes of weights by engine, least recently used first; `loads` counts how often weights came.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.owner: Engine | None = None
        self.since = 0.0
        self.waiting: deque[Engine] = deque()
        self.resident: OrderedDict[int, float] = OrderedDict()
        self.loads = 0

    def take(self, engine: Engine, now: float) -> float | None:
        """Make the host the engine's; gives the seconds until its weights are there, or None, and queues it, while another engine runs."""
        if self.owner is not None and self.owner is not engine:
            if engine not in self.waiting:
                self.waiting.append(engine)
            return None
        fresh, self.owner = self.owner is None, engine
        seconds = self._load(engine)
        if fresh:
            self.since = now + seconds
        return seconds

    def due(self, now: float) -> float:
        """When the owner has to give way to who waits."""
        return max(now, self.since + self.host.quantum_s)

    def leave(self, engine: Engine, now: float) -> Engine | None:
        """The engine is between two iterations: if it has nothing to do, or its time is over and others wait, it gives way; gives the next one."""
        if self.owner is not engine or (engine.busy and (not self.waiting or now < self.since + self.host.quantum_s)):
            return None
        self.owner = None
        return self.waiting.popleft() if self.waiting else None

    def _load(self, engine: Engine) -> float:
        size, number = engine.replica.weight_bytes, engine.number
        if number in self.resident:
            self.resident.move_to_end(number)
            return 0.0
        while sum(self.resident.values()) + size > self.host.weight_bytes:
            self.resident.popitem(last=False)
        self.resident[number] = size
        self.loads += 1
        return self.host.latency_s + size / self.host.bandwidth
