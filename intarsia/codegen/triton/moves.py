"""Kernels that move rows and pages: the embedding table's rows, and the cache's pages into and out of buffers for transfers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import LARGEST, dtype
from intarsia.codegen.gpu.spec import MOST_NUMBERS, Argument, Spec, is_power_of_two, read, require, size, updated, written
from intarsia.codegen.gpu.targets import Target, must_store
from intarsia.codegen.triton.emit import TritonSpec


@dataclass(frozen=True, kw_only=True)
class Embed(TritonSpec):
    """Rows of a table [vocab, width], times `scale`; `block` columns of a row are a piece of work."""

    kernel: ClassVar[str] = "embed"
    wide_share: ClassVar[float] = 0.85
    tuned: ClassVar[tuple[str, ...]] = ("block",)

    width: int
    scale: float = 1.0
    block: int = 1024
    stages: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (read("tokens", "i32", "rows"), read("table", self.dtype, "vocab", self.width), written("y", self.dtype, "rows", self.width), size("rows"))

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
        return f"{2 * dtype(self.dtype).bytes * self.width + 4 * -(-self.width // self.block)} * rows"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        check_block(self, self.block, target)


@dataclass(frozen=True, kw_only=True)
class KvPack(TritonSpec):
    """Pages of `numbers` (kv_heads x page x head_dim) between a pool and a buffer [count, numbers]; `direction`: pack or unpack."""

    kernel: ClassVar[str] = "kv_pack"
    wide_share: ClassVar[float] = 0.85
    tuned: ClassVar[tuple[str, ...]] = ("block",)

    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16", "f32", *LARGEST)

    numbers: int
    direction: str = "pack"
    block: int = 2048
    stages: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        pool, buffer = ("cache_pages", self.numbers), ("count", self.numbers)
        if self.direction == "pack":
            return (read("pages", "i32", "count"), read("pool", self.dtype, *pool), written("buffer", self.dtype, *buffer), size("count"))
        return (read("pages", "i32", "count"), updated("pool", self.dtype, *pool), read("buffer", self.dtype, *buffer), size("count"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"NUMBERS": self.numbers, "BLOCK": self.block}

    def facts(self) -> dict[str, Any]:
        return {"ragged": self.numbers % self.block != 0}

    @property
    def work(self) -> str:
        return f"count * {-(-self.numbers // self.block)}"

    @property
    def bytes(self) -> str:
        return f"{2 * dtype(self.dtype).bytes * self.numbers + 4 * -(-self.numbers // self.block)} * count"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        require(self.direction in ("pack", "unpack"), f"kv_pack has no direction {self.direction!r}", "choose pack or unpack")
        check_block(self, self.block, target)


def check_block(spec: Spec, block: int, target: Target) -> None:
    """Raises UnsupportedError for a block that is no power of two, or has more numbers than a CTA's registers."""
    most = MOST_NUMBERS * spec.warps * target.warp_size
    require(is_power_of_two(block), f"{spec.kernel}'s block of {block} is no power of two", f"nearest: {min(most, 1 << max(0, block.bit_length() - 1))}")
    require(block <= most, f"{spec.kernel}'s block of {block} with {spec.warps} warps: {most} numbers fit in registers", f"nearest: {most}")
