"""What is measured: kernels at the sizes of Llama-3-8B and Mixtral-8x7B, several tiles each, beside torch's on the same tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from intarsia.codegen.cuda.attention_hopper import AttentionPrefillHopper
from intarsia.codegen.cuda.gemm_hopper import GemmHopper
from intarsia.codegen.cuda.kernels import CudaAttentionDecode, CudaRmsNorm, GemvInt4
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.triton.attention import AttentionCombine, AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.triton.glu import Glu
from intarsia.codegen.triton.moe import GroupedGemm
from intarsia.codegen.triton.moves import KvPack
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.codegen.triton.quantise import Quantise
from intarsia.codegen.triton.rope_kv import RopeKv

HEADS: dict[str, Any] = {"heads": 32, "kv_heads": 8, "head_dim": 128}
HIDDEN, FFN, VOCAB = 4096, 14336, 128256
DECODE_ROWS = (16, 64)
DECODE_PRODUCTS = {"qkv": (6144, HIDDEN), "o": (HIDDEN, HIDDEN), "gate_up": (2 * FFN, HIDDEN), "down": (HIDDEN, FFN), "head": (VOCAB, HIDDEN)}
"""Llama-3-8B's (arXiv 2407.21783, table 3): outputs and inputs."""
EIGHT_PRODUCTS = {"row": ("qkv", "o", "gate_up", "down"), "block": ("gate_up", "down")}
"""Those that are measured in 8-bit floats, by their scales."""

HOPPER_TILES = ((128, 256, 4), (128, 192, 5), (128, 128, 6), (256, 128, 4))
"""(tile_m, tile_n, stages) of products by warps with a role each."""


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
    """Cubes, and a prefill step's products of 1,024 rows."""
    tiles = [(128, 128, 64, 8, 3), (128, 256, 64, 8, 3), (256, 128, 64, 8, 3)]
    shapes = {f"{n}^3": (n, n, n) for n in (4096, 8192)} | {f"{name} 1024 rows": (1024, *shape) for name, shape in DECODE_PRODUCTS.items() if name != "head"}
    for name, (rows, n, k) in shapes.items():
        made = [(Gemm(n=n, k=k, tile_m=m, tile_n=t, tile_k=tk, warps=w, stages=s),) for m, t, tk, w, s in tiles]
        made += [(Gemm(n=n, k=k, tile_n=t, stages=s, bulk=True, ctas=132),) for t, s in ((256, 3), (256, 4), (128, 4))]
        made += [(GemmHopper(n=n, k=k, tile_m=m, tile_n=t, stages=s, ctas=132),) for m, t, s in HOPPER_TILES]
        yield Job(f"gemm bf16 {name}", "gemm", tuple(made), 2.0 * rows * n * k, 2.0 * (n * k + rows * (n + k)), {"rows": rows})


def _eights() -> Iterator[Job]:
    n = 8192
    tiles = [(128, 128, 8, 3), (128, 128, 8, 4), (64, 256, 8, 3)]
    for scales in ("row", "block"):
        yield Job(f"gemm f8e4m3 {n}^3, scales {scales}", "gemm_eight", _eight(scales, n, n, tiles), 2.0 * n**3, 4.0 * n * n, {"rows": n}, "f8")
        for name, (outputs, inputs) in DECODE_PRODUCTS.items():
            for rows in (64, 1024) if name in EIGHT_PRODUCTS[scales] else ():
                few = [(64, t, w, s) for t, w, s in ((128, 4, 6), (64, 4, 6), (32, 4, 8))]
                made, moved = _eight(scales, outputs, inputs, few if rows == 64 else tiles), 1.0 * (outputs * inputs + rows * inputs) + 2.0 * rows * outputs
                yield Job(f"gemm f8e4m3 {name} {rows} rows, scales {scales}", "gemm_eight", made, 2.0 * rows * outputs * inputs, moved, {"rows": rows}, "f8")
        for rows in (64, 8192):
            norms = tuple((Quantise(width=HIDDEN, scales=scales, warps=w),) for w in ((4, 8) if scales == "row" else (4,)))
            yield Job(f"quantise {rows} x {HIDDEN}, scales {scales}", "quantise", norms, 0, 3.0 * rows * HIDDEN, {"rows": rows})


