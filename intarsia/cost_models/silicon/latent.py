"""Measured latent attention (MLA): the attention itself over length and batch, and the products that absorb its expansions.

All tables are of DeepSeek's sizes of heads: 512 latent and 64 rotary columns, 128 of keys and of values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.ops import BatchedGemm, LatentAttention, Op
from intarsia.cost_models.silicon.scheme import ONE, Columns, Scheme, arrays
from intarsia.cost_models.silicon.tables import Array
from intarsia.errors import InputError

SIZES = {"kv_rank": 512, "rope_dim": 64, "nope_dim": 128, "v_dim": 128}
SCALES = ((3.0, 1.0, 3.0), (6.0, 1.0, 1.5))
EXPANSIONS = {(512, 128): "mla_gen_pre", (128, 512): "mla_gen_post"}
"""Columns and rows of each product, as the tables call it."""


def _context(columns: Columns, words: Mapping[str, str]) -> Op:
    return LatentAttention(columns["batch"], columns["rows"], columns.get("context", np.zeros(1)), columns["heads"], kv_dtype=words["kv_dtype"])


def _decode(columns: Columns, words: Mapping[str, str]) -> Op:
    return LatentAttention(columns["batch"], np.ones(1), columns["context"], columns["heads"], kv_dtype=words["kv_dtype"], absorbed=True)


def _context_fields(op: Op) -> dict[str, Array]:
    """Rows after others are taken for rows after none; the roofline knows the difference."""
    latent = cast(LatentAttention, op)
    return arrays(batch=latent.batch, rows=latent.rows, heads=latent.heads)


def _decode_fields(op: Op) -> dict[str, Array]:
    latent = cast(LatentAttention, op)
    return arrays(batch=latent.batch, context=latent.context, heads=latent.heads)


def _features(length: str) -> Callable[[Columns], Array]:
    def features(columns: Columns) -> Array:
        """(sequence, head) pairs, length, heads."""
        return np.stack([*np.log2([columns["batch"] * columns["heads"], columns[length] + 1.0, columns["heads"]])], axis=-1)

    return features


CONTEXT = Scheme(
    "context MLA", "mla", "context_mla_perf", {"kv_dtype": "kv_cache_dtype"}, {"batch": "batch_size", "rows": "isl", "heads": "num_heads"}, ("heads",), ("rows", "batch"),
    _context, _context_fields, _features("rows"), SCALES, (("heads",),),
)  # fmt: skip
DECODE = Scheme(
    "decode MLA", "mla", "generation_mla_perf", {"kv_dtype": "kv_cache_dtype"}, {"batch": "batch_size", "context": "step", "heads": "num_heads"}, ("heads",), ("context", "batch"),
    _decode, _decode_fields, _features("context"), SCALES, (("heads",),),
)  # fmt: skip


def scheme_of(op: LatentAttention) -> Scheme:
    """Raises InputError for sizes of heads that no table has, and for prefill that works on latent rows."""
    names = ("kv_rank", "rope_dim") if op.absorbed else tuple(SIZES)  # on latent rows, the others are of the products before and after
    if any(np.any(np.asarray(getattr(op, name)) != SIZES[name]) for name in names):
        raise InputError("latent attention was measured with DeepSeek's sizes of heads only", mend="use the analytic model")
    if op.absorbed and np.any(np.asarray(op.rows) > 1):
        raise InputError("absorbed latent attention was measured for one new token only", mend="use the analytic model")
    return DECODE if op.absorbed else CONTEXT


def _product(columns: Columns, words: Mapping[str, str]) -> Op:
    n, k = next(sizes for sizes, name in EXPANSIONS.items() if name == words["expansion"])
    return BatchedGemm(columns["heads"], columns["m"], n, k, words["dtype"])


def _product_fields(op: Op) -> dict[str, Array]:
    product = cast(BatchedGemm, op)
    return arrays(m=product.m, heads=product.heads, one=1)


def _product_features(columns: Columns) -> Array:
    return np.log2(columns["heads"])[:, None]


PRODUCT = Scheme(
    "MLA's absorbed products", "mla_bmm", "mla_bmm_perf", {"dtype": "bmm_dtype", "expansion": "op_name"}, {"m": "num_tokens", "heads": "num_heads"}, ("heads",), ("m", ONE),
    _product, _product_fields, _product_features, ((2.0,),), (("heads",),),
)  # fmt: skip


def expansion_of(op: BatchedGemm) -> str:
    """Which of the two products it is. Raises InputError for one that no table has."""
    sizes = {(int(n), int(k)) for n, k in np.stack([x.reshape(-1) for x in np.broadcast_arrays(op.n, op.k)], axis=-1).tolist()}
    if len(sizes) != 1 or not sizes <= set(EXPANSIONS):
        raise InputError("batched matmuls were measured for DeepSeek's latent attention only", mend="use the analytic model")
    return EXPANSIONS[sizes.pop()]
