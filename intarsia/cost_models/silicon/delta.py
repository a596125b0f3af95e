"""Measured recurrences of gated DeltaNet over prompts: sheets over tokens and sequences, one for each number of heads.

All tables are of Qwen3.5's heads of 128 columns. Steps of one token are not looked up: they take what streaming their states does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.ops import DeltaRule, Op
from intarsia.cost_models.silicon.scheme import Columns, Scheme, arrays
from intarsia.cost_models.silicon.tables import Array
from intarsia.errors import InputError

DIM = 128
KERNEL = "chunk_gated_delta_rule*"
"""All kernels of a chunk, under whatever name a framework gives the one that it calls."""


def _operator(columns: Columns, words: Mapping[str, str]) -> Op:
    return DeltaRule(columns["batch"], columns["rows"], columns["k_heads"], columns["v_heads"], DIM, DIM)


def _fields(op: Op) -> dict[str, Array]:
    rule = cast(DeltaRule, op)
    return arrays(batch=rule.batch, rows=rule.rows, k_heads=rule.k_heads, v_heads=rule.v_heads)


def _features(columns: Columns) -> Array:
    """(sequence, head) pairs, heads, heads of keys."""
    return np.stack([*np.log2([columns["batch"] * columns["v_heads"], columns["v_heads"], columns["k_heads"]])], axis=-1)


RULE = Scheme(
    "gated DeltaNet over prompts", "linear_attention", "gdn_perf", {"kernel": "kernel_source"},
    {"batch": "batch_size", "rows": "seq_len", "k_heads": "num_k_heads", "v_heads": "num_v_heads"}, ("v_heads", "k_heads"), ("rows", "batch"),
    _operator, _fields, _features, ((2.0, 4.0, 4.0), (4.0, 2.0, 2.0)), (("v_heads",),),
)  # fmt: skip


def scheme_of(op: DeltaRule) -> Scheme:
    """Raises InputError for steps of one token, and for heads that no table has."""
    if op.decode:
        raise InputError("steps of one token stream their states", mend="use the analytic model")
    if np.any(np.asarray(op.k_dim) != DIM) or np.any(np.asarray(op.v_dim) != DIM):
        raise InputError(f"gated DeltaNet was measured with heads of {DIM} columns only", mend="use the analytic model")
    return RULE
