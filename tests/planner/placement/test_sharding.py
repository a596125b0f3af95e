"""Shardings of one stage: beside trying everything, beside Megatron's layout, written as upstream annotations, and what is said of bad ones."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.compiler import pipeline
from intarsia.cost_models.devices import load
from intarsia.errors import InfeasibleError, InputError, IRError, UnsupportedError
from intarsia.ir.module import Module, walk
from intarsia.planner.placement.sharding import graph as graphs
from intarsia.planner.placement.sharding import megatron
from intarsia.planner.placement.sharding.annotate import annotate
from intarsia.planner.placement.sharding.build import graph
from intarsia.planner.placement.sharding.graph import COLUMNS, LAYOUTS, ROWS, WHOLE, Edge, Graph, Node, Way
from intarsia.planner.placement.sharding.solve import solve
from intarsia.planner.placement.sharding.ways import Load, Site
from intarsia.planner.validate import sharding_problems
from tests.cost_models.test_parameters import PUBLISHED

DECODE, PREFILL = Load(64, 64, 1024, 64, 64 * 1088, True), Load(2048, 1, 0, 1, 2048, False)
A100 = load("A100-80GB-SXM")
SMALL = """
module attributes {agent.stage = "ops"} {
  "llm.model"() ({
    "llm.weight"() {name = "token_embd.weight", dtype = "bf16", shape = [256, 64]} : () -> ()
    "llm.weight"() {name = "up.weight", dtype = "bf16", shape = [4096, 64]} : () -> ()
    "llm.weight"() {name = "down.weight", dtype = "bf16", shape = [64, 4096]} : () -> ()
    "llm.end"() : () -> ()
  }) {sym_name = "m", config = {architecture = "llama", family = "decoder", layers = 1 : i64, hidden = 64 : i64, heads = 4 : i64, kv_heads = 2 : i64, head_dim = 16 : i64,
      ffn = 4096 : i64, vocab = 256 : i64}} : () -> ()
  "llm.phase"() ({
  ^bb0(%tokens: tensor<?xi32>):
    %0 = "llm.embed"(%tokens) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x64xf32>
    %1 = "llm.matmul"(%0) {weights = ["up.weight"]} : (tensor<?x64xf32>) -> tensor<?x4096xf32>
    %2 = "llm.activate"(%1) {kind = "silu"} : (tensor<?x4096xf32>) -> tensor<?x4096xf32>
    %3 = "llm.matmul"(%2) {weights = ["down.weight"]} : (tensor<?x4096xf32>) -> tensor<?x64xf32>
    %4 = "llm.add"(%0, %3) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    "llm.return"(%4) : (tensor<?x64xf32>) -> ()
  }) {sym_name = "m_prefill", model = @m, kind = "prefill"} : () -> ()
}
"""


@lru_cache
def lowered(name: str, layers: int = 4) -> Module:
    """A published model of fewer layers, at stage ops."""
    import json
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_text(json.dumps({**PUBLISHED[name][1], "num_hidden_layers": layers}))
        return pipeline.lower(pipeline.Inputs(str(path), "8xA100-80GB-SXM", "rate=1/s,prompt_tokens=100,output_tokens=10", None, None), pipeline.Options(stop_after="ops"))[0]


def phase(module: Module, kind: str) -> Any:
    return next(op for op in module.ops("llm.phase") if op.attributes["kind"].value == kind)


def small(rows: int = 4096, devices: int = 4, memory: float = 1e9) -> Graph:
    module = Module.parse(SMALL)
    return graph(module, phase(module, "prefill"), Site(A100, devices), Load(rows, 1, 0, rows, 0, False), memory)


def best(made: Graph) -> float:
    return min((graphs.seconds(made, chosen) for chosen in graphs.choices(made) if graphs.peak(made, chosen) <= made.memory), default=math.inf)


@pytest.mark.parametrize("rows", [1, 8, 512, 8192])
@pytest.mark.parametrize("memory", [1e9, 4e7, 1e7])
def test_small_phases_are_sharded_as_well_as_by_trying_everything(rows: int, memory: float) -> None:
    made = small(rows, memory=memory)
    if math.isinf(best(made)):
        with pytest.raises(InfeasibleError, match="memory of a device while .* runs"):
            solve(made)
        return
    found = solve(made)
    assert found.seconds == pytest.approx(best(made)) and found.gap < 1e-6
    assert not sharding_problems(made, found.chosen, found.seconds, found.peak_bytes)


@st.composite
def drawn(draw: st.DrawFn) -> Graph:
    """Up to five operators of up to three ways, joined at random; some layouts can't be had of others."""
    cost = st.sampled_from([0.0, 1e-6, 3e-6, 5e-6, 8e-6])
    nodes, edges = [], []
    for n in range(draw(st.integers(1, 5))):
        sources = sorted(draw(st.sets(st.integers(0, n - 1), max_size=2))) if n else []
        ways = tuple(
            Way(f"w{i}", tuple(draw(st.sampled_from(LAYOUTS)) for _ in sources), draw(st.sampled_from(LAYOUTS)), draw(cost), *(draw(st.sampled_from([0.0, 1e9, 2e9])) for _ in range(3)))
            for i in range(draw(st.integers(1, 3)))
        )
        nodes.append(Node(f"n{n}", draw(st.integers(1, 3)), ways))
        for place, source in enumerate(sources):
            edges.append(Edge(source, n, place, draw(st.integers(1, 2)), {(a, b): draw(cost) for a in LAYOUTS for b in LAYOUTS if a == b or draw(st.booleans())}))
    alive = tuple(tuple(range(draw(st.integers(0, t)), t + 1)) for t in range(len(nodes)))
    return Graph(tuple(nodes), tuple(edges), alive, draw(st.sampled_from([3e9, 8e9, 1e12])), 2)


