"""One set of names for the types of numbers that operators read, multiply and keep.

| name | what |
|---|---|
| bf16, f16, f32 | as they are |
| f8, f8_block | 8-bit floats with one scale a tensor; a scale for 128 x 128 weights and for 128 activations |
| int8, int8_wo, int4 | weights and activations of 8 bits; weights alone of 8 bits; weights alone of 4 bits, a bf16 scale for 128 |
| f4 | nvfp4: 4-bit floats, an f8 scale for 16, weights and activations |
| mxf4, mxf4_f8 | OCP MX: 4-bit floats, an e8m0 scale for 32; activations of 16 and of 8 bits |
| q4.a8, f32.a32, ... | a format that weights are packed in for CPUs, and its activations: int8 in blocks of 32, or f32 |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from intarsia.errors import InputError
from intarsia.ir.device import Device


@dataclass(frozen=True)
class Dtype:
    """Bits of a weight with its scales, bytes of an activation as a matmul reads it, the type of its products, and the name that measured tables give it."""

    bits: float
    row_bytes: float
    arithmetic: str
    measured_as: str = ""


DTYPES: dict[str, Dtype] = {
    "bf16": Dtype(16, 2, "bf16", "bfloat16"), "f16": Dtype(16, 2, "f16", "float16"), "f32": Dtype(32, 4, "f32", "float32"),
    "f8": Dtype(8, 1, "f8", "fp8"), "f8_block": Dtype(8 + 32 / 128**2, 1 + 4 / 128, "f8", "fp8_block"),
    "int8": Dtype(8, 1, "i8", "sq"), "int8_wo": Dtype(8, 2, "bf16", "int8_wo"), "int4": Dtype(4 + 16 / 128, 2, "bf16", "int4_wo"),
    "f4": Dtype(4 + 8 / 16, 0.5625, "f4", "nvfp4"), "mxf4": Dtype(4 + 8 / 32, 2, "bf16", "w4a16_mxfp4"), "mxf4_f8": Dtype(4 + 8 / 32, 1 + 1 / 32, "f8", "w4a8_mxfp4_mxfp8"),
}  # fmt: skip
BITS = {"f32": 32.0, "f16": 16.0, "bf16": 16.0, "q8": 8.5, "q6": 6.5625, "q4k": 4.625, "q4": 5.0, "q4s": 4.5, "f8": 8.0, "i8": 8.0, "i4": 4.25}
"""Bits of a weight in each packed format, scales included (docs of codegen/cpu/formats.py; i4: one f16 scale for 64 weights)."""
DTYPES |= {f"{fmt}.{kind}": Dtype(bits, row, arithmetic) for fmt, bits in BITS.items() for kind, row, arithmetic in (("a8", 1.25, "i8"), ("a32", 4, "f32"))}
WIDER = {
    "f4": ("f4", "f8", "bf16", "f16"), "f8": ("f8", "bf16", "f16"), "i8": ("i8", "f8", "bf16", "f16"),
    "bf16": ("bf16", "f16"), "f16": ("f16", "bf16"), "f32": ("tf32", "f32"),
}  # fmt: skip
"""What products of a type are computed in: the first that a device has a rate for."""
OURS = {dtype.measured_as: name for name, dtype in DTYPES.items()}
"""Our names of the types in measured tables."""


def facts(name: str) -> Dtype:
    """Raises InputError for a name that isn't one of DTYPES."""
    try:
        return DTYPES[name]
    except KeyError:
        raise InputError(f"unknown dtype {name!r} of an operator", mend=f"choose one of {', '.join(DTYPES)}") from None


def widened(device: Device, names: Iterable[str]) -> str:
    """What a device doesn't multiply in its own type, but in a wider one, as a sentence; "" where there is nothing of it. Weights alone in few bits are widened everywhere."""
    found = {facts(name).arithmetic for name in names}
    others = [(kind, next((wide for wide in WIDER[kind] if wide in device.flops), "")) for kind in sorted(found - set(device.flops))]
    return f"{device.name} has no products of {' and '.join(f'{kind}: priced in {wide}' for kind, wide in others)}" if others else ""


def peak(device: Device, arithmetic: str) -> float:
    """Peak dense FLOP/s of products in a type (a key of WIDER), or in the next wider one that the device has."""
    return next((device.flops[name] for name in WIDER[arithmetic] if name in device.flops), max(device.flops.values()))
