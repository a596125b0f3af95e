"""Seconds of a collective: alpha-beta models of the known algorithms, and interpolation in measured tables.

Alpha-beta: R. Hockney, Parallel Computing 20(3), 1994; a step costs alpha, a byte 1/bandwidth. Algorithms: R. Thakur et al.,
IJHPCA 19(1), 2005; double binary trees: P. Sanders et al., Parallel Computing 35(12), 2009; in the network: R. Graham et al.,
COM-HPC 2016. Sizes are bytes: of the whole buffer of each rank for an all-reduce, a broadcast, a send; of the gathered whole
for an all-gather and a reduce-scatter; of all that one rank sends for an all-to-all.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intarsia.errors import InputError
from intarsia.ir.topology import Topology

OPS = ("all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast", "send_recv")


@dataclass(frozen=True)
class Channel:
    """What joins the members of a domain: seconds of a step, bytes/s each way of a member, and whether its switches can reduce and multicast.

    `switched` says that each member reaches every other one directly, at the rate of its own link.
    """

    alpha_s: float
    bandwidth: float
    in_network: bool = False
    kind: str = ""
    switched: bool = False


@dataclass(frozen=True)
class Group:
    """`nodes` nodes with `per_node` ranks each: `inner` joins the ranks of a node, `outer` the nodes (its bandwidth is that of a whole node)."""

    per_node: int
    inner: Channel
    nodes: int = 1
    outer: Channel | None = None

    def __post_init__(self) -> None:
        if self.per_node < 1 or self.nodes < 1:
            raise InputError(f"a group needs at least one rank in at least one node, found {self.per_node} in {self.nodes}")
        if self.nodes > 1 and self.outer is None:
            raise InputError(f"a group over {self.nodes} nodes needs `outer`, the link between them")

    @property
    def ranks(self) -> int:
        return self.per_node * self.nodes


@dataclass(frozen=True)
class Estimate:
    """Predicted seconds, the algorithm that takes them, and where the figure comes from."""

    seconds: float
    algorithm: str
    source: str = "alpha-beta"


@dataclass(frozen=True)
class Algorithm:
    """`steps(p)` times alpha, and `volume(p)` times the size over the bandwidth."""

    name: str
    steps: Callable[[int], float]
    volume: Callable[[int], float]
    in_network: bool = False
    switched: bool = False

    def seconds(self, size: Any, ranks: int, channel: Channel) -> Any:
        """Of a size or of an array of sizes."""
        return self.steps(ranks) * channel.alpha_s + self.volume(ranks) * size / channel.bandwidth


def rounds(ranks: int) -> int:
    """Rounds in which each rank doubles what it knows, until it knows all."""
    return math.ceil(math.log2(ranks))


def _share(ranks: int) -> float:
    return (ranks - 1) / ranks


ALGORITHMS: dict[str, tuple[Algorithm, ...]] = {
    "all_reduce": (
        Algorithm("ring", lambda p: 2 * (p - 1), lambda p: 2 * _share(p)),
        Algorithm("recursive doubling", rounds, rounds),
        Algorithm("tree", lambda p: 2 * rounds(p), lambda p: 2.0),
        Algorithm("one-shot", lambda p: 1, lambda p: p - 1, switched=True),
        Algorithm("two-shot", lambda p: 2, lambda p: 2 * _share(p), switched=True),
        Algorithm("in-network", lambda p: 2, lambda p: 1.0, in_network=True),
    ),
    "all_gather": (
        Algorithm("ring", lambda p: p - 1, _share),
        Algorithm("bruck", rounds, _share),
        Algorithm("direct", lambda p: 1, _share, switched=True),
        Algorithm("in-network", lambda p: 1, _share, in_network=True),
    ),
    "reduce_scatter": (
        Algorithm("ring", lambda p: p - 1, _share),
        Algorithm("recursive halving", rounds, lambda p: _share(1 << rounds(p))),
        Algorithm("direct", lambda p: 1, _share, switched=True),
        Algorithm("in-network", lambda p: 1, _share, in_network=True),
    ),
    "all_to_all": (
        Algorithm("pairwise", lambda p: p - 1, _share),
        Algorithm("bruck", rounds, lambda p: rounds(p) / 2),
        Algorithm("direct", lambda p: 1, _share, switched=True),
    ),
    "broadcast": (
        Algorithm("tree", rounds, rounds),
        Algorithm("scatter and all-gather", lambda p: rounds(p) + p - 1, lambda p: 2 * _share(p)),
        Algorithm("in-network", lambda p: 1, lambda p: 1.0, in_network=True),
    ),
    "send_recv": (Algorithm("direct", lambda p: 1, lambda p: 1.0),),
}
FLAT = {"all_reduce": ("ring", "tree"), "all_gather": ("ring",), "reduce_scatter": ("ring",), "broadcast": ("tree",), "send_recv": ("direct",)}
"""Algorithms that cross from node to node once only, so that they may ignore where the nodes end."""
PHASES = {
    "all_reduce": ("reduce_scatter", "all_reduce", "all_gather"), "all_gather": ("", "all_gather", "all_gather"),
    "reduce_scatter": ("reduce_scatter", "reduce_scatter", ""), "broadcast": ("", "broadcast", "broadcast"),
}  # fmt: skip
"""A hierarchical collective: inside the nodes, between them, inside again."""


def cost(op: str, size: float, group: Group) -> Estimate:
    """The fastest known way to do `op` on `size` bytes. Raises InputError for an unknown op or a negative size."""
    return min(ways(op, size, group), key=lambda way: way.seconds)


def ways(op: str, size: float, group: Group) -> list[Estimate]:
    """Every algorithm's estimate. Raises InputError for an unknown op or a negative size."""
    _check(op, size)
    if group.ranks == 1:
        return [Estimate(0.0, "none")]
    if group.nodes == 1:
        return [Estimate(a.seconds(size, group.per_node, group.inner), a.name) for a in _usable(op, group.inner)]
    assert group.outer is not None
    if group.per_node == 1:
        return [Estimate(a.seconds(size, group.nodes, group.outer), a.name) for a in _usable(op, group.outer)]
    return [*_flat(op, size, group, group.outer), *_hierarchical(op, size, group, group.outer)]