def _eight(scales: str, n: int, k: int, tiles: list[tuple[int, int, int, int]]) -> tuple[tuple[Spec, ...], ...]:
    """Variants by (tile_m, tile_n, warps, stages)."""
    given: dict[str, Any] = {"dtype": "f8e4m3", "out": "bf16", "scales": scales, "n": n, "k": k}
    made: list[tuple[Spec, ...]] = [(Gemm(**given, tile_m=m, tile_n=t, tile_k=128, warps=w, stages=s),) for m, t, w, s in tiles]
    if tiles[0][0] == 128:
        made.append((Gemm(**given, tile_m=128, tile_k=128, warps=8, stages=4, bulk=True, ctas=132),))
        made += [(GemmHopper(**given, tile_m=m, tile_n=t, stages=s, ctas=132),) for m, t, s in HOPPER_TILES]
    return tuple(made)


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
    """Groups of 32 are Q4_0's. The kernel for few rows reads its weights again for each eight of them; a core holds one or two of its CTAs."""
    for name, (n, k) in DECODE_PRODUCTS.items():
        for rows in (1, 2, 4, 8, 16) if name == "gate_up" else (1, 4, 8) if name == "down" else (1, 8) if name != "head" else ():
            weights = n * k / 2 + n * k / 32 * 2
            few = [(GemvInt4(n=n, k=k, group=32, rows=each, warps=w, ctas=ctas),) for each in sorted({min(rows, 8), 8}) for w, ctas in ((8, 132), (8, 264), (16, 132), (16, 264))]
            many = [(GemmWeights(n=n, k=k, group=32, tile_m=m, tile_n=t),) for m, t in ((16, 64), (16, 32), (64, 64))]
            yield Job(f"int4 {name} {rows} rows", "gemm_int4", (*few, *many), 2.0 * rows * n * k, weights + 2.0 * rows * (n + k), {"rows": rows})


def _attention() -> Iterator[Job]:
    for sequences, context, splits in ((64, 4096, (1, 2, 4)), (16, 2048, (4, 8, 16)), (1, 2048, (8, 16, 32))):
        cache = 2.0 * HEADS["kv_heads"] * HEADS["head_dim"] * 2 * context * sequences
        decode = [_decode(AttentionDecode(**HEADS, splits=split, keys=keys, warps=4, stages=stages)) for split in splits for keys, stages in ((32, 4), (64, 3))]
        decode += [_decode(CudaAttentionDecode(**HEADS, splits=split, warps=warps)) for split in splits for warps in (4, 8)]
        flops = 4.0 * HEADS["heads"] * HEADS["head_dim"] * context * sequences
        yield Job(f"attention decode {sequences} x {context}", "decode", tuple(decode), flops, cache, {"sequences": sequences, "context": context})
    rows, count = 2048, 8
    prefill = [(AttentionPrefill(**HEADS, tile=tile, keys=keys, warps=w, stages=s),) for tile, keys, w, s in ((128, 64, 8, 2), (128, 128, 8, 2), (64, 64, 4, 2), (128, 64, 4, 2), (128, 64, 8, 3), (128, 32, 4, 3))]
    prefill += [(AttentionPrefillHopper(**HEADS, ctas=132, **more),) for more in ({}, {"pack": 1}, {"turns": False}, {"stages": 3})]
    flops = 4.0 * HEADS["heads"] * HEADS["head_dim"] * rows * (rows + 1) / 2 * count
    yield Job("attention prefill 8 x 2048", "prefill", tuple(prefill), flops, 2.0 * count * rows * (2 * 4096 + 2 * 1024), {"sequences": count, "rows": rows})


def _decode(spec: AttentionDecode | CudaAttentionDecode) -> tuple[Spec, ...]:
    """With what puts its splits together."""
    return (spec, AttentionCombine(heads=spec.heads, head_dim=spec.head_dim, splits=spec.splits)) if spec.splits > 1 else (spec,)


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
