"""The sizes at which kernels are compiled and disassembled: those of Llama-3-8B (arXiv 2407.21783, table 3) or of a mixture of 8 experts, with the tiles that suit a target."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import Any

from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.triton.choose import suited

HEADS: dict[str, Any] = {"heads": 32, "kv_heads": 8, "head_dim": 128}
SIZES: dict[str, dict[str, Any]] = {
    "rmsnorm": {"width": 4096, "warps": 8}, "glu": {"width": 14336}, "embed": {"width": 4096}, "kv_pack": {"numbers": 16 * 8 * 128}, "quantise": {"width": 4096},
    "gemm": {"n": 4096, "k": 4096}, "gemm_hopper": {"n": 4096, "k": 4096}, "gemm_weights": {"n": 4096, "k": 4096}, "gemm_weights_hopper": {"n": 4096, "k": 4096},
    "gemv_int4": {"n": 4096, "k": 4096},
    "attention_decode": HEADS, "attention_prefill": HEADS, "attention_prefill_hopper": HEADS, "attention_combine": {"heads": 32, "head_dim": 128, "splits": 8}, "rope_kv": HEADS,
    "moe_route": {}, "moe_sort": {"experts": 8}, "grouped_gemm": {"experts": 8, "n": 4096, "k": 4096}, "moe_combine": {"width": 4096}, "sample": {"vocab": 128256},
}  # fmt: skip


def at_scale(spec: Spec, target: str) -> Spec:
    """The same variant of a kernel at such sizes, its tiles as they are by default on the target."""
    usual = {f.name: f.default for f in fields(spec) if f.name in (*spec.tuned, "warps", "stages") and f.default is not MISSING}
    usual.pop("splits", None)  # a variant of its own
    return suited(replace(spec, **{**usual, **SIZES[spec.kernel]}), target)
