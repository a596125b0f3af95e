"""What a kernel is before it is compiled: a `Spec`, one frozen record with everything that its text depends on.

A spec's fields are sizes that the model fixes (widths, heads, types), and the planner's choices: tiles, `warps` of a CTA, pipeline `stages`, and `ctas`, the most CTAs
that a launch may have (0: one for each piece of work). Every kernel walks its pieces of work in steps of the grid's size, so any number of CTAs gives the same result.

>>> RmsNorm(width=4096, ctas=32).source()
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from intarsia.codegen.gpu.targets import Target
from intarsia.errors import UnsupportedError
from intarsia.ir import formula

MOST_NUMBERS = 128
"""That a kernel keeps of a row or block in the registers of one thread."""


@dataclass(frozen=True)
class Argument:
    """One argument of a kernel. Tensors are row-major, 16-byte aligned, of `shape`, whose parts are formulas of sizes; a size is an i32, a number an f32.

    `role`: "in", "out" and "inout" tensors, "size" (a whole number known at launch), "number".
    """

    name: str
    dtype: str
    role: str
    shape: tuple[str | int, ...] = ()

    @property
    def tensor(self) -> bool:
        return self.role in ("in", "out", "inout")

    def to_dict(self) -> dict[str, Any]:
        """As the manifest says it."""
        return {"name": self.name, "dtype": self.dtype, "role": self.role, "shape": [str(part) for part in self.shape]}


def read(name: str, dtype: str, *shape: str | int) -> Argument:
    """A tensor that a kernel reads; its shape in numbers, or in names of sizes."""
    return Argument(name, dtype, "in", shape)


def written(name: str, dtype: str, *shape: str | int) -> Argument:
    """A tensor that a kernel writes without reading it."""
    return Argument(name, dtype, "out", shape)


def updated(name: str, dtype: str, *shape: str | int) -> Argument:
    """A tensor that a kernel reads and writes."""
    return Argument(name, dtype, "inout", shape)


def size(name: str) -> Argument:
    """A whole number that shapes and formulas name."""
    return Argument(name, "i32", "size")


def number(name: str) -> Argument:
    """A factor, such as a scale."""
    return Argument(name, "f32", "number")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A kernel. Subclasses add fields, and say what it takes, how many pieces of work there are, and what it costs."""

    kernel: ClassVar[str]
    """The kernel's name, and its function's."""
    language: ClassVar[str]
    """triton or cuda."""
    tuned: ClassVar[tuple[str, ...]] = ()
    """Names of the fields, besides warps, stages and ctas, that change the speed alone."""
    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16", "f32")
    """What `dtype` may be."""
    least: ClassVar[Mapping[str, int]] = {}
    """By the name of a size, the smallest that the kernel takes, where that isn't 1."""
    tensor_cores: ClassVar[tuple[str, ...]] = ()
    """Instructions of sm_90a, one of which the main loop must hold."""
    wide_share: ClassVar[float] = 0.0
    """Of the bytes that the code for sm_90a moves at a model's sizes, at least so many in accesses of 128 bits."""

    dtype: str = "bf16"
    warps: int = 4
    stages: int = 3
    ctas: int = 0

    @property
    @abstractmethod
    def arguments(self) -> tuple[Argument, ...]:
        """In the order of the kernel's parameters."""

    @property
    @abstractmethod
    def work(self) -> str:
        """Pieces of work, a formula of the sizes: no launch needs more CTAs."""

    @property
    def flops(self) -> str:
        """FLOPs as cost models count them (of matrix products alone, two for a multiply and add), a formula of the sizes and counts that `counts` names."""
        return "0"

    @property
    @abstractmethod
    def bytes(self) -> str:
        """Bytes loaded from and stored to global memory, each tensor as often as the kernel's tiling reads it; a formula of the same names and of `ctas`, the grid."""

    @abstractmethod
    def source(self) -> str:
        """The kernel's text. Raises UnsupportedError where these sizes have no kernel."""

    @property
    def constants(self) -> dict[str, int | float]:
        """Compile-time parameters by name."""
        return {}

    def check(self, target: Target) -> None:
        """What legal.py doesn't know of. Raises UnsupportedError where the kernel can't run on `target`, naming the limit and the nearest choice that works."""

    @property
    def twin(self) -> Spec | None:
        """For a kernel that Triton's interpreter can't run, one with the same arguments that it can: the same function, results alike within rounding."""
        return None

    @property
    def mend(self) -> str:
        """What to change where the kernel takes too much of a core."""
        return "choose smaller tiles, fewer stages or more warps"

    @property
    def label(self) -> str:
        """A name that tells variants apart, fit for a file: the kernel and its fields that aren't the usual ones."""
        usual = {f.name: f.default for f in fields(self)}
        parts = [_word(name, value) for name, value in asdict(self).items() if name != "dtype" and value != usual[name] and value != ""]
        return "_".join([self.kernel, self.dtype, *parts])

    def grid(self, sizes: Mapping[str, float]) -> int:
        """CTAs of a launch with these sizes: one at least."""
        pieces = max(1, int(formula.evaluate(self.work, **sizes)))
        return min(pieces, self.ctas) if self.ctas else pieces

    def to_dict(self) -> dict[str, Any]:
        """As the manifest says it: enough to launch the kernel, with formulas for ir/formula.py."""
        return {
            "kernel": self.kernel, "language": self.language, "arguments": [a.to_dict() for a in self.arguments], "constants": self.constants, "work": self.work,
            "ctas": self.ctas, "flops": self.flops, "bytes": self.bytes, "spec": asdict(self),
        }  # fmt: skip


def _word(name: str, value: object) -> str:
    if isinstance(value, bool):
        return ("" if value else "no") + name.replace("_", "")
    return str(value) if isinstance(value, str) else f"{name.replace('_', '')}{value}".replace(".", "p").replace("-", "m")


def require(holds: bool, what: str, mend: str) -> None:
    """Raises UnsupportedError(what) unless `holds`."""
    if not holds:
        raise UnsupportedError(what, mend=mend)


def power_of_two(number: int) -> int:
    """The least power of two that is no less."""
    return 1 << max(0, number - 1).bit_length()


def is_power_of_two(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0

