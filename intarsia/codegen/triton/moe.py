"""Mixtures of experts: choose experts for rows, sort the pairs (row, choice) by expert, multiply each expert's rows by its weights, combine.

    moe_route -> moe_sort -> grouped_gemm (gate|up, gathers) -> glu -> grouped_gemm (down, scatters) -> moe_combine
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, power_of_two, read, require, size, written
from intarsia.codegen.gpu.targets import Target, must_multiply, must_store
from intarsia.codegen.triton.emit import TritonSpec
from intarsia.codegen.triton.gemm import nearest_tile
from intarsia.codegen.triton.moves import check_block

MOST_EXPERTS = 1024


def check_experts(kernel: str, experts: int, top_k: int = 1) -> None:
    """Raises UnsupportedError for more experts than a CTA's registers hold, or more choices than there are experts."""
    require(experts <= MOST_EXPERTS, f"{kernel} of {experts} experts: they lie in one CTA's registers", f"nearest: {MOST_EXPERTS}")
    require(top_k <= experts, f"{top_k} of {experts} experts can't be chosen", f"nearest: {experts}")


@dataclass(frozen=True, kw_only=True)
class MoeRoute(TritonSpec):
    """`logits` of type dtype to the `top_k` best experts of a row, ties to the first, and f32 weights. `scoring`: softmax, sigmoid, or softmax_topk (of the chosen alone).

    `bias` is added to scores for the choice alone; with `groups`, only experts of the best `top_groups` may be chosen: by their best score, or by the sum
    of their two best with sigmoid (DeepSeek-V3 technical report, arXiv 2412.19437, section 2.1.2).
    """

    kernel: ClassVar[str] = "moe_route"

    experts: int
    top_k: int
    scoring: str = "softmax"
    normalise: bool = False
    bias: bool = False
    scale: float = 1.0
    groups: int = 0
    top_groups: int = 0
    warps: int = 1
    stages: int = 1

    @property
    def normalised(self) -> bool:
        return self.normalise or self.scoring == "softmax_topk"

    @property
    def arguments(self) -> tuple[Argument, ...]:
        bias = (read("bias", "f32", self.experts),) if self.bias else ()
        return (read("logits", self.dtype, "rows", self.experts), *bias, written("weights", "f32", "rows", self.top_k), written("experts", "i32", "rows", self.top_k), size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"EXPERTS": self.experts, "TOP_K": self.top_k, "BLOCK": power_of_two(self.experts), "BLOCK_TOP": power_of_two(self.top_k)}

    def facts(self) -> dict[str, Any]:
        return {"ragged": not is_power_of_two(self.experts)}

    @property
    def work(self) -> str:
        return "rows"

    @property
    def bytes(self) -> str:
        return f"{dtype(self.dtype).bytes * self.experts + 8 * self.top_k + (4 * self.experts if self.bias else 0)} * rows"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        require(self.scoring in ("softmax", "sigmoid", "softmax_topk"), f"moe_route has no scoring {self.scoring!r}", "choose softmax, sigmoid or softmax_topk")
        check_experts(self.kernel, self.experts, self.top_k)
        if self.groups:
            size = self.experts // self.groups
            whole = size * self.groups == self.experts and is_power_of_two(size) and is_power_of_two(self.groups)
            nearest = f"nearest: {power_of_two(self.experts)} experts in {power_of_two(self.groups)} groups"
            require(whole, f"{self.experts} experts in {self.groups} groups: groups and their sizes must be powers of two", nearest)
            require(0 < self.top_groups <= self.groups, f"{self.top_groups} of {self.groups} groups can't be chosen", f"nearest: {min(max(1, self.top_groups), self.groups)}")
            allowed = self.top_groups * size
            require(self.top_k <= allowed, f"{self.top_k} experts can't be chosen: {self.top_groups} groups have {allowed}", f"nearest: {allowed}")


