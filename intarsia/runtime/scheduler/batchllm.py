"""Prefix grouping for throughput (BatchLLM: Zheng et al., 2024, arXiv 2412.03594).

The whole batch is known, so common prefixes are found ahead and not by chance of what is cached: requests that share one are scheduled together,
its KV cache is computed once and can go when the group has ended. Groups with much to decode for what they prefill go first, so that later
prompts find decodes to be mixed with. Admission is by memory: as many as pages hold.

Unlike the paper, sharing has any depth here (its dynamic program cuts the prefix tree to one level): a group is walked in the order of the tree.
Requests wait while another computes the prefix that they share. Output lengths are hints, or the limit. Fused attention kernels are not policy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import admit, fill, is_full, make_room
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import Batch, Request


@dataclass(frozen=True)
class BatchLlm(Policy):
    """Chunked prefill; requests that share a prefix run together, groups with the most decoding for their prefill first."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")
    _order: list[Request] = field(init=False, default_factory=list, repr=False, compare=False)
    _new: list[Request] = field(init=False, default_factory=list, repr=False, compare=False)

    def added(self, request: Request, now: float) -> None:
        self._new.append(request)

    def finished(self, request: Request, now: float) -> None:
        if request in self._order:
            self._order.remove(request)

    def moved(self, request: Request) -> None:
        self.finished(request, 0.0)

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        if self._new or len(self._order) != len(waiting) + len(running):
            self._order[:] = in_groups([*waiting, *running], kv.block_tokens)
            self._new.clear()
        active = list(running)
        preempted = make_room(active, kv)
        chunks, budget = fill(active, self.max_batch_tokens)
        admitted: list[Request] = []
        if waiting and not preempted:
            admitted = admit(self._ready(active, kv), self.max_sequences - len(active), budget, kv, chunks)
        return Batch(chunks, admitted, preempted)

    def _ready(self, active: Sequence[Request], kv: PagePool) -> Iterator[Request]:
        """Waiting requests in order, but none that shares a block which another one computes just now."""
        size = kv.block_tokens
        coming = {name for request in active for name in _to_compute(request, size)}
        for request in self._order:
            if request.pages:
                continue
            if not coming.isdisjoint(request.prefix):
                continue
            yield request
            coming.update(_to_compute(request, size))

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """While nobody can join, which blocks that are computed may change."""
        full = not waiting or is_full(batch.chunks, running, self.max_batch_tokens, self.max_sequences)
        return ALWAYS if full else kv.until_commit(batch.chunks)


def in_groups(requests: Sequence[Request], block_tokens: int) -> list[Request]:
    """Requests in groups that share their first block: the most tokens to generate for each to compute first, each in the order of its prefix tree."""
    groups: dict[Hashable, list[Request]] = {}
    for request in requests:
        groups.setdefault(("shared", request.prefix[0]) if request.prefix else ("alone", request.id), []).append(request)
    ranked = sorted(groups.values(), key=lambda group: (-_decode_share(group, block_tokens), group[0].id))
    return [request for group in ranked for request in sorted(group, key=lambda request: (tuple(request.prefix), request.id))]


def _decode_share(group: Sequence[Request], block_tokens: int) -> float:
    """Tokens that a group is expected to generate for each that it has to compute, shared blocks once."""
    shared = len({name for request in group for name in request.prefix}) * block_tokens
    own = sum(max(0, request.prompt - len(request.prefix) * block_tokens) for request in group)
    return sum(request.hints.output or request.max_tokens for request in group) / max(shared + own, 1)


def _to_compute(request: Request, block_tokens: int) -> Sequence[int]:
    """Names of whole blocks that the request has yet to compute in its prefill, and will share."""
    if request.known - request.computed <= 1:
        return ()
    return request.prefix[request.computed // block_tokens : request.known // block_tokens]
