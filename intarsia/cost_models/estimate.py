"""What a source of operator costs answers, and the protocol that all sources follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from intarsia.cost_models.ops import Array, Attention, Op, shape, take
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


def by_phase(op: Attention, estimate: Callable[[Attention], Estimate]) -> Estimate:
    """Decodes (one row a sequence) and prefills of one array, asked for apart."""
    decode = np.broadcast_to(np.asarray(op.rows) <= 1, shape(op))
    first, second = estimate(take(op, decode)), estimate(take(op, ~decode))
    seconds, kind, band = (np.empty(decode.shape, a.dtype) for a in (first.seconds, first.kind, first.band))
    for rows, found in ((decode, first), (~decode, second)):
        seconds[rows], kind[rows], band[rows] = found.seconds, found.kind, found.band
    return Estimate(seconds, kind, band, first.source)


class Source(Protocol):
    """Something that knows costs of operators.

    `estimate` answers for an operator whose numeric fields may be arrays. It raises InputError or MissingDependency where it
    knows nothing of the operator's kind, its types or the device; then the next source is asked.
    """

    def estimate(self, op: Op, device: Device) -> Estimate: ...
