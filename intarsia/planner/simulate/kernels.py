"""The compiled loops of the simulator: seconds of the iterations of a run, and the sums over them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models.energy import MEMORY_SHARE
from intarsia.cost_models.serving.step_kernels import Curves, add_decode, add_prefill, add_rows, floor_s
from intarsia.loops import RealBlocks, RealGrids, RealRows, Reals, WholeRows, Wholes, entry, part

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
BINS_PER_OCTAVE = 693
"""Of the histogram of gaps between tokens: each bin 0.1 % wide."""
LEAST_GAP_S, OCTAVES = 1e-7, 42
BINS = BINS_PER_OCTAVE * OCTAVES


@part
def clear(out: Reals) -> None:
    """Four columns of nothing."""
    for column in range(4):
        out[column] = 0.0


@part
def price(
    c: Curves, decodes: Wholes, contexts: Wholes, rows: Wholes, drawn: Wholes, offsets: Wholes, tokens: Wholes, before: Wholes, chunks: bool, out: Reals, head: Reals, part: Reals,
) -> None:  # fmt: skip
    """Four columns of one iteration of ranks in lock-step: of the layers in `out`, of the output head in `head`.

    The rank with most rows sets the dense part, the one with most attention that part; experts see all rows. Attention may be below zero: a draft model's gain is folded into it.
    """
    ranks, share = len(decodes), 1.0 / max(c.micro, 1)
    clear(out)
    clear(head)
    most, drawn_most, total, busy, attention = 0, 0, 0, 0, 0.0
    for r in range(ranks):
        here = decodes[r]
        clear(part)
        add_decode(c, decodes[r] * share, contexts[r] / max(decodes[r], 1), part)
        if chunks:
            here = rows[r]
            for k in range(offsets[r], offsets[r + 1]):
                add_prefill(c, tokens[k] * share, before[k], part)
            part[0] -= c.launch_s * max(0, offsets[r + 1] - offsets[r] - 1)
        if here > 0:
            attention = max(attention, part[0]) if busy > 0 else part[0]
            busy += 1
        for column in range(1, 4):
            out[column] += part[column] / ranks
        most, total = max(most, here), total + here
        drawn_most = max(drawn_most, drawn[r] if chunks else decodes[r])
    out[0] = attention
    add_rows(c.logits, drawn_most, head)
    add_rows(c.dense, most * share, out)
    if c.micro == 0:
        add_rows(c.experts, total / ranks, out)
    else:
        alternate(c, most * share, total / ranks * share, out)
    if chunks and offsets[ranks] > 0:
        out[0] = max(out[0], floor_s(c, most) - head[0])


@part
def alternate(c: Curves, rows: float, expert_rows: float, out: Reals) -> None:
    """From one micro-batch's attention side in `out` to all of them, which alternate with the experts' devices (`step_table.alternating`)."""
    near = out[0]
    add_rows(c.experts, expert_rows, out)
    far = out[0] - near
    add_rows(c.send, rows, out)
    way = out[0] - near - far
    for column in range(1, 4):
        out[column] *= c.micro
    trip, slowest = near + far + way, max(near, far, way)
    out[0] = max(c.micro * slowest, trip) + (trip - slowest) / c.layers


@part
def mix(out: Reals, bare: Reals, share: float) -> None:
    """What a step takes of which a `share` of the layers runs chunks (`out`) and the rest only decodes (`bare`)."""
    for column in range(4):
        out[column] = bare[column] + (out[column] - bare[column]) * share


@entry
def run(
    c: Curves, now: float, times: int, decodes: Wholes, contexts: Wholes, rows: Wholes, drawn: Wholes, offsets: Wholes, tokens: Wholes, before: Wholes,
    share: float, extra_s: float, overlap: bool, stream_s: float, ends: Reals, columns: RealRows, scratch: RealRows,
) -> None:  # fmt: skip
    """End times and columns of `times` iterations from `now` on, each chunk going on where it ended. `share` of the layers run the chunks that aren't decodes.

    `extra_s` are seconds of copies that the first iteration needs, beside its work (`overlap`) or before it; `stream_s` those that each takes at least. Changes contexts
    and before.
    """
    part, head, bare, bare_head = scratch[0], scratch[1], scratch[2], scratch[3]
    t = now
    for i in range(times):
        out = columns[i]
        price(c, decodes, contexts, rows, drawn, offsets, tokens, before, True, out, head, part)
        if share < 1.0:
            price(c, decodes, contexts, rows, drawn, offsets, tokens, before, False, bare, bare_head, part)
            mix(out, bare, share)
        for column in range(4):
            out[column] += head[column]
        seconds = max(out[0], stream_s)
        if i == 0 and extra_s > 0.0:
            seconds = max(seconds, extra_s) if overlap else seconds + extra_s
        t = t + seconds
        ends[i] = t
        for r in range(len(decodes)):
            contexts[r] += decodes[r]
        for k in range(len(tokens)):
            before[k] += tokens[k]


@entry
def settle(columns: RealRows, ends: Reals, times: int, begun: float, watts: float, totals: Reals) -> None:
    """Add up what a run of `times` iterations did: columns, then seconds in steps, then joules beyond idle power, of which devices draw `watts` at most."""
    previous = begun
    for i in range(times):
        seconds = columns[i, 0]
        for column in range(4):
            totals[column] += columns[i, column]
        totals[4] += ends[i] - previous
        totals[5] += watts * min(seconds, min(seconds, columns[i, 1]) + MEMORY_SHARE * min(seconds, columns[i, 2]))
        previous = ends[i]


@part
def bin_of(gap: float) -> int:
    """The bin of a gap of `gap` seconds between tokens."""
    return min(int(math.log2(max(gap, LEAST_GAP_S) / LEAST_GAP_S) * BINS_PER_OCTAVE), BINS - 1)


@part
def note(gaps: Wholes, gap: float, weight: int) -> None:
    """Count `weight` gaps of `gap` seconds between tokens."""
    gaps[bin_of(gap)] += weight


@entry
def note_run(gaps: Wholes, ends: Reals, times: int, weight: int) -> None:
    """Count the gaps between the iterations of a run."""
    for i in range(1, times):
        note(gaps, ends[i] - ends[i - 1], weight)


class Stack(NamedTuple):
    """The stages of a pipeline: their curves, one above the other (one for all where they are alike), the nodes of their axes, their `launch_s`, `floor_s` and `captured` rows,
    their shares of the layers, and their watts beyond idle."""

    dense: RealBlocks
    experts: RealBlocks
    send: RealBlocks
    logits: RealBlocks
    decode: RealGrids
    prefill: RealGrids
    sequences: Reals
    contexts: Reals
    tokens: Reals
    before: Reals
    launch_s: Reals
    floor_s: Reals
    captured: Reals
    shares: Reals
    watts: Reals


@part
def stage(s: Stack, place: int) -> Curves:
    """The curves of one stage's devices."""
    at = min(place, len(s.launch_s) - 1)
    return Curves(
        s.dense[at], s.experts[at], s.send[at], s.logits[at], s.decode[at], s.prefill[at], s.sequences, s.contexts, s.tokens, s.before, s.launch_s[at], 0, 0,
        s.floor_s[at], s.captured[at],
    )  # fmt: skip


