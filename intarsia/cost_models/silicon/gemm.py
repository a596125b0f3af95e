"""Measured matmuls: sheets over rows, one for each matrix; neighbours are matrices of near width and depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.ops import Gemm, Op
from intarsia.cost_models.silicon.scheme import ONE, Columns, Scheme, arrays
from intarsia.cost_models.silicon.tables import Array


def _operator(columns: Columns, words: Mapping[str, str]) -> Op:
    return Gemm(columns["m"], columns["n"], columns["k"], words["dtype"])


def _fields(op: Op) -> dict[str, Array]:
    gemm = cast(Gemm, op)
    return arrays(m=gemm.m, n=gemm.n, k=gemm.k, one=1)


def _features(columns: Columns) -> Array:
    return np.stack([np.log2(columns["n"]), np.log2(columns["k"])], axis=-1)


GEMM = Scheme(
    "GEMM", "gemm", "gemm_perf", {"dtype": "gemm_dtype"}, {"m": "m", "n": "n", "k": "k"}, ("n", "k"), ("m", ONE),
    _operator, _fields, _features, ((1.5, 6.0), (1.0, 3.0), (4.0, 1.5)), neighbours=20, nugget=1e-2,
)  # fmt: skip
