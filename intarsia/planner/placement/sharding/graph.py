"""The problem: a graph of operators, each with several ways to be split over the stage's devices, edges that cost where layouts differ, and memory at each step.

Activations lie whole on every device, or by rows (tokens), or by columns (features). A way of an operator says in which layouts it takes its operands and in which it gives its
result, how long it takes with the collectives that it needs, and what weights and cache it keeps on each device.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

WHOLE, ROWS, COLUMNS = "whole", "rows", "columns"
LAYOUTS = (WHOLE, ROWS, COLUMNS)


@dataclass(frozen=True)
class Way:
    """`takes`: the layout of each operand; `gives` that of the result. Seconds of one launch; bytes of one device: weights and cache of one layer, and the result."""

    name: str
    takes: tuple[str, ...]
    gives: str
    seconds: float = 0.0
    weight_bytes: float = 0.0
    cache_bytes: float = 0.0
    result_bytes: float = 0.0


@dataclass(frozen=True)
class Node:
    """An operator, `count` times in a step (a layer is held once).

    `op` is its place among the phase's operators as they are walked (for a layer's argument that of the repeat), -1 for the phase's argument.
    """

    name: str
    count: int
    ways: tuple[Way, ...]
    op: int = -1

    @property
    def by_name(self) -> dict[str, Way]:
        return {way.name: way for way in self.ways}


@dataclass(frozen=True)
class Edge:
    """The result of node `source` is operand `place` of node `target`, `count` times. `seconds`: by the layouts given and taken; what isn't there can't be."""

    source: int
    target: int
    place: int
    count: int
    seconds: Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Graph:
    """`alive[t]`: the nodes whose results are in memory while node t runs. `memory` bytes of one device."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    alive: tuple[tuple[int, ...], ...]
    memory: float
    devices: int


Choice = Sequence[str]
"""The name of a way for each node."""


def seconds(graph: Graph, chosen: Choice) -> float:
    """What a choice takes; infinite where an edge can't be."""
    ways = [node.by_name[name] for node, name in zip(graph.nodes, chosen, strict=True)]
    total = sum(node.count * way.seconds for node, way in zip(graph.nodes, ways, strict=True))
    return total + sum(edge.count * edge.seconds.get((ways[edge.source].gives, ways[edge.target].takes[edge.place]), math.inf) for edge in graph.edges if edge.count)


def held(graph: Graph, chosen: Choice) -> float:
    """Bytes of weights and cache of one device."""
    ways = [node.by_name[name] for node, name in zip(graph.nodes, chosen, strict=True)]
    return sum(node.count * (way.weight_bytes + way.cache_bytes) for node, way in zip(graph.nodes, ways, strict=True))


def peak(graph: Graph, chosen: Choice) -> float:
    """The most bytes of one device at any step."""
    results = [node.by_name[name].result_bytes for node, name in zip(graph.nodes, chosen, strict=True)]
    return held(graph, chosen) + max((sum(results[i] for i in alive) for alive in graph.alive), default=0.0)


def choices(graph: Graph) -> Iterator[Choice]:
    """Every choice, for small graphs."""
    return itertools.product(*([way.name for way in node.ways] for node in graph.nodes))
