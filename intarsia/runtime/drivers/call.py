"""The driver of an exported torch module: one native function from arrays to arrays, of whatever sizes its export allows."""

from __future__ import annotations

import ast
import ctypes
import mmap
import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from intarsia.errors import BundleError, InputError, Where
from intarsia.native import NativeObject
from intarsia.runtime.drivers.driver import Float32s, StepBatch

Array = NDArray[Any]
DTYPES: dict[str, np.dtype[Any]] = {
    "f32": np.dtype(np.float32), "f64": np.dtype(np.float64), "f16": np.dtype(np.float16), "bf16": np.dtype(ml_dtypes.bfloat16),
    "i64": np.dtype(np.int64), "i32": np.dtype(np.int32), "i8": np.dtype(np.int8), "i1": np.dtype(np.bool_),
}  # fmt: skip
"""NumPy's type of an MLIR element type."""
OPERATORS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
FUNCTIONS = {"Max": max, "Min": min}


class CallDriver:
    """One exported module of a bundle. Calls may come from several threads at once.

    Raises BundleError where the object or the weights are missing or damaged.
    """

    def __init__(self, bundle_dir: str | Path, model_entry: dict[str, Any], threads: int | None = None) -> None:
        entry, directory = model_entry["entries"]["call"], Path(bundle_dir)
        self.threads = 1
        self._object = NativeObject(directory / model_entry["object"])
        self._function = self._object.function(entry["symbol"], ctypes.c_void_p)
        self._weights = _map(directory / model_entry["weights"], entry["weights_bytes"])
        self._symbols: dict[str, list[int]] = entry["symbols"]
        self._arguments: list[dict[str, Any]] = entry["arguments"]
        self._results: list[dict[str, Any]] = entry["results"]
        self._inputs = [row for row in self._arguments if "weight" not in row]
        self._constants = {number: self._constant(row) for number, row in enumerate(self._arguments) if "weight" in row}

    def call(self, *arrays: Any) -> tuple[Array, ...]:
        """The module's results for arrays of the exported types and sizes. Raises InputError for others."""
        inputs = self._check(arrays)
        sizes = bind([row["shape"] for row in self._inputs], [array.shape for array in inputs], self._symbols)
        results = [np.empty([evaluate(size, sizes) for size in row["shape"]], DTYPES[row["dtype"]]) for row in self._results]
        given = iter(inputs)
        descriptors = [self._constants[n] if n in self._constants else _descriptor(next(given)) for n in range(len(self._arguments))]
        descriptors += [_descriptor(array) for array in results]
        pointers = np.array([d.ctypes.data for d in descriptors], np.uint64)
        places = pointers.ctypes.data + 8 * np.arange(len(descriptors), dtype=np.uint64)
        self._function(places.ctypes.data)
        return tuple(results)

    def step(self, batch: StepBatch) -> Float32s:
        raise InputError("an exported module generates no text", mend="use engine.call")

    def encode(self, batch: StepBatch) -> Float32s:
        raise InputError("an exported module embeds no text", mend="use engine.call")

    def close(self) -> None:
        """The memory goes when the last array and the driver do."""

    def _check(self, arrays: Sequence[Any]) -> list[Array]:
        if len(arrays) != len(self._inputs):
            raise InputError(f"the module takes {len(self._inputs)} arrays, found {len(arrays)}")
        found = []
        for number, (value, row) in enumerate(zip(arrays, self._inputs, strict=True)):
            array = np.ascontiguousarray(value).reshape(np.shape(value))
            if array.dtype != DTYPES[row["dtype"]]:
                raise InputError(f"array {number} should be of {DTYPES[row['dtype']]}, found {array.dtype}", mend="convert it with astype")
            if array.ndim != len(row["shape"]):
                raise InputError(f"array {number} should have {len(row['shape'])} axes ({', '.join(row['shape'])}), found the shape {array.shape}")
            found.append(array)
        return found

    def _constant(self, row: dict[str, Any]) -> Array:
        dtype, count = DTYPES[row["dtype"]], int(np.prod(row["shape"], dtype=np.int64))
        return _descriptor(np.frombuffer(self._weights, dtype, count, row["weight"]).reshape(row["shape"]))


def _map(path: Path, size: int) -> Any:
    """The weights, mapped read-only."""
    try:
        with open(path, "rb") as file:
            found = path.stat().st_size
            if found != size:
                raise BundleError(f"the weights have {found} bytes, and should have {size}", where=Where(str(path)), mend="compile again")
            return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""
    except OSError as error:
        raise BundleError(f"cannot read the weights: {error.strerror}", where=Where(str(path)), mend="compile again") from None


def _descriptor(array: Array) -> Array:
    """MLIR's description of a buffer: the allocation, the address, the offset, sizes and strides, 64 bits each."""
    strides = [stride // array.itemsize for stride in array.strides]
    return np.array([array.ctypes.data, array.ctypes.data, 0, *array.shape, *strides], np.int64)


# Sizes.


def bind(formulas: Sequence[Sequence[str]], shapes: Sequence[Sequence[int]], limits: dict[str, list[int]]) -> dict[str, int]:
    """The value of each symbol, from arrays' shapes. Raises InputError where sizes disagree or pass their limits."""
    pairs = [(number, axis, text, size) for number, (row, shape) in enumerate(zip(formulas, shapes, strict=True)) for axis, (text, size) in enumerate(zip(row, shape, strict=True))]
    sizes: dict[str, int] = {}
    for _, _, text, size in pairs:
        if text.isidentifier():
            sizes.setdefault(text, size)
    for number, axis, text, size in pairs:
        wanted = evaluate(text, sizes)
        if size != wanted:
            reason = "" if text.isdigit() else f" ({text}, by the other arrays)"
            raise InputError(f"axis {axis} of array {number} should have {wanted}{reason} elements, found {size}")
    for name, size in sizes.items():
        least, most = limits.get(name, [0, size])
        if not least <= size <= most:
            raise InputError(f"a size of {size} lies outside {least} to {most}, for which the module was exported", mend="export it with other dynamic shapes")
    return sizes


def evaluate(text: str, sizes: dict[str, int]) -> int:
    """A size: a number, a symbol, or whole-number arithmetic on them."""
    return int(text) if text.isdigit() else _value(ast.parse(text, mode="eval").body, sizes)


def _value(node: ast.expr, sizes: dict[str, int]) -> int:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name) if name in sizes:
            return sizes[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, sizes)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return int(OPERATORS[type(op)](_value(left, sizes), _value(right, sizes)))
        case ast.Call(func=ast.Name(id=name), args=args) if name in FUNCTIONS:
            return int(FUNCTIONS[name](_value(arg, sizes) for arg in args))
    raise BundleError(f"the size {ast.unparse(node)!r} cannot be computed", mend="compile again")
