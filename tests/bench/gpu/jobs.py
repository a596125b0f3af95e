"""What is measured: kernels at the sizes of Llama-3-8B and Mixtral-8x7B, several tiles each, beside torch's on the same tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from intarsia.codegen.cuda.kernels import CudaAttentionDecode, CudaRmsNorm, GemvInt4
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.triton.attention import AttentionCombine, AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.triton.glu import Glu
from intarsia.codegen.triton.moe import GroupedGemm
from intarsia.codegen.triton.moves import KvPack
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.codegen.triton.rope_kv import RopeKv

HEADS: dict[str, Any] = {"heads": 32, "kv_heads": 8, "head_dim": 128}
HIDDEN, FFN, VOCAB = 4096, 14336, 128256
DECODE_ROWS = (16, 64)
DECODE_PRODUCTS = {"qkv": (6144, HIDDEN), "o": (HIDDEN, HIDDEN), "gate_up": (2 * FFN, HIDDEN), "down": (HIDDEN, FFN), "head": (VOCAB, HIDDEN)}
"""Llama-3-8B's (arXiv 2407.21783, table 3): outputs and inputs."""


@dataclass(frozen=True)
class Job:
    """One row of the table. `flops` and `bytes` are what no kernel can do without; `make`, of `inputs.py`, gives tensors, the peers' calls and the reference.

    `variants` are specs (a pair: one after the other) of which the fastest counts.
    """

    name: str
    make: str
    variants: tuple[tuple[Spec, ...], ...]
    flops: float
    bytes: float
    sizes: dict[str, Any] = field(default_factory=dict)
    kind: str = "bf16"


def jobs() -> list[Job]:
    return [*_gemms(), *_eights(), *_decode_products(), *_int4(), *_attention(), *_rows(), *_experts()]


def specs(chosen: list[Job]) -> list[Spec]:
    """All kernels, to be compiled ahead: a bound on CTAs needs no other."""
    return list(dict.fromkeys(replace(spec, ctas=0) for job in chosen for variant in job.variants for spec in variant))


def _gemms() -> Iterator[Job]:
    tiles = [(128, 128, 64, 8, 3), (128, 256, 64, 8, 3), (128, 256, 64, 8, 4), (256, 128, 64, 8, 3)]
    for n in (4096, 8192):
        made = [(Gemm(n=n, k=n, tile_m=m, tile_n=t, tile_k=k, warps=w, stages=s),) for m, t, k, w, s in tiles]
        made += [(Gemm(n=n, k=n, tile_n=256, group_m=group, ctas=ctas),) for group in (4, 8, 16) for ctas in (0, 132)]
        yield Job(f"gemm bf16 {n}^3", "gemm", tuple(made), 2.0 * n**3, 6.0 * n * n, {"rows": n})


def _eights() -> Iterator[Job]:
    n = 8192
    tiles = [(128, 128, 128, 8, 3), (128, 256, 128, 8, 3), (128, 128, 128, 4, 4)]
    made = [(Gemm(dtype="f8e4m3", out="bf16", scales="tensor", n=n, k=n, tile_m=m, tile_n=t, tile_k=k, warps=w, stages=s),) for m, t, k, w, s in tiles]
    yield Job(f"gemm f8e4m3 {n}^3", "gemm_eight", tuple(made), 2.0 * n**3, 4.0 * n * n, {"rows": n}, "f8")


def _decode_products() -> Iterator[Job]:
    """Products of decode steps: as many rows as sequences, all weights read."""
    for rows in DECODE_ROWS:
        for name, (n, k) in DECODE_PRODUCTS.items():
            made = [(Gemm(n=n, k=k, tile_m=rows, tile_n=t, tile_k=tk, warps=w, stages=s),) for t, tk, w, s in _decode_tiles(n, rows)]
            yield Job(f"gemm bf16 {name} {rows} rows", "gemm", tuple(made), 2.0 * rows * n * k, 2.0 * (n * k + rows * (n + k)), {"rows": rows})


def _decode_tiles(n: int, rows: int) -> list[tuple[int, int, int, int, int]]:
    """(tile_n, tile_k, warps, stages): what the bundle took at first, and others. Narrow outputs want narrow tiles, so that all cores have work."""
    first = [(128, 64, 4, 4)]
    if n > 3 * 8192:
        return [*first, (64, 128, 4, 4), (128, 128, 4, 3), (32, 128, 4, 5)]
    return [*first, (32, 128, 4, 4), (32, 128, 4, 6), (32, 256, 4, 3), (64, 128, 4, 4)]


