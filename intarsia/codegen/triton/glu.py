"""Gated linear units (Shazeer, 2020): SwiGLU and GeGLU over rows gate|up, as one matmul with concatenated weights gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, read, require, size, written
from intarsia.codegen.gpu.targets import Target, must_store
from intarsia.codegen.triton.emit import TritonSpec
from intarsia.codegen.triton.moves import check_block

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
        check_block(self, self.block, target)
