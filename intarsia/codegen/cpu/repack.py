"""Weights from the blocks of a source file to a packed format (`formats.py`): read into fields of rows, which are laid out in groups of 16.

Quants and scales keep their bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import ml_dtypes
import numpy as np

from intarsia.codegen.cpu.formats import GROUP_ROWS, UNIT_ROWS, Bytes, group_bytes, layout_of, packed_bytes, round_up, source_bytes


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
