"""Continuous batching: iteration-level scheduling of Orca (Yu et al., OSDI 2022), in the order of vLLM (Kwon et al., SOSP 2023).

Requests join and leave between iterations. As in vLLM before chunked prefill, an iteration either computes whole prompts or decodes, prompts
first; the youngest request is preempted by recompute when pages run out.

Unlike Orca, which mixes both in one iteration, this never mixes. Unlike vLLM, a prompt longer than an iteration is computed over several (vLLM refuses it).

What is admitted is told by two parameters. By default whatever fits now is, as in vLLM, which keeps 1 % of the pages free (`watermark`). With `promised`, memory for
the longest answers is reserved: 1 as in Orca and TGI; above 1 more is promised than there is, since few answers are that long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import admit, fill, make_room, prefill, until_admitted
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import Batch, Chunk, Request


@dataclass(frozen=True)
class ContinuousBatching(Policy):
    """First come, first served; whole prompts before decodes, never both in one iteration."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")
    watermark: float = parameter(0.0, least=0.0, most=0.5, help="share of the pages that an admission leaves free")
    promised: float = parameter(0.0, least=0.0, help="times the pages that may be reserved for the longest answers; 0: none are")

    cuts = False

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        chunks, admitted = self._prompts(waiting, running, kv)
        if chunks:
            return Batch(chunks, admitted, [])
        active = list(running)
        preempted = make_room(active, kv)
        return Batch(fill(active, self.max_batch_tokens)[0], [], preempted)

    def _prompts(self, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> tuple[list[Chunk], list[Request]]:
        """What is left of a prompt that was begun, else the oldest waiting prompts that fit an iteration together."""
        chunks: list[Chunk] = []
        budget = self.max_batch_tokens
        for request in running:
            if budget and request.known - request.computed > 1:
                budget -= prefill(request, budget, chunks)
        places = self.max_sequences - len(running)
        if not waiting or chunks or places <= 0:
            return chunks, []
        return chunks, admit(self._fitting(waiting, running, kv), places, budget, kv, chunks)

    def _fitting(self, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Iterator[Request]:
        """The oldest requests whose prompts fit an iteration together, and whose pages are there or may be promised; one that would be alone in any case."""
        budget, free = self.max_batch_tokens, kv.free - self.watermark * kv.pages
        promises = sum(kv.needed(request.most) for request in running) if self.promised else 0
        for place, request in enumerate(waiting):
            budget -= request.known
            free -= kv.needed(request.known)
            promises += kv.needed(request.most)
            alone = not place and not running
            if (place and budget < 0) or (not alone and ((self.watermark and free < 0) or (self.promised and promises > self.promised * kv.pages))):
                return
            yield request

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """A long prompt goes on until it is done; decodes go on until a request can be admitted, which only pages or places keep out."""
        if batch.admitted:
            return 0
        if not waiting or len(running) >= self.max_sequences or any(chunk.tokens > 1 for chunk in batch.chunks):
            return ALWAYS
        return until_admitted(waiting[0], batch.chunks, kv)
