"""The cheapest ways, by one-hot integer program.

    way_N_W              1 where node N goes way W
    reshard_S_T_P_A_B    1 where the result of node S lies in layout A and operand P of node T is taken in B

Memory at each step is a limit, so that where nothing fits the program can say which steps need how much more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulp

from intarsia.errors import IntarsiaError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Model, total
from intarsia.planner.placement.sharding.graph import LAYOUTS, Choice, Graph, peak, seconds

GIGA, MICRO = 1e9, 1e6
MENDS = {"GB": "more devices, weights of fewer bits, fewer sequences or shorter ones"}


@dataclass(frozen=True)
class Sharding:
    """A way for each node. Seconds of a step, and bytes of one device at the fullest step; `bound`: no choice takes less."""

    graph: Graph
    chosen: tuple[str, ...]
    seconds: float
    bound: float
    peak_bytes: float
    answer: solver.Answer

    @property
    def gap(self) -> float:
        return max(0.0, self.seconds - self.bound) / self.seconds if self.seconds else 0.0


def solve(graph: Graph, *, time_limit_s: float = 30.0, write_lp: Path | None = None, start: Choice | None = None) -> Sharding:
    """The cheapest choice. `start`: one to begin with. Raises InfeasibleError where the memory has room for none, naming the fewest steps that would need more."""
    model, ways = build(graph)
    known = {v.name: float(start[n] == way) for (n, way), v in ways.items()} if start else None
    answer = solver.solve(model, time_limit_s=time_limit_s, write_lp=write_lp, start=known)
    if answer.status == "infeasible":
        raise solver.infeasible(model, MENDS, "no sharding fits")
    if not answer.found:
        raise IntarsiaError(f"no sharding was found: {answer}", mend="give more time")
    chosen = tuple(next(way.name for way in node.ways if solver.chosen(ways[n, way.name])) for n, node in enumerate(graph.nodes))
    taken = seconds(graph, chosen)
    return Sharding(graph, chosen, taken, min(taken, answer.bound / MICRO), peak(graph, chosen), answer)


def build(graph: Graph) -> tuple[Model, dict[tuple[int, str], pulp.LpVariable]]:
    """The program, in microseconds and gigabytes, and its binaries by node and way."""
    model = Model("sharding")
    ways = {(n, way.name): model.binary(f"way_{n}_{node.name}_{way.name}") for n, node in enumerate(graph.nodes) for way in node.ways}
    for n, node in enumerate(graph.nodes):
        model.rule(f"one_way_{n}_{node.name}", total((1.0, ways[n, way.name]) for way in node.ways) == 1)
    cost = [(node.count * way.seconds * MICRO, ways[n, way.name]) for n, node in enumerate(graph.nodes) for way in node.ways]
    for number, edge in enumerate(graph.edges):
        if edge.count:
            cost += _edge(graph, model, ways, number)
    _memory(graph, model, ways)
    model.minimize(total(cost), "microseconds")
    return model, ways


def _edge(graph: Graph, model: Model, ways: dict[tuple[int, str], pulp.LpVariable], number: int) -> list[tuple[float, pulp.LpVariable]]:
    """The products of both ends' layouts: their sums over one end are the other end's choice, so they needn't be integer."""
    edge = graph.edges[number]
    name = f"{edge.source}_{edge.target}_{edge.place}_{number}"
    gives = {layout: [way.name for way in graph.nodes[edge.source].ways if way.gives == layout] for layout in LAYOUTS}
    takes = {layout: [way.name for way in graph.nodes[edge.target].ways if way.takes[edge.place] == layout] for layout in LAYOUTS}
    pairs = {(a, b): model.continuous(f"reshard_{name}_{a}_{b}", 0.0, 1.0) for a, b in edge.seconds if gives[a] and takes[b]}
    for end, found, node, index in (("from", gives, edge.source, 0), ("to", takes, edge.target, 1)):
        for layout, names in found.items():
            if names:
                sums = total((1.0, pair) for key, pair in pairs.items() if key[index] == layout)
                model.rule(f"{end}_{layout}_{name}", sums == total((1.0, ways[node, way]) for way in names))
    return [(edge.count * edge.seconds[key] * MICRO, pair) for key, pair in pairs.items()]


def _memory(graph: Graph, model: Model, ways: dict[tuple[int, str], pulp.LpVariable]) -> None:
    """Weights, cache and living results at each step; steps at which nothing more lives than at another are left out."""
    kept = [
        (node.count * (way.weight_bytes + way.cache_bytes) / GIGA, ways[n, way.name])
        for n, node in enumerate(graph.nodes) for way in node.ways if way.weight_bytes or way.cache_bytes
    ]  # fmt: skip
    alive = [set(living) for living in graph.alive]
    for step, living in enumerate(alive):
        if any(living < other or (living == other and step > t) for t, other in enumerate(alive)):
            continue
        results = [(way.result_bytes / GIGA, ways[n, way.name]) for n in sorted(living) for way in graph.nodes[n].ways if way.result_bytes]
        used = total(kept)
        for weight, variable in results:
            used.addterm(variable, weight)
        model.limit(f"memory_at_{step}", used, graph.memory / GIGA, "GB", f"memory of a device while {graph.nodes[step].name} runs")
