"""Steps of many loads at once, in compiled code: what estimates of a replica's steady state ask for (prices.py)."""

from __future__ import annotations

from intarsia.cost_models.serving.step_kernels import Curves, add_decode, add_prefill, add_rows, floor_s
from intarsia.loops import RealRows, Reals, entry, part


@part
def alone_s(c: Curves, rows: RealRows, scratch: RealRows, sequences: float, context: float) -> float:
    """Seconds of a step in which `sequences` decode, each after `context` tokens. Leaves their attention in the scratch's second row."""
    rest, attention = scratch[0], scratch[1]
    for column in range(4):
        rest[column] = attention[column] = 0.0
    if sequences > 0.0:
        add_decode(c, max(sequences, 1.0), context, attention)
        add_rows(rows, sequences, rest)
        add_rows(c.logits, sequences, rest)
    return rest[0] + attention[0]


@part
def together_s(c: Curves, rows: RealRows, scratch: RealRows, sequences: float, tokens: float, before: float, prompts: float) -> float:
    """The same, after `alone_s`, with chunks of `tokens` of each of `prompts` prompts, `before` of which are done."""
    rest, attention, chunk = scratch[0], scratch[1], scratch[2]
    for column in range(4):
        rest[column] = chunk[column] = 0.0
    add_rows(rows, sequences + prompts * tokens, rest)
    add_rows(c.logits, sequences + prompts, rest)
    add_prefill(c, max(tokens, 1.0), before, chunk)
    return max(rest[0] + attention[0] + prompts * chunk[0], floor_s(c, sequences + prompts * tokens))


@entry
def both_s(
    c: Curves, rows: RealRows, scratch: RealRows, sequences: Reals, contexts: Reals, tokens: Reals, before: Reals, prompts: Reals, alone: Reals, together: Reals,
) -> None:  # fmt: skip
    """Seconds of steps, `alone_s` and `together_s`, of many loads. Flat arrays of one length; `rows` is the curve of all that depends on a step's rows. Without `tokens`, `alone`
    is all that is asked."""
    for i in range(len(alone)):
        alone[i] = alone_s(c, rows, scratch, sequences[i], contexts[i])
        if len(tokens) > 0:
            together[i] = together_s(c, rows, scratch, sequences[i], tokens[i], before[i], prompts[i])


@entry
def settle(c: Curves, rows: RealRows, scratch: RealRows, isl: float, osl: float, rounds: int, busy: float, rates: Reals, chunks: Reals, most: Reals, found: RealRows) -> None:
    """Rounds of the fixed point of estimate.py for many loads, each with the most tokens and sequences of its steps: a row of `found` is a `Settled`. At most a share `busy` of a
    step goes to prompts."""
    for i in range(len(rates)):
        coming = rates[i] * isl
        n, step, wanted, share, tokens, both = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for _ in range(rounds):
            free = max(1.0, chunks[i] - n)
            piece = min(free, isl)
            prompts = max(1.0, min(free, coming * step) / isl)
            alone = alone_s(c, rows, scratch, n, isl + osl / 2.0)
            both = together_s(c, rows, scratch, n, piece, max(0.0, isl - piece) / 2.0, prompts)
            tokens = piece * prompts
            share = coming * max(both - alone, 0.0) / tokens
            step = alone / (1.0 - min(share, busy))
            wanted = rates[i] * max(osl - 1.0, 0.0) * step
            n = min(max(wanted, 1.0), max(most[i], 1.0))
        found[i, 0], found[i, 1], found[i, 2], found[i, 3], found[i, 4], found[i, 5] = n, step, wanted, share, tokens, both
