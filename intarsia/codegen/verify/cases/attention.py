"""Cases of attention over a paged cache. Pages lie in any order; what no sequence may see is NaN."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from intarsia.codegen.cuda.attention_hopper import AttentionPrefillHopper
from intarsia.codegen.cuda.kernels import CudaAttentionDecode
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.triton.attention import AttentionCombine, AttentionDecode, AttentionPrefill, PagedAttention
from intarsia.codegen.verify.cases.case import Array, Case, Value, exact, normal, poison

Paged = PagedAttention | CudaAttentionDecode | AttentionPrefillHopper
Decode = AttentionDecode | CudaAttentionDecode
Prefill = AttentionPrefill | AttentionPrefillHopper
K_SCALE, V_SCALE = 0.5, 2.0
"""Of 8-bit caches."""


@dataclass(frozen=True)
class Pool:
    """A paged cache with sequences in it, `lengths` tokens each, and the tables that lead there."""

    k_cache: Array
    v_cache: Array
    page_table: Array
    lengths: tuple[int, ...]

    def keys_and_values(self, spec: Paged, sequence: int) -> tuple[Array, Array]:
        """Of one sequence in float64, [tokens, kv_heads, head_dim], times their scales."""
        scales = (K_SCALE, V_SCALE) if spec.narrow else (1.0, 1.0)
        pages = self.page_table[sequence][: -(-self.lengths[sequence] // spec.page)]
        return tuple(  # type: ignore[return-value]
            exact(cache[pages]).transpose(0, 2, 1, 3).reshape(-1, spec.kv_heads, spec.head_dim)[: self.lengths[sequence]] * scale
            for cache, scale in zip((self.k_cache, self.v_cache), scales, strict=True)
        )


def pool(spec: Paged, lengths: tuple[int, ...], rng: np.random.Generator) -> Pool:
    """Sequences of so many tokens on shuffled pages. All else is NaN; page numbers beyond a sequence lead nowhere."""
    counts = [-(-length // spec.page) for length in lengths]
    width, free = max(counts), rng.permutation(sum(counts) + 2)
    shape = (len(free), spec.kv_heads, spec.page, spec.head_dim)
    k_cache, v_cache = poison(spec.stored, *shape), poison(spec.stored, *shape)
    table = np.full((len(lengths), width), 1 << 20, np.int32)
    for sequence, length in enumerate(lengths):
        table[sequence, : counts[sequence]], free = free[: counts[sequence]], free[counts[sequence] :]
        for cache in (k_cache, v_cache):
            tokens = normal(rng, spec.stored, spec.kv_heads, length, spec.head_dim)
            for token in range(length):
                cache[table[sequence, token // spec.page], :, token % spec.page] = tokens[:, token]
    return Pool(k_cache, v_cache, table, lengths)


def attend(query: Array, keys: Array, values: Array, spec: Paged, first: int) -> Array:
    """float64 [rows, heads * head_dim]: row i stands at position first + i and sees the keys up to its own (and not beyond the window)."""
    group = spec.heads // spec.kv_heads
    scores = np.einsum("rhd,khd->hrk", query, keys.repeat(group, 1)) * spec.factor
    behind = (first + np.arange(len(query)))[:, None] - np.arange(len(keys))[None, :]
    scores[:, (behind < 0) | ((behind >= spec.window) if spec.window else False)] = -np.inf
    chances = np.exp(scores - scores.max(-1, keepdims=True))
    chances /= chances.sum(-1, keepdims=True)
    return np.einsum("hrk,khd->rhd", chances, values.repeat(group, 1)).reshape(len(query), -1)


def decode(spec: Decode, lengths: tuple[int, ...], seed: int = 4) -> Case:
    """Sequences with so many tokens in the cache, the newest one included. Their rows are in reverse order, to tell rows from sequences."""
    rng = np.random.default_rng(seed)
    cached, count = pool(spec, lengths, rng), len(lengths)
    q = normal(rng, spec.dtype, count, spec.heads * spec.head_dim)
    sequences = np.array([(count - 1 - i, 1, length - 1) for i, length in enumerate(lengths)], np.int32)
    wanted = np.zeros((count, spec.heads * spec.head_dim))
    for i, (row, _, before) in enumerate(sequences):
        wanted[row] = attend(exact(q[row]).reshape(1, spec.heads, spec.head_dim), *cached.keys_and_values(spec, i), spec, before)[0]
    arguments: dict[str, Value] = {"q": q, "k_cache": cached.k_cache, "v_cache": cached.v_cache, "page_table": cached.page_table, "sequence_table": sequences}
    arguments |= {"k_scale": K_SCALE, "v_scale": V_SCALE} if spec.narrow else {}
    keys = sum(min(length, spec.window or length) for length in lengths)
    counts = {"rows": count, "sequences": count, "pages": cached.page_table.shape[1], "cache_pages": len(cached.k_cache), "keys": keys, "pairs": keys}
    if spec.splits > 1:
        arguments |= {"partial": poison("f32", count, spec.heads, spec.splits, spec.head_dim), "summary": poison("f32", count, spec.heads, spec.splits)}
        expected = _parts(spec, cached, q, sequences)
    else:
        arguments |= {"out": poison(spec.dtype, count, spec.heads * spec.head_dim)}
        expected = {"out": wanted}
    return Case(spec, arguments | {"sequences": count, "pages": counts["pages"]}, expected, 3 * dtype(spec.dtype).epsilon + 1e-5, counts)


def _parts(spec: Decode, cached: Pool, q: Array, sequences: Array) -> dict[str, Array]:
    """What each split of a sequence's keys gives by itself: a share is a whole number of key tiles."""
    shape = (len(sequences), spec.heads, spec.splits)
    partial, summary = np.zeros((*shape, spec.head_dim)), np.full(shape, -np.inf)
    for i, (row, _, before) in enumerate(sequences):
        keys, values = cached.keys_and_values(spec, i)
        oldest = max(before + 1 - spec.window, 0) if spec.window else 0
        share = ceil(ceil((before + 1 - oldest) / spec.splits) / spec.keys) * spec.keys
        for split in range(spec.splits):
            part = slice(oldest + split * share, min(oldest + (split + 1) * share, before + 1))
            if part.start < part.stop:
                group = spec.heads // spec.kv_heads
                scores = np.einsum("hd,khd->hk", exact(q[row]).reshape(spec.heads, -1), keys[part].repeat(group, 1)) * spec.factor
                weights = np.exp(scores)
                partial[i, :, split] = np.einsum("hk,khd->hd", weights / weights.sum(1, keepdims=True), values[part].repeat(group, 1))
                summary[i, :, split] = np.log2(weights.sum(1))
    return {"partial": partial, "summary": summary}


