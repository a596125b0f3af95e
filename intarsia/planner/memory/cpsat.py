"""Offsets by CP-SAT at a fixed capacity, in a process of its own: ortools and highspy from 1.13 on can't share one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.planner.ilp import worker
from intarsia.planner.memory.problem import Block


@dataclass(frozen=True)
class Outcome:
    """Offsets, or that there are none, or a sentence that says why neither is known."""

    offsets: list[int] | None = None
    infeasible: bool = False
    trouble: str = ""


def fit(blocks: Sequence[Block], capacity: int, unit: int, time_limit_s: float) -> Outcome:
    """Offsets of `blocks` under `capacity`; `unit` divides sizes, and alignments or the other way round. A worker that fails is no error."""
    rows = [(b.lower, b.upper, b.size // unit, max(1, b.alignment // unit)) for b in blocks]
    reply = worker.ask_cpsat("intarsia.planner.memory.cpsat_worker", {"blocks": rows, "capacity": capacity // unit}, time_limit_s)
    match reply.answer:
        case {"status": "found", "offsets": [*offsets]} if len(offsets) == len(blocks):
            return Outcome([int(offset) * unit for offset in offsets])
        case {"status": "infeasible"}:
            return Outcome(infeasible=True)
        case {"status": "unknown"}:
            return Outcome(trouble="CP-SAT found neither offsets nor a proof in its time")
    return Outcome(trouble=reply.trouble or f"CP-SAT answered nonsense: {reply.answer}")
