"""What a policy sees of a request, and what it decides for one iteration. Plain data: no clock, no tensors, no text."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from intarsia.runtime.kv_cache import Block
    from intarsia.runtime.kv_tiers import Move

NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Hints:
    """What may be known of a request beside its lengths; policies that need a hint say so. Times are seconds of the caller's clock.

    `kind`: its class (chat, code, batch...). Goals: time to first token `ttft_s`, time per output token `tpot_s`, and `deadline` for the last token.
    Agent programs: `session` (turns of one share a context), `turn` from 0 on, `turns` in all (0: unknown), when the program began, and when it should end.
    `tool`: what runs after this turn, for about `tool_s` seconds (0: unknown; no tool: the program ends).
    `output`: tokens expected to come out (0: unknown), `output_most`: very likely no more than that. `encode_tokens`: those of images, encoded before the prefill.
    """

    kind: str = ""
    ttft_s: float = NEVER
    tpot_s: float = NEVER
    deadline: float = NEVER
    session: Hashable = ""
    turn: int = 0
    turns: int = 0
    program_arrival: float = 0.0
    program_deadline: float = NEVER
    tool: str = ""
    tool_s: float = 0.0
    output: float = 0.0
    output_most: float = 0.0
    encode_tokens: int = 0


NO_HINTS = Hints()


@dataclass(slots=True, eq=False)
class Request:
    """One request. All lengths are in tokens; `arrival` is in seconds of the caller's clock.

    `known` tokens (the prompt and what was generated) have to be in the KV cache before the next one can come out; `computed` of them are.
    A decoding request has one token that is known and not computed; a fresh or preempted one has them all.
    `prefix`: hashes of its leading blocks, as far as known; `shared`: tokens that needed no computation when it was last admitted.
    `stored` tokens of its KV cache are in `tier` (1, 2...: slower memory; -1: sent here by another device) while it waits. `encoded`: its images are.
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
    prefix: Sequence[int] = ()
    hints: Hints = NO_HINTS
    blocks: list[Block | None] = field(default_factory=list)
    shared: int = 0
    stored: int = 0
    tier: int = 0
    encoded: bool = False

    @property
    def known(self) -> int:
        return self.prompt + self.generated

    @property
    def most(self) -> int:
        """Tokens of KV cache it may come to need (the last token generated is never read)."""
        return self.prompt + max(self.max_tokens - 1, 0)


class Chunk(NamedTuple):
    """Tokens [start, start + tokens) of `request` run in this iteration; `last`: they reach its last known token, so the next one comes out.

    With `groups` above 1 only group `group` of that many equal groups of layers runs (layered prefill); its tokens are computed, and the next
    one comes out, after the last group.
    """

    request: Request
    start: int
    tokens: int
    last: bool
    group: int = 0
    groups: int = 1

    @property
    def ends(self) -> bool:
        """All layers have seen the chunk after this iteration."""
        return self.group + 1 == self.groups


class Batch(NamedTuple):
    """One iteration: the chunks to run, the requests that leave the waiting queue, and those that go back to it.

    `moves` of KV cache between tiers have to be done for it. `until`: the policy wants to be asked again then, even if nothing happens;
    a Batch without chunks waits for that time. `encodes`: requests whose images are encoded in this iteration.
    """

    chunks: list[Chunk]
    admitted: list[Request]
    preempted: list[Request]
    moves: Sequence[Move] = ()
    until: float = NEVER
    encodes: Sequence[Request] = ()
