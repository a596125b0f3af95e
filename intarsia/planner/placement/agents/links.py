"""How fast one class of a fleet's devices reaches another: by the fleet's topology, or, where it states no way, as planner/search assumes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from intarsia.errors import InputError
from intarsia.ir import topology
from intarsia.ir.topology import Members, Topology
from intarsia.planner.facts import Facts
from intarsia.planner.search.problem import NETWORK, NETWORK_LATENCY_S


@dataclass
class Links:
    """Bytes/s and seconds of latency between devices of two classes, one device of each."""

    names: tuple[str, ...]
    counts: dict[str, int]
    known: Topology
    _found: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    @staticmethod
    def of(facts: Facts) -> Links:
        members = [Members(fleet.symbol, fleet.count, fleet.device) for fleet in facts.fleet]
        return Links(tuple(m.name for m in members), {m.name: m.count for m in members}, topology.of_fleet(members, facts.links))

    def between(self, a: str, b: str) -> tuple[float, float]:
        if (a, b) not in self._found:
            self._found[a, b] = self._path(f"{a}[0]", f"{b}[{int(a == b and self.counts[b] > 1)}]")
        return self._found[a, b]

    def _path(self, a: str, b: str) -> tuple[float, float]:
        try:
            path = self.known.path(a, b)
        except InputError:
            return NETWORK, NETWORK_LATENCY_S
        return (path.bandwidth, path.latency_s) if math.isfinite(path.bandwidth) else (NETWORK, NETWORK_LATENCY_S)

    def seconds(self, a: str, b: str, size: float) -> float:
        bandwidth, latency_s = self.between(a, b)
        return latency_s + size / bandwidth

    def worst(self, size: float) -> float:
        """The most seconds that `size` bytes take between two classes; nothing where there is one class."""
        return max((self.seconds(a, b, size) for a in self.names for b in self.names if a != b), default=0.0)

    def network(self, name: str) -> float:
        """Bytes/s of each device's fastest way to another class; infinite where there is none."""
        return max((self.between(name, other)[0] for other in self.names if other != name), default=math.inf)
