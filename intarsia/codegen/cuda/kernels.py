"""The specs of CUDA C++ kernels. Arguments and layouts are those of Triton's kernels of the same name (gemv_int4: of gemm_weights), so that either can be launched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from intarsia.codegen.cuda.emit import CudaSpec
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, power_of_two, read, require, size, updated, written
from intarsia.codegen.gpu.targets import Target
from intarsia.codegen.triton.gemm_weights import GemmWeights

HALVES = ("bf16", "f16")
WORD = 8
"""16-bit floats in 128 bits."""
MOST_GROUP, WIDEST_HEAD, MOST_PER_THREAD, RUN = 8, 256, 64, 64


@dataclass(frozen=True, kw_only=True)
class CudaRmsNorm(CudaSpec):
    """As triton/norm.py, a row in a CTA's registers."""

    kernel: ClassVar[str] = "rmsnorm"
    dtypes: ClassVar[tuple[str, ...]] = HALVES
    least: ClassVar[Mapping[str, int]] = {"width": WORD}
    wide_share: ClassVar[float] = 1.0

    width: int
    eps: float = 1e-5
    residual: bool = False

    @property
    def arguments(self) -> tuple[Argument, ...]:
        rows = ("rows", self.width)
        kept = (updated("residual", self.dtype, *rows),) if self.residual else ()
        return (read("x", self.dtype, *rows), *kept, read("weight", self.dtype, self.width), written("y", self.dtype, *rows), size("rows"))

    @property
    def work(self) -> str:
        return "rows"

    @property
    def bytes(self) -> str:
        """The weight is read for each row."""
        return f"{dtype(self.dtype).bytes * self.width * (5 if self.residual else 3)} * rows"

    def check(self, target: Target) -> None:
        widest = MOST_PER_THREAD * target.threads_cta
        require(self.width <= widest, f"rmsnorm of rows of {self.width}: CUDA's takes {widest} at most", f"nearest: {widest}")
        nearest = max(WORD, round(self.width / WORD) * WORD)
        require(self.width % WORD == 0, f"rmsnorm of rows of {self.width}: CUDA's takes whole words of {WORD}", f"nearest: {nearest}, or Triton's kernel")
        most = -(-self.width // self.threads)
        require(most <= MOST_PER_THREAD, f"rmsnorm of rows of {self.width} with {self.warps} warps: {most} numbers a thread, {MOST_PER_THREAD} fit in registers",
                f"nearest: {power_of_two(-(-self.width // (MOST_PER_THREAD * 32)))} warps, or Triton's kernel")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CudaAttentionDecode(CudaSpec):
    """As triton/attention.py without splits, on the vector units: teams of lanes take a token each, 128 bits a lane."""

    kernel: ClassVar[str] = "attention_decode"
    dtypes: ClassVar[tuple[str, ...]] = HALVES
    least: ClassVar[Mapping[str, int]] = {"head_dim": 64}
    wide_share: ClassVar[float] = 0.5  # beside page numbers and results

    heads: int
    kv_heads: int
    head_dim: int
    page: int = 16
    scale: float = 0.0

    @property
    def factor(self) -> float:
        return self.scale or self.head_dim**-0.5

    @property
    def arguments(self) -> tuple[Argument, ...]:
        pool, row = ("cache_pages", self.kv_heads, self.page, self.head_dim), ("rows", self.heads * self.head_dim)
        tables = (read("page_table", "i32", "sequences", "pages"), read("sequence_table", "i32", "sequences", 3))
        caches = (read("k_cache", self.dtype, *pool), read("v_cache", self.dtype, *pool))
        return (read("q", self.dtype, *row), *caches, *tables, written("out", self.dtype, *row), size("sequences"), size("pages"))

    @property
    def stored(self) -> str:
        return self.dtype

    narrow, window, splits = False, 0, 1  # unlike Triton's, it has no other choice

    @property
    def work(self) -> str:
        return f"sequences * {self.kv_heads}"

    @property
    def flops(self) -> str:
        """Beside the products, each lane keeps the running sum of chances: a fused product for its word of a key, 1/16 of them."""
        return f"{self.heads * (4 * self.head_dim + 2 * self.head_dim // WORD)} * pairs"

    @property
    def bytes(self) -> str:
        wide = dtype(self.dtype).bytes
        return f"{self.kv_heads * (2 * self.head_dim * wide + 4)} * keys + {2 * self.heads * self.head_dim * wide + 8 * self.kv_heads} * sequences"

    @property
    def mend(self) -> str:
        return f"nearest: {max(1, self.warps // 2)} warps, whose teams take less shared memory"

    def check(self, target: Target) -> None:
        group = self.heads // self.kv_heads
        what = f"{self.heads} query heads can't share {self.kv_heads} KV heads evenly"
        require(self.heads == group * self.kv_heads, what, f"nearest: {self.kv_heads * max(1, group)} query heads")
        require(group <= MOST_GROUP, f"{group} query heads for a KV head: CUDA's decode keeps {MOST_GROUP} in registers", f"nearest: {MOST_GROUP}, or Triton's kernel")
        fits = is_power_of_two(self.head_dim) and 64 <= self.head_dim <= WIDEST_HEAD
        require(fits, f"heads of {self.head_dim}: CUDA's decode takes 64, 128 and 256", f"nearest: {min(WIDEST_HEAD, max(64, power_of_two(self.head_dim)))}, or Triton's kernel")
        require(is_power_of_two(self.page), f"pages of {self.page} tokens: a power of two is wanted", f"nearest: {power_of_two(self.page)}")


@dataclass(frozen=True, kw_only=True)
class GemvInt4(CudaSpec):
    """As triton/gemm_weights.py with 4-bit weights and no activation, for few rows: a warp makes one output of `rows` of them, which lie in shared memory."""

    kernel: ClassVar[str] = "gemv_int4"
    dtypes: ClassVar[tuple[str, ...]] = HALVES
    least: ClassVar[Mapping[str, int]] = {"k": 128, "group": 32}
    tuned: ClassVar[tuple[str, ...]] = ("rows",)
    wide_share: ClassVar[float] = 0.6  # beside scales and results

    n: int
    k: int
    group: int = 128
    rows: int = 1
    bias: bool = False
    residual: bool = False

    bits, activation = 4, "none"  # unlike gemm_weights, it has no other choice

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self.twin.arguments

    @property
    def twin(self) -> GemmWeights:
        return GemmWeights(dtype=self.dtype, n=self.n, k=self.k, bits=4, group=self.group, bias=self.bias, residual=self.residual, tile_m=16, tile_n=32)

    @property
    def dynamic_shared_bytes(self) -> int:
        return self.rows * self.k * dtype(self.dtype).bytes

    @property
    def work(self) -> str:
        return str(-(-self.n // self.warps))

    @property
    def flops(self) -> str:
        return f"{2 * self.n * self.k} * rows"

    @property
    def bytes(self) -> str:
        """Each CTA reads all rows; weights are read for every `rows` of them."""
        wide = dtype(self.dtype).bytes
        weights = self.n * (self.k // 2 + self.k // self.group * wide)
        again = weights + (self.n * wide if self.bias else 0)
        return f"{self.k * wide} * rows * ctas + {again} * ceil(rows / {self.rows}) + {self.n * wide * (2 if self.residual else 1)} * rows"

    @property
    def mend(self) -> str:
        return f"nearest: {max(1, self.rows // 2)} rows at a time, or Triton's gemm_weights"

    def check(self, target: Target) -> None:
        require(1 <= self.rows <= 8, f"{self.rows} rows at a time: gemv_int4 keeps 1 to 8 sums", f"nearest: {min(8, max(1, self.rows))}")
        nearest = min((32, 64, 128), key=lambda group: abs(group - self.group))
        require(self.group in (32, 64, 128), f"groups of {self.group} weights: scales are for 32, 64 or 128", f"nearest: {nearest}")
        run = max(RUN, self.group)
        require(self.k % run == 0, f"gemv_int4 with k = {self.k}: rows must be whole runs of {run}", f"pad k to {-(-self.k // run) * run}")
        taken, limit = self.dynamic_shared_bytes, target.shared_cta
        held = limit * self.rows // taken
        what = f"gemv_int4 of {self.rows} rows of {self.k}: {taken} bytes of shared memory, and a CTA of {target.name} has {limit}"
        require(taken <= limit, what, f"nearest: {f'{held} rows at a time, or ' if held else ''}Triton's gemm_weights")
