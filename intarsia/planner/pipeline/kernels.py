"""The compiled loops of the pipeline search: the fluid simulation, of which a search asks for some hundred thousand, and simulated annealing by it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from intarsia.loops import RealBlocks, RealRows, Reals, WholeRows, Wholes, long_entry, part
from intarsia.planner.pipeline.curves import STEPS
from intarsia.planner.pipeline.layer import KINDS

LANES, NETWORK, ALONE = len(KINDS), KINDS.index("network"), len(KINDS)
REST = 0
"""The share of an operator that takes what is left."""
SETTLED, ACROSS = 5, 4
"""Layers before the end whose starts are compared with those ACROSS layers earlier: the last ones have nothing after them to wait for."""
DONE = 1e-9
"""Of a nano-batch's seconds: what is left then is a rounding error."""
EXCHANGE, GROUP, SINGLE, KINDS_OF_CHANGE = 3, 4, 5, 10
"""Of ten changes, so many (up to each number) exchange neighbours, move a group, move a nano-batch; the others change a share."""
GROUP_FAR, SINGLE_FAR = 0.1, 0.25
"""How far a group or a nano-batch moves at most, in periods."""
FIRST = 0x9E3779B97F4A7C15 - (1 << 64)
LOW_51, BIT_50, LOW_57, LOW_53 = (1 << 51) - 1, 1 << 50, (1 << 57) - 1, (1 << 53) - 1
LOW_47, BIT_46 = (1 << 47) - 1, 1 << 46
"""The generator's first state, as a whole number with a sign, and masks of its bits."""
DRAWS = 2.0**53


class Nanos(NamedTuple):
    """The nano-batches of a layer: their kinds and groups [n], what each waits for as compressed rows (`nano.Graph.before`), and speeds (`nano.speeds`)."""

    kinds: Wholes
    groups: Wholes
    starts: Wholes
    others: Wholes
    lags: Wholes
    speeds: RealBlocks


class Handover(NamedTuple):
    """Seconds from a signal to a nano-batch's begin: right after another one on its lane, on a lane that slept, and on one that slept while another lane of its rank computes."""

    step_s: float
    wake_s: float
    beside_s: float


class Room(NamedTuple):
    """What a simulation works on. `begins` and `ends` [ranks, layers, n] are its results; then the order of each lane [3, n], and [ranks, 3] what its lanes are at."""

    begins: RealBlocks
    ends: RealBlocks
    lanes: WholeRows
    counts: Wholes
    turns: Wholes
    heads: WholeRows
    running: WholeRows
    layer_of: WholeRows
    left: RealRows
    size: RealRows
    idle_since: RealRows
    speed: RealRows

    @staticmethod
    def of(ranks: int, layers: int, n: int) -> Room:
        wholes, reals = np.zeros((3, ranks, LANES), np.int64), np.zeros((4, ranks, LANES))
        begins, ends = np.zeros((2, ranks, layers, n))
        return Room(begins, ends, np.zeros((LANES, n), np.int64), np.zeros(LANES, np.int64), np.zeros(n, np.int64), *wholes, *reals)


class Walk(NamedTuple):
    """Where annealing is, was, and was best: keys and shares [n]; `table` [n, most] are the shares that each nano-batch may take, `counts` how many."""

    keys: Reals
    shares: Wholes
    old_keys: Reals
    old_shares: Wholes
    best_keys: Reals
    best_shares: Wholes
    table: WholeRows
    counts: Wholes


