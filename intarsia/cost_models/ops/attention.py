"""Attention over keys and values, and over latent rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.ops.base import ACTIVATION_BYTES, CACHE_TILE, Number, Op

SCORE_BYTES = 4
"""An indexer's scores, scales and weights are f32."""
STATE_BYTES, DELTA_CHUNK = 4, 64
"""States are f32 (mamba_ssm_dtype of Qwen3.5's config.json); tokens that a chunk of gated DeltaNet has."""


@dataclass(frozen=True)
class Attention(Op):
    """Causal attention of `batch` sequences with `rows` new tokens each, after `context` others in the KV cache.

    Decode: one row. Prefill: more. `window` is the number of keys that a query sees at most, itself included; 0: all.
    """

    batch: Number
    rows: Number
    context: Number
    heads: Number
    kv_heads: Number
    head_dim: Number
    dtype: str = "bf16"
    kv_dtype: str = "bf16"
    window: Number = 0

    @property
    def decode(self) -> bool:
        """Every sequence adds one token."""
        return bool(np.all(np.asarray(self.rows) <= 1))

    @property
    def kind(self) -> tuple[Any, ...]:
        return *super().kind, self.decode

    @property
    def pairs(self) -> Number:
        """(query, key) pairs of one head of one sequence."""
        return seen_pairs(self.rows, self.context, self.window)

    @property
    def kept(self) -> Number:
        """Keys of a sequence that are read at least once."""
        before = np.where(np.asarray(self.window) > 0, np.minimum(self.context, np.maximum(self.window - 1, 0)), self.context)
        return self.rows + before

    @property
    def flops(self) -> Number:
        return 4.0 * self.batch * self.heads * self.head_dim * self.pairs

    @property
    def bytes(self) -> Number:
        return self._moved(self.kept)

    @property
    def cache_bytes(self) -> Number:
        """Each head reads its keys once for every tile of queries; decode reads them once for all heads of a key."""
        again = np.maximum(1.0, np.ceil(self.rows / CACHE_TILE) * np.where(np.asarray(self.rows) <= 1, 1.0, self.heads / self.kv_heads))
        return self._moved(self.kept * again)

    def _moved(self, keys: Number) -> Number:
        queries = 2 * self.rows * self.heads * dtypes.facts(self.dtype).row_bytes
        return self.batch * self.head_dim * (queries + 2 * keys * self.kv_heads * (dtypes.facts(self.kv_dtype).bits / 8))

    @property
    def arithmetic(self) -> str:
        return dtypes.facts(self.dtype).arithmetic


@dataclass(frozen=True)
class LatentAttention(Op):
    """MLA (arXiv 2405.04434, section 2.1): `absorbed` works on the latent rows (decode), else on expanded keys and values (prefill).

    `batch` sequences with `rows` new tokens each, after `context` others. With `chosen`, a query sees so many of these at most, those that an indexer chose:
    it gathers them itself, so that keys are read again for each query.
    """

    batch: Number
    rows: Number
    context: Number
    heads: Number
    kv_rank: Number = 512
    rope_dim: Number = 64
    nope_dim: Number = 128
    v_dim: Number = 128
    kv_dtype: str = "bf16"
    absorbed: bool = False
    chosen: Number = 0

    @property
    def pairs(self) -> Number:
        """(query, key) pairs of one head of one sequence."""
        return seen_pairs(self.rows, self.context, self.chosen)

    @property
    def flops(self) -> Number:
        width = 2 * self.kv_rank + self.rope_dim if self.absorbed else self.nope_dim + self.rope_dim + self.v_dim
        return 2.0 * self.batch * self.heads * width * self.pairs

    @property
    def bytes(self) -> Number:
        if self.absorbed:
            return self._latent_bytes(np.minimum(self.context + self.rows, self.pairs))
        width = self.heads * (self.nope_dim + self.rope_dim + self.v_dim)
        return self.batch * (self.context + 2 * self.rows) * width * ACTIVATION_BYTES

    @property
    def cache_bytes(self) -> Number:
        gathers = self.absorbed & (np.asarray(self.chosen) > 0)
        return np.where(gathers, self._latent_bytes(self.pairs), self.bytes)

    def _latent_bytes(self, keys: Number) -> Number:
        kept = keys * (self.kv_rank + self.rope_dim) * (dtypes.facts(self.kv_dtype).bits / 8)
        return self.batch * (kept + self.rows * self.heads * (2 * self.kv_rank + self.rope_dim) * ACTIVATION_BYTES)