def combine(spec: AttentionCombine, sequences: int, seed: int = 5) -> Case:
    """Parts of which the last ones of a sequence may be empty."""
    rng = np.random.default_rng(seed)
    partial = normal(rng, "f32", sequences, spec.heads, spec.splits, spec.head_dim)
    summary = normal(rng, "f32", sequences, spec.heads, spec.splits, scale=3.0)
    for i in range(sequences):
        summary[i, :, spec.splits - i % spec.splits :] = -np.inf
    partial[np.isneginf(summary)] = 0.0
    table = np.array([(sequences - 1 - i, 1, 9) for i in range(sequences)], np.int32)
    weights = 2 ** (exact(summary) - exact(summary).max(-1, keepdims=True))
    whole = np.einsum("shp,shpd->shd", weights / weights.sum(-1, keepdims=True), exact(partial)).reshape(sequences, -1)
    wanted = np.zeros_like(whole)
    wanted[table[:, 0]] = whole
    arguments = {"partial": partial, "summary": summary, "sequence_table": table, "out": poison(spec.dtype, sequences, spec.heads * spec.head_dim), "sequences": sequences}
    return Case(spec, arguments, {"out": wanted}, 1.5 * dtype(spec.dtype).epsilon + 1e-6, {"sequences": sequences, "rows": sequences})


def prefill(spec: Prefill, chunks: tuple[tuple[int, int], ...], seed: int = 6) -> Case:
    """Chunks (rows, tokens in the cache before them); the last row of each stands at the newest token. Rows of the first sequence come last."""
    rng = np.random.default_rng(seed)
    cached = pool(spec, tuple(rows + before for rows, before in chunks), rng)
    total = sum(rows for rows, _ in chunks)
    q = normal(rng, spec.dtype, total, spec.heads * spec.head_dim)
    starts = total - np.cumsum([rows for rows, _ in chunks])
    wanted = np.zeros((total, spec.heads * spec.head_dim))
    for i, (rows, before) in enumerate(chunks):
        part = slice(starts[i], starts[i] + rows)
        wanted[part] = attend(exact(q[part]).reshape(rows, spec.heads, spec.head_dim), *cached.keys_and_values(spec, i), spec, before)
    table = np.array([(start, rows, before) for start, (rows, before) in zip(starts, chunks, strict=True)], np.int32)
    arguments: dict[str, Value] = {"q": q, "k_cache": cached.k_cache, "v_cache": cached.v_cache, "page_table": cached.page_table, "sequence_table": table}
    arguments |= {"k_scale": K_SCALE, "v_scale": V_SCALE} if spec.narrow else {}
    sizes = {"sequences": len(chunks), "pages": cached.page_table.shape[1], "longest": max(rows for rows, _ in chunks)}
    arguments |= {"out": poison(spec.dtype, total, spec.heads * spec.head_dim), **sizes}
    counts = {"rows": total, "cache_pages": len(cached.k_cache), **sizes, **_seen(spec, chunks)}
    counts["tile_rows"] = sum(min(spec.tile, total - start - tile) for start, (rows, _) in zip(starts.tolist(), chunks, strict=True) for tile in range(0, rows, spec.tile))
    return Case(spec, arguments, {"out": wanted}, 3 * dtype(spec.dtype).epsilon + 1e-5, counts)


def _seen(spec: Prefill, chunks: tuple[tuple[int, int], ...]) -> dict[str, int]:
    """(query, key) pairs of a head, and the keys that tiles of rows read, and those of the whole blocks that hold them, whole sequences over."""
    span = spec.window or 1 << 30
    pairs = sum(min(before + row + 1, span) for rows, before in chunks for row in range(rows))
    tile_keys = block_keys = 0
    for rows, before in chunks:
        for tile in range(0, rows, spec.tile):
            begin = max(before + tile - span + 1, 0) // spec.keys * spec.keys
            keys = before + min(tile + spec.tile, rows) - begin
            tile_keys, block_keys = tile_keys + keys, block_keys + ceil(keys / spec.keys) * spec.keys
    return {"pairs": pairs, "tile_keys": tile_keys, "block_keys": block_keys}
