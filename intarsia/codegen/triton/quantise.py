"""Activations to 8-bit floats, for matmuls of 8-bit floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import LARGEST, dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, power_of_two, read, require, size, written
from intarsia.codegen.gpu.targets import Target, must_store
from intarsia.codegen.triton.emit import TritonSpec
from intarsia.codegen.triton.gemm import SCALE_BLOCK
from intarsia.codegen.triton.norm import fits_registers


@dataclass(frozen=True, kw_only=True)
class Quantise(TritonSpec):
    """Rows of `width` to type `out`, by one scale that is given ("tensor"), or by one that is found for a row ("row") or for 128 numbers of it ("block")."""

    kernel: ClassVar[str] = "quantise"
    wide_share: ClassVar[float] = 0.5  # eight numbers are 128 bits before and 64 after
    tuned: ClassVar[tuple[str, ...]] = ("blocks",)

    least: ClassVar[Mapping[str, int]] = {"width": 128}

    width: int
    out: str = "f8e4m3"
    scales: str = "block"
    blocks: int = 8
    stages: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        x, y = read("x", self.dtype, "rows", self.width), written("y", self.out, "rows", self.width)
        if self.scales == "tensor":
            return (x, read("scale", "f32", 1), y, size("rows"))
        return (x, y, written("scale", "f32", "rows", 1 if self.scales == "row" else self.width // SCALE_BLOCK), size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"WIDTH": self.width, "BLOCK": power_of_two(self.width)} if self.scales == "row" else {"WIDTH": self.width, "BLOCKS": self.blocks}

    def facts(self) -> dict[str, Any]:
        return {"largest": LARGEST[self.out], "ragged": self.width != power_of_two(self.width)}

    @property
    def _pieces(self) -> int:
        return 1 if self.scales == "row" else -(-self.width // (SCALE_BLOCK * self.blocks))

    @property
    def work(self) -> str:
        return f"rows * {self._pieces}"

    @property
    def bytes(self) -> str:
        scales = 4 * (self.width // SCALE_BLOCK if self.scales == "block" else self._pieces)
        return f"{(dtype(self.dtype).bytes + 1) * self.width + scales} * rows"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        require(self.out in LARGEST, f"quantise makes no {self.out}", f"choose one of {', '.join(LARGEST)}")
        must_store(target, self.out, self.label)
        require(self.scales in ("tensor", "row", "block"), f"quantise has no scales {self.scales!r}", "choose tensor, row or block")
        if self.scales == "row":
            fits_registers(self.kernel, self.width, self.warps, target)
            return
        padded = -(-self.width // SCALE_BLOCK) * SCALE_BLOCK
        require(self.width == padded, f"quantise takes rows of whole blocks of {SCALE_BLOCK}, found {self.width}", f"pad rows to {padded}")
        require(is_power_of_two(self.blocks), f"quantise's {self.blocks} blocks are no power of two", f"nearest: {power_of_two(self.blocks)}")
