"""The agent's graph as boxes and arrows: agent.json in, what `graph_picture` draws out.

A generation's prefill and decode share a box. Branches, loops and maps are boxes of their own, with arrows into what they run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from intarsia.compiler import units
from intarsia.compiler.report.graph_picture import Edge, Node

PHASES = (".prefill", ".decode")
KINDS = {
    "llm.prefill": "llm", "llm.decode": "llm", "llm.encode": "embed", "llm.retrieve_top_k": "retrieve", "llm.tool_call": "tool", "agent.branch": "branch",
    "agent.loop": "loop", "agent.map": "loop", "agent.transform": "transform", "agent.join": "transform",
}  # fmt: skip
SILENT = ("agent.constant",)

Ends = list[tuple[str, str]]
"""Where a value comes from: (box, label of the arrow) for each way."""


@dataclass
class Drawing:
    """Boxes and arrows as they are found."""

    predicted: dict[str, float]
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)
    made: dict[int, Ends] = field(default_factory=dict)

    def box(self, node: Node) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id

    def arrow(self, source: str, target: str, label: str = "") -> None:
        known = self.edges.get((source, target))
        if source != target and (known is None or label):
            self.edges[source, target] = Edge(source, target, label)

    def arrows(self, values: Iterable[int], target: str) -> bool:
        """Arrows from what made `values`; whether there was one."""
        ends = [end for value in values for end in self.made.get(value, [])]
        for source, label in ends:
            self.arrow(source, target, label)
        return bool(ends)


def boxes(agent: dict[str, Any]) -> tuple[list[Node], list[Edge]]:
    """Boxes, predecessors first, and arrows. An empty graph for an empty agent."""
    if not agent.get("body"):
        return [], []
    drawing = Drawing(agent.get("predicted", {}))
    for each in agent.get("inputs", []):
        drawing.made[each["value"]] = [(drawing.box(Node(f"input {each['name']}", each["name"], "input", "input")), "")]
    _body(drawing, agent["body"], [])
    outputs = drawing.box(Node("outputs", ", ".join(agent.get("outputs", [])) or "result", "input", "output"))
    drawing.arrows(agent["body"]["yields"], outputs)
    return list(drawing.nodes.values()), list(drawing.edges.values())


def _body(drawing: Drawing, body: dict[str, Any], entry: Ends) -> None:
    """The nodes of a body; those that nothing inside it feeds are entered from `entry`."""
    inside: set[int] = set()
    for node in body["nodes"]:
        if node["op"] in SILENT:
            continue
        box = drawing.box(_node(node, drawing.predicted))
        drawing.arrows(node["inputs"], box)
        if not inside & set(node["inputs"]):
            for source, label in entry:
                drawing.arrow(source, box, label)
        ends = _cases(drawing, node, box) if node.get("cases") else _turns(drawing, node, box) if node.get("body") else [[(box, "")] for _ in node["outputs"]]
        drawing.made.update(zip(node["outputs"], ends, strict=False))
        inside |= set(node["outputs"])


def _cases(drawing: Drawing, node: dict[str, Any], box: str) -> list[Ends]:
    """What each result of a branch comes from: the yields of all cases; an empty case passes on with its own label."""
    ends: list[Ends] = [[] for _ in node["outputs"]]
    for case in node["cases"]:
        entry = (box, f"{case['label']} · {case['probability']:.0%}")
        _body(drawing, case["body"], [entry])
        inner = {value for inside in case["body"]["nodes"] if inside["op"] not in SILENT for value in inside["outputs"]}
        for way, value in zip(ends, case["body"]["yields"], strict=False):
            way.extend(drawing.made.get(value, [entry]) if value in inner else [entry])
    return ends


def _turns(drawing: Drawing, node: dict[str, Any], box: str) -> list[Ends]:
    """A loop or map: its body's arguments come from its own box, and its end leads back there."""
    body = node["body"]
    drawing.made.update({value: [(box, "")] for value in body["arguments"]})
    _body(drawing, body, [(box, "")])
    if node["op"] == "agent.loop":
        for source, _ in drawing.made.get(body["yields"][0], []) if body["yields"] else []:
            drawing.arrow(source, box, "again")
    carried = body["yields"][-len(node["outputs"]) :] if node["outputs"] else []
    return [drawing.made.get(value, [(box, "")]) for value in carried]


def _node(node: dict[str, Any], predicted: dict[str, float]) -> Node:
    name = node["name"] or node["op"].partition(".")[2]
    owner = base(name)
    times = [f"{task} {units.seconds(predicted[task])}" for task in (owner, *(owner + phase for phase in PHASES)) if task in predicted]
    tip = f"{owner} ({KINDS.get(node['op'], node['op'])}), predicted: {', '.join(times)}" if times else f"{owner} ({node['op']})"
    return Node(owner, owner, KINDS.get(node["op"], "transform"), _detail(node), tip)


def base(task: str) -> str:
    """The node that a task belongs to."""
    return next((task.removesuffix(phase) for phase in PHASES if task.endswith(phase)), task)


def _detail(node: dict[str, Any]) -> str:
    attributes = node.get("attributes", {})
    match node["op"]:
        case "agent.loop":
            return f"loop, at most {attributes.get('max_iterations', '?')} times"
        case "agent.map":
            return f"map, {attributes.get('parallel', 'all')} at a time"
        case "llm.retrieve_top_k":
            return f"retrieve, top {attributes.get('top_k', '?')}"
        case "llm.tool_call":
            return f"tool {attributes.get('tool', '')}"
        case "agent.transform":
            return f"transform, {attributes.get('kind', '')}"
    kind = KINDS.get(node["op"], node["op"].partition(".")[2])
    return f"{kind}, {attributes['model']}" if attributes.get("model") else kind
