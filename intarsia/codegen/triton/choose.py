"""Tiles, warps and stages to start from on a target: what keeps a kernel in registers and shared memory there. The planner may set others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Spec

BY_TARGET: dict[tuple[str, str], dict[str, Any]] = {
    ("attention_prefill", "sm_80"): {"tile": 64, "keys": 32, "warps": 4},
    ("attention_prefill", "sm_90a"): {"tile": 64, "keys": 64, "warps": 4},
    ("attention_prefill", "gfx942"): {"tile": 64, "keys": 32, "warps": 4},
    ("attention_decode", "sm_90a"): {"keys": 32, "stages": 4},
    ("gemm", "gfx942"): {"tile_m": 128, "tile_n": 128, "tile_k": 32, "warps": 4},
}
"""sm_80 spills with 128 rows of queries; a CU of gfx942 has 64 KB, and its warps are twice as wide; an H100 streams a cache fastest so (docs/performance-gpu.md)."""


def suited(spec: Spec, target: str) -> Spec:
    """The spec with the tiles that suit a target."""
    changes = dict(BY_TARGET.get((spec.kernel, target), {})) if spec.language == "triton" else {}
    if spec.kernel == "gemm" and dtype(spec.dtype).bits == 8:
        changes["tile_k"] = 128  # a block of scales, and as many bytes as 64 16-bit numbers
    return replace(spec, **changes) if changes else spec