def seconds(op: str, sizes: ArrayLike, group: Group) -> NDArray[np.float64]:
    """`cost` of many sizes."""
    sizes = np.asarray(sizes, np.float64)
    for size in (float(sizes.min(initial=0.0)), float(sizes.max(initial=0.0))):
        _check(op, size)
    if group.ranks == 1:
        return np.zeros(sizes.shape)
    if group.nodes == 1:
        return np.asarray(np.minimum.reduce([a.seconds(sizes, group.per_node, group.inner) for a in _usable(op, group.inner)]))
    assert group.outer is not None
    if group.per_node == 1:
        return np.asarray(np.minimum.reduce([a.seconds(sizes, group.nodes, group.outer) for a in _usable(op, group.outer)]))
    found = [way.seconds for way in _flat(op, sizes, group, group.outer)]
    if op == "all_to_all":
        found.append(_all_to_all(sizes, group, group.outer).seconds)
    elif op in PHASES:
        found.append(np.sum([seconds(phase, sizes, Group(ranks, channel)) for phase, ranks, channel in _sides(op, group, group.outer)], axis=0))
    return np.asarray(np.minimum.reduce(found))


def _check(op: str, size: float) -> None:
    if op not in ALGORITHMS:
        raise InputError(f"unknown collective {op!r}", mend=f"choose one of {', '.join(OPS)}")
    if not 0 <= size < math.inf:
        raise InputError(f"a collective's size should be zero or more bytes, found {size}")


def _usable(op: str, channel: Channel) -> list[Algorithm]:
    return [a for a in ALGORITHMS[op] if (channel.in_network or not a.in_network) and (channel.switched or not a.switched)]


def _flat(op: str, size: Any, group: Group, outer: Channel) -> list[Estimate]:
    slowest = Channel(max(group.inner.alpha_s, outer.alpha_s), min(group.inner.bandwidth, outer.bandwidth))
    return [Estimate(a.seconds(size, group.ranks, slowest), f"flat {a.name}") for a in ALGORITHMS[op] if a.name in FLAT.get(op, ())]


def _hierarchical(op: str, size: float, group: Group, outer: Channel) -> list[Estimate]:
    if op == "all_to_all":
        return [_all_to_all(size, group, outer)]
    if op not in PHASES:
        return []
    parts = [cost(phase, size, Group(ranks, channel)) for phase, ranks, channel in _sides(op, group, outer)]
    return [Estimate(sum(part.seconds for part in parts), "hierarchical " + " + ".join(part.algorithm for part in parts))]


def _sides(op: str, group: Group, outer: Channel) -> list[tuple[str, int, Channel]]:
    """The parts of a hierarchical collective: what is done by how many ranks over which channel."""
    before, between, after = PHASES[op]
    return [side for side in ((before, group.per_node, group.inner), (between, group.nodes, outer), (after, group.per_node, group.inner)) if side[0]]


def _all_to_all(size: Any, group: Group, outer: Channel) -> Estimate:
    """Pairwise exchange; what leaves a node shares the node's own bandwidth, while the rest goes inside it."""
    share = size / group.ranks
    leaving = group.per_node * (group.ranks - group.per_node) * share / outer.bandwidth + (group.ranks - group.per_node) * outer.alpha_s
    staying = (group.per_node - 1) * (share / group.inner.bandwidth + group.inner.alpha_s)
    return Estimate(np.maximum(leaving, staying), "hierarchical pairwise")


def group_of(topology: Topology, members: Sequence[str]) -> Group:
    """The group that `members` of a topology form: the slowest pair inside a node, and the slowest between nodes. Raises InputError
    where two have no path, or the nodes hold unequal numbers of them."""
    nodes = list(topology.nodes(members).values())
    if len({len(node) for node in nodes}) != 1:
        raise InputError(f"a group needs as many members in each node, found {', '.join(str(len(node)) for node in nodes)}", mend="choose members evenly over the nodes")
    inner = _slowest(topology, [pair for node in nodes for pair in itertools.pairwise(node)])
    outer = _slowest(topology, list(itertools.pairwise(node[0] for node in nodes)))
    return Group(len(nodes[0]), inner or Channel(0.0, math.inf), len(nodes), outer)


def _slowest(topology: Topology, pairs: list[tuple[str, str]]) -> Channel | None:
    paths = [topology.path(a, b) for a, b in pairs]
    if not paths:
        return None
    narrowest = min(paths, key=lambda path: path.bandwidth)
    return Channel(max(path.latency_s for path in paths), narrowest.bandwidth, kind=min(narrowest.kinds, default=""))
