"""Local search on the full flow model: annealing over placements of named machines, with every link as it is.

Where links are missing or narrow, a placement that a program found for classes of machines may carry nothing. So missing capacity is lent at first, the same to every pair, and the
loan is withdrawn step by step: the search follows, and ends on links that are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.placement.flow import kernels
from intarsia.planner.placement.flow.annealing import anneal
from intarsia.planner.placement.flow.problem import Arrays

Ints = NDArray[np.int64]
LOANS = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.0)
"""What each missing link is lent, in shares of the flow aimed at."""
HOT, COLD = 0.03, 0.001
"""Temperatures at both ends of an annealing, in shares of the flow aimed at."""
HEATS = (1.0, 10.0, 1.0, 3.0)
"""What the hot end is multiplied by, round by round: valleys of small clusters are as deep as their flows."""
ROUNDS = 10
"""Rounds that the time is shared out over."""
PROBE = 2000
"""Steps of the first annealing, which also tells how long a step takes."""


@dataclass
class State:
    """A placement and its real flow. `interrupted`: whether a person ended the search."""

    start: Ints
    size: Ints
    value: float
    interrupted: bool = False


def improve(made: Arrays, starts: Sequence[tuple[Ints, Ints]], aim: float, lend: bool, until: float, seed: int, rounds: int = 0, steps: int = 0,
            bound: float = float("inf"), threads: int = 1, watch: Callable[[float], None] = lambda value: None) -> State:  # fmt: skip
    """The best placement found from `starts` (the most promising first) until the clock (`time.perf_counter`) says `until`, or for `rounds` rounds of `steps` steps a loan.

    As many rounds as there are `threads` run at once (compiled code lets go of Python's lock). Stops at `bound`. Interrupting (Ctrl-C) ends it with the best so far.
    """
    nets = [kernels.network(len(made.most), made.layers) for _ in range(threads)]
    states = [State(s, n, _value(made, s, n, nets[0])) for s, n in starts]
    best = max(states, key=lambda state: state.value)
    number = 0
    pool = ThreadPoolExecutor(threads)
    try:
        pace = _pace(made, best, aim, nets[0], seed)
        total = max(0.0, until - time.perf_counter())
        while best.value < bound * (1 - 1e-9) and (number < rounds if rounds else time.perf_counter() < until):
            left = until - time.perf_counter() if not rounds else float("inf")
            length = steps or max(PROBE, int(min(total / ROUNDS, left) / pace / len(LOANS)))
            jobs = [pool.submit(_numbered, made, best, states, aim, lend, net, seed, length, number + place) for place, net in enumerate(nets)]
            best = max([best, *(job.result() for job in jobs)], key=lambda state: state.value)
            number += threads
            watch(best.value)
    except KeyboardInterrupt:
        best.interrupted = True
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return best


def _numbered(made: Arrays, best: State, states: Sequence[State], aim: float, lend: bool, net: kernels.Network, seed: int, steps: int, number: int) -> State:
    """One round: by its number from the best so far, gently, or from one of the starts."""
    gently = number % 3 == 2
    begin = best if best.value > 0 and gently else states[number % len(states)]
    return _round(made, begin, aim, LOANS if lend else (0.0,) * len(LOANS), net, seed + number, steps, HEATS[number % len(HEATS)], gently)


def _pace(made: Arrays, state: State, aim: float, net: kernels.Network, seed: int) -> float:
    """Seconds of a step; compiled code is loaded before."""
    for steps in (1, PROBE):
        began = time.perf_counter()
        anneal(made.layers, made.rates, made.most, made.links, 0.0, state.start.copy(), state.size.copy(), net, seed, steps, HOT * aim, COLD * aim)
    return max(1e-7, (time.perf_counter() - began) / PROBE)


def _round(made: Arrays, begin: State, aim: float, loans: Sequence[float], net: kernels.Network, seed: int, steps: int, heat: float, gently: bool) -> State:
    """Annealings one after the other; `gently` begins with the small loans, so that a good placement isn't lost."""
    start, size = begin.start.copy(), begin.size.copy()
    best = State(start, size, begin.value)
    for place, loan in enumerate(loans[len(loans) // 2 :] if gently else loans):
        anneal(made.layers, made.rates, made.most, made.links, loan * aim, start, size, net, seed * len(LOANS) + place, steps, heat * HOT * aim, COLD * aim)
        value = _value(made, start, size, net)
        best = State(start.copy(), size.copy(), value) if value > best.value else best
    return best


def _value(made: Arrays, start: Ints, size: Ints, net: kernels.Network) -> float:
    return float(kernels.score(made.layers, made.rates, made.links, 0.0, start, size, net))
