"""Pieces that policies are made of: pages for what runs, chunks within a budget, admission in an order, and how long that stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop
from typing import Any

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.policy import ALWAYS
from intarsia.runtime.scheduler.request import Chunk, Request


def make_room(active: list[Request], kv: PagePool, preempt: Callable[[Request], object] | None = None) -> list[Request]:
    """Pages for every known token of the active requests, first to last; the last leave `active` until that fits.

    By default they are evicted, and computed again later; `preempt` may swap them out instead.
    """
    size = kv.page_tokens
    for place, request in enumerate(active):
        tokens = request.prompt + request.generated
        if tokens > len(request.pages) * size and not kv.grow(request.pages, tokens):
            return _preempted(active, place, kv, preempt or kv.evict)
    return []


def _preempted(active: list[Request], place: int, kv: PagePool, preempt: Callable[[Request], object]) -> list[Request]:
    """What leaves `active` so that the requests from `place` on find pages, as many as can stay."""
    preempted: list[Request] = []
    while place < len(active):
        request = active[place]
        if kv.grow(request.pages, request.known):
            place += 1
            continue
        victim = active.pop()
        preempt(victim)
        preempted.append(victim)
    return preempted


def fill(active: Sequence[Request], budget: int) -> tuple[list[Chunk], int]:
    """Chunks of the active requests, decodes first, and the token budget that is left."""
    chunks: list[Chunk] = []
    prefills: list[Request] = []
    new = tuple.__new__  # Chunk(...) at half its price: this is the simulator's innermost loop in Python
    for request in active:
        computed = request.computed
        if request.prompt + request.generated - computed > 1:
            prefills.append(request)
        elif budget:
            chunks.append(new(Chunk, (request, computed, 1, True, 0, 1)))
            budget -= 1
    for request in prefills:
        if not budget:
            break
        budget -= prefill(request, budget, chunks)
    return chunks, budget


def prefill(request: Request, budget: int, chunks: list[Chunk]) -> int:
    """Append the chunk of `request` that fits `budget`; gives its size."""
    missing = request.known - request.computed
    tokens = min(missing, budget)
    chunks.append(Chunk(request, request.computed, tokens, tokens == missing))
    return tokens


def admit(candidates: Iterable[Request], places: int, budget: int, kv: PagePool, chunks: list[Chunk]) -> list[Request]:
    """The first candidates, with their chunks, while places, budget, and pages for all their known tokens last."""
    admitted: list[Request] = []
    if places <= 0 or not budget:
        return admitted
    for request in candidates:
        if not kv.admit(request):
            break
        admitted.append(request)
        budget -= prefill(request, budget, chunks)
        if not budget or len(admitted) == places:
            break
    return admitted


def swap_or_evict(kv: PagePool) -> Callable[[Request], object]:
    """Preempts a request by swapping it out where a tier has room, else by recompute."""

    def preempt(request: Request) -> None:
        if not kv.swap_out(request):
            kv.evict(request)

    return preempt


def best_first(requests: Iterable[Request], key: Callable[[Request], Any]) -> Iterator[Request]:
    """Requests by rising key (then by arrival and number), sorted no further than they are asked for."""
    heap = [(key(request), request.arrival, request.id, place, request) for place, request in enumerate(requests)]
    heapify(heap)
    while heap:
        yield heappop(heap)[-1]


def is_full(chunks: Sequence[Chunk], running: Sequence[Request], most_tokens: int, most_sequences: int) -> bool:
    """No place or no budget is left for another request."""
    return len(running) >= most_sequences or sum(chunk.tokens for chunk in chunks) >= most_tokens


def until_admitted(candidate: Request | None, chunks: Sequence[Chunk], kv: PagePool) -> int:
    """Iterations for which a request stays out that pages lacked for: for ever, unless somebody computes blocks that it shares."""
    return ALWAYS if candidate is None or not candidate.prefix else kv.until_commit(chunks)
