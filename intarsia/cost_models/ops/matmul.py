"""Products with matrices of weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.ops.base import ACTIVATION_BYTES, CACHE_TILE, Number, Op


@dataclass(frozen=True)
class Gemm(Op):
    """`m` rows by a matrix of `n` columns and `k` rows, stored as `dtype`."""

    m: Number
    n: Number
    k: Number
    dtype: str = "bf16"

    @property
    def flops(self) -> Number:
        return 2.0 * self.m * self.n * self.k

    @property
    def weight_bytes(self) -> Number:
        return self.n * self.k * (dtypes.facts(self.dtype).bits / 8)

    @property
    def bytes(self) -> Number:
        return self.weight_bytes + self.m * (self.k * dtypes.facts(self.dtype).row_bytes + self.n * ACTIVATION_BYTES)

    @property
    def cache_bytes(self) -> Number:
        rows, columns = np.ceil(self.m / CACHE_TILE), np.ceil(self.n / CACHE_TILE)
        return rows * self.weight_bytes + self.m * (columns * self.k * dtypes.facts(self.dtype).row_bytes + self.n * ACTIVATION_BYTES)

    @property
    def arithmetic(self) -> str:
        return dtypes.facts(self.dtype).arithmetic


@dataclass(frozen=True)
class BatchedGemm(Op):
    """`heads` products of [m, k] by [k, n] each (MLA's absorbed expansions)."""

    heads: Number
    m: Number
    n: Number
    k: Number
    dtype: str = "bf16"

    @property
    def flops(self) -> Number:
        return self.heads * self._one.flops

    @property
    def weight_bytes(self) -> Number:
        return self.heads * self._one.weight_bytes

    @property
    def bytes(self) -> Number:
        return self.heads * self._one.bytes

    @property
    def cache_bytes(self) -> Number:
        return self.heads * self._one.cache_bytes

    @property
    def arithmetic(self) -> str:
        return self._one.arithmetic

    @property
    def kind(self) -> tuple[Any, ...]:
        """Products of different matrices are measured apart."""
        return *super().kind, *np.unique(self.n).tolist(), *np.unique(self.k).tolist()

    @property
    def _one(self) -> Gemm:
        return Gemm(self.m, self.n, self.k, self.dtype)
