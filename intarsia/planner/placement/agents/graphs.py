"""An agent's graph as the placement sees it: nodes, turns and their odds, and how often each task runs."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from intarsia.errors import InputError
from intarsia.ir.passes import expectations
from intarsia.planner.facts import Node as FactsNode
from intarsia.planner.facts import Region
from intarsia.planner.placement.agents import spread
from intarsia.planner.placement.agents.problem import Graph, Node
from intarsia.planner.placement.agents.spread import ODDS, constant

MOST_TURNS = 10_000


def graph_of(region: Region) -> Graph:
    """The graph of a region of the planner's facts, with whole distributions. Raises InputError for turns without end."""
    return Graph(tuple(_node(node) for node in region.nodes))


def _node(node: FactsNode) -> Node:
    cases = tuple((odds, graph_of(inner)) for odds, inner in node.cases)
    if node.kind == "latency":
        return Node("wait", node.name, node.after, spread.of(node.spec) if node.spec else constant(0.0))
    if node.kind in ("loop", "map"):
        usual = node.most if node.kind == "loop" else expectations.UNKNOWN_FAN_OUT
        counts = counts_of(node.spec or {"kind": "constant", "value": float(usual)}, node.most, least=1 if node.kind == "loop" else 0)
        return Node(node.kind, node.name, node.after, cases=cases, counts=counts, parallel=node.parallel)
    return Node(node.kind, node.name, node.after, cases=cases)


def counts_of(spec: dict[str, object], most: int = 0, least: int = 0) -> tuple[tuple[int, float], ...]:
    """Whole numbers of turns or items and their odds, rounded up, at most `most` (0: no limit). Raises InputError for more than `MOST_TURNS`."""
    values = np.maximum(np.ceil(spread.of(spec).values - 1e-9), least)
    values = np.minimum(values, most) if most else values
    if values[-1] > MOST_TURNS:
        raise InputError(f"a loop of up to {values[-1]:.4g} turns can't be planned", mend="give it max_iterations")
    odds: dict[int, float] = defaultdict(float)
    for value, share in zip(values, ODDS, strict=True):
        odds[round(value)] += float(share)
    return tuple(odds.items())


def visits_of(graph: Graph, times: float = 1.0) -> dict[str, float]:
    """Mean runs of each task a request."""
    found: dict[str, float] = {}
    for node in graph.nodes:
        if node.kind == "task":
            found[node.name] = times
        weight = sum(count * odds for count, odds in node.counts) if node.kind in ("loop", "map") else 1.0
        for odds, inner in node.cases:
            found |= visits_of(inner, times * weight * odds)
    return found


def innermost_loop(graph: Graph, task: str) -> Graph | None:
    """The body of the innermost loop around a task."""
    for node in graph.nodes:
        for _, inner in node.cases:
            if task in inner.tasks():
                return innermost_loop(inner, task) or (inner if node.kind == "loop" else None)
    return None


