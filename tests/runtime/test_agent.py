"""Agents, exported from the IR and run on the null driver."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import BundleError, InputError, RuntimeFailure
from intarsia.ir.attributes import Symbol
from intarsia.ir.module import Builder
from intarsia.runtime.dataflow import read_body, run_body
from intarsia.runtime.values import Passage
from tests.runtime.agents import TEXT, branch, embed, engine_of, llm, module_of, tool, transform


def ask(b: Builder) -> Any:
    return b.op("agent.input", [], [TEXT], name="question")


def give(b: Builder, *values: Any, names: list[str] | None = None) -> None:
    b.op("agent.return", list(values), names=names or [f"out{i}" for i in range(len(values))])


def test_a_generation_is_timed_as_its_two_tasks(tmp_path: Path) -> None:
    def body(b: Builder) -> None:
        give(b, llm(b, "answer", "Q: {question}\nA:", {"question": ask(b)}, max_tokens=5), names=["answer"])

    module = module_of(body)
    b = Builder(module)
    device = {"name": "cpu", "kind": "cpu", "cores": 2, "flops": {"f32": 1e9}, "memory": [{"name": "dram", "size": 1e9, "bandwidth": 1e9}]}
    b.op("plan.device", sym_name="cpu", count=1, facts=device)
    for task, seconds in (("answer.prefill", 0.5), ("answer.decode", 1.5)):
        b.op("plan.place", task=task, device=Symbol("cpu"), threads=1, seconds=seconds)
    with engine_of(tmp_path, module) as engine:
        result = engine.run({"question": "why"})
        prompt = engine.decoder().encode("Q: why\nA:", chat=True)
    assert [(t.name, t.predicted_s, t.tokens) for t in result.tasks] == [("answer.prefill", 0.5, len(prompt)), ("answer.decode", 1.5, 5)]
    prefill, decode = result.tasks
    assert prefill.start_s == 0 and prefill.seconds == pytest.approx(len(prompt) / 1000)
    assert decode.start_s == pytest.approx(prefill.seconds) and decode.seconds == pytest.approx(4 * 0.02)
    assert result.seconds == pytest.approx(prefill.seconds + decode.seconds) and result.text == result.outputs["answer"]


def test_choices_branch_and_tool(tmp_path: Path) -> None:
    def body(b: Builder) -> None:
        question = ask(b)
        need = llm(b, "need", "Does {question} need arithmetic?", {"question": question}, choices=["yes", "no"])
        sure = transform(b, "sure", "test", [question], arguments=["input"], expression="has_arithmetic")
        decided = transform(b, "decided", "template", [need, sure], template="{sure}", arguments=["need", "sure"])
        found = branch(b, "route", decided, {"yes": lambda: tool(b, "sum", "calculator", {"question": question}), "no": lambda: b.op("agent.constant", [], [TEXT], value="none")})
        give(b, found, need, names=["result", "need"])

    with engine_of(tmp_path, module_of(body)) as engine:
        assert engine.run({"question": "What is 12.5 * 8?"}).outputs["result"] == "100"
        other = engine.run({"question": "Who wrote this?"})
    assert other.outputs["result"] == "none" and other.outputs["need"] in ("yes", "no")
    assert "sum" not in {task.name for task in other.tasks}


@pytest.mark.parametrize(("said", "taken"), [(" Yes.\n", "A"), ("TRUE", "A"), ("no", "B"), ("perhaps", "C"), ("", "C"), ("maybe", "C")])
def test_a_branch_reads_labels_loosely_and_falls_to_the_last_case(tmp_path: Path, said: str, taken: str) -> None:
    def body(b: Builder) -> None:
        cases = {"yes": "A", "no": "B", "Maybe": "C"}
        give(b, branch(b, "route", ask(b), {label: lambda text=text: b.op("agent.constant", [], [TEXT], value=text) for label, text in cases.items()}))

    with engine_of(tmp_path, module_of(body)) as engine:
        assert engine.run({"question": said}).text == taken


def test_a_loop_carries_values_and_is_bounded(tmp_path: Path) -> None:
    def body(b: Builder) -> None:
        def turn(text: Any) -> None:
            longer = transform(b, "longer", "template", [text], template="{t}x", arguments=["t"])
            again = transform(b, "again", "test", [longer], expression="contains:xxxx | not")
            b.op("agent.yield", [again, longer])

        done = b.op("agent.loop", [ask(b)], [TEXT], name="grow", max_iterations=6, block_args=[TEXT], body=turn)
        give(b, done)

    with engine_of(tmp_path, module_of(body)) as engine:
        assert engine.run({"question": "a"}).text == "axxxx"
        assert engine.run({"question": "x-x"}).text == "x-xxxx"
        assert engine.run({"question": "xy"}).text == "xyxxxx"


def test_a_loop_bounded_by_a_distribution_gets_a_bound(tmp_path: Path) -> None:
    def body(b: Builder) -> None:
        def turn(text: Any) -> None:
            b.op("agent.yield", [b.op("agent.constant", [], [TEXT], value="yes"), transform(b, "longer", "template", [text], template="{t}x", arguments=["t"])])

        give(b, b.op("agent.loop", [ask(b)], [TEXT], name="grow", iterations={"kind": "uniform", "low": 1.0, "high": 3.0}, block_args=[TEXT], body=turn))

    with engine_of(tmp_path, module_of(body)) as engine:
        assert engine.run({"question": ""}).text == "xxx"


def test_a_map_runs_its_items_side_by_side_in_order(tmp_path: Path) -> None:
    barrier = threading.Barrier(3, timeout=10)

    def shout(word: str) -> str:
        barrier.wait()
        return word.upper()

    def body(b: Builder) -> None:
        listed = b.op("agent.map", [ask(b)], [TEXT], name="each", parallel=3, block_args=[TEXT], body=lambda item: b.op("agent.yield", [tool(b, "shout", "shout", {"word": item})]))
        give(b, b.op("agent.join", [listed], [TEXT], name="all", kind="text", separator="+"), listed)

    with engine_of(tmp_path, module_of(body), shout=shout) as engine:
        outputs = engine.run({"question": "- one\n- two\n3. three"}).outputs
    assert outputs["out1"] == ["ONE", "TWO", "THREE"] and outputs["out0"] == "ONE\nTWO\nTHREE"


def test_independent_nodes_run_side_by_side(tmp_path: Path) -> None:
    barrier = threading.Barrier(2, timeout=10)

    def body(b: Builder) -> None:
        question = ask(b)
        left, right = (tool(b, name, "meet", {"text": question}) for name in ("left", "right"))
        give(b, b.op("agent.join", [left, right], [TEXT], name="both", kind="text", separator=" "))

    with engine_of(tmp_path, module_of(body), meet=lambda text: f"{text}{barrier.wait() * 0}") as engine:
        assert engine.run({"question": "q"}).text == "q0 q0"


def test_the_first_of_a_join_lets_the_rest_go_on(tmp_path: Path) -> None:
    release = threading.Event()

    def body(b: Builder) -> None:
        question = ask(b)
        slow, fast = tool(b, "slow", "slow", {"text": question}), tool(b, "fast", "fast", {"text": question})
        first = b.op("agent.join", [slow, fast], [TEXT], name="first", kind="first")
        give(b, tool(b, "free", "free", {"text": first}))

    tools = {"slow": lambda text: str(release.wait(10)), "fast": lambda text: "fast", "free": lambda text: (release.set(), text)[1]}
    with engine_of(tmp_path, module_of(body), **tools) as engine:
        assert engine.run({"question": "q"}).text == "fast"


def test_control_edges_and_memory_keep_their_order(tmp_path: Path) -> None:
    seen: list[str] = []

    def note(text: str) -> str:
        time.sleep(0.02 if text == "a" else 0)
        seen.append(text)
        return text

    def body(b: Builder) -> None:
        old = b.op("agent.memory_load", [], [TEXT], name="old", key="last")
        a = b.op("agent.constant", [], [TEXT], value="a")
        c = b.op("agent.constant", [], [TEXT], value="b")
        tool(b, "one", "note", {"text": a})
        tool(b, "two", "note", {"text": c}, after=["one"])
        b.op("agent.memory_store", [ask(b)], [TEXT], name="keep", key="last")
        give(b, old, b.op("agent.memory_load", [], [TEXT], name="new", key="last"), names=["old", "new"])

    with engine_of(tmp_path, module_of(body), note=note) as engine:
        assert engine.run({"question": "first"}).outputs == {"old": "", "new": "first"}
        assert engine.run({"question": "second"}).outputs == {"old": "first", "new": "second"}
    assert seen == ["a", "b"] * 2


def tool_module(**more: Any) -> Any:
    return module_of(lambda b: give(b, tool(b, "look", "look", {"text": ask(b)}, **more)))


def test_a_tool_is_retried(tmp_path: Path) -> None:
    calls: list[str] = []

    def look(text: str) -> str:
        calls.append(text)
        if len(calls) < 3:
            raise OSError("no network")
        return "found"

    with engine_of(tmp_path, tool_module(retries=2), look=look) as engine:
        assert engine.run({"question": "q"}).text == "found"
    assert calls == ["q"] * 3


def test_a_failing_tool_names_its_node(tmp_path: Path) -> None:
    with engine_of(tmp_path, tool_module(retries=1), look=lambda text: 1 / 0) as engine, pytest.raises(RuntimeFailure, match=r"node look: .*after 2 attempts: ZeroDivisionError"):
        engine.run({"question": "q"})


def test_a_slow_tool_times_out_or_gives_nothing(tmp_path: Path) -> None:
    release = threading.Event()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    try:
        with engine_of(tmp_path / "a", tool_module(timeout_s=0.02), look=lambda text: release.wait(10)) as engine, pytest.raises(RuntimeFailure, match=r"no answer within 0\.02 s"):
            engine.run({"question": "q"})
        with engine_of(tmp_path / "b", tool_module(timeout_s=0.02, on_error="empty"), look=lambda text: release.wait(10)) as engine:
            assert engine.run({"question": "q"}).text == ""
    finally:
        release.set()


def test_a_missing_or_unfit_tool_is_refused_at_load(tmp_path: Path) -> None:
    cases = [({}, r"node look: the tool 'look' is missing \(pass load"), ({"look": lambda: ""}, "doesn't take the arguments text"), ({"look": 3}, "no function")]
    for number, (tools, message) in enumerate(cases):
        (tmp_path / str(number)).mkdir()
        with pytest.raises(InputError, match=message):
            engine_of(tmp_path / str(number), tool_module(), **tools)


def test_bad_options_and_expressions_are_refused_at_load(tmp_path: Path) -> None:
    makers = [
        (lambda b: llm(b, "answer", "{q}", {"q": ask(b)}, pattern="(a"), "node answer.decode: the pattern"),
        (lambda b: llm(b, "answer", "{q}", {"q": ask(b)}, choices=["a", "a"]), "node answer.decode: choices holds the same text twice"),
        (lambda b: transform(b, "test", "test", [ask(b)], expression="dream"), "node test: unknown function 'dream'"),
        (lambda b: transform(b, "read", "ocr", [ask(b)]), "node read: the tool 'ocr' is missing"),
    ]
    for number, (make, message) in enumerate(makers):
        (tmp_path / str(number)).mkdir()
        with pytest.raises(InputError, match=message):
            engine_of(tmp_path / str(number), module_of(lambda b, make=make: give(b, make(b))))


def test_a_failure_stops_the_others(tmp_path: Path) -> None:
    started = threading.Event()

    def fail(text: str) -> str:
        assert started.wait(10)
        raise OSError("broken")

    def body(b: Builder) -> None:
        question = ask(b)
        ready = tool(b, "ready", "ready", {"text": question})
        give(b, tool(b, "fail", "fail", {"text": question}), llm(b, "long", "{ready}", {"ready": ready}, max_tokens=400))

    with engine_of(tmp_path, module_of(body), fail=fail, ready=lambda text: (started.set(), text)[1]) as engine:
        with pytest.raises(RuntimeFailure, match="broken"):
            engine.run({"question": "q"})
        engine.generate("after", max_tokens=1)
        assert engine.decoder().loop.scheduler.kv.used == 0


def test_inputs_are_checked(tmp_path: Path) -> None:
    def body(b: Builder) -> None:
        style = b.op("agent.input", [], [TEXT], name="style", default="plain")
        give(b, transform(b, "both", "template", [ask(b), style], template="{q}/{s}/{other}", arguments=["q", "s"]))

    with engine_of(tmp_path, module_of(body)) as engine:
        assert engine.run({"question": "{s}"}).text == "{s}/plain/{other}"
        with pytest.raises(InputError, match="'question' is missing"):
            engine.run({})
        with pytest.raises(InputError, match="no input 'quesiton'"):
            engine.run({"quesiton": "q"})


def test_an_overlong_prompt_names_its_node(tmp_path: Path) -> None:
    with engine_of(tmp_path, module_of(lambda b: give(b, llm(b, "answer", "{q}", {"q": ask(b)})))) as engine, pytest.raises(InputError, match="context"):
        engine.run({"question": "x" * 1000})


def retrieval_module(folder: Path, **more: Any) -> Any:
    def body(b: Builder) -> None:
        question = ask(b)
        search: dict[str, Any] = {"index": str(folder), "top_k": 2, "chunk_words": 8, "resources": {}}
        found = b.op("llm.retrieve_top_k", [embed(b, "vector", question), question], [TEXT], name="look", node="look", **search, **more)
        give(b, found, names=["found"])

    return module_of(body)


def documents(folder: Path) -> Path:
    folder.mkdir()
    cats = "# Animals\n## Cats\na cat is an animal that sleeps\n```\n# not a heading\n```\n"
    (folder / "animals.md").write_text(cats + "## Planes\nplanes fly high in the sky over clouds over clouds\n")
    (folder / "rivers.txt").write_text("rivers carry water to the sea")
    return folder


def test_retrieval_finds_the_passage_and_keeps_the_vectors(tmp_path: Path) -> None:
    with engine_of(tmp_path, retrieval_module(documents(tmp_path / "docs"))) as engine:
        found = engine.run({"question": "where do cats sleep ? a cat is an animal"}).outputs["found"]
        assert isinstance(found[0], Passage) and (found[0].title, found[0].source) == ("Animals: Cats", "animals.md")
        assert found[0].score >= found[1].score
        cache = tmp_path / "build" / "look.vectors.npz"
        vectors = engine._agent.indexes["look"].vectors()
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
        with np.load(cache) as stored:
            np.testing.assert_array_equal(stored["vectors"], vectors)
    cache.write_bytes(b"damaged")
    from intarsia.runtime import load

    with load(tmp_path / "build", driver="null") as again:
        again._agent.prepare()
        np.testing.assert_array_equal(again._agent.indexes["look"].vectors(), vectors)


def test_passages_are_cut_to_words(tmp_path: Path) -> None:
    with engine_of(tmp_path, retrieval_module(documents(tmp_path / "docs"), max_words=9)) as engine:
        found = engine.run({"question": "planes fly high"}).outputs["found"]
    assert sum(len(p.text.split()) for p in found) <= 9 and found[0].text.startswith("planes")


def test_an_index_without_documents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    with pytest.raises(InputError, match="no documents"):
        engine_of(tmp_path, retrieval_module(tmp_path / "docs"))


def test_a_damaged_graph_is_refused(tmp_path: Path) -> None:
    module = tool_module()
    engine_of(tmp_path, module, look=str).close()
    from intarsia.runtime import load
    from tests.runtime.bundles import write_bundle

    for agent, message in (({"schema": 9}, "format 9"), ({"schema": 1, "inputs": [], "outputs": []}, "damaged"),
                           ({"schema": 1, "inputs": [], "outputs": [], "body": {"arguments": [], "yields": [], "nodes": [
                               {"op": "agent.dream", "name": "n", "inputs": [], "outputs": [], "attributes": {}}]}}, "unknown agent.dream")):  # fmt: skip
        with pytest.raises(BundleError, match=message):
            load(write_bundle(tmp_path / "build", agent=agent), driver="null")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 100), max_size=3), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_any_graph_runs_every_node_once_after_what_it_reads(edges: list[list[int]], random: Any) -> None:
    def node_at(i: int, reads: list[int]) -> dict[str, Any]:
        op = random.choice(["llm.tool_call", "agent.transform"])
        return {"op": op, "name": f"n{i}", "inputs": sorted({e % i for e in reads}) if i else [], "outputs": [i], "attributes": {}}

    nodes = [node_at(i, reads) for i, reads in enumerate(edges)]
    body = read_body({"arguments": [], "nodes": nodes, "yields": list(range(len(nodes)))})
    runs: list[str] = []

    def execute(node: Any, env: dict[int, Any]) -> list[Any]:
        runs.append(node.name)
        return [1 + max((env[i] for i in node.inputs), default=0)]

    depths = run_body(body, [], {}, execute)
    assert sorted(runs) == sorted(node["name"] for node in nodes)
    assert all(depths[node["outputs"][0]] > depths[i] for node in nodes for i in node["inputs"])
