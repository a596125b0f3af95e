"""Matrix products c = a b^T with 16-bit or 8-bit floats, and what follows them in the same pass. Persistent: `ctas` bounds the grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import LARGEST, dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, read, require, size, written
from intarsia.codegen.gpu.targets import Target, must_multiply, must_store
from intarsia.codegen.triton.emit import TritonSpec
from intarsia.codegen.triton.glu import ACTIVATIONS

WHOLE = ("tensor", "row")
"""Scales of all of b together."""
RESULTS = ("bf16", "f16", "f32")
SCALE_BLOCK = 128
"""Block scales: one for 128 numbers of a row of a, one for 128 x 128 of b (DeepSeek-V3 technical report, arXiv 2412.19437, section 3.3.2)."""


@dataclass(frozen=True, kw_only=True)
class Gemm(TritonSpec):
    """c[rows, n] = activation(a[rows, k] b[n, k]^T (x scales) (+ bias)) (+ residual), summed in f32.

    `dtype` is that of a and b, `out` that of c, bias and residual (empty: dtype). `scales`: "" none, "tensor" one f32 for all of a and one for b,
    "row" one for each row of a and one for b, "block" f32 a_scale[rows, k/128] and b_scale[ceil(n/128), k/128]. c may be the residual's buffer.
    `bulk`: the bulk copy engine brings a and b, by maps that each CTA writes into scratch memory; for a bound on CTAs that is no more than what runs at a time.
    """

    kernel: ClassVar[str] = "gemm"
    tensor_cores: ClassVar[tuple[str, ...]] = ("HGMMA", "QGMMA")
    wide_share: ClassVar[float] = 0.88  # biases and scales of blocks take narrower ones
    tuned: ClassVar[tuple[str, ...]] = ("tile_m", "tile_n", "tile_k", "group_m")

    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16", *LARGEST)
    least: ClassVar[Mapping[str, int]] = {"k": 16, "tile_m": 16, "tile_n": 16, "tile_k": 32}

    n: int
    k: int
    out: str = ""
    scales: str = ""
    bias: bool = False
    residual: bool = False
    activation: str = "none"
    tile_m: int = 128
    tile_n: int = 128
    tile_k: int = 64
    group_m: int = 8
    warps: int = 8
    bulk: bool = False

    @property
    def result(self) -> str:
        return self.out or self.dtype

    @property
    def arguments(self) -> tuple[Argument, ...]:
        given = [read("a", self.dtype, "rows", self.k), read("b", self.dtype, self.n, self.k)]
        if self.bias:
            given.append(read("bias", self.result, self.n))
        if self.residual:
            given.append(read("residual", self.result, "rows", self.n))
        if self.scales in WHOLE:
            given += [read("a_scale", "f32", "rows" if self.scales == "row" else 1), read("b_scale", "f32", 1)]
        if self.scales == "block":
            given += [read("a_scale", "f32", "rows", self.k // SCALE_BLOCK), read("b_scale", "f32", -(-self.n // SCALE_BLOCK), self.k // SCALE_BLOCK)]
        return (*given, written("c", self.result, "rows", self.n), size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"N": self.n, "K": self.k, "TILE_M": self.tile_m, "TILE_N": self.tile_n, "TILE_K": self.tile_k, "GROUP_M": self.group_m}

    def facts(self) -> dict[str, Any]:
        product = "a b^T" + (" x scales" if self.scales else "") + (" + bias" if self.bias else "")
        formula = product if self.activation == "none" else f"{self.activation}({product})"
        return {"formula": formula + (" + residual" if self.residual else ""), "ragged_n": self.n % self.tile_n != 0, "ragged_k": self.k % self.tile_k != 0}

    @property
    def work(self) -> str:
        return f"ceil(rows / {self.tile_m}) * {-(-self.n // self.tile_n)}"

    @property
    def flops(self) -> str:
        return f"{2 * self.n * self.k} * rows"

    @property
    def bytes(self) -> str:
        """a is read for every column of tiles, b for every row of tiles; padding isn't."""
        tiles_n, wide, out = -(-self.n // self.tile_n), dtype(self.dtype).bytes, dtype(self.result).bytes
        operands = f"{tiles_n * self.k * wide} * rows + {self.n * self.k * wide} * ceil(rows / {self.tile_m})"
        return f"{operands} + {self.n * out * (2 if self.residual else 1)} * rows" + (f" + {self.n * out} * ceil(rows / {self.tile_m})" if self.bias else "") + self._scale_bytes

    @property
    def _scale_bytes(self) -> str:
        tiles_n = -(-self.n // self.tile_n)
        if self.scales != "block":
            return {"": "", "tensor": f" + 8 * {self.work}", "row": f" + {4 * tiles_n} * rows + 4 * {self.work}"}[self.scales]
        blocks = self.k // SCALE_BLOCK
        return f" + {4 * blocks * tiles_n} * rows + {4 * blocks * -(-self.n // SCALE_BLOCK)} * ceil(rows / {self.tile_m})"

    @property
    def mend(self) -> str:
        return f"nearest: {max(2, self.stages - 1)} stages, or tiles of {self.tile_m} x {self.tile_n} x {self.tile_k // 2}"

    def check_types(self, target: Target) -> None:
        """What holds of types, scales and sizes whatever the tiles are."""
        must_multiply(target, self.dtype, self.label)
        must_store(target, self.result, self.label)
        eight = dtype(self.dtype).bits == 8
        require(self.result in RESULTS, f"gemm of {self.dtype} to {self.result}", f"choose one of {', '.join(RESULTS)} for out")
        require(self.scales in ("", *WHOLE, "block"), f"gemm has no scales {self.scales!r}", "choose tensor, row or block, or none")
        require(bool(self.scales) == eight, f"gemm of {self.dtype} {'needs' if eight else 'takes no'} scales", "choose tensor, row or block for 8-bit floats, none for others")
        unit = 16 // dtype(self.dtype).bytes
        require(self.k % unit == 0, f"gemm with k = {self.k}: rows of a and b must be whole 16-byte words", f"pad k to {-(-self.k // unit) * unit}")
        if self.scales == "block":
            require(self.k % SCALE_BLOCK == 0, f"gemm with block scales and k = {self.k}: blocks are of {SCALE_BLOCK}", f"pad k to {-(-self.k // SCALE_BLOCK) * SCALE_BLOCK}")

    def check(self, target: Target) -> None:
        self.check_types(target)
        require(target.bulk_copies or not self.bulk, f"{self.label}: {target.name} has no bulk copy engine", "nearest there: bulk=False")
        require(self.activation in ("none", *ACTIVATIONS), f"gemm has no activation {self.activation!r}", f"choose one of none, {', '.join(ACTIVATIONS)}")
        least = 32 if dtype(self.dtype).bits == 8 else 16
        for name, tile, floor in (("tile_m", self.tile_m, 16), ("tile_n", self.tile_n, 16), ("tile_k", self.tile_k, least)):
            fits = is_power_of_two(tile) and tile >= floor
            require(fits, f"gemm's {name} of {tile}: tensor cores want a power of two, {floor} at least", f"nearest: {nearest_tile(tile, floor)}")
        if self.scales == "block":
            require(self.tile_k == SCALE_BLOCK, f"gemm with block scales and tile_k = {self.tile_k}", f"choose {SCALE_BLOCK}")


def nearest_tile(tile: int, floor: int) -> int:
    """The nearest power of two from `floor` up."""
    below = 1 << max(0, tile.bit_length() - 1)
    return max(floor, below if tile - below <= 2 * below - tile else 2 * below)
