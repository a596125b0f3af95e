"""The agent's graph as a picture: nodes in layers from top to bottom, branch probabilities on the edges."""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.compiler.report import svg

NODE_WIDTH, NODE_HEIGHT = 176, 46
GAP_X, GAP_Y, MARGIN = 26, 44, 12
KINDS = ("input", "llm", "embed", "retrieve", "tool", "branch", "loop", "transform")
SWEEPS = 4


@dataclass(frozen=True)
class Node:
    """A box: `kind` gives its colour, `detail` its second line, `tip` what hovering shows."""

    id: str
    label: str
    kind: str = ""
    detail: str = ""
    tip: str = ""


@dataclass(frozen=True)
class Edge:
    """An arrow between two node ids."""

    source: str
    target: str
    label: str = ""


def draw(nodes: list[Node], edges: list[Edge]) -> str:
    """An SVG. Edges that would go backwards (loops) are drawn, but don't count for the layers."""
    layers = _ordered(_layers(nodes, edges), edges)
    widest = max((len(layer) for layer in layers), default=1)
    width = MARGIN * 2 + widest * NODE_WIDTH + (widest - 1) * GAP_X
    height = MARGIN * 2 + len(layers) * NODE_HEIGHT + (len(layers) - 1) * GAP_Y
    places = _places(layers, width)
    parts = ['<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" class="arrow"/></marker></defs>']
    parts += [_arrow(edge, places) for edge in edges if edge.source in places and edge.target in places]
    parts += [_label(edge, places) for edge in edges if edge.label and edge.source in places and edge.target in places]
    parts += [_box(node, *places[node.id]) for node in nodes]
    return svg.document(width, height, parts, label=f"agent graph of {len(nodes)} nodes")


def _layers(nodes: list[Node], edges: list[Edge]) -> list[list[str]]:
    """Each node one layer below its deepest predecessor; `nodes` come in an order where predecessors stand first."""
    order = {node.id: index for index, node in enumerate(nodes)}
    depth: dict[str, int] = {}
    for node in nodes:
        before = [depth[e.source] for e in edges if e.target == node.id and e.source in depth and order[e.source] < order[node.id]]
        depth[node.id] = max(before, default=-1) + 1
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for node in nodes:
        layers[depth[node.id]].append(node.id)
    return layers


def _ordered(layers: list[list[str]], edges: list[Edge]) -> list[list[str]]:
    """Fewer crossings, by the barycentre heuristic (Sugiyama et al., 1981)."""
    parents: dict[str, list[str]] = {}
    for edge in edges:
        parents.setdefault(edge.target, []).append(edge.source)
    for _ in range(SWEEPS):
        rank = {name: index for layer in layers for index, name in enumerate(layer)}
        for layer in layers[1:]:
            layer.sort(key=lambda name: _mean([rank[p] for p in parents.get(name, []) if p in rank], rank[name]))
    return layers


def _mean(values: list[int], default: float) -> float:
    return sum(values) / len(values) if values else default


def _places(layers: list[list[str]], width: float) -> dict[str, tuple[float, float]]:
    places = {}
    for depth, layer in enumerate(layers):
        used = len(layer) * NODE_WIDTH + (len(layer) - 1) * GAP_X
        for index, name in enumerate(layer):
            places[name] = ((width - used) / 2 + index * (NODE_WIDTH + GAP_X), MARGIN + depth * (NODE_HEIGHT + GAP_Y))
    return places


def _arrow(edge: Edge, places: dict[str, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    if y2 <= y1:
        x, top, bottom = min(x1, x2) - 8, y2 + NODE_HEIGHT / 2, y1 + NODE_HEIGHT / 2
        return svg.path(f"M{x1} {bottom}C{x - 20} {bottom} {x - 20} {top} {x2} {top}", cls="edge back", marker="arrow")
    a, b, start, end = x1 + NODE_WIDTH / 2, x2 + NODE_WIDTH / 2, y1 + NODE_HEIGHT, y2 - 1
    bend = min((end - start) / 2, 40)
    return svg.path(f"M{svg.number(a)} {start}C{svg.number(a)} {start + bend} {svg.number(b)} {end - bend} {svg.number(b)} {end}", cls="edge", marker="arrow")


def _label(edge: Edge, places: dict[str, tuple[float, float]]) -> str:
    """On the arrow, a third of the way along, so that the labels of one node's arrows stay apart."""
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    x, y = x1 + (x2 - x1) * 0.62 + NODE_WIDTH / 2, y1 + NODE_HEIGHT + (y2 - y1 - NODE_HEIGHT) * 0.62
    return svg.text(x, y + 4, edge.label, cls="edge-label", anchor="middle")


def _box(node: Node, x: float, y: float) -> str:
    index = KINDS.index(node.kind) if node.kind in KINDS else len(KINDS) - 1
    parts = [svg.rect(x, y, NODE_WIDTH, NODE_HEIGHT, cls="node", tip=node.tip or f"{node.label} {node.detail}".strip(), radius=6)]
    parts.append(svg.rect(x, y, 5, NODE_HEIGHT, cls=svg.colour(index), radius=2))
    parts.append(svg.text(x + 14, y + (20 if node.detail else 28), svg.short(node.label, 22), cls="node-label"))
    if node.detail:
        parts.append(svg.text(x + 14, y + 36, svg.short(node.detail, 26), cls="label"))
    return "".join(parts)
