"""Rescheduling by live migration (Llumnix: Sun et al., OSDI 2024, arXiv 2406.03243, sections 4.4 and 5).

A replica's freeness is the number of iterations for which its memory suffices: (pages - virtual usage) / running requests. Virtual usage is what
requests hold; the first in the queue counts all that it needs, so a replica where one waits has none to spare; requests of high priority count a
headroom that keeps others away. New requests go where most is free. Requests move from replicas that are short to those with room, which undoes
fragmentation (a queue on one replica while others have memory), evens load out, and keeps room for priorities.

Unlike the paper, one request a pair moves in each period, instead of as many as the states last for; new requests are routed by all that waits,
not by the first alone; the number of replicas is the planner's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from intarsia.runtime.scheduler.cluster import DECODE, Looks, Migration, Replica
from intarsia.runtime.scheduler.parameters import Checked, parameter
from intarsia.runtime.scheduler.request import Request


@dataclass(frozen=True)
class Llumnix(Checked):
    """Routes to the replica with the most memory for each running request, and moves running requests from short replicas to free ones."""

    period_s: float = parameter(0.5, least=0.0, help="seconds between decisions on migrations")
    source_below: float = parameter(10.0, help="freeness, in iterations, below which a replica gives requests away")
    target_above: float = parameter(60.0, help="freeness, in iterations, above which a replica takes some")
    headroom_tokens: int = parameter(0, least=0, help="tokens kept free beside running requests of high priority")
    looks: ClassVar[Looks] = "all"

    def route(self, request: Request, replicas: Sequence[Replica], now: float) -> int:
        """The freest replica, by all that waits there."""
        return max(replicas, key=lambda replica: (self.freeness(replica, queue=True), -replica.number)).number

    def migrate(self, replicas: Sequence[Replica], now: float) -> list[Migration]:
        """The shortest replica is paired with the freest, and so on; each pair moves one request."""
        ranked = sorted((replica for replica in replicas if DECODE in replica.stages), key=self.freeness)
        sources = [replica for replica in ranked if self.freeness(replica) < self.source_below]
        targets = [replica for replica in reversed(ranked) if self.freeness(replica) > self.target_above]
        found: list[Migration] = []
        for source, target in zip(sources, targets, strict=False):
            if (request := _to_move(source, target)) is not None:
                found.append(Migration(request, source.number, target.number))
        return found

    def freeness(self, replica: Replica, *, queue: bool = False) -> float:
        """Iterations for which memory suffices, if each running request takes a token of it in each. Of those that wait the first one counts, or all."""
        scheduler = replica.scheduler
        kv = scheduler.kv
        tokens = kv.free * kv.page_tokens
        for request in scheduler.waiting:
            tokens -= kv.needed(request.known) * kv.page_tokens
            if not queue:
                break
        if any(request.priority > 0 for request in scheduler.running):
            tokens -= self.headroom_tokens
        return tokens / max(len(scheduler.running), 1)


def _to_move(source: Replica, target: Replica) -> Request | None:
    """A decoding request that fits there: of the lowest priority, the shortest of those (it is copied soonest)."""
    kv = target.scheduler.kv
    fitting = [request for request in source.scheduler.running if request.known - request.computed == 1 and kv.needed(request.known) < kv.free]
    return min(fitting, key=lambda request: (request.priority, request.known), default=None)
