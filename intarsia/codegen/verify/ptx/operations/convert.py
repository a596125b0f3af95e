"""cvt and cvta: between types, and between address spaces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from intarsia.codegen.verify.ptx import floats, spaces
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import unknown
from intarsia.codegen.verify.ptx.lanes import Lanes
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import PACKED, TYPES, Array, Type

TO_INTEGER: dict[str, Callable[[Array], Array]] = {"rni": np.rint, "rzi": np.trunc, "rmi": np.floor, "rpi": np.ceil}
B32, B16 = TYPES["b32"], TYPES["b16"]


_CVT = (
    "integers; f16 bf16 f32 f64 tf32 (.rn, .rna to tf32, .rz to f16 bf16); float to integer .rni .rzi .rmi .rpi; .sat .ftz .relu; "
    "two f32 to f16x2 bf16x2 e4m3x2 e5m2x2, e4m3x2 e5m2x2 to and from f16x2, .satfinite"
)


@operation("cvt", forms=_CVT)
def _convert(builder: Builder, instruction: Instruction) -> Step:
    if instruction.modifiers[-2] in PACKED or instruction.modifiers[-1] in PACKED:
        return _convert_pairs(builder, instruction)
    words = Modifiers(instruction)
    to, source = words.types(2)
    saturate, flush, relu = words.flag("sat"), words.flag("ftz"), words.flag("relu")
    integral = words.choice(*TO_INTEGER, default="")
    rounding = words.choice("rn", "rna", "rz", default="rn")
    words.done()
    if (integral and not source.floating) or (integral and to.floating and to != source) or (rounding == "rz" and not (source.floating and to.name in ("bf16", "f16"))):
        raise unknown(f"this rounding from {source.name} to {to.name}", instruction)
    if (to.name == "tf32") != (rounding == "rna") or (source.floating and to.integer and not integral):
        raise unknown(f"this rounding from {source.name} to {to.name}", instruction)
    read = builder.values(instruction.operands[1], source, instruction)
    write = builder.writer(instruction.operands[0], to, instruction)
    change = _change(to, source, integral, saturate, relu, rounding == "rz", flush)
    return lambda lanes: write(change(read()), lanes)


def _change(to: Type, source: Type, integral: str, saturate: bool, relu: bool, truncate: bool, flush: bool) -> Callable[[Array], Array]:
    def change(values: Array) -> Array:
        if flush and values.dtype == np.float32:
            values = floats.flush(values)
        if integral:
            values = TO_INTEGER[integral](values)
        if to.integer:
            return _into_integer(values, to, source, saturate)
        if saturate:
            values = np.clip(np.nan_to_num(values, nan=0.0), 0, 1)
        if relu:
            values = np.where(values > 0, values, np.where(np.isnan(values), values, values.dtype.type(0)))
        return _toward_zero(values.astype(np.float32), to) if truncate else values

    return change


def _toward_zero(values: Array, to: Type) -> Array:
    """float32 numbers with what f16 or bf16 can't hold cut off; beyond f16's largest number it is that."""
    if to.name == "bf16":
        return np.where(np.isnan(values), values, (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32))
    rounded = values.astype(np.float16)
    further = np.abs(rounded.astype(np.float32)) > np.abs(values)
    return np.where(further, np.nextafter(rounded, np.float16(0)), rounded).astype(np.float32)


def _into_integer(values: Array, to: Type, source: Type, saturate: bool) -> Array:
    """Floats are brought to the type's range, NaN to zero; integers only with .sat."""
    low, high = (-(1 << to.bits - 1), (1 << to.bits - 1) - 1) if to.kind == "s" else (0, (1 << to.bits) - 1)
    if source.floating:
        wide = np.nan_to_num(values.astype(np.longdouble), nan=0.0)
        clipped = np.clip(wide, np.longdouble(low), np.longdouble(high))
        return clipped.astype(np.uint64) if to.kind == "u" else clipped.astype(np.int64)
    if saturate:
        floor = max(low, np.iinfo(values.dtype).min)
        return np.clip(values, values.dtype.type(floor), values.dtype.type(min(high, np.iinfo(values.dtype).max)))
    return values


def _convert_pairs(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    source = "f32" if words.left[-1] == "f32" else words.packed()
    if source == "f32":
        words.left.pop()
    to = words.packed()
    saturate, relu = words.flag("satfinite"), words.flag("relu")
    truncate = words.choice("rn", "rz") == "rz"
    words.done()
    result = PACKED[to] if to else None
    if result is None or not source or (truncate and (result.bits != 16 or source != "f32")):
        raise unknown("this conversion of pairs", instruction)
    if result.bits == 8 and not saturate:
        raise unknown("a conversion to 8 bits without .satfinite", instruction)
    halves = _two_floats(builder, instruction) if source == "f32" else _packed_floats(builder, instruction, PACKED[source])
    write = builder.writer(instruction.operands[0], B32 if result.bits == 16 else B16, instruction)

    def step(lanes: Lanes) -> None:
        """The first source lands in the high half."""
        values = halves()
        if relu:
            values = np.where(values > 0, values, np.where(np.isnan(values), values, values.dtype.type(0)))
        if truncate:
            values = _toward_zero(values, result)
        bits = np.ascontiguousarray(floats.to_bits(values, result, saturate))
        write(bits.view(np.uint32 if result.bits == 16 else np.uint16)[:, 0], lanes)

    return step


def _two_floats(builder: Builder, instruction: Instruction) -> Callable[[], Array]:
    high, low = (builder.array(operand, TYPES["f32"], instruction) for operand in instruction.operands[1:3])
    return lambda: np.stack([low, high], 1)


def _packed_floats(builder: Builder, instruction: Instruction, kind: Type) -> Callable[[], Array]:
    row = builder.array(instruction.operands[1], TYPES[f"b{2 * kind.bits}"], instruction)
    return lambda: np.asarray(floats.numeric(np.ascontiguousarray(row).view(kind.dtype if kind.kind == "coded" else np.uint16), kind)).reshape(-1, 2)


@operation("cvta", forms=".global .shared .local .const and .to; u64 (u32 for shared)")
def _address_space(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    back = words.flag("to")
    space = words.choice("global", "shared", "local", "const")
    kind = words.type()
    words.done()
    source = builder.array(instruction.operands[1], kind, instruction)
    write = builder.writer(instruction.operands[0], kind, instruction)
    offset = builder.constant(spaces.GENERIC[space], kind.dtype)
    return lambda lanes: write(source - offset if back else source + offset, lanes)