@settings(max_examples=60, deadline=None)
@given(drawn())
def test_any_small_graph_is_solved_as_well_as_by_trying_everything(made: Graph) -> None:
    expected = best(made)
    if math.isinf(expected):
        with pytest.raises(InfeasibleError):
            solve(made)
        return
    found = solve(made)
    assert found.seconds == pytest.approx(expected, abs=1e-10)
    assert not sharding_problems(made, found.chosen, found.seconds, found.peak_bytes)


@pytest.mark.parametrize("name", ["Llama-3.1-8B", "Mixtral-8x7B-v0.1"])
@pytest.mark.parametrize(("kind", "step"), [("decode", DECODE), ("prefill", PREFILL)])
@pytest.mark.parametrize("devices", [1, 2, 8])
def test_never_worse_than_megatron(name: str, kind: str, step: Load, devices: int) -> None:
    module = lowered(name)
    made = graph(module, phase(module, kind), Site(A100, devices), step, 70e9)
    by_hand = megatron.layout(made)
    found = solve(made)
    assert found.answer.status == "optimal" and found.seconds <= graphs.seconds(made, by_hand) * (1 + 1e-9) < math.inf
    assert not sharding_problems(made, found.chosen, found.seconds, found.peak_bytes)
    if devices == 8:
        ways = {node.name: way for node, way in zip(made.nodes, by_hand, strict=True)}
        assert ways["blk.{}.attn_q.weight"] == "outputs" and ways["blk.{}.attn_output.weight"] == "inputs" and ways["attention"] == COLUMNS


def test_too_little_memory_for_whole_weights_splits_them() -> None:
    """Prompts are split by rows with whole weights where there is room, and between heads and columns where there is none."""
    module = lowered("Llama-3.1-8B")
    wide, tight = (solve(graph(module, phase(module, "prefill"), Site(A100, 8), PREFILL, memory)) for memory in (70e9, 2e9))
    assert wide.seconds < tight.seconds and tight.peak_bytes <= 2e9 < wide.peak_bytes
    with pytest.raises(InfeasibleError, match=r"GB needed, 0\.1 allowed"):
        solve(graph(module, phase(module, "prefill"), Site(A100, 8), PREFILL, 1e8))


def test_kv_heads_that_can_not_be_shared_out_stay_together() -> None:
    module = lowered("Llama-3.1-8B")
    made = graph(module, phase(module, "prefill"), Site(A100, 16), PREFILL, 70e9)
    attention = next(node for node in made.nodes if node.name == "attention")
    assert [way.gives for way in attention.ways] == [WHOLE]
    assert math.isfinite(graphs.seconds(made, megatron.layout(made)))


