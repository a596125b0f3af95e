"""Matrix products c = a b^T on Hopper by warps with a role each: one warp fetches operands by the bulk copy engine, two warpgroups multiply. Persistent: `ctas` bounds the grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.cuda.emit import CudaSpec
from intarsia.codegen.cuda.kernels import PAIRS
from intarsia.codegen.gpu.dtypes import LARGEST, dtype
from intarsia.codegen.gpu.spec import Argument, require
from intarsia.codegen.gpu.targets import Target
from intarsia.codegen.triton.gemm import SCALE_BLOCK, Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights

RESULTS = ("bf16", "f16")
ROW_BYTES = 128
"""Of a stage's rows: what the bulk copy engine swizzles, and for 8-bit floats as many numbers as sums may stay in the tensor cores (docs/gpu-kernels.md)."""
KINDS = {"bf16": ("bf16", 10), "f16": ("f16", 6), "f8e4m3": ("e4m3", 0), "f8e5m2": ("e5m2", 0)}
"""wgmma's name of a type, and a tensor map's number."""
MAP_BYTES, MAPS = 128, 2
CONSUMERS = (40, 232)
"""Registers of a thread of the warpgroup that fetches, and of the two that multiply: together no more than the CTA was launched with, 168 a thread; a warp would wait for ever."""
WIDENERS = (88, 208)
"""The same where those that fetch widen weights of 4 bits."""
PACKED_REGISTERS = 9
"""Times 64 columns of a tile and five registers: what a thread that widens has for weights on their way."""
WIDEST_SUMS = 200
"""Registers that a thread has for sums, and for those of the tensor cores beside them."""


