"""What the kernels that go row by row share: sweeps over a row in vectors, and writing f32 or quantised rows.

Rows of f32 are padded to 64 bytes, so a sweep may read and write whole vectors; only reductions must mask the padding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from intarsia.codegen.cpu.formats import BLOCK
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.text import PTR, FunctionText, vec
from intarsia.codegen.cpu.kernels.vectormath import VectorMath

MakeValue = Callable[[str], str]
"""The vector of outputs whose first column lies this many bytes (i64) into an f32 row."""
Step = Callable[[str, list[str], "str | None"], list[str]]
"""(byte offset, carried values, mask of real lanes or None) -> carried values."""


class RowText(FunctionText):
    """The text of a kernel over units [begin, end): pointers first, then whole numbers, then the range.

    An internal one is a helper without a range.
    """

    def __init__(self, name: str, pointers: Sequence[str], isa: Isa, numbers: Sequence[str] = (), *, internal: bool = False) -> None:
        whole = numbers if internal else (*numbers, "begin", "end")
        super().__init__(name, [(p, PTR) for p in pointers] + [(n, "i64") for n in whole], internal)
        self.isa, self.lanes = isa, isa.lanes
        self.math = VectorMath(self, isa.lanes)
        self.f32, self.i32 = vec(isa.lanes, "f32"), vec(isa.lanes, "i32")

    def kernel(self) -> Kernel:
        return Kernel(self.name, self.text(), 0)

    def bytes_on_stack(self, count: int, alignment: int = 64) -> str:
        """Uninitialised bytes that no other call gives."""
        name = self._fresh("stack")
        self._body.insert(0, f"  {name} = llvm.alloca {self.const(count)} x i8 {{alignment = {alignment} : i64}} : (i64) -> {PTR}")
        return name

    @contextmanager
    def each(self, high: str | int, low: str | int = 0, step: int = 1) -> Iterator[str]:
        """A loop without carried values; gives the index."""
        first, last, stride = (value if isinstance(value, str) else self.const(value) for value in (low, high, step))
        with self.loop(first, last, stride) as loop:
            yield loop.index

    @contextmanager
    def units(self) -> Iterator[str]:
        """The loop over [begin, end)."""
        with self.each("%end", "%begin") as unit:
            yield unit

    def mul(self, a: str, b: str | int) -> str:
        return self.binary("arith.muli", a, b if isinstance(b, str) else self.const(b))

    def add(self, a: str, b: str | int) -> str:
        return self.binary("arith.addi", a, b if isinstance(b, str) else self.const(b))

    def sub(self, a: str, b: str | int) -> str:
        return self.binary("arith.subi", a, b if isinstance(b, str) else self.const(b))

    def divide(self, a: str, b: int) -> str:
        return self.binary("arith.divui", a, self.const(b))

    def remainder(self, a: str, b: int) -> str:
        return self.binary("arith.remui", a, self.const(b))

    def compare(self, how: str, a: str, b: str | int, kind: str = "i64") -> str:
        return self.op(f"arith.cmpi {how}, {a}, {b if isinstance(b, str) else self.const(b, kind)} : {kind}")

    def element(self, base: str, index: str, stride: int, offset: int = 0) -> str:
        """The address of element `index` of an array of `stride` bytes each, plus `offset`."""
        return self.at(base, self.mul(index, stride), offset)

    def load_index(self, base: str, index: str, offset: int = 0, stride: int = 4) -> str:
        """An i32 of an array as i64."""
        return self.cast("arith.extsi", self.load(self.element(base, index, stride, offset), "i32"), "i32", "i64")

    def copy(self, source: str, target: str, size: int) -> None:
        """Copy `size` bytes; the places are the same or apart."""
        self.line(f'"llvm.intr.memcpy"({target}, {source}, {self.const(size)}) <{{isVolatile = false}}> : ({PTR}, {PTR}, i64) -> ()')

    def number(self, value: float) -> str:
        return self.const(value, "f32")

    def scalar(self, op: str, a: str, b: str) -> str:
        return self.binary(op, a, b, "f32")

    def select(self, condition: str, a: str, b: str, kind: str) -> str:
        return self.op(f"arith.select {condition}, {a}, {b} : {kind}")

    def tail_mask(self, count: int) -> str:
        """A constant mask of the first `count` lanes."""
        lanes = ", ".join("true" if lane < count else "false" for lane in range(self.lanes))
        return self.constant(f"arith.constant dense<[{lanes}]> : {vec(self.lanes, 'i1')}")

    def masked(self, value: str, mask: str | None, other: float = 0.0) -> str:
        """Lanes outside the mask replaced."""
        return value if mask is None else self.math.select(mask, value, self.math.constant(other))

    def sweep(self, width: int, step: Step, start: Sequence[str] = ()) -> list[str]:
        """Goes over the columns [0, width) in vectors; gives what is carried (f32 vectors)."""
        size, whole = 4 * self.lanes, width // self.lanes
        carried = list(start)
        if whole:
            with self.loop(self.const(0), self.const(whole * size), self.const(size), carried, [self.f32] * len(carried)) as loop:
                loop.yielded = step(loop.index, loop.carried, None)
            carried = loop.results
        if width % self.lanes:
            carried = step(self.const(whole * size), carried, self.tail_mask(width % self.lanes))
        return carried

    def write_row(self, kind: str, width: int, y: str, value: MakeValue) -> None:
        """Fill the row at address `y` of `kind` f32 or q8 from a value for each vector of columns."""
        if kind == "f32":
            def put(offset: str, carried: list[str], mask: str | None) -> list[str]:
                self.store(value(offset), self.at(y, offset), self.f32)
                return carried

            self.sweep(width, put)
            return
        with self.each(width // BLOCK) as block:
            first = self.mul(block, 4 * BLOCK)
            values = [value(self.add(first, 4 * lane)) for lane in range(0, BLOCK, self.lanes)]
            self.store_q8(values, y, block, width)

    def store_q8(self, values: Sequence[str], y: str, block: str, width: int) -> None:
        """Quantise one block of 32 columns: scale = max|v| / 127, to nearest even."""
        scale, inverse = self._block_scale(values)
        splat = self.splat(inverse, self.lanes, "f32")
        quants = [self.math.round_to_int(self.math.mul(value, splat))[0] for value in values]
        narrow, target = vec(self.lanes, "i8"), self.element(y, block, BLOCK)
        for part, quant in enumerate(quants):
            self.store(self.cast("arith.trunci", quant, self.i32, narrow), self.at(target, part * self.lanes), narrow)
        total = quants[0]
        for quant in quants[1:]:
            total = self.binary("arith.addi", total, quant, self.i32)
        total_f32 = self.cast("arith.sitofp", self.math.reduce("add", total, "i32"), "i32", "f32")
        factors = self.element(y, block, 4, width)
        self.store(scale, factors, "f32")
        self.store(self.scalar("arith.mulf", total_f32, scale), self.at(factors, 4 * (width // BLOCK)), "f32")

    def _block_scale(self, values: Sequence[str]) -> tuple[str, str]:
        """(max|v| / 127, 127 / max|v| or 0)."""
        top = self.math.abs(values[0])
        for value in values[1:]:
            top = self.math.maximum(top, self.math.abs(value))
        highest = self.math.reduce("maxnumf", top)
        positive = self.op(f"arith.cmpf ogt, {highest}, {self.number(0.0)} : f32")
        quotient = self.scalar("arith.divf", self.number(127.0), highest)
        return self.scalar("arith.mulf", highest, self.number(1 / 127)), self.select(positive, quotient, self.number(0.0), "f32")

    def load_columns(self, row: str) -> MakeValue:
        """Reads vectors of the f32 row at `row`."""
        return lambda offset: self.load(self.at(row, offset), self.f32)

    def inverse_root(self, value: str) -> str:
        """1 / sqrt of an f32 scalar."""
        return self.scalar("arith.divf", self.number(1.0), self.op(f"math.sqrt {value} : f32"))


def digits(value: float) -> str:
    """A number as part of a function's name."""
    return f"{value:g}".replace("-", "m").replace(".", "p").replace("+", "")
