"""Facts of control-flow graphs: dominators, natural loops and their bounds, and what makes a graph one that can't be structured (structure.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx

from intarsia.compiler.frontends.flow import Item
from intarsia.errors import InputError, Where
from intarsia.ir.distributions import Distribution


@dataclass(frozen=True)
class Edge:
    """A way out of a vertex; `label` and `probability` (None: not known) where it branches."""

    target: str
    label: str = ""
    probability: float | None = None


@dataclass(frozen=True)
class Vertex:
    """A node of a control-flow graph: its `steps`, then one way out, one by the label in the variable `on`, or all together (`fork`)."""

    name: str
    steps: tuple[Item, ...] = ()
    edges: tuple[Edge, ...] = ()
    on: str = ""
    fork: bool = False
    where: Where = Where()


@dataclass(frozen=True)
class Bound:
    """How often the cycle through a node may run, and how often it does."""

    max_iterations: int | None = None
    iterations: dict[str, Any] | None = None

    def mean(self) -> float:
        """Expected turns: the distribution's mean, or the limit."""
        most = float(self.max_iterations or "inf")
        return min(most, max(1.0, Distribution(self.iterations).mean())) if self.iterations else most


@dataclass
class ControlFlow:
    """A graph from `entry` to `leave`, and what follows from its edges."""

    vertices: dict[str, Vertex]
    entry: str
    leave: str

    @cached_property
    def directed(self) -> Any:
        """The networkx graph; parallel edges once."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.vertices)
        graph.add_edges_from((vertex.name, edge.target) for vertex in self.vertices.values() for edge in vertex.edges)
        return graph

    @cached_property
    def dominator(self) -> dict[str, str]:
        """Each vertex's immediate dominator."""
        found = dict(nx.immediate_dominators(self.directed, self.entry))
        return {name: above for name, above in found.items() if name != self.entry and above is not None}

    @cached_property
    def postdominator(self) -> dict[str, str]:
        return {n: above for n, above in nx.immediate_dominators(self.directed.reverse(copy=False), self.leave).items() if n != self.leave and above is not None}

    def dominates(self, above: str, name: str) -> bool:
        while name != above:
            if name not in self.dominator:
                return False
            name = self.dominator[name]
        return True

    @cached_property
    def back_edges(self) -> set[tuple[str, str]]:
        return {(u, v) for u, v in self.directed.edges if self.dominates(v, u)}

    @cached_property
    def forward(self) -> Any:
        graph = self.directed.copy()
        graph.remove_edges_from(self.back_edges)
        return graph

    @cached_property
    def loops(self) -> dict[str, set[str]]:
        """Each loop's header, and the vertices of its natural loop (Aho et al., Compilers, section 9.6.6)."""
        found: dict[str, set[str]] = {}
        for tail, header in self.back_edges:
            body = found.setdefault(header, {header})
            waiting = [tail]
            while waiting:
                name = waiting.pop()
                if name not in body:
                    body.add(name)
                    waiting += self.directed.predecessors(name)
        return found

    @cached_property
    def order(self) -> dict[str, int]:
        """Places in a topological order of the forward edges."""
        return {name: place for place, name in enumerate(nx.lexicographical_topological_sort(self.forward, key=list(self.vertices).index))}

    def ways_in(self, name: str) -> int:
        """Forward edges into a vertex, parallel ones counted each."""
        return sum(edge.target == name for u in self.forward.predecessors(name) for edge in self.vertices[u].edges)

    def left(self, source: str, target: str) -> list[str]:
        """The headers of the loops that an edge leaves, outermost first."""
        return sorted((h for h, body in self.loops.items() if source in body and target not in body), key=lambda h: self.order[h])


def check(graph: ControlFlow) -> None:
    """Raises InputError for edges to nowhere, vertices that can't be reached or can't leave, and cycles with two ways in."""
    for vertex in graph.vertices.values():
        for edge in vertex.edges:
            if edge.target not in graph.vertices:
                what = f"an edge leads from {vertex.name!r} to {edge.target!r}, which is no node"
                raise InputError(what, where=vertex.where, mend="dangling edge: add the node or remove the edge")
    _check_reach(graph)
    if not nx.is_directed_acyclic_graph(graph.forward):
        cycle = [u for u, _ in nx.find_cycle(graph.forward)]
        what = f"the cycle through {', '.join(map(repr, cycle))} can be entered at more than one node"
        raise InputError(what, where=graph.vertices[cycle[0]].where, mend="give it one entry: send all edges into the cycle to the same node (irreducible graph)")


def _check_reach(graph: ControlFlow) -> None:
    reached = nx.descendants(graph.directed, graph.entry) | {graph.entry}
    if lost := [name for name in graph.vertices if name not in reached and name != graph.leave]:
        raise InputError(f"the node {lost[0]!r} can't be reached from {graph.entry!r}", where=graph.vertices[lost[0]].where, mend="add the edge that leads to it, or remove it")
    ends = nx.ancestors(graph.directed, graph.leave) | {graph.leave} if graph.leave in reached else set()
    if stuck := [name for name in graph.vertices if name in reached and name not in ends]:
        raise InputError(f"from the node {stuck[0]!r} the end {graph.leave!r} can't be reached", where=graph.vertices[stuck[0]].where, mend="give the cycle or the node a way out")


def bound_of(graph: ControlFlow, header: str, bounds: Mapping[str, Bound], default: Bound | None, hint: str) -> Bound:
    """The bound of the loop at `header`: its own, that of its only bounded vertex, or the default."""
    if header in bounds:
        return bounds[header]
    inner = set().union(*(body for other, body in graph.loops.items() if other != header and other in graph.loops[header]))
    for name in sorted(graph.loops[header] - inner, key=lambda n: graph.order[n]):
        if name in bounds:
            return bounds[name]
    if default is None:
        nodes = ", ".join(repr(n) for n in sorted(graph.loops[header], key=lambda n: graph.order[n]))
        raise InputError(f"the cycle through {nodes} has no bound", where=graph.vertices[header].where, mend=hint)
    return default
