"""Elementary functions on f32 vectors as plain vector arithmetic: no library calls, any lane count."""

from __future__ import annotations

from collections.abc import Sequence

from intarsia.codegen.cpu.kernels.text import FunctionText, vec

# Adding 1.5 * 2**23 rounds a float of magnitude below 2**22 to the nearest even integer and leaves
# that integer in the low mantissa bits; the bits of the sum minus these are the integer.
_MAGIC = 12582912.0
_MAGIC_BITS = 0x4B400000
_LOG2_E = 1.4426950408889634
# ln 2 in two parts, the first exact when multiplied by a small integer (Cody and Waite).
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440054690583e-4
# exp(r) on |r| <= ln(2)/2 as 1 + r + r**2 p(r), Cephes expf.
_EXP_TERMS = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
_EXP_LOW, _EXP_HIGH = -87.0, 88.0
# tanh(x) = x + x**3 p(x**2) on |x| < 0.625, Cephes tanhf.
_TANH_TERMS = (-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
# erf, Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7.
_ERF_P = 0.3275911
_ERF_TERMS = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


class VectorMath:
    """Emits functions of vector<lanes x f32> values into one function's text."""

    def __init__(self, text: FunctionText, lanes: int):
        self.text, self.lanes = text, lanes
        self.f32, self.i32 = vec(lanes, "f32"), vec(lanes, "i32")

    def constant(self, value: float) -> str:
        return self.text.const(value, self.f32)

    def add(self, a: str, b: str) -> str:
        return self.text.binary("arith.addf", a, b, self.f32)

    def sub(self, a: str, b: str) -> str:
        return self.text.binary("arith.subf", a, b, self.f32)

    def mul(self, a: str, b: str) -> str:
        return self.text.binary("arith.mulf", a, b, self.f32)

    def div(self, a: str, b: str) -> str:
        return self.text.binary("arith.divf", a, b, self.f32)

    def fma(self, a: str, b: str, c: str) -> str:
        return self.text.fma(a, b, c, self.f32)

    def maximum(self, a: str, b: str) -> str:
        return self.text.binary("arith.maxnumf", a, b, self.f32)

    def minimum(self, a: str, b: str) -> str:
        return self.text.binary("arith.minnumf", a, b, self.f32)

    def bits(self, a: str) -> str:
        return self.text.cast("vector.bitcast", a, self.f32, self.i32)

    def abs(self, a: str) -> str:
        return self.text.cast("vector.bitcast", self._abs_bits(a), self.i32, self.f32)

    def _abs_bits(self, a: str) -> str:
        return self.text.binary("arith.andi", self.bits(a), self.text.const(0x7FFFFFFF, self.i32), self.i32)

    def max_abs(self, values: Sequence[str]) -> str:
        """The largest magnitude in all lanes of the vectors, an f32 scalar.

        Bits of non-negative floats order as integers; LLVM reduces those in a tree, but floats one by one.
        """
        top = self._abs_bits(values[0])
        for value in values[1:]:
            top = self.text.binary("arith.maxsi", top, self._abs_bits(value), self.i32)
        return self.text.cast("arith.bitcast", self.reduce("maxsi", top, "i32"), "i32", "f32")

    def copysign(self, magnitude: str, sign: str) -> str:
        """A non-negative magnitude with the sign of another value."""
        mask = self.text.const(-0x80000000, self.i32)
        bit = self.text.binary("arith.andi", self.bits(sign), mask, self.i32)
        both = self.text.binary("arith.ori", self.bits(magnitude), bit, self.i32)
        return self.text.cast("vector.bitcast", both, self.i32, self.f32)

    def polynomial(self, x: str, terms: tuple[float, ...]) -> str:
        """Horner's rule; the highest power's coefficient comes first."""
        value = self.constant(terms[0])
        for term in terms[1:]:
            value = self.fma(value, x, self.constant(term))
        return value

    def round_to_int(self, a: str) -> tuple[str, str]:
        """Nearest even integer of |a| < 2**22 as (i32 vector, f32 vector)."""
        shifted = self.add(a, self.constant(_MAGIC))
        bits = self.text.const(_MAGIC_BITS, self.i32)
        integer = self.text.binary("arith.subi", self.bits(shifted), bits, self.i32)
        return integer, self.sub(shifted, self.constant(_MAGIC))

    def exp(self, x: str) -> str:
        """e**x within 2 ulp on [-87, 88]; outside it's the value at the nearer end."""
        x = self.maximum(self.minimum(x, self.constant(_EXP_HIGH)), self.constant(_EXP_LOW))
        power, rounded = self.round_to_int(self.mul(x, self.constant(_LOG2_E)))
        rest = self.fma(rounded, self.constant(-_LN2_HIGH), x)
        rest = self.fma(rounded, self.constant(-_LN2_LOW), rest)
        square = self.mul(rest, rest)
        value = self.fma(self.polynomial(rest, _EXP_TERMS), square, rest)
        value = self.add(value, self.constant(1.0))
        shift = self.text.const(23, self.i32)
        exponent = self.text.binary("arith.shli", power, shift, self.i32)
        scaled = self.text.binary("arith.addi", self.bits(value), exponent, self.i32)
        return self.text.cast("vector.bitcast", scaled, self.i32, self.f32)

    def neg(self, x: str) -> str:
        return self.text.op(f"arith.negf {x} : {self.f32}")

    def silu(self, x: str) -> str:
        """x / (1 + exp(-x))."""
        return self.div(x, self.add(self.exp(self.neg(x)), self.constant(1.0)))

    def tanh(self, x: str) -> str:
        """A polynomial near zero, 1 - 2 / (1 + exp(2 |x|)) with x's sign elsewhere."""
        size = self.abs(x)
        tail = self.add(self.exp(self.add(size, size)), self.constant(1.0))
        far = self.copysign(self.sub(self.constant(1.0), self.div(self.constant(2.0), tail)), x)
        square = self.mul(x, x)
        near = self.fma(self.mul(self.polynomial(square, _TANH_TERMS), square), x, x)
        is_near = self.text.op(f"arith.cmpf olt, {size}, {self.constant(0.625)} : {self.f32}")
        return self.select(is_near, near, far)

    def select(self, condition: str, a: str, b: str) -> str:
        return self.text.op(f"arith.select {condition}, {a}, {b} : {vec(self.lanes, 'i1')}, {self.f32}")

    def erf(self, x: str) -> str:
        size = self.abs(x)
        t = self.div(self.constant(1.0), self.fma(size, self.constant(_ERF_P), self.constant(1.0)))
        tail = self.mul(self.polynomial(t, _ERF_TERMS), t)
        bell = self.exp(self.neg(self.mul(size, size)))
        return self.copysign(self.sub(self.constant(1.0), self.mul(tail, bell)), x)

    def gelu(self, x: str) -> str:
        """x (1 + erf(x / sqrt 2)) / 2."""
        half = self.mul(x, self.constant(0.5))
        return self.fma(half, self.erf(self.mul(x, self.constant(0.7071067811865476))), half)

    def gelu_tanh(self, x: str) -> str:
        """x (1 + tanh(u)) / 2 = x / (1 + exp(-2 u)) with u = sqrt(2/pi) (x + 0.044715 x**3)."""
        cube = self.fma(self.mul(x, x), self.constant(0.044715), self.constant(1.0))
        doubled = self.mul(self.mul(x, cube), self.constant(-1.5957691216057308))
        return self.div(x, self.add(self.exp(doubled), self.constant(1.0)))

    def relu(self, x: str) -> str:
        return self.maximum(x, self.constant(0.0))

    def reduce(self, kind: str, a: str, element: str = "f32") -> str:
        """The horizontal reduction (add, maxsi) of a vector to a scalar, in a tree."""
        fast = " fastmath<reassoc>" if element == "f32" else ""
        return self.text.op(f"vector.reduction <{kind}>, {a}{fast} : {vec(self.lanes, element)} into {element}")
