"""Measured attention: sheets over length and batch, one for each geometry of heads.

A kernel's work is shared out by (sequence, head) pairs, so rows whose products of batch and heads are near are
neighbours, whatever batch and heads are alone: a geometry that was left out is met again in others' batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.ops import Attention, Op
from intarsia.cost_models.silicon.scheme import Columns, Scheme, arrays
from intarsia.cost_models.silicon.tables import Array

WORDS = {"dtype": "attn_dtype", "kv_dtype": "kv_cache_dtype"}
HEADS = {"heads": "num_heads", "kv_heads": "num_key_value_heads", "head_dim": "head_dim", "window": "window_size"}
GEOMETRY = ("heads", "kv_heads", "head_dim", "window")
LEFT_OUT = (("heads", "kv_heads", "head_dim"),)
SCALES = ((2, 4, 0.5, 16, 4, 0.3), (2, 1, 0.5, 16, 4, 0.3), (2, 2, 0.5, 8, 4, 0.3))


def _operator(columns: Columns, words: Mapping[str, str]) -> Op:
    rows, context = columns.get("rows", np.ones(1)), columns.get("context", np.zeros(1))
    shape = {name: columns[name] for name in GEOMETRY}
    return Attention(columns["batch"], rows, context, **shape, dtype=words["dtype"], kv_dtype=words["kv_dtype"])  # type: ignore[arg-type]


def _context_fields(op: Op) -> dict[str, Array]:
    """Rows after others are taken for rows after none; the roofline knows the difference."""
    return _shape(op) | arrays(rows=cast(Attention, op).rows)


def _decode_fields(op: Op) -> dict[str, Array]:
    return _shape(op) | arrays(context=cast(Attention, op).context)


def _shape(op: Op) -> dict[str, Array]:
    attention = cast(Attention, op)
    return arrays(batch=attention.batch, **{name: getattr(attention, name) for name in GEOMETRY})


def _features(units: Array, length: Array, columns: Columns) -> Array:
    """(sequence, head) pairs, queries a key, head's width, heads, keys that a query sees, and whether a window cuts them."""
    heads, window = columns["heads"], columns["window"]
    cut = (window > 0) & (window < length)
    seen = np.where(cut, window, length)
    return np.stack([*np.log2([units, heads / columns["kv_heads"], columns["head_dim"], heads, seen]), cut], axis=-1)


def _context_features(columns: Columns) -> Array:
    return _features(columns["batch"] * columns["heads"], columns["rows"], columns)


def _decode_features(columns: Columns) -> Array:
    return _features(columns["batch"] * columns["kv_heads"], columns["context"] + 1, columns)


CONTEXT = Scheme(
    "context attention", "attention", "context_attention_perf", WORDS, {"batch": "batch_size", "rows": "isl"} | HEADS, GEOMETRY, ("rows", "batch"),
    _operator, _context_fields, _context_features, SCALES, LEFT_OUT,
)  # fmt: skip
DECODE = Scheme(
    "decode attention", "attention", "generation_attention_perf", WORDS, {"batch": "batch_size", "context": "step"} | HEADS, GEOMETRY, ("context", "batch"),
    _operator, _decode_fields, _decode_features, SCALES, LEFT_OUT,
)  # fmt: skip


def scheme_of(op: Attention) -> Scheme:
    """Decode where every sequence has one new token."""
    return DECODE if op.decode else CONTEXT