@part
def _prepare(nanos: Nanos, keys: Reals, room: Room) -> None:
    """Nothing has run; each lane's nano-batches in the order of their keys' parts of a period, equal ones as they are numbered."""
    ranks, layers, n = room.ends.shape[0], room.ends.shape[1], len(keys)
    for lane in range(LANES):
        room.counts[lane] = 0
    for i in range(n):
        lane = nanos.kinds[i]
        room.turns[i] = math.floor(keys[i])
        mine, at = keys[i] - math.floor(keys[i]), room.counts[lane]
        while at > 0:
            before = room.lanes[lane, at - 1]
            if keys[before] - room.turns[before] <= mine:
                break
            room.lanes[lane, at] = before
            at -= 1
        room.lanes[lane, at] = i
        room.counts[lane] += 1
    for rank in range(ranks):
        for layer in range(layers):
            for i in range(n):
                room.begins[rank, layer, i] = np.inf
                room.ends[rank, layer, i] = np.inf
        for lane in range(LANES):
            room.heads[rank, lane], room.running[rank, lane], room.layer_of[rank, lane] = 0, -1, 0
            room.left[rank, lane], room.size[rank, lane], room.idle_since[rank, lane] = 0.0, 1.0, -1.0


@part
def _ready(nanos: Nanos, nano: int, layer: int, ends: RealRows) -> bool:
    """Whether all that it waits for is done."""
    for at in range(nanos.starts[nano], nanos.starts[nano + 1]):
        before = layer - nanos.lags[at]
        if before >= 0 and ends[before, nanos.others[at]] == np.inf:
            return False
    return True


@part
def _taken(running: Wholes, shares: Wholes, but: int) -> int:
    """What is taken by all that runs on other lanes than `but`; one that takes the rest takes nothing in advance."""
    taken = 0
    for lane in range(LANES):
        if lane != but and running[lane] >= 0:
            taken += shares[running[lane]]
    return taken


@part
def _others_run(running: Wholes, lane: int) -> bool:
    others = 0
    for other in range(LANES):
        others += other != lane and running[other] >= 0
    return others > 0


@part
def _begin(nanos: Nanos, work: RealBlocks, shares: Wholes, handover: Handover, room: Room, rank: int, lane: int, turns: int, now: float) -> None:
    """Put the next nano-batch on a free lane, if it may run."""
    layers, running = room.ends.shape[1], room.running[rank]
    while running[lane] < 0 and room.heads[rank, lane] < room.counts[lane] * turns:
        head = room.heads[rank, lane]
        nano = room.lanes[lane, head % room.counts[lane]]
        layer = head // room.counts[lane] - room.turns[nano]
        if layer < 0 or layer >= layers:
            room.heads[rank, lane] += 1
            continue
        if not _ready(nanos, nano, layer, room.ends[rank]) or shares[nano] + _taken(running, shares, lane) > STEPS:
            break
        taken_over = handover.step_s
        if now > room.idle_since[rank, lane]:
            taken_over = handover.beside_s if _others_run(running, lane) else handover.wake_s
        running[lane], room.layer_of[rank, lane] = nano, layer
        room.left[rank, lane] = work[rank, layer % work.shape[1], nano] + taken_over
        room.size[rank, lane] = room.left[rank, lane]
        room.begins[rank, layer, nano] = now + taken_over
        room.heads[rank, lane] += 1


@part
def _speed(nanos: Nanos, lane: int, running: Wholes, shares: Wholes, together: bool) -> float:
    """On its share, or on what the others leave; beside several others the slowest of the pairs."""
    share = shares[running[lane]]
    if share == REST:
        share = STEPS - _taken(running, shares, lane)
    slowest, alone = np.inf, True
    for other in range(LANES):
        if other != lane and running[other] >= 0 and (together or other != NETWORK):
            slowest, alone = min(slowest, nanos.speeds[lane, other, share]), False
    return nanos.speeds[lane, ALONE, share] if alone else slowest


