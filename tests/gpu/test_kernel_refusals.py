"""What a kernel can't take is refused before it is compiled, with the limit and the nearest choice that works."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

import pytest

from intarsia.codegen.cuda import nvrtc
from intarsia.codegen.cuda.attention_hopper import AttentionPrefillHopper
from intarsia.codegen.cuda.gemm_hopper import GemmHopper, GemmWeightsHopper
from intarsia.codegen.cuda.kernels import CudaAttentionDecode, CudaRmsNorm, GemvInt4
from intarsia.codegen.gpu import legal
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.gpu.targets import TARGETS
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
from intarsia.codegen.verify.compilers import compile_kernel
from intarsia.errors import InputError, UnsupportedError

REFUSED: list[tuple[Spec, str, str, str]] = [
    (RmsNorm(width=70000), "sm_90a", "70000", "65536"),
    (RmsNorm(width=65536), "sm_90a", "512 numbers a thread", "16 warps"),
    (Glu(width=64, activation="swish"), "sm_90a", "swish", "silu"),
    (Glu(width=64, block=100), "sm_90a", "100", "64"),
    (Gemm(n=64, k=60), "sm_90a", "16-byte", "64"),
    (Gemm(n=64, k=64, tile_m=48), "sm_90a", "tile_m of 48", "32"),
    (Gemm(n=64, k=64, tile_k=8), "sm_90a", "tile_k of 8", "16"),
    (Gemm(dtype="f8e4m3", n=64, k=64, scales="tensor", out="bf16"), "sm_80", "sm_80 don't multiply f8e4m3", "bf16"),
    (Gemm(dtype="f8e4m3", n=64, k=64, out="bf16"), "sm_90a", "needs scales", "tensor, row or block"),
    (Gemm(n=64, k=64, bulk=True), "sm_80", "sm_80 has no bulk copy engine", "bulk=False"),
    (Gemm(n=64, k=64, scales="tensor"), "sm_90a", "takes no scales", "none"),
    (Gemm(dtype="f8e4m3", n=64, k=192, scales="block", out="bf16", tile_k=128), "sm_90a", "192", "256"),
    (Gemm(dtype="f32", n=64, k=64), "sm_90a", "f32", "bf16"),
    (Gemm(n=4096, k=4096, tile_k=128, stages=5), "sm_90a", "327680 bytes of shared memory, and sm_90a has 232448", "3 stages"),
    (Gemm(n=4096, k=4096, tile_k=128), "gfx942", "131072 bytes of shared memory, and gfx942 has 65536", "2 stages"),
    (GemmWeights(n=64, k=192), "sm_90a", "192", "256"),
    (GemmWeights(n=64, k=256, group=100), "sm_90a", "100", "128"),
    (GemmWeights(n=64, k=256, group=48), "sm_90a", "48", "32"),
    (GemmWeights(n=64, k=256, bits=2), "sm_90a", "2 bits", "4 or 8"),
    (AttentionDecode(heads=7, kv_heads=2, head_dim=64), "sm_90a", "7 query heads", "8 query heads"),
    (AttentionDecode(heads=8, kv_heads=2, head_dim=100), "sm_90a", "100", "96"),
    (AttentionDecode(heads=8, kv_heads=2, head_dim=64, page=24), "sm_90a", "24", "32"),
    (AttentionPrefill(heads=8, kv_heads=2, head_dim=64, tile=100), "sm_90a", "100", "128"),
    (AttentionDecode(heads=8, kv_heads=2, head_dim=64, cache="f8e4m3"), "sm_80", "f8e4m3", "f8e5m2"),
    (AttentionDecode(heads=8, kv_heads=2, head_dim=64, cache="f16"), "sm_90a", "bf16 rows with a cache of f16", "bf16"),
    (AttentionDecode(heads=8, kv_heads=2, head_dim=64, splits=200), "sm_90a", "200", "128"),
    (AttentionPrefill(heads=8, kv_heads=8, head_dim=128), "sm_80", "no registers for 56 bytes", "tile=64"),
    (Gemm(n=4096, k=4096, registers=96), "sm_90a", "no registers for", "registers=0"),
    (Gemm(n=4096, k=4096, registers=32), "sm_90a", "Insufficient registers", "nearest"),
    (Gemm(n=64, k=64, registers=300), "sm_90a", "24 to 255", "255"),
    (Gemm(n=64, k=64, out="f8e4m3"), "sm_90a", "to f8e4m3", "bf16, f16, f32"),
    (GroupedGemm(experts=8, top_k=9, n=64, k=64), "sm_90a", "9 of 8", "8"),
    (MoeRoute(experts=8, top_k=5, groups=4, top_groups=2), "sm_90a", "2 groups have 4", "4"),
    (MoeSort(experts=5000), "sm_90a", "5000", "1024"),
    (RopeKv(heads=7, kv_heads=2, head_dim=64), "sm_90a", "7 query heads", "8 query heads"),
    (RopeKv(heads=8, kv_heads=2, head_dim=64, page=3), "sm_90a", "3", "4"),
    (Glu(width=64, block=1 << 22), "sm_90a", "16384 numbers", "16384"),
    (GemvInt4(n=64, k=1 << 20), "sm_90a", "16777856 bytes", "nearest: Triton's gemm_weights"),
    (RmsNorm(width=64, eps=-1.0), "sm_90a", "-1.0", "0.0"),
    (AttentionCombine(heads=8, head_dim=64, splits=200), "sm_90a", "200", "128"),
    (RopeKv(heads=8, kv_heads=2, head_dim=60), "sm_90a", "60", "64"),
    (RopeKv(heads=8, kv_heads=2, head_dim=64, style="spiral"), "sm_90a", "spiral", "neox"),
    (MoeRoute(experts=8, top_k=9), "sm_90a", "9 of 8", "8"),
    (MoeRoute(experts=60, top_k=2, groups=4, top_groups=1), "sm_90a", "60 experts", "64 experts in 4 groups"),
    (MoeRoute(experts=4096, top_k=2), "sm_90a", "4096", "1024"),
    (GroupedGemm(experts=8, top_k=2, n=64, k=60), "sm_90a", "60", "64"),
    (Quantise(width=100), "sm_90a", "100", "128"),
    (Quantise(width=128), "gfx942", "f8e4m3", "bf16"),
    (Embed(width=64, block=3), "sm_90a", "3", "2"),
    (KvPack(numbers=64, direction="up"), "sm_90a", "up", "pack"),
    (Sample(vocab=100, block=100), "sm_90a", "100", "64"),
    (CudaRmsNorm(width=100), "sm_90a", "100", "Triton"),
    (CudaRmsNorm(dtype="f32", width=64), "sm_90a", "f32", "bf16"),
    (CudaRmsNorm(width=64), "gfx942", "isn't NVIDIA's", "Triton"),
    (CudaAttentionDecode(heads=64, kv_heads=2, head_dim=64), "sm_90a", "32 query heads", "16"),
    (CudaAttentionDecode(heads=8, kv_heads=2, head_dim=256), "sm_90a", "256", "128, or Triton's kernel"),
    (CudaAttentionDecode(heads=8, kv_heads=2, head_dim=64, splits=256), "sm_90a", "256 splits", "128"),
    (CudaAttentionDecode(heads=16, kv_heads=1, head_dim=128, warps=8), "sm_90a", "68608 bytes", "4 warps"),
    (CudaAttentionDecode(heads=8, kv_heads=2, head_dim=96), "sm_90a", "96", "128"),
    (GemmHopper(n=64, k=64), "sm_100a", "no products of warpgroups", "Triton's kernel"),
    (GemmHopper(n=64, k=64, out="f32"), "sm_90a", "to f32", "bf16 or f16"),
    (GemmHopper(n=68, k=64), "sm_90a", "n = 68", "72"),
    (GemmHopper(n=64, k=60), "sm_90a", "16-byte", "64"),
    (GemmHopper(n=64, k=64, warps=4), "sm_90a", "4 warps", "8"),
    (GemmHopper(n=64, k=64, tile_m=192), "sm_90a", "192 rows", "256"),
    (GemmHopper(n=64, k=64, tile_n=100), "sm_90a", "128 x 100", "128"),
    (GemmHopper(n=64, k=64, tile_m=256, tile_n=256), "sm_90a", "256 x 256", "128"),
    (GemmHopper(n=64, k=64, stages=1), "sm_90a", "1 stage", "2"),
    (GemmHopper(n=64, k=64, tile_n=256, stages=5), "sm_90a", "246096 bytes of shared memory", "4 stages"),
    (GemmHopper(dtype="f8e4m3", n=64, k=64, out="bf16"), "sm_90a", "needs scales", "tensor, row or block"),
    (GemmHopper(dtype="f8e4m3", n=64, k=192, scales="block", out="bf16"), "sm_90a", "192", "256"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=64), "sm_100a", "no products of warpgroups", "Triton's kernel"),
    (AttentionPrefillHopper(heads=7, kv_heads=2, head_dim=64), "sm_90a", "7 query heads", "8 query heads"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=96), "sm_90a", "heads of 96", "128, or Triton's kernel"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=320), "sm_90a", "heads of 320", "256, or Triton's kernel"),
    (AttentionPrefillHopper(heads=6, kv_heads=2, head_dim=64, pack=2), "sm_90a", "2 heads in a tile", "1"),
    (AttentionPrefillHopper(heads=64, kv_heads=2, head_dim=64, pack=32), "sm_90a", "32 heads in a tile", "16"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=64, page=24), "sm_90a", "24 tokens", "32, or Triton's kernel"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=64, page=4), "sm_90a", "4 tokens", "8, or Triton's kernel"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=64, page=64, keys=96), "sm_90a", "96 keys", "128"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=64, keys=272), "sm_90a", "272 keys", "256"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=256), "sm_90a", "224 registers", "64"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=64, warps=4), "sm_90a", "4 warps", "8"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=64, stages=1), "sm_90a", "1 stage", "2"),
    (AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=128, stages=4), "sm_90a", "295832 bytes of shared memory", "3 stages"),
    (GemmWeightsHopper(n=64, k=192), "sm_90a", "192", "256"),
    (GemmWeightsHopper(n=64, k=256, group=48), "sm_90a", "48 weights", "32"),
    (GemmWeightsHopper(n=64, k=256, out="f16"), "sm_90a", "'f16'", "rows' type"),
    (GemmWeightsHopper(n=68, k=256), "sm_90a", "n = 68", "72"),
    (GemmWeightsHopper(n=64, k=256), "sm_80", "no products of warpgroups", "Triton's kernel"),
    (GemvInt4(n=64, k=16384, rows=8), "sm_80", "262784 bytes of shared memory, and a CTA of sm_80 has 166912", "5 rows"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "target", "limit", "nearest"), REFUSED, ids=lambda value: value.label if isinstance(value, Spec) else None)
def test_refused(spec: Spec, target: str, limit: str, nearest: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        compile_kernel(spec, target)
    assert limit in caught.value.what and nearest in caught.value.mend


HEADS: dict[str, Any] = {"heads": 8, "kv_heads": 2, "head_dim": 64}
EACH: list[Spec] = [
    RmsNorm(width=64), Glu(width=64), Gemm(n=64, k=64), GemmWeights(n=64, k=128), AttentionDecode(**HEADS), AttentionPrefill(**HEADS), AttentionCombine(heads=8, head_dim=64, splits=4),
    RopeKv(**HEADS), MoeRoute(experts=8, top_k=2), MoeSort(experts=8), GroupedGemm(experts=8, top_k=2, n=64, k=64), MoeCombine(width=64, top_k=2), Embed(width=64), KvPack(numbers=64),
    Sample(vocab=64), Quantise(width=128), CudaRmsNorm(width=64), CudaAttentionDecode(**HEADS), GemvInt4(n=64, k=128), GemmHopper(n=64, k=64), GemmWeightsHopper(n=64, k=128),
    AttentionPrefillHopper(**HEADS),
]  # fmt: skip


def refusal(spec: Spec, target: str = "sm_90a") -> UnsupportedError:
    with pytest.raises(UnsupportedError) as caught:
        legal.check(spec, TARGETS[target])
    return caught.value


@pytest.mark.parametrize("spec", EACH, ids=lambda spec: f"{spec.kernel}.{spec.language}")
def test_numbers_that_no_kernel_takes(spec: Spec) -> None:
    """Each size, tile and bound: what is negative, no whole number, or 0 where 0 means nothing. The nearest value that the refusal names is taken."""
    legal.check(spec, TARGETS["sm_90a"])
    for name in (f.name for f in fields(spec) if f.type == "int"):
        for wrong in (-1, 2.5, True) if name in legal.MAY_BE_ZERO else (0, -8, 2.5, True):
            refused = refusal(replace(spec, **{name: wrong}))
            assert f"{spec.kernel}'s {name} of {wrong!r}" in refused.what
            legal.check(replace(spec, **{name: int(refused.mend.removeprefix("nearest: "))}), TARGETS["sm_90a"])
    for wrong in (3, 64) if not isinstance(spec, GemmHopper | AttentionPrefillHopper) else ():  # which has 8 and no others
        nearest = int(refusal(replace(spec, warps=wrong)).mend.removeprefix("nearest: "))
        legal.check(replace(spec, warps=nearest), TARGETS["sm_90a"])


@pytest.mark.parametrize("spec", EACH, ids=lambda spec: f"{spec.kernel}.{spec.language}")
def test_types_that_no_kernel_takes(spec: Spec) -> None:
    for wrong in {"bf16", "i8", "u8", "i64", "f4", "f8e4m3", "f32"} - set(spec.dtypes):
        refused = refusal(replace(spec, dtype=wrong))
        assert f"found {wrong}" in refused.what and ("bf16" in refused.mend or spec.dtypes == (spec.dtype,))


def test_what_triton_prints_of_a_failure_is_kept_away(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnsupportedError, match=r"Insufficient registers"):
        compile_kernel(Gemm(n=4096, k=4096, registers=40), "sm_90a")
    assert capfd.readouterr() == ("", "")


def test_a_nearest_choice_works() -> None:
    """What the refusals name is taken."""
    for spec, target in [
        (Gemm(n=64, k=64, tile_m=64, tile_n=64), "sm_90a"), (GemmWeights(n=64, k=256, group=128), "sm_80"), (AttentionDecode(heads=8, kv_heads=2, head_dim=96), "sm_90a"),
        (Gemm(n=4096, k=4096, tile_k=128, stages=3), "sm_90a"), (GemvInt4(n=64, k=16384, rows=5), "sm_80"),
    ]:  # fmt: skip
        assert compile_kernel(spec, target).resources.spill_bytes >= 0


def test_unknown_targets_types_and_code() -> None:
    with pytest.raises(InputError, match=r"sm_70.*sm_80"):
        compile_kernel(RmsNorm(width=64), "sm_70")
    with pytest.raises((InputError, UnsupportedError), match="f4"):
        compile_kernel(RmsNorm(dtype="f4", width=64), "sm_90a")
    with pytest.raises(UnsupportedError, match=re.compile(r"nonsense\.cu.*error", re.S)):
        nvrtc.compile_text("void f( {", "nonsense.cu", "sm_90a")
