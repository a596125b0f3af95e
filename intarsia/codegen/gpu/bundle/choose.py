"""Which kernel serves an operator, with which tiles, by the rows of its phase, the target's limits and what an H100 measured. The text of the stage `pipe` may say others."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from intarsia.codegen.cuda.attention_hopper import ATOM, AttentionPrefillHopper
from intarsia.codegen.cuda.gemm_hopper import RESULTS, GemmHopper, GemmWeightsHopper
from intarsia.codegen.cuda.kernels import WORD, GemvInt4
from intarsia.codegen.gpu.bundle.eights import FORMAT as EIGHTS
from intarsia.codegen.gpu.spec import power_of_two
from intarsia.codegen.gpu.targets import TARGETS, Target
from intarsia.codegen.triton.attention import AttentionCombine, AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.choose import suited
from intarsia.codegen.triton.gemm import SCALE_BLOCK, Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.triton.glu import Glu
from intarsia.codegen.triton.moe import GroupedGemm
from intarsia.codegen.triton.moves import Embed
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.codegen.triton.quantise import Quantise
from intarsia.errors import UnsupportedError

FAMILIES = (
    (r"A100|A10G?|A40|A30|L4|L40S?|RTX", "sm_80"),
    (r"H100|H200|H20|GH200", "sm_90a"),
    (r"B200|GB200", "sm_100a"),
    (r"MI300X?|MI325X?", "gfx942"),
)  # fmt: skip
"""Names of devices, and the target whose objects run there: cubins for 8.0 run on all of 8.x (CUDA programming guide, "Binary compatibility")."""
WIDEST_BLOCK = 1024
STREAMED_ROWS = 64
FEW_ROWS = 16
BUSY = 0.7
NARROWER = 1.15
DEEPEST = 6
LARGE_TILE = 48 * 1024
"""Up to so many rows, products stream their weights, and up to so many those of 4 bits have a kernel of their own (which reads its
weights again for each eight). Tiles for so many of the cores, so many stages at most. Bytes of a stage of a
tile of 128 x 256; how much longer as many columns take in tiles of 128 x 128.
Measured on an H100 (docs/performance-gpu.md)."""
SPEEDS = {
    "": {(128, 64): 0.57, (128, 128): 0.85, (128, 192): 0.9, (128, 256): 1.0},
    "row": {(128, 64): 0.55, (128, 128): 0.9, (128, 192): 1.07, (128, 256): 1.0},
    "int4": {(128, 64): 0.53, (128, 128): 0.81, (128, 192): 0.93, (128, 256): 1.0},
    "block": {(128, 64): 0.58, (128, 128): 0.82, (128, 192): 0.99, (128, 256): 1.0},
}  # fmt: skip
"""By the scales of 8-bit floats ("": 16 bits; int4: weights of 4), how much of c a CTA of `GemmHopper` makes in a second with a tile, beside the largest tile: measured on an H100
on products of 64 to 8,192 rows (docs/performance-gpu.md)."""
ROLES_KEYS = {64: 128, 128: 128, 192: 64, 256: 64}
"""By the numbers of a head, keys in a block of `AttentionPrefillHopper`."""
ByRoles = TypeVar("ByRoles", bound=GemmHopper)
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
    """Kernels for one phase with up to `rows` rows and `sequences` sequences on a target with `cores` cores; `divided`: nano-batches share them."""

    target: Target
    cores: int
    rows: int
    sequences: int
    dtype: str = ROWS_DTYPE
    divided: bool = False

    def gemm(self, n: int, k: int, rows: int, **more: Any) -> Gemm | GemmHopper:
        """Few rows: `_streamed`. More: `_by_roles` where that is a kernel, else a tile as high as the rows need, as deep a pipeline as shared memory holds."""
        if special := self._by_roles(n, k, rows, dtype=self.dtype, **more):
            return special
        tile_m = min(128, max(16, power_of_two(rows)))
        if tile_m <= STREAMED_ROWS and self.target.nvidia:
            return self._streamed(n, k, tile_m, **more)
        tile_n = min(self._widest(rows, n), max(16, power_of_two(n)))
        tile_k = min(64, max(16, power_of_two(k)))
        warps = 8 if tile_m * tile_n >= 128 * 128 else 4
        sizes: dict[str, Any] = {"n": n, "k": k, "tile_m": tile_m, "tile_n": tile_n, "tile_k": tile_k, "warps": warps} | more
        # Each CTA walks through its tiles, and fetches the next one's operands while it stores this one; tiles of f32 leave no room for that.
        if self.target.name == "sm_90a" and tile_n >= 128 and tile_k == 64 and not more.get("out"):
            return Gemm(dtype=self.dtype, bulk=True, ctas=self.cores, stages=3 if tile_n == 256 else 4, **sizes)
        return Gemm(dtype=self.dtype, stages=self._stages((tile_m + tile_n) * tile_k * 2), **sizes)

    def gemm_weights(self, n: int, k: int, rows: int, bits: int, **more: Any) -> GemmWeights | GemmWeightsHopper:
        """Of 4 or 8 bits, which registers widen: of 4 on Hopper those of warps that fetch. Else, for few rows, tiles narrow enough that most cores have one."""
        if bits == 4 and self._has_roles(n, **more):
            tile_m, tile_n = self._tile(n, rows, "int4")
            given = {name: value for name, value in more.items() if name != "activation"}
            return self._deepest(GemmWeightsHopper(dtype=self.dtype, n=n, k=k, tile_m=tile_m, tile_n=tile_n, ctas=self.cores, **given))
        tile_m, tile_n = min(64, max(16, power_of_two(rows))), 128
        if rows <= STREAMED_ROWS:
            tile_n = 64 if n >= BUSY * self.cores * 64 else 32
        return GemmWeights(dtype=self.dtype, n=n, k=k, bits=bits, tile_m=tile_m, tile_n=min(tile_n, max(16, power_of_two(n))), **more)

    def few_rows(self, whole: GemmWeights | GemmWeightsHopper) -> GemvInt4 | None:
        """What takes the place of a product with weights of 4 bits in steps of up to FEW_ROWS rows, from the same weights; None where there is no such kernel."""
        if whole.bits != 4 or whole.activation != "none" or not self.target.nvidia:
            return None
        spec = GemvInt4(dtype=whole.dtype, n=whole.n, k=whole.k, group=whole.group, bias=whole.bias, residual=whole.residual)
        rows = spec.most_rows(self.target)
        return replace(spec, rows=rows, ctas=self.cores) if rows else None  # a CTA for each core, which loads its rows once

    def gemm_eights(self, n: int, k: int, rows: int, scales: str, **more: Any) -> Gemm | GemmHopper:
        """Of 8-bit floats: `_by_roles` where that is a kernel. Else tiles are as high as a warpgroup's products, at least, and no larger than registers hold beside the sums that
        leave the tensor cores."""
        if special := self._by_roles(n, k, rows, dtype=EIGHTS, scales=scales, **{"out": self.dtype} | more):
            return special
        tile_m, tile_n, deepest = min(128, max(64, power_of_two(rows))), 128, 4
        tile_k = SCALE_BLOCK if scales == "block" else min(SCALE_BLOCK, max(32, power_of_two(k)))
        if rows <= STREAMED_ROWS:
            tile_n, deepest = (64, DEEPEST) if n >= BUSY * self.cores * 64 else (32, DEEPEST + 2)
        tile_n = min(tile_n, max(16, power_of_two(n)))
        stages = max(1, min(deepest, self.target.shared * 2 // 3 // ((tile_m + tile_n) * tile_k)))
        sizes: dict[str, Any] = {"n": n, "k": k, "tile_m": tile_m, "tile_n": tile_n, "tile_k": tile_k, "warps": 8 if tile_m * tile_n >= 128 * 128 else 4}
        return Gemm(dtype=EIGHTS, out=self.dtype, scales=scales, stages=stages, **sizes, **more)

    def _by_roles(self, n: int, k: int, rows: int, activation: str = "none", out: str = "", **more: Any) -> GemmHopper | None:
        """Products of many rows on Hopper by warps with a role each, in the tiles that take the least time; None where there is no such kernel."""
        if rows <= STREAMED_ROWS or not self._has_roles(n, activation, out):
            return None
        tile_m, tile_n = self._tile(n, rows, more.get("scales", ""))
        return self._deepest(GemmHopper(n=n, k=k, out=out, tile_m=tile_m, tile_n=tile_n, ctas=self.cores, **more))

    def _has_roles(self, n: int, activation: str = "none", out: str = "", **_: Any) -> bool:
        """Whether a product can be by warps with a role each. Not for nano-batches: it leaves no room on a core for another kernel."""
        return self.target.warpgroups and not self.divided and activation == "none" and (out or self.dtype) in RESULTS and n % WORD == 0

    def _tile(self, n: int, rows: int, kind: str) -> tuple[int, int]:
        """The one that takes the least time, rounds of tiles counted whole."""
        speeds = SPEEDS[kind]

        def seconds(tile: tuple[int, int]) -> float:
            rounds = -(-(-(-rows // tile[0]) * -(-n // tile[1])) // self.cores)
            return rounds * tile[0] * tile[1] / speeds[tile]

        return min(speeds, key=seconds)

    def _deepest(self, spec: ByRoles) -> ByRoles:
        """With as many stages as fit."""
        return replace(spec, stages=spec.most_stages(self.target))

    def quantise(self, width: int, scales: str) -> Quantise:
        """Rows for such products."""
        if scales == "row":
            return Quantise(dtype=self.dtype, out=EIGHTS, width=width, scales=scales, warps=self._row_warps(width))
        return Quantise(dtype=self.dtype, out=EIGHTS, width=width, scales=scales)

    def _streamed(self, n: int, k: int, tile_m: int, **more: Any) -> Gemm:
        """Products that read their weights once: tiles narrow enough that most cores have one, and deep enough to have many bytes under way."""
        tile_n = next((tile for tile in (128, 64) if n >= BUSY * self.cores * tile), 32)
        tile_n, tile_k = min(tile_n, max(16, power_of_two(n))), min(128, max(16, power_of_two(k)))
        return Gemm(dtype=self.dtype, n=n, k=k, tile_m=tile_m, tile_n=tile_n, tile_k=tile_k, warps=4, stages=self._stages((tile_m + tile_n) * tile_k * 2, DEEPEST), **more)

    def _widest(self, rows: int, n: int) -> int:
        """Columns of a tile of 128 rows: 256 where registers hold the sums of a warpgroup's products, and enough tiles are left that the last round of them isn't near empty."""
        tiles = -(-rows // 128) * (n // 256)
        rounds, narrow = -(-tiles // self.cores), -(-2 * tiles // self.cores)
        return 256 if self.target.name == "sm_90a" and tiles >= BUSY * self.cores and 2 * rounds <= NARROWER * narrow else 128

    def grouped_gemm(self, experts: int, top_k: int, n: int, k: int, *, gathers: bool) -> GroupedGemm:
        each = max(1, self.rows * top_k // experts)
        tile_m, tile_k = min(128, max(16, power_of_two(each))), min(64, max(16, power_of_two(k)))
        tile_n = min(self._widest(self.rows * top_k, n) if tile_m == 128 else 128, max(16, power_of_two(n)))
        stages, warps = self._stages((tile_m + tile_n) * tile_k * 2), 8 if tile_m * tile_n >= 128 * 128 else 4
        return GroupedGemm(
            dtype=self.dtype, experts=experts, top_k=top_k, n=n, k=k, gathers=gathers, tile_m=tile_m, tile_n=tile_n, tile_k=tile_k, warps=warps, stages=stages,
        )  # fmt: skip

    def _stages(self, bytes_each: int, most: int = 4) -> int:
        """As many as fit twice on a core; of the largest tiles, and where most of the time is one of memory, as many as leave a third of it; one at least."""
        room = self.target.shared * 2 // 3 if most == DEEPEST or bytes_each >= LARGE_TILE else self.target.shared // 2
        return max(1, min(most, room // bytes_each))

    def rmsnorm(self, width: int, eps: float) -> RmsNorm:
        return RmsNorm(dtype=self.dtype, width=width, eps=eps, warps=self._row_warps(width))

    def _row_warps(self, width: int) -> int:
        """Of a kernel that has a whole row in registers."""
        return min(16, max(1, power_of_two(width) // (16 * self.target.warp_size)))

    def glu(self, width: int, activation: str) -> Glu:
        return Glu(dtype=self.dtype, width=width, activation=activation, block=min(WIDEST_BLOCK, power_of_two(width)))

    def embed(self, width: int, scale: float = 1.0) -> Embed:
        return Embed(dtype=self.dtype, width=width, scale=scale, block=min(WIDEST_BLOCK, power_of_two(width)))

    def decode(self, **sizes: Any) -> tuple[AttentionDecode, AttentionCombine | None]:
        """Split over the keys so that a batch of few sequences keeps all cores at it too: a sixteenth of the most."""
        few = max(1, self.sequences // 16)
        splits = min(16, power_of_two(max(1, self.cores // (few * sizes["kv_heads"]))))
        whole = cast(AttentionDecode, suited(AttentionDecode(dtype=self.dtype, splits=splits, **sizes), self.target.name))
        if self.divided and self.target.name == "sm_90a" and sizes["head_dim"] <= 128:
            whole = replace(whole, keys=128, stages=2)  # on some of an H100's cores the fastest, for all that it takes of each
        return whole, AttentionCombine(dtype=self.dtype, heads=sizes["heads"], head_dim=sizes["head_dim"], splits=splits) if splits > 1 else None

    def prefill(self, **sizes: Any) -> AttentionPrefill | AttentionPrefillHopper:
        """By warps with a role each where that is a kernel, else Triton's."""
        return self._prefill_by_roles(**sizes) or self._prefill(**sizes)

    def _prefill_by_roles(self, cache: str = "", **sizes: Any) -> AttentionPrefillHopper | None:
        """None where there is no such kernel."""
        if not self.target.warpgroups or cache or sizes["head_dim"] not in ROLES_KEYS or sizes.get("page", ATOM) < ATOM:
            return None
        return AttentionPrefillHopper(dtype=self.dtype, keys=ROLES_KEYS[sizes["head_dim"]], ctas=self.cores, **sizes)

    def _prefill(self, **sizes: Any) -> AttentionPrefill:
        tile = min(128, max(16, power_of_two(self.rows)))
        spec = AttentionPrefill(dtype=self.dtype, tile=tile, warps=8 if tile == 128 else 4, **sizes)
        fitted = cast(AttentionPrefill, suited(spec, self.target.name)) if tile == 128 else spec
        wide = fitted.head_dim > 128 and fitted.tile >= 64 and self.target.nvidia
        return replace(fitted, tile=64, warps=8) if wide else fitted  # more rows, or fewer threads, spill
