"""The error table of `intarsia validate costs`: a list of parts, each a function from a `Run` to rows.

To add rows, write a function and name it in PARTS, with about how many seconds it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from intarsia.cost_models.validation import collectives, held_out, noise, speed, transfer
from intarsia.cost_models.validation.rows import DEVICES, SEED, Progress, Row, Run

Part = Callable[[Run], Iterator[Row]]
PARTS: tuple[tuple[Part, float], ...] = ((held_out.rows, 120.0), (transfer.rows, 20.0), (noise.rows, 1.0), (collectives.rows, 5.0), (speed.rows, 10.0))


def table(run: Run) -> Iterator[Row]:
    """All rows. Raises MissingDependency without the tables, InputError for a device without any."""
    whole, done = sum(seconds for _, seconds in PARTS), 0.0
    for part, seconds in PARTS:
        yield from part(run.within(done / whole, (done + seconds) / whole))
        done += seconds


__all__ = ["DEVICES", "PARTS", "SEED", "Part", "Progress", "Row", "Run", "table"]
