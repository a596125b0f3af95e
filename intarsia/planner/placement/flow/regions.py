"""Which machines are alike: of one type (the same rates) and one region (much the same wide links). Programs count machines of a class instead of naming them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.placement.flow.problem import Arrays

GAP = 4.0
"""Links are wide and narrow where their sorted capacities have a step of this factor; the largest step counts."""
ALIKE = 0.6
"""Two machines are of one region where they share this part of the other machines that either has a wide link to or from (Jaccard index)."""


@dataclass(frozen=True)
class Kind:
    """Machines of one type in one region, by number."""

    type: int
    region: int
    members: tuple[int, ...]


def kinds(made: Arrays, by_region: bool = True) -> list[Kind]:
    """All machines that can hold a layer, by class, in order of their first members."""
    region = regions(made) if by_region else np.zeros(len(made.most), dtype=np.int64)
    types: dict[bytes, int] = {}
    found: dict[tuple[int, int], list[int]] = {}
    for i in np.flatnonzero(made.most):
        kind = types.setdefault(made.rates[i].tobytes(), len(types))
        found.setdefault((kind, int(region[i])), []).append(int(i))
    return [Kind(*key, tuple(members)) for key, members in found.items()]


def regions(made: Arrays) -> NDArray[np.int64]:
    """The region of each machine: classes joined by pairs of machines with like links."""
    count = len(made.most)
    wide = made.links[:count, :count] >= _wide(made.links[:count, :count])
    near = (wide | wide.T).astype(np.int64)
    shared = near @ near
    others = near.sum(axis=1)[:, None] - near
    alike = shared >= ALIKE * (others + others.T - shared)
    region = np.full(count, -1, dtype=np.int64)
    for i in range(count):
        if region[i] < 0:
            _spread(alike, region, i, int(region.max()) + 1)
    return region


def _spread(alike: NDArray[np.bool_], region: NDArray[np.int64], first: int, number: int) -> None:
    waiting = [first]
    while waiting:
        i = waiting.pop()
        if region[i] < 0:
            region[i] = number
            waiting += np.flatnonzero(alike[i] & (region < 0)).tolist()


def _wide(links: NDArray[np.float64]) -> float:
    """The least capacity of a wide link."""
    found = np.unique(links[links > 0])
    if len(found) < 2:
        return float(found[0]) if len(found) else 1.0
    steps = found[1:] / found[:-1]
    at = int(steps.argmax())
    return float(found[at + 1] if steps[at] >= GAP else found[0])


def sparse(made: Arrays) -> bool:
    """Whether links can matter: some are missing or carry less than the machines at their ends can pass on."""
    count = len(made.most)
    usable = np.flatnonzero(made.most)
    top = made.rates.max(axis=1)
    need = np.minimum(top[:, None], top[None, :])
    inner = made.links[:count, :count] >= need
    np.fill_diagonal(inner, True)
    ends = (made.links[count, :count] >= top) & (made.links[:count, count + 1] >= top)
    return not bool(inner[np.ix_(usable, usable)].all() and ends[usable].all())
