"""Measured matmuls: sheets over rows, one for each matrix; neighbours are matrices of near width and depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models.ops import Gemm, Op
from intarsia.cost_models.silicon.growing import Growth
from intarsia.cost_models.silicon.scheme import ONE, Columns, Scheme, arrays, tiling
from intarsia.cost_models.silicon.tables import Array
from intarsia.ir.device import Device


def _operator(columns: Columns, words: Mapping[str, str]) -> Op:
    return Gemm(columns["m"], columns["n"], columns["k"], words["dtype"])


def _fields(op: Op) -> dict[str, Array]:
    gemm = cast(Gemm, op)
    return arrays(m=gemm.m, n=gemm.n, k=gemm.k, one=1)


def _features(columns: Columns) -> Array:
    return np.stack([np.log2(columns["n"]), np.log2(columns["k"])], axis=-1)


TILES = ((256, 128), (128, 256), (128, 128), (64, 128), (64, 64), (192, 128), (128, 64), (16, 128))


def _hints(op: Op, device: Device) -> Array:
    """Sizes, tiles and waves."""
    m, n, k = (np.asarray(value, np.float64) for value in (cast(Gemm, op).m, cast(Gemm, op).n, cast(Gemm, op).k))
    return np.column_stack([*np.log2([m, n, k, m * n, m * n * k, n * k, n / k]), *tiling(m, n, device, TILES)])


GEMM = Scheme(
    "GEMM", "gemm", "gemm_perf", {"dtype": "gemm_dtype"}, {"m": "m", "n": "n", "k": "k"}, ("n", "k"), ("m", ONE),
    _operator, _fields, _features, ((1.5, 6.0), (1.0, 3.0), (4.0, 1.5)), (("n", "k"), ("n",), ("k",)),
    neighbours=20, nugget=1e-2, hints=_hints, growth=Growth(),
)  # fmt: skip
