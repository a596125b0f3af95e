"""Measured experts: sheets over tokens, one for each model shape and way of sharing it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.ops import Experts, Op
from intarsia.cost_models.silicon.scheme import ONE, Columns, Scheme, arrays
from intarsia.cost_models.silicon.tables import Array

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


MOE = Scheme(
    "MoE", "moe", "moe_perf", {"dtype": "moe_dtype", "distribution": "distribution", "kernel": "kernel_source"}, NUMBERS, GEOMETRY, ("tokens", ONE),
    _operator, _fields, _features, ((8, 4, 4, 4, 8, 16, 16), (4, 8, 4, 4, 8, 8, 8), (8, 8, 8, 8, 8, 16, 16)),
    (("hidden", "inter", "top_k", "experts"), GEOMETRY), neighbours=32, nugget=1e-2,
)  # fmt: skip
