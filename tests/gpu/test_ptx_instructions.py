"""Each instruction that the emulator knows, against a reference in plain Python: integers without bounds, floats through float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from ptx_harness import BITS, apply, bf16_bits, from_bits, samples, signed, to_bits

from intarsia.codegen.verify.ptx.table import OPERATIONS, manual

Reference = Callable[..., object]


def rows(opcode: str, kinds: str, reference: Reference, form: str = "", tolerance: int = 0) -> list[tuple[str, str, Reference, int]]:
    """One case for each type; T in the opcode is that type. `form` replaces the operands."""
    return [(f"{opcode.replace('T', kind)} {form or '%d, %a, %b;'}".replace("T", kind), kind, reference, tolerance) for kind in kinds.split()]


def cut(quotient: Fraction) -> int:
    return int(quotient)


def fmin(x: float, y: float) -> float:
    return y if x != x else x if y != y else min(x, y)


def fmax(x: float, y: float) -> float:
    return y if x != x else x if y != y else max(x, y)


def field(x: int, start: int, length: int, width: int, sign: bool) -> int:
    start, length = start & 255, length & 255
    top = min(start + length - 1, width - 1)
    bits = [x >> (start + i) & 1 if start + i < width else (x >> top & 1 if sign else 0) for i in range(length)]
    fill = bits[-1] if bits and sign else 0
    return sum((bits[i] if i < len(bits) else fill) << i for i in range(width))


def lop3(x: int, y: int, z: int) -> int:
    return sum((0xCA >> ((x >> i & 1) << 2 | (y >> i & 1) << 1 | z >> i & 1) & 1) << i for i in range(32))


def prmt(x: int, y: int, selector: int) -> int:
    octets, out = [(x | y << 32) >> 8 * i & 255 for i in range(8)], 0
    for i in range(4):
        nibble = selector >> 4 * i & 15
        octet = octets[nibble & 7]
        out |= (octet if nibble < 8 else 255 * (octet >> 7)) << 8 * i
    return out


def highest(x: int, width: int) -> int:
    return (x if x >= 0 else ~x).bit_length() - 1


THREE = "%d, %a, %b, %c;"
INTEGERS = [
    *rows("add.T", "u16 s16 u32 s32 u64 s64", lambda x, y: x + y),
    *rows("sub.T", "u16 s16 u32 s32 u64 s64", lambda x, y: x - y),
    *rows("mul.lo.T", "u16 s16 u32 s32 u64 s64", lambda x, y: x * y),
    *rows("min.T", "u16 s16 u32 s32 u64 s64", min),
    *rows("max.T", "u16 s16 u32 s32 u64 s64", max),
    *rows("and.T", "b16 b32 b64", lambda x, y: x & y),
    *rows("or.T", "b16 b32 b64", lambda x, y: x | y),
    *rows("xor.T", "b16 b32 b64", lambda x, y: x ^ y),
    *rows("not.T", "b16 b32 b64", lambda x: ~x, "%d, %a;"),
    *rows("neg.T", "s16 s32 s64", lambda x: -x, "%d, %a;"),
    *rows("abs.T", "s16 s32 s64", abs, "%d, %a;"),
    *rows("mad.lo.T", "u16 s32 u64", lambda x, y, z: x * y + z, THREE),
    *rows("lop3.b32", "b32", lop3, "%d, %a, %b, %c, 0xCA;"),
    *rows("prmt.b32", "b32", prmt, THREE),
    *rows("mov.T", "b16 b32 b64", lambda x: x, "%d, %a;"),
    *rows("brev.T", "b32 b64", None, "%d, %a;"),
]


def _in(kind: str, bits: int) -> int:
    return signed(bits, BITS[kind]) if kind[0] == "s" else bits


@pytest.mark.parametrize(("text", "kind", "reference", "_"), INTEGERS, ids=[row[0].split(" ")[0] + "." + row[1] for row in INTEGERS])
def test_integers(text, kind, reference, _):
    width = BITS[kind]
    if text.startswith("brev"):
        reference = lambda x: int(f"{x:0{width}b}"[::-1], 2)  # noqa: E731
    names = [name for name in "abc" if f"%{name}" in text]
    columns = [samples(kind, seed) for seed in range(len(names))]
    expected = [reference(*(_in(kind, bits) for bits in case)) & ((1 << width) - 1) for case in zip(*columns, strict=True)]
    assert apply(text, [(kind, column) for column in columns], kind) == expected


MIXED = [
    *[(f"mul.wide.{k}{b} %d, %a, %b;", (f"{k}{b}", f"{k}{b}"), f"{k}{2 * b}", lambda x, y: x * y) for k in "us" for b in (16, 32)],
    *[(f"mul.hi.{k}{b} %d, %a, %b;", (f"{k}{b}", f"{k}{b}"), f"{k}{b}", lambda x, y, b=b: x * y >> b) for k in "us" for b in (16, 32, 64)],
    *[(f"mad.hi.{k}32 %d, %a, %b, %c;", (f"{k}32",) * 3, f"{k}32", lambda x, y, z: (x * y >> 32) + z) for k in "us"],
    *[(f"mad.wide.{k}32 %d, %a, %b, %c;", (f"{k}32", f"{k}32", f"{k}64"), f"{k}64", lambda x, y, z: x * y + z) for k in "us"],
    *[(f"shl.b{b} %d, %a, %b;", (f"b{b}", "u32"), f"b{b}", lambda x, n: x << n if n < 64 else 0) for b in (16, 32, 64)],
    *[(f"shr.{k}{b} %d, %a, %b;", (f"{k}{b}", "u32"), f"{k}{b}", lambda x, n: x >> min(n, 64)) for k in "us" for b in (16, 32, 64)],
    *[(f"shr.{k}32 %d, %a, 7;", (f"{k}32",), f"{k}32", lambda x: x >> 7) for k in "us"],
    ("shf.l.wrap.b32 %d, %a, %b, %c;", ("b32", "b32", "u32"), "b32", lambda lo, hi, n: ((hi << 32 | lo) << (n & 31)) >> 32),
    ("shf.r.wrap.b32 %d, %a, %b, %c;", ("b32", "b32", "u32"), "b32", lambda lo, hi, n: (hi << 32 | lo) >> (n & 31)),
    ("shf.l.clamp.b32 %d, %a, %b, %c;", ("b32", "b32", "u32"), "b32", lambda lo, hi, n: ((hi << 32 | lo) << min(n, 32)) >> 32),
    ("shf.r.clamp.b32 %d, %a, %b, %c;", ("b32", "b32", "u32"), "b32", lambda lo, hi, n: (hi << 32 | lo) >> min(n, 32)),
    *[(f"bfe.{k}{b} %d, %a, %b, %c;", (f"b{b}", "u32", "u32"), f"b{b}", lambda x, s, n, b=b, k=k: field(x, s, n, b, k == "s")) for k in "us" for b in (32, 64)],
    ("bfi.b32 %d, %a, %b, 4, 9;", ("b32", "b32"), "b32", lambda x, y: y & ~(0x1FF << 4) | (x & 0x1FF) << 4),
    ("bfi.b64 %d, %a, %b, 40, 30;", ("b64", "b64"), "b64", lambda x, y: y & (1 << 40) - 1 | x << 40),
    *[(f"popc.b{b} %d, %a;", (f"b{b}",), "u32", lambda x: x.bit_count()) for b in (32, 64)],
    *[(f"clz.b{b} %d, %a;", (f"b{b}",), "u32", lambda x, b=b: b - x.bit_length()) for b in (32, 64)],
    *[(f"bfind.{k}{b} %d, %a;", (f"{k}{b}",), "u32", lambda x, b=b: highest(x, b)) for k in "us" for b in (32, 64)],
    ("bfind.shiftamt.u32 %d, %a;", ("u32",), "u32", lambda x: 31 - highest(x, 32) if x else -1),
    *[(f"selp.{t} %d, %a, %b, %c;", (t, t, "pred"), t, lambda x, y, p: x if p else y) for t in ("b16", "b32", "b64", "f32", "u32")],
    ("slct.b32.s32 %d, %a, %b, %c;", ("b32", "b32", "s32"), "b32", lambda x, y, z: x if z >= 0 else y),
    *[(f"set.{c}.u32.{t} %d, %a, %b;", (t, t), "u32", lambda x, y, c=c: -int({"lt": x < y, "eq": x == y}[c])) for c in ("lt", "eq") for t in ("s32", "u32")],
    *[(f"cvt.{d}.{s} %d, %a;", (s,), d, lambda x: x) for d in ("u16", "s16", "u32", "s32", "u64", "s64") for s in ("u16", "s16", "u32", "s32", "u64", "s64")],
    *[(f"cvt.{d}.{s} %d, %a;", (t,), d, lambda x, s=s: signed(x & 255, 8) if s == "s8" else x & 255) for d in ("u32", "s32", "u16") for s in ("u8", "s8") for t in ("b16", "b32")],
    ("cvt.sat.u32.s32 %d, %a;", ("s32",), "u32", lambda x: max(x, 0)),
    ("cvt.sat.s32.s64 %d, %a;", ("s64",), "s32", lambda x: min(max(x, -(2**31)), 2**31 - 1)),
    ("cvt.sat.s8.s32 %d, %a;", ("s32",), "s16", lambda x: min(max(x, -128), 127)),
    *[(f"{o}.pred %d, %a, %b;", ("pred", "pred"), "pred", f) for o, f in (("and", lambda x, y: x & y), ("or", lambda x, y: x | y), ("xor", lambda x, y: x ^ y))],
    ("not.pred %d, %a;", ("pred",), "pred", lambda x: 1 - x),
    ("mov.pred %d, %a;", ("pred",), "pred", lambda x: x),
    ("and.pred %d, %a, !%b;", ("pred", "pred"), "pred", lambda x, y: x & (1 - y)),
    *[(f"setp.{c}.{t} %d, %a, %b;", (t, t), "pred", f) for t in ("s16", "u16", "s32", "u32", "s64", "u64") for c, f in (
        ("eq", lambda x, y: x == y), ("ne", lambda x, y: x != y), ("lt", lambda x, y: x < y), ("le", lambda x, y: x <= y), ("gt", lambda x, y: x > y), ("ge", lambda x, y: x >= y))],
    *[(f"setp.{c}.u32 %d, %a, %b;", ("u32", "u32"), "pred", f) for c, f in (
        ("lo", lambda x, y: x < y), ("ls", lambda x, y: x <= y), ("hi", lambda x, y: x > y), ("hs", lambda x, y: x >= y))],
    *[(f"setp.lt.{c}.s32 %d, %a, %b, %c;", ("s32", "s32", "pred"), "pred", f) for c, f in (
        ("and", lambda x, y, p: x < y and p), ("or", lambda x, y, p: x < y or p), ("xor", lambda x, y, p: (x < y) != bool(p)))],
    ("{ .reg .pred %q; setp.lt.s32 %q|%d, %a, %b; }", ("s32", "s32"), "pred", lambda x, y: x >= y),
    ("mov.b32 %d, {%a, %b};", ("b16", "b16"), "b32", lambda x, y: x | y << 16),
    ("mov.b64 %d, {%a, %b};", ("b32", "b32"), "b64", lambda x, y: x | y << 32),
    ("mov.b32 {_, %d}, %a;", ("b32",), "b16", lambda x: x >> 16),
    ("{ .reg .b32 %h; mov.b64 {%d, %h}, %a; }", ("b64",), "b32", lambda x: x),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds", "result", "reference"), MIXED, ids=[f"{row[0].split(',')[0]}-{'-'.join(row[1])}" for row in MIXED])
def test_integers_of_several_widths(text, kinds, result, reference):
    columns = [samples(kind, seed) for seed, kind in enumerate(kinds)]
    expected = [int(reference(*(_in(kind, bits) for kind, bits in zip(kinds, case, strict=True)))) & ((1 << BITS[result]) - 1) for case in zip(*columns, strict=True)]
    assert apply(text, list(zip(kinds, columns, strict=True)), result) == expected


@pytest.mark.parametrize("kind", ["u16", "s16", "u32", "s32", "u64", "s64"])
@pytest.mark.parametrize("opcode", ["div", "rem"])
def test_quotients(opcode, kind):
    width = BITS[kind]
    pairs = [(x, y) for x, y in zip(samples(kind, 0), samples(kind, 1), strict=True) if y and not (signed(y, width) == -1 and x == 1 << (width - 1))]
    quotients = [int(Fraction(_in(kind, x), _in(kind, y))) for x, y in pairs]
    expected = [(q if opcode == "div" else _in(kind, x) - q * _in(kind, y)) & ((1 << width) - 1) for q, (x, y) in zip(quotients, pairs, strict=True)]
    assert apply(f"{opcode}.{kind} %d, %a, %b;", [(kind, [x for x, _ in pairs]), (kind, [y for _, y in pairs])], kind) == expected


def close(found: int, expected: float, kind: str, units: int) -> bool:
    """Whether bits are those of a float, or so many units in the last place away. NaN is NaN, whatever its bits."""
    if expected != expected:
        return from_bits(found, kind) != from_bits(found, kind)
    wanted = to_bits(expected, kind)
    return found == wanted or (units > 0 and abs(signed(found, BITS[kind]) - signed(wanted, BITS[kind])) <= units)


def quotient(x: float, y: float) -> float:
    if y == 0 or x != x or y != y or math.isinf(x):
        return math.nan if x != x or y != y or (x == 0 and y == 0) or (math.isinf(x) and math.isinf(y)) else math.copysign(math.inf, x) * math.copysign(1, y)
    return x / y


def power(x: float) -> float:
    return math.nan if x != x else math.inf if x > 1000 else 0.0 if x < -1000 else 2.0**x


def root(x: float) -> float:
    return math.nan if x != x or x < 0 else math.sqrt(x)


def logarithm(x: float) -> float:
    return math.nan if x != x or x < 0 else -math.inf if x == 0 else math.log2(x)


def wave(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: math.nan if x != x or math.isinf(x) else function(x)


def fused(x: float, y: float, z: float) -> float:
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        return x * y + z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    return float(exact) if exact else x * y + z


def tiny(x: float) -> float:
    return math.copysign(0.0, x) if abs(x) < 2.0**-126 else x


FLOATS = [
    *rows("add.T", "f32 f16 bf16 f64", lambda x, y: x + y),
    *rows("add.rn.T", "f32", lambda x, y: x + y),
    *rows("sub.T", "f32 f16 bf16 f64", lambda x, y: x - y),
    *rows("mul.T", "f32 f16 bf16 f64", lambda x, y: x * y),
    *rows("mul.ftz.T", "f32", lambda x, y: tiny(tiny(x) * tiny(y))),
    *rows("add.sat.T", "f32", lambda x, y: 0.0 if x + y != x + y else min(max(x + y, 0.0), 1.0)),
    *rows("fma.rn.T", "f32 f16 bf16", fused, THREE),
    *rows("fma.rn.T", "f64", fused, THREE, 1),
    *rows("mad.rn.T", "f32", fused, THREE),
    *rows("div.rn.T", "f32 f64", quotient),
    *rows("div.full.T", "f32", quotient),
    *rows("min.T", "f32 f16 bf16 f64", fmin),
    *rows("max.T", "f32 f16 bf16 f64", fmax),
    *rows("min.NaN.T", "f32", lambda x, y: math.nan if x != x or y != y else min(x, y)),
    *rows("max.NaN.T", "f32 f16 bf16", lambda x, y: math.nan if x != x or y != y else max(x, y)),
    *rows("copysign.T", "f32 f64", lambda x, y: math.copysign(y, x) if y == y else y),
    *rows("neg.T", "f32 f16 bf16 f64", lambda x: -x, "%d, %a;"),
    *rows("abs.T", "f32 f16 f64", abs, "%d, %a;"),
    *rows("ex2.approx.T", "f32 f16", power, "%d, %a;", 1),
    *rows("ex2.approx.ftz.T", "f32", lambda x: tiny(power(tiny(x))), "%d, %a;", 1),
    *rows("lg2.approx.T", "f32", logarithm, "%d, %a;", 1),
    *rows("sqrt.rn.T", "f32 f64", root, "%d, %a;"),
    *rows("rsqrt.approx.T", "f32 f64", lambda x: quotient(1.0, root(x)), "%d, %a;", 1),
    *rows("rcp.rn.T", "f32 f64", lambda x: quotient(1.0, x), "%d, %a;"),
    *rows("tanh.approx.T", "f32 f16", math.tanh, "%d, %a;", 1),
    *rows("sin.approx.T", "f32", wave(math.sin), "%d, %a;", 1),
    *rows("cos.approx.T", "f32", wave(math.cos), "%d, %a;", 1),
    *rows("cvt.rni.T.T", "f32 f64", wave(lambda x: math.copysign(float(round(x)), x) if abs(x) < 2**52 else x), "%d, %a;"),
    *rows("cvt.sat.T.T", "f32", lambda x: 0.0 if x != x else min(max(x, 0.0), 1.0), "%d, %a;"),
]


@pytest.mark.parametrize(("text", "kind", "reference", "units"), FLOATS, ids=[f"{row[0].split(' ')[0]}.{row[1]}" for row in FLOATS])
def test_floats(text, kind, reference, units):
    names = [name for name in "abc" if f"%{name}" in text]
    source = "f32" if kind == "bf16" else kind
    columns = [[bf16_bits(from_bits(bits, "f32")) if kind == "bf16" else bits for bits in samples(source, seed)] for seed in range(len(names))]
    found = apply(text, [(kind, column) for column in columns], kind)
    infinite = "rni" in text
    for bits, case in zip(found, zip(*columns, strict=True), strict=True):
        values = [from_bits(one, kind) for one in case]
        if infinite and not math.isfinite(values[0]):
            assert close(bits, values[0], kind, 0)
        else:
            assert close(bits, reference(*values), kind, units), (values, from_bits(bits, kind))


@pytest.mark.parametrize("rounding", ["rz", "rm", "rp"])
@pytest.mark.parametrize(("name", "arity", "exact"), [("add", 2, lambda x, y: x + y), ("sub", 2, lambda x, y: x - y), ("mul", 2, lambda x, y: x * y), ("div", 2, lambda x, y: x / y), ("fma", 3, lambda x, y, z: x * y + z)])
def test_directed_rounding(name, arity, exact, rounding):
    """The nearest float32 on the right side of the exact value, by fractions."""
    columns = [[bits for bits in samples("f32", seed, 80) if 2.0**-60 < abs(from_bits(bits, "f32")) < 2.0**60][:40] for seed in range(arity)]
    found = apply(f"{name}.{rounding}.f32 %d, {', '.join(['%a', '%b', '%c'][:arity])};", [("f32", column) for column in columns], "f32")
    for bits, case in zip(found, zip(*columns, strict=True), strict=True):
        value = exact(*(Fraction(from_bits(one, "f32")) for one in case))
        result = Fraction(from_bits(bits, "f32"))
        up = rounding == "rp" or (rounding == "rz" and value < 0)
        next_one = Fraction(from_bits(bits + (-1 if (result > 0) == up else 1), "f32")) if result else result
        assert result >= value if up else result <= value
        assert result == value or (next_one < value if up else next_one > value)


COMPARISONS = {"eq": lambda x, y: x == y, "ne": lambda x, y: x != y and x == x and y == y, "lt": lambda x, y: x < y, "le": lambda x, y: x <= y, "gt": lambda x, y: x > y, "ge": lambda x, y: x >= y,
               "num": lambda x, y: x == x and y == y, "nan": lambda x, y: x != x or y != y}  # fmt: skip
UNORDERED = {f"{name}u": lambda x, y, name=name: x != x or y != y or COMPARISONS[name](x, y) for name in ("eq", "ne", "lt", "le", "gt", "ge")}


@pytest.mark.parametrize("kind", ["f32", "f16", "f64"])
@pytest.mark.parametrize("name", [*COMPARISONS, *UNORDERED])
def test_comparisons_of_floats(name, kind):
    x, y = samples(kind, 0), samples(kind, 1)
    y = [b if place % 3 else a for place, (a, b) in enumerate(zip(x, y, strict=True))]
    reference = {**COMPARISONS, **UNORDERED}[name]
    expected = [int(reference(from_bits(a, kind), from_bits(b, kind))) for a, b in zip(x, y, strict=True)]
    assert apply(f"setp.{name}.{kind} %d, %a, %b;", [(kind, x), (kind, y)], "pred") == expected


TESTS = {"finite": math.isfinite, "infinite": math.isinf, "number": lambda x: x == x, "notanumber": lambda x: x != x,
         "normal": lambda x: math.isfinite(x) and abs(x) >= 2.0**-126, "subnormal": lambda x: 0 < abs(x) < 2.0**-126}  # fmt: skip


@pytest.mark.parametrize("name", TESTS)
def test_kinds_of_floats(name):
    bits = samples("f32", 17)
    assert apply(f"testp.{name}.f32 %d, %a;", [("f32", bits)], "pred") == [int(TESTS[name](from_bits(one, "f32"))) for one in bits]


def to_integer(x: float, kind: str, function: Callable[[float], float]) -> int:
    width = BITS[kind]
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if kind[0] == "s" else (0, (1 << width) - 1)
    if x != x:
        return 0
    return low if x == -math.inf else high if x == math.inf else min(max(int(function(x)), low), high)


@pytest.mark.parametrize("target", ["s32", "u32", "s64", "u64", "s16"])
@pytest.mark.parametrize(("rounding", "function"), [("rni", round), ("rzi", math.trunc), ("rmi", math.floor), ("rpi", math.ceil)])
def test_floats_to_integers(rounding, function, target):
    for kind in ("f32", "f64", "f16"):
        bits = samples(kind, 3)
        expected = [to_integer(from_bits(one, kind), target, function) & ((1 << BITS[target]) - 1) for one in bits]
        assert apply(f"cvt.{rounding}.{target}.{kind} %d, %a;", [(kind, bits)], target) == expected


@pytest.mark.parametrize("source", ["s32", "u32", "s64", "u64", "s16", "u16"])
@pytest.mark.parametrize("target", ["f32", "f64", "f16"])
def test_integers_to_floats(source, target):
    bits = samples(source, 5)
    found = apply(f"cvt.rn.{target}.{source} %d, %a;", [(source, bits)], target)
    for one, value in zip(found, bits, strict=True):
        exact = Fraction(_in(source, value))
        assert close(one, float(exact), target, 1 if abs(exact) > 2**53 else 0)


@pytest.mark.parametrize(("target", "source"), [("f32", "f16"), ("f32", "bf16"), ("f64", "f32"), ("f32", "f64"), ("f16", "f32"), ("bf16", "f32")])
def test_floats_to_floats(target, source):
    bits = [bf16_bits(from_bits(one, "f32")) if source == "bf16" else one for one in samples("f32" if source == "bf16" else source, 7)]
    rounding = ".rn" if BITS[target] < BITS[source] else ""
    found = apply(f"cvt{rounding}.{target}.{source} %d, %a;", [(source, bits)], target)
    assert all(close(one, from_bits(value, source), target, 0) for one, value in zip(found, bits, strict=True))


def test_conversions_with_relu_truncation_and_tf32():
    bits = samples("f32", 11)
    values = [from_bits(one, "f32") for one in bits]
    relu = apply("cvt.rn.relu.bf16.f32 %d, %a;", [("f32", bits)], "bf16")
    assert all(close(one, x if x != x or x > 0 else 0.0, "bf16", 0) for one, x in zip(relu, values, strict=True))
    assert [one for one, x in zip(apply("cvt.rz.bf16.f32 %d, %a;", [("f32", bits)], "bf16"), values, strict=True) if x == x] == [
        one >> 16 for one, x in zip(bits, values, strict=True) if x == x
    ]
    finite = [one for one, x in zip(bits, values, strict=True) if math.isfinite(x)]
    for one, bits_found in zip(finite, apply("cvt.rz.f16x2.f32 %d, %a, %a;", [("f32", finite)], "b32"), strict=True):
        x, cut = from_bits(one, "f32"), from_bits(bits_found & 0xFFFF, "f16")
        assert bits_found >> 16 == bits_found & 0xFFFF
        assert abs(cut) <= abs(x) and math.copysign(1, cut) == math.copysign(1, x)
        assert cut == math.copysign(65504.0, x) or from_bits((bits_found & 0x7FFF) + 1, "f16") > abs(x)
    assert apply("cvt.rna.tf32.f32 %d, %a;", [("f32", finite)], "tf32") == [(one + 0x1000) & 0xFFFFE000 for one in finite]


def pack(low: int, high: int, width: int = 16) -> int:
    return low | high << width


@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_packed_pairs(kind):
    source = "f32" if kind == "bf16" else kind
    columns = [[bf16_bits(from_bits(one, "f32")) if kind == "bf16" else one for one in samples(source, seed, 64)] for seed in range(6)]
    cases = {
        "add": lambda x, y, z: x + y, "sub": lambda x, y, z: x - y, "mul": lambda x, y, z: x * y, "fma.rn": fused, "max": lambda x, y, z: fmax(x, y), "min": lambda x, y, z: fmin(x, y),
        "neg": lambda x, y, z: -x, "abs": lambda x, y, z: abs(x), "max.NaN": lambda x, y, z: math.nan if x != x or y != y else max(x, y),
        "set.nan.KINDx2": lambda x, y, z: float(x != x or y != y), "set.lt.KINDx2": lambda x, y, z: float(x < y), "set.neu.KINDx2": lambda x, y, z: float(x != y),
    }  # fmt: skip
    inputs = [[pack(a, b) for a, b in zip(columns[2 * i], columns[2 * i + 1], strict=True)] for i in range(3)]
    for name, reference in cases.items():
        arity = {"fma.rn": 3, "neg": 1, "abs": 1}.get(name, 2)
        found = apply(f"{name.replace('KIND', kind)}.{kind}x2 %d, {', '.join(['%a', '%b', '%c'][:arity])};", [(f"{kind}x2", one) for one in inputs[:arity]], "b32")
        for place, bits in enumerate(found):
            for half in (0, 1):
                values = [from_bits(columns[2 * i + half][place], kind) for i in range(3)]
                assert close(bits >> 16 * half & 0xFFFF, reference(*values), kind, 0), (name, values)


@pytest.mark.parametrize("kind", ["s16", "u16"])
@pytest.mark.parametrize(("name", "reference"), [("add", lambda x, y: x + y), ("min", min), ("max", max)])
def test_packed_integers(name, reference, kind):
    columns = [samples(kind, seed) for seed in range(4)]
    inputs = [[pack(a, b) for a, b in zip(columns[2 * i], columns[2 * i + 1], strict=True)] for i in range(2)]
    found = apply(f"{name.replace('KIND', kind)}.{kind}x2 %d, %a, %b;", [("b32", one) for one in inputs], "b32")
    for place, bits in enumerate(found):
        halves = [reference(_in(kind, columns[half][place]), _in(kind, columns[2 + half][place])) & 0xFFFF for half in (0, 1)]
        assert bits == pack(*halves)


def e4m3(bits: int) -> float:
    sign, exponent, fraction = -1.0 if bits >> 7 else 1.0, bits >> 3 & 15, bits & 7
    if exponent == 15 and fraction == 7:
        return math.nan
    return sign * (fraction / 8 * 2.0**-6 if exponent == 0 else (1 + fraction / 8) * 2.0 ** (exponent - 7))


def e5m2(bits: int) -> float:
    sign, exponent, fraction = -1.0 if bits >> 7 else 1.0, bits >> 2 & 31, bits & 3
    if exponent == 31:
        return math.nan if fraction else sign * math.inf
    return sign * (fraction / 4 * 2.0**-14 if exponent == 0 else (1 + fraction / 4) * 2.0 ** (exponent - 15))


SMALL = {"e4m3": (e4m3, 448.0), "e5m2": (e5m2, 57344.0)}


@pytest.mark.parametrize("kind", SMALL)
def test_eight_bits_to_half(kind):
    decode, _ = SMALL[kind]
    pairs = [pack(low, 255 - low, 8) for low in range(256)]
    found = apply(f"cvt.rn.f16x2.{kind}x2 %d, %a;", [(f"{kind}x2", pairs)], "b32")
    for bits, pair in zip(found, pairs, strict=True):
        for half in (0, 1):
            assert close(bits >> 16 * half & 0xFFFF, decode(pair >> 8 * half & 255), "f16", 0)


@pytest.mark.parametrize("kind", SMALL)
def test_to_eight_bits(kind):
    """The nearest of all values of the type, the one with an even fraction where two are as near; too large ones become the largest."""
    decode, largest = SMALL[kind]
    table = sorted((decode(bits), bits & 1, bits) for bits in range(128) if math.isfinite(decode(bits)))
    values = [x for x in (from_bits(one, "f32") for one in samples("f32", 13, 64)) if x == x] + [0.0117, 17.0, 19.0, 1000.0, 464.0, 2.0**-10, 0.4375]
    found = apply(f"cvt.rn.satfinite.{kind}x2.f32 %d, %a, %b;", [("f32", [to_bits(-x, "f32") for x in values]), ("f32", [to_bits(x, "f32") for x in values])], f"{kind}x2")
    for bits, x in zip(found, (from_bits(to_bits(x, "f32"), "f32") for x in values), strict=True):
        size = min(abs(x), largest)
        nearest = min(table, key=lambda row: (abs(row[0] - size), row[1]))[2]
        assert bits & 127 == nearest and bits >> 8 & 127 == nearest, (x, bits)
        assert (bits >> 7 & 1) == (math.copysign(1, x) < 0) and (bits >> 15) == (math.copysign(1, x) > 0)


@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_two_floats_to_a_pair(kind):
    x, y = samples("f32", 1), samples("f32", 2)
    found = apply(f"cvt.rn.{kind}x2.f32 %d, %a, %b;", [("f32", x), ("f32", y)], "b32")
    for bits, high, low in zip(found, x, y, strict=True):
        assert close(bits >> 16, from_bits(high, "f32"), kind, 0) and close(bits & 0xFFFF, from_bits(low, "f32"), kind, 0)


ELSEWHERE = {
    "atom", "red", "ld", "ldu", "st", "cp", "bar", "barrier", "bra", "ret", "exit", "membar", "fence", "mma", "ldmatrix", "stmatrix", "wgmma", "shfl", "vote", "redux", "match", "elect",
    "activemask", "cvta", "createpolicy", "prefetch", "griddepcontrol", "tensormap", "mbarrier", "setmaxnreg",
}  # fmt: skip
"""Instructions of memory, warps and control, which need more than one thread's registers: test_ptx_memory, test_ptx_warps, test_ptx_matrices, test_ptx_bulk, test_ptx_faults."""


def test_every_instruction_of_the_table_is_tried():
    tried = {text.split(".")[0].split(" ")[-1].strip() for text, *_ in [*INTEGERS, *MIXED, *FLOATS]} | {"div", "rem", "setp", "testp"}
    assert set(OPERATIONS) - tried - ELSEWHERE == set()
    assert not ELSEWHERE & tried


def test_the_manual_lists_every_instruction():
    page = (Path(__file__).parents[2] / "docs" / "ptx-emulator.md").read_text()
    assert [row for row in manual() if row not in page] == []
