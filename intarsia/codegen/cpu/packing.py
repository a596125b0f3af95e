"""Writes a model's weight file: each `pipe.weight` packed from the tensors that `llm.weight` locates, a piece at a time."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu import formats, repack
from intarsia.codegen.cpu.weights import ANGLES, VECTOR
from intarsia.errors import InputError, IntarsiaError, Where
from intarsia.ir.module import attributes_of, walk
from intarsia.ir.rope import frequencies

PIECE_ELEMENTS = 8 << 20
"""A large matrix is packed in pieces of about this many weights."""
FLOATS = {"f32": np.dtype("<f4"), "f16": np.dtype("<f2"), "bf16": np.dtype(ml_dtypes.bfloat16)}


@dataclass(frozen=True)
class Part:
    """A matrix [n, k] (or a vector [n]) in a source file."""

    name: str
    dtype: str
    n: int
    k: int
    raw: NDArray[np.uint8]

    def rows(self, begin: int, end: int) -> Part:
        per_row = self.raw.size // self.n
        return Part(self.name, self.dtype, end - begin, self.k, self.raw[begin * per_row : end * per_row])


class Tensors:
    """The tensors of an llm.model, read through memory maps."""

    def __init__(self, model: Any) -> None:
        self._rows: dict[tuple[str, int | None], tuple[dict[str, Any], int]] = {}
        self._files: dict[str, NDArray[np.uint8]] = {}
        for op in walk(model, "llm.weight"):
            facts = attributes_of(op)
            for at, layer in enumerate(facts.get("layers") or [None]):
                self._rows[facts["name"], layer] = facts, at

    def files(self) -> list[str]:
        """Every file that holds weights."""
        return sorted({name for facts, _ in self._rows.values() for name in facts.get("files", [facts["file"]] if "file" in facts else [])})

    def part(self, name: str, layer: int | None, expert: int | None = None) -> Part:
        """A tensor of a layer, or one expert's matrix of it. Raises InputError where it can't be read."""
        facts, at = self._rows[name, layer if "{}" in name else None]
        shape = facts["shape"]
        n, k = (shape[-2], shape[-1]) if len(shape) > 1 else (shape[0], 1)
        if "offsets" not in facts:
            raise InputError(f"{name} has no data: the model was described by its config alone", where=Where(node=name), mend="compile from a file with weights")
        separate = facts.get("experts", 0)
        index = at * separate + (expert or 0) if separate else at
        file = facts["files"][index] if facts.get("files") else facts["file"]
        offset = facts["offsets"][index]
        size = _bytes(facts["dtype"], n, k) if expert is not None or len(shape) <= 2 else _bytes(facts["dtype"], prod(shape[:-1]), k)
        if expert is not None and not separate:
            offset += expert * size
        data = self._open(file)
        if offset + size > data.size:
            raise InputError(f"the tensor ends at byte {offset + size} of a file of {data.size}", where=Where(file, node=name),
                             mend="the file is truncated or has changed: fetch it again")  # fmt: skip
        return Part(name, facts["dtype"], n, k, data[offset : offset + size])

    def floats(self, name: str, layer: int | None = None) -> NDArray[np.float32]:
        """A tensor's values [n, k] (a vector's [n, 1]) as f32."""
        return values_of(self.part(name, layer))

    def _open(self, file: str) -> NDArray[np.uint8]:
        if file not in self._files:
            try:
                self._files[file] = np.memmap(file, np.uint8, "r")
            except (OSError, ValueError) as error:
                raise InputError(f"cannot read the weights: {error}", where=Where(file)) from None
        return self._files[file]


Pieces = Callable[[dict[str, Any], Tensors, int], Iterator[tuple[int, NDArray[np.uint8]]]]
"""The bytes of one layer of a weight, as (offset, bytes)."""


def _bytes(dtype: str, n: int, k: int) -> int:
    return formats.source_bytes(dtype.upper(), n, k)


def write_weights(weights: Sequence[dict[str, Any]], size: int, model: Any, path: Path, pieces: Pieces | None = None) -> None:
    """Write the file of `size` bytes that holds `weights` (attributes of pipe.weight). `pieces` are those of a kind of device, by default this one's.

    Raises IntarsiaError, and then leaves no file.
    """
    pieces = pieces or packed_pieces
    tensors = Tensors(model)
    try:
        with open(path, "wb") as file:
            if size:
                os.posix_fallocate(file.fileno(), 0, size)
            for weight in weights:
                for layer in range(weight.get("count", 1)):
                    base = weight["offset"] + layer * weight.get("stride", 0)
                    for offset, piece in pieces(weight, tensors, weight.get("first", 0) + layer):
                        os.pwrite(file.fileno(), piece.data, base + offset)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise explain(error, path) from None


def explain(error: OSError, path: Path) -> IntarsiaError:
    """What a failed write means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return IntarsiaError("the disk is full; nothing was written", where=Where(str(path)), mend="free some space, or write to another disk")
    return IntarsiaError(f"cannot write the file: {error.strerror or error}", where=Where(str(path)))