@pytest.mark.parametrize(("kind", "step"), [("decode", DECODE), ("prefill", PREFILL)])
def test_annotations_are_upstreams_and_parse(kind: str, step: Load) -> None:
    module = lowered("Llama-3.1-8B")
    name = phase(module, kind).attributes["sym_name"].value
    made = graph(module, phase(module, kind), Site(A100, 8), step, 70e9)
    found = solve(made)
    written = annotate(module, name, found)
    again = Module.parse(str(written))
    assert str(again) == str(written) and "shard.grid @devices(shape = 8)" in str(written) and "shard.grid" not in str(module)
    annotated = again.find("llm.phase", name)
    moved = {(str(op.operands[0].owner.operands[1].owner.attributes["split_axes"]), str(op.operands[1].owner.attributes["split_axes"]))
             for op in walk(annotated, "shard.shard") if getattr(op.operands[0].owner, "name", "") == "shard.shard"}  # fmt: skip
    assert any(a != b for a, b in moved) == any(
        edge.count and made.nodes[edge.source].by_name[found.chosen[edge.source]].gives != made.nodes[edge.target].by_name[found.chosen[edge.target]].takes[edge.place]
        for edge in made.edges if made.nodes[edge.source].op >= 0
    )  # fmt: skip
    splits = {op.attributes["plan.weights_split"].value for op in walk(annotated, "llm.matmul")}
    assert splits & {"outputs", "inputs"} if kind == "decode" else splits
    with pytest.raises(IRError, match="grid @devices of another shape"):
        annotate(written, name, replace(found, graph=replace(made, devices=4)))


def test_the_annotated_text_of_a_small_phase(golden) -> None:  # type: ignore[no-untyped-def]
    made = small(512)
    chosen = ("whole", "whole", "outputs", COLUMNS, "inputs", WHOLE, WHOLE)
    found = replace(solve(made), chosen=chosen)
    golden("shard/small.mlir", str(annotate(Module.parse(SMALL), "m_prefill", found)))


def test_the_judge_finds_every_kind_of_fault() -> None:
    made = small(512)
    found = solve(made)
    right = (found.seconds, found.peak_bytes)
    assert not sharding_problems(made, found.chosen, *right)
    assert any("ways are chosen" in fault for fault in sharding_problems(made, found.chosen[1:], *right))
    assert any("has no way" in fault for fault in sharding_problems(made, ("none", *found.chosen[1:]), *right))
    assert any("s, not" in fault for fault in sharding_problems(made, found.chosen, 2 * found.seconds, found.peak_bytes))
    assert any("the peak is" in fault for fault in sharding_problems(made, found.chosen, found.seconds, 1.0))
    assert any("are in use while" in fault for fault in sharding_problems(replace(made, memory=1.0), found.chosen, *right))
    apart = replace(made, edges=tuple(replace(edge, seconds={}) for edge in made.edges))
    assert any("takes by" in fault for fault in sharding_problems(apart, found.chosen, *right))


@pytest.mark.parametrize(("devices", "step", "memory"), [(0, PREFILL, 1e9), (2, replace(PREFILL, rows=0), 1e9), (2, PREFILL, 0.0), (2, PREFILL, math.nan), (2, replace(DECODE, rows=3), 1e9)])
def test_steps_that_make_no_sense_are_refused(devices: int, step: Load, memory: float) -> None:
    module = Module.parse(SMALL)
    with pytest.raises(InputError):
        graph(module, phase(module, "prefill"), Site(A100, devices), step, memory)


def test_operators_without_ways_are_refused() -> None:
    text = SMALL.replace('"llm.activate"(%1) {kind = "silu"}', '"llm.quantise"(%1)')
    module = Module.parse(text)
    with pytest.raises(UnsupportedError, match=r"llm\.quantise has no ways"):
        graph(module, phase(module, "prefill"), Site(A100, 2), PREFILL, 1e9)


def test_rows_split_nothing_that_has_fewer() -> None:
    assert all(ROWS not in {way.gives for way in node.ways} for node in small(rows=3).nodes)
