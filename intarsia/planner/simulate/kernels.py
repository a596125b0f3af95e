"""The compiled loops of the simulator: seconds of the iterations of a run, and the sums over them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models.energy import MEMORY_SHARE
from intarsia.cost_models.serving.step_kernels import Curves, add_decode, add_prefill, add_rows, compiled

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
BINS_PER_OCTAVE = 693
"""Of the histogram of gaps between tokens: each bin 0.1 % wide."""
LEAST_GAP_S, OCTAVES = 1e-7, 42
BINS = BINS_PER_OCTAVE * OCTAVES


@compiled
def price(c: Curves, decodes: Whole, contexts: Whole, rows: Whole, drawn: Whole, offsets: Whole, tokens: Whole, before: Whole, chunks: bool, out: Array, part: Array) -> None:
    """Four columns of one iteration of ranks in lock-step. The rank with most rows sets the dense part, the one with most attention that part; experts see all rows."""
    ranks = len(decodes)
    out[:] = 0.0
    most, drawn_most, total, attention = 0, 0, 0, 0.0
    for r in range(ranks):
        here = decodes[r]
        part[:] = 0.0
        add_decode(c, decodes[r], contexts[r] / max(decodes[r], 1), part)
        if chunks:
            here = rows[r]
            for k in range(offsets[r], offsets[r + 1]):
                add_prefill(c, tokens[k], before[k], part)
            part[0] -= c.launch_s * max(0, offsets[r + 1] - offsets[r] - 1)
        attention = max(attention, part[0])
        for column in range(1, 4):
            out[column] += part[column] / ranks
        most, total = max(most, here), total + here
        drawn_most = max(drawn_most, drawn[r] if chunks else decodes[r])
    out[0] = attention
    add_rows(c.dense, most, out)
    add_rows(c.experts, total / ranks, out)
    add_rows(c.logits, drawn_most, out)


@compiled
def run(
    c: Curves, now: float, times: int, decodes: Whole, contexts: Whole, rows: Whole, drawn: Whole, offsets: Whole, tokens: Whole, before: Whole,
    share: float, extra_s: float, overlap: bool, ends: Array, columns: Array, part: Array, bare: Array,
) -> None:  # fmt: skip
    """End times and columns of `times` iterations from `now` on, each chunk going on where it ended. `share` of the layers run the chunks that aren't decodes.

    `extra_s` are seconds of copies that the first iteration needs, beside its work (`overlap`) or before it. Changes contexts and before.
    """
    t = now
    for i in range(times):
        out = columns[i]
        price(c, decodes, contexts, rows, drawn, offsets, tokens, before, True, out, part)
        if share < 1.0:
            price(c, decodes, contexts, rows, drawn, offsets, tokens, before, False, bare, part)
            for column in range(4):
                out[column] = bare[column] + (out[column] - bare[column]) * share
        seconds = out[0]
        if i == 0 and extra_s > 0.0:
            seconds = max(seconds, extra_s) if overlap else seconds + extra_s
        t = t + seconds
        ends[i] = t
        for r in range(len(decodes)):
            contexts[r] += decodes[r]
        for k in range(len(tokens)):
            before[k] += tokens[k]


@compiled
def settle(columns: Array, ends: Array, times: int, begun: float, totals: Array) -> None:
    """Add up what a run of `times` iterations did: columns, then seconds in steps, then those at full power that its energy is worth."""
    previous = begun
    for i in range(times):
        seconds = columns[i, 0]
        for column in range(4):
            totals[column] += columns[i, column]
        totals[4] += ends[i] - previous
        totals[5] += min(seconds, min(seconds, columns[i, 1]) + MEMORY_SHARE * min(seconds, columns[i, 2]))
        previous = ends[i]


@compiled
def note(gaps: Whole, gap: float, weight: int) -> None:
    """Count `weight` gaps of `gap` seconds between tokens."""
    place = int(math.log2(max(gap, LEAST_GAP_S) / LEAST_GAP_S) * BINS_PER_OCTAVE)
    gaps[min(place, BINS - 1)] += weight


@compiled
def note_run(gaps: Whole, ends: Array, times: int, weight: int) -> None:
    """Count the gaps between the iterations of a run."""
    for i in range(1, times):
        note(gaps, ends[i] - ends[i - 1], weight)


def gap_at(gaps: Any, shares: Any) -> Array:
    """Gaps below which a share of all lie, seconds; within 0.1 %."""
    counted = np.cumsum(gaps)
    places = np.searchsorted(counted, np.ceil(np.asarray(shares) * counted[-1]).clip(1))
    return np.asarray(LEAST_GAP_S * 2.0 ** ((places + 0.5) / BINS_PER_OCTAVE))
