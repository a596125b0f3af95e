"""The steps that a decoder's driver takes, noted one by one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from intarsia.runtime.drivers.driver import Driver, Float32s, StepBatch
from intarsia.runtime.scheduler import Scheduler


@dataclass(frozen=True)
class Taken:
    """One step: its begin and end in seconds of the replay, (rows, tokens before them, whether a token was drawn) of each sequence, and how many requests ran or waited."""

    begin: float
    end: float
    sequences: tuple[tuple[int, int, bool], ...]
    requests: int


class Noting:
    """A decoder's driver that notes each step it takes; all else is the driver's own."""

    def __init__(self, driver: Driver, scheduler: Scheduler) -> None:
        self._driver, self._scheduler = driver, scheduler
        self._taken: list[Taken] = []

    def step(self, batch: StepBatch) -> Float32s:
        drawn = set(batch.logit_rows.tolist())
        sequences = tuple((rows, before, first + rows - 1 in drawn) for first, rows, before in batch.sequences.tolist())
        requests = len(self._scheduler.running) + len(self._scheduler.waiting)
        begin = time.perf_counter()
        found = self._driver.step(batch)
        self._taken.append(Taken(begin, time.perf_counter(), sequences, requests))
        return found

    def since(self, started: float) -> tuple[Taken, ...]:
        """All steps, in seconds after `started` on the clock that is noted."""
        return tuple(Taken(each.begin - started, each.end - started, each.sequences, each.requests) for each in self._taken)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)
