"""All cases: every kernel with every type it takes, on small sizes that don't divide its tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from intarsia.codegen.cuda.attention_hopper import AttentionPrefillHopper
from intarsia.codegen.cuda.gemm_hopper import GemmHopper, GemmWeightsHopper
from intarsia.codegen.cuda.kernels import CudaAttentionDecode, CudaRmsNorm, GemvInt4
from intarsia.codegen.triton.attention import AttentionCombine, AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.triton.glu import Glu
from intarsia.codegen.triton.moe import GroupedGemm, MoeCombine, MoeRoute, MoeSort
from intarsia.codegen.triton.moves import Embed, KvPack
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.codegen.triton.quantise import Quantise
from intarsia.codegen.triton.rope_kv import RopeKv
from intarsia.codegen.triton.sample import Sample
from intarsia.codegen.verify.cases import attention, choices, moves, products, rows
from intarsia.codegen.verify.cases.case import Case, Named

HALVES = ("bf16", "f16")
EIGHTS = ("f8e4m3", "f8e5m2")


def cases() -> dict[str, Named]:
    """By name: kernel, type, and what else sets it apart."""
    return {case.name: case for part in (_rows(), _products(), _attention(), _moves(), _choices(), _cuda(), _hopper()) for case in part}


def _case(make: Callable[..., Case], spec: Any, size: Any, *also: str) -> Named:
    return Named(".".join((spec.kernel, spec.dtype, *also)), partial(make, spec, size))


def _rows() -> Iterator[Named]:
    for kind in (*HALVES, "f32"):
        yield _case(rows.rmsnorm, RmsNorm(dtype=kind, width=1000), 7)
        yield _case(rows.glu, Glu(dtype=kind, width=1400), 3)
    yield _case(rows.rmsnorm, RmsNorm(width=1024, residual=True), 5, "residual")
    for activation in ("gelu", "gelu_tanh", "relu", "tanh"):
        yield _case(rows.glu, Glu(width=1024, activation=activation), 3, activation)


def _products() -> Iterator[Named]:
    small: dict[str, Any] = {"tile_m": 64, "tile_n": 64, "tile_k": 32, "warps": 4}
    for kind in HALVES:
        yield _case(products.gemm, Gemm(dtype=kind, n=160, k=200, **small), 150)
        yield _case(products.grouped, GroupedGemm(dtype=kind, experts=5, top_k=2, n=96, k=80, tile_m=32, tile_n=64, tile_k=32), 45)
        for bits in (8, 4):
            for group in (32, 64, 128) if kind == "bf16" else (128,):
                yield _case(products.gemm_weights, GemmWeights(dtype=kind, n=96, k=256, bits=bits, group=group, tile_m=16, tile_n=64), 20, f"int{bits}", f"group{group}")
    yield _case(products.gemm, Gemm(n=128, k=192, bias=True, residual=True, activation="gelu_tanh", group_m=1, **small), 90, "bias", "gelu_tanh", "residual")
    yield _case(products.gemm, Gemm(n=130, k=96, out="f32", tile_m=16, tile_n=32, tile_k=32), 10, "f32")
    yield _case(products.gemm_weights, GemmWeights(n=96, k=128, group=32, bias=True, residual=True, activation="silu", tile_m=16, tile_n=32), 9, "int4", "bias", "silu", "residual")
    yield _case(products.grouped, GroupedGemm(experts=5, top_k=2, n=80, k=96, gathers=False, tile_m=16, tile_n=64, tile_k=32, group_m=1), 45, "scatters")
    yield _case(products.gemm, Gemm(n=200, k=200, bulk=True, residual=True, tile_m=64, tile_n=64, tile_k=64, warps=4), 150, "bulk")
    eight: dict[str, Any] = {"out": "bf16", "n": 144, "k": 256, "tile_m": 64, "tile_n": 64, "tile_k": 128, "warps": 4}
    for kind in EIGHTS:
        yield _case(products.gemm, Gemm(dtype=kind, scales="tensor", **eight), 70, "tensor")
        yield _case(products.gemm, Gemm(dtype=kind, scales="block", **eight), 70, "block")
        yield _case(moves.quantise, Quantise(out=kind, width=640), 5, kind)
    yield _case(products.gemm, Gemm(dtype="f8e4m3", scales="row", **(eight | {"k": 208})), 70, "row")
    yield _case(products.gemm, Gemm(dtype="f8e4m3", scales="block", bias=True, residual=True, **eight), 70, "block", "bias", "residual")
    yield _case(moves.quantise, Quantise(scales="tensor", width=640), 5, "f8e4m3", "tensor")
    for kind in ("f16", "f32"):
        yield _case(moves.quantise, Quantise(dtype=kind, width=640), 5, "f8e4m3")
    yield _case(moves.quantise, Quantise(scales="row", width=600), 5, "f8e4m3", "row")


def _attention() -> Iterator[Named]:
    heads: dict[str, Any] = {"heads": 8, "kv_heads": 2, "head_dim": 64, "keys": 32}
    fewer = heads | {"heads": 4}
    for kind in HALVES:
        yield _case(attention.decode, AttentionDecode(dtype=kind, **heads), (1, 17, 70))
        yield _case(attention.prefill, AttentionPrefill(dtype=kind, tile=64, warps=4, **fewer), ((70, 0), (9, 40), (1, 25)))
    for kind in EIGHTS:
        yield _case(attention.decode, AttentionDecode(cache=kind, **heads), (1, 17, 70), kind)
        yield _case(attention.prefill, AttentionPrefill(cache=kind, tile=64, warps=4, **fewer), ((70, 0), (9, 40)), kind)
    odd: dict[str, Any] = {"heads": 6, "kv_heads": 2, "head_dim": 96, "keys": 16}
    yield _case(attention.decode, AttentionDecode(splits=3, **odd), (5, 100), "split")
    for kind in HALVES:
        yield _case(attention.combine, AttentionCombine(dtype=kind, heads=6, head_dim=96, splits=3), 4)
    yield _case(attention.decode, AttentionDecode(window=30, **odd), (5, 100), "window")
    yield _case(attention.prefill, AttentionPrefill(window=30, tile=32, warps=4, **odd), ((70, 0), (9, 40)), "window")


def _moves() -> Iterator[Named]:
    heads: dict[str, Any] = {"heads": 6, "kv_heads": 2, "head_dim": 64, "tile": 8}
    for kind in (*HALVES, "f32"):
        yield _case(moves.rope_kv, RopeKv(dtype=kind, **heads), 9)
        yield _case(moves.embed, Embed(dtype=kind, width=1400), 5)
    for style in ("interleaved", "none"):
        yield _case(moves.rope_kv, RopeKv(style=style, **heads), 9, style)
    yield _case(moves.rope_kv, RopeKv(qk_norm=True, heads=4, kv_heads=2, head_dim=96), 9, "qk_norm")
    for kind in EIGHTS:
        yield _case(moves.rope_kv, RopeKv(cache=kind, **heads), 9, kind)
    yield _case(moves.embed, Embed(width=512, scale=22.627416998, block=512), 5, "scale")
    for kind in (*HALVES, "f32", *EIGHTS):
        for direction in ("pack", "unpack"):
            yield _case(moves.kv_pack, KvPack(dtype=kind, numbers=3072, direction=direction), 4, direction)


def _choices() -> Iterator[Named]:
    for kind in ("f32", *HALVES):
        yield _case(choices.moe_route, MoeRoute(dtype=kind, experts=60, top_k=4, normalise=True), 9)
    yield _case(choices.moe_route, MoeRoute(dtype="f32", experts=64, top_k=6, scoring="sigmoid", bias=True, groups=8, top_groups=3, normalise=True, scale=2.5), 9, "groups")
    yield _case(choices.moe_route, MoeRoute(dtype="f32", experts=32, top_k=4, scoring="softmax_topk"), 9, "softmax_topk")
    yield _case(choices.moe_sort, MoeSort(experts=9, block=128), 300)
    for kind in (*HALVES, "f32"):
        yield _case(choices.moe_combine, MoeCombine(dtype=kind, width=1400, top_k=3, residual=True), 5)
    yield _case(choices.sample, Sample(vocab=700, block=256), 7)


def _cuda() -> Iterator[Named]:
    for kind in HALVES:
        yield _case(rows.rmsnorm, CudaRmsNorm(dtype=kind, width=1000), 7, "cuda")
        yield _case(attention.decode, CudaAttentionDecode(dtype=kind, heads=8, kv_heads=2, head_dim=64), (1, 17, 70), "cuda")
        yield _case(products.gemm_weights, GemvInt4(dtype=kind, n=90, k=640, rows=2, **({"group": 64} if kind == "f16" else {"bias": True, "residual": True})), 3, "cuda")
    yield _case(rows.rmsnorm, CudaRmsNorm(width=1024, residual=True), 5, "cuda", "residual")
    yield _case(attention.decode, CudaAttentionDecode(heads=7, kv_heads=7, head_dim=128, page=8), (9, 40), "cuda", "one_head_each")
    yield _case(attention.decode, CudaAttentionDecode(heads=24, kv_heads=2, head_dim=64, page=32, splits=3), (1, 100, 200), "cuda", "split")


def _hopper() -> Iterator[Named]:
    """CUDA C++ for sm_90a alone."""
    for kind in HALVES:
        yield _case(products.gemm, GemmHopper(dtype=kind, n=136, k=200, tile_n=64, stages=2), 150)
        few: dict[str, Any] = {"group": 32} if kind == "f16" else {"group": 64, "bias": True, "residual": True}
        yield _case(products.gemm_weights, GemmWeightsHopper(dtype=kind, n=136, k=320, tile_n=64, stages=2, **few), 150)
        yield _case(attention.prefill, AttentionPrefillHopper(dtype=kind, heads=4, kv_heads=2, head_dim=64, keys=32), ((70, 0), (9, 40), (1, 25)))
    eight: dict[str, Any] = {"out": "bf16", "n": 136, "tile_n": 64, "stages": 2}
    for kind in EIGHTS:
        yield _case(products.gemm, GemmHopper(dtype=kind, scales="tensor", k=400, **eight), 150, "tensor")
        yield _case(products.gemm, GemmHopper(dtype=kind, scales="block", k=256, **eight), 150, "block")
    yield _case(products.gemm, GemmHopper(dtype="f8e4m3", scales="row", k=400, **eight), 150, "row")
    yield _case(products.gemm, GemmHopper(dtype="f8e4m3", scales="block", k=256, bias=True, residual=True, **eight), 150, "block", "bias", "residual")
    odd = AttentionPrefillHopper(heads=6, kv_heads=2, head_dim=128, page=32, window=30, keys=64, stages=3)
    yield _case(attention.prefill, odd, ((70, 0), (9, 40)), "window")
    yield _case(attention.prefill, AttentionPrefillHopper(heads=8, kv_heads=1, head_dim=64, page=64, keys=32, turns=False), ((40, 0), (9, 60)), "large_pages")
