"""Tokens from logits: temperature, top-k, then top-p of what is left, then one of them by a chance that the caller drew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, read, size, written
from intarsia.codegen.gpu.targets import Target, must_store
from intarsia.codegen.triton.emit import TritonSpec
from intarsia.codegen.triton.moves import check_block


@dataclass(frozen=True, kw_only=True)
class Sample(TritonSpec):
    """tokens[rows] from logits[rows, vocab]: the largest at temperature 0, else one of the top_k largest (0: all) that hold top_p of their probability,
    where the running sum of probabilities in order of the vocabulary passes `chances`, uniform in [0, 1)."""

    kernel: ClassVar[str] = "sample"
    wide_share: ClassVar[float] = 0.8
    tuned: ClassVar[tuple[str, ...]] = ("block",)
    dtypes: ClassVar[tuple[str, ...]] = ("f32",)

    vocab: int
    dtype: str = "f32"
    block: int = 1024
    warps: int = 8
    stages: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        settings = (read("temperatures", "f32", "rows"), read("top_ks", "i32", "rows"), read("top_ps", "f32", "rows"), read("chances", "f32", "rows"))
        return (read("logits", self.dtype, "rows", self.vocab), *settings, written("tokens", "i32", "rows"), size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"VOCAB": self.vocab, "BLOCK": self.block}

    def facts(self) -> dict[str, Any]:
        return {"ragged": self.vocab % self.block != 0}

    @property
    def work(self) -> str:
        return "rows"

    @property
    def bytes(self) -> str:
        """`passes` over the logits: 1 at temperature 0, else 4, and 8 more for each of top-k and top-p where they leave something out; a mean over rows."""
        return f"({dtype(self.dtype).bytes * self.vocab} * passes + 20) * rows"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        check_block(self, self.block, target)
