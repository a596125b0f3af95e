"""The agent's graph as boxes and arrows, and how they are laid out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from intarsia.compiler.report import agent_graph, layered


def node(op: str, name: str, inputs: list[int], outputs: list[int], **more: Any) -> dict[str, Any]:
    return {"op": op, "name": name, "inputs": inputs, "outputs": outputs, "attributes": more.pop("attributes", {}), **more}


def body(nodes: list[dict[str, Any]], yields: list[int], arguments: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"arguments": list(arguments), "nodes": nodes, "yields": yields}


def agent(nodes: list[dict[str, Any]], yields: list[int]) -> dict[str, Any]:
    return {"inputs": [{"name": "question", "value": 0}], "body": body(nodes, yields), "outputs": ["answer"], "predicted": {"ask.prefill": 0.25}}


def arrows(found: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(edge.source, edge.target): edge.label for edge in agent_graph.boxes(found)[1]}


ASK = [node("llm.prefill", "ask.prefill", [0], [1], attributes={"model": "m"}), node("llm.decode", "ask.decode", [1], [2], attributes={"model": "m"})]


def test_a_generation_is_one_box() -> None:
    boxes, _ = agent_graph.boxes(agent(ASK, [2]))
    assert [(box.label, box.kind, box.detail) for box in boxes] == [("question", "input", "input"), ("ask", "llm", "llm, m"), ("answer", "input", "output")]
    assert "ask.prefill 250 ms" in boxes[1].tip
    assert set(arrows(agent(ASK, [2]))) == {("input question", "ask"), ("ask", "outputs")}


def test_a_branch_shows_its_odds() -> None:
    cases = [
        {"label": "sum", "probability": 0.25, "body": body([node("llm.tool_call", "add", [0], [3], attributes={"tool": "calculator"})], [3])},
        {"label": "other", "probability": 0.75, "body": body([], [2])},
    ]
    found = arrows(agent([*ASK, node("agent.branch", "which", [2], [4], cases=cases)], [4]))
    assert found["which", "add"] == "sum · 25%"
    assert found["which", "outputs"] == "other · 75%"
    assert found["add", "outputs"] == ""


def test_a_loop_leads_back() -> None:
    inner = body([node("agent.transform", "again", [3], [4], attributes={"kind": "test"})], [4, 4], (3,))
    found = arrows(agent([node("agent.loop", "retry", [0], [5], body=inner, attributes={"max_iterations": 3})], [5]))
    assert found["retry", "again"] == ""
    assert found["again", "retry"] == "again"
    assert ("again", "outputs") in found


def test_constants_are_not_drawn() -> None:
    boxes, _ = agent_graph.boxes(agent([node("agent.constant", "", [], [9]), *ASK], [2]))
    assert len(boxes) == 3


def test_no_agent_is_no_graph() -> None:
    assert agent_graph.boxes({}) == ([], [])


@given(st.integers(1, 14), st.sets(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=40))
def test_a_layout_keeps_order_and_distance(count: int, pairs: set[tuple[int, int]]) -> None:
    nodes = [str(index) for index in range(count)]
    layout = layered.lay_out(nodes, [(str(a), str(b)) for a, b in pairs], 100, 10, 20)
    depth = layout.layer_of()
    assert sorted(name for name in depth if name in nodes) == sorted(nodes)
    for chain in layout.chains.values():
        assert all(depth[b] == depth[a] + 1 for a, b in pairwise(chain))
    widths = {name: 100 if name in nodes else 10 for name in depth}
    for layer in layout.layers:
        for left, right in pairwise(layer):
            assert layout.x[right] - layout.x[left] >= (widths[left] + widths[right]) / 2 + 20 - 1e-6
