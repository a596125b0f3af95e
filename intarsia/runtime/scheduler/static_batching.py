"""Request-level batching, as FasterTransformer and Triton served before Orca (the baseline of Yu et al., OSDI 2022, section 2).

A batch is formed when nothing runs; memory for the longest answers is reserved, and the next batch starts when the last request has ended.
Unlike there, a request that has ended computes no padding until the others end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import fill
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import Batch, Request


@dataclass(frozen=True)
class StaticBatching(Policy):
    """One batch after the other: the next starts when the last request of this one has ended."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of a batch")

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        admitted = [] if running else self._form(waiting, kv)
        active = [*running, *admitted]
        prefills = [request for request in active if request.known - request.computed > 1]
        chunks, _ = fill(prefills or active, self.max_batch_tokens)
        return Batch(chunks, admitted, [])

    def _form(self, waiting: deque[Request], kv: PagePool) -> list[Request]:
        """The oldest requests whose longest answers fit the KV cache together."""
        admitted: list[Request] = []
        for request in waiting:
            if len(admitted) == self.max_sequences or kv.needed(max(request.most, request.known)) > kv.free or not kv.admit(request):
                break
            kv.grow(request.pages, request.most)
            admitted.append(request)
        return admitted

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        return ALWAYS
