"""Packed formats of weights and activation rows: layouts, packing, and plain inverses for tests.

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

from collections.abc import Sequence
from dataclasses import dataclass

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

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


# ---------------------------------------------------------------------------------- packing


def pack(fmt: str, source_type: str, raw: Bytes, n: int, k: int) -> Bytes:
    """Pack one matrix; `raw` is its source bytes, the result has packed_bytes(fmt, n, k) bytes."""
    return pack_concat(fmt, [(source_type, raw, n)], k)


def pack_concat(fmt: str, parts: Sequence[tuple[str, Bytes, int]], k: int) -> Bytes:
    """Pack matrices (source type, raw bytes, rows) with the same k, one below the other."""
    fields = [_decode(fmt, source_type, raw, n, k) for source_type, raw, n in parts]
    rows = {path: np.concatenate([part[path] for part in fields]) for path in fields[0]}
    return _interleave(fmt, rows, sum(n for _, _, n in parts), k)


def pack_glu(fmt: str, gate: tuple[str, Bytes], up: tuple[str, Bytes], n: int, k: int) -> Bytes:
    """Pack gate and up (each source type and raw bytes, n rows) with their 16-row groups alternating.

    The result is a packed weight of 2n rows: gate 0..15, up 0..15, gate 16..31, and so on; n must be
    a multiple of 32.
    """
    if n % UNIT_ROWS:
        raise ValueError(f"a gated pair needs a multiple of {UNIT_ROWS} outputs, got {n}")
    pair = [_decode(fmt, source_type, raw, n, k) for source_type, raw in (gate, up)]
    rows = {path: _alternate(pair[0][path], pair[1][path]) for path in pair[0]}
    return _interleave(fmt, rows, 2 * n, k)


def _alternate(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Rows of a and b in alternating groups of 16."""
    groups = [x.reshape(-1, GROUP_ROWS, *x.shape[1:]) for x in (a, b)]
    return np.stack(groups, axis=1).reshape(2 * a.shape[0], *a.shape[1:])