@part
def _speeds(nanos: Nanos, shares: Wholes, room: Room) -> bool:
    """Of all that runs: what waits for another rank has none, and slows nothing; what several ranks do together goes at the pace of the slowest.

    Gives whether all are at the same collective.
    """
    ranks, together, pace = len(room.running), True, np.inf
    for rank in range(1, ranks):
        together = together and room.running[rank, NETWORK] == room.running[0, NETWORK] and room.layer_of[rank, NETWORK] == room.layer_of[0, NETWORK]
    for rank in range(ranks):
        for lane in range(LANES):
            room.speed[rank, lane] = 0.0
            if room.running[rank, lane] >= 0 and (together or lane != NETWORK):
                room.speed[rank, lane] = _speed(nanos, lane, room.running[rank], shares, together)
        pace = min(pace, room.speed[rank, NETWORK])
    for rank in range(ranks):
        room.speed[rank, NETWORK] = pace
    return together


@part
def _together(room: Room) -> None:
    """A collective that all ranks have come to is as long for each as for the slowest."""
    left, size = 0.0, 0.0
    for rank in range(len(room.left)):
        left, size = max(left, room.left[rank, NETWORK]), max(size, room.size[rank, NETWORK])
    for rank in range(len(room.left)):
        room.left[rank, NETWORK], room.size[rank, NETWORK] = left, size


@part
def _step(room: Room) -> float:
    """Seconds until the first end; infinite where nothing goes on."""
    step = np.inf
    for rank in range(len(room.left)):
        for lane in range(LANES):
            if room.running[rank, lane] >= 0 and room.speed[rank, lane] > 0:
                step = min(step, room.left[rank, lane] / room.speed[rank, lane])
    return step


@part
def _go_on(room: Room, step: float, now: float) -> None:
    """All that runs does a step, after which it is `now`; what is done ends."""
    for rank in range(len(room.left)):
        for lane in range(LANES):
            nano, speed = room.running[rank, lane], room.speed[rank, lane]
            if nano >= 0 and speed > 0:
                room.left[rank, lane] -= step * speed
                if room.left[rank, lane] <= DONE * room.size[rank, lane]:
                    room.ends[rank, room.layer_of[rank, lane], nano] = now
                    room.running[rank, lane], room.idle_since[rank, lane] = -1, now


@part
def run(nanos: Nanos, work: RealBlocks, shares: Wholes, keys: Reals, handover: Handover, room: Room) -> None:
    """Starts and ends, into `room`; infinite where they never come.

    `work` has shape [ranks, layers or 1, nano-batches]. Ranks go through the same nano-batches; one of the network's begins when its own rank comes to it,
    goes on only once all ranks have, and ends on all together.
    """
    ranks, layers, n = room.ends.shape[0], room.ends.shape[1], len(keys)
    _prepare(nanos, keys, room)
    turns = layers + 1 + room.turns[0]
    for i in range(n):
        turns = max(turns, layers + 1 + room.turns[i])
    now = 0.0
    for _ in range(4 * n * layers * ranks + 16):
        for rank in range(ranks):
            for lane in range(LANES):
                _begin(nanos, work, shares, handover, room, rank, lane, turns, now)
        if _speeds(nanos, shares, room) and ranks > 1:
            _together(room)
        step = _step(room)
        if step == np.inf:
            break
        now += step
        _go_on(room, step, now)


@part
def _period(room: Room) -> float:
    """Seconds between two layers in the steady state of one rank; infinite where nothing goes on, or too few layers are simulated."""
    last, worst = room.ends.shape[1] - 1, 0.0
    at = last + 1 - SETTLED
    if at < ACROSS:
        return np.inf
    for i in range(room.ends.shape[2]):
        if room.ends[0, last, i] == np.inf:
            return np.inf
        worst = max(worst, (room.begins[0, at, i] - room.begins[0, at - ACROSS, i]) / ACROSS)
    return worst


@long_entry
def play(nanos: Nanos, work: RealBlocks, shares: WholeRows, keys: RealRows, handover: Handover, room: Room, periods: Reals) -> None:
    """The period of each of several schedules (shares and keys [schedules, n]); the starts and ends of the last one are in `room`."""
    for i in range(len(periods)):
        run(nanos, work, shares[i], keys[i], handover, room)
        periods[i] = _period(room)


