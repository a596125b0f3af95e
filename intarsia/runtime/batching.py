"""A scheduler's batch as arrays for the driver, in memory that is allocated once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from intarsia.runtime.drivers.driver import StepBatch
from intarsia.runtime.scheduler import Batch
from intarsia.runtime.sequences import Sequence


class StepArrays:
    """Room for `rows` token rows of `sequences` sequences with `pages` pages each, in at most `context` positions.

    At most `sequences` rows of logits are asked for in a step: one is kept for each chunk, and what remains goes to chunks that
    want several.
    """

    def __init__(self, rows: int, sequences: int, pages: int, context: int) -> None:
        self.most_logits = sequences
        self._tokens, self._positions = np.zeros(rows, np.int32), np.zeros(rows, np.int32)
        self._sequences, self._pages = np.zeros((sequences, 3), np.int32), np.zeros((sequences, pages), np.int32)
        self._logit_rows = np.zeros(sequences, np.int32)
        self._all_positions = np.arange(context, dtype=np.int32)

    def fill(self, batch: Batch, sequences: Mapping[int, Sequence]) -> tuple[StepBatch, list[tuple[Sequence, int]]]:
        """The arrays, and each sequence's number of logit rows, in order. Valid until the next call."""
        row, logits, spare = 0, 0, self.most_logits - len(batch.chunks)
        wanted: list[tuple[Sequence, int]] = []
        for index, (request, start, tokens, *_) in enumerate(batch.chunks):
            sequence, end, stop = sequences[request.id], start + tokens, row + tokens
            if tokens == 1:
                self._tokens[row], self._positions[row] = sequence.tokens[start], start
            else:
                self._tokens[row:stop] = sequence.tokens[start:end]
                self._positions[row:stop] = self._all_positions[start:end]
            self._sequences[index] = (row, tokens, start)
            self._pages[index] = sequence.pages.refresh(request)
            first, count = sequence.wanted(start, end)
            if count > 1:
                count = min(count, 1 + spare)
                spare -= count - 1
            for offset in range(first - start, first - start + count):
                self._logit_rows[logits] = row + offset
                logits += 1
            wanted.append((sequence, count))
            row = stop
        count = len(batch.chunks)
        return StepBatch(self._tokens[:row], self._positions[:row], self._sequences[:count], self._pages[:count], self._logit_rows[:logits]), wanted
