"""Past-Future admission of LightLLM (Gong et al., "Past-Future Scheduler for LLM Serving under SLA Guarantees", ASPLOS 2025, arXiv 2507.10150).

Past: lengths of the answers that ended last; before there are any, half of them are taken to reach the limit. Future: each running request is taken to get as long
as one drawn from those, among the longer ones than it is by now; so the peak of memory to come is known. That is done several times over, as in the authors'
server, and a request is admitted while the highest of the peaks fits. Reserving for the longest answers admits too few; admitting whatever fits now ends in preemptions.

Unlike the paper, a running request's drawn length is kept until it outgrows it, not drawn anew each iteration, so the same state gives the same decision.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.lengths import Lengths
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import admit, fill, is_full, make_room
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import Batch, Request

Lists = NDArray[np.int64]
"""One row a draw, one column a request."""
GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, spread evenly: the quantile at which a request's length is drawn."""
ENDLESS = 1 << 40
"""A length above any limit: what half of the window holds before answers have ended."""
MOST_AHEAD = 256
"""Iterations looked ahead at once."""


@dataclass(frozen=True)
class PastFuture(Policy):
    """Chunked prefill, first come, first served; admits while the peak of memory to come, by the lengths of past answers, fits."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")
    window: int = parameter(200, least=1, tries=(100, 200, 1000), help="answers whose lengths are remembered")
    draws: int = parameter(5, least=1, tries=(1, 5), help="how often lengths are drawn; the highest peak counts")
    reserve: float = parameter(0.05, least=0.0, most=0.9, tries=(0.0, 0.02, 0.05, 0.1, 0.2), help="share of the pages kept free of the peak, for lengths that surprise")
    _past: Lengths = field(init=False, repr=False, compare=False)
    _drawn: dict[int, list[int]] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "_past", Lengths(self.window))
        for _ in range(self.window // 2):
            self._past.add(ENDLESS)

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        active = list(running)
        preempted = make_room(active, kv)
        chunks, budget = fill(active, self.max_batch_tokens)
        admitted = []
        if waiting and not preempted and budget and len(active) < self.max_sequences:
            admitted = admit(self._fitting(waiting, active, kv), self.max_sequences - len(active), budget, kv, chunks)
            self._drawn.update({request.id: self._lengths(request) for request in admitted})
        return Batch(chunks, admitted, preempted)

    def _fitting(self, waiting: deque[Request], active: Sequence[Request], kv: PagePool) -> Iterator[Request]:
        """The oldest requests with which the peak of memory to come still fits; one that would be alone in any case."""
        together = list(active)
        capacity = kv.pages * kv.page_tokens * (1 - self.reserve)
        for request in waiting:
            together.append(request)
            if len(together) > 1 and self._peak(together, kv.page_tokens) > capacity:
                return
            yield request

    def _peak(self, together: Sequence[Request], page_tokens: int) -> float:
        """Most tokens of KV cache at any time to come: just before a request ends, the longest-lived ones have grown by what it had left (section 3.3).

        Half a page for each request stands for the last one, which is not full.
        """
        left, known = self._future(together)
        peaks = np.cumsum(known, axis=1) + np.arange(1, len(together) + 1) * left
        return float(peaks.max()) + len(together) * (page_tokens - 1) / 2

    def _future(self, together: Sequence[Request]) -> tuple[Lists, Lists]:
        """For each draw, what the requests have left and what they hold by now, in tokens, the longest-lived first."""
        generated = np.array([request.generated for request in together])
        left = np.array([self._lengths(request) for request in together]).T - generated
        known = np.array([request.known for request in together])
        order = np.argsort(-left, axis=1, kind="stable")
        return np.take_along_axis(left, order, axis=1), known[order]

    def _lengths(self, request: Request) -> list[int]:
        """Tokens that the request is taken to generate, more than it has by now, in each draw. They are kept once it has been admitted."""
        kept = self._drawn.get(request.id)
        if kept and min(kept) > request.generated:
            return kept
        drawn = [tokens if tokens > request.generated else self._draw(request, place) for place, tokens in enumerate(kept or [0] * self.draws)]
        if kept:
            self._drawn[request.id] = drawn
        return drawn

    def _draw(self, request: Request, place: int) -> int:
        """From past lengths above what it has, at the request's own quantile, which draws spread evenly; its limit, where no answer was that long."""
        limit = max(request.max_tokens, request.generated + 1)
        return min(self._past.above(request.generated, (request.id * GOLDEN + place / self.draws) % 1.0) or limit, limit)

    def moved(self, request: Request) -> None:
        self._drawn.pop(request.id, None)

    def finished(self, request: Request, now: float) -> None:
        self.moved(request)
        if request.generated:
            self._past.add(request.generated)

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """While decodes alone run as long as was drawn for them, the time at which the oldest waiting request fits is known."""
        if not waiting or is_full(batch.chunks, running, self.max_batch_tokens, self.max_sequences):
            return ALWAYS
        if len(batch.chunks) < len(running) or batch.admitted or any(chunk.tokens > 1 or not chunk.last for chunk in batch.chunks):
            return 0
        repeats = min(MOST_AHEAD, min((min(self._lengths(request)) - request.generated for request in running), default=1) - 1)
        repeats = min(repeats, kv.until_commit(batch.chunks)) if waiting[0].prefix else repeats
        return self._stays_out(waiting[0], running, kv, repeats) if repeats > 0 else 0

    def _stays_out(self, candidate: Request, running: Sequence[Request], kv: PagePool, most: int) -> int:
        """For how many of the next `most` iterations of decodes the peak with `candidate` is too high.

        n iterations on, the running requests still peak where they do, and the candidate, which waits meanwhile, meets later parts of their lives.
        """
        left, known = self._future(running)
        alone = np.cumsum(known, axis=1) + np.arange(1, len(running) + 1) * left
        n, more = np.arange(1, most + 1)[None, :, None], (np.array(self._lengths(candidate)) - candidate.generated)[:, None, None]
        later = left[:, None, :] - n
        peaks = (alone[:, None, :] + (later <= more) * (candidate.known + later)).max(axis=2)
        own = ((later >= more) * (known[:, None, :] + n + more)).sum(axis=2) + candidate.known + more[:, :, 0]
        highest = np.maximum(peaks, own).max(axis=0) + (len(running) + 1) * (kv.page_tokens - 1) / 2
        fits = highest <= kv.pages * kv.page_tokens * (1 - self.reserve)
        return int(np.argmax(fits)) if fits.any() else most
