"""Clusters to place layers on, and what trying everything finds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import networkx as nx
from hypothesis import strategies as st

from intarsia.planner.placement.flow.problem import SINK, SOURCE, Cluster, Interval, Machine


def full(layers: int, *rates: tuple[float, ...], width: float = 1e6) -> Cluster:
    """Machines that all reach each other."""
    names = [str(i) for i in range(len(rates))]
    links = {(a, b): width for a in [SOURCE, *names] for b in [*names, SINK] if a != b and (a, b) != (SOURCE, SINK)}
    return Cluster("all linked", layers, tuple(Machine(name, rate) for name, rate in zip(names, rates, strict=True)), links)


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """Up to four machines of up to two types, up to five layers, some links missing and some narrow."""
    ladders = [tuple(float(v) for v in draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))) for _ in range(2)]
    count, layers = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    whole = full(layers, *(draw(st.sampled_from(ladders)) for _ in range(count)))
    widths = {ends: draw(st.sampled_from([0.0, 7.0, 1e6, 1e6])) for ends in whole.links}
    return Cluster("drawn", layers, whole.machines, {ends: width for ends, width in widths.items() if width})


def intervals(cluster: Cluster, machine: Machine) -> Iterator[Interval]:
    for size in range(1, machine.most + 1):
        for start in range(cluster.layers - size + 1):
            yield Interval(start, start + size)


def flow(cluster: Cluster, placement: dict[str, Interval]) -> float:
    """The maximum flow of a placement, by networkx."""
    graph = nx.DiGraph()
    graph.add_nodes_from([SOURCE, SINK])
    for machine in cluster.machines:
        if machine.name in placement:
            graph.add_edge(machine.name + " in", machine.name + " out", capacity=machine.rates[placement[machine.name].size - 1])
    for (a, b), width in cluster.links.items():
        if {a, b} - {SOURCE, SINK} <= set(placement):
            leaves, enters = 0 if a == SOURCE else placement[a].end, cluster.layers if b == SINK else placement[b].start
            if leaves == enters:
                graph.add_edge(a if a == SOURCE else a + " out", b if b == SINK else b + " in", capacity=width)
    return float(nx.maximum_flow_value(graph, SOURCE, SINK))


def best(cluster: Cluster) -> float:
    """The most that flows through any placement. One of which the machines on some layer together carry no more than what was found isn't looked at."""
    ways = [list(intervals(cluster, machine)) or [Interval(0, 0)] for machine in cluster.machines]
    most = 0.0
    for chosen in sorted(itertools.product(*ways), key=lambda chosen: -carried(cluster, chosen)):
        if carried(cluster, chosen) <= most:
            break
        most = max(most, flow(cluster, {machine.name: held for machine, held in zip(cluster.machines, chosen, strict=True) if held.size}))
    return most


def carried(cluster: Cluster, chosen: tuple[Interval, ...]) -> float:
    """What the machines of the weakest layer carry together: all that flows goes through one of them."""
    layers = [0.0] * cluster.layers
    for machine, held in zip(cluster.machines, chosen, strict=True):
        for layer in range(held.start, held.end):
            layers[layer] += machine.rates[held.size - 1]
    return min(layers)
