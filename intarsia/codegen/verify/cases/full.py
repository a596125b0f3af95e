"""Cases whose sizes fill the tiles of the kernels that multiply matrices, so that units make no FLOPs but those that count. Names are those of table.py's cases."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from intarsia.codegen.cuda.attention_hopper import AttentionPrefillHopper
from intarsia.codegen.cuda.gemm_hopper import GemmHopper, GemmWeightsHopper
from intarsia.codegen.cuda.kernels import CudaAttentionDecode, GemvInt4
from intarsia.codegen.triton.attention import AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.triton.moe import GroupedGemm
from intarsia.codegen.verify.cases import attention, products
from intarsia.codegen.verify.cases.case import Named

HALVES, EIGHTS = ("bf16", "f16"), ("f8e4m3", "f8e5m2")
ROWS, FEW_ROWS = 64, 8
EXPERT_ROWS = 32
SEQUENCES, CONTEXT = 2, 128
HEADS: dict[str, Any] = {"heads": 32, "kv_heads": 2, "head_dim": 64, "keys": 32}
CHUNK, BEFORE = 64, 960


def full_cases() -> dict[str, Named]:
    """By name; each has a case of the same kernel, type and variant in table.py."""
    return {named.name: named for part in (_products(), _attention(), _vectors(), _warpgroups()) for named in part}


def _products() -> Iterator[Named]:
    tiles: dict[str, Any] = {"n": 128, "k": 256, "tile_m": 64, "tile_n": 64, "warps": 4}
    for kind in HALVES:
        yield Named(f"gemm.{kind}", partial(products.gemm, Gemm(dtype=kind, tile_k=32, **tiles), ROWS))
        for bits in (8, 4):
            spec = GemmWeights(dtype=kind, n=128, k=256, bits=bits, group=128, tile_m=32, tile_n=64)
            yield Named(f"gemm_weights.{kind}.int{bits}.group128", partial(products.gemm_weights, spec, ROWS))
        yield Named(f"grouped_gemm.{kind}", partial(products.grouped, _grouped(kind, n=128, k=96, gathers=True), EXPERT_ROWS))
    yield Named("grouped_gemm.bf16.scatters", partial(products.grouped, _grouped("bf16", n=96, k=64, gathers=False), EXPERT_ROWS))
    for kind in EIGHTS:
        for scales in ("tensor", "block"):
            yield Named(f"gemm.{kind}.{scales}", partial(products.gemm, Gemm(dtype=kind, out="bf16", scales=scales, tile_k=128, **tiles), ROWS))


def _attention() -> Iterator[Named]:
    for kind in HALVES:
        yield Named(f"attention_decode.{kind}", partial(attention.decode, AttentionDecode(dtype=kind, **HEADS), (CONTEXT,) * SEQUENCES))
        prefill = AttentionPrefill(dtype=kind, tile=64, warps=4, **(HEADS | {"heads": 2, "kv_heads": 1}))
        yield Named(f"attention_prefill.{kind}", partial(attention.prefill, prefill, ((CHUNK, BEFORE),)))
        roles = AttentionPrefillHopper(dtype=kind, heads=2, kv_heads=1, head_dim=64)
        yield Named(f"attention_prefill_hopper.{kind}", partial(attention.prefill, roles, ((CHUNK, BEFORE),)))


def _warpgroups() -> Iterator[Named]:
    """Of CUDA C++, by warps with a role each."""
    tiles: dict[str, Any] = {"n": 128, "k": 256, "tile_n": 64}
    for kind in HALVES:
        yield Named(f"gemm_hopper.{kind}", partial(products.gemm, GemmHopper(dtype=kind, **tiles), 2 * ROWS))
        yield Named(f"gemm_weights_hopper.{kind}", partial(products.gemm_weights, GemmWeightsHopper(dtype=kind, **tiles), 2 * ROWS))
    for kind in EIGHTS:
        for scales in ("tensor", "block"):
            yield Named(f"gemm_hopper.{kind}.{scales}", partial(products.gemm, GemmHopper(dtype=kind, out="bf16", scales=scales, **tiles), 2 * ROWS))


def _vectors() -> Iterator[Named]:
    """Of CUDA C++, by warps that each have a part of the keys or of k."""
    for kind in HALVES:
        spec = CudaAttentionDecode(dtype=kind, heads=16, kv_heads=1, head_dim=128)
        yield Named(f"attention_decode.{kind}.cuda", partial(attention.decode, spec, (8 * CONTEXT,)))
        yield Named(f"gemv_int4.{kind}.cuda", partial(products.gemm_weights, GemvInt4(dtype=kind, n=32, k=2048, rows=FEW_ROWS), FEW_ROWS))


def _grouped(kind: str, *, n: int, k: int, gathers: bool) -> GroupedGemm:
    """Two experts that every row goes to, and one that none does."""
    return GroupedGemm(dtype=kind, experts=3, top_k=2, n=n, k=k, gathers=gathers, tile_m=32, tile_n=32, tile_k=32)