def packed_pieces(weight: dict[str, Any], tensors: Tensors, layer: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The bytes of one layer of a weight, as (offset, bytes)."""
    if weight["format"] == ANGLES:
        yield from angle_pieces(weight)
    elif weight["format"] == VECTOR:
        yield 0, _vector(weight, [tensors.part(name, layer) for name in weight["sources"]])
    else:
        experts = weight.get("experts", 0)
        each = formats.packed_bytes(weight["format"], weight["n"], weight["k"])
        for expert in range(max(1, experts)):
            parts = [tensors.part(name, layer, expert if experts else None) for name in weight["sources"]]
            for offset, piece in _matrix(weight, parts):
                yield expert * each + offset, piece


def angle_pieces(weight: dict[str, Any]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The table of rotary angles, as (offset, bytes): `n` positions of `k` numbers."""
    head_dim, params = weight["k"], weight["params"]
    rates, factor = frequencies(head_dim, params["theta"], params.get("scaling"))
    row = formats.activation_row_bytes("f32", head_dim)
    step = max(1, PIECE_ELEMENTS // head_dim)
    for begin in range(0, weight["n"], step):
        positions = np.arange(begin, min(begin + step, weight["n"]))
        turns = positions[:, None] * np.array(rates)
        table = np.zeros((len(positions), row // 4), np.float32)
        table[:, :head_dim] = np.concatenate([np.cos(turns), np.sin(turns)], axis=1) * factor
        yield begin * row, table.view(np.uint8).reshape(-1)


def _vector(weight: dict[str, Any], parts: list[Part]) -> NDArray[np.uint8]:
    values = [values_of(part).reshape(-1) for part in parts]
    if weight.get("glu"):
        gate, up = (value.reshape(-1, formats.GROUP_ROWS) for value in values)
        values = [np.stack([gate, up], axis=1).reshape(-1)]
    padded = np.zeros(formats.round_up(weight["n"], 16), np.float32)
    padded[: weight["n"]] = np.concatenate(values)
    return padded.view(np.uint8)


def values_of(part: Part) -> NDArray[np.float32]:
    """The part's values [n, k]."""
    if part.dtype in FLOATS:
        return np.asarray(part.raw.view(FLOATS[part.dtype]).reshape(part.n, part.k), np.float32)
    import gguf.quants

    kind = gguf.GGMLQuantizationType[part.dtype.upper()]
    return np.asarray(gguf.quants.dequantize(part.raw.reshape(part.n, -1), kind).reshape(part.n, part.k), np.float32)


def _matrix(weight: dict[str, Any], parts: list[Part]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    fmt, k = weight["format"], weight["k"]
    rows = max(formats.UNIT_ROWS, PIECE_ELEMENTS // k // formats.UNIT_ROWS * formats.UNIT_ROWS)
    group = formats.group_bytes(fmt, k)
    if weight.get("glu"):
        gate, up = parts
        for begin in range(0, gate.n, rows):
            count = min(rows, gate.n - begin)
            first, second = (_source(fmt, part.rows(begin, begin + count)) for part in (gate, up))
            yield 2 * begin // formats.GROUP_ROWS * group, repack.pack_glu(fmt, first, second, count, k)
        return
    if any(part.n % formats.UNIT_ROWS for part in parts[:-1]):
        yield 0, repack.pack_concat(fmt, [(*_source(fmt, part), part.n) for part in parts], k)
        return
    done = 0
    for part in parts:
        for begin in range(0, part.n, rows):
            piece = part.rows(begin, min(begin + rows, part.n))
            yield (done + begin) // formats.GROUP_ROWS * group, repack.pack(fmt, *_source(fmt, piece), piece.n, k)
        done += part.n


def _source(fmt: str, part: Part) -> tuple[str, NDArray[np.uint8]]:
    """The part as (type, bytes) that `fmt` can hold: as it is, or as f32."""
    if formats.layout_of(fmt).quantised or part.dtype in FLOATS:
        return part.dtype.upper(), np.asarray(part.raw)
    return "F32", values_of(part).view(np.uint8).reshape(-1)
