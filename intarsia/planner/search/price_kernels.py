"""Steps of many loads at once, in compiled code: what estimates of a replica's steady state ask for (prices.py)."""

from __future__ import annotations

import numpy as np

from intarsia.cost_models.serving.step_kernels import Array, Curves, add_decode, add_prefill, add_rows
from intarsia.jit import compiled


@compiled
def add_all(c: Curves, rows: float, drawn: float, out: Array) -> None:
    """Add all that a step takes beside attention, for its rows and those that tokens are drawn from."""
    add_rows(c.dense, rows, out)
    add_rows(c.experts, rows, out)
    add_rows(c.send, rows, out)
    add_rows(c.logits, drawn, out)


@compiled
def decode_s(c: Curves, sequences: Array, contexts: Array, seconds: Array) -> None:
    """Seconds of steps in which `sequences` decode, each after `contexts` tokens. Flat arrays of one length."""
    part = np.zeros(4)
    for i in range(len(seconds)):
        part[:] = 0.0
        if sequences[i] > 0.0:
            add_all(c, sequences[i], sequences[i], part)
            add_decode(c, max(sequences[i], 1.0), contexts[i], part)
        seconds[i] = part[0]


@compiled
def both_s(c: Curves, sequences: Array, contexts: Array, tokens: Array, before: Array, prompts: Array, alone: Array, together: Array) -> None:
    """The same in `alone`, and in `together` with chunks of `tokens` of each of `prompts` prompts, `before` of which are done."""
    decode_s(c, sequences, contexts, alone)
    part, chunk = np.zeros(4), np.zeros(4)
    for i in range(len(together)):
        part[:] = 0.0
        chunk[:] = 0.0
        add_all(c, sequences[i] + prompts[i] * tokens[i], sequences[i] + prompts[i], part)
        if sequences[i] > 0.0:
            add_decode(c, max(sequences[i], 1.0), contexts[i], part)
        add_prefill(c, max(tokens[i], 1.0), before[i], chunk)
        together[i] = part[0] + prompts[i] * chunk[0]
