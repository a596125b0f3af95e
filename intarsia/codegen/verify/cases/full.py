"""Cases whose sizes fill the tiles of the kernels that multiply matrices, so that tensor cores make no FLOPs but those that count."""

from __future__ import annotations

from typing import Any

from intarsia.codegen.triton.attention import AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.triton.moe import GroupedGemm
from intarsia.codegen.verify.cases import attention, products
from intarsia.codegen.verify.cases.case import Case, Named

ROWS = 128
EXPERT_ROWS = 64
SEQUENCES, CONTEXT = 2, 256
HEADS: dict[str, Any] = {"heads": 32, "kv_heads": 2, "head_dim": 64, "keys": 32}
CHUNK, BEFORE = 64, 960


def full_cases() -> dict[str, Named]:
    """By name, which is that of the kernel and its type."""
    made = {
        "gemm.bf16": lambda: products.gemm(Gemm(n=128, k=256, tile_m=64, tile_n=64, tile_k=32, warps=4), ROWS),
        "gemm.f8e4m3": lambda: products.gemm(Gemm(dtype="f8e4m3", out="bf16", scales="tensor", n=128, k=256, tile_m=64, tile_n=64, tile_k=128, warps=4), ROWS),
        "gemm_weights.int8": lambda: products.gemm_weights(GemmWeights(n=128, k=256, bits=8, group=128, tile_m=32, tile_n=64), ROWS),
        "gemm_weights.int4": lambda: products.gemm_weights(GemmWeights(n=128, k=256, bits=4, group=128, tile_m=32, tile_n=64), ROWS),
        "grouped_gemm.up": lambda: _grouped(n=128, k=96, gathers=True),
        "grouped_gemm.down": lambda: _grouped(n=96, k=64, gathers=False),
        "attention_decode.bf16": lambda: attention.decode(AttentionDecode(**HEADS), (CONTEXT,) * SEQUENCES),
        "attention_prefill.bf16": lambda: attention.prefill(AttentionPrefill(tile=64, warps=4, **(HEADS | {"heads": 4})), ((CHUNK, BEFORE),)),
    }
    return {name: Named(name, make) for name, make in made.items()}


def _grouped(n: int, k: int, gathers: bool) -> Case:
    """Two experts that every row goes to, and one that none does."""
    return products.grouped(GroupedGemm(experts=3, top_k=2, n=n, k=k, gathers=gathers, tile_m=32, tile_n=32, tile_k=32), EXPERT_ROWS)
