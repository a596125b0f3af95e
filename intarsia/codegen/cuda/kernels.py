"""The specs of CUDA C++ kernels. Arguments and layouts are those of Triton's kernels of the same name (gemv_int4: of gemm_weights), so that either can be launched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.cuda.emit import CudaSpec
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, power_of_two, read, require, size, updated, written
from intarsia.codegen.gpu.targets import KB, TARGETS, Target, must_multiply
from intarsia.codegen.triton.attention import MOST_SPLITS, AttentionDecode
from intarsia.codegen.triton.gemm_weights import GemmWeights

HALVES = ("bf16", "f16")
WORD = 8
"""16-bit floats in 128 bits."""
MOST_GROUP, WIDEST_HEAD, MOST_PER_THREAD = 16, 128, 64
TOKENS = 16
"""That a warp of decode attention multiplies at a time."""
RESIDENT_WARPS = (12, 8)
"""Of decode attention, on a core, with up to eight heads in a group, and with more: further ones would have too few registers."""
STATIC_SHARED = 48 * KB
"""Of a CTA, without asking for more (CUDA programming guide, "Technical specifications per compute capability")."""
RUN, BLOCK, OUTPUTS, MOST_ROWS = 64, 256, 16, 8
"""Weights of 4 bits whose halves of bytes belong together, and of k that a warp multiplies at a time; outputs and rows of a product on tensor cores."""
SLOT_ROW = 20
"""Floats from one row of a warp's sums to the next: lanes that write, two rows apart and one output, meet in no bank of shared memory."""
SLOT_BYTES = 4 * MOST_ROWS * SLOT_ROW
PAIRS = {"bf16": ("__nv_bfloat162", 0x4300, 7), "f16": ("__half2", 0x6400, 10)}
"""Of a type, that of two, and the bits of 2 ** mantissa, in which whole numbers up to that are the low bits."""


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
    """As triton/attention.py, with caches of the rows' type. Warps take 16 tokens each in turn, straight from the cache into the registers that tensor cores multiply."""

    kernel: ClassVar[str] = "attention_decode"
    dtypes: ClassVar[tuple[str, ...]] = HALVES
    least: ClassVar[Mapping[str, int]] = {"head_dim": 64}
    tensor_cores: ClassVar[tuple[str, ...]] = ("HMMA",)
    wide_share: ClassVar[float] = 0.5  # beside page numbers and results
    tuned: ClassVar[tuple[str, ...]] = ("splits",)

    heads: int
    kv_heads: int
    head_dim: int
    page: int = 16
    scale: float = 0.0
    splits: int = 1

    @property
    def factor(self) -> float:
        return self.scale or self.head_dim**-0.5

    @property
    def twin(self) -> AttentionDecode:
        return AttentionDecode(dtype=self.dtype, heads=self.heads, kv_heads=self.kv_heads, head_dim=self.head_dim, page=self.page, scale=self.scale, splits=self.splits)

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self.twin.arguments

    @property
    def stored(self) -> str:
        return self.dtype

    narrow, window, keys = False, 0, TOKENS  # unlike Triton's, it has no other choice

    def facts(self) -> dict[str, Any]:
        """`resident`: CTAs of a core for which registers must do."""
        return {"resident": max(1, RESIDENT_WARPS[self.heads // self.kv_heads > WORD] // self.warps)}

    @property
    def work(self) -> str:
        return self.twin.work

    @property
    def flops(self) -> str:
        return self.twin.flops

    @property
    def bytes(self) -> str:
        """As Triton's, but a page number for 16 tokens, or for each where pages have fewer."""
        lookups = f"{4 * self.kv_heads} * keys"
        return f"{self.twin.bytes.removesuffix(lookups)}{lookups}" + (f" / {TOKENS}" if self.page >= TOKENS else " * 2")

    @property
    def mend(self) -> str:
        return f"nearest: {max(1, self.warps // 2)} warps, whose sums take less shared memory"

    def check(self, target: Target) -> None:
        must_multiply(target, self.dtype, self.label)
        group = self.heads // self.kv_heads
        what = f"{self.heads} query heads can't share {self.kv_heads} KV heads evenly"
        require(self.heads == group * self.kv_heads, what, f"nearest: {self.kv_heads * max(1, group)} query heads")
        require(group <= MOST_GROUP, f"{group} query heads for a KV head: CUDA's decode multiplies {MOST_GROUP}", f"nearest: {MOST_GROUP}, or Triton's kernel")
        fits = is_power_of_two(self.head_dim) and 64 <= self.head_dim <= WIDEST_HEAD
        require(fits, f"heads of {self.head_dim}: CUDA's decode takes 64 and 128", f"nearest: {min(WIDEST_HEAD, max(64, power_of_two(self.head_dim)))}, or Triton's kernel")
        require(is_power_of_two(self.page), f"pages of {self.page} tokens: a power of two is wanted", f"nearest: {power_of_two(self.page)}")
        require(self.splits <= MOST_SPLITS, f"{self.splits} splits of the keys: {MOST_SPLITS} can be combined", f"nearest: {MOST_SPLITS}")
        taken = 4 * self.warps * group * (self.head_dim + 6)
        require(taken <= STATIC_SHARED, f"{self.warps} warps of {group} heads of {self.head_dim}: {taken} bytes of shared memory, {STATIC_SHARED} are there", self.mend)


@dataclass(frozen=True, kw_only=True)
class GemvInt4(CudaSpec):
    """As triton/gemm_weights.py with 4-bit weights and no activation, for few rows: tensor cores multiply 16 outputs of up to eight rows, whose weights registers widen.

    A CTA's warps share k, and keep their part of a (`rows` of it, in shared memory) for all of its outputs: one CTA for each core is best, so `ctas` should bound the grid.
    """

    kernel: ClassVar[str] = "gemv_int4"
    dtypes: ClassVar[tuple[str, ...]] = HALVES
    least: ClassVar[Mapping[str, int]] = {"k": 128, "group": 32}
    tuned: ClassVar[tuple[str, ...]] = ("rows",)
    tensor_cores: ClassVar[tuple[str, ...]] = ("HMMA",)
    wide_share: ClassVar[float] = 0.6  # beside scales and results

    n: int
    k: int
    group: int = 128
    rows: int = 8
    bias: bool = False
    residual: bool = False
    warps: int = 16

    bits, activation = 4, "none"  # unlike gemm_weights, it has no other choice

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self.twin.arguments

    @property
    def twin(self) -> GemmWeights:
        return GemmWeights(dtype=self.dtype, n=self.n, k=self.k, bits=4, group=self.group, bias=self.bias, residual=self.residual, tile_m=16, tile_n=32)

    def facts(self) -> dict[str, Any]:
        pair, magic, mantissa = PAIRS[self.dtype]
        return {"pair": pair, "magic": f"0x{magic * 0x10001:08x}", "mantissa": mantissa, "wide": SLOT_ROW}

    @property
    def _row_bytes(self) -> int:
        """Of a row of a in shared memory: whole blocks of k."""
        return -(-self.k // BLOCK) * BLOCK * dtype(self.dtype).bytes

    def most_rows(self, target: Target) -> int:
        """As many at a time as shared memory holds."""
        return min(MOST_ROWS, (target.shared_cta - SLOT_BYTES) // self._row_bytes)

    @property
    def slots(self) -> int:
        """Warps whose sums lie in shared memory at a time: all, or those for which there is room beside a, in the smallest CTA that holds it."""
        rooms = [on.shared_cta - self.rows * self._row_bytes for on in TARGETS.values() if on.nvidia]
        return max(1, min(self.warps, min((room for room in rooms if room >= SLOT_BYTES), default=0) // SLOT_BYTES))

    @property
    def dynamic_shared_bytes(self) -> int:
        return self.rows * self._row_bytes + self.slots * SLOT_BYTES

    @property
    def work(self) -> str:
        return str(-(-self.n // OUTPUTS))

    @property
    def flops(self) -> str:
        return f"{2 * self.n * self.k} * rows"

    @property
    def bytes(self) -> str:
        """Each CTA reads all rows; weights are read for every `rows` of them."""
        wide = dtype(self.dtype).bytes
        weights = self.n * (self.k // 2 + self.k // self.group * wide)
        once = self.n * wide * (1 + self.bias + self.residual)
        return f"{self.k * wide} * rows * ctas + {weights} * ceil(rows / {self.rows}) + {once} * rows"

    @property
    def mend(self) -> str:
        return f"nearest: {max(1, self.rows // 2)} rows at a time, or Triton's gemm_weights"

    def check(self, target: Target) -> None:
        must_multiply(target, self.dtype, self.label)
        require(1 <= self.rows <= MOST_ROWS, f"{self.rows} rows at a time: gemv_int4 multiplies 1 to {MOST_ROWS}", f"nearest: {min(MOST_ROWS, max(1, self.rows))}")
        nearest = min((32, 64, 128), key=lambda group: abs(group - self.group))
        require(self.group in (32, 64, 128), f"groups of {self.group} weights: scales are for 32, 64 or 128", f"nearest: {nearest}")
        run = max(RUN, self.group)
        require(self.k % run == 0, f"gemv_int4 with k = {self.k}: rows must be whole runs of {run}", f"pad k to {-(-self.k // run) * run}")
        taken, limit = self.dynamic_shared_bytes, target.shared_cta
        held = self.most_rows(target)
        what = f"gemv_int4 of {self.rows} rows of {self.k}: {taken} bytes of shared memory, and a CTA of {target.name} has {limit}"
        require(taken <= limit, what, f"nearest: {f'{held} rows at a time, or ' if held else ''}Triton's gemm_weights")
