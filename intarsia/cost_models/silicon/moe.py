"""Measured experts: sheets over tokens, one for each model shape and way of sharing it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.analytic import Moe, Operator
from intarsia.cost_models.silicon.scheme import ONE, Columns, Scheme, arrays
from intarsia.cost_models.silicon.tables import Array

GEOMETRY = ("hidden", "inter", "topk", "experts", "tp", "ep")
NUMBERS = {
    "tokens": "num_tokens", "hidden": "hidden_size", "inter": "inter_size", "topk": "topk", "experts": "num_experts", "tp": "moe_tp_size", "ep": "moe_ep_size",
}  # fmt: skip


def _operator(columns: Columns, words: Mapping[str, str]) -> Operator:
    shape = {name: columns[name] for name in GEOMETRY}
    return Moe(tokens=columns["tokens"], **shape, dtype=words["dtype"], distribution=words["distribution"], kernel=words.get("kernel", ""))  # type: ignore[arg-type]


def _fields(op: Operator) -> dict[str, Array]:
    moe = cast(Moe, op)
    return arrays(tokens=moe.tokens, one=1, **{name: getattr(moe, name) for name in GEOMETRY})


def _features(columns: Columns) -> Array:
    hidden, inter, topk, experts, tp, ep = (columns[name] for name in GEOMETRY)
    return np.stack([*np.log2([hidden, inter / tp, experts / ep, topk, experts, tp, ep])], axis=-1)


MOE = Scheme(
    "MoE", "moe", "moe_perf", {"dtype": "moe_dtype", "distribution": "distribution", "kernel": "kernel_source"}, NUMBERS, GEOMETRY, ("tokens", ONE),
    _operator, _fields, _features, ((8, 4, 4, 4, 8, 16, 16), (4, 8, 4, 4, 8, 8, 8), (8, 8, 8, 8, 8, 16, 16)), neighbours=32, nugget=1e-2,
)  # fmt: skip
