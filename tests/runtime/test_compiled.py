"""The whole path with tiny random models: compiled for this CPU, loaded, and run by native code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from intarsia import knobs, runtime
from intarsia.compiler import pipeline
from intarsia.errors import BundleError
from tests.models import tiny_gguf, tiny_hf

AGENT = """
agent: tiny
models: {writer: writer.gguf, reader: reader}
inputs: {question: {}}
nodes:
  kind_of: {kind: llm, model: writer, prompt: "Is {question} a sum?", choices: ["yes", "no"], chat: false}
  expression: {kind: transform, how: select, expression: arithmetic, input: question}
  sum: {kind: tool, tool: calculator, arguments: {expression: expression}, on_error: empty}
  vector: {kind: embed, model: reader, input: question}
  passages: {kind: retrieve, input: vector, text: question, model: reader, index: [docs], top_k: 2, chunk_words: 12}
  answer: {kind: llm, model: writer, prompt: "{passages} {question} {sum}", max_tokens: 8}
results: [answer, sum, kind_of]
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tiny")
    tiny_gguf(folder / "writer.gguf", types="f32")
    tiny_hf(folder / "reader", "bert")
    (folder / "docs").mkdir()
    (folder / "docs" / "cats.md").write_text("# Cats\nthe cat sat on the mat and the hat sat on that other cat\n# Rats\na rat in the heat of the attic\n")
    (folder / "agent.yaml").write_text(AGENT)
    with knobs.scope(cache=folder / "cache"):
        pipeline.compile_to_bundle(pipeline.Inputs(str(folder / "agent.yaml"), knobs={"precision": "f32", "threads": 2, "context": 256, "max_sequences": 4}), folder / "build")
        yield folder / "build"


@pytest.fixture(scope="module")
def engine(bundle: Path) -> Iterator[runtime.Engine]:
    with runtime.load(bundle) as loaded:
        yield loaded


def test_greedy_answers_are_the_same_alone_together_and_with_one_thread(bundle: Path, engine: runtime.Engine) -> None:
    prompts = ["the cat " * (i + 1) for i in range(7)]
    alone = [engine.generate(p, max_tokens=12, ignore_eos=True).tokens for p in prompts]
    assert [g.tokens for g in engine.generate_batch(prompts, max_tokens=12, ignore_eos=True)] == alone
    with runtime.load(bundle, threads=1) as single:
        assert [single.generate(p, max_tokens=12, ignore_eos=True).tokens for p in prompts] == alone


def test_streams_stops_choices_and_patterns(engine: runtime.Engine) -> None:
    whole = engine.generate("a rat", max_tokens=20, ignore_eos=True)
    assert "".join(piece.text for piece in engine.stream("a rat", max_tokens=20, ignore_eos=True)) == whole.text
    assert engine.generate("a rat", choices=["the cat", "a hat", "that bat"]).text in ("the cat", "a hat", "that bat")
    assert engine.generate("a rat", pattern=r"\d{2}", temperature=1.0).text.isdecimal()


def test_embeddings_are_unit_vectors_whatever_their_company(engine: runtime.Engine) -> None:
    texts = ["the cat sat", "a rat", "the hat and the bat in the attic", "mat"]
    vectors = engine.embed(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-4)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(engine.embed([text])[0], vector, atol=1e-5)


def test_the_agent_runs_and_its_tasks_have_predictions(engine: runtime.Engine) -> None:
    result = engine.run({"question": "the cat and 2 + 3"})
    assert result.outputs["sum"] == "5" and result.outputs["kind_of"] in ("yes", "no") and result.text
    named = {task.name: task for task in result.tasks}
    assert {"kind_of.prefill", "kind_of.decode", "sum", "vector", "passages", "answer.prefill", "answer.decode"} <= set(named)
    assert all(named[name].predicted_s is not None for name in ("kind_of.prefill", "vector", "answer.prefill", "answer.decode"))


def test_a_trace_shows_operators_by_thread(engine: runtime.Engine, tmp_path: Path) -> None:
    with engine.trace(tmp_path / "trace.json"):
        engine.generate("the cat", max_tokens=3, ignore_eos=True)
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert {"writer.prefill", "writer.decode"} <= {e["name"] for e in events}
    assert any(e["name"].startswith("llm.matmul") for e in events)


def test_a_bundle_cut_short_is_refused(bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "build"
    copy.mkdir()
    for path in bundle.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes()[:-64] if path.suffix == ".weights" else path.read_bytes())
    with pytest.raises(BundleError, match="cut short"):
        runtime.load(copy)


def test_the_null_driver_runs_the_same_bundle(bundle: Path) -> None:
    with runtime.load(bundle, driver="null") as engine:
        result = engine.run({"question": "the cat and 2 + 3"})
        assert result.outputs["sum"] == "5" and result.seconds > 0
