"""One step's tables and sizes, and its nano-batches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from intarsia.errors import BundleError
from intarsia.runtime.drivers.cpu import slots
from intarsia.runtime.drivers.driver import Int32s, StepBatch

TABLES = ("tokens", "positions", "slots", "logit_rows", "page_table", "sequence_table")


@dataclass(frozen=True)
class Step:
    """A batch on the device: `tables` are places, `sizes` the numbers that kernels and formulas name. `wanted`: which of the step's logits these are."""

    tables: dict[str, Any]
    sizes: dict[str, int]
    wanted: Int32s
    parts: tuple[Step, ...] = ()

    def __getattr__(self, name: str) -> Any:
        for held in (self.tables, self.sizes):
            if name in held:
                return held[name]
        raise AttributeError(f"a step has no {name}")

    def split(self, count: int) -> tuple[Step, ...]:
        """The nano-batches. Raises BundleError for another number than the bundle's."""
        if count != len(self.parts):
            raise BundleError(f"the host program wants {count} nano-batches, the manifest says {len(self.parts)}", mend="compile again")
        return self.parts


def with_whole_table(batch: StepBatch) -> StepBatch:
    """Its page table as wide as a power of two, so that sequences that grow seldom make another launch to record."""
    wide = power_of_two(batch.page_table.shape[1])
    table = np.zeros((len(batch.page_table), wide), np.int32)
    table[:, : batch.page_table.shape[1]] = batch.page_table
    return replace(batch, page_table=table)


def power_of_two(number: int) -> int:
    """The least one that is no less."""
    return 1 << max(0, number - 1).bit_length()


def tables(batch: StepBatch, page_tokens: int) -> dict[str, Int32s]:
    """The arrays that kernels read, by name."""
    found = {"tokens": batch.tokens, "positions": batch.positions, "logit_rows": batch.logit_rows, "page_table": batch.page_table, "sequence_table": batch.sequences}
    return found | {"slots": slots(batch.sequences, batch.page_table, page_tokens)}


def sizes(batch: StepBatch) -> dict[str, int]:
    """What kernels and formulas name; of the cache, the pages up to the last that the step reads."""
    longest = int(batch.sequences[:, 1].max()) if len(batch.sequences) else 0
    cache_pages = int(batch.page_table.max()) + 1 if batch.page_table.size else 0
    return {"rows": len(batch.tokens), "sequences": len(batch.sequences), "pages": batch.page_table.shape[1], "logits": len(batch.logit_rows), "longest": longest,
            "cache_pages": cache_pages}  # fmt: skip


def in_parts(batch: StepBatch, count: int) -> list[tuple[StepBatch, Int32s]]:
    """Nano-batches of as equal numbers of sequences as there are, and which of the batch's logits each gives."""
    ends = np.linspace(0, len(batch.sequences), count + 1).round().astype(int)
    return [_part(batch, slice(begin, end)) for begin, end in pairwise(ends)]


def _part(batch: StepBatch, chosen: slice) -> tuple[StepBatch, Int32s]:
    sequences = batch.sequences[chosen].copy()
    rows = np.concatenate([np.arange(first, first + count) for first, count, _ in sequences.tolist()] or [np.zeros(0, int)])
    place = np.full(len(batch.tokens), -1)
    place[rows] = np.arange(len(rows))
    sequences[:, 0] = np.cumsum(sequences[:, 1]) - sequences[:, 1]
    wanted = np.flatnonzero(place[batch.logit_rows] >= 0).astype(np.int32)
    logits = place[batch.logit_rows[wanted]].astype(np.int32)
    return StepBatch(batch.tokens[rows], batch.positions[rows], sequences, batch.page_table[chosen], logits), wanted