class Runs(NamedTuple):
    """What the lanes of a pipeline run, by lane: whether it does, its batch's decodes, rows and rows with logits by rank, its chunks, the share of the layers that run them,
    seconds of copies before the first iteration, and how many tokens come out of each."""

    running: Wholes
    decodes: WholeRows
    rows: WholeRows
    drawn: WholeRows
    offsets: WholeRows
    tokens: WholeRows
    layers: Reals
    extra_s: Reals
    emitted: Wholes


class Lanes(NamedTuple):
    """How far the lanes have come: iterations left and done, contexts by rank, tokens before each chunk, when the latest iteration began and ends, and when the first one ended;
    from when on each stage is free; the engine's sums (as in `settle`); and the lane that comes next, or -1."""

    left: Wholes
    done: Wholes
    contexts: WholeRows
    before: WholeRows
    began: Reals
    ready: Reals
    firsts: Reals
    free: Reals
    totals: Reals
    next: Wholes


class Log(NamedTuple):
    """Gaps between tokens that were seen: their bins and how often, as many as `filled[0]` says."""

    bins: Wholes
    weights: Wholes
    filled: Wholes


@part
def copy(source: Lanes, target: Lanes) -> None:
    """Make `target` equal to `source`."""
    for lane in range(len(source.ready)):
        target.left[lane], target.done[lane] = source.left[lane], source.done[lane]
        target.began[lane], target.ready[lane], target.firsts[lane] = source.began[lane], source.ready[lane], source.firsts[lane]
        for rank in range(source.contexts.shape[1]):
            target.contexts[lane, rank] = source.contexts[lane, rank]
        for chunk in range(source.before.shape[1]):
            target.before[lane, chunk] = source.before[lane, chunk]
    for stage in range(len(source.free)):
        target.free[stage] = source.free[stage]
    for column in range(len(source.totals)):
        target.totals[column] = source.totals[column]
    target.next[0] = source.next[0]


