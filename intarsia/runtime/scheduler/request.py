"""What a policy sees of a request, and what it decides for one iteration. Plain data: no clock, no tensors, no text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(slots=True, eq=False)
class Request:
    """One request. All lengths are in tokens; `arrival` is in seconds of the caller's clock.

    `known` tokens (the prompt and what was generated) have to be in the KV cache before the next one can come out; `computed` of them are.
    A decoding request has one token that is known and not computed; a fresh or preempted one has them all.
    """

    id: int
    prompt: int
    max_tokens: int
    arrival: float = 0.0
    priority: int = 0
    generated: int = 0
    computed: int = 0
    pages: list[int] = field(default_factory=list)
    preemptions: int = 0

    @property
    def known(self) -> int:
        return self.prompt + self.generated

    @property
    def most(self) -> int:
        """Tokens of KV cache it may come to need (the last token generated is never read)."""
        return self.prompt + max(self.max_tokens - 1, 0)


class Chunk(NamedTuple):
    """Tokens [start, start + tokens) of `request` run in this iteration; `last`: they reach its last known token, so the next one comes out."""

    request: Request
    start: int
    tokens: int
    last: bool


class Batch(NamedTuple):
    """One iteration: the chunks to run, the requests that leave the waiting queue, and those that go back to it."""

    chunks: list[Chunk]
    admitted: list[Request]
    preempted: list[Request]
