"""LangGraph graphs, live and as JSON: structure, what is refused, and the same results as LangGraph's own run."""

from __future__ import annotations

import json
import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pytest

from intarsia.compiler.frontends import agents, flow
from intarsia.compiler.frontends.flow import Branch, Copy, Each, Item, Let, Loop, Parallel, Step
from intarsia.errors import InputError
from intarsia.ir.module import Builder, Module
from intarsia.ir.passes import to_tasks
from intarsia.ir.passes.expectations import task_visits

langgraph = pytest.importorskip("langgraph.graph", reason="the extra langgraph is not installed")
from langgraph.graph import END, START, StateGraph  # noqa: E402
from langgraph.types import Command, Send  # noqa: E402

from intarsia.compiler.frontends.langgraph_tools import State, state_of, tools  # noqa: E402


class S(TypedDict, total=False):
    question: str
    turns: Annotated[int, operator.add]
    notes: Annotated[list[str], operator.add]


def note(name: str) -> Any:
    return lambda state: {"notes": [name], "turns": 1}


def graph(*names: str, edges: Sequence[tuple[Any, str]]) -> Any:
    builder = StateGraph(S)
    for name in names:
        builder.add_node(name, note(name))
    for source, target in edges:
        builder.add_edge(source, target)
    return builder


def run(items: Sequence[Item], env: dict[str, Any], callables: dict[str, Any]) -> None:
    """What the runtime does with these items, reduced to tools."""
    for item in items:
        match item:
            case Step(op="agent.tool"):
                env[item.writes] = callables[item.attributes["tool"]](*(env[name] for name in item.reads))
            case Step(op="agent.transform"):
                env[item.writes] = env[item.reads[0]].get(item.attributes["field"], "")
            case Step(op="agent.join"):
                env[item.writes] = [env[name] for name in item.reads]
            case Let():
                env[item.target] = item.text
            case Copy():
                env[item.target] = env[item.source]
            case Branch():
                case_ = next((c for c in item.cases if c.label == str(env.get(item.on, ""))), item.cases[-1])
                run(case_.body, env, callables)
            case Loop():
                for _ in range(item.max_iterations or 99):
                    run(item.body, env, callables)
                    if env[item.again] != "yes":
                        break
            case Each():
                results = []
                for each in env[item.over]:
                    inner = {**env, item.item: each}
                    run(item.body, inner, callables)
                    results.append(inner[item.result])
                env[item.writes] = results
            case Parallel():
                ends = []
                for thread in item.threads:
                    inner = dict(env)
                    run(thread, inner, callables)
                    ends.append(inner["state"])
                env["state"] = ends


def same_result(builder: Any, inputs: dict[str, Any], **options: Any) -> None:
    """The agent's final state is LangGraph's own."""
    app = builder.compile()
    env: dict[str, Any] = {"state": inputs}
    read = agents.read(app, **options)
    run([item for item in read.flow.body if not (isinstance(item, Step) and item.op == "agent.input")], env, tools(app))
    wanted = app.invoke(inputs)
    found = dict(state_of(env["state"], {"notes": operator.add, "turns": operator.add}))
    assert sorted(found.pop("notes")) == sorted(wanted.pop("notes"))
    assert {k: v for k, v in found.items() if not k.startswith("__")} == wanted


def lower(source: Any, **options: Any) -> Module:
    read = agents.read(source, **options)
    module = Module.create("agent")
    builder = Builder(module)
    for name in read.models:
        builder.op("llm.model", body=lambda: builder.op("llm.end"), sym_name=name, config=TINY)
    flow.emit(builder, read.flow)
    return to_tasks.run(module.verify())


TINY = {"architecture": "llama", "family": "decoder", "layers": 2, "hidden": 64, "heads": 4, "kv_heads": 2, "head_dim": 16, "ffn": 128, "vocab": 100}


def test_a_chain() -> None:
    builder = graph("a", "b", edges=[(START, "a"), ("a", "b"), ("b", END)])
    same_result(builder, {"question": "?", "notes": []})


