"""Reads the headers of safetensors files, one or several with an index. The format is that of the safetensors documentation."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends.tensors import Tensor
from intarsia.errors import InputError, Where
from intarsia.ir.weights import BLOCKS

DTYPES = {
    "F32": "f32",
    "F16": "f16",
    "BF16": "bf16",
    "F8_E4M3": "f8e4m3",
    "I8": "int8",
    "U8": "uint8",
    "I32": "int32",
    "I64": "int64",
    "BOOL": "bool",
    "F64": "f64",
    "F8_E5M2": "f8e5m2",
}
INDEX = "model.safetensors.index.json"
LARGEST_HEADER = 100_000_000
"""Bytes; the reference reader's own limit."""


def read_directory(directory: Path) -> list[Tensor]:
    """The tensors of all safetensors files of a model's directory; empty when there are none."""
    index = directory / INDEX
    if index.exists():
        return _read_indexed(index)
    return [tensor for path in sorted(directory.glob("*.safetensors")) for tensor in read(path)]


def _read_indexed(index: Path) -> list[Tensor]:
    files = read_json(index).get("weight_map")
    if not isinstance(files, dict) or not all(isinstance(name, str) and Path(name).name == name for name in files.values()):
        raise InputError("weight_map should map tensors to files beside the index", where=Where(str(index), node="weight_map"))
    tensors = {tensor.name: tensor for name in sorted(set(files.values())) for tensor in read(index.parent / name)}
    absent = next((name for name in files if name not in tensors), None)
    if absent:
        raise InputError(
            f"the index names the tensor {absent}, but {files[absent]} does not hold it",
            where=Where(str(index), node=absent),
            mend="fetch the model again",
        )
    return list(tensors.values())


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises InputError with the file and line."""
    try:
        return _object(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"cannot read the file: {error}", where=Where(str(path))) from None


def _object(text: bytes, file: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"this is no JSON: {error.msg}", where=Where(file, error.lineno)) from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(f"this is no JSON: {error}", where=Where(file)) from None
    if not isinstance(value, dict):
        raise InputError(f"expected a JSON object, found {type(value).__name__}", where=Where(file))
    return value


def read(path: Path) -> list[Tensor]:
    """The tensors of one file, in its order. Raises InputError with the file and the tensor."""
    file = str(path)
    try:
        size = path.stat().st_size
        with open(path, "rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            if size < 8 or length > min(size - 8, LARGEST_HEADER):
                raise InputError(
                    f"the header should take {length} bytes, but the file has {size}",
                    where=Where(file),
                    mend="it is truncated or damaged: fetch it again",
                )
            header = _object(handle.read(length), file)
    except OSError as error:
        raise InputError(f"cannot read the file: {error}", where=Where(file)) from None
    return [_tensor(name, entry, 8 + length, size, file) for name, entry in header.items() if name != "__metadata__"]


def _tensor(name: str, entry: Any, base: int, size: int, file: str) -> Tensor:
    where = Where(file, node=name)
    if not _is_entry(entry):
        raise InputError(
            "the tensor's entry should have dtype, shape and data_offsets", where=where, mend="the file is damaged: fetch it again"
        )
    dtype, shape, (begin, end) = DTYPES.get(entry["dtype"], entry["dtype"]), tuple(entry["shape"]), entry["data_offsets"]
    if not 0 <= begin <= end <= size - base:
        raise InputError(
            f"the tensor's bytes {begin} to {end} lie outside the file's {size - base}",
            where=where,
            mend="the file is truncated: fetch it again",
        )
    if dtype in BLOCKS and prod(shape) * BLOCKS[dtype][1] != end - begin:
        raise InputError(
            f"a tensor {list(shape)} of {dtype} should take {prod(shape) * BLOCKS[dtype][1]} bytes, found {end - begin}",
            where=where,
            mend="the file is damaged: fetch it again",
        )
    return Tensor(name, dtype, shape, file, base + begin, end - begin)


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("dtype"), str):
        return False
    shape, place = entry.get("shape"), entry.get("data_offsets")
    numbers = [shape, place]
    if not all(isinstance(items, list) and all(type(item) is int and item >= 0 for item in items) for items in numbers):
        return False
    return len(shape) <= 8 and len(place) == 2  # type: ignore[arg-type]
