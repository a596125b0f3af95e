"""Reads a GGUF file's header: metadata and the list of tensors. Weights themselves are not read.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Every count and length is checked against the file's
size before anything is allocated. Arrays of strings (tokens, merges) are skipped over and decoded when asked for.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np

from intarsia.compiler.frontends.tensors import Tensor
from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.ir.weights import BLOCKS

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
DEEPEST_ARRAY = 4
MOST_DIMENSIONS = 4

TENSOR_TYPES = {
    0: "f32",
    1: "f16",
    2: "q4_0",
    3: "q4_1",
    6: "q5_0",
    7: "q5_1",
    8: "q8_0",
    9: "q8_1",
    10: "q2_k",
    11: "q3_k",
    12: "q4_k",
    13: "q5_k",
    14: "q6_k",
    15: "q8_k",
    16: "iq2_xxs",
    17: "iq2_xs",
    18: "iq3_xxs",
    19: "iq1_s",
    20: "iq4_nl",
    21: "iq3_s",
    22: "iq2_s",
    23: "iq4_xs",
    24: "i8",
    25: "i16",
    26: "i32",
    27: "i64",
    28: "f64",
    29: "iq1_m",
    30: "bf16",
    34: "tq1_0",
    35: "tq2_0",
    39: "mxfp4",
}


@dataclass(frozen=True)
class Strings:
    """An array of strings not yet decoded: its first byte and its count."""

    start: int
    count: int


@dataclass(frozen=True)
class GgufFile:
    """The header of a GGUF file. `metadata` values are scalars, texts, NumPy arrays, `Strings`, or lists of these."""

    path: str
    metadata: dict[str, Any]
    tensors: list[Tensor]
    data: Any = field(repr=False)

    def strings(self, key: str) -> list[str]:
        """The array of texts under `key`. Raises InputError when there is none."""
        found = self.metadata.get(key)
        if not isinstance(found, Strings):
            raise InputError(
                f"the metadata {key} should be a list of texts",
                where=Where(self.path, node=key),
                mend="the file is damaged, or made by another tool",
            )
        return _Cursor(self.data, self.path, found.start).strings(found.count)

    def get(self, key: str, kind: type, default: Any = None) -> Any:
        """The metadata under `key`, or `default`. Raises InputError when it is of another kind than `kind`."""
        value = self.metadata.get(key, default)
        good = value is default or (isinstance(value, kind) and not (kind is int and isinstance(value, bool)))
        if not good and not (kind is float and isinstance(value, int)):
            raise InputError(f"the metadata {key} should be {kind.__name__}, found {str(value)[:60]}", where=Where(self.path, node=key))
        return value


def read(path: str | Path) -> GgufFile:
    """The header of the GGUF file at `path`. Raises InputError or UnsupportedError with the place."""
    file = str(path)
    data = _map(file)
    cursor = _Cursor(data, file)
    _check_magic(cursor)
    tensor_count, entry_count = cursor.count("tensors", 24), cursor.count("metadata entries", 13)
    metadata = _metadata(cursor, entry_count)
    if metadata.get("split.count", 0) not in (0, 1):
        raise UnsupportedError("a GGUF in several files", where=Where(file), mend="join it first: llama-gguf-split --merge")
    entries = [_tensor_entry(cursor) for _ in range(tensor_count)]
    tensors = _place(entries, _aligned(cursor.at, _alignment(metadata, file)), len(data), file)
    return GgufFile(file, metadata, tensors, data)


def _map(file: str) -> Any:
    try:
        with open(file, "rb") as handle:
            return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the file: {error}", where=Where(file)) from None


def _check_magic(cursor: _Cursor) -> None:
    if cursor.take(4, "the magic number") != b"GGUF":
        raise InputError("this is no GGUF file: it does not begin with GGUF", where=Where(cursor.file))
    version = cursor.scalar(4)
    if version not in (2, 3):
        raise UnsupportedError(f"GGUF version {version}", where=Where(cursor.file), mend="versions 2 and 3, little-endian, can be read")


def _metadata(cursor: _Cursor, count: int) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for _ in range(count):
        key = cursor.string("a metadata key")
        if key in metadata:
            raise InputError("the metadata key comes twice", where=Where(cursor.file, node=key))
        metadata[key] = cursor.value(cursor.scalar(4), key)
    return metadata


def _alignment(metadata: dict[str, Any], file: str) -> int:
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
        raise InputError(
            f"general.alignment should be a power of two, found {str(alignment)[:40]}", where=Where(file, node="general.alignment")
        )
    return alignment


def _aligned(at: int, alignment: int) -> int:
    return (at + alignment - 1) // alignment * alignment


@dataclass(frozen=True)
class _Entry:
    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int


def _tensor_entry(cursor: _Cursor) -> _Entry:
    name = cursor.string("a tensor's name")
    dimensions = cursor.scalar(4)
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise InputError(
            f"the tensor has {dimensions} dimensions; 1 to {MOST_DIMENSIONS} are possible", where=Where(cursor.file, node=name)
        )
    sizes = tuple(cursor.scalar(10) for _ in range(dimensions))
    kind = cursor.scalar(4)
    return _Entry(name, TENSOR_TYPES.get(kind, f"number {kind}"), sizes[::-1], cursor.scalar(10))


def _place(entries: list[_Entry], base: int, size: int, file: str) -> list[Tensor]:
    """Tensors with bytes from the start of the file. Types that Intarsia can't read get no length."""
    tensors: dict[str, Tensor] = {}
    for entry in entries:
        where = Where(file, node=entry.name)
        if entry.name in tensors:
            raise InputError("the tensor comes twice", where=where)
        block, block_bytes = BLOCKS.get(entry.dtype, (1, 0))
        if min(entry.shape) <= 0 or entry.shape[-1] % block:
            raise InputError(
                f"a tensor of {entry.dtype} can't have the shape {list(entry.shape)}: rows hold whole blocks of {block}", where=where
            )
        nbytes = prod(entry.shape) // block * block_bytes
        if base + entry.offset + nbytes > size:
            raise InputError(
                f"the tensor ends at byte {base + entry.offset + nbytes} of a file of {size}",
                where=where,
                mend="the file is truncated: fetch it again",
            )
        tensors[entry.name] = Tensor(entry.name, entry.dtype, entry.shape, file, base + entry.offset, nbytes)
    return list(tensors.values())


