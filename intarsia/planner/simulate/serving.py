"""What serves: replicas of engines in pools, as frozen facts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import InputError

PAGE_TOKENS = 16


@dataclass(frozen=True)
class Tier:
    """Slower memory for KV caches: room for `tokens` tokens, and the bytes/s at which they are copied each way (all devices of the replica together)."""

    tokens: int
    bandwidth: float
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        if self.tokens < 0 or not self.bandwidth > 0:
            raise InputError(f"a tier needs a bandwidth above zero, and room for zero tokens or more, found {self.bandwidth} and {self.tokens}")


@dataclass(frozen=True)
class Replica:
    """One engine: steps as `table` prices them, `kv_tokens` tokens of KV cache in each attention group, and its scheduling policy by name, with parameters.

    `kv_token_bytes`: bytes of a token's KV cache, all devices together; needed with tiers and links. `tiers`: slower memory, fastest first; with `overlap`, copies run
    beside the step that needs them, else before it. `image_s`, `image_token_s`: seconds to encode a batch of images, and for each of their tokens. `usd_per_h`: all devices.
    """

    table: StepTable
    kv_tokens: int
    policy: str = "fcfs_chunked_prefill"
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"max_batch_tokens": 8192, "max_sequences": 256})
    page_tokens: int = PAGE_TOKENS
    kv_token_bytes: float = 0.0
    tiers: tuple[Tier, ...] = ()
    overlap: bool = False
    image_s: float = 0.0
    image_token_s: float = 0.0
    usd_per_h: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        if self.kv_tokens < self.page_tokens or self.page_tokens < 1:
            raise InputError(f"a KV cache of {self.kv_tokens} tokens holds no page of {self.page_tokens}", mend="use more memory or smaller pages")
        if self.tiers and not self.kv_token_bytes > 0:
            raise InputError("tiers need kv_token_bytes, the size of a token's KV cache")

    @property
    def pages(self) -> int:
        return self.kv_tokens // self.page_tokens

    def tier_pages(self) -> list[int]:
        return [tier.tokens // self.page_tokens for tier in self.tiers]

    def block_tokens(self, wanted: int) -> int:
        """Tokens of a shared block: what the load's hashes name, in whole pages."""
        return math.lcm(wanted, self.page_tokens) if wanted else 0
