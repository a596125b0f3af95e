"""RMSNorm (Zhang and Sennrich, 2019), with the residual stream's sum in the same pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import MOST_NUMBERS, Argument, power_of_two, read, require, size, updated, written
from intarsia.codegen.gpu.targets import Target, must_store
from intarsia.codegen.triton.emit import TritonSpec

WIDEST = 65536
"""A row lies in one CTA's registers."""


@dataclass(frozen=True, kw_only=True)
class RmsNorm(TritonSpec):
    """Rows of `width`, a row a piece of work. With `residual`, x is added to it first, and it keeps the sum in its own type."""

    kernel: ClassVar[str] = "rmsnorm"
    wide_share: ClassVar[float] = 1.0

    width: int
    eps: float = 1e-5
    residual: bool = False
    stages: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        rows = ("rows", self.width)
        kept = (updated("residual", self.dtype, *rows),) if self.residual else ()
        return (read("x", self.dtype, *rows), *kept, read("weight", self.dtype, self.width), written("y", self.dtype, *rows), size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"WIDTH": self.width, "EPS": self.eps, "BLOCK": power_of_two(self.width)}

    def facts(self) -> dict[str, Any]:
        return {"ragged": self.width != power_of_two(self.width)}

    @property
    def work(self) -> str:
        return "rows"

    @property
    def bytes(self) -> str:
        return f"{dtype(self.dtype).bytes * self.width} * ({4 if self.residual else 2} * rows + ctas)"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        require(self.eps >= 0, f"rmsnorm's eps of {self.eps}: roots of negative numbers are none", "nearest: 0.0")
        fits_registers(self.kernel, self.width, self.warps, target)


def fits_registers(kernel: str, width: int, warps: int, target: Target) -> None:
    """Raises UnsupportedError for rows that a CTA's registers have no room for."""
    require(1 <= width <= WIDEST, f"{kernel} of rows of {width}: a row must have 1 to {WIDEST} numbers", f"nearest: {min(max(width, 1), WIDEST)}")
    most = power_of_two(width) // (warps * target.warp_size)
    what = f"{kernel} of rows of {width} with {warps} warps: {most} numbers a thread, {MOST_NUMBERS} fit in registers"
    require(most <= MOST_NUMBERS, what, f"nearest: {warps * most // MOST_NUMBERS} warps")
