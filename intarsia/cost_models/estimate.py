"""What a source of operator costs answers, and the protocol that all sources follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from intarsia.cost_models.ops import Array, Op
from intarsia.ir.device import Device

PROBE, MEASURED, INTERPOLATED, EXTRAPOLATED, FITTED, ANALYTIC = range(6)
KINDS = ("probe", "measured", "interpolated", "extrapolated", "fitted", "analytic")
"""Where a figure comes from, the nearer to a measurement the earlier. "extrapolated" is the analytic model scaled to a table's edge."""
UNKNOWN_BAND = 0.5
"""Relative error assumed where nothing is known of it."""


@dataclass(frozen=True)
class Estimate:
    """Seconds of each query, the index in KINDS of where they come from, and their relative standard error; `source` names the tables or the model."""

    seconds: Array
    kind: Array
    band: Array
    source: str = ""


class Source(Protocol):
    """Something that knows costs of operators.

    `estimate` answers for an operator whose numeric fields may be arrays. It raises InputError or MissingDependency where it
    knows nothing of the operator's kind, its types or the device; then the next source is asked.
    """

    def estimate(self, op: Op, device: Device) -> Estimate: ...
