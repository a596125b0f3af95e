"""Which kernel serves an operator, with which tiles: chosen for the phase's most rows and the target's limits. Tiles can be changed in the text of the stage `pipe`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from intarsia.codegen.gpu.spec import power_of_two
from intarsia.codegen.gpu.targets import TARGETS, Target
from intarsia.codegen.triton.attention import AttentionCombine, AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.choose import suited
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.glu import Glu
from intarsia.codegen.triton.moe import GroupedGemm
from intarsia.codegen.triton.moves import Embed
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.errors import UnsupportedError

FAMILIES = (
    (r"A100|A10G?|A40|A30|L4|L40S?|RTX", "sm_80"),
    (r"H100|H200|H20|GH200", "sm_90a"),
    (r"B200|GB200", "sm_100a"),
    (r"MI300X?|MI325X?", "gfx942"),
)  # fmt: skip
"""Names of devices, and the target whose objects run there: cubins for 8.0 run on all of 8.x (CUDA programming guide, "Binary compatibility")."""
WIDEST_BLOCK = 1024
ROWS_DTYPE = "bf16"
"""What ir/passes/narrow.py makes of rows."""


def target_of(device: str) -> Target:
    """The target for a device's name. Raises UnsupportedError for a device that no kernel is made for."""
    for names, target in FAMILIES:
        if re.fullmatch(rf"(?:{names})(?:[-_ ].*)?", device, re.IGNORECASE):
            return TARGETS[target]
    raise UnsupportedError(f"no code can be generated for {device}", mend=f"GPU code is made for {', '.join(TARGETS)}; `intarsia plan` predicts the others")


@dataclass(frozen=True)
class Chooser:
    """Kernels for one phase with up to `rows` rows and `sequences` sequences on a target with `cores` cores."""

    target: Target
    cores: int
    rows: int
    sequences: int
    dtype: str = ROWS_DTYPE

    def gemm(self, n: int, k: int, rows: int, **more: Any) -> Gemm:
        """A tile as high as the rows need, as deep a pipeline as shared memory holds."""
        tile_m = min(128, max(16, power_of_two(rows)))
        tile_n = min(128, max(16, power_of_two(n)))
        tile_k = min(64, max(16, power_of_two(k)))
        warps = 8 if tile_m * tile_n >= 128 * 128 else 4
        stages = self._stages((tile_m + tile_n) * tile_k * 2)
        return Gemm(dtype=self.dtype, n=n, k=k, tile_m=tile_m, tile_n=tile_n, tile_k=tile_k, warps=warps, stages=stages, **more)

    def grouped_gemm(self, experts: int, top_k: int, n: int, k: int, *, gathers: bool) -> GroupedGemm:
        each = max(1, self.rows * top_k // experts)
        tile_m, tile_n, tile_k = min(64, max(16, power_of_two(each))), min(128, max(16, power_of_two(n))), min(64, max(16, power_of_two(k)))
        stages = self._stages((tile_m + tile_n) * tile_k * 2)
        return GroupedGemm(dtype=self.dtype, experts=experts, top_k=top_k, n=n, k=k, gathers=gathers, tile_m=tile_m, tile_n=tile_n, tile_k=tile_k, stages=stages)

    def _stages(self, bytes_each: int) -> int:
        """As many as fit twice on a core, so that another kernel's CTA finds room; between 1 and 4."""
        return max(1, min(4, self.target.shared // 2 // bytes_each))

    def rmsnorm(self, width: int, eps: float) -> RmsNorm:
        warps = min(16, max(1, power_of_two(width) // (16 * self.target.warp_size)))
        return RmsNorm(dtype=self.dtype, width=width, eps=eps, warps=warps)

    def glu(self, width: int, activation: str) -> Glu:
        return Glu(dtype=self.dtype, width=width, activation=activation, block=min(WIDEST_BLOCK, power_of_two(width)))

    def embed(self, width: int, scale: float = 1.0) -> Embed:
        return Embed(dtype=self.dtype, width=width, scale=scale, block=min(WIDEST_BLOCK, power_of_two(width)))

    def decode(self, **sizes: Any) -> tuple[AttentionDecode, AttentionCombine | None]:
        """Split over the keys where sequences and KV heads alone leave cores idle."""
        splits = min(16, power_of_two(max(1, self.cores // (self.sequences * sizes["kv_heads"]))))
        whole = AttentionDecode(dtype=self.dtype, splits=splits, **sizes)
        return whole, AttentionCombine(dtype=self.dtype, heads=sizes["heads"], head_dim=sizes["head_dim"], splits=splits) if splits > 1 else None

    def prefill(self, **sizes: Any) -> AttentionPrefill:
        tile = min(128, max(16, power_of_two(self.rows)))
        spec = AttentionPrefill(dtype=self.dtype, tile=tile, warps=8 if tile == 128 else 4, **sizes)
        return cast(AttentionPrefill, suited(spec, self.target.name)) if tile == 128 else spec
