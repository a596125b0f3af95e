"""What the engine asks of a device: one step of a model for a batch of sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Int32s = NDArray[np.int32]
Float32s = NDArray[np.float32]


@dataclass(slots=True)
class StepBatch:
    """One step: T token rows of S sequences, and the R rows whose logits are wanted. All arrays are int32 and C-contiguous.

    `tokens[T]`, `positions[T]`; `sequences[S, 3]`: first row, rows, tokens already in the KV cache (rows of a sequence are
    adjacent); `page_table[S, P]`: the sequence's pages in order of position; `logit_rows[R]`: row numbers, increasing.
    """

    tokens: Int32s
    positions: Int32s
    sequences: Int32s
    page_table: Int32s
    logit_rows: Int32s


class Driver(Protocol):
    """One model on one device. Calls come one at a time; the arrays returned are valid until the next call."""

    def step(self, batch: StepBatch) -> Float32s:
        """Run a decoder over the batch: logits, float32[R, vocab]."""
        ...

    def encode(self, batch: StepBatch) -> Float32s:
        """Run an encoder over the batch: one vector a sequence, float32[S, hidden]."""
        ...

    def close(self) -> None:
        """Give back threads and memory."""
        ...
