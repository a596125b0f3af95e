"""Right numbers in Triton's interpreter.

Triton 3.9 keeps bf16 as bits in uint16 and computes with those bits as integers; conversions to bf16 cut off instead of rounding, and those to 8-bit floats
lose the carry of rounding (0.498 becomes 0.25). Here bf16 is computed in f32 and rounded, to nearest even as the hardware does, and conversions go through ml_dtypes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np
import triton
import triton.language as tl
from triton.runtime import interpreter as upstream

from intarsia.errors import MissingDependency

VERSION = "3.9."
if not triton.__version__.startswith(VERSION):
    raise MissingDependency(f"the mended interpreter is for triton {VERSION}*, found {triton.__version__}", mend="pip install 'intarsia[gpu]'")

Builder, Handle = upstream.InterpreterBuilder, upstream.TensorHandle
NUMPY = {
    tl.float16: np.float16, tl.bfloat16: ml_dtypes.bfloat16, tl.float32: np.float32, tl.float64: np.float64,
    tl.float8e4nv: ml_dtypes.float8_e4m3fn, tl.float8e5: ml_dtypes.float8_e5m2,
}  # fmt: skip
LARGEST = {tl.float8e4nv: 448.0, tl.float8e5: 57344.0}
"""Conversions to 8 bits saturate (PTX ISA, cvt.satfinite)."""
_original: dict[str, Any] = {}
_held: dict[str, Any] = {}


def convert(bits: Any, source: Any, target: Any, rounding: Any) -> Any:
    """Bits of type `source` to bits of type `target`, rounded to nearest even; other roundings and types as upstream."""
    if source not in NUMPY or target not in NUMPY or rounding == upstream._ir.ROUNDING_MODE.RTZ:
        return _original["_convert_float"](bits, source, target, rounding)
    values = np.ascontiguousarray(bits).view(NUMPY[source]).astype(np.float64 if source == tl.float64 else np.float32)
    if target in LARGEST:
        values = np.clip(values, -LARGEST[target], LARGEST[target])  # NaN stays
    with np.errstate(over="ignore"):
        return values.astype(NUMPY[target]).view(f"uint{target.primitive_bitwidth}").reshape(np.shape(bits))


def _wide(handle: Any) -> Any:
    """A bf16 handle's values as f32; other handles as they are."""
    if isinstance(handle, Handle) and handle.dtype.scalar == tl.bfloat16:
        return Handle((np.asarray(handle.data).astype(np.uint32) << 16).view(np.float32), tl.float32)
    return handle


def _narrow(handle: Any) -> Any:
    """f32 results back to bf16; comparisons stay."""
    return Handle(convert(handle.data, tl.float32, tl.bfloat16, None), tl.bfloat16) if handle.data.dtype == np.float32 else handle


def _truth(handle: Any) -> Any:
    """Comparisons give truth values; upstream gives them the type of what was compared, and a scalar one can't be spread over a mask then."""
    return Handle(handle.data, tl.int1) if handle.data.dtype == np.bool_ and handle.dtype.scalar != tl.int1 else handle


def _in_f32(name: str) -> Callable[..., Any]:
    """The builder's method `name` with bf16 operands computed in f32."""
    original = _original[name]

    def method(self: Any, *operands: Any, **named: Any) -> Any:
        if not any(isinstance(x, Handle) and x.dtype.scalar == tl.bfloat16 for x in operands):
            return _truth(original(self, *operands, **named))
        return _narrow(_truth(original(self, *map(_wide, operands), **named)))

    return method


def _cast(self: Any, handle: Any, to: Any) -> Any:
    """Conversions between bf16 and integers or f64, which upstream does on the bits."""
    source, target = handle.dtype.scalar, to.scalar
    if source == tl.bfloat16 and target not in (tl.float32, tl.bfloat16):
        return _original["cast_impl"](self, _wide(handle), to)
    if target == tl.bfloat16 and source not in (tl.float32, tl.bfloat16):
        return Handle(convert(np.asarray(handle.data).astype(np.float32), tl.float32, tl.bfloat16, None), tl.bfloat16)
    return _original["cast_impl"](self, handle, to)


def _dot(self: Any, a: Any, b: Any, accumulator: Any, *rest: Any) -> Any:
    """Products of 16- and 8-bit floats are exact in f32, in which they are added up."""
    a, b = (_values(x) for x in (a, b))
    return _original["create_dot"](self, a, b, accumulator, *rest)


def _values(handle: Any) -> Any:
    kind = handle.dtype.scalar
    if kind in (tl.float8e4nv, tl.float8e5, tl.float16):
        return Handle(np.ascontiguousarray(handle.data).view(NUMPY[kind]).astype(np.float32), tl.float32)
    return _wide(handle)


def _check_tensor(self: Any, tensors: Any) -> Any:
    if any(isinstance(x, tl.core.tensor) and x.dtype.scalar == tl.bfloat16 for x in tensors):
        raise TypeError("reductions and scans of bf16 are wrong in Triton's interpreter: convert to float32 first")
    return _original["check_tensor"](self, tensors)


def _numpy_type(kind: Any) -> Any:
    """What holds a type's numbers. Upstream writes its table down again at every call, which takes longer than what is then computed."""
    scalar = kind.element_ty if isinstance(kind, tl.block_type) else kind
    name = "pointer" if isinstance(scalar, tl.pointer_type) else scalar.name
    if name not in _held:
        _held[name] = _original["_get_np_dtype"](scalar)
    return _held[name]


@contextmanager
def mended() -> Iterator[None]:
    """Inside the block, Triton's interpreter computes right. Blocks may nest."""
    if _original:
        yield
        return
    reduction = upstream.ReduceScanOpInterface
    builder = upstream.interpreter_builder
    places = {"_convert_float": upstream, "_get_np_dtype": upstream, "check_tensor": reduction, "options": builder}
    places |= dict.fromkeys(("binary_op", "unary_op", "create_fma", "cast_impl", "create_dot"), Builder)
    _original.update({name: getattr(place, name) for name, place in places.items()})
    new = {"_convert_float": convert, "_get_np_dtype": _numpy_type, "check_tensor": _check_tensor, "cast_impl": _cast, "create_dot": _dot}
    new |= {"options": replace(builder.options, sanitize_overflow=False)}  # upstream compares sums of whole numbers with their limits, and then does nothing
    new |= {name: _in_f32(name) for name in ("binary_op", "unary_op", "create_fma")}
    try:
        for name, place in places.items():
            setattr(place, name, new[name])
        yield
    finally:
        for name, place in places.items():
            setattr(place, name, _original[name])
        _original.clear()
