"""The result of emitting one kernel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kernel:
    """MLIR text of one kernel; its helper functions are private and their names start with `name`.

    `unit_columns` is the number of output columns in one unit of the kernel's [begin, end) range; 0 where a
    unit is something else (a row, a tile of queries).
    """

    name: str
    text: str
    unit_columns: int
