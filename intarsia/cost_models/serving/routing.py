"""Which experts a batch of tokens draws: expected numbers under a popularity that may be skewed.

An expert's popularity falls as rank ** -skew (0: all alike); measured skews lie between 0 and about 1.2. Each token draws `top_k`
different experts; the chance that it draws expert e is approximated by min(1, top_k * p_e).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


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


def distinct(experts: int, top_k: int, tokens: float, skew: float = 0.0) -> float:
    """How many of the experts are expected to be drawn at least once by `tokens` tokens."""
    return float((1.0 - (1.0 - _inclusion(experts, top_k, skew)) ** tokens).sum())


def busiest_share(experts: int, top_k: int, skew: float, ranks: int) -> float:
    """The largest share of all (token, expert) pairs that comes to one of `ranks` devices, popular experts dealt out in turn."""
    chance = _inclusion(experts, top_k, skew)
    return max(float(chance[rank::ranks].sum()) for rank in range(ranks)) / top_k
