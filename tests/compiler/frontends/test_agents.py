"""Our own YAML for agents: what it lowers to, what it refuses and where, and that no text makes it crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intarsia.compiler.frontends import agents, flow
from intarsia.compiler.frontends.agent import Agent
from intarsia.errors import InputError, IntarsiaError
from intarsia.ir.module import Builder, Module, attribute, location_of
from intarsia.ir.passes import to_tasks
from intarsia.ir.passes.expectations import paths, task_visits

ROOT = Path(__file__).resolve().parents[3]
TINY = {"architecture": "llama", "family": "decoder", "layers": 2, "hidden": 64, "heads": 4, "kv_heads": 2, "head_dim": 16, "ffn": 128, "vocab": 100}
ENCODER = {**TINY, "architecture": "bert", "family": "encoder", "norm": "layernorm", "activation": "gelu", "gated": False}

GOOD = """\
agent: demo
models: {m: m.gguf, e: e.gguf}
inputs: [question]
nodes:
  route: {kind: llm, model: m, prompt: "Q {question}", choices: [yes, no]}
  pick:
    kind: branch
    on: route
    cases:
      yes:
        probability: 0.25
        nodes:
          sum: {kind: tool, tool: calculator, input: question, latency: 5ms}
        result: sum
      no:
        nodes:
          direct: {kind: llm, model: m, prompt: "{question}", output_tokens: {median: 20, p95: 40}}
        result: direct
  final: {kind: transform, how: template, template: "A: {pick}"}
results: [final]
"""


def module_of(read: Agent) -> Module:
    module = Module.create("agent")
    builder = Builder(module)
    for name in read.models:
        builder.op("llm.model", body=lambda: builder.op("llm.end"), sym_name=name, config=ENCODER if name in ("e", "minilm") else TINY)
    flow.emit(builder, read.flow)
    return module.verify()


def write(folder: Path, text: str) -> Path:
    file = folder / "agent.yaml"
    file.write_text(text)
    return file


def lower(folder: Path, text: str) -> Module:
    return module_of(agents.read(write(folder, text)))


def test_a_good_agent(tmp_path: Path) -> None:
    module = lower(tmp_path, GOOD)
    assert [op.name for op in module.ops() if op.name in ("agent.llm", "agent.branch", "agent.tool", "agent.transform")] == [
        "agent.llm", "agent.branch", "agent.tool", "agent.llm", "agent.transform",
    ]
    visits = task_visits(to_tasks.run(module))
    assert visits["sum"] == 0.25 and visits["direct.decode"] == 0.75 and visits["final"] == 1
    assert [round(path.probability, 3) for path in paths(module)] == [0.75, 0.25]


def test_unused_models_are_left_out(tmp_path: Path) -> None:
    assert list(agents.read(write(tmp_path, GOOD)).models) == ["m"]


def test_every_operation_knows_its_file_and_line(tmp_path: Path) -> None:
    module = lower(tmp_path, GOOD)
    lines = {attribute(op, "name"): location_of(op) for op in module.ops() if op.name.startswith("agent.") and "name" in op.attributes}
    assert lines["route"].line == 5 and lines["pick"].line == 6 and lines["sum"].line == 13 and lines["final"].line == 19
    assert all(where.file.endswith("agent.yaml") for where in lines.values())


def test_the_text_carries_everything(tmp_path: Path) -> None:
    text = str(lower(tmp_path, GOOD))
    assert str(Module.parse(text)) == text


LOOP = """\
agent: loop
models: {m: m.gguf}
inputs: [text]
nodes:
  first: {kind: llm, model: m, prompt: "{text}"}
  polish:
    kind: loop
    carry: {one: first, two: text}
    max_iterations: 4
    iterations: 2
    nodes:
      better: {kind: llm, model: m, prompt: "{one} {two}"}
      more: {kind: llm, model: m, prompt: "{better}", choices: [yes, no]}
    while: more
    next: {one: two, two: better}
results: {a: polish.one, b: polish.two}
"""


def test_a_loop_carries_and_may_exchange(tmp_path: Path) -> None:
    module = lower(tmp_path, LOOP)
    loop = module.first("agent.loop")
    assert len(loop.operands) == len(loop.results) == 2
    body = list(loop.regions[0].blocks[0].operations)
    better, last = body[0].operation, body[-1].operation
    assert last.operands[1] == loop.regions[0].blocks[0].arguments[1], "one takes what two held before the turn"
    assert last.operands[2] == better.results[0]
    assert task_visits(module)["better"] == 2


def test_a_map_has_a_fan_out(tmp_path: Path) -> None:
    text = """\
agent: each
models: {m: m.gguf}
inputs: [texts]
nodes:
  notes: {kind: map, over: texts, as: one, fan_out: 3, nodes: {note: {kind: llm, model: m, prompt: "{one}"}}, result: note}
