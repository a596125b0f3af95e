"""Layered prefill ("From Tokens to Layers: Redefining Stall-Free Scheduling for LLM Serving with Layered Prefill", 2025, arXiv 2510.08055).

The model is cut into groups of layers. A prompt goes through one group an iteration, whole, while decodes go through all of them: an iteration
has as much prefill work as a chunk would, but each layer reads its (expert) weights once for the prompt, not once for every chunk.

A prompt of n tokens takes ceil(n / group_tokens) groups, as in the paper; short prompts go together up to `group_tokens`. Unlike the paper, a
prompt longer than `most_groups` iterations hold is cut into several such passes.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import fill, is_full, make_room, until_admitted
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import Batch, Chunk, Request

MOST_GROUPS = 16


@dataclass
class Pass:
    """Prompts that go through the layers together: (request, first token, tokens), and the group of layers that is next."""

    parts: list[tuple[Request, int, int]]
    groups: int
    group: int = 0

    def keep(self, active: Sequence[Request]) -> None:
        """Forget those that were preempted or cancelled."""
        self.parts = [part for part in self.parts if any(request is part[0] for request in active)]

    def next_chunks(self) -> list[Chunk]:
        chunks = [Chunk(request, start, tokens, start + tokens == request.known, self.group, self.groups) for request, start, tokens in self.parts]
        self.group += 1
        return chunks


@dataclass(frozen=True)
class LayeredPrefill(Policy):
    """First come, first served; a prompt goes through one group of layers an iteration, beside decodes through all of them."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration; a token of a prompt counts as the share of the layers that it goes through")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")
    group_tokens: int = parameter(512, least=1, tries=(256, 512, 1024, 2048), help="prompt tokens for each group of layers: as many iterations as chunks of that size would take")
    most_groups: int = parameter(MOST_GROUPS, least=1, tries=(8, 16, 32), help="groups that the layers can be cut in at most")
    _passes: list[Pass] = field(init=False, default_factory=list, repr=False, compare=False)

    needs = frozenset({"layers"})

    @classmethod
    def together(cls, told: Mapping[str, Any]) -> int:
        """Decodes beside the longest pass: each group of layers sees all of its prompts at once."""
        return int(told["max_batch_tokens"]) * (1 + int(told.get("most_groups", MOST_GROUPS)))

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        active = list(running)
        preempted = make_room(active, kv)
        for each in self._passes:
            each.keep(active)
        self._passes[:] = [each for each in self._passes if each.parts and each.group < each.groups]
        passing = {request.id for each in self._passes for request, _, _ in each.parts}
        chunks, budget = fill([request for request in active if request.known - request.computed == 1 and request.id not in passing], self.max_batch_tokens)
        admitted: list[Request] = []
        if not self._passes and budget and not preempted:
            admitted = self._begin(active, waiting, budget, kv)
        for each in self._passes:
            chunks += each.next_chunks()
        return Batch(chunks, admitted, preempted)

    def _begin(self, active: Sequence[Request], waiting: deque[Request], budget: int, kv: PagePool) -> list[Request]:
        """Start a pass: one long prompt, or short ones together; first those that were begun, then the oldest waiting."""
        parts: list[tuple[Request, int, int]] = []
        admitted: list[Request] = []
        most, tokens = self.most_groups * budget, 0
        begun = [request for request in active if request.known - request.computed > 1]
        for request in chain(begun, waiting):
            fresh = not request.pages
            if tokens and (tokens >= self.group_tokens or tokens + request.known - request.computed > min(self.group_tokens, most)):
                break
            if fresh and (len(active) + len(admitted) >= self.max_sequences or not kv.admit(request)):
                break
            part = min(request.known - request.computed, most - tokens)
            parts.append((request, request.computed, part))
            admitted += [request] * fresh
            tokens += part
        if parts:
            self._passes.append(Pass(parts, max(math.ceil(tokens / budget), min(self.most_groups, math.ceil(tokens / self.group_tokens)))))
        return admitted

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """While decodes alone run, until a request can be admitted."""
        if self._passes or len(batch.chunks) < len(running):
            return 0
        full = not waiting or is_full(batch.chunks, running, self.max_batch_tokens, self.max_sequences)
        return ALWAYS if full else until_admitted(waiting[0], batch.chunks, kv)
