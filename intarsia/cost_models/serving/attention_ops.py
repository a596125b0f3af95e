"""Attention of one step of a served model, as typed operators: grouped heads, a state (gated DeltaNet), or latent rows (MLA), which may be sparse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from intarsia.cost_models.dtypes import DTYPES
from intarsia.cost_models.ops import ACTIVATION_BYTES, Attention, BatchedGemm, Collective, DeltaRule, Elementwise, Gemm, IndexScores, LatentAttention, Number
from intarsia.cost_models.serving.shapes import LOGIT_BYTES, Chunk, Launch, Part, Precision

INDEX_PASSES = 3
"""Of an indexer's queries and key: the key's norm and positions, a Hadamard transform, and 8 bits with their scales (its published code, DeepSeek-V3.2-Exp inference/model.py)."""
CHOICE_PASSES = 2
"""The top scores by radix: a histogram of their leading bits, then those above its threshold."""
SPARSE_HEADS = 64
"""Kernels of sparse prefill multiply tiles of so many heads, however few a device has (FlashMLA: rows of one warp group's product)."""


def attention(p: Part) -> Iterator[Launch]:
    """Every operator of all layers' attention, from the rows that come in to their sum over devices."""
    yield from _latent(p) if p.config.kv_lora_rank else _grouped(p)
    yield from _linear(p)
    yield from all_reduce("attention_all_reduce", p.config.layers, p.rows * p.config.hidden, p.plan.tp)


def _grouped(p: Part) -> Iterator[Launch]:
    c, dtype = p.config, p.precision.attention_weights
    q, kv, layers = p.heads * c.head_dim, p.kv_heads * c.head_dim, c.layers - c.linear_layers
    yield Launch("qkv", layers, Gemm(p.rows, q * (1 + c.output_gate) + 2 * kv, c.hidden, dtype))
    yield Launch("rope_and_cache", layers, Elementwise(p.rows * (2 * (q + kv) * ACTIVATION_BYTES + 2 * kv * (ACTIVATION_BYTES + _kv_bytes(p.precision)))))
    yield from _query_norms(p, q, kv)
    windows = [c.window(layer) for layer in range(c.layers) if not c.is_linear(layer)]
    for window in sorted(set(windows)):
        count = windows.count(window)
        for chunk in p.step.prefill:
            yield Launch("attention", count, _heads(p, chunk.sequences, chunk.tokens, chunk.context, window))
        for batch in p.step.decode:
            yield Launch("attention", count, _heads(p, batch.sequences, 1, batch.context - 1, window, batch.rows))
    if c.output_gate:
        yield Launch("output_gate", layers, Elementwise(3 * p.rows * q * ACTIVATION_BYTES))
    yield Launch("attention_output", layers, Gemm(p.rows, c.hidden, q, dtype))


def _query_norms(p: Part, q: int, kv: int) -> Iterator[Launch]:
    """Norms of queries and of keys. One over the whole width needs the squares that other devices summed, so it takes two passes."""
    if not p.config.qk_norm:
        return
    shared = p.config.wide_qk_norm and p.plan.tp > 1
    yield Launch("query_norms", (4 if shared else 2) * (p.config.layers - p.config.linear_layers), Elementwise(p.rows * (q + kv) * ACTIVATION_BYTES))
    if shared:
        yield Launch("query_norms_all_reduce", 2 * p.config.layers, Collective("all_reduce", p.rows * LOGIT_BYTES, p.plan.tp))


def _linear(p: Part) -> Iterator[Launch]:
    """Layers with a state (gated DeltaNet, arXiv 2412.06464): a convolution over the last tokens of each column, the recurrence, a gated norm of each head."""
    c, dtype, tp = p.config, p.precision.attention_weights, p.plan.tp
    if not c.linear_layers:
        return
    width, values, layers = c.linear_width // tp, c.linear_v_heads * c.linear_v_dim // tp, c.linear_layers
    yield Launch("linear_input", layers, Gemm(p.rows, width + values, c.hidden, dtype))
    yield Launch("linear_gates", layers, Gemm(p.rows, 2 * c.linear_v_heads // tp, c.hidden))
    parts = [*((chunk.sequences, chunk.tokens) for chunk in p.step.prefill), *((batch.sequences * batch.rows, 1) for batch in p.step.decode)]
    for sequences, tokens in parts:
        yield Launch("linear_convolution", layers, Elementwise(2 * sequences * (tokens + c.linear_conv - 1) * width * ACTIVATION_BYTES))
        yield Launch("delta_rule", layers, DeltaRule(sequences, tokens, max(1, c.linear_k_heads // tp), c.linear_v_heads // tp, c.linear_k_dim, c.linear_v_dim))
    yield Launch("linear_norm", layers, Elementwise(3 * p.rows * values * ACTIVATION_BYTES))
    yield Launch("linear_output", layers, Gemm(p.rows, c.hidden, values, dtype))


def _heads(p: Part, sequences: Number, tokens: Number, context: Number, window: int, rows: float = 1.0) -> Attention:
    """Drafted `rows` of a sequence read its keys together, as further heads of them."""
    return Attention(sequences, tokens, np.maximum(context, 0), p.heads * rows, p.kv_heads, p.config.head_dim, kv_dtype=p.precision.kv, window=window)


def _kv_bytes(precision: Precision) -> float:
    return DTYPES[precision.kv].bits / 8


def _latent(p: Part) -> Iterator[Launch]:
    """MLA: the low-rank projections are whole on every device, the heads are shared out."""
    c, dtype = p.config, p.precision.attention_weights
    q_width, latent = p.heads * (c.qk_nope_head_dim + c.qk_rope_head_dim), c.kv_lora_rank + c.qk_rope_head_dim
    yield Launch("latent_down", c.layers, Gemm(p.rows, c.q_lora_rank + latent + c.index_dim + c.index_heads, c.hidden, dtype))
    yield Launch("latent_norms", 2 * c.layers, Elementwise(p.rows * (c.q_lora_rank + latent) * ACTIVATION_BYTES))
    yield Launch("q_up", c.layers, Gemm(p.rows, q_width, c.q_lora_rank or c.hidden, dtype))
    yield Launch("rope_and_cache", c.layers, Elementwise(p.rows * (2 * (c.q_lora_rank + latent) * ACTIVATION_BYTES + latent * _kv_bytes(p.precision))))
    yield from _indexer(p)
    yield from _latent_prefill(p)
    yield from _latent_decode(p)
    yield Launch("attention_output", c.layers, Gemm(p.rows, c.hidden, p.heads * c.v_head_dim, dtype))


def _indexer(p: Part) -> Iterator[Launch]:
    """The vectors that choose tokens, whole on every device (DeepSeek-V3.2, arXiv 2512.02556, section 2.1); what they choose is with each part of the step.

    The key's and the heads' weights' matrices are columns of `latent_down`: engines multiply them with it (TensorRT-LLM), or beside it on another stream (SGLang).
    """
    c, dtype = p.config, p.precision.attention_weights
    if not c.index_heads:
        return
    width = c.index_heads * c.index_dim
    yield Launch("index_queries", c.layers, Gemm(p.rows, width, c.q_lora_rank, dtype))
    yield Launch("index_vectors", INDEX_PASSES * c.layers, Elementwise(2 * p.rows * (width + c.index_dim) * ACTIVATION_BYTES))


def _choice(p: Part, sequences: Number, tokens: Number, context: Number, rows: float = 1.0) -> Iterator[Launch]:
    """Scores of all keys, and the top ones. Drafted `rows` of a sequence read its keys together."""
    c, before = p.config, np.maximum(context, 0)
    scores = IndexScores(sequences, tokens, before, c.index_heads * rows, c.index_dim)
    yield Launch("index_scores", c.layers, scores)
    read, written = CHOICE_PASSES * scores.pairs * rows, tokens * rows * np.minimum(c.index_top_k, before + tokens)
    yield Launch("index_choice", c.layers, Elementwise(sequences * (read + written) * LOGIT_BYTES))


def _sparse_prefill(p: Part, chunk: Chunk) -> Iterator[Launch]:
    """Each query gathers its own tokens, in the latent rows' space; the kernel's loop is over `index_top_k` of them even where fewer came before."""
    c, rows = p.config, chunk.sequences * chunk.tokens
    sizes = (c.kv_lora_rank, c.qk_rope_head_dim, c.qk_nope_head_dim, c.v_head_dim)
    yield from _choice(p, chunk.sequences, chunk.tokens, chunk.context)
    yield Launch("q_absorb", c.layers, BatchedGemm(p.heads, rows, c.kv_lora_rank, c.qk_nope_head_dim))
    before = np.maximum(chunk.context, c.index_top_k)
    op = LatentAttention(chunk.sequences, chunk.tokens, before, max(p.heads, SPARSE_HEADS), *sizes, p.precision.kv, True, c.index_top_k)
    yield Launch("attention", c.layers, op)
    yield Launch("v_absorb", c.layers, BatchedGemm(p.heads, rows, c.v_head_dim, c.kv_lora_rank))


def _latent_prefill(p: Part) -> Iterator[Launch]:
    """Prompts no longer than what a sparse attention chooses are prefilled as if it were whole (SGLang; where arrays stand for many prompts, all alike)."""
    c, width = p.config, p.heads * (p.config.qk_nope_head_dim + p.config.v_head_dim)
    for chunk in p.step.prefill:
        if c.index_heads and np.any(np.asarray(chunk.tokens + chunk.context) > c.index_top_k):
            yield from _sparse_prefill(p, chunk)
            continue
        expanded = chunk.sequences * (chunk.tokens + chunk.context)
        yield Launch("kv_up", c.layers, Gemm(expanded, width, c.kv_lora_rank, p.precision.attention_weights))
        yield Launch("attention", c.layers, _mla(p, chunk.sequences, chunk.tokens, chunk.context, absorbed=False))


def _latent_decode(p: Part) -> Iterator[Launch]:
    """Queries are brought to the latent rows' space and results back, so that keys and values are never expanded."""
    c = p.config
    for batch in p.step.decode:
        rows, context = batch.sequences * batch.rows, batch.context - 1
        if c.index_heads:
            yield from _choice(p, batch.sequences, 1, context, batch.rows)
            context = np.minimum(context, c.index_top_k - 1)
        yield Launch("q_absorb", c.layers, BatchedGemm(p.heads, rows, c.kv_lora_rank, c.qk_nope_head_dim))
        yield Launch("attention", c.layers, _mla(p, batch.sequences, 1, context, absorbed=True, rows=batch.rows))
        yield Launch("v_absorb", c.layers, BatchedGemm(p.heads, rows, c.v_head_dim, c.kv_lora_rank))


def _mla(p: Part, sequences: Number, tokens: Number, context: Number, *, absorbed: bool, rows: float = 1.0) -> LatentAttention:
    c = p.config
    sizes = (c.kv_lora_rank, c.qk_rope_head_dim, c.qk_nope_head_dim, c.v_head_dim)
    return LatentAttention(sequences, tokens, np.maximum(context, 0), p.heads * rows, *sizes, p.precision.kv, absorbed)


def all_reduce(label: str, count: int, elements: Number, devices: int) -> Iterator[Launch]:
    """The sum over `devices` of so many elements of activations; nothing on one."""
    if devices > 1:
        yield Launch(label, count, Collective("all_reduce", elements * ACTIVATION_BYTES, devices))
