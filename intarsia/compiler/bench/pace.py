"""How fast a machine was in each second of some replays, from bursts of kernels that were measured between their steps (interludes.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intarsia.compiler.bench.interludes import Burst

Array = NDArray[np.float64]
WINDOW_S = 1.0
"""Of a replay: within it, the pace is taken to be even."""
FITS = 50
"""Times that kernels and turns are fitted to each other: more change nothing."""
MOST = 2.0
"""A burst that took longer by this factor than was to be expected, or as much shorter, counts as that far off: something came between."""
PRIOR = 2.0
"""Bursts at the turn's mean pace that are added to those of a window, so that one burst says little."""
FOREVER_S = 1e12


@dataclass(frozen=True)
class Pace:
    """How many times as long everything took than it usually does, in each window of WINDOW_S seconds and, last of all, ever after."""

    slower: tuple[float, ...] = (1.0,)

    @property
    def _edges(self) -> tuple[Array, Array]:
        """Seconds at which windows begin, and of work at the usual pace that can be done until then."""
        seconds = np.append(np.full(len(self.slower) - 1, WINDOW_S), FOREVER_S)
        return np.concatenate([[0.0], np.cumsum(seconds)]), np.concatenate([[0.0], np.cumsum(seconds / np.array(self.slower))])

    def worked(self, at: Array) -> Array:
        """Seconds of work at the usual pace that can be done until `at`."""
        edges, work = self._edges
        return np.asarray(np.interp(at, edges, work))

    def when(self, worked: Array) -> Array:
        """When so many seconds of work are done: the inverse of `worked`."""
        edges, work = self._edges
        return np.asarray(np.interp(worked, work, edges))

    def at(self, seconds: float) -> float:
        """How many times as long everything takes then."""
        return self.slower[min(int(max(seconds, 0.0) / WINDOW_S), len(self.slower) - 1)]


USUAL = Pace()


@dataclass(frozen=True)
class Paces:
    """Mean seconds of each kernel at the usual pace, and the pace of each turn."""

    seconds: dict[str, float]
    turns: tuple[Pace, ...]

    @staticmethod
    def of(turns: Sequence[Sequence[Burst]]) -> Paces:
        """The usual pace is the mean over all bursts; a turn without any has it."""
        bursts = [(burst.key, number, burst.seconds) for number, turn in enumerate(turns) for burst in turn]
        if not bursts:
            return Paces({}, (USUAL,) * len(turns))
        keys = {key: place for place, key in enumerate(dict.fromkeys(key for key, _, _ in bursts))}
        kernel, number = np.array([(keys[key], number) for key, number, _ in bursts]).T
        seconds, slower = _fitted(kernel, number, np.array([taken for _, _, taken in bursts]), len(turns))
        found = {key: float(seconds[place]) for key, place in keys.items()}
        return Paces(found, tuple(_pace(turn, found, factor) for turn, factor in zip(turns, slower.tolist(), strict=True)))


def _fitted(kernel: NDArray[np.int64], turn: NDArray[np.int64], seconds: Array, turns: int) -> tuple[Array, Array]:
    """Seconds of each kernel and a factor of each turn, whose product is what bursts took: each is the mean of what the other leaves, again and again."""
    found = np.array([np.median(seconds[kernel == place]) for place in range(kernel.max() + 1)])
    slower, count = np.ones(turns), np.bincount(turn, minlength=turns)
    for _ in range(FITS):
        slower = np.where(count > 0, slower * np.bincount(turn, _off(seconds, found[kernel] * slower[turn]), turns) / np.maximum(count, 1), 1.0)
        slower = np.where(count > 0, slower * count.sum() / (slower @ count), 1.0)
        found = found * np.bincount(kernel, _off(seconds, found[kernel] * slower[turn])) / np.bincount(kernel)
    return found, slower


def _off(seconds: Array, expected: Array) -> Array:
    return np.clip(seconds / expected, 1 / MOST, MOST)


def _pace(bursts: Sequence[Burst], seconds: dict[str, float], factor: float) -> Pace:
    """In each window, what its bursts took beside the turn's, and how much longer it was until they were done than they ran: the rest, others had the core."""
    if not bursts:
        return USUAL
    off = _off(np.array([burst.seconds for burst in bursts]), np.array([seconds[burst.key] * factor for burst in bursts]))
    ran, passed = (np.array([getattr(burst, name) for burst in bursts]) for name in ("ran_s", "passed_s"))
    waited = passed.sum() / ran.sum()
    window = (np.array([burst.at for burst in bursts]) / WINDOW_S).astype(np.int64)
    count, sums = np.bincount(window), [np.bincount(window, column) for column in (off, ran, passed)]
    speed = (sums[0] + PRIOR) / (count + PRIOR)
    wait = (sums[2] + PRIOR * passed.mean()) / (sums[1] + PRIOR * ran.mean())
    return Pace((*(factor * speed * wait).tolist(), factor * float(waited)))
