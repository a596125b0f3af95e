"""The weight file of a GPU bundle: row-major matrices in the kernels' type, layer after layer, each at a multiple of 256 bytes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu.packing import FLOATS, Part, Tensors, explain
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.errors import UnsupportedError, Where
from intarsia.ir.rope import frequencies

ALIGNMENT = 256
"""What cuMemAlloc gives, so that the widest loads are aligned wherever a weight begins."""
ANGLES = "angles"
"""A table of rotary angles: cosines, then sines, f32; `n` positions, `k` numbers a position."""


@dataclass(frozen=True)
class Stored:
    """W[n, k] of a layer from `sources`, one below the other, in `format` (a type of kernels, or ANGLES). `experts`: that many matrices follow each other.

    `layers` from `first`; 0: no layer at all.
    """

    name: str
    format: str
    n: int
    k: int
    sources: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    first: int = 0
    layers: int = 0
    experts: int = 0
    theta: float = 0.0
    scaling: tuple[tuple[str, Any], ...] = ()

    @property
    def bytes(self) -> int:
        """Of one layer."""
        wide = dtype("f32" if self.format == ANGLES else self.format).bytes
        return self.n * self.k * wide * max(1, self.experts)

    @property
    def stride(self) -> int:
        """From one layer to the next."""
        return -(-self.bytes // ALIGNMENT) * ALIGNMENT


@dataclass
class Layout:
    """Where each weight begins, in the order in which programs ask for them."""

    offsets: dict[Stored, int] = field(default_factory=dict)
    bytes: int = 0

    def add(self, weight: Stored) -> Stored:
        """Give `weight` a place, unless it has one. Raises UnsupportedError for a type that no GPU kernel reads."""
        if weight not in self.offsets:
            if foreign := [t for t in weight.source_types if t not in FLOATS]:
                raise UnsupportedError(
                    f"{weight.name} is stored as {foreign[0]}; GPU bundles take {', '.join(FLOATS)}", where=Where(node=weight.name), mend="compile from the unquantised weights",
                )  # fmt: skip
            self.offsets[weight] = self.bytes
            self.bytes += weight.stride * max(1, weight.layers)
        return weight


def write(weights: Iterable[dict[str, Any]], size: int, model: Any, path: Path) -> None:
    """Write the file that holds `weights` (attributes of pipe.weight). Raises IntarsiaError, and then leaves no file."""
    tensors = Tensors(model)
    try:
        with open(path, "wb") as file:
            if size:
                os.posix_fallocate(file.fileno(), 0, size)
            for weight in weights:
                for layer in range(weight.get("count", 1)):
                    _write_layer(file.fileno(), weight, tensors, layer)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise explain(error, path) if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES) else error from None


def _write_layer(file: int, weight: dict[str, Any], tensors: Tensors, layer: int) -> None:
    at = weight["offset"] + layer * weight.get("stride", 0)
    for piece in _pieces(weight, tensors, weight.get("first", 0) + layer):
        data = np.ascontiguousarray(piece).view(np.uint8).reshape(-1)
        os.pwrite(file, data.data, at)
        at += data.size


def _pieces(weight: dict[str, Any], tensors: Tensors, layer: int) -> Iterator[NDArray[Any]]:
    if weight["format"] == ANGLES:
        yield angles(weight["n"], weight["k"], weight["params"]["theta"], weight["params"].get("scaling"))
        return
    kind = dtype(weight["format"]).numpy
    experts = weight.get("experts", 0)
    for expert in range(max(1, experts)):
        for name in weight["sources"]:
            yield _values(tensors.part(name, layer, expert if experts else None), kind)


def _values(part: Part, kind: Any) -> NDArray[Any]:
    """The part in the kernels' type; as it lies in the file where the types agree."""
    stored = part.raw.view(FLOATS[part.dtype])
    return stored if stored.dtype == kind else stored.astype(np.float32).astype(kind)


def angles(positions: int, head_dim: int, theta: float, scaling: dict[str, Any] | None) -> NDArray[np.float32]:
    """float32[positions, head_dim]: cosines of the rotated pairs, then their sines."""
    rates, factor = frequencies(head_dim, theta, scaling)
    turns = np.arange(positions)[:, None] * np.array(rates)
    return np.asarray(np.concatenate([np.cos(turns), np.sin(turns)], axis=1) * factor, np.float32)
