"""Engines of several models on one host: which of them runs, and which weights are there."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from intarsia.planner.simulate.serving import Host

if TYPE_CHECKING:
    from intarsia.planner.simulate.engine import Engine


class Turns:
    """The engines of a host. `owner` runs, `since` when its weights are there; `waiting` want to, first come first served.

    `resident` are the bytes of weights by engine, least recently used first, and `most_bytes` the most that they ever were; `held` are those in the host's own memory. By engine,
    `loads` are the times at which its weights began to come, `load_s` the seconds that this took, and `waited_s` those in which it had something to do and neither its turn nor its
    weights.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.owner: Engine | None = None
        self.since = 0.0
        self.waiting: deque[Engine] = deque()
        self.resident: OrderedDict[int, float] = OrderedDict()
        self.most_bytes = 0.0
        self.held: OrderedDict[int, float] = OrderedDict()
        self.loads: dict[int, list[float]] = {}
        self.load_s: dict[int, float] = {}
        self.waited_s: dict[int, float] = {}
        self._asked: dict[int, float] = {}
        self._ready: dict[int, float] = {}

    def begin(self, engines: Sequence[Engine]) -> None:
        """These are its engines: where weights are loaded at the beginning, those that have room are there, and others in the host's memory."""
        for engine in engines if self.host.loaded else ():
            number, size = engine.number, engine.replica.weight_bytes
            if sum(self.resident.values()) + size <= self.host.weight_bytes:
                self.resident[number], self._ready[number] = size, 0.0
            if sum(self.held.values()) + size <= self.host.memory_bytes:
                self.held[number] = size
        self.most_bytes = sum(self.resident.values())

    def take(self, engine: Engine, now: float) -> float | None:
        """Make the host the engine's; gives when its weights are there, or None, and queues it, while another engine runs. Who asks again while they come is told the same."""
        if self.owner is not None and self.owner is not engine:
            if engine not in self.waiting:
                self.waiting.append(engine)
                self._asked[engine.number] = now
            return None
        if engine.number in self.resident:
            self.resident.move_to_end(engine.number)
        else:
            self._load(engine, now)
        ready = max(now, self._ready[engine.number])
        if self.owner is None:
            self.owner, self.since = engine, ready
            self.waited_s[engine.number] = self.waited_s.get(engine.number, 0.0) + ready - self._asked.pop(engine.number, now)
        return ready

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

    def _load(self, engine: Engine, now: float) -> None:
        size, number, seconds = engine.replica.weight_bytes, engine.number, self._load_s(engine)
        _put(self.resident, number, size, self.host.weight_bytes)
        _put(self.held, number, size, self.host.memory_bytes)
        self.most_bytes = max(self.most_bytes, sum(self.resident.values()))
        self.loads.setdefault(number, []).append(now)
        self.load_s[number] = self.load_s.get(number, 0.0) + seconds
        self._ready[number] = now + seconds

    def _load_s(self, engine: Engine) -> float:
        """Over the link; from the disk, where the host's memory doesn't hold them, if that is slower."""
        speed = self.host.bandwidth if engine.number in self.held else min(self.host.bandwidth, self.host.disk_bandwidth)
        return self.host.latency_s + engine.replica.weight_bytes / speed


def _put(held: OrderedDict[int, float], number: int, size: float, room: float) -> None:
    """Hold an engine's weights as those used last; others make room. What is larger than the room is held by nobody."""
    held.pop(number, None)
    if size > room:
        return
    while held and sum(held.values()) + size > room:
        held.popitem(last=False)
    held[number] = size
