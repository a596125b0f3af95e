"""Tokens from logits, on the host, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intarsia.errors import InputError, RuntimeFailure

Floats = NDArray[np.float32]
HEADS = (256, 4096)
"""Tokens sorted first for top-p; more are sorted only when their mass falls short."""
COLDEST = 1e-6
"""Temperatures below this one sample alike: only the likeliest token has any weight left, and float32 would overflow."""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool)


@dataclass(frozen=True)
class Sampling:
    """How to choose a token: `temperature` 0 takes the likeliest; `top_p` keeps the smallest set of likeliest tokens of that mass."""

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not _is_number(self.temperature) or not 0 <= self.temperature < float("inf"):
            raise InputError(f"temperature must be zero or more, found {self.temperature!r}")
        if not _is_number(self.top_p) or not 0 < self.top_p <= 1:
            raise InputError(f"top_p must lie in (0, 1], found {self.top_p!r}")
        if isinstance(self.seed, bool) or not isinstance(self.seed, (int, np.integer)) or self.seed < 0:
            raise InputError(f"seed must be a whole number of zero or more, found {self.seed!r}")

    def sampler(self) -> Callable[[Floats], int]:
        """A function from logits[vocab] to a token, with its own random numbers."""
        if self.temperature == 0:
            return greedy
        rng = np.random.default_rng(self.seed)
        return lambda logits: _draw(logits, self.temperature, self.top_p, rng)


def greedy(logits: Floats) -> int:
    """The likeliest token (the first of equals)."""
    token = int(logits.argmax())
    if logits[token] != logits[token]:
        raise RuntimeFailure("the model's logits are not numbers (NaN)", mend="compile with precision f32, and check the weights")
    return token


def log_probabilities(logits: Floats) -> Floats:
    """Natural log of softmax, float32[vocab]."""
    shifted = logits - logits[greedy(logits)]
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def _draw(logits: Floats, temperature: float, top_p: float, rng: np.random.Generator) -> int:
    weights = np.exp((logits - logits[greedy(logits)]) / np.float32(max(temperature, COLDEST)))
    if top_p >= 1:
        return _pick(weights, rng)
    tokens = _nucleus(weights, top_p)
    return int(tokens[_pick(weights[tokens], rng)])


def _nucleus(weights: Floats, top_p: float) -> NDArray[np.intp]:
    """The likeliest tokens, in falling order, whose weights first reach `top_p` of the sum (Holtzman et al., ICLR 2020)."""
    goal = top_p * float(weights.sum(dtype=np.float64))
    head = next((h for h in _heads(weights) if weights[h].sum(dtype=np.float64) >= goal), np.arange(len(weights)))
    order = head[np.argsort(-weights[head], kind="stable")]
    reached = np.searchsorted(np.cumsum(weights[order], dtype=np.float64), goal)
    return np.asarray(order[: reached + 1])


def _heads(weights: Floats) -> Iterator[NDArray[np.intp]]:
    """The few likeliest tokens, then the next more, in no order."""
    for size in HEADS:
        if size < len(weights):
            yield np.argpartition(weights, -size)[-size:]


def _pick(weights: Floats, rng: np.random.Generator) -> int:
    sums = np.cumsum(weights, dtype=np.float64)
    return min(int(np.searchsorted(sums, rng.random() * sums[-1], side="right")), len(sums) - 1)
