"""Operators that only move bytes: through memory, or between devices."""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.cost_models.ops.base import Number, Op


@dataclass(frozen=True)
class Elementwise(Op):
    """Norms, activations, rotary positions, cache writes: `moved` bytes read and written. `kernel` says which, where that is known."""

    moved: Number
    kernel: str = ""

    @property
    def bytes(self) -> Number:
        return self.moved


@dataclass(frozen=True)
class Collective(Op):
    """`op` (of `collectives.OPS`) of `size` bytes among `ranks` devices, `per_node` of them in each node (0: all in one).

    As in collectives.py, `size` is the gathered whole of an all-gather and a reduce-scatter, and one rank's buffer else.
    """

    op: str
    size: Number
    ranks: Number
    per_node: Number = 0

    @property
    def wire_bytes(self) -> Number:
        """What one rank puts in."""
        return self.size / self.ranks if self.op == "all_gather" else self.size
