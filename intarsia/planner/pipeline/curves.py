"""Interference curves: how fast an operator of one kind goes on a share of the execution units, beside one of another kind.

A speed is relative to running alone on all units. On GPUs the share of a memory- or network-bound operator is *defined* by what it takes from the
products beside it (NanoFlow, arXiv 2408.12757, section 4.1): a product keeps the speed 1 - R, so products take what the others leave (`elastic`).
On CPUs a share is a number of threads, and every pair is measured.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from intarsia.errors import InputError
from intarsia.planner.pipeline.layer import KINDS, Kind, kind_of

STEPS = 20
"""Shares are multiples of 1/20."""
ALONE = "alone"
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Interference:
    """`curves[kind, beside]` are (share, speed) points, ascending; `beside` is another kind, or "alone".

    `elastic`: compute-bound operators take the share that the others leave; else theirs is chosen as well. `source` says where the figures come from.
    """

    curves: Mapping[tuple[str, str], Points] = field(hash=False)
    elastic: bool = True
    source: str = ""

    def __post_init__(self) -> None:
        for (kind, beside), points in self.curves.items():
            kind_of(kind)
            if beside not in (*KINDS, ALONE):
                raise InputError(f"{kind} beside {beside!r}", where=self.source, mend=f"name one of {', '.join((*KINDS, ALONE))}")
            _check(points, f"{self.source}, {kind} beside {beside}")

    def points(self, kind: Kind, beside: str) -> Points:
        """The curve; where a pair was not measured, the slowest of what was for that kind."""
        if (kind, beside) in self.curves:
            return self.curves[kind, beside]
        known = [curve for (one, _), curve in self.curves.items() if one == kind]
        if not known:
            return ((1.0, 1.0),)
        shares = sorted({share for curve in known for share, _ in curve})
        return tuple((share, min(at(curve, share) for curve in known)) for share in shares)

    def speed(self, kind: Kind, share: float, beside: tuple[str, ...] = ()) -> float:
        """Of an operator on `share` of the units: beside several others, the slowest of the pairs."""
        return min(at(self.points(kind, other), share) for other in (beside or (ALONE,)))

    def choices(self, kind: Kind) -> list[float]:
        """Shares that an operator of this kind may be given: the measured ones, and all units; on GPUs any multiple of 1/STEPS between them, as kernels can be bounded to any."""
        found = sorted({round(share * STEPS) for (one, _), curve in self.curves.items() if one == kind for share, _ in curve} | {STEPS})
        return [step / STEPS for step in (range(found[0], STEPS + 1) if self.elastic else found)]

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": self.source, "elastic": self.elastic,
            "curves": {f"{kind} beside {beside}": [list(point) for point in points] for (kind, beside), points in self.curves.items()},
        }  # fmt: skip

    @staticmethod
    def from_dict(facts: Mapping[str, Any], source: str = "") -> Interference:
        """`source`: what to call it where the facts don't say. Raises InputError."""
        try:
            curves = {}
            for name, points in facts["curves"].items():
                kind, _, beside = name.partition(" beside ")
                curves[kind, beside] = tuple((float(share), float(speed)) for share, speed in points)
            return Interference(curves, bool(facts.get("elastic", True)), str(facts.get("source", source)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"not an interference table: {error}", mend='give {"curves": {"memory beside compute": [[0.4, 0.8], [1.0, 1.0]], ...}}') from None


def at(points: Points, share: float) -> float:
    """The speed at a share, on straight lines from (0, 0) through the points; never above the last."""
    before = (0.0, 0.0)
    for point in points:
        if share <= point[0]:
            return before[1] + (point[1] - before[1]) * (share - before[0]) / (point[0] - before[0])
        before = point
    return before[1]


def _check(points: Points, where: str) -> None:
    shares = [share for share, _ in points]
    if not shares or shares[0] <= 0 or shares[-1] > 1 or any(a >= b for a, b in itertools.pairwise(shares)):
        raise InputError("shares must lie in (0, 1], each once, in ascending order", where=where)
    if odd := next((share for share in shares if abs(share * STEPS - round(share * STEPS)) > 1e-6), None):
        raise InputError(f"shares must be multiples of {1 / STEPS:g}, found {odd:g}", where=where, mend=f"say what the speed is at {round(odd * STEPS) / STEPS:g}")
    if any(not 0 < speed <= 1.5 for _, speed in points):
        raise InputError("speeds must be greater than zero and about 1 at most", where=where)


_REST: Points = ((1.0, 1.0),)
_MEMORY: Points = ((0.1, 0.2), (0.2, 0.3), (0.4, 0.8), (0.8, 0.85), (0.9, 0.95), (1.0, 1.0))
_NETWORK: Points = ((0.1, 0.3), (0.2, 0.5), (0.8, 0.9), (0.9, 1.0), (1.0, 1.0))
PUBLISHED = Interference(
    {("compute", "memory"): _REST, ("compute", "network"): _REST, ("compute", ALONE): _REST, **{("memory", beside): _MEMORY for beside in ("compute", "network", ALONE)},
     **{("network", beside): _NETWORK for beside in ("compute", "memory", ALONE)}},
    source="NanoFlow, arXiv 2408.12757, table 3 (A100)",
)  # fmt: skip
"""The default for GPUs. Published beside products only; a bounded kernel is taken to be no faster without them."""
_BESIDE_PRODUCTS: Points = ((0.1, 0.119), (0.2, 0.325), (0.3, 0.471), (0.4, 0.571), (0.5, 0.65), (0.6, 0.76), (0.7, 0.817), (0.8, 0.843), (0.9, 0.893), (1.0, 1.0))
H100 = Interference(
    {**PUBLISHED.curves, **{("memory", beside): _BESIDE_PRODUCTS for beside in ("compute", "network", ALONE)}},
    source="attention beside products on divided multiprocessors, measured on an H100 80GB HBM3, 2026-11-26 (tests/bench/gpu/interference.py); the network's: NanoFlow",
)  # fmt: skip
"""64 sequences of 4,096 tokens (32 heads, 8 for keys and values, of 128) beside 2,048 x 28,672 x 4,096 in bf16, between the measured shares on straight lines."""
NAMED = {"a100": PUBLISHED, "h100": H100}
