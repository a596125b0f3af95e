"""Chunked prefill, first come, first served: stall-free batching of Sarathi-Serve (Agrawal et al., OSDI 2024, arXiv 2403.02310).

Algorithm 3 of the paper: decodes first, then chunks of prompts fill the token budget, so that no decode waits for a long prompt. Admission and
preemption are those of vLLM (Kwon et al., SOSP 2023, section 4.5: first come, first served; the youngest is preempted by recompute).

Unlike the paper, the budget is a parameter here and not found by profiling (the plan search chooses it), and a preempted request comes back first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import admit, fill, is_full, make_room, until_admitted
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import Batch, Request


@dataclass(frozen=True)
class FcfsChunkedPrefill(Policy):
    """First come, first served; chunks of prompts fill what decodes leave of each iteration."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        active = list(running)
        preempted = make_room(active, kv)
        chunks, budget = fill(active, self.max_batch_tokens)
        admitted = admit(waiting, self.max_sequences - len(active), budget, kv, chunks) if waiting and not preempted else []
        return Batch(chunks, admitted, preempted)

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """Until a request can be admitted: never, unless its pages are all that is missing, and somebody computes blocks that it shares."""
        full = not waiting or is_full(batch.chunks, running, self.max_batch_tokens, self.max_sequences)
        return ALWAYS if full else until_admitted(waiting[0], batch.chunks, kv)
