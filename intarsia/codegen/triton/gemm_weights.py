"""Matrix products with weights of 8 and 4 bits, which are widened on their way to the tensor cores; rows stay 16-bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, read, require, size, written
from intarsia.codegen.gpu.targets import Target, must_multiply
from intarsia.codegen.triton.emit import TritonSpec
from intarsia.codegen.triton.gemm import nearest_tile
from intarsia.codegen.triton.glu import ACTIVATIONS

GROUPS = (32, 64, 128)
NIBBLES = 32
"""Weights of 4 bits come in runs of 64: the bytes of a run hold its first 32 in their low halves and the others in their high ones."""


@dataclass(frozen=True, kw_only=True)
class GemmWeights(TritonSpec):
    """c[rows, n] = activation(a[rows, k] (b[n, k] x scales)^T (+ bias)) (+ residual). b has `bits` 8 (i8) or 4 (u8 pairs), a scale of `dtype` for `group` weights of a row."""

    kernel: ClassVar[str] = "gemm_weights"
    tensor_cores: ClassVar[tuple[str, ...]] = ("HGMMA",)
    wide_share: ClassVar[float] = 0.6  # weights come in words of 64 bits: so Triton lays out what registers widen
    tuned: ClassVar[tuple[str, ...]] = ("tile_m", "tile_n", "group_m")

    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16")
    least: ClassVar[Mapping[str, int]] = {"k": 128, "bits": 4, "group": 32, "tile_m": 16, "tile_n": 16}

    n: int
    k: int
    bits: int = 4
    group: int = 128
    bias: bool = False
    residual: bool = False
    activation: str = "none"
    tile_m: int = 64
    tile_n: int = 128
    group_m: int = 8

    @property
    def step(self) -> int:
        """Columns that one product takes: of one group."""
        return NIBBLES if self.bits == 4 else min(self.group, 64)

    @property
    def arguments(self) -> tuple[Argument, ...]:
        weights = read("b", "u8", self.n, self.k // 2) if self.bits == 4 else read("b", "i8", self.n, self.k)
        given = [read("a", self.dtype, "rows", self.k), weights, read("scales", self.dtype, self.n, self.k // self.group)]
        if self.bias:
            given.append(read("bias", self.dtype, self.n))
        if self.residual:
            given.append(read("residual", self.dtype, "rows", self.n))
        return (*given, written("c", self.dtype, "rows", self.n), size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        tiles: dict[str, int | float] = {"TILE_M": self.tile_m, "TILE_N": self.tile_n, "STEP": self.step, "GROUP_M": self.group_m}
        return {"N": self.n, "K": self.k, "GROUP": self.group} | tiles

    def facts(self) -> dict[str, Any]:
        product = "a (b x scales)^T" + (" + bias" if self.bias else "")
        formula = product if self.activation == "none" else f"{self.activation}({product})"
        return {"formula": formula + (" + residual" if self.residual else ""), "ragged_n": self.n % self.tile_n != 0}

    @property
    def work(self) -> str:
        return f"ceil(rows / {self.tile_m}) * {-(-self.n // self.tile_n)}"

    @property
    def flops(self) -> str:
        return f"{2 * self.n * self.k} * rows"

    @property
    def bytes(self) -> str:
        """a is read for every column of tiles, b for every row of tiles; a scale once for each step of its group."""
        wide, tiles_n = dtype(self.dtype).bytes, -(-self.n // self.tile_n)
        weights = self.n * self.k * self.bits // 8 + self.n * (self.k // self.step) * wide
        once = f"{(self.n * wide) * (2 if self.residual else 1)} * rows"
        return f"{tiles_n * self.k * wide} * rows + {weights + (self.n * wide if self.bias else 0)} * ceil(rows / {self.tile_m}) + {once}"

    @property
    def mend(self) -> str:
        return f"nearest: {max(2, self.stages - 1)} stages, or tiles of {self.tile_n // 2} weights' rows"

    def check(self, target: Target) -> None:
        must_multiply(target, self.dtype, self.label)
        require(self.bits in (4, 8), f"weights of {self.bits} bits: there are kernels for 4 and 8", "nearest: 4 or 8")
        nearest = min(GROUPS, key=lambda group: abs(group - self.group))
        require(self.group in GROUPS, f"groups of {self.group} weights: scales are for 32, 64 or 128", f"nearest: {nearest}")
        run = max(self.group, 2 * NIBBLES if self.bits == 4 else self.group)
        require(self.k % run == 0, f"gemm_weights with k = {self.k}: rows must be whole runs of {run}", f"pad k to {-(-self.k // run) * run}")
        require(self.activation in ("none", *ACTIVATIONS), f"gemm_weights has no activation {self.activation!r}", f"choose one of none, {', '.join(ACTIVATIONS)}")
        for name, tile in (("tile_m", self.tile_m), ("tile_n", self.tile_n)):
            require(is_power_of_two(tile) and tile >= 16, f"gemm_weights' {name} of {tile}: tensor cores want a power of two, 16 at least", f"nearest: {nearest_tile(tile, 16)}")
