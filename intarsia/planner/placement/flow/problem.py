"""The problem: machines hold intervals of a model's layers, and tokens flow from the source through machines whose intervals follow each other to the sink.

A machine that holds `k` layers passes at most `rates[k - 1]` tokens/s; a link at most its capacity. Tokens go from a machine to one that begins where it ends, and only over
a link. The value of a placement is its maximum flow, tokens/s (Helix, arXiv 2406.01566, section 4, without partial inference).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intarsia.errors import InfeasibleError, InputError, Where

SOURCE, SINK = "source", "sink"
MOST_LAYERS, MOST_MACHINES = 10_000, 4096
MOST_RATE = 2.0**62
"""Tokens/s beyond which a rate or capacity is a slip of the pen."""


@dataclass(frozen=True)
class Machine:
    """`rates[k - 1]`: tokens/s when it holds k layers; as many as fit."""

    name: str
    rates: tuple[float, ...]

    @property
    def most(self) -> int:
        """Layers that it can hold."""
        return len(self.rates)


@dataclass(frozen=True)
class Interval:
    """Layers [start, end)."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


Placement = Mapping[str, Interval]
Flows = Mapping[tuple[str, str], float]
"""Tokens/s over each link."""


@dataclass(frozen=True)
class Cluster:
    """`links`: tokens/s from one machine (or the source) to another (or the sink); what is not there can't be used."""

    name: str
    layers: int
    machines: tuple[Machine, ...]
    links: Mapping[tuple[str, str], float]
    notes: tuple[str, ...] = ()

    @cached_property
    def index(self) -> dict[str, int]:
        """Places of machines by name; the source comes after all machines, then the sink."""
        return {name: i for i, name in enumerate([*(m.name for m in self.machines), SOURCE, SINK])}


@dataclass(frozen=True)
class Arrays:
    """A cluster in numbers: `rates[i, k]` (0 where k layers don't fit), `most[i]`, `links[i, j]` with the source and the sink as the last two."""

    layers: int
    rates: NDArray[np.float64]
    most: NDArray[np.int64]
    links: NDArray[np.float64]


def arrays(cluster: Cluster) -> Arrays:
    """The cluster in numbers; machines that are not linked have 0 tokens/s between them."""
    count = len(cluster.machines)
    most = np.array([machine.most for machine in cluster.machines], dtype=np.int64)
    rates = np.zeros((count, int(most.max()) + 1))
    for i, machine in enumerate(cluster.machines):
        rates[i, 1 : machine.most + 1] = machine.rates
    links = np.zeros((count + 2, count + 2))
    for (a, b), capacity in cluster.links.items():
        links[cluster.index[a], cluster.index[b]] = capacity
    return Arrays(cluster.layers, rates, most, links)


def check(cluster: Cluster) -> None:
    """Raises InputError for what is no cluster, InfeasibleError where its machines together can't hold the layers."""
    where = Where(cluster.name)
    if not 0 < cluster.layers <= MOST_LAYERS:
        raise InputError(f"the model has {cluster.layers} layers", where=where, mend=f"give 1 to {MOST_LAYERS}")
    if not 0 < len(cluster.machines) <= MOST_MACHINES:
        raise InputError(f"the cluster has {len(cluster.machines)} machines", where=where, mend=f"give 1 to {MOST_MACHINES}")
    names = [machine.name for machine in cluster.machines]
    if twice := {name for name in names if names.count(name) > 1 or name in (SOURCE, SINK)}:
        raise InputError(f"the name {min(twice)!r} is given twice or reserved", where=where, mend="give each machine a name of its own")
    _check_numbers(cluster, where)
    _check_room(cluster, where)


def _check_numbers(cluster: Cluster, where: Where) -> None:
    for machine in cluster.machines:
        if not all(0 <= rate < MOST_RATE for rate in machine.rates):
            raise InputError(f"the machine {machine.name} has a rate that is negative, no number, or 2^62 and more", where=where)
    for (a, b), capacity in cluster.links.items():
        if a not in cluster.index or b not in cluster.index or a in (SINK, b) or b == SOURCE:
            raise InputError(f"there can be no link from {a} to {b}", where=where, mend="link machines of the cluster, the source to them, and them to the sink")
        if not 0 <= capacity < MOST_RATE:
            raise InputError(f"the link from {a} to {b} has the capacity {capacity}", where=where, mend="give tokens/s from 0 to 2^62")


def _check_room(cluster: Cluster, where: Where) -> None:
    room = sum(machine.most for machine in cluster.machines)
    if room < cluster.layers:
        missing = f"the machines hold {room} layers together, the model has {cluster.layers}: {cluster.layers - room} too many"
        raise InfeasibleError(missing, where=where, mend="add machines, or give ones with more memory, or weights of fewer bits")
    for end, linked in ((SOURCE, [b for a, b in cluster.links if a == SOURCE]), (SINK, [a for a, b in cluster.links if b == SINK])):
        if not any(cluster.machines[cluster.index[name]].most for name in linked):
            raise InfeasibleError(f"no machine that can hold a layer is linked to the {end}", where=where, mend=f"link one to the {end}")
