"""The steps that a decoder's driver takes, noted one by one."""

from __future__ import annotations

from collections.abc import Callable
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
    """A decoder's driver that notes each step it takes, by the `clock` that its engine takes from it, and calls `after` with its seconds; all else is the driver's own.

    Steps are noted once it has the `scheduler` that decides on them.
    """

    def __init__(self, driver: Driver, clock: Callable[[], float], after: Callable[[float], None] = lambda seconds: None) -> None:
        self._driver, self.clock, self._after = driver, clock, after
        self.scheduler: Scheduler | None = None
        self._taken: list[Taken] = []

    def step(self, batch: StepBatch) -> Float32s:
        begin = self.clock()
        found = self._driver.step(batch)
        end = self.clock()
        if self.scheduler is not None:
            drawn = set(batch.logit_rows.tolist())
            sequences = tuple((rows, before, first + rows - 1 in drawn) for first, rows, before in batch.sequences.tolist())
            self._taken.append(Taken(begin, end, sequences, len(self.scheduler.running) + len(self.scheduler.waiting)))
        self._after(end - begin)
        return found

    def since(self, started: float) -> tuple[Taken, ...]:
        """All steps, in seconds after `started` on its clock."""
        return tuple(Taken(each.begin - started, each.end - started, each.sequences, each.requests) for each in self._taken)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)
