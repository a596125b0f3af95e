"""First come, first served, with continuous batching and chunked prefill.

After vLLM's scheduler (Kwon et al., SOSP 2023, section 4.5: FCFS, all-or-nothing preemption by recompute of the youngest) and
Sarathi-Serve (Agrawal et al., OSDI 2024, algorithm 3: decodes first, prefill chunks fill the token budget).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.policy import ALWAYS, Policy, parameter
from intarsia.runtime.scheduler.request import Batch, Chunk, Request


@dataclass(frozen=True)
class FcfsChunkedPrefill(Policy):
    """At most `max_batch_tokens` tokens and `max_sequences` sequences an iteration."""

    max_batch_tokens: int = parameter(least=1, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, help="sequences of an iteration")

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        active = list(running)
        preempted = make_room(active, kv)
        chunks, budget = fill(active, self.max_batch_tokens)
        admitted: list[Request] = []
        if waiting and not preempted:
            self._admit(waiting, len(active), budget, kv, chunks, admitted)
        return Batch(chunks, admitted, preempted)

    def _admit(self, waiting: deque[Request], active: int, budget: int, kv: PagePool, chunks: list[Chunk], admitted: list[Request]) -> None:
        """The oldest waiting requests, while budget, places and pages for all their known tokens last."""
        for request in waiting:
            if not budget or active + len(admitted) >= self.max_sequences or not kv.admit(request):
                return
            admitted.append(request)
            budget -= prefill(request, budget, chunks)

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """Until a request can be admitted: never, unless its pages are all that is missing, and somebody computes blocks that it shares."""
        full = not waiting or len(running) >= self.max_sequences or sum(chunk.tokens for chunk in batch.chunks) >= self.max_batch_tokens
        return ALWAYS if full or not waiting[0].prefix else kv.until_commit(batch.chunks)


def fill(active: Sequence[Request], budget: int) -> tuple[list[Chunk], int]:
    """Chunks of the running requests, decodes first, and the token budget that is left."""
    chunks: list[Chunk] = []
    prefills: list[Request] = []
    for request in active:
        computed = request.computed
        if request.prompt + request.generated - computed > 1:
            prefills.append(request)
        elif budget:
            chunks.append(Chunk(request, computed, 1, True))
            budget -= 1
    for request in prefills:
        if not budget:
            break
        budget -= prefill(request, budget, chunks)
    return chunks, budget


def make_room(active: list[Request], kv: PagePool) -> list[Request]:
    """Pages for every known token of the active requests, oldest first; the youngest are evicted (and leave `active`) until that fits."""
    preempted: list[Request] = []
    place, size = 0, kv.page_tokens
    while place < len(active):
        request = active[place]
        tokens = request.prompt + request.generated
        if tokens <= len(request.pages) * size or kv.grow(request.pages, tokens):
            place += 1
            continue
        victim = active.pop()
        kv.evict(victim)
        preempted.append(victim)
    return preempted


def prefill(request: Request, budget: int, chunks: list[Chunk]) -> int:
    """Append the chunk of `request` that fits `budget`; gives its size."""
    missing = request.known - request.computed
    tokens = min(missing, budget)
    chunks.append(Chunk(request, request.computed, tokens, tokens == missing))
    return tokens
