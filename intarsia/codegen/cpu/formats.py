"""Packed formats of weights and activation rows: their layouts and sizes. `repack.py` makes them.

A weight W[n, k] has n outputs and k inputs, row-major as in GGUF and Hugging Face files. Packed, its
rows are padded to a multiple of 32 (one unit of the matmul kernels) and taken in groups of 16. A
group is a contiguous array of blocks along k, each described by a NumPy structured dtype whose last
axis is always the row within the group, so that one vector load serves 16 outputs. A `quad` holds
four consecutive k's of a row in one 32-bit lane, as the 8-bit dot-product instructions want.

| format | block of k | weight | bits per weight | takes |
|---|---|---|---|---|
| q4  | 32  | f16 scale * (0..15) + f16 min             | 5    | Q4_1, Q4_0 |
| q4s | 32  | f16 scale * (0..15 - 8)                   | 4.5  | Q4_0 |
| q4k | 256 | f16 d * u8 scale * (0..15) - f16 dmin * u8 | 4.63 | Q4_K |
| q6  | 256 | f16 d * s8 scale per 16 * (0..63 - 32)    | 6.56 | Q6_K |
| q8  | 32  | f16 scale * (1..255 - 128)                | 8.5  | Q8_0 |
| f32, f16, bf16 | 1 | the value itself                 | 32, 16, 16 | F32, F16, BF16 |

All of them hold their source exactly. A token's activations are one row, padded to 64 bytes: "f32" is
k float32; "q8" is k int8, then k/32 f32 scales, then k/32 f32 of scale * (sum of the block's int8).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

GROUP_ROWS = 16
UNIT_ROWS = 32
BLOCK = 32
ROW_ALIGNMENT = 64


@dataclass(frozen=True)
class Layout:
    """One weight format: inputs per block, the block of a 16-row group, and its largest quant.

    `top` is 0 for formats without integer quants.
    """

    name: str
    block_k: int
    block: np.dtype
    top: int

    @property
    def quantised(self) -> bool:
        """Whether integer dot products apply."""
        return self.top > 0

    def offset(self, *path: str) -> int:
        """Bytes from the block's start to a (nested) field."""
        total, dtype = 0, self.block
        for name in path:
            assert dtype.fields is not None
            inner, start = dtype.fields[name][:2]
            total, dtype = total + start, inner.base
        return total


def _layouts() -> dict[str, Layout]:
    f16, u8, quad = (("<f2"), (16,)), ("u1", (16,)), "<u4"
    q4 = np.dtype([("scale", *f16), ("min", *f16), ("nibbles", quad, (4, 16))])
    q4s = np.dtype([("scale", *f16), ("nibbles", quad, (4, 16))])
    q8 = np.dtype([("scale", *f16), ("quads", quad, (8, 16))])
    q4k_sub = np.dtype([("scale", *u8), ("min", *u8), ("nibbles", quad, (4, 16))])
    q4k = np.dtype([("d", *f16), ("dmin", *f16), ("sub", q4k_sub, (8,))])
    q6_sub = np.dtype([("scale", "i1", (2, 16)), ("nibbles", quad, (4, 16)), ("high", quad, (2, 16))])
    q6 = np.dtype([("d", *f16), ("sub", q6_sub, (8,))])
    rows = (Layout("q4", 32, q4, 15), Layout("q4s", 32, q4s, 15), Layout("q4k", 256, q4k, 15),
            Layout("q6", 256, q6, 63), Layout("q8", 32, q8, 255),
            Layout("f32", 1, np.dtype([("value", "<f4", (16,))]), 0),
            Layout("f16", 1, np.dtype([("value", "<f2", (16,))]), 0),
            Layout("bf16", 1, np.dtype([("value", "<u2", (16,))]), 0))  # fmt: skip
    return {layout.name: layout for layout in rows}


LAYOUTS = _layouts()
PACKED_FOR = {"Q4_0": "q4", "Q4_1": "q4", "Q4_K": "q4k", "Q6_K": "q6", "Q8_0": "q8",
              "F32": "f32", "F16": "f16", "BF16": "bf16"}  # fmt: skip
# Bytes and weights of one source block.
_SOURCE_BLOCK = {"Q4_0": (18, 32), "Q4_1": (20, 32), "Q4_K": (144, 256), "Q6_K": (210, 256),
                 "Q8_0": (34, 32), "F32": (4, 1), "F16": (2, 1), "BF16": (2, 1)}  # fmt: skip


def layout_of(fmt: str) -> Layout:
    """The layout of a packed format; ValueError names the known ones."""
    if fmt not in LAYOUTS:
        raise ValueError(f"unknown weight format {fmt!r}; known are {', '.join(LAYOUTS)}")
    return LAYOUTS[fmt]


def packed_format(gguf_type: str, tight: bool = False) -> str:
    """The packed format that holds a GGUF tensor type exactly, e.g. "Q4_1" -> "q4".

    `tight` asks for q4s where q4 would hold a Q4_0 matrix too: a tenth smaller, but it cannot be
    joined with Q4_1 matrices.
    """
    if gguf_type not in PACKED_FOR:
        raise ValueError(f"unsupported tensor type {gguf_type!r}; known are {', '.join(PACKED_FOR)}")
    if tight and gguf_type == "Q4_0":
        return "q4s"
    return PACKED_FOR[gguf_type]


def packed_bytes(fmt: str, n: int, k: int) -> int:
    """Bytes of a packed weight W[n, k]; a multiple of 64."""
    return round_up(round_up(n, UNIT_ROWS) // GROUP_ROWS * group_bytes(fmt, k), 64)


def group_bytes(fmt: str, k: int) -> int:
    """Bytes of one 16-row group of a packed weight with k inputs."""
    layout = layout_of(fmt)
    if k <= 0 or k % layout.block_k:
        raise ValueError(f"weights in format {fmt} need k to be a multiple of {layout.block_k}, got {k}")
    return k // layout.block_k * layout.block.itemsize


def source_bytes(source_type: str, n: int, k: int) -> int:
    """Bytes of an unpacked source matrix, e.g. of a GGUF tensor."""
    packed_format(source_type)
    size, weights = _SOURCE_BLOCK[source_type]
    if k <= 0 or k % weights:
        raise ValueError(f"{source_type} rows hold blocks of {weights} weights, so k={k} cannot be")
    return n * (k // weights) * size


def round_up(value: int, step: int) -> int:
    """The least multiple of step that is not below value."""
    return -(-value // step) * step


def activation_row_bytes(kind: str, k: int) -> int:
    """Bytes of one token's row of k activations, "f32" or "q8"; a multiple of 64."""
    if kind == "f32":
        return round_up(4 * k, ROW_ALIGNMENT)
    if kind != "q8":
        raise ValueError(f"unknown kind of activations {kind!r}; known are f32, q8")
    if k % BLOCK:
        raise ValueError(f"q8 activations need k to be a multiple of {BLOCK}, got {k}")
    return round_up(k + k // BLOCK * 8, ROW_ALIGNMENT)
