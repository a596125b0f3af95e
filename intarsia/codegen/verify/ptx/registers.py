"""The register file: one row a register, one column a thread."""

from __future__ import annotations

from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx.types import TYPES, UNSIGNED, Array

POISON = 0xFF
"""What registers hold before anybody writes them: NaN as a float, far out of bounds as an address."""


class Registers:
    """Registers of each width in one matrix, so that rows of several (an accumulator's) can be gathered at once."""

    def __init__(self, declared: dict[str, str], threads: int) -> None:
        self.place: dict[str, tuple[int, int]] = {}
        counts: dict[int, int] = {}
        for name, kind in declared.items():
            bits = 1 if kind == "pred" else TYPES[kind].bits
            self.place[name] = bits, counts.get(bits, 0)
            counts[bits] = counts.get(bits, 0) + 1
        self.files: dict[int, Array] = {bits: np.empty((count, threads), np.bool_ if bits == 1 else UNSIGNED[bits]) for bits, count in counts.items()}
        self.reset()

    def reset(self) -> None:
        for bits, file in self.files.items():
            file.fill(False) if bits == 1 else file.view(np.uint8).fill(POISON)

    def row(self, name: str) -> Array:
        """The contents of one register, as a view."""
        bits, at = self.place[name]
        return self.files[bits][at]

    def rows(self, names: list[str]) -> tuple[Array, Any]:
        """A file and an index into it that select several registers of one width: a slice where they are adjacent, else a list."""
        bits, first = self.place[names[0]]
        places = [self.place[name][1] for name in names]
        adjacent = places == list(range(first, first + len(names)))
        return self.files[bits], slice(first, first + len(names)) if adjacent else np.array(places)