@dataclass(frozen=True, kw_only=True)
class GemmHopper(CudaSpec):
    """As triton/gemm.py: c[rows, n] = a[rows, k] b[n, k]^T (x scales) (+ bias) (+ residual), summed in f32, the same arguments.

    `tile_m` x `tile_n` sums a CTA, half of the rows a warpgroup; `stages` of 128 bytes of each row of a and b.
    """

    kernel: ClassVar[str] = "gemm_hopper"
    tensor_cores: ClassVar[tuple[str, ...]] = ("HGMMA", "QGMMA")
    wide_share: ClassVar[float] = 0.65  # operands come by no loads; scales of blocks by narrow ones
    tuned: ClassVar[tuple[str, ...]] = ("tile_m", "tile_n", "group_m")
    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16", *LARGEST)
    least: ClassVar[Mapping[str, int]] = {"n": 8, "k": 16, "tile_m": 128, "tile_n": 64, "stages": 2, "warps": 8}

    n: int
    k: int
    out: str = ""
    scales: str = ""
    bias: bool = False
    residual: bool = False
    tile_m: int = 128
    tile_n: int = 128
    group_m: int = 8
    warps: int = 8
    stages: int = 4

    bulk, warpgroups, activation = True, True, "none"  # unlike Triton's, it has no other choice

    @property
    def result(self) -> str:
        return self.out or self.dtype

    @property
    def groups(self) -> int:
        """Warpgroups that multiply."""
        return self.warps // 4

    @property
    def threads(self) -> int:
        """A warpgroup more, of which one warp fetches: registers are given and taken by warpgroups."""
        return 32 * (self.warps + 4)

    @property
    def eight(self) -> bool:
        return dtype(self.dtype).bits == 8

    @property
    def part(self) -> int:
        """Columns of a tile that share a block's scale, wherever the tile begins."""
        return SCALE_BLOCK if self.tile_n % SCALE_BLOCK == 0 else SCALE_BLOCK // 2

    @property
    def _stage_bytes(self) -> int:
        """Rows of both operands, two barriers, and scales of blocks."""
        scales = 4 * (self.tile_m + 4) if self.scales == "block" else 0
        return ROW_BYTES * (self.tile_m + self.tile_n) + 16 + scales

    @property
    def dynamic_shared_bytes(self) -> int:
        """Stages, and drafts of the maps."""
        return self.stages * self._stage_bytes + MAPS * MAP_BYTES

    def most_stages(self, target: Target) -> int:
        """As many as shared memory holds."""
        return (target.shared_cta - MAPS * MAP_BYTES) // self._stage_bytes

    @property
    def scratch_bytes(self) -> int:
        return MAPS * MAP_BYTES

    @property
    def span(self) -> int:
        """Columns that a warpgroup multiplies at once: as many as registers hold, for 8-bit floats twice."""
        sums = self.tile_m // self.groups * self.tile_n // 128
        return self.tile_n if not self.eight or sums + self.tile_n // 2 <= WIDEST_SUMS else self.tile_n // 2

    @property
    def _like(self) -> Gemm:
        """Triton's kernel with these tiles."""
        return Gemm(
            dtype=self.dtype, n=self.n, k=self.k, out=self.out, scales=self.scales, bias=self.bias, residual=self.residual, tile_m=self.tile_m, tile_n=self.tile_n,
            tile_k=ROW_BYTES // dtype(self.dtype).bytes, group_m=self.group_m, ctas=self.ctas,
        )  # fmt: skip

    @property
    def twin(self) -> Gemm:
        return Gemm(dtype=self.dtype, n=self.n, k=self.k, out=self.out, scales=self.scales, bias=self.bias, residual=self.residual, tile_k=ROW_BYTES // dtype(self.dtype).bytes)

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self._like.arguments

    def facts(self) -> dict[str, Any]:
        kind, element = KINDS[self.dtype]
        wide = dtype(self.dtype).bytes
        extra = [("bias", "n / 8")] * self.bias + [("residual", "at")] * self.residual
        return {
            "kind": kind, "element": element, "wide": wide, "step": ROW_BYTES // wide, "span": self.span, "keeps": not self.eight, "extra": extra,
            "part": self.part, "ragged_n": self.n % self.tile_n != 0,
            "factor": {"tensor": " * factor", "row": " * factors[low]"}.get(self.scales, ""), "formula": self._like.facts()["formula"],
            "producer_registers": CONSUMERS[0], "consumer_registers": CONSUMERS[1], "packed": False,
        }  # fmt: skip

    @property
    def work(self) -> str:
        return self._like.work

    @property
    def flops(self) -> str:
        return self._like.flops

    @property
    def bytes(self) -> str:
        return self._like.bytes

    @property
    def mend(self) -> str:
        return f"nearest: {max(2, self.stages - 1)} stages, or Triton's kernel"

    def check(self, target: Target) -> None:
        require(target.warpgroups, f"{self.label}: {target.name} has no products of warpgroups", "nearest there: Triton's kernel")
        require(self.result in RESULTS, f"CUDA's gemm of {self.dtype} to {self.result}", f"nearest: {' or '.join(RESULTS)} for out, or Triton's kernel")
        self._like.check_types(target)
        require(self.warps == 8, f"CUDA's gemm with {self.warps} warps that multiply", "nearest: 8")
        require(self.tile_m in (128, 256), f"CUDA's gemm with tiles of {self.tile_m} rows: two warpgroups have 64 or 128 each", f"nearest: {128 if self.tile_m < 192 else 256}")
        fits = self.tile_n % 64 == 0 and self.tile_n <= 256 and self.tile_m * self.tile_n <= 128 * 256
        nearest = min(256 * 128 // self.tile_m, max(64, round(self.tile_n / 64) * 64))
        require(fits, f"CUDA's gemm with tiles of {self.tile_m} x {self.tile_n}: registers hold the sums of 128 x 256, columns come in 64s", f"nearest: {nearest} columns")
        require(self.n % 8 == 0, f"CUDA's gemm with n = {self.n}: rows of c must be whole 16-byte words", f"nearest: {-(-self.n // 8) * 8}, or Triton's kernel")
        require(self.stages >= 2, f"CUDA's gemm with {self.stages} stage: one is fetched while another is read", "nearest: 2")


@dataclass(frozen=True, kw_only=True)
class GemmWeightsHopper(GemmHopper):
    """As triton/gemm_weights.py with 4-bit weights and no activation: the four warps that fetch widen weights on their way to shared memory."""

    kernel: ClassVar[str] = "gemm_weights_hopper"
    tensor_cores: ClassVar[tuple[str, ...]] = ("HGMMA",)
    dtypes: ClassVar[tuple[str, ...]] = RESULTS
    least: ClassVar[Mapping[str, int]] = {**GemmHopper.least, "k": 128, "group": 32}

    group: int = 128

    bits = 4

    @property
    def twin(self) -> GemmWeights:  # type: ignore[override]
        return GemmWeights(dtype=self.dtype, n=self.n, k=self.k, bits=4, group=self.group, bias=self.bias, residual=self.residual, tile_m=64, tile_n=64)

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self.twin.arguments

    def facts(self) -> dict[str, Any]:
        pair, magic, mantissa = PAIRS[self.dtype]
        more: dict[str, Any] = {"formula": self.twin.facts()["formula"], "producer_registers": WIDENERS[0], "consumer_registers": WIDENERS[1]}
        more |= {"packed": True, "ahead": min(6, PACKED_REGISTERS * 64 // self.tile_n)}
        return super().facts() | more | {"pair": pair, "magic": f"0x{magic * 0x10001:08x}", "mantissa": mantissa}

    @property
    def bytes(self) -> str:
        """a is read for every column of tiles, weights and a scale for each half of a run, or for all of it, for every row of tiles."""
        wide = dtype(self.dtype).bytes
        weights = self.n * (self.k // 2 + self.k // min(64, self.group) * wide)
        once = self.n * wide * (1 + self.residual)
        shift = f" + {self.n * wide} * ceil(rows / {self.tile_m})" if self.bias else ""
        return f"{-(-self.n // self.tile_n) * self.k * wide} * rows + {weights} * ceil(rows / {self.tile_m}){shift} + {once} * rows"

    def check(self, target: Target) -> None:
        super().check(target)
        what = f"CUDA's gemm_weights_hopper with out {self.out!r} and scales {self.scales!r}"
        require(not self.out and not self.scales, what, "nearest: none of either: results are of the rows' type")
        nearest = min((32, 64, 128), key=lambda group: abs(group - self.group))
        require(self.group in (32, 64, 128), f"groups of {self.group} weights: scales are for 32, 64 or 128", f"nearest: {nearest}")
        run = max(64, self.group)
        require(self.k % run == 0, f"gemm_weights_hopper with k = {self.k}: rows must be whole runs of {run}", f"pad k to {-(-self.k // run) * run}")
