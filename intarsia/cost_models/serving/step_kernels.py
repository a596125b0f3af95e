"""The curves of a StepTable read by compiled code: nanoseconds a look-up, the same straight lines as `step_table.py` draws."""

from __future__ import annotations

import math
from typing import NamedTuple

from intarsia.cost_models.serving.step_table import CONTEXT_SCALE, EXACT_ROWS, PER_OCTAVE, STRIDE, TOKENS_PER_OCTAVE, StepTable, nodes_of
from intarsia.loops import RealBlocks, RealRows, Reals, part


class Curves(NamedTuple):
    """A StepTable as compiled code takes it: curves, and the nodes of the attention terms' axes."""

    dense: RealRows
    experts: RealRows
    send: RealRows
    logits: RealRows
    decode: RealBlocks
    prefill: RealBlocks
    sequences: Reals
    contexts: Reals
    tokens: Reals
    before: Reals
    launch_s: float
    micro: int
    layers: int
    floor_s: float
    captured: float


def curves(table: StepTable) -> Curves:
    """The curves of a table, laid out for compiled code."""
    decode, prefill = table.decode.shape, table.prefill.shape
    return Curves(
        table.dense, table.experts, table.send, table.logits, table.decode, table.prefill,
        nodes_of(decode[0], PER_OCTAVE), nodes_of(decode[1], PER_OCTAVE),
        nodes_of(prefill[0], TOKENS_PER_OCTAVE), CONTEXT_SCALE * (nodes_of(prefill[1], PER_OCTAVE) - 1),
        table.launch_s, table.micro, table.layers, table.prefill_floor_s, table.captured_rows,
    )  # fmt: skip


@part
def add_rows(curve: RealRows, rows: float, out: Reals) -> None:
    """Add a curve's four columns at `rows` to `out`."""
    if rows <= 0.0:
        return
    r = max(rows, 1.0)
    if r < EXACT_ROWS:
        place = int(r) - 1
        first, step = float(place + 1), 1.0
    else:
        stride = int((r - EXACT_ROWS - 1) / STRIDE) if r >= EXACT_ROWS + 1 else -1
        place, first, step = EXACT_ROWS - 1, float(EXACT_ROWS), 1.0
        if stride >= 0:
            first = float(EXACT_ROWS + STRIDE * stride + 1)
            place, step = EXACT_ROWS + 2 * stride, float(STRIDE - 1)
            if r > first + step and place + 2 < curve.shape[0]:
                place, first, step = place + 1, first + step, 1.0
    if place > curve.shape[0] - 2:
        place = curve.shape[0] - 2
        first = float(EXACT_ROWS + STRIDE * ((place - EXACT_ROWS) // 2) + 1)
        step = float(STRIDE - 1)
    share = (r - first) / step
    for column in range(4):
        out[column] += curve[place, column] * (1.0 - share) + curve[place + 1, column] * share


@part
def add_bilinear(grid: RealBlocks, x_nodes: Reals, y_nodes: Reals, x: float, x_place: int, y: float, y_place: int, out: Reals) -> None:
    """Add to `out` the four columns at (x, y) between the nodes of a cell, on straight lines beyond the last ones."""
    i = min(max(x_place, 0), len(x_nodes) - 2)
    j = min(max(y_place, 0), len(y_nodes) - 2)
    u = (x - x_nodes[i]) / (x_nodes[i + 1] - x_nodes[i])
    v = (y - y_nodes[j]) / (y_nodes[j + 1] - y_nodes[j])
    for column in range(4):
        low = grid[i, j, column] * (1.0 - v) + grid[i, j + 1, column] * v
        high = grid[i + 1, j, column] * (1.0 - v) + grid[i + 1, j + 1, column] * v
        out[column] += low * (1.0 - u) + high * u


@part
def add_decode(c: Curves, sequences: float, context: float, out: Reals) -> None:
    """Add the attention of `sequences` that each add a token to `context` tokens, that one included."""
    if sequences <= 0.0:
        return
    b, seen = max(sequences, 1.0), max(context, 1.0)
    add_bilinear(c.decode, c.sequences, c.contexts, b, int(math.log2(b) * PER_OCTAVE), seen, int(math.log2(seen) * PER_OCTAVE), out)


@part
def add_prefill(c: Curves, tokens: float, before: float, out: Reals) -> None:
    """Add the attention of a chunk of `tokens` after `before` others."""
    if tokens <= 0.0:
        return
    t, seen = max(tokens, 1.0), max(before, 0.0)
    place = int(math.log2(seen / CONTEXT_SCALE + 1.0) * PER_OCTAVE)
    add_bilinear(c.prefill, c.tokens, c.before, t, int(math.log2(t) * TOKENS_PER_OCTAVE), seen, place, out)


@part
def floor_s(c: Curves, rows: float) -> float:
    """The least seconds of a step with chunks that has so many rows: its launches, where no graph holds them."""
    return c.floor_s if rows > c.captured else 0.0
