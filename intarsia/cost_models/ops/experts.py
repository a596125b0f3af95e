"""Mixtures of experts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models import dtypes, routing
from intarsia.cost_models.ops.base import ACTIVATION_BYTES, CACHE_TILE, Number, Op


@dataclass(frozen=True)
class Experts(Op):
    """Gated experts on the busiest of `tp` x `ep` devices: `tokens` over all of them, each to `top_k` of `experts` that are `inter` wide.

    `ep` groups of devices hold different experts, `tp` devices split each one. `skew` is the exponent of the experts' popularity
    (routing.py) that work is counted by; `distribution` is how measured tables were loaded: balanced, or power_law_A. `kernel`
    says which measured implementation, or of which library (silicon/moe.py); empty: the usual one.
    """

    tokens: Number
    hidden: Number
    inter: Number
    top_k: Number
    experts: Number
    tp: Number = 1
    ep: Number = 1
    dtype: str = "bf16"
    skew: Number = 0.0
    distribution: str = "balanced"
    kernel: str = ""

    @property
    def local(self) -> Number:
        """Experts that a device holds."""
        return np.maximum(self.experts / self.ep, 1.0)

    @property
    def width(self) -> Number:
        """Columns of an expert on one device."""
        return np.ceil(self.inter / self.tp)

    @property
    def rows(self) -> Number:
        """(token, expert) pairs that come to the busiest device: one at least."""
        return np.maximum(self.tokens * self.top_k * routing.busiest_share(self.experts, self.top_k, self.skew, self.ep), 1.0)

    @property
    def distinct(self) -> Number:
        """Local experts that are expected to get a token."""
        return np.minimum(np.minimum(self.local, np.maximum(routing.distinct(self.experts, self.top_k, self.tokens, self.skew) / self.ep, 1.0)), self.rows)

    @property
    def flops(self) -> Number:
        return 6.0 * self.rows * self.hidden * self.width

    @property
    def weight_bytes(self) -> Number:
        return self.distinct * self._expert_bytes

    @property
    def held_bytes(self) -> Number:
        """All weights of the device."""
        return self.local * self._expert_bytes

    @property
    def bytes(self) -> Number:
        return self.weight_bytes + self._row_bytes

    @property
    def cache_bytes(self) -> Number:
        """Each expert's weights are read for every tile of its rows."""
        return np.ceil(self.rows / self.distinct / CACHE_TILE) * self.weight_bytes + self._row_bytes

    @property
    def _expert_bytes(self) -> Number:
        return 3 * self.hidden * self.width * (dtypes.facts(self.dtype).bits / 8)

    @property
    def _row_bytes(self) -> Number:
        return self.rows * (2 * self.hidden + 3 * self.width) * ACTIVATION_BYTES

    @property
    def arithmetic(self) -> str:
        return dtypes.facts(self.dtype).arithmetic