@dataclass(frozen=True, kw_only=True)
class MoeSort(TritonSpec):
    """Pairs by expert, in a stable order that no number of CTAs changes. `dtype` says nothing here: all are i32."""

    kernel: ClassVar[str] = "moe_sort"
    tuned: ClassVar[tuple[str, ...]] = ("block",)

    dtypes: ClassVar[tuple[str, ...]] = ("i32",)

    experts: int
    block: int = 1024
    dtype: str = "i32"
    stages: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (read("experts", "i32", "pairs"), written("offsets", "i32", self.experts + 1), written("order", "i32", "pairs"), size("pairs"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"EXPERTS": self.experts, "BLOCK": self.block}

    @property
    def work(self) -> str:
        return str(self.experts)

    @property
    def bytes(self) -> str:
        """Every expert reads all pairs twice."""
        return f"{8 * self.experts + 4} * pairs + {4 * (self.experts + 1)}"

    def check(self, target: Target) -> None:
        check_experts(self.kernel, self.experts)
        check_block(self, self.block, target)


@dataclass(frozen=True, kw_only=True)
class GroupedGemm(TritonSpec):
    """Places by experts' weights b[experts, n, k]^T. With `gathers`, place p takes row order[p] // top_k of a[rows, k], and c[pairs, n] has a row a place;
    else a[pairs, k] has a row a place, and its result goes to row order[p] of c."""

    kernel: ClassVar[str] = "grouped_gemm"
    tensor_cores: ClassVar[tuple[str, ...]] = ("HGMMA",)
    wide_share: ClassVar[float] = 0.9
    tuned: ClassVar[tuple[str, ...]] = ("tile_m", "tile_n", "tile_k", "group_m")

    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16")
    least: ClassVar[Mapping[str, int]] = {"k": 8, "tile_m": 16, "tile_n": 16, "tile_k": 16}

    experts: int
    top_k: int
    n: int
    k: int
    gathers: bool = True
    tile_m: int = 64
    tile_n: int = 128
    tile_k: int = 64
    group_m: int = 8

    @property
    def arguments(self) -> tuple[Argument, ...]:
        a = read("a", self.dtype, "rows" if self.gathers else "pairs", self.k)
        tables = (read("offsets", "i32", self.experts + 1), read("order", "i32", "pairs"))
        return (a, read("b", self.dtype, self.experts, self.n, self.k), *tables, written("c", self.dtype, "pairs", self.n))

    @property
    def constants(self) -> dict[str, int | float]:
        tiles: dict[str, int | float] = {"TILE_M": self.tile_m, "TILE_N": self.tile_n, "TILE_K": self.tile_k, "GROUP_M": self.group_m, "BLOCK": power_of_two(self.experts)}
        return {"N": self.n, "K": self.k, "EXPERTS": self.experts, "TOP_K": self.top_k} | tiles

    def facts(self) -> dict[str, Any]:
        return {"ragged_n": self.n % self.tile_n != 0, "ragged_k": self.k % self.tile_k != 0}

    @property
    def work(self) -> str:
        """At most: every expert may end in a part of a tile."""
        return f"min(pairs, ceil(pairs / {self.tile_m}) + {self.experts}) * {-(-self.n // self.tile_n)}"

    @property
    def flops(self) -> str:
        return f"{2 * self.n * self.k} * pairs"

    @property
    def bytes(self) -> str:
        """`row_tiles`: tiles of rows, added up over experts. a is read for every column of tiles, an expert's weights for every tile of its rows."""
        wide, tiles_n = dtype(self.dtype).bytes, -(-self.n // self.tile_n)
        return f"{tiles_n * (self.k * wide + 4) + self.n * wide} * pairs + {self.n * self.k * wide + 8 * tiles_n} * row_tiles + {8 * self.experts} * ctas"

    @property
    def mend(self) -> str:
        return f"nearest: {max(2, self.stages - 1)} stages, or tiles of {self.tile_m} x {self.tile_n} x {self.tile_k // 2}"

    def check(self, target: Target) -> None:
        must_multiply(target, self.dtype, self.label)
        check_experts(self.kernel, self.experts, self.top_k)
        for name, tile in (("tile_m", self.tile_m), ("tile_n", self.tile_n), ("tile_k", self.tile_k)):
            require(is_power_of_two(tile) and tile >= 16, f"grouped_gemm's {name} of {tile}: tensor cores want a power of two, 16 at least", f"nearest: {nearest_tile(tile, 16)}")
        unit = 16 // dtype(self.dtype).bytes
        require(self.k % unit == 0, f"grouped_gemm with k = {self.k}: rows of a and b must be whole 16-byte words", f"pad k to {-(-self.k // unit) * unit}")


@dataclass(frozen=True, kw_only=True)
class MoeCombine(TritonSpec):
    """y[rows, width] = each row's `top_k` results x[pairs, width], weighted and added up (+ residual, which may be y's buffer)."""

    kernel: ClassVar[str] = "moe_combine"
    wide_share: ClassVar[float] = 0.8
    tuned: ClassVar[tuple[str, ...]] = ("block",)

    width: int
    top_k: int
    residual: bool = False
    block: int = 1024
    stages: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        rest = (read("residual", self.dtype, "rows", self.width),) if self.residual else ()
        return (read("x", self.dtype, "pairs", self.width), read("weights", "f32", "rows", self.top_k), *rest, written("y", self.dtype, "rows", self.width), size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"WIDTH": self.width, "TOP_K": self.top_k, "BLOCK": self.block}

    def facts(self) -> dict[str, Any]:
        return {"ragged": self.width % self.block != 0}

    @property
    def work(self) -> str:
        return f"rows * {-(-self.width // self.block)}"

    @property
    def bytes(self) -> str:
        rows_moved = self.top_k + (2 if self.residual else 1)
        return f"{rows_moved * self.width * dtype(self.dtype).bytes + 4 * self.top_k * -(-self.width // self.block)} * rows"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        check_block(self, self.block, target)