def test_a_router_with_a_cycle() -> None:
    def route(state: S) -> Literal["work", "done"]:
        return "work" if state["turns"] < 5 else "done"

    builder = graph("work", "check", "done", edges=[(START, "work"), ("work", "check"), ("done", END)])
    builder.add_conditional_edges("check", route)
    same_result(builder, {"question": "?", "notes": []}, nodes={"check": {"max_iterations": 9}})
    visits = task_visits(lower(builder.compile(), nodes={"check": {"max_iterations": 9, "iterations": 3}}))
    assert visits["work"] == pytest.approx(3) and visits["done"] == 1


def test_a_command_leads_on() -> None:
    def choose(state: S) -> Command[Literal["a", "b"]]:
        return Command(goto="b", update={"notes": ["choose"]})

    builder = graph("a", "b", edges=[(START, "choose"), ("a", END), ("b", END)])
    builder.add_node("choose", choose)
    same_result(builder, {"question": "?", "notes": []})


def test_parallel_branches_and_a_join() -> None:
    builder = graph("a", "b", "c", "d", edges=[(START, "a"), ("a", "b"), ("a", "c"), (["b", "c"], "d"), ("d", END)])
    same_result(builder, {"question": "?", "notes": []})
    assert task_visits(lower(builder.compile())) == {"a": 1, "b": 1, "c": 1, "a.join": 1, "d": 1}


def test_a_send_is_a_map() -> None:
    def fan(state: S) -> list[Send]:
        return [Send("work", {"question": q}) for q in "xyz"]

    builder = graph("plan", "work", "join", edges=[(START, "plan"), ("work", "join"), ("join", END)])
    builder.add_conditional_edges("plan", fan, ["work"])
    same_result(builder, {"question": "?", "notes": []}, nodes={"work": {"fan_out": 3}})
    assert task_visits(lower(builder.compile(), nodes={"work": {"fan_out": 3}}))["work"] == 3


def test_a_subgraph_is_drawn_in() -> None:
    inner = graph("x", "y", edges=[(START, "x"), ("x", "y"), ("y", END)])
    builder = graph("a", edges=[(START, "a"), ("a", "inner"), ("inner", END)])
    builder.add_node("inner", inner.compile())
    assert list(task_visits(lower(builder.compile()))) == ["a", "inner_x", "inner_y"]


def test_a_node_may_be_a_language_model() -> None:
    builder = graph("answer", edges=[(START, "answer"), ("answer", END)])
    spec = {"answer": {"kind": "llm", "model": "tiny", "prompt": "Q: {question}", "max_tokens": 8, "writes": "reply"}}
    module = lower(builder.compile(), nodes=spec, model_map={"tiny": "tiny.gguf"})
    assert [op.name for op in module.ops() if op.name.startswith("llm.") and "node" in op.attributes] == ["llm.prefill", "llm.decode", "llm.tool_call"]


def test_a_recursion_limit_counts_when_given() -> None:
    def route(state: S) -> Literal["a", "__end__"]:
        return "a"

    builder = graph("a", edges=[(START, "a")])
    builder.add_conditional_edges("a", route)
    with pytest.raises(InputError, match="the cycle through 'a' has no bound"):
        agents.read(builder.compile())
    agents.read(builder.compile().with_config(recursion_limit=12))


def unannotated_router() -> Any:
    builder = graph("a", "b", "c", edges=[(START, "a"), ("b", END), ("c", END)])
    builder.add_conditional_edges("a", lambda state: "b")
    return builder.compile()


def unannotated_command() -> Any:
    builder = graph("b", edges=[(START, "a"), ("b", END)])
    builder.add_node("a", lambda state: Command(goto="b"))
    return builder.compile()


