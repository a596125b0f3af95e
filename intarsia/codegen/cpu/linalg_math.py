"""Elementary functions for float32 as MLIR text, branch-free, so that LLVM can vectorise the loops they are inlined in.

| function | method | error (tests/codegen/cpu/test_linalg.py) |
|---|---|---|
| exp | 2^n times a polynomial of degree 6 (Cephes, expf.c) | 2 ulp; 0 below -87.3, infinity above 88.7 |
| tanh, erf | rational functions of the clamped argument (Eigen and XLA, math.cc) | 4e-7 |
"""

from __future__ import annotations

NAMES = {"math.exp": "exp_f32", "math.tanh": "tanh_f32", "math.erf": "erf_f32"}
"""The function that takes the place of a float32 operation."""

INLINE = 'attributes {llvm.linkage = #llvm.linkage<internal>, passthrough = ["alwaysinline"]}'
LOG2_E = 1.44269504088896341
LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4
LARGEST, SMALLEST = 88.72283, -87.33654
EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
TANH_LIMIT, ERF_LIMIT = 7.90531110763549805, 4.0
TANH = (
    (-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08, 1.48572235717979e-05,
     6.37261928875436e-04, 4.89352455891786e-03),
    (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03),
)  # fmt: skip
ERF = (
    (-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05, -7.34990630326855e-04,
     -2.95459980854025e-03, -1.60960333262415e-02),
    (-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03, -1.42647390514189e-02),
)  # fmt: skip


def math_text() -> str:
    """The functions of `NAMES`."""
    return _exp() + _rational("tanh_f32", TANH_LIMIT, *TANH) + _rational("erf_f32", ERF_LIMIT, *ERF)


class _Body:
    """Operations on f32, one a line."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def op(self, text: str) -> str:
        name = f"%v{len(self.lines)}"
        self.lines.append(f"  {name} = {text}")
        return name

    def const(self, value: float) -> str:
        return self.op(f"arith.constant {value:.17e} : f32")

    def f32(self, name: str, *operands: str) -> str:
        return self.op(f"{name} {', '.join(operands)} : f32")

    def polynomial(self, x: str, coefficients: tuple[float, ...]) -> str:
        """Horner's rule, the highest power first."""
        total = self.const(coefficients[0])
        for coefficient in coefficients[1:]:
            total = self.f32("math.fma", total, x, self.const(coefficient))
        return total

    def function(self, name: str, result: str) -> str:
        return "\n".join([f"func.func private @{name}(%x: f32) -> f32 {INLINE} {{", *self.lines, f"  return {result} : f32", "}\n"])


def _exp() -> str:
    b = _Body()
    low, high = b.const(SMALLEST), b.const(LARGEST)
    x = b.f32("arith.minimumf", b.f32("arith.maximumf", "%x", low), high)
    n = b.f32("math.roundeven", b.f32("arith.mulf", x, b.const(LOG2_E)))
    r = b.f32("math.fma", n, b.const(-LN2_HIGH), x)
    r = b.f32("math.fma", n, b.const(-LN2_LOW), r)
    series = b.f32("math.fma", b.polynomial(r, EXP), b.f32("arith.mulf", r, r), b.f32("arith.addf", r, b.const(1.0)))
    half = b.f32("math.floor", b.f32("arith.mulf", n, b.const(0.5)))  # 2^128 has no float32: multiply twice
    value = b.f32("arith.mulf", b.f32("arith.mulf", series, _power(b, half)), _power(b, b.f32("arith.subf", n, half)))
    tiny, huge = b.op(f"arith.cmpf olt, %x, {low} : f32"), b.op(f"arith.cmpf ogt, %x, {high} : f32")
    value = b.op(f"arith.select {tiny}, {b.const(0.0)}, {value} : f32")
    return b.function("exp_f32", b.op(f"arith.select {huge}, {b.op('arith.constant 0x7F800000 : f32')}, {value} : f32"))


def _power(b: _Body, n: str) -> str:
    """2^n for a whole number n of at most 127."""
    bits = b.op(f"arith.fptosi {n} : f32 to i32")
    biased = b.op(f"arith.addi {bits}, {b.op('arith.constant 127 : i32')} : i32")
    return b.op(f"arith.bitcast {b.op(f'arith.shli {biased}, ' + b.op('arith.constant 23 : i32') + ' : i32')} : i32 to f32")


def _rational(name: str, limit: float, upper: tuple[float, ...], lower: tuple[float, ...]) -> str:
    b = _Body()
    x = b.f32("arith.minimumf", b.f32("arith.maximumf", "%x", b.const(-limit)), b.const(limit))
    square = b.f32("arith.mulf", x, x)
    quotient = b.f32("arith.divf", b.f32("arith.mulf", x, b.polynomial(square, upper)), b.polynomial(square, lower))
    return b.function(name, quotient)
