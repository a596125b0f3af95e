"""Open Agent Spec flows: nodes, branches, cycles, subflows, maps; and what is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from intarsia.compiler.frontends import agents, flow
from intarsia.errors import InputError, IntarsiaError, UnsupportedError
from intarsia.ir.module import Builder, Module, attribute
from intarsia.ir.passes import to_tasks
from intarsia.ir.passes.expectations import task_visits

TINY = {"architecture": "llama", "family": "decoder", "layers": 2, "hidden": 64, "heads": 4, "kv_heads": 2, "head_dim": 16, "ffn": 128, "vocab": 100}
MODEL = {"component_type": "VllmConfig", "id": "llm", "name": "small", "model_id": "org/tiny", "url": "localhost"}


def text(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "type": "string", **more}


def ref(name: str) -> dict[str, str]:
    return {"$component_ref": name}


def node(kind: str, name: str, inputs: list[str], outputs: list[str], **more: Any) -> dict[str, Any]:
    props = {"inputs": [text(i) for i in inputs], "outputs": [text(o) for o in outputs]}
    return {"component_type": kind, "id": name, "name": name, **props, **more}


def llm(name: str, prompt: str, inputs: list[str], output: str, **more: Any) -> dict[str, Any]:
    return node("LlmNode", name, inputs, [output], llm_config=ref("llm"), prompt_template=prompt, **more)


def control(*edges: tuple[str, str] | tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {"component_type": "ControlFlowEdge", "name": f"c{i}", "from_node": ref(e[0]), "to_node": ref(e[1]), "from_branch": e[2] if len(e) > 2 else None}
        for i, e in enumerate(edges)
    ]


def data(*edges: str) -> list[dict[str, Any]]:
    """`"a.x -> b.y"`."""
    found = []
    for i, edge in enumerate(edges):
        (source, output), (target, given) = (side.strip().split(".") for side in edge.split("->"))
        found.append({"component_type": "DataFlowEdge", "name": f"d{i}", "source_node": ref(source), "source_output": output, "destination_node": ref(target), "destination_input": given})
    return found


def make_flow(nodes: list[dict[str, Any]], controls: list[dict[str, Any]], datas: list[dict[str, Any]] | None, inputs: list[str], outputs: list[str], name: str = "demo", **more: Any) -> dict[str, Any]:
    return {
        "component_type": "Flow", "id": name, "name": name, "inputs": [text(i) for i in inputs], "outputs": [text(o) for o in outputs],
        "start_node": ref(nodes[0]["id"]), "nodes": [ref(n["id"]) for n in nodes], "control_flow_connections": controls, "data_flow_connections": datas,
        "$referenced_components": {n["id"]: n for n in nodes} | {"llm": MODEL} | more.pop("components", {}), **more,
    }


def simple(name: str = "demo") -> dict[str, Any]:
    nodes = [node("StartNode", f"{name}_start", ["q"], ["q"]), llm(f"{name}_llm", "Say {{q}} and {{ q }}", ["q"], "a"), node("EndNode", f"{name}_end", ["a"], ["a"])]
    controls = control((f"{name}_start", f"{name}_llm"), (f"{name}_llm", f"{name}_end"))
    return make_flow(nodes, controls, data(f"{name}_start.q -> {name}_llm.q", f"{name}_llm.a -> {name}_end.a"), ["q"], ["a"], name)


def lower(folder: Path, spec: dict[str, Any], models: dict[str, str] | None = None) -> Module:
    file = folder / "flow.json"
    file.write_text(json.dumps(spec, indent=1))
    read = agents.read(file, model_map={"org/tiny": "tiny.gguf"} if models is None else models)
    module = Module.create("agent")
    builder = Builder(module)
    for symbol in read.models:
        builder.op("llm.model", body=lambda: builder.op("llm.end"), sym_name=symbol, config=TINY)
    flow.emit(builder, read.flow)
    return module.verify()


def test_a_chain(tmp_path: Path) -> None:
    module = lower(tmp_path, simple())
    op = module.first("agent.llm")
    assert attribute(op, "prompt") == "Say {q} and {q}" and attribute(op, "arguments") == ["q"] and attribute(op, "model") == "tiny"


def test_data_flows_by_name_where_there_are_no_edges(tmp_path: Path) -> None:
    spec = simple()
    spec["data_flow_connections"] = None
    assert str(lower(tmp_path, spec)) == str(lower(tmp_path, simple()))


def branching(**settings: Any) -> dict[str, Any]:
    nodes = [
        node("StartNode", "start", ["q"], ["q"]),
        node("BranchingNode", "choose", ["key"], [], mapping={"one": "a", "two": "b"}, metadata={"intarsia": settings} if settings else None),
        llm("left", "{{q}}", ["q"], "x"), llm("right", "{{q}}", ["q"], "y"),
        node("EndNode", "end", ["answer"], ["answer"]),
    ]
    controls = control(("start", "choose"), ("choose", "left", "a"), ("choose", "right", "b"), ("choose", "end", "default"), ("left", "end"), ("right", "end"))
    spec = make_flow(nodes, controls, data("start.q -> choose.key", "start.q -> left.q", "start.q -> right.q", "left.x -> end.answer", "right.y -> end.answer"), ["q"], ["answer"])
    return spec


def test_branches_with_probabilities(tmp_path: Path) -> None:
    visits = task_visits(to_tasks.run(lower(tmp_path, branching(probability={"a": 0.5, "b": 0.3}))))
    assert visits["left.decode"] == pytest.approx(0.5) and visits["right.decode"] == pytest.approx(0.3)


def test_an_input_with_several_sources_gets_the_one_that_ran(tmp_path: Path) -> None:
    module = lower(tmp_path, branching())
    branch = module.first("agent.branch")
    cases = [op for op in branch.regions[0].blocks[0].operations if op.operation.name == "agent.case"]
    yields = [list(case.operation.regions[0].blocks[0].operations)[-1].operation.operands[0].owner.name for case in cases]
    assert yields == ["agent.llm", "agent.llm", "agent.constant"]


def test_subflows_stand_in_place(tmp_path: Path) -> None:
    inner = simple("inner")
    nodes = [node("StartNode", "start", ["q"], ["q"]), node("FlowNode", "sub", ["q"], ["a"], subflow=ref("inner")), node("FlowNode", "sub2", ["q"], ["a"], subflow=ref("inner")), node("EndNode", "end", ["a"], ["a"])]
    controls = control(("start", "sub"), ("sub", "sub2"), ("sub2", "end"))
    spec = make_flow(nodes, controls, data("start.q -> sub.q", "sub.a -> sub2.q", "sub2.a -> end.a"), ["q"], ["a"], components={"inner": inner})
    module = lower(tmp_path, spec)
    first, second = module.ops("agent.llm")
    assert [attribute(op, "name") for op in (first, second)] == ["sub_inner_llm", "sub2_inner_llm"] and second.operands[0] == first.results[0]


def test_a_flow_within_itself_is_refused(tmp_path: Path) -> None:
    nodes = [node("StartNode", "start", ["q"], ["q"]), node("FlowNode", "sub", ["q"], ["q"], subflow=ref("outer")), node("EndNode", "end", ["q"], ["q"])]
    spec = make_flow(nodes, control(("start", "sub"), ("sub", "end")), None, ["q"], ["q"], "outer")
    spec["$referenced_components"]["outer"] = {k: v for k, v in spec.items() if k != "$referenced_components"}
    with pytest.raises(InputError, match="contains itself"):
        lower(tmp_path, spec)


def test_parallel_flows_have_no_order(tmp_path: Path) -> None:
    one, two = simple("one"), simple("two")
    two["outputs"] = [text("b")]
    for each in two["$referenced_components"].values():
        if each["component_type"] == "EndNode":
            each["inputs"] = each["outputs"] = [text("b")]
    two["data_flow_connections"] = data("two_start.q -> two_llm.q", "two_llm.a -> two_end.b")
    nodes = [node("StartNode", "start", ["q"], ["q"]), node("ParallelFlowNode", "both", ["q"], ["a", "b"], subflows=[ref("one"), ref("two")]), node("EndNode", "end", ["a", "b"], ["a", "b"])]
    spec = make_flow(nodes, control(("start", "both"), ("both", "end")), data("start.q -> both.q", "both.a -> end.a", "both.b -> end.b"), ["q"], ["a", "b"], components={"one": one, "two": two})
    module = lower(tmp_path, spec)
    first, second = module.ops("agent.llm")
    assert first.operands[0] == second.operands[0] and not attribute(second, "after")


def test_a_map(tmp_path: Path) -> None:
    nodes = [
        node("StartNode", "start", ["items"], ["items"]),
        node("MapNode", "each", ["iterated_q"], ["collected_a"], subflow=ref("inner"), reducers={"a": "append"}, metadata={"intarsia": {"fan_out": 5}}),
        node("EndNode", "end", ["all"], ["all"]),
    ]
    spec = make_flow(nodes, control(("start", "each"), ("each", "end")), data("start.items -> each.iterated_q", "each.collected_a -> end.all"), ["items"], ["all"], components={"inner": simple("inner")})
    module = lower(tmp_path, spec)
    assert task_visits(module)["each_inner_llm"] == 5 and attribute(module.first("agent.map"), "parallel") == 1


def test_tools_apis_and_agents(tmp_path: Path) -> None:
    tool = {"component_type": "RemoteTool", "id": "t", "name": "finder", "inputs": [text("q")], "outputs": [text("x"), text("y")]}
    agent = {"component_type": "Agent", "id": "ag", "name": "ag", "llm_config": ref("llm"), "system_prompt": "Help with {{x}}", "tools": []}
    nodes = [
        node("StartNode", "start", ["q"], ["q"]), node("ToolNode", "find", ["q"], ["x", "y"], tool=tool, metadata={"intarsia": {"latency": "20ms", "timeout": "2s"}}),
        node("ApiNode", "post", ["y"], ["reply"], url="http://localhost"), node("AgentNode", "help", ["x"], ["a"], agent=agent), node("EndNode", "end", ["a"], ["a"]),
    ]
    controls = control(("start", "find"), ("find", "post"), ("post", "help"), ("help", "end"))
    module = lower(tmp_path, make_flow(nodes, controls, data("start.q -> find.q", "find.x -> help.x", "find.y -> post.y", "help.a -> end.a"), ["q"], ["a"]))
    find, post = module.ops("agent.tool")
    assert attribute(find, "kind") == "lookup" and attribute(find, "timeout_s") == 2.0 and attribute(post, "tool") == "post"
    assert attribute(module.first("agent.llm"), "after") == ["post"], "a control edge without data"


def with_change(change: str) -> dict[str, Any]:
    spec = branching()
    components = spec["$referenced_components"]
    match change:
        case "dangling reference":
            spec["nodes"].append(ref("nowhere"))
        case "dangling data":
            spec["data_flow_connections"][0]["source_output"] = "zz"
        case "dangling input":
            del spec["data_flow_connections"][1]
        case "dangling branch":
            spec["control_flow_connections"] = [e for e in spec["control_flow_connections"] if e["from_branch"] != "b"]
        case "dead end":
            spec["control_flow_connections"] = [e for e in spec["control_flow_connections"] if e["from_node"] != ref("left")]
        case "cycle":
            spec["control_flow_connections"][4]["to_node"] = ref("choose")
        case "same name":
            components["right"]["name"] = "left"
        case "placeholder":
            components["left"]["prompt_template"] = "{{other}}"
        case "node type":
            components["left"]["component_type"] = "DreamNode"
        case "agent with tools":
            agent = {"component_type": "Agent", "name": "ag", "llm_config": ref("llm"), "system_prompt": "x", "tools": [{"component_type": "ServerTool", "name": "t"}]}
            components["left"] |= {"component_type": "AgentNode", "agent": agent}
        case "two edges":
            spec["control_flow_connections"].append(spec["control_flow_connections"][1])
        case "wrong type":
            spec["nodes"] = "all of them"
    return spec


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("dangling reference", "names 'nowhere'"), ("dangling data", "has the outputs q"), ("dangling input", "nothing is connected to the input 'q'"),
        ("dangling branch", "the branch 'b' has no control edge"), ("dead end", "left: has no control edge that leads on"), ("cycle", "the cycle through 'choose', 'left' has no bound"),
        ("same name", "two nodes are called 'left'"), ("placeholder", "the prompt uses 'other'"), ("node type", "nodes of the type 'DreamNode'"),
        ("agent with tools", "no fixed graph to plan"), ("two edges", "has two control edges"), ("wrong type", "`nodes` should be a list"),
    ],
)
def test_refusals(change: str, words: str, tmp_path: Path) -> None:
    with pytest.raises((InputError, UnsupportedError), match=words) as caught:
        lower(tmp_path, with_change(change))
    assert "flow.json:" in str(caught.value)


def test_an_unknown_model_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the model 'org/tiny' is unknown") as caught:
        lower(tmp_path, simple(), models={})
    assert "models={'org/tiny'" in caught.value.mend


def test_a_bound_makes_a_cycle_plannable(tmp_path: Path) -> None:
    spec = with_change("cycle")
    spec["$referenced_components"]["left"]["metadata"] = {"intarsia": {"max_iterations": 5, "iterations": 2}}
    assert task_visits(lower(tmp_path, spec))["left"] == pytest.approx(1), "the check runs twice, what it repeats once"


def test_each_missing_piece_gives_one_clear_error(tmp_path: Path) -> None:
    """Keys of the flow taken away or replaced: read, or refused with an error of ours."""
    whole = json.dumps(branching())
    rng = random.Random(0)
    for path in rng.sample(list(_paths(json.loads(whole))), 50):
        spec = json.loads(whole)
        holder = spec
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = rng.choice([None, 7, [], {}])
        try:
            lower(tmp_path, spec)
        except IntarsiaError as error:
            assert str(error)


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> Any:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        if len(path) < 3:
            yield (*path, key)
            yield from _paths(value, (*path, key))
