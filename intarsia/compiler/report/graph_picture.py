"""The agent's graph as a picture: nodes in layers from top to bottom, branch probabilities on the edges."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from intarsia.compiler.report import layered, svg

NODE_WIDTH, NODE_HEIGHT, LANE = 176, 46, 8
GAP_X, GAP_Y, MARGIN = 22, 52, 30
KINDS = ("input", "llm", "embed", "retrieve", "tool", "branch", "loop", "transform")

Point = tuple[float, float]


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
    """An SVG. Edges that go backwards (loops) are drawn at the side, and don't count for the layers."""
    layout = layered.lay_out([node.id for node in nodes], [(edge.source, edge.target) for edge in edges], NODE_WIDTH, LANE, GAP_X)
    places = _centres(layout)
    width = max((x for x, _ in places.values()), default=0.0) + NODE_WIDTH / 2 + MARGIN
    height = MARGIN * 2 + len(layout.layers) * NODE_HEIGHT + (len(layout.layers) - 1) * GAP_Y
    drawn = [edge for edge in edges if edge.source in places and edge.target in places and edge.source != edge.target]
    ways = [_way(edge, layout, places) for edge in drawn]
    parts = [ARROW_HEAD, *(svg.path(_curve(way), cls="edge" if forward else "edge back", marker="arrow") for way, forward in ways)]
    parts += [_label(edge.label, way) for edge, (way, _) in zip(drawn, ways, strict=True) if edge.label]
    parts += [_box(node, places[node.id][0] - NODE_WIDTH / 2, places[node.id][1]) for node in nodes]
    return svg.document(width, height, parts, label=f"agent graph of {len(nodes)} nodes")


ARROW_HEAD = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" class="arrow"/></marker></defs>'
)


def _centres(layout: layered.Layout) -> dict[str, Point]:
    """The middle of each item's upper edge, the leftmost box at the margin."""
    least = min(layout.x.values(), default=0.0)
    depth = layout.layer_of()
    return {name: (x - least + NODE_WIDTH / 2 + MARGIN, MARGIN + depth[name] * (NODE_HEIGHT + GAP_Y)) for name, x in layout.x.items()}


def _way(edge: Edge, layout: layered.Layout, places: dict[str, Point]) -> tuple[list[Point], bool]:
    """The points that an arrow passes, and whether it goes forward."""
    chain = layout.chains.get((edge.source, edge.target))
    if chain is None:
        (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
        side = min(x1, x2) - NODE_WIDTH / 2 - MARGIN / 2
        middle = NODE_HEIGHT / 2
        return [(x1 - NODE_WIDTH / 2, y1 + middle), (side, y1), (side, y2 + NODE_HEIGHT), (x2 - NODE_WIDTH / 2 - 1, y2 + middle)], False
    points = [(places[chain[0]][0], places[chain[0]][1] + NODE_HEIGHT)]
    for lane in chain[1:-1]:
        x, y = places[lane]
        points += [(x, y), (x, y + NODE_HEIGHT)]
    return [*points, (places[chain[-1]][0], places[chain[-1]][1] - 1)], True


def _curve(points: list[Point]) -> str:
    """A smooth path that enters and leaves each layer downwards."""
    parts = [f"M{svg.number(points[0][0])} {svg.number(points[0][1])}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        bend = (y1 + y2) / 2
        parts.append(f"C{svg.number(x1)} {svg.number(bend)} {svg.number(x2)} {svg.number(bend)} {svg.number(x2)} {svg.number(y2)}")
    return "".join(parts)


def _label(label: str, way: list[Point]) -> str:
    """On the arrow's first stretch, nearer to its end, where the arrows of one box are apart."""
    (x1, y1), (x2, y2) = way[0], way[1]
    return svg.text(x1 + (x2 - x1) * 0.8, y1 + (y2 - y1) * 0.62 + 4, label, cls="edge-label", anchor="middle")


def _box(node: Node, x: float, y: float) -> str:
    index = KINDS.index(node.kind) if node.kind in KINDS else len(KINDS) - 1
    parts = [svg.rect(x, y, NODE_WIDTH, NODE_HEIGHT, cls="node", tip=node.tip or f"{node.label} {node.detail}".strip(), radius=6)]
    parts.append(svg.rect(x, y, 5, NODE_HEIGHT, cls=svg.colour(index), radius=2))
    parts.append(svg.text(x + 14, y + (20 if node.detail else 28), svg.short(node.label, 22), cls="node-label"))
    if node.detail:
        parts.append(svg.text(x + 14, y + 36, svg.short(node.detail, 26), cls="label"))
    return "".join(parts)
