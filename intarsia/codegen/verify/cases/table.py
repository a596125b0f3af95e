"""All cases: every kernel with every type it takes, on small sizes that don't divide its tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from intarsia.codegen.triton.attention import AttentionCombine, AttentionDecode
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.glu import Glu
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.codegen.verify.cases import attention, products, rows
from intarsia.codegen.verify.cases.case import Case, Named

HALVES = ("bf16", "f16")


def cases() -> dict[str, Named]:
    """By name."""
    return {case.name: case for part in (_rows(), _products(), _attention()) for case in part}


def _case(make: Callable[[], Case], name: str, *grids: int) -> Named:
    return Named(name, make, grids or (1, 3, 64))


def _rows() -> Iterator[Named]:
    for kind in (*HALVES, "f32"):
        yield _case(lambda kind=kind: rows.rmsnorm(RmsNorm(dtype=kind, width=1000), 7), f"rmsnorm.{kind}")  # type: ignore[misc]
    yield _case(lambda: rows.rmsnorm(RmsNorm(width=1024, residual=True), 5), "rmsnorm.bf16.residual")
    for kind, act in (("bf16", "silu"), ("f16", "gelu_tanh"), ("bf16", "gelu"), ("f32", "silu")):
        yield _case(lambda kind=kind, act=act: rows.glu(Glu(dtype=kind, width=1400, activation=act), 3), f"glu.{kind}.{act}")  # type: ignore[misc]


def _products() -> Iterator[Named]:
    small = {"tile_m": 64, "tile_n": 64, "tile_k": 32, "warps": 4}
    for kind in HALVES:
        yield _case(lambda kind=kind: products.gemm(Gemm(dtype=kind, n=160, k=200, **small), 150), f"gemm.{kind}")  # type: ignore[misc, arg-type]


def _attention() -> Iterator[Named]:
    for kind in HALVES:
        spec = AttentionDecode(dtype=kind, heads=8, kv_heads=2, head_dim=64, keys=32)
        yield _case(lambda spec=spec: attention.decode(spec, (1, 17, 70)), f"attention_decode.{kind}")  # type: ignore[misc]
    split = AttentionDecode(heads=6, kv_heads=2, head_dim=96, keys=16, splits=3)
    yield _case(lambda: attention.decode(split, (5, 100)), "attention_decode.bf16.split")
    yield _case(lambda: attention.combine(AttentionCombine(heads=6, head_dim=96, splits=3), 4), "attention_combine.bf16")
