"""Small PTX kernels around single instructions, and the numbers to try them on."""

from __future__ import annotations

import struct

import numpy as np

from intarsia.codegen.verify.ptx import Counters, emulate

BITS = {"pred": 1} | {f"{kind}{bits}": bits for kind in "bus" for bits in (8, 16, 32, 64)} | {"f16": 16, "bf16": 16, "f32": 32, "f64": 64, "f16x2": 32, "bf16x2": 32, "e4m3x2": 16, "e5m2x2": 16, "tf32": 32}
FLOATS = [0.0, -0.0, 1.0, -1.0, 1.5, -2.75, 3e-5, 7.0, 65504.0, 1e30, -1e30, 1e-40, float("inf"), float("-inf"), float("nan"), 0.1, 1 / 3, 2.0**-24, 255.5, -0.5, 0.5, 2.5]
INTEGERS = [0, 1, 2, 3, 5, 7, 31, 32, 33, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 0x12345678, 0xDEADBEEF]


def module(body: str, registers: str = "", parameters: int = 4, shared: str = "", threads: str = "") -> str:
    """A module with one kernel `t`, whose parameters p0, p1... are pointers that stand in %rd0, %rd1...; %r0 is the thread."""
    names = ", ".join(f".param .u64 p{i}" for i in range(parameters))
    loads = "\n".join(f"  ld.param.u64 %rd{i}, [p{i}];" for i in range(parameters))
    return f"""
.version 8.7
.target sm_90a
.address_size 64
{shared}
.visible .entry t({names}) {threads}
{{
  .reg .pred %p<32>; .reg .b16 %rs<64>; .reg .b32 %r<128>; .reg .b64 %rd<64>; .reg .f32 %f<160>; .reg .f64 %fd<16>;
  {registers}
{loads}
  mov.u32 %r0, %tid.x;
{body}
  ret;
}}
"""


def run(body: str, arguments: list[object], threads: int = 32, grid: int = 1, **options: object) -> Counters:
    """Runs a kernel body of `module`."""
    wrapping = {name: options.pop(name) for name in ("registers", "shared", "threads_directive") if name in options}
    text = module(body, str(wrapping.get("registers", "")), len(arguments), str(wrapping.get("shared", "")), str(wrapping.get("threads_directive", "")))
    return emulate(text, "t", grid, threads, arguments, **options)  # type: ignore[arg-type]


def apply(instruction: str, inputs: list[tuple[str, list[int]]], result: str) -> list[int]:
    """What one instruction gives: `inputs` are types with the bits of each case. `%d`, `%a`, `%b`, `%c`, `%e` stand for destination and sources."""
    cases = len(inputs[0][1])
    arrays = [np.array(bits, np.uint64) for _, bits in inputs]
    out = np.zeros(cases, np.uint64)
    lines, declared = ["mul.wide.u32 %rd40, %r0, 8;"], []
    for place, (kind, _) in enumerate(inputs):
        name, width = "%" + "abce"[place], max(BITS[kind], 16)
        lines.append(f"add.s64 %rd41, %rd{place}, %rd40;")
        if kind == "pred":
            declared.append(f".reg .pred {name};")
            lines += ["ld.global.b32 %r100, [%rd41];", f"setp.ne.s32 {name}, %r100, 0;"]
        else:
            declared.append(f".reg .b{width} {name};")
            lines.append(f"ld.global.b{width} {name}, [%rd41];")
    declared.append(f".reg .{'pred' if result == 'pred' else f'b{max(BITS[result], 16)}'} %d;")
    lines += [instruction, f"add.s64 %rd41, %rd{len(inputs)}, %rd40;"]
    lines += ["selp.b64 %rd42, 1, 0, %d;", "st.global.b64 [%rd41], %rd42;"] if result == "pred" else [f"st.global.b{max(BITS[result], 16)} [%rd41], %d;"]
    run("\n".join(lines), [*arrays, out], threads=cases, registers=" ".join(declared))
    return [int(value) & ((1 << BITS[result]) - 1) for value in out]


def samples(kind: str, seed: int, count: int = 64) -> list[int]:
    """Bits of edge cases and of random numbers."""
    rng = np.random.default_rng(seed)
    bits = BITS[kind]
    if kind == "pred":
        return [int(x) for x in rng.integers(0, 2, count)]
    if kind[0] == "f" and kind[1:].isdigit():
        normal = [float(x) for x in rng.standard_normal(count)] + FLOATS
        chosen = [normal[i] for i in rng.permutation(len(normal))[:count]]
        return [to_bits(x, kind) for x in chosen]
    edges = [value & ((1 << bits) - 1) for value in INTEGERS]
    random = [int(x) & ((1 << bits) - 1) for x in rng.integers(0, 2**63, count)]
    return [([*edges, *random])[i] for i in rng.permutation(len(edges) + count)[:count]]


_FORMATS = {"f16": ("<e", 2), "f32": ("<f", 4), "f64": ("<d", 8)}


def to_bits(value: float, kind: str) -> int:
    """A float's bits in f16, f32 or f64, rounded to nearest even; bf16 from f32's."""
    if kind == "bf16":
        return bf16_bits(value)
    form, _ = _FORMATS[kind]
    try:
        return int.from_bytes(struct.pack(form, value), "little")
    except OverflowError:
        largest = 65520.0 if kind == "f16" else 3.4028235677973366e38
        return to_bits(float("inf") if abs(value) >= largest and value > 0 else float("-inf") if abs(value) >= largest else value, kind)


def from_bits(bits: int, kind: str) -> float:
    if kind == "bf16":
        return from_bits(bits << 16, "f32")
    form, size = _FORMATS[kind]
    return float(struct.unpack(form, bits.to_bytes(size, "little"))[0])


def bf16_bits(value: float) -> int:
    """Rounded to nearest even, by hand, from the bits of float64's rounding to float32."""
    if value != value:
        return 0x7FC0
    bits = to_bits(value, "f32")
    low, high = bits & 0xFFFF, bits >> 16
    return high + (low > 0x8000 or (low == 0x8000 and high & 1 == 1))


def signed(bits: int, width: int) -> int:
    return bits - (1 << width) if bits >> (width - 1) else bits