def _int4() -> Iterator[Job]:
    n, k = 2 * FFN, HIDDEN
    weights = n * k / 2 + n * k / 128 * 2
    vector = [(GemvInt4(n=n, k=k, group=128, rows=1, warps=w, ctas=ctas),) for w in (4, 8) for ctas in (0, 132 * 4, 132 * 8)]
    yield Job("gemv int4 gate_up 1 row", "gemm_int4", (*vector, (GemmWeights(n=n, k=k, tile_m=16, tile_n=64),)), 2.0 * n * k, weights + 2 * (n + k), {"rows": 1})
    tiles = [(GemmWeights(n=n, k=k, tile_m=16, tile_n=t, stages=s, warps=w),) for t, s, w in ((64, 3, 4), (64, 5, 4), (128, 3, 4), (128, 4, 8), (64, 4, 2), (32, 5, 2))]
    yield Job("gemm int4 gate_up 16 rows", "gemm_int4", tuple(tiles), 2.0 * 16 * n * k, weights + 32.0 * (n + k), {"rows": 16})


def _attention() -> Iterator[Job]:
    sequences, context = 64, 4096
    cache = 2.0 * HEADS["kv_heads"] * HEADS["head_dim"] * 2 * context * sequences
    decode: list[tuple[Spec, ...]] = [(AttentionDecode(**HEADS, keys=keys, warps=w, stages=s),) for keys, w, s in ((64, 4, 2), (64, 4, 3), (128, 4, 2), (32, 4, 4), (32, 4, 6))]
    for splits, keys, warps, stages in ((2, 32, 4, 4), (4, 32, 4, 4), (4, 64, 4, 3)):
        decode.append((AttentionDecode(**HEADS, splits=splits, keys=keys, warps=warps, stages=stages), AttentionCombine(heads=32, head_dim=128, splits=splits)))
    decode.append((CudaAttentionDecode(**HEADS),))
    flops = 4.0 * HEADS["heads"] * HEADS["head_dim"] * context * sequences
    yield Job("attention decode 64 x 4096", "decode", tuple(decode), flops, cache, {"sequences": sequences, "context": context})
    rows, count = 2048, 8
    prefill = [(AttentionPrefill(**HEADS, tile=tile, keys=keys, warps=w, stages=s),) for tile, keys, w, s in ((128, 64, 8, 2), (128, 128, 8, 2), (64, 64, 4, 2), (128, 64, 4, 2), (128, 64, 8, 3), (128, 32, 4, 3))]
    flops = 4.0 * HEADS["heads"] * HEADS["head_dim"] * rows * (rows + 1) / 2 * count
    yield Job("attention prefill 8 x 2048", "prefill", tuple(prefill), flops, 2.0 * count * rows * (2 * 4096 + 2 * 1024), {"sequences": count, "rows": rows})


def _rows() -> Iterator[Job]:
    rows = 8192
    norms: list[tuple[Spec, ...]] = [(RmsNorm(width=HIDDEN, warps=w),) for w in (4, 8, 16)]
    yield Job(f"rmsnorm {rows} x {HIDDEN}", "rmsnorm", (*norms, (CudaRmsNorm(width=HIDDEN, warps=8),)), 0, 4.0 * rows * HIDDEN, {"rows": rows})
    yield Job(f"glu {rows} x {FFN}", "glu", tuple((Glu(width=FFN, block=b),) for b in (1024, 2048)), 0, 6.0 * rows * FFN, {"rows": rows})
    yield Job(f"rope_kv {rows} rows", "rope_kv", ((RopeKv(**HEADS),), (RopeKv(**HEADS, tile=16),)), 0, 2.0 * rows * 2 * 6144 + 4.0 * rows * 128, {"rows": rows})
    yield Job("kv_pack 4096 pages", "kv_pack", ((KvPack(numbers=16 * 8 * 128),),), 0, 4.0 * 4096 * 16 * 8 * 128, {"count": 4096})


def _experts() -> Iterator[Job]:
    rows, experts, top_k, n, k = 4096, 8, 2, 2 * FFN, HIDDEN
    tiles = [(64, 128, 64, 4, 3), (128, 128, 64, 8, 3), (128, 128, 64, 8, 4), (128, 256, 64, 8, 3)]
    base = partial(GroupedGemm, experts=experts, top_k=top_k, n=n, k=k)
    made = [(base(tile_m=m, tile_n=t, tile_k=tk, warps=w, stages=s),) for m, t, tk, w, s in tiles]
    moved = 2.0 * (experts * n * k + rows * k + rows * top_k * n)
    yield Job(f"grouped gemm 8 experts, {rows} rows", "grouped", tuple(made), 2.0 * rows * top_k * n * k, moved, {"rows": rows})
