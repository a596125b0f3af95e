"""First come, first served, for replicas that only encode images (encode/prefill/decode disaggregation, as in xLLM, 2025, arXiv 2510.14686, section 3.3).

Unlike xLLM, which batches by what a profile of the device says, an iteration takes images up to a number of their tokens, and no request's images are split over iterations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import parameter
from intarsia.runtime.scheduler.policy import Policy
from intarsia.runtime.scheduler.request import Batch, Request


@dataclass(frozen=True)
class EncodeOnly(Policy):
    """Encodes the images of the oldest requests, of as many as `max_image_tokens` allow and one at least."""

    max_image_tokens: int = parameter(8192, least=1, help="image tokens of an iteration")

    needs = frozenset({"encode"})

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        chosen: list[Request] = []
        left = self.max_image_tokens
        for request in waiting:
            left -= request.hints.encode_tokens
            if chosen and left < 0:
                break
            chosen.append(request)
        return Batch([], chosen, [], encodes=chosen)