@pytest.mark.parametrize(("make", "words"), [(unannotated_router, "router .* of the node 'a'"), (unannotated_command, "'a' returns a Command")])
def test_routers_must_say_where_they_lead(make: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as caught:
        agents.read(make())
    assert "Literal" in caught.value.mend
    file = tmp_path / "graph.json"
    file.write_text(json.dumps(make().get_graph(xray=True).to_json()))
    with pytest.raises(InputError, match="nothing leads to the node 'b'"):
        agents.read(file)


def test_a_join_in_different_steps_is_refused() -> None:
    builder = graph("a", "b", "c", "d", edges=[(START, "a"), ("a", "b"), ("a", "c"), ("c", "d"), ("b", "d"), ("d", END)])
    agents.read(builder.compile())
    uneven = graph("a", "b", "c", "d", edges=[(START, "a"), ("a", "b"), ("a", "d"), ("b", "c"), ("c", "d"), ("d", END)])
    with pytest.raises(InputError, match="different numbers of steps"):
        agents.read(uneven.compile())
    agents.read(uneven.compile(), nodes={"d": {"waits": True}})


def test_json_and_live_agree(tmp_path: Path) -> None:
    def route(state: S) -> Literal["a", "b"]:
        return "a"

    builder = graph("start", "a", "b", "end", edges=[(START, "start"), ("a", "end"), ("b", "end"), ("end", END)])
    builder.add_conditional_edges("start", route)
    app = builder.compile()
    file = tmp_path / "graph.json"
    file.write_text(json.dumps(app.get_graph(xray=True).to_json(), indent=1))
    nodes = {"start": {"probability": {"a": 0.9}}}
    assert task_visits(lower(app, nodes=nodes))["a"] == task_visits(lower(file, nodes=nodes))["a"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"nodes": [{"id": "__start__"}], "edges": []}, "no node __end__"),
        ({"nodes": [{"id": "__start__"}, {"id": "__end__"}, {"id": "a"}, {"id": "a"}], "edges": []}, "two nodes are called 'a'"),
        ({"nodes": [{"id": "__start__"}, {"id": "__end__"}], "edges": [{"source": "__start__", "target": "z"}]}, "'z' is no node"),
        ({"nodes": [{"id": "__start__"}, {"id": "__end__"}], "edges": [{"source": "__start__"}]}, "needs `target`"),
        ({"nodes": [{}], "edges": []}, "needs `id`"),
        ({"nodes": [1], "edges": []}, "object with an id"),
    ],
)
def test_damaged_json_is_refused(tree: Any, words: str, tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_text(json.dumps(tree))
    with pytest.raises(InputError, match=words):
        agents.read(file)


def test_unknown_nodes_and_fields_are_refused() -> None:
    app = graph("a", edges=[(START, "a"), ("a", END)]).compile()
    with pytest.raises(InputError, match="'b', which is no node"):
        agents.read(app, nodes={"b": {}})
    with pytest.raises(InputError, match="unknown field `latncy`.*did you mean `latency`"):
        agents.read(app, nodes={"a": {"latncy": 1}})


def test_states_are_united_once() -> None:
    first = state_of({"notes": ["in"]}, {"notes": operator.add})
    assert isinstance(first, State)
    assert state_of([first, [first]], {"notes": operator.add}) == {"notes": ["in"]}


def test_compiled_and_run(tmp_path: Path) -> None:
    """The whole path, from the live graph to a bundle whose run ends in LangGraph's own state: a cycle, a router, parallel branches."""
    import intarsia
    from intarsia import runtime

    def route(state: S) -> Literal["work", "left", "right"]:
        return "work" if state["turns"] < 5 else "left"

    builder = graph("work", "check", "left", "right", "a", "b", "end", edges=[
        (START, "work"), ("work", "check"), ("left", "a"), ("left", "b"), (["a", "b"], "end"), ("right", "end"), ("end", END),
    ])
    builder.add_conditional_edges("check", route)
    app = builder.compile().with_config(recursion_limit=20)
    intarsia.compile(app, directory=tmp_path / "build")
    engine = runtime.load(tmp_path / "build", tools=tools(app))
    inputs = {"question": "?", "notes": []}
    assert dict(engine.run({"state": inputs}).outputs["state"]) == app.invoke(inputs)
