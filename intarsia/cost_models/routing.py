"""Which experts a batch of tokens draws: expected numbers under a popularity that may be skewed. All arguments may be arrays.

An expert's popularity falls as rank ** -skew (0: all alike); measured skews lie between 0 and about 1.2. Each token draws `top_k`
different experts; the chance that it draws expert e is approximated by min(1, top_k * p_e).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Number = float | NDArray[Any]


@lru_cache(maxsize=64)
def _inclusion(experts: int, top_k: int, skew: float) -> NDArray[np.float64]:
    """The chance that one token draws each expert; sums to top_k."""
    popularity = np.arange(1, experts + 1, dtype=np.float64) ** -skew
    chance = np.zeros(experts)
    free = np.ones(experts, dtype=bool)
    while True:
        chance[free] = popularity[free] / popularity[free].sum() * (top_k - (~free).sum())
        over = free & (chance > 1.0)
        if not over.any():
            return np.minimum(chance, 1.0)
        free &= ~over
        chance[~free] = 1.0


def distinct(experts: Number, top_k: Number, tokens: Number, skew: Number = 0.0) -> Number:
    """How many of the experts are expected to be drawn at least once by `tokens` tokens."""
    if not np.any(skew):
        missed = 1.0 - np.minimum(np.asarray(top_k, np.float64) / experts, 1.0)
        return np.asarray(experts * (1.0 - missed**tokens))[()]

    def one(shape: tuple[float, ...], amounts: NDArray[Any]) -> NDArray[Any]:
        missed = 1.0 - _inclusion(int(shape[0]), int(shape[1]), shape[2])
        return np.asarray((1.0 - missed ** amounts[:, None]).sum(axis=1))

    return _by_shape(one, tokens, experts, top_k, skew)


def busiest_share(experts: Number, top_k: Number, skew: Number, ranks: Number) -> Number:
    """The largest share of all (token, expert) pairs that comes to one of `ranks` devices, popular experts dealt out in turn."""
    if not np.any(skew):
        return np.asarray(np.ceil(np.asarray(experts, np.float64) / ranks) / experts)[()]

    def one(shape: tuple[float, ...], _: NDArray[Any]) -> float:
        chance = _inclusion(int(shape[0]), int(shape[1]), shape[2])
        return max(float(chance[rank :: int(shape[3])].sum()) for rank in range(int(shape[3]))) / shape[1]

    return _by_shape(one, 0.0, experts, top_k, skew, ranks)


def _by_shape(of: Callable[[tuple[float, ...], NDArray[Any]], Any], amounts: Number, *shape: Number) -> Number:
    """`of` each distinct shape, with the amounts that go with it."""
    columns = np.broadcast_arrays(np.asarray(amounts, np.float64), *(np.asarray(s, np.float64) for s in shape))
    flat = np.stack([c.reshape(-1) for c in columns])
    shapes, which = np.unique(flat[1:], axis=1, return_inverse=True)
    found = np.zeros(flat.shape[1])
    for index, column in enumerate(shapes.T.tolist()):
        rows = which.reshape(-1) == index
        found[rows] = of(tuple(column), flat[0, rows])
    return found.reshape(columns[0].shape)[()]