results: [notes]
"""
    assert task_visits(lower(tmp_path, text))["note"] == 3


def test_control_edges(tmp_path: Path) -> None:
    text = GOOD.replace("final: {kind: transform,", "final: {after: [route], kind: transform,")
    module = lower(tmp_path, text)
    assert attribute(next(module.ops("agent.transform")), "after") == ["route"]
    tasks = to_tasks.run(module)
    assert attribute(next(tasks.ops("agent.transform")), "after") == ["route.decode"]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("model: m, prompt: \"Q", "model: z, prompt: \"Q", 5, "the model 'z' is not declared"),
        ("Q {question}", "Q {questoin}", 5, "refers to 'questoin', which is no node or input"),
        ("Q {question}", "Q {final}", 5, "refers to 'final', which comes later"),
        ("{pick}", "{sum}", 19, "lies inside another branch"),
        ("kind: tool, tool: calculator", "kind: tool", 13, "needs `tool`"),
        ("kind: tool,", "kind: tol,", 13, "the kind 'tol' is unknown"),
        ("latency: 5ms", "latncy: 5ms", 13, "did you mean `latency`"),
        ("latency: 5ms", "latency: 5 parsecs", 13, "is no distribution"),
        ("probability: 0.25", "probability: 1.25", 10, "must lie in"),
        ("      no:\n", "      no:\n        probability: 0.5\n", 10, "sum to 0.75"),
        ("      no:", "      maybe:", 15, "'maybe' is never taken"),
        ("        result: sum\n", "", 10, "'yes' has no `result`"),
        ("  final:", "  route:", 19, "'route' stands here twice"),
        ("          direct:", "          route:", 17, "already the name of a node or input on line 5"),
        ("on: route", "on: 7", 8, "`on` should be text, found 7"),
        ("choices: [yes, no]", "choices: [yes, yes]", 5, "different texts"),
        ("choices: [yes, no]", "max_tokens: many", 5, "`max_tokens` should be a whole number"),
        ("results: [final]", "results: []", 20, "`results` is empty"),
        ("results: [final]", "results: [nothing]", 20, "'nothing', which is no node"),
        ("  final: {", "  final: {after: [later], ", 19, "`after` names 'later'"),
        ("agent: demo", "agent: demo\nsla: {e2e: -3s}", 2, "greater than zero"),
        ("models: {m: m.gguf", "models: {m: [1]", 2, "`m` should be text"),
        ("kind: transform, how: template", "kind: transform, how: magic", 19, "`how` is 'magic'"),
        ("template: \"A: {pick}\"}", "template: \"A: {pick}\"", 20, "is not valid YAML"),
    ],
)
def test_refusals_name_line_and_mend(old: str, new: str, line: int, words: str, tmp_path: Path) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=words) as caught:
        lower(tmp_path, GOOD.replace(old, new, 1))
    assert f"agent.yaml:{line}" in str(caught.value), str(caught.value)


def test_a_cycle_without_bound_is_refused(tmp_path: Path) -> None:
    text = LOOP.replace("    max_iterations: 4\n    iterations: 2\n", "")
    with pytest.raises(InputError, match=r"agent.yaml:7, polish: this cycle has no bound"):
        lower(tmp_path, text)


def test_carry_and_next_must_agree(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'two' must stand both in `carry`"):
        lower(tmp_path, LOOP.replace("next: {one: two, two: better}", "next: {one: two}"))


def test_a_cyclic_alias_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="an alias refers to a value that contains it"):
        lower(tmp_path, "agent: x\nnodes: &a {b: *a}\nresults: [b]\n")


@pytest.mark.parametrize("name", ["agent_yaml", "agentspec", "langgraph", "trace"])
def test_anything_else_is_no_agent(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.json"
    file.write_text('{"architectures": ["LlamaForCausalLM"]}')
    assert not agents.is_agent(file)
    with pytest.raises(InputError, match="holds no agent"):
        agents.read(file)


EXAMPLES = [*(ROOT / "examples").rglob("agent.yaml"), *(path for path in (ROOT / "examples" / "agents").iterdir() if path.suffix in (".yaml", ".json"))]


@pytest.mark.parametrize("file", sorted(EXAMPLES), ids=lambda path: path.name)
def test_the_examples_lower(file: Path) -> None:
    assert agents.is_agent(file)
    module = module_of(agents.read(file))
    visits = task_visits(to_tasks.run(module))
    assert visits and all(times > 0 for times in visits.values())


LINES = GOOD.splitlines()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_broken_files_give_one_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    """Lines dropped, doubled or replaced: the agent is read, or refused with an error of ours."""
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["drop", "double", "word", "indent"]))
        if change == "drop":
            del lines[place]
        elif change == "double":
            lines.insert(place, lines[place])
        elif change == "indent":
            lines[place] = "  " + lines[place]
        else:
            word = data.draw(st.sampled_from(["[", "{}", "null", "-1", "~", "!!python/object:os.system", "\ud83d", "*a", "&a", "x: y", "|", "1e999"]))
            head, colon, _ = lines[place].partition(":")
            lines[place] = f"{head}{colon} {word}"
    text = "\n".join(lines).encode("utf-8", "replace").decode()
    try:
        lower(tmp_path, text)
    except IntarsiaError as error:
        assert str(error)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=200), st.text(alphabet="[]{}:,-&* \n\"'|>agentnodes", max_size=80)))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    for suffix in (".yaml", ".json"):
        file = tmp_path / f"any{suffix}"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        with pytest.raises(IntarsiaError):
            agents.read(file)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    for suffix in (".yaml", ".json"):
        file = tmp_path / f"deep{suffix}"
        file.write_text("[" * 20000 + "]" * 20000)
        with pytest.raises(InputError, match="nested too deeply"):
            agents.read(file)
