"""Steps of many loads at once, in compiled code: what estimates of a replica's steady state ask for (prices.py)."""

from __future__ import annotations

from intarsia.cost_models.serving.step_kernels import Curves, add_decode, add_prefill, add_rows
from intarsia.loops import RealRows, Reals, entry


@entry
def both_s(
    c: Curves, rows: RealRows, sequences: Reals, contexts: Reals, tokens: Reals, before: Reals, prompts: Reals, alone: Reals, together: Reals, scratch: RealRows,
) -> None:  # fmt: skip
    """Seconds of steps in which `sequences` decode, each after `contexts` tokens: in `alone`, and in `together` with chunks of `tokens` of each of `prompts` prompts, `before` of
    which are done. Flat arrays of one length; `rows` is the curve of all that depends on a step's rows. Without `tokens`, `alone` is all that is asked.
    """
    part, attention, chunk = scratch[0], scratch[1], scratch[2]
    for i in range(len(alone)):
        for column in range(4):
            part[column] = attention[column] = 0.0
        n = sequences[i]
        if n > 0.0:
            add_decode(c, max(n, 1.0), contexts[i], attention)
            add_rows(rows, n, part)
            add_rows(c.logits, n, part)
        alone[i] = part[0] + attention[0]
        if len(tokens) == 0:
            continue
        for column in range(4):
            part[column] = chunk[column] = 0.0
        add_rows(rows, n + prompts[i] * tokens[i], part)
        add_rows(c.logits, n + prompts[i], part)
        add_prefill(c, max(tokens[i], 1.0), before[i], chunk)
        together[i] = part[0] + attention[0] + prompts[i] * chunk[0]
