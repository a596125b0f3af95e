"""Integer dot products of unsigned weight quants with signed 8-bit activations, per instruction set.

An accumulator belongs to one (row, vector of outputs). `prepare` turns a quad of weights into the
instruction's operand, shared by all rows; `add` takes it with the address of four int8 activations;
`total` gives the exact sum as f32 (all sums stay below 2**24).
"""

from __future__ import annotations

from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.text import FunctionText, vec

Operand = tuple[str, ...]


class Dot:
    """Sums weight quants 0..top times activations over at most 32 inputs, from a start value.

    `start` is the address of an i32 that the sum begins with; none is 0.
    """

    def __init__(self, text: FunctionText, lanes: int, top: int, start: str | None = None):
        self.text, self.lanes, self.top = text, lanes, top
        self.f32, self.i32 = vec(lanes, "f32"), vec(lanes, "i32")
        self._start = None if start is None else text.splat(text.load(start, "i32"), lanes, "i32")

    def prepare(self, quad: str) -> Operand:
        raise NotImplementedError

    def add(self, operand: Operand, x: str) -> None:
        raise NotImplementedError

    def total(self) -> str:
        raise NotImplementedError

    def _bytes(self, quad: str) -> str:
        return self.text.cast("vector.bitcast", quad, self.i32, vec(4 * self.lanes, "i8"))

    def _activations(self, x: str) -> str:
        """The four activations at an address, repeated in every 32-bit lane."""
        return self._bytes(self.text.splat(self.text.load(x, "i32"), self.lanes, "i32"))


class VnniDot(Dot):
    """vpdpbusd: four products and the sum in 32 bits, one instruction."""

    def __init__(self, text: FunctionText, lanes: int, top: int, start: str | None = None):
        super().__init__(text, lanes, top, start)
        self._sum = self._start or text.const(0, self.i32)

    def prepare(self, quad: str) -> Operand:
        return (self._bytes(quad),)

    def add(self, operand: Operand, x: str) -> None:
        octets = vec(4 * self.lanes, "i8")
        operands = [self._sum, operand[0], self._activations(x)]
        name = f"llvm.x86.avx512.vpdpbusd.{32 * self.lanes}"
        self._sum = self.text.intrinsic(name, operands, [self.i32, octets, octets], self.i32)

    def total(self) -> str:
        return self.text.cast("arith.sitofp", self._sum, self.i32, self.f32)


class Avx2Dot(Dot):
    """pmaddubsw adds two products in 16 saturating bits, pmaddwd widens to 32.

    With |x| <= 127 a pair reaches 2 * 127 * top: up to 15, eight pairs fit 16 bits; up to 63, two.
    Larger quants are split into nibbles, whose sums are joined as low + 16 * high.
    """

    def __init__(self, text: FunctionText, lanes: int, top: int, start: str | None = None):
        super().__init__(text, lanes, top, start)
        self._split = top > 63
        self._pairs = 8 if top <= 15 or self._split else 2
        self._narrow: list[list[str]] = [[], []] if self._split else [[]]
        self._wide = self._start
        self._i16 = vec(2 * lanes, "i16")

    def prepare(self, quad: str) -> Operand:
        if not self._split:
            return (self._bytes(quad),)
        text, nibble = self.text, self.text.const(0x0F0F0F0F, self.i32)
        high = text.binary("arith.shrui", quad, text.const(4, self.i32), self.i32)
        parts = (text.binary("arith.andi", part, nibble, self.i32) for part in (quad, high))
        return tuple(self._bytes(part) for part in parts)

    def add(self, operand: Operand, x: str) -> None:
        octets, activations = vec(4 * self.lanes, "i8"), self._activations(x)
        for part, sums in zip(operand, self._narrow, strict=True):
            name = "llvm.x86.avx2.pmadd.ub.sw"
            product = self.text.intrinsic(name, [part, activations], [octets, octets], self._i16)
            sums.append(product if not sums else self._add16(sums[-1], product))
        if len(self._narrow[0]) == self._pairs:
            self._widen()

    def total(self) -> str:
        self._widen()
        assert self._wide is not None
        return self.text.cast("arith.sitofp", self._wide, self.i32, self.f32)

    def _add16(self, a: str, b: str) -> str:
        return self.text.binary("arith.addi", a, b, self._i16)

    def _widen(self) -> None:
        for sums, weight in zip(self._narrow, (1, 16), strict=False):
            if not sums:
                continue
            operands = [sums[-1], self.text.const(weight, self._i16)]
            wide = self.text.intrinsic("llvm.x86.avx2.pmadd.wd", operands, [self._i16, self._i16], self.i32)
            add = self._wide is not None
            self._wide = self.text.binary("arith.addi", str(self._wide), wide, self.i32) if add else wide
            sums.clear()


class PortableDot(Dot):
    """Products and sums in f32, where they're exact; no instruction beyond plain vectors."""

    def __init__(self, text: FunctionText, lanes: int, top: int, start: str | None = None):
        super().__init__(text, lanes, top, start)
        started = self._start and text.cast("arith.sitofp", self._start, self.i32, self.f32)
        self._sum = started or text.const(0.0, self.f32)

    def prepare(self, quad: str) -> Operand:
        text, mask = self.text, self.text.const(0xFF, self.i32)
        shifts = [text.const(8 * byte, self.i32) for byte in range(4)]
        lanes = [text.binary("arith.shrui", quad, shift, self.i32) for shift in shifts]
        low = [text.binary("arith.andi", lane, mask, self.i32) for lane in lanes]
        return tuple(text.cast("arith.sitofp", lane, self.i32, self.f32) for lane in low)

    def add(self, operand: Operand, x: str) -> None:
        for byte, weights in enumerate(operand):
            scalar = self.text.load(self.text.at(x, byte), "i8")
            value = self.text.cast("arith.sitofp", scalar, "i8", "f32")
            self._sum = self.text.fma(weights, self.text.splat(value, self.lanes, "f32"), self._sum, self.f32)

    def total(self) -> str:
        return self._sum


DOTS: dict[str, type[Dot]] = {"avx512vnni": VnniDot, "avx2": Avx2Dot, "portable": PortableDot}


def dot_for(isa: Isa, text: FunctionText, top: int, start: str | None = None) -> Dot:
    """A fresh accumulator for the instruction set."""
    return DOTS[isa.name](text, isa.lanes, top, start)
