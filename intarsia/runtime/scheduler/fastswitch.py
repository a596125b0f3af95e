"""Fair preemption with switch cost (FastSwitch: Shen et al., 2024, arXiv 2411.18424).

Fairness needs preemptions, and each one moves a KV cache out and in. Clients are ordered by the service that they have had, as in VTC (Sheng et
al., "Fairness in Serving Large Language Models", OSDI 2024): a token of a prompt counts `input_weight`, a generated one `output_weight`, and a
client that comes back starts no lower than the others. Every `period_s` the order is made anew; a running request is only swapped out for one
whose client is behind by more than `lead_tokens` and what the switch moves. KV that was fetched keeps its copy in the slower tier, so a later
switch moves the new tokens alone.

FastSwitch takes its priorities from a trace; here they are `Request.priority` (higher first), then VTC's counters. Its block groups and swapping
threads make transfers large and asynchronous: that is a matter of the driver, or of the simulator's transfer times. A client is the request's
class (`Hints.kind`), else its session. Where there is no slower tier, a preempted request is computed again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import admit, best_first, fill, is_full, make_room, swap_or_evict, until_admitted
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import NEVER, Batch, Request


@dataclass
class Service:
    """Weighted tokens that clients have had, and that requests were charged for; how many requests of a client are here; when to decide next."""

    had: dict[Hashable, float] = field(default_factory=dict)
    charged: dict[int, float] = field(default_factory=dict)
    here: dict[Hashable, int] = field(default_factory=dict)
    next: float = -math.inf

    def joins(self, client: Hashable) -> None:
        """One more request of a client; one that had none takes no credit along for the time that it was away."""
        if not self.here.get(client):
            others = [self.had[other] for other, count in self.here.items() if count]
            self.had[client] = max(self.had.get(client, 0.0), min(others, default=0.0))
        self.here[client] = self.here.get(client, 0) + 1


@dataclass(frozen=True)
class FastSwitch(Policy):
    """Chunked prefill; the client with the least service first, by preemptions that pay and swaps that reuse copies."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")
    period_s: float = parameter(1.0, least=0.0, tries=(0.25, 0.5, 1.0, 2.0), help="seconds between decisions on who runs")
    input_weight: float = parameter(1.0, least=0.0, help="service that a prompt token counts")
    output_weight: float = parameter(2.0, least=0.0, help="service that a generated token counts")
    lead_tokens: float = parameter(500.0, least=0.0, tries=(100.0, 500.0, 2500.0), help="service by which a client must be behind before a running request makes way for it")
    switch_weight: float = parameter(0.5, least=0.0, tries=(0.0, 0.5, 1.0), help="service that each token moved by a switch counts")
    reuse: bool = parameter(True, help="keep the copy of fetched KV in its tier, so that the next switch moves less")
    _service: Service = field(init=False, default_factory=Service, repr=False, compare=False)

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        kv.tiers.keep_copies = self.reuse
        preempted: list[Request] = []
        active = sorted(running, key=self._rank)
        if waiting and now >= self._service.next:
            active, preempted = self._decide(waiting, running, kv)
            self._service.next = now + self.period_s
        short = make_room(active, kv, swap_or_evict(kv))
        chunks, budget = fill(active, self.max_batch_tokens)
        admitted: list[Request] = []
        if waiting and not short:
            admitted = admit(best_first(waiting, self._rank), self.max_sequences - len(active), budget, kv, chunks)
        return Batch(chunks, admitted, preempted + short, until=self._service.next if waiting else NEVER)

    def _decide(self, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> tuple[list[Request], list[Request]]:
        """Who goes on running, and who makes way: requests in order of service had take places and pages, as long as there are any."""
        for request in running:
            self._charge(request)
        here = set(map(id, running))
        ranked = best_first([*running, *waiting], lambda request: self._rank(request, id(request) in here))
        active: list[Request] = []
        places, pages = self.max_sequences, kv.pages
        for request in ranked:
            if places and (needed := kv.needed(request.known)) <= pages:
                places, pages = places - 1, pages - needed
                if id(request) in here:
                    active.append(request)
        kept = set(map(id, active))
        preempted = [request for request in running if id(request) not in kept]
        for request in preempted:
            swap_or_evict(kv)(request)
        return active, preempted

    def _rank(self, request: Request, runs: bool = False) -> tuple[int, float, float, int]:
        """Least comes first; a running request is ahead by the lead and by what switching it moves."""
        ahead = self.lead_tokens + self.switch_weight * request.computed if runs else 0.0
        return -request.priority, self._service.had[client_of(request)] - ahead, request.arrival, request.id

    def added(self, request: Request, now: float) -> None:
        self._service.joins(client_of(request))
        self._service.charged[request.id] = 0.0

    def finished(self, request: Request, now: float) -> None:
        if request.id in self._service.charged:
            self._charge(request)
            del self._service.charged[request.id]
            self._service.here[client_of(request)] -= 1

    def moved(self, request: Request) -> None:
        self.finished(request, 0.0)

    def _charge(self, request: Request) -> None:
        """Service since the last time that it was charged. What is computed again after a preemption was charged before."""
        service = self.input_weight * min(request.computed, request.prompt) + self.output_weight * request.generated
        if (more := service - self._service.charged[request.id]) > 0:
            self._service.had[client_of(request)] += more
            self._service.charged[request.id] = service

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """Until the next decision on who runs, or until the first in line can be admitted."""
        if batch.admitted:
            return 0
        full = not waiting or is_full(batch.chunks, running, self.max_batch_tokens, self.max_sequences)
        return ALWAYS if full else until_admitted(next(best_first(waiting, self._rank)), batch.chunks, kv)


def client_of(request: Request) -> Hashable:
    """Whom a request's service is charged to."""
    return request.hints.kind or request.hints.session
