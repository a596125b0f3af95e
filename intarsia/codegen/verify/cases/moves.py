"""Cases of kernels that move, rotate and quantise rows and pages."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.gpu.dtypes import LARGEST, dtype
from intarsia.codegen.triton.moves import Embed, KvPack
from intarsia.codegen.triton.quantise import Quantise
from intarsia.codegen.triton.rope_kv import RopeKv
from intarsia.codegen.verify.cases.attention import K_SCALE, V_SCALE
from intarsia.codegen.verify.cases.case import Array, Case, Value, exact, normal, poison

THETA = 10000.0


def rope_kv(spec: RopeKv, rows: int, seed: int = 9) -> Case:
    """Rows at any positions, to any slots; one row isn't kept."""
    rng = np.random.default_rng(seed)
    x = normal(rng, spec.dtype, rows, (spec.heads + 2 * spec.kv_heads) * spec.head_dim)
    positions, pages = rng.integers(0, 40, rows).astype(np.int32), rows // spec.page + 2
    slots = rng.permutation(pages * spec.page)[:rows].astype(np.int32)
    slots[rows // 2] = -1
    turns = np.arange(40)[:, None] * THETA ** (-np.arange(0, spec.head_dim, 2) / spec.head_dim)
    angles = np.concatenate([np.cos(turns), np.sin(turns)], 1).astype(np.float32)
    norms = {name: normal(rng, spec.dtype, spec.head_dim) for name in ("q_norm", "k_norm")}
    q, k, v = np.split(exact(x).reshape(rows, -1, spec.head_dim), [spec.heads, spec.heads + spec.kv_heads], axis=1)
    q, k = (_rotated(spec, part, norms[name], exact(angles[positions])) for part, name in ((q, "q_norm"), (k, "k_norm")))
    caches = {name: poison(spec.stored, pages, spec.kv_heads, spec.page, spec.head_dim) for name in ("k_cache", "v_cache")}
    expected = {name: exact(cache) for name, cache in caches.items()} | {"q": q.reshape(rows, -1)}
    for row, slot in enumerate(slots):
        if slot >= 0:
            expected["k_cache"][slot // spec.page, :, slot % spec.page] = k[row] / (K_SCALE if spec.narrow else 1)
            expected["v_cache"][slot // spec.page, :, slot % spec.page] = v[row] / (V_SCALE if spec.narrow else 1)
    arguments: dict[str, Value] = {"x": x, "positions": positions, "slots": slots} | ({"angles": angles} if spec.style != "none" else {})
    arguments |= (norms if spec.qk_norm else {}) | ({"k_scale": K_SCALE, "v_scale": V_SCALE} if spec.narrow else {})
    arguments |= {"q": poison(spec.dtype, rows, spec.heads * spec.head_dim), **caches, "rows": rows}
    return Case(spec, arguments, expected, 1.5 * dtype(spec.stored).epsilon + 1e-6, {"rows": rows, "kept": rows - 1, "positions": 40, "cache_pages": pages})


def _rotated(spec: RopeKv, heads: Array, weight: Array, angles: Array) -> Array:
    """[rows, heads, head_dim], normalised and rotated as complex numbers."""
    if spec.qk_norm:
        heads = heads / np.sqrt(np.mean(heads**2, -1, keepdims=True) + spec.eps) * exact(weight)
    if spec.style == "none":
        return heads
    half = spec.head_dim // 2
    pairs = heads.reshape(*heads.shape[:2], half, 2) if spec.style == "interleaved" else heads.reshape(*heads.shape[:2], 2, half).swapaxes(-1, -2)
    turned = (pairs[..., 0] + 1j * pairs[..., 1]) * (angles[:, :half] + 1j * angles[:, half:])[:, None, :]
    back = np.stack([turned.real, turned.imag], -1)
    return (back if spec.style == "interleaved" else back.swapaxes(-1, -2)).reshape(heads.shape)


def embed(spec: Embed, rows: int, seed: int = 10) -> Case:
    rng = np.random.default_rng(seed)
    table, tokens = normal(rng, spec.dtype, 20, spec.width), rng.integers(0, 20, rows).astype(np.int32)
    arguments = {"tokens": tokens, "table": table, "y": poison(spec.dtype, rows, spec.width), "rows": rows}
    return Case(spec, arguments, {"y": exact(table[tokens]) * spec.scale}, 1.5 * dtype(spec.dtype).epsilon, {"rows": rows, "vocab": 20})


def kv_pack(spec: KvPack, count: int, seed: int = 11) -> Case:
    """Pages that nobody names stay as they are."""
    rng = np.random.default_rng(seed)
    pool, pages = normal(rng, spec.dtype, count + 3, spec.numbers), rng.permutation(count + 3)[:count].astype(np.int32)
    counts = {"count": count, "cache_pages": count + 3}
    if spec.direction == "pack":
        arguments = {"pages": pages, "pool": pool, "buffer": poison(spec.dtype, count, spec.numbers), "count": count}
        return Case(spec, arguments, {"buffer": exact(pool[pages])}, 0.0, counts)
    buffer, wanted = normal(rng, spec.dtype, count, spec.numbers), exact(pool)
    wanted[pages] = exact(buffer)
    return Case(spec, {"pages": pages, "pool": pool, "buffer": buffer, "count": count}, {"pool": wanted}, 0.0, counts)


def quantise(spec: Quantise, rows: int, seed: int = 12) -> Case:
    """The scales are held exactly; numbers to half a step of the narrow type."""
    rng = np.random.default_rng(seed)
    x = normal(rng, spec.dtype, rows, spec.width)
    counts, y = {"rows": rows}, poison(spec.out, rows, spec.width)
    if spec.scales == "tensor":
        scale = np.array([0.03], np.float32)
        wanted = np.clip(exact(x) / exact(scale), -LARGEST[spec.out], LARGEST[spec.out])
        return Case(spec, {"x": x, "scale": scale, "y": y, "rows": rows}, {"y": wanted}, 1.5 * dtype(spec.out).epsilon, counts)
    groups = exact(x).reshape(rows, -1, spec.width if spec.scales == "row" else 128)
    scales = np.abs(groups).max(-1) / LARGEST[spec.out]
    expected = {"y": (groups / scales[..., None]).reshape(rows, -1), "scale": scales}
    return Case(spec, {"x": x, "y": y, "scale": poison("f32", *scales.shape), "rows": rows}, expected, 1.5 * dtype(spec.out).epsilon, counts)