class _Cursor:
    """A place in the file that moves forward and never past the end."""

    def __init__(self, data: Any, file: str, at: int = 0) -> None:
        self.data, self.file, self.at = data, file, at

    def take(self, count: int, what: str) -> bytes:
        self._need(count, what)
        self.at += count
        return cast(bytes, self.data[self.at - count : self.at])

    def _need(self, count: int, what: str) -> None:
        if count > len(self.data) - self.at:
            raise InputError(
                f"the file ends at byte {len(self.data)}, inside {what}",
                where=Where(self.file),
                mend="it is truncated or damaged: fetch it again",
            )

    def scalar(self, kind: int) -> Any:
        layout = struct.Struct("<" + SCALARS[kind])
        return layout.unpack(self.take(layout.size, "the header"))[0]

    def count(self, what: str, least_bytes: int) -> int:
        """A count of things that take at least `least_bytes` each, so that a wild one is refused at once."""
        number = int(self.scalar(10))
        self._need(number * least_bytes, f"{number} {what}")
        return number

    def string(self, what: str) -> str:
        text = self.take(self.count(what, 1), what)
        try:
            return text.decode("utf-8")
        except UnicodeDecodeError:
            raise InputError(
                f"{what} is no UTF-8 text: {text[:40]!r}", where=Where(self.file), mend="the file is damaged: fetch it again"
            ) from None

    def value(self, kind: int, key: str, depth: int = 0) -> Any:
        if kind in SCALARS:
            return self.scalar(kind)
        if kind == STRING:
            return self.string(key)
        if kind == ARRAY and depth < DEEPEST_ARRAY:
            return self._array(key, depth)
        raise InputError(
            f"the metadata has an unknown or too deep type {kind}",
            where=Where(self.file, node=key),
            mend="the file is damaged, or of a newer format",
        )

    def _array(self, key: str, depth: int) -> Any:
        kind = self.scalar(4)
        if kind in SCALARS:
            dtype = np.dtype("<" + SCALARS[kind])
            return np.frombuffer(self.take(self.count(key, dtype.itemsize) * dtype.itemsize, key), dtype)
        count = self.count(key, 8)
        if kind == STRING:
            start = self.at
            self._skip_strings(count, key)
            return Strings(start, count)
        return [self.value(kind, key, depth + 1) for _ in range(count)]

    def _skip_strings(self, count: int, key: str) -> None:
        length_at, at, end = struct.Struct("<Q").unpack_from, self.at, len(self.data)
        for _ in range(count):
            if at + 8 > end:
                at = end + 1
                break
            at += 8 + length_at(self.data, at)[0]
        self._need(at - self.at, key)
        self.at = at

    def strings(self, count: int) -> list[str]:
        """`count` texts whose lengths `_skip_strings` has checked."""
        length_at, data, at, texts = struct.Struct("<Q").unpack_from, self.data, self.at, []
        for _ in range(count):
            end = at + 8 + length_at(data, at)[0]
            texts.append(data[at + 8 : end].decode("utf-8", "replace"))
            at = end
        return texts
