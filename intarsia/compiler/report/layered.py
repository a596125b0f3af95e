"""Layered drawing of a directed graph (Sugiyama, Tagawa and Toda, 1981): layers, order within them, and places across.

An edge over several layers gets a lane of its own in each layer that it crosses, so that it never runs behind a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS = 6


@dataclass
class Layout:
    """`layers` hold items in order; `chains` the items that each forward edge passes, ends included; `x` the items' centres."""

    layers: list[list[str]]
    chains: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    x: dict[str, float] = field(default_factory=dict)

    def layer_of(self) -> dict[str, int]:
        return {name: depth for depth, layer in enumerate(self.layers) for name in layer}


def lay_out(nodes: Sequence[str], edges: Sequence[tuple[str, str]], node_width: float, lane_width: float, gap: float) -> Layout:
    """A layout of `nodes`, which come in an order where predecessors stand first; edges against that order don't count."""
    order = {name: index for index, name in enumerate(nodes)}
    forward = [(a, b) for a, b in edges if a in order and b in order and order[a] < order[b]]
    layout = _with_lanes(_layers(nodes, forward), forward)
    neighbours = _neighbours(layout)
    _order(layout, neighbours[0])
    widths = {name: node_width if name in order else lane_width for layer in layout.layers for name in layer}
    _place(layout, neighbours, widths, gap)
    return layout


def _layers(nodes: Sequence[str], forward: list[tuple[str, str]]) -> list[list[str]]:
    """Each node one layer below its deepest predecessor."""
    depth: dict[str, int] = {}
    for name in nodes:
        depth[name] = max((depth[a] for a, b in forward if b == name), default=-1) + 1
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in nodes:
        layers[depth[name]].append(name)
    return layers


def _with_lanes(layers: list[list[str]], forward: list[tuple[str, str]]) -> Layout:
    layout = Layout(layers)
    depth = layout.layer_of()
    for a, b in forward:
        lanes = [f"{a} → {b} #{level}" for level in range(depth[a] + 1, depth[b])]
        for level, lane in enumerate(lanes, depth[a] + 1):
            layers[level].append(lane)
        layout.chains[a, b] = [a, *lanes, b]
    return layout


def _neighbours(layout: Layout) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The items above and below each item."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for chain in layout.chains.values():
        for a, b in pairwise(chain):
            above.setdefault(b, []).append(a)
            below.setdefault(a, []).append(b)
    return above, below


def _order(layout: Layout, above: dict[str, list[str]]) -> None:
    """Fewer crossings: each item near the mean rank of those above it."""
    for _ in range(SWEEPS):
        rank = {name: index / len(layer) for layer in layout.layers for index, name in enumerate(layer)}
        for layer in layout.layers[1:]:
            layer.sort(key=lambda name: _mean([rank[each] for each in above.get(name, [])], rank[name]))
            rank |= {name: index / len(layer) for index, name in enumerate(layer)}


def _place(layout: Layout, neighbours: tuple[dict[str, list[str]], dict[str, list[str]]], widths: dict[str, float], gap: float) -> None:
    """Centres across: near those of the neighbours, alternately above and below, and never overlapping."""
    for layer in layout.layers:
        layout.x.update(zip(layer, _apart([0.0] * len(layer), [widths[name] for name in layer], gap), strict=True))
    for sweep in range(SWEEPS):
        near = neighbours[sweep % 2]
        for layer in layout.layers if sweep % 2 == 0 else reversed(layout.layers):
            wanted = [_mean([layout.x[each] for each in near.get(name, [])], layout.x[name]) for name in layer]
            layout.x.update(zip(layer, _apart(wanted, [widths[name] for name in layer], gap), strict=True))


def _apart(wanted: list[float], widths: list[float], gap: float) -> list[float]:
    """The places nearest to `wanted` (least squares) that keep order and distance: isotonic regression, by pooling neighbours."""
    offsets = [0.0]
    for left, right in pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2 + gap)
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        total, count = place - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            total, count = total + pools[-1][0], count + pools[-1][1]
            pools.pop()
        pools.append((total, count))
    levels = [total / count for total, count in pools for _ in range(count)]
    return [level + offset for level, offset in zip(levels, offsets, strict=False)]


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default