@entry
def note_all(gaps: Wholes, log: Log) -> None:
    """Count the gaps of a log, and empty it."""
    for k in range(log.filled[0]):
        gaps[log.bins[k]] += log.weights[k]
    log.filled[0] = 0


@entry
def pipe(stack: Stack, runs: Runs, log: Log, scratch: RealRows, at: Lanes, horizon: float) -> None:
    """Let the lanes of a pipeline iterate, the one first that is ready first, until that one has no iteration left or isn't ready before `horizon`: `at.next` (-1: none runs).

    A lane passes through all stages, each of which serves one lane at a time in the order in which they come. The log is of these iterations alone.
    """
    log.filled[0] = 0
    part, head, bare, bare_head, out = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    stages = len(stack.shares)
    while True:
        lane = -1
        for candidate in range(len(at.ready)):
            if runs.running[candidate] and (lane < 0 or at.ready[candidate] < at.ready[lane]):
                lane = candidate
        at.next[0] = lane
        if lane < 0 or at.left[lane] == 0 or at.ready[lane] >= horizon:
            return
        t = at.ready[lane]
        if at.done[lane] == 0:
            t += runs.extra_s[lane]
        decodes, contexts, rows, drawn = runs.decodes[lane], at.contexts[lane], runs.rows[lane], runs.drawn[lane]
        offsets, tokens, before = runs.offsets[lane], runs.tokens[lane], at.before[lane]
        most = 0
        for r in range(len(rows)):
            most = max(most, rows[r])
        for place in range(stages):
            c = stage(stack, place)
            if place == 0 or len(stack.launch_s) > 1:
                price(c, decodes, contexts, rows, drawn, offsets, tokens, before, True, out, head, part)
                if runs.layers[lane] < 1.0:
                    price(c, decodes, contexts, rows, drawn, offsets, tokens, before, False, bare, bare_head, part)
                    mix(out, bare, runs.layers[lane])
            work, compute, memory = out[0] * stack.shares[place], out[1] * stack.shares[place], out[2] * stack.shares[place]
            at.totals[3] += out[3] * stack.shares[place]
            if place == stages - 1:
                work, compute, memory = work + head[0], compute + head[1], memory + head[2]
                at.totals[3] += head[3]
            at.totals[0] += work
            at.totals[1] += compute
            at.totals[2] += memory
            at.totals[4] += work / stages
            at.totals[5] += stack.watts[place] * min(work, min(work, compute) + MEMORY_SHARE * min(work, memory))
            t = max(t, at.free[place]) + work
            at.free[place] = t
            if place < stages - 1:
                clear(part)
                add_rows(c.send, most, part)
                t += part[0] / (stages - 1)
                at.totals[3] += part[3] / (stages - 1)
        if at.done[lane] == 0:
            at.firsts[lane] = t
        elif runs.emitted[lane]:
            log.bins[log.filled[0]] = bin_of(t - at.ready[lane])
            log.weights[log.filled[0]] = runs.emitted[lane]
            log.filled[0] += 1
        at.began[lane] = at.ready[lane]
        at.ready[lane] = t
        at.done[lane] += 1
        at.left[lane] -= 1
        for r in range(len(decodes)):
            contexts[r] += decodes[r]
        for k in range(offsets[len(decodes)]):
            before[k] += tokens[k]


@entry
def look_ahead(stack: Stack, runs: Runs, log: Log, scratch: RealRows, at: Lanes, then: Lanes, horizon: float) -> None:
    """Where `pipe` would bring the lanes, in `then`."""
    copy(at, then)
    pipe(stack, runs, log, scratch, then, horizon)


def gap_at(gaps: Any, shares: Any) -> Array:
    """Gaps below which a share of all lie, seconds; within 0.1 %."""
    counted = np.cumsum(gaps)
    places = np.searchsorted(counted, np.ceil(np.asarray(shares) * counted[-1]).clip(1))
    return np.asarray(LEAST_GAP_S * 2.0 ** ((places + 0.5) / BINS_PER_OCTAVE))
