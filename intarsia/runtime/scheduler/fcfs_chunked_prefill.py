"""First come, first served, with continuous batching and chunked prefill.

After vLLM's scheduler (Kwon et al., SOSP 2023, section 4.5: FCFS, all-or-nothing preemption by recompute of the youngest) and
Sarathi-Serve (Agrawal et al., OSDI 2024, algorithm 3: decodes first, prefill chunks fill the token budget).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.policy import evict
from intarsia.runtime.scheduler.request import Batch, Chunk, Request


@dataclass(frozen=True)
class FcfsChunkedPrefill:
    """At most `max_batch_tokens` tokens and `max_sequences` sequences an iteration."""

    max_batch_tokens: int
    max_sequences: int

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        active = list(running)
        preempted = _make_room(active, kv)
        chunks, budget = self._fill(active)
        admitted: list[Request] = []
        if not preempted:
            self._admit(waiting, len(active), budget, kv, chunks, admitted)
        return Batch(chunks, admitted, preempted)

    def _fill(self, active: list[Request]) -> tuple[list[Chunk], int]:
        """Chunks of the running requests, decodes first, and the token budget that is left."""
        budget = self.max_batch_tokens
        chunks: list[Chunk] = []
        prefills: list[Request] = []
        for request in active:
            if request.known - request.computed > 1:
                prefills.append(request)
            elif budget:
                chunks.append(Chunk(request, request.computed, 1, True))
                budget -= 1
        for request in prefills:
            if not budget:
                break
            budget -= _prefill(request, budget, chunks)
        return chunks, budget

    def _admit(self, waiting: deque[Request], active: int, budget: int, kv: PagePool, chunks: list[Chunk], admitted: list[Request]) -> None:
        """The oldest waiting requests, while budget, places and pages for all their known tokens last."""
        for request in waiting:
            if not budget or active + len(admitted) >= self.max_sequences or not kv.grow(request.pages, request.known):
                return
            admitted.append(request)
            budget -= _prefill(request, budget, chunks)


def _make_room(active: list[Request], kv: PagePool) -> list[Request]:
    """Pages for every known token of the active requests, oldest first; the youngest are evicted (and leave `active`) until that fits."""
    preempted: list[Request] = []
    place = 0
    while place < len(active):
        request = active[place]
        if kv.grow(request.pages, request.known):
            place += 1
            continue
        victim = active.pop()
        evict(victim, kv)
        preempted.append(victim)
    return preempted


def _prefill(request: Request, budget: int, chunks: list[Chunk]) -> int:
    """Append the chunk of `request` that fits `budget`; gives its size."""
    missing = request.known - request.computed
    tokens = min(missing, budget)
    chunks.append(Chunk(request, request.computed, tokens, tokens == missing))
    return tokens
