"""The compilation as nouns: every one with its text and its figures, on to the next, to a file and back."""

from __future__ import annotations

from pathlib import Path

import pytest

import intarsia
from intarsia.compiler.stages import Compiled, Imported, Lowered, Planned, Stage
from intarsia.errors import InputError, IRError
from intarsia.ir.module import Module
from tests import models


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return intarsia.load_source(models.tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf"))


@pytest.fixture(scope="module")
def lowered(imported: Imported) -> Lowered:
    return imported.lower()


@pytest.fixture(scope="module")
def planned(lowered: Lowered) -> Planned:
    return lowered.plan()


@pytest.fixture(scope="module")
def compiled(planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return planned.compile(tmp_path_factory.mktemp("compiled") / "build")


@pytest.mark.parametrize("noun", ["imported", "lowered", "planned", "compiled"])
def test_each_noun_has_text_and_figures(noun: str, request: pytest.FixtureRequest) -> None:
    stage = request.getfixturevalue(noun)
    assert Module.parse(stage.as_text()).stage == {"imported": "agent", "lowered": "ops", "planned": "plan", "compiled": "pipe"}[noun]
    assert stage.cost_analysis()["models"]["tiny"]["parameters"] > 0
    assert stage.memory_analysis()["models"]["tiny"]["weight_bytes"] > 0


def test_work_is_known_once_lowered_and_time_once_planned(imported: Imported, lowered: Lowered, planned: Planned) -> None:
    assert imported.cost_analysis()["tasks"] == {}
    assert lowered.cost_analysis()["tasks"]["generate.prefill"]["flops"] > 0
    assert lowered.cost_analysis()["placements"] == {}
    assert planned.cost_analysis()["placements"]["generate.decode"]["seconds"] > 0


def test_kv_cache_and_arena_are_known_once_planned(lowered: Lowered, planned: Planned, compiled: Compiled) -> None:
    assert "arena_bytes" not in lowered.memory_analysis()["models"]["tiny"]
    found = planned.memory_analysis()["models"]["tiny"]
    assert found["kv_bytes"] > 0
    assert set(found["arena_bytes"]) == {"prefill", "decode"}
    assert compiled.memory_analysis()["files"]["tiny.weights"] == (compiled.directory / "tiny.weights").stat().st_size


@pytest.mark.parametrize("noun", ["imported", "lowered", "planned"])
def test_a_saved_stage_is_loaded_again(noun: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    stage: Stage = request.getfixturevalue(noun)
    assert type(stage).load(stage.save(tmp_path / "stage.mlir")).as_text() == stage.as_text()


def test_an_edited_plan_is_what_gets_compiled(planned: Planned, tmp_path: Path) -> None:
    file = planned.save(tmp_path / "plan.mlir")
    chosen = planned.memory_analysis()["models"]["tiny"]["kv_bytes"]
    pages = next(planned.module.ops("plan.deploy")).attributes["kv_pages"].value
    file.write_text(file.read_text().replace(f"kv_pages = {pages} : i64", f"kv_pages = {pages + 5} : i64"))
    again = Planned.load(file).compile(tmp_path / "build")
    assert again.manifest()["models"]["tiny"]["entries"]["decode"]["kv_pages"] == pages + 5
    assert chosen == planned.memory_analysis()["models"]["tiny"]["kv_bytes"]


def test_a_stage_of_another_noun_is_refused(planned: Planned, tmp_path: Path) -> None:
    file = planned.save(tmp_path / "plan.mlir")
    with pytest.raises(InputError, match=r"plan\.mlir: the file holds the stage 'plan' \(Imported takes agent\)"):
        Imported.load(file)
    with pytest.raises(IRError, match="cannot read"):
        Planned.load(tmp_path / "missing.mlir")


def test_a_stage_that_cannot_be_written_is_one_error(planned: Planned, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write the stage"):
        planned.save(tmp_path / "no" / "such" / "folder.mlir")


def test_a_saved_bundle_is_whole_and_runs(compiled: Compiled, tmp_path: Path) -> None:
    copy = compiled.save(tmp_path / "copy")
    assert {path.name for path in copy.iterdir()} == {path.name for path in compiled.directory.iterdir()}
    with Compiled(copy).load() as engine:
        assert len(engine.generate("the cat", max_tokens=3, ignore_eos=True).tokens) == 3
    assert compiled.save(copy) == copy
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_a_bundle_is_not_saved_over_other_files(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="no bundle"):
        compiled.save(tmp_path)
    assert compiled.save(compiled.directory) == compiled.directory


def test_plan_goes_straight_to_planned(imported: Imported, planned: Planned, tmp_path: Path) -> None:
    straight = intarsia.plan(models.tiny_gguf(tmp_path / "tiny.gguf"))
    assert straight.cost_analysis()["placements"].keys() == planned.cost_analysis()["placements"].keys()


LANGGRAPH = """{"nodes": [{"id": "__start__"}, {"id": "answer", "type": "runnable", "data": {"name": "answer"}}, {"id": "__end__"}],
 "edges": [{"source": "__start__", "target": "answer"}, {"source": "answer", "target": "__end__"}]}"""


def test_models_and_nodes_say_what_a_graph_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text(LANGGRAPH)
    model = models.tiny_gguf(tmp_path / "tiny.gguf")
    nodes = {"answer": {"kind": "llm", "model": "small", "prompt": "{question}", "writes": "answer", "max_tokens": 5}}
    text = intarsia.load_source(tmp_path / "graph.json", models={"small": str(model)}, nodes=nodes).as_text()
    assert '"agent.llm"' in text and "tiny.gguf" in text
    assert '"agent.llm"' not in intarsia.load_source(tmp_path / "graph.json").as_text()


def test_arguments_that_say_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="models and nodes are for agents"):
        intarsia.plan(models.tiny_gguf(tmp_path / "tiny.gguf"), nodes={"answer": {"kind": "llm"}})
    with pytest.raises(TypeError, match="no argument 'fleets'"):
        intarsia.plan("tiny.gguf", fleets="local")  # type: ignore[call-arg]