def _interleave(fmt: str, rows: dict[tuple[str, ...], np.ndarray], n: int, k: int) -> Bytes:
    """Lay out per-row fields [n, blocks, ...] as blocks of 16-row groups."""
    layout = layout_of(fmt)
    padded = round_up(n, UNIT_ROWS)
    packed = np.zeros(packed_bytes(fmt, n, k), np.uint8)
    used = padded // GROUP_ROWS * group_bytes(fmt, k)
    blocks = packed[:used].view(layout.block).reshape(padded // GROUP_ROWS, k // layout.block_k)
    for path, values in rows.items():
        target = blocks
        for name in path:
            target = target[name]
        full = n // GROUP_ROWS
        whole = values[: full * GROUP_ROWS].reshape(full, GROUP_ROWS, *values.shape[1:])
        target[:full] = np.moveaxis(whole, 1, -1)
        if n % GROUP_ROWS:
            target[full, ..., : n % GROUP_ROWS] = np.moveaxis(values[full * GROUP_ROWS :], 0, -1)
    return packed


Fields = dict[tuple[str, ...], np.ndarray]


def _decode(fmt: str, source_type: str, raw: Bytes, n: int, k: int) -> Fields:
    """The fields of a packed format, per row: each array is [n, blocks, (sub-blocks,) (words)]."""
    size = source_bytes(source_type, n, k)
    group_bytes(fmt, k)
    raw = np.ascontiguousarray(raw).view(np.uint8).reshape(-1)
    if raw.size != size:
        raise ValueError(f"a {source_type} matrix of {n} x {k} has {size} bytes, got {raw.size}")
    if (source_type, fmt) in _DECODERS:
        return _DECODERS[source_type, fmt](raw, n, k)
    if not layout_of(fmt).quantised and source_type in _FLOAT_VIEWS:
        return _decode_float(fmt, raw.view(_FLOAT_VIEWS[source_type]).reshape(n, k))
    raise ValueError(f"{source_type} weights cannot be held as {fmt} without quantising them anew")


_FLOAT_VIEWS = {"F32": np.dtype(np.float32), "F16": np.dtype(np.float16),
                "BF16": np.dtype(ml_dtypes.bfloat16)}  # fmt: skip


def _decode_float(fmt: str, values: np.ndarray) -> Fields:
    target = _FLOAT_VIEWS[fmt.upper()]
    converted = values.astype(target, copy=False)
    return {("value",): converted.view(np.uint16) if fmt == "bf16" else converted}


def _decode_q4_0(raw: Bytes, n: int, k: int) -> Fields:
    blocks = raw.view(np.dtype([("scale", "<f2"), ("nibbles", "<u4", (4,))])).reshape(n, -1)
    scale = blocks["scale"]
    with np.errstate(over="ignore", invalid="ignore"):
        low = scale * np.float16(-8)
    if not np.isfinite(low).all():
        raise ValueError("a Q4_0 scale is not finite or too large for a minimum in f16")
    return {("scale",): scale, ("min",): low, ("nibbles",): blocks["nibbles"]}


def _decode_q4_0_symmetric(raw: Bytes, n: int, k: int) -> Fields:
    blocks = raw.view(np.dtype([("scale", "<f2"), ("nibbles", "<u4", (4,))])).reshape(n, -1)
    return {(name,): blocks[name] for name in ("scale", "nibbles")}


def _decode_q4_1(raw: Bytes, n: int, k: int) -> Fields:
    kind = np.dtype([("scale", "<f2"), ("min", "<f2"), ("nibbles", "<u4", (4,))])
    blocks = raw.view(kind).reshape(n, -1)
    return {(name,): blocks[name] for name in ("scale", "min", "nibbles")}


def _decode_q8_0(raw: Bytes, n: int, k: int) -> Fields:
    blocks = raw.view(np.dtype([("scale", "<f2"), ("quads", "<u4", (8,))])).reshape(n, -1)
    return {("scale",): blocks["scale"], ("quads",): blocks["quads"] ^ np.uint32(0x80808080)}


def _decode_q4_k(raw: Bytes, n: int, k: int) -> Fields:
    kind = np.dtype([("d", "<f2"), ("dmin", "<f2"), ("s", "u1", (3, 4)), ("qs", "u1", (4, 32))])
    blocks = raw.view(kind).reshape(n, -1)
    low, mid, high = (blocks["s"][..., i, :] for i in range(3))
    scale = np.concatenate([low & 0x3F, (high & 0x0F) | ((low >> 2) & 0x30)], axis=-1)
    minimum = np.concatenate([mid & 0x3F, (high >> 4) | ((mid >> 2) & 0x30)], axis=-1)
    # Byte i of chunk c holds weight i of sub-blocks 2c (low) and 2c + 1 (high).
    quants = np.stack([blocks["qs"] & 0x0F, blocks["qs"] >> 4], axis=-2).reshape(n, -1, 8, 32)
    return {("d",): blocks["d"], ("dmin",): blocks["dmin"], ("sub", "scale"): scale,
            ("sub", "min"): minimum, ("sub", "nibbles"): _nibbles(quants)}  # fmt: skip


def _decode_q6_k(raw: Bytes, n: int, k: int) -> Fields:
    kind = np.dtype([("ql", "u1", (2, 2, 32)), ("qh", "u1", (2, 32)), ("s", "i1", (8, 2)), ("d", "<f2")])
    blocks = raw.view(kind).reshape(n, -1)
    low, high = blocks["ql"], blocks["qh"]
    # Half h: weights 0..63 in the low nibbles of its 64 bytes, 64..127 in the high ones, and the
    # two high bits of 32 s .. 32 s + 31 at bit 2 s.
    nibbles = np.stack([low & 0x0F, low >> 4], axis=-3).reshape(n, -1, 8, 32)
    tops = np.stack([(high >> (2 * s)) & 3 for s in range(4)], axis=-2).reshape(n, -1, 8, 2, 4, 4)
    shifted = tops << np.array([0, 2, 4, 6], np.uint8)[:, None]
    packed_tops = np.bitwise_or.reduce(shifted, axis=-2).view("<u4")[..., 0]
    return {("d",): blocks["d"], ("sub", "scale"): blocks["s"], ("sub", "nibbles"): _nibbles(nibbles),
            ("sub", "high"): packed_tops}  # fmt: skip


def _nibbles(quants: Bytes) -> np.ndarray:
    """Quants 0..15 [..., 32] as [..., 4] words: word j has k = 4j.. low and k = 16 + 4j.. high."""
    joined = quants[..., :16] | (quants[..., 16:] << 4)
    return np.ascontiguousarray(joined).view("<u4")


_DECODERS = {("Q4_0", "q4"): _decode_q4_0, ("Q4_0", "q4s"): _decode_q4_0_symmetric,
             ("Q4_1", "q4"): _decode_q4_1, ("Q8_0", "q8"): _decode_q8_0, ("Q4_K", "q4k"): _decode_q4_k,
             ("Q6_K", "q6"): _decode_q6_k}  # fmt: skip


# ---------------------------------------------------------------------- inverses, for tests


def unpack(fmt: str, packed: Bytes, n: int, k: int) -> Floats:
    """The f32 weights [n, k] of a packed matrix, by plain indexing of the documented layout."""
    layout = layout_of(fmt)
    used = round_up(n, UNIT_ROWS) // GROUP_ROWS * group_bytes(fmt, k)
    blocks = packed[:used].view(layout.block).reshape(-1, k // layout.block_k)
    values = _UNPACKERS[fmt](blocks)  # [groups, k, 16]
    return np.ascontiguousarray(values.transpose(0, 2, 1).reshape(-1, k)[:n])


def unpack_glu(fmt: str, packed: Bytes, n: int, k: int) -> tuple[Floats, Floats]:
    """Gate and up, f32 [n, k] each, of a weight made by pack_glu."""
    pair = unpack(fmt, packed, 2 * n, k).reshape(-1, 2, GROUP_ROWS, k)
    return pair[:, 0].reshape(n, k), pair[:, 1].reshape(n, k)


def _quads(words: np.ndarray) -> np.ndarray:
    """Words [..., q, 16] of four bytes as bytes [..., 4 q, 16]: k before rows."""
    spread = np.stack([(words >> (8 * i)) & 0xFF for i in range(4)], axis=-2)
    return spread.reshape(*words.shape[:-2], -1, GROUP_ROWS)


def _from_nibbles(words: np.ndarray) -> np.ndarray:
    low, high = words & 0x0F0F0F0F, (words >> 4) & 0x0F0F0F0F
    return _quads(np.concatenate([low, high], axis=-2))


def _unpack_q4(blocks: np.ndarray) -> Floats:
    quants = _from_nibbles(blocks["nibbles"]).astype(np.float32)
    scale, low = (blocks[name].astype(np.float32)[..., None, :] for name in ("scale", "min"))
    values: Floats = scale * quants + low
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_q4s(blocks: np.ndarray) -> Floats:
    quants = _from_nibbles(blocks["nibbles"]).astype(np.float32) - 8
    values: Floats = blocks["scale"].astype(np.float32)[..., None, :] * quants
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_q4k(blocks: np.ndarray) -> Floats:
    sub = blocks["sub"]
    quants = _from_nibbles(sub["nibbles"]).astype(np.float32)
    d, dmin = (blocks[name].astype(np.float32)[..., None, :] for name in ("d", "dmin"))
    scale, low = (d * sub["scale"])[..., None, :], (dmin * sub["min"])[..., None, :]
    values: Floats = scale * quants - low
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_q6(blocks: np.ndarray) -> Floats:
    sub = blocks["sub"]
    high = np.stack([(sub["high"] >> (2 * s)) & 0x03030303 for s in range(4)], axis=-2)
    tops = _quads(high.reshape(*high.shape[:-3], 8, GROUP_ROWS))
    quants = (_from_nibbles(sub["nibbles"]) | tops << 4).astype(np.float32) - 32
    scale = blocks["d"].astype(np.float32)[..., None, None, :] * sub["scale"]
    values: Floats = np.repeat(scale, 16, axis=-2) * quants
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_q8(blocks: np.ndarray) -> Floats:
    quants = _quads(blocks["quads"]).astype(np.float32) - 128
    values: Floats = blocks["scale"].astype(np.float32)[..., None, :] * quants
    return values.reshape(len(blocks), -1, GROUP_ROWS)


def _unpack_float(blocks: np.ndarray) -> Floats:
    values = blocks["value"]
    kind = ml_dtypes.bfloat16 if values.dtype == np.uint16 else values.dtype
    return values.view(kind).astype(np.float32)


_UNPACKERS = {"q4": _unpack_q4, "q4s": _unpack_q4s, "q4k": _unpack_q4k, "q6": _unpack_q6,
              "q8": _unpack_q8, "f32": _unpack_float, "f16": _unpack_float, "bf16": _unpack_float}  # fmt: skip


# ------------------------------------------------------------------------- activation rows


def activation_row_bytes(kind: str, k: int) -> int:
    """Bytes of one token's row of k activations, "f32" or "q8"; a multiple of 64."""
    if kind == "f32":
        return round_up(4 * k, ROW_ALIGNMENT)
    if kind != "q8":
        raise ValueError(f"unknown kind of activations {kind!r}; known are f32, q8")
    if k % BLOCK:
        raise ValueError(f"q8 activations need k to be a multiple of {BLOCK}, got {k}")
    return round_up(k + k // BLOCK * 8, ROW_ALIGNMENT)


def pack_activations(kind: str, x: Floats) -> Bytes:
    """Rows [rows, row bytes] of f32 activations [rows, k]; q8 has scale = max|x| / 127 per 32."""
    rows, k = x.shape
    packed = np.zeros((rows, activation_row_bytes(kind, k)), np.uint8)
    if kind == "f32":
        packed[:, : 4 * k] = np.ascontiguousarray(x, np.float32).view(np.uint8)
        return packed
    blocks = x.astype(np.float32).reshape(rows, k // BLOCK, BLOCK)
    top = np.abs(blocks).max(axis=-1, initial=0)
    with np.errstate(divide="ignore"):
        inverse = np.where(top > 0, np.float32(127) / top, np.float32(0))
    quants = np.rint(blocks * inverse[..., None])
    scale = (top * np.float32(1 / 127)).astype(np.float32)
    sums = scale * quants.sum(axis=-1, dtype=np.float32)
    packed[:, :k] = quants.astype(np.int8).reshape(rows, k).view(np.uint8)
    _scales_of(packed, k)[:] = np.concatenate([scale, sums], axis=1)
    return packed


def unpack_activations(kind: str, rows: Bytes, k: int) -> Floats:
    """The f32 activations [rows, k] that packed rows stand for."""
    if kind == "f32":
        return np.ascontiguousarray(rows[:, : 4 * k]).view(np.float32)
    quants = rows[:, :k].view(np.int8).reshape(len(rows), k // BLOCK, BLOCK).astype(np.float32)
    scale = _scales_of(rows, k)[:, : k // BLOCK]
    return (quants * scale[..., None]).reshape(len(rows), k)


def _scales_of(rows: Bytes, k: int) -> Floats:
    """A view of the scales and scaled sums [rows, 2 k/32] of q8 rows."""
    return rows.view(np.float32)[:, k // 4 : k // 4 + k // BLOCK * 2]
