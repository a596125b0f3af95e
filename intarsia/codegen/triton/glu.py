"""Gated linear units (Shazeer, 2020): SwiGLU and GeGLU over rows gate|up, as one matmul with concatenated weights gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, read, require, size, written
from intarsia.codegen.gpu.targets import Target, must_store
from intarsia.codegen.triton.emit import TritonSpec

ACTIVATIONS = ("silu", "gelu", "gelu_tanh", "relu", "tanh")


@dataclass(frozen=True, kw_only=True)
class Glu(TritonSpec):
    """y[rows, width] = activation(x[:, :width]) * x[:, width:]; `block` columns of a row are a piece of work."""

    kernel: ClassVar[str] = "glu"
    wide_share: ClassVar[float] = 1.0
    tuned: ClassVar[tuple[str, ...]] = ("block",)

    width: int
    activation: str = "silu"
    block: int = 1024
    stages: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (read("x", self.dtype, "rows", 2 * self.width), written("y", self.dtype, "rows", self.width), size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"WIDTH": self.width, "BLOCK": self.block}

    def facts(self) -> dict[str, Any]:
        return {"ragged": self.width % self.block != 0}

    @property
    def work(self) -> str:
        return f"rows * {-(-self.width // self.block)}"

    @property
    def bytes(self) -> str:
        return f"{3 * dtype(self.dtype).bytes * self.width} * rows"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        require(self.activation in ACTIVATIONS, f"glu has no activation {self.activation!r}", f"choose one of {', '.join(ACTIVATIONS)}")
        require(is_power_of_two(self.block), f"glu's block of {self.block} is no power of two", f"nearest: {1 << max(0, self.block.bit_length() - 1)}")
