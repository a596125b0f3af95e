"""Measured experts: sheets over tokens, one for each model shape and way of sharing it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.ops import Experts, Op
from intarsia.cost_models.silicon.correction import Growth
from intarsia.cost_models.silicon.moe_kernel import slower
from intarsia.cost_models.silicon.scheme import ONE, Columns, Scheme, Wide, arrays
from intarsia.cost_models.silicon.tables import Array, Table, pack, ranks
from intarsia.ir.device import Device

GEOMETRY = ("hidden", "inter", "top_k", "experts", "tp", "ep")
NUMBERS = {
    "tokens": "num_tokens", "hidden": "hidden_size", "inter": "inter_size", "top_k": "topk", "experts": "num_experts", "tp": "moe_tp_size", "ep": "moe_ep_size",
}  # fmt: skip


def _operator(columns: Columns, words: Mapping[str, str]) -> Op:
    shape = {name: columns[name] for name in GEOMETRY}
    return Experts(tokens=columns["tokens"], **shape, dtype=words["dtype"], distribution=words["distribution"], kernel=words.get("kernel", ""))  # type: ignore[arg-type]


def _fields(op: Op) -> dict[str, Array]:
    experts = cast(Experts, op)
    return arrays(tokens=experts.tokens, one=1, **{name: getattr(experts, name) for name in GEOMETRY})


def _features(columns: Columns) -> Array:
    hidden, inter, top_k, experts, tp, ep = (columns[name] for name in GEOMETRY)
    return np.stack([*np.log2([hidden, inter / tp, experts / ep, top_k, experts, tp, ep])], axis=-1)


def _wide(columns: Columns) -> Array:
    """Tokens, tokens an expert gets, (token, expert) pairs of a device, its experts, their width, hidden, top-k, experts, tp, ep."""
    tokens, (hidden, inter, top_k, experts, tp, ep) = columns["tokens"], (columns[name] for name in GEOMETRY)
    return np.stack([*np.log2([tokens, tokens * top_k / experts, tokens * top_k / ep, experts / ep, inter / tp, hidden, top_k, experts, tp, ep])], axis=-1)


def _hints(op: Op, device: Device) -> Array:
    """Sizes, the rows and experts of the busiest device, and its tiles."""
    experts = cast(Experts, op)
    tokens, hidden, inter, top_k, count, tp, ep = (np.asarray(getattr(experts, name), np.float64) for name in ("tokens", *GEOMETRY))
    rows, distinct, width = np.asarray(experts.rows), np.asarray(experts.distinct), np.asarray(experts.width)
    each = rows / distinct
    sizes = [tokens, hidden, inter / tp, count / ep, top_k, count, tp, ep, rows, distinct, each, experts.flops, experts.bytes, experts.weight_bytes]
    found = [np.log2(size) for size in sizes]
    for tile in TILES:
        padded = distinct * np.ceil(each / tile)
        found.append(np.log2(padded * tile / rows))
        for columns in (2 * width, hidden):
            waves = padded * np.ceil(columns / 128) / device.cores
            found += [np.log2(waves), np.ceil(waves) / waves]
    return np.column_stack(np.broadcast_arrays(*found))


MOST_ROWS = 0.5
WIDTH = {"bf16": 2.0, "f8": 1.0, "f8_block": 1.0, "int8": 1.0}


def tuned(table: Table) -> Array:
    """False where a curve was measured with kernels that nobody tuned: more than half of its rows take over 1.5 times as long as a row that has at least
    their work, which no sound measurement does.

    At least their work have: the same model and tokens on fewer devices (`tp` and `ep` no larger), in the same or a wider type, routed alike; on one device, where
    all experts are, evenly routed tokens too, which touch most experts.
    """
    codes = {name: ranks(table.columns[name]) for name in (*GEOMETRY, "tokens", "dtype", "distribution", "kernel")}
    widths = np.array([WIDTH.get(name, 0.0) for name in _words(table.columns["dtype"], codes["dtype"])])[codes["dtype"]]
    skewed = np.array([name != "balanced" for name in _words(table.columns["distribution"], codes["distribution"])], np.int64)[codes["distribution"]]
    cases = pack([codes[name] for name in ("hidden", "inter", "top_k", "experts", "tokens", "kernel")])
    curves = np.unique(pack([codes[name] for name in (*GEOMETRY, "dtype", "distribution", "kernel")]), return_inverse=True)[1]
    order, slow = np.argsort(cases, kind="stable"), np.zeros(len(table), np.int64)
    ends = np.append(np.flatnonzero(np.diff(cases[order])) + 1, len(order))
    slower(ends, order, table.columns["tp"], table.columns["ep"], codes["dtype"], widths, skewed, table.seconds, slow)
    return (np.bincount(curves, slow) <= MOST_ROWS * np.bincount(curves))[curves]


def _words(column: Array, codes: Array) -> list[str]:
    """The word of each code."""
    found = np.empty(int(codes.max(initial=-1)) + 1, column.dtype)
    found[codes] = column
    return [str(word) for word in found.tolist()]


LIBRARIES = {"trtllm-gen": ("min_latency", "flashinfer_trtllm"), "cutlass": ("cutlass",), "deepgemm": ("deepgemm",), "triton": ("triton",)}
"""What names of kernels of a library hold, whatever the framework that calls it."""
TILES = (16, 64, 128)
MOE = Scheme(
    "MoE", "moe", "moe_perf", {"dtype": "moe_dtype", "distribution": "distribution", "kernel": "kernel_source"}, NUMBERS, GEOMETRY, ("tokens", ONE),
    _operator, _fields, _features, ((8, 4, 4, 4, 8, 16, 16), (4, 8, 4, 4, 8, 8, 8), (8, 8, 8, 8, 8, 16, 16)),
    (("hidden", "inter", "top_k", "experts"), GEOMETRY), neighbours=32, nugget=1e-2,
    wide=Wide(_wide, ((3, 3, 3, 2, 3, 6, 6, 16, 30, 30),)),
    hints=_hints, growth=Growth(trees=200, leaves=40, rate=0.06, features=0.4, alone=0.4), sound=tuned,
)  # fmt: skip