@part
def _draw(state: Wholes) -> int:
    """53 random bits of a xorshift generator of 64 (Marsaglia 2003). Shifts to the left take only bits that stay, and the sign with them, so that Python does the same."""
    x = int(state[0])
    x ^= ((x & LOW_51) - ((x & BIT_50) << 1)) << 13
    x ^= (x >> 7) & LOW_57
    x ^= ((x & LOW_47) - ((x & BIT_46) << 1)) << 17
    state[0] = x
    return (x >> 11) & LOW_53


@part
def _exchange(nanos: Nanos, keys: Reals, i: int) -> None:
    """Exchange a nano-batch with the one that follows it on its lane, round the period."""
    mine, after, nearest = keys[i] - math.floor(keys[i]), -1, 2.0
    for j in range(len(keys)):
        if j != i and nanos.kinds[j] == nanos.kinds[i]:
            ahead = keys[j] - math.floor(keys[j]) - mine
            ahead = ahead + 1.0 if ahead < 0 else ahead
            if ahead < nearest:
                after, nearest = j, ahead
    if after >= 0:
        keys[i] += nearest
        keys[after] -= nearest
        if keys[after] < 0:
            for j in range(len(keys)):
                keys[j] += 1.0


@part
def _move(nanos: Nanos, keys: Reals, group: int, far: float) -> None:
    """Move a group of rows; the earliest nano-batch begins in the first period or later."""
    lowest = 0
    for j in range(len(keys)):
        if nanos.groups[j] == group:
            keys[j] += far
        lowest = min(lowest, math.floor(keys[j]))
    for j in range(len(keys)):
        keys[j] -= lowest


@part
def _change(nanos: Nanos, walk: Walk, drawn: int, i: int) -> None:
    """One change to nano-batch `i` or its group, in place."""
    kind, more = drawn % KINDS_OF_CHANGE, drawn // KINDS_OF_CHANGE
    far = (more % 1000) / 500 - 1
    if kind < EXCHANGE:
        _exchange(nanos, walk.keys, i)
    elif kind < GROUP:
        _move(nanos, walk.keys, nanos.groups[i], far * GROUP_FAR)
    elif kind < SINGLE:
        walk.keys[i] = max(0.0, walk.keys[i] + far * SINGLE_FAR)
    else:
        walk.shares[i] = walk.table[i, more % walk.counts[i]]


@part
def _copy(keys: Reals, shares: Wholes, to_keys: Reals, to_shares: Wholes) -> None:
    for i in range(len(keys)):
        to_keys[i], to_shares[i] = keys[i], shares[i]


@long_entry
def anneal(nanos: Nanos, work: RealBlocks, walk: Walk, changes: int, seed: int, heat: float, state: Wholes, room: Room, found: Reals) -> None:
    """So many changes, each judged by the simulation; the shortest period into `found` [1], and its schedule into the walk's best. `state` [1] is room."""
    state[0] = 2 * seed + FIRST
    now, best = np.inf, np.inf
    for change in range(-1, changes):
        chance = 1.0
        if change >= 0:
            i = _draw(state) % len(walk.keys)
            _change(nanos, walk, _draw(state), i)
        run(nanos, work, walk.shares, walk.keys, Handover(0.0, 0.0, 0.0), room)
        period = _period(room)
        if change >= 0:
            chance = (_draw(state) + 1.0) / DRAWS
        cool = 1 - change / max(changes, 1)
        warm = heat * best * (cool * cool)
        if period <= now or (warm > 0 and period < np.inf and period - now < -warm * math.log(chance)):
            now = period
            _copy(walk.keys, walk.shares, walk.old_keys, walk.old_shares)
            if period < best or change < 0:
                best = period
                _copy(walk.keys, walk.shares, walk.best_keys, walk.best_shares)
        else:
            _copy(walk.old_keys, walk.old_shares, walk.keys, walk.shares)
    found[0] = best
