"""Dynamic SplitFuse of DeepSpeed-FastGen (Holmes et al., 2024, arXiv 2401.08671, section 3.3).

Every iteration has the same number of tokens: long prompts are split over iterations, short prompts are fused, and even they are cut where that
makes the target exact. So pages are taken chunk by chunk, not prompt by prompt: a prompt starts with whatever memory there is.

Unlike FastGen, decodes that need a page take it from the youngest request (preemption by recompute) as soon as none is free; FastGen gives a
request back only when nothing at all can be scheduled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import is_full, until_admitted
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import Batch, Chunk, Request


@dataclass(frozen=True)
class DynamicSplitFuse(Policy):
    """First come, first served; every iteration filled exactly to its token target, with pages taken chunk by chunk."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration: the target that is met exactly while prompts last")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        active = list(running)
        preempted: list[Request] = []
        chunks, budget = self._compose(active, kv, preempted)
        admitted: list[Request] = []
        if not preempted:
            for request in waiting:
                if not budget or len(active) + len(admitted) >= self.max_sequences or not kv.admit(request, 1):
                    break
                admitted.append(request)
                budget -= _piece(request, budget, kv, chunks)
        return Batch(chunks, admitted, preempted)

    def _compose(self, active: list[Request], kv: PagePool, preempted: list[Request]) -> tuple[list[Chunk], int]:
        """Decodes, then pieces of prompts, oldest first. The youngest is given up where a decode lacks a page, or nothing could run."""
        chunks: list[Chunk] = []
        budget, place = self.max_batch_tokens, 0
        while place < len(active):
            request = active[place]
            if request.known - request.computed > 1 or not budget:
                place += 1
            elif kv.grow(request.pages, request.known):
                chunks.append(Chunk(request, request.computed, 1, True))
                budget -= 1
                place += 1
            else:
                _give_up(active, kv, preempted)
        while True:
            for request in active:
                if budget and request.known - request.computed > 1:
                    budget -= _piece(request, budget, kv, chunks)
            if chunks or len(active) < 2:
                return chunks, budget
            _give_up(active, kv, preempted)

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """While the target is met, or decodes alone run and nobody can join them."""
        chunks = batch.chunks
        if sum(chunk.tokens for chunk in chunks) >= self.max_batch_tokens:
            return ALWAYS
        if len(chunks) < len(running) or any(not chunk.last for chunk in chunks):
            return 0
        full = not waiting or is_full(chunks, running, self.max_batch_tokens, self.max_sequences)
        return ALWAYS if full else until_admitted(waiting[0], chunks, kv)


def _piece(request: Request, budget: int, kv: PagePool, chunks: list[Chunk]) -> int:
    """A chunk of what fits the budget and the free pages; gives its size, which may be 0."""
    missing = request.known - request.computed
    room = (len(request.pages) + kv.free) * kv.page_tokens - request.computed
    tokens = min(missing, budget, room)
    if tokens > 0:
        kv.grow(request.pages, request.computed + tokens)
        chunks.append(Chunk(request, request.computed, tokens, tokens == missing))
    return max(tokens, 0)


def _give_up(active: list[Request], kv: PagePool, preempted: list[Request]) -> None:
    victim = active.pop()
    kv.evict(victim)
    preempted.append(victim)
