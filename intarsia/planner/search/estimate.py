"""The steady state of one replica under an open load: what ranks plans before any is simulated.

Requests come at a rate, prompts of `isl` and answers of `osl` tokens. Steps that only decode take td seconds, steps that also prefill a chunk of k tokens take tm; at a rate of r a
batch, r isl / k chunks a second must run, so the mean step lasts

    t = td / (1 - r isl (tm - td) / k),        n = r osl t sequences are decoding

(work conservation and Little's law). A batch in which more sequences decode and prefill than have a place or cache, or more chunks than there are steps, is saturated. What waits
for a chunk waits as in a queue of even service (Pollaczek-Khinchine). All arguments may be arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ROUNDS = 12
"""Rounds of the fixed point; it shrinks by the share of decoding in a step each round."""
MOST_BUSY = 0.98
GRID = 12
NARROWINGS = 3
SPAN = 1e3
"""A capacity is looked for among GRID rates over a span, then among as many between two of them, and once more: to 1 %."""


class Steps(Protocol):
    """Seconds of a batch's steps. All arguments may be arrays that broadcast."""

    def decode_s(self, sequences: Array, context: Array) -> Array: ...

    def both_s(self, sequences: Array, context: Array, tokens: Array, before: Array, prompts: Array) -> tuple[Array, Array]:
        """The same, and a step in which `tokens` of each of `prompts` prompts, `before` of it done, are prefilled beside the decodes."""
        ...

    def settled(self, isl: float, osl: float, rates: Array, chunks: Array, most: Array) -> Array:
        """What ROUNDS of the fixed point come to, with at most MOST_BUSY of a step for prompts: the numbers of a `Settled` on a new last axis."""
        ...


class Settled(NamedTuple):
    """Of a batch: sequences decoding, seconds of a mean step, sequences that would decode if all had a place, the share of a step that prompts take, tokens of a step that also
    prefills, and its seconds."""

    n: Array
    step: Array
    wanted: Array
    share: Array
    tokens: Array
    both: Array


@dataclass(frozen=True)
class Shape:
    """What one batch of a replica serves: mean `isl` and `osl`, at most `chunk` tokens a step, `sequences` at once, `kv_tokens` of cache; the last three numbers or arrays."""

    isl: float
    osl: float
    chunk: Array
    sequences: Array
    kv_tokens: Array

    @property
    def most(self) -> Array:
        """Sequences that fit: one in flight holds its prompt and half its answer on average."""
        return np.maximum(0.0, np.minimum(np.minimum(self.sequences, self.kv_tokens / (self.isl + self.osl / 2)), np.asarray(self.chunk) - 1.0))


@dataclass(frozen=True)
class Steady:
    """Seconds, sequences in flight and the share of steps that prefill, for each rate; `stable` where the batch keeps up."""

    ttft_s: Array
    tpot_s: Array
    running: Array
    busy: Array
    stable: NDArray[np.bool_]


def steady(steps: Steps, shape: Shape, rate: Array) -> Steady:
    """The steady state of one batch that gets `rate` requests a second."""
    most = shape.most
    at = np.broadcast_arrays(rate, np.asarray(shape.chunk, np.float64), most)
    n, step, wanted, share, tokens, tm = Settled(*np.moveaxis(steps.settled(shape.isl, shape.osl, *at), -1, 0))
    chunks = np.ceil(shape.isl / tokens)
    inside = wanted + rate * step * np.ceil(shape.isl / np.maximum(1.0, shape.chunk - n))
    stable = (most >= 1) & (share < MOST_BUSY) & (inside <= most) & (rate * shape.isl * step <= 1.001 * tokens)
    own = chunks * tm
    busy = np.minimum(rate * own, MOST_BUSY)
    return Steady(own + step / 2 + busy / (2 * (1 - busy)) * own, step, n, busy, stable)


def _steps(steps: Steps, shape: Shape, n: Array, context: Array, due: Array) -> tuple[Array, Array, Array]:
    """Seconds of a decode step and of a mixed one, and the tokens that a mixed one prefills: a prompt, or all prompts that are due, as far as there is room beside the decodes."""
    free = np.maximum(1.0, shape.chunk - n)
    tokens = np.minimum(free, shape.isl)
    prompts = np.maximum(1.0, np.minimum(free, due) / shape.isl)
    return *steps.both_s(n, context, tokens, np.maximum(0.0, shape.isl - tokens) / 2, prompts), tokens * prompts


def capacity(steps: Steps, shape: Shape, ttft_s: float = np.inf, tpot_s: float = np.inf) -> Array:
    """Most requests a second that one batch keeps up with, within mean goals; 0 where it keeps up with none. Within 1 %, for each setting of `shape`."""
    high = _most(steps, shape)
    low = high / SPAN
    found = np.zeros_like(high)
    for _ in range(NARROWINGS):
        rates = low[..., None] * (high / low)[..., None] ** np.linspace(0, 1, GRID)
        state = steady(steps, _column(shape), rates)
        keeps = np.logical_and.accumulate(state.stable & (state.ttft_s <= ttft_s) & (state.tpot_s <= tpot_s), axis=-1)
        last = keeps.sum(axis=-1) - 1
        at = np.clip(last, 0, GRID - 2)
        low, high = (np.take_along_axis(rates, (at + step)[..., None], -1)[..., 0] for step in (0, 1))
        found = np.where(last >= 0, low, 0.0)
    return found


def _column(shape: Shape) -> Shape:
    """The same with a new last axis, for rates."""
    return Shape(shape.isl, shape.osl, *(np.asarray(value, dtype=np.float64)[..., None] for value in (shape.chunk, shape.sequences, shape.kv_tokens)))


def _most(steps: Steps, shape: Shape) -> Array:
    """More than a batch can do: every step full of decodes, or full of prefills."""
    n = np.maximum(1.0, shape.most)
    context, one = np.full_like(n, shape.isl + shape.osl / 2), np.ones_like(n)
    by_decode = n / (steps.decode_s(n, context) * max(shape.osl - 1, 1))
    _, tm, tokens = _steps(steps, shape, one, context, shape.chunk * one)
    return 2.0 * np.minimum(by_decode, tokens / (shape.isl * tm))
