"""The weight file of a GPU bundle: row-major matrices in the kernels' type, layer after layer, each at a multiple of 256 bytes.

Matrices that a GGUF file holds in 4 or 8 bits (Q4_0, Q8_0) keep their numbers: whole numbers as gemm_weights wants them, and beside them a scale for 32.
Those of a plan in 8-bit floats are rounded to them here (eights.py), whatever their type was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu.packing import FLOATS, Part, Tensors, values_of
from intarsia.codegen.gpu.bundle import eights
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.errors import UnsupportedError, Where
from intarsia.ir.rope import frequencies

ALIGNMENT = 256
"""What cuMemAlloc gives, so that the widest loads are aligned wherever a weight begins."""
CODES, SCALES = "codes", "scales"
"""Parts of a quantised matrix, or of one in 8-bit floats."""
BITS, GROUP = {"q4_0": 4, "q8_0": 8}, 32
"""Types of GGUF files that a scale times a whole number says, and how many weights share one (ggml-common.h: block_q4_0, block_q8_0)."""
ANGLES = "angles"
"""A table of rotary angles: cosines, then sines, f32; `n` positions, `k` numbers a position."""


@dataclass(frozen=True)
class Stored:
    """W[n, k] of a layer from `sources`, one below the other, in `format` (a type of kernels, or ANGLES). `experts`: that many matrices follow each other.

    `layers` from `first`; 0: no layer at all. `holds`: CODES or SCALES of quantised matrices, else their values; `widened`: those may come from any type.
    `eight`: the precision in 8-bit floats (ir/weights.py) whose codes or scales they are.
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
    holds: str = ""
    widened: bool = False
    eight: str = ""

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
            foreign = [t for t in weight.source_types if t not in FLOATS]
            if foreign and not weight.holds and not weight.widened:
                raise UnsupportedError(
                    f"{weight.name} is stored as {' and '.join(dict.fromkeys(weight.source_types))}; GPU bundles take {', '.join((*FLOATS, *BITS))}, one type a product, "
                    "and floats for experts", where=Where(node=weight.name), mend="compile from the unquantised weights",
                )  # fmt: skip
            self.offsets[weight] = self.bytes
            self.bytes += weight.stride * max(1, weight.layers)
        return weight


def laid_pieces(weight: dict[str, Any], tensors: Tensors, layer: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The bytes of one layer of a weight, as (offset, bytes)."""
    at = 0
    for piece in _pieces(weight, tensors, layer):
        data = np.ascontiguousarray(piece).view(np.uint8).reshape(-1)
        yield at, data
        at += data.size


def _pieces(weight: dict[str, Any], tensors: Tensors, layer: int) -> Iterator[NDArray[Any]]:
    if weight["format"] == ANGLES:
        yield angles(weight["n"], weight["k"], weight["params"]["theta"], weight["params"].get("scaling"))
        return
    kind, params = dtype(weight["format"]).numpy, weight.get("params", {})
    if precision := params.get("eight"):
        parts = [tensors.part(name, layer) for name in weight["sources"]]
        yield from [eights.scales(parts, precision)] if params["holds"] == SCALES else eights.codes(parts, precision)
        return
    experts = weight.get("experts", 0)
    for expert in range(max(1, experts)):
        for name in weight["sources"]:
            part = tensors.part(name, layer, expert if experts else None)
            holds = params.get("holds")
            yield _values(part, kind) if not holds else scales(part, kind) if holds == SCALES else codes(part)


def _values(part: Part, kind: Any) -> NDArray[Any]:
    """The part in the kernels' type; as it lies in the file where the types agree."""
    stored = part.raw.view(FLOATS[part.dtype]) if part.dtype in FLOATS else values_of(part)
    return stored if stored.dtype == kind else stored.astype(np.float32).astype(kind)


def codes(part: Part) -> NDArray[Any]:
    """A quantised part's whole numbers: i8[n, k], or of 4 bits u8[n, k / 2], where of 64 in a row the first 32 lie in the low halves of 32 bytes."""
    blocks = _blocks(part)[:, 2:]
    if BITS[part.dtype] == 8:
        return blocks.view(np.int8).reshape(part.n, part.k)
    numbers = np.stack([blocks & 15, blocks >> 4], 1).reshape(part.n, -1, 2, GROUP)  # a block's first 16 lie in its low halves
    return (numbers[:, :, 0] | numbers[:, :, 1] << 4).reshape(part.n, part.k // 2)


def scales(part: Part, kind: Any) -> NDArray[Any]:
    """A quantised part's scales, [n, k / GROUP]."""
    return np.ascontiguousarray(_blocks(part)[:, :2]).view(np.float16).astype(kind).reshape(part.n, part.k // GROUP)


def _blocks(part: Part) -> NDArray[np.uint8]:
    """Each an f16 scale and the numbers of GROUP weights."""
    return np.asarray(part.raw.reshape(-1, 2 + GROUP * BITS[part.dtype] // 8))


def angles(positions: int, head_dim: int, theta: float, scaling: dict[str, Any] | None) -> NDArray[np.float32]:
    """float32[positions, head_dim]: cosines of the rotated pairs, then their sines."""
    rates, factor = frequencies(head_dim, theta, scaling)
    turns = np.arange(positions)[:, None] * np.array(rates)
    return np.asarray(np.concatenate([np.cos(turns), np.sin(turns)], axis=1) * factor, np.float32)