@dataclass(frozen=True)
class IndexScores(Op):
    """Scores of a sparse attention's indexer (DeepSeek-V3.2, arXiv 2512.02556, equation 1): each query's `heads` times the one key of
    every token it may see, weighted and added up.

    `batch` sequences with `rows` new tokens each, after `context` others. Keys and queries are of 8 bits with an f32 scale each,
    scores f32; a query's scales take its heads' weights in.
    """

    batch: Number
    rows: Number
    context: Number
    heads: Number
    head_dim: Number
    dtype: str = "f8"

    @property
    def pairs(self) -> Number:
        """(query, key) pairs of one sequence."""
        return seen_pairs(self.rows, self.context, 0)

    @property
    def flops(self) -> Number:
        return 2.0 * self.batch * self.heads * self.head_dim * self.pairs

    @property
    def bytes(self) -> Number:
        vector = self.head_dim * (dtypes.facts(self.dtype).bits / 8)
        queries = self.rows * self.heads * (vector + SCORE_BYTES)
        return self.batch * (queries + (self.context + self.rows) * (vector + SCORE_BYTES) + self.pairs * SCORE_BYTES)

    @property
    def arithmetic(self) -> str:
        return dtypes.facts(self.dtype).arithmetic


@dataclass(frozen=True)
class DeltaRule(Op):
    """Gated DeltaNet's recurrence (arXiv 2412.06464): each of `v_heads` keeps a state of `k_dim` x `v_dim` in f32, read and written for every sequence.

    `batch` sequences with `rows` new tokens each. One row steps the state; more go in chunks of DELTA_CHUNK tokens, whose states lie in memory between
    two kernels (section 3.3 there, and the kernels of flash-linear-attention).
    """

    batch: Number
    rows: Number
    k_heads: Number
    v_heads: Number
    k_dim: Number
    v_dim: Number

    @property
    def decode(self) -> bool:
        """Every sequence adds one token."""
        return bool(np.all(np.asarray(self.rows) <= 1))

    @property
    def kind(self) -> tuple[Any, ...]:
        return *super().kind, self.decode

    @property
    def state_bytes(self) -> Number:
        """Of one sequence."""
        return self.v_heads * self.k_dim * self.v_dim * STATE_BYTES

    @property
    def flops(self) -> Number:
        """A step decays the state, reads it by the key and by the query, and adds an outer product. A chunk does these three as products, after solving for what its
        own tokens add up to: products of keys, a triangular inverse, its products with keys and values, and queries with keys and with new values."""
        state = self.k_dim * self.v_dim
        chunk = 6 * state + DELTA_CHUNK * (6 * self.k_dim + 4 * self.v_dim + DELTA_CHUNK / 3)
        return self.batch * self.rows * self.v_heads * np.where(np.asarray(self.rows) <= 1, 7.0 * state, chunk)

    @property
    def bytes(self) -> Number:
        moved = self.rows * (2 * self.k_heads * self.k_dim + 2 * self.v_heads * self.v_dim) * ACTIVATION_BYTES
        between = np.where(np.asarray(self.rows) <= 1, 0.0, np.ceil(self.rows / DELTA_CHUNK) * self.state_bytes / STATE_BYTES * ACTIVATION_BYTES)
        return self.batch * (moved + 2 * self.state_bytes + 2 * between)


def seen_pairs(rows: Number, context: Number, window: Number) -> Number:
    """(query, key) pairs of one causal sequence: new token i sees min(context + i + 1, window) keys; a window of 0 is none."""
    cut = np.asarray(window) > 0
    growing = np.clip(np.where(cut, window, np.inf) - context, 0, rows)
    pairs: Number = growing * context + growing * (growing + 1) / 2 + (rows - growing) * np.where(cut, window, 0.0)
    return pairs
