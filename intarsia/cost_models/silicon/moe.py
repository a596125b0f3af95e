"""Measured experts: sheets over tokens, one for each model shape and way of sharing it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.ops import Experts, Op
from intarsia.cost_models.silicon.correction import Growth
from intarsia.cost_models.silicon.scheme import ONE, Columns, Scheme, Wide, arrays
from intarsia.cost_models.silicon.tables import Array
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


LIBRARIES = {"trtllm-gen": ("min_latency", "flashinfer_trtllm"), "cutlass": ("cutlass",), "deepgemm": ("deepgemm",), "triton": ("triton",)}
"""What names of kernels of a library hold, whatever the framework that calls it."""
TILES = (16, 64, 128)
MOE = Scheme(
    "MoE", "moe", "moe_perf", {"dtype": "moe_dtype", "distribution": "distribution", "kernel": "kernel_source"}, NUMBERS, GEOMETRY, ("tokens", ONE),
    _operator, _fields, _features, ((8, 4, 4, 4, 8, 16, 16), (4, 8, 4, 4, 8, 8, 8), (8, 8, 8, 8, 8, 16, 16)),
    (("hidden", "inter", "top_k", "experts"), GEOMETRY), neighbours=32, nugget=1e-2,
    wide=Wide(_wide, ((3, 3, 3, 2, 3, 6, 6, 16, 30, 30),)),
    hints=_hints, growth=Growth(trees=200, leaves=40, rate=0.06, features=0.4, alone=0.4),
)  # fmt: skip
