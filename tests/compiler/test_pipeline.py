"""The path as a whole: text in, text out, at every stage; what is edited in one stage shows in every later one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from intarsia.compiler import bundle, pipeline
from intarsia.compiler.pipeline import Inputs, Options
from intarsia.errors import InputError, IntarsiaError, IRError, UnsupportedError
from intarsia.ir.module import STAGES, Module, attribute
from tests import models


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf", layers=3)


@pytest.fixture(scope="module")
def stages(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the text of every stage of the tiny model."""
    folder = tmp_path_factory.mktemp("stages")
    pipeline.lower(Inputs(str(gguf)), Options(dump_stages=folder))
    return folder


def stage_file(folder: Path, stage: str) -> Path:
    return folder / f"{STAGES.index(stage) + 1:02}-{stage}.mlir"


def timeless(text: str) -> str:
    """The text without the seconds that the solver took, the one figure that differs from run to run."""
    return "\n".join(re.sub(r"seconds = [^,}]*", "seconds", line) if 'subject = "solver"' in line else line for line in text.splitlines())


def from_text(stage: str, text: str, folder: Path) -> dict[str, str]:
    """The texts of all stages from `stage` on, started from `text`."""
    file = folder / f"{stage}.mlir"
    file.write_text(text)
    return pipeline.lower(Inputs(), Options(start_from=(stage, file)))[1]


def test_every_stage_is_dumped(stages: Path) -> None:
    assert [path.name for path in sorted(stages.iterdir())] == [f"{i + 1:02}-{name}.mlir" for i, name in enumerate(STAGES)]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_fed_back_gives_the_same_later_stages(stages: Path, stage: str, tmp_path: Path) -> None:
    texts = from_text(stage, stage_file(stages, stage).read_text(), tmp_path)
    for later, text in texts.items():
        assert timeless(text) == timeless(stage_file(stages, later).read_text()), later


@pytest.mark.parametrize("stage", STAGES)
def test_stop_after_ends_with_that_stage(gguf: Path, stage: str) -> None:
    module, texts = pipeline.lower(Inputs(str(gguf)), Options(stop_after=stage))
    assert module.stage == stage
    assert list(texts) == list(STAGES[: STAGES.index(stage) + 1])


@pytest.mark.parametrize("stage", ["agent", "tasks"])
def test_an_edited_layer_count_reaches_every_later_stage(stages: Path, stage: str, tmp_path: Path) -> None:
    text = stage_file(stages, stage).read_text().replace("layers = 3 : i64", "layers = 2 : i64")
    texts = from_text(stage, text, tmp_path)
    for later in STAGES[STAGES.index(stage) :]:
        assert "layers = 3 : i64" not in texts[later]
    assert all(attribute(op, "count") == 2 for op in Module.parse(texts["ops"]).ops("llm.repeat"))
    assert all(attribute(op, "count") == 2 for op in Module.parse(texts["pipe"]).ops("pipe.repeat"))


def test_an_edited_layer_count_of_the_operators_reaches_the_kernels(stages: Path, tmp_path: Path) -> None:
    text = stage_file(stages, "ops").read_text().replace("count = 3 : i64, first", "count = 2 : i64, first")
    pipe = Module.parse(from_text("ops", text, tmp_path)["pipe"])
    assert all(attribute(op, "count") == 2 for op in pipe.ops("pipe.repeat"))


def test_an_edited_precision_reaches_the_kernels(stages: Path, tmp_path: Path) -> None:
    """The user's knob is part of the text: asking for float32 in the agent stage changes plan and kernels."""
    text = stage_file(stages, "agent").read_text()
    knobs = '"plan.knobs"() {precision = "f32"} : () -> ()\n'
    kept = "\n".join(line for line in text.splitlines() if "plan.knobs" not in line)
    texts = from_text("agent", kept.replace('  "agent.graph"', knobs + '  "agent.graph"', 1), tmp_path)
    assert all(attribute(op, "precision") == "f32" for op in Module.parse(texts["plan"]).ops("plan.deploy"))
    assert {attribute(op, "format") for op in Module.parse(texts["pipe"]).ops("pipe.weight")} <= {"f32", "vector", "angles"}
    assert all(attribute(op, "dtype") != "q8" for op in Module.parse(texts["pipe"]).ops("pipe.buffer"))


def test_an_edited_placement_reaches_the_pipeline(stages: Path, tmp_path: Path) -> None:
    text = re.sub(r"threads = \d+ : i64", "threads = 7 : i64", stage_file(stages, "plan").read_text())
    pipe = Module.parse(from_text("plan", text, tmp_path)["pipe"])
    assert all(attribute(op, "threads") == 7 for op in pipe.ops("pipe.program"))


def test_an_edited_branch_probability_changes_the_plan(gguf: Path, tmp_path: Path) -> None:
    """A rare path costs little on average; a frequent one costs more."""
    agent = tmp_path / "agent.yaml"
    agent.write_text(BRANCHING.format(model=gguf))
    text = str(pipeline.lower(Inputs(str(agent)), Options(stop_after="agent"))[0])
    rare = from_text("agent", text, tmp_path)
    odds = re.findall(r"probability = [^ }]*", text)
    swapped = re.sub(r"probability = [^ }]*", lambda found: odds[1 - odds.index(found[0])], text)
    common = from_text("agent", swapped, tmp_path)
    assert re.findall(r"probability = [^ }]*", common["pipe"]) == odds[::-1]
    assert whole(common) > whole(rare)


BRANCHING = """
agent: triage
models:
  small: {model}
inputs: [question]
nodes:
  decide:
    kind: llm
    model: small
    prompt: "{{question}}"
    choices: ["yes", "no"]
  way:
    kind: branch
    on: decide
    cases:
      "yes":
        probability: 0.1
        nodes:
          explain: {{kind: llm, model: small, prompt: "{{question}}", output_tokens: 50}}
        result: explain
      "no":
        nodes:
          nothing: {{kind: transform, how: template, template: ""}}
        result: nothing
results: [way]
"""


def whole(texts: dict[str, str]) -> float:
    """The planner's prediction for one run of the whole agent, seconds."""
    plan = Module.parse(texts["plan"])
    return max(attribute(op, "metrics").get("e2e_s", 0.0) for op in plan.ops("plan.estimate"))


def test_a_bundle_is_whole_or_absent(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from intarsia.codegen.cpu import emit

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(emit, "run", fail)
    with pytest.raises(IntarsiaError, match="disk is full"):
        pipeline.compile_to_bundle(Inputs(str(gguf)), tmp_path / "build")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_compilation_leaves_the_old_bundle(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "build"
    pipeline.compile_to_bundle(Inputs(str(gguf)), target)
    before = (target / "manifest.json").read_text()
    monkeypatch.setattr(bundle, "write_stages", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(IntarsiaError, match="cannot write"):
        pipeline.compile_to_bundle(Inputs(str(gguf)), target)
    assert (target / "manifest.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


def test_a_directory_of_other_files_is_not_replaced(gguf: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="no bundle"):
        pipeline.compile_to_bundle(Inputs(str(gguf)), tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_an_unknown_stage_is_named() -> None:
    with pytest.raises(InputError, match="there is no stage 'opz'"):
        pipeline.lower(Inputs("x.gguf"), Options(stop_after="opz"))


def test_stopping_before_the_start_is_refused(stages: Path) -> None:
    with pytest.raises(InputError, match="from the stage plan to tasks, which comes before"):
        pipeline.lower(Inputs(), Options(start_from=("plan", stage_file(stages, "plan")), stop_after="tasks"))


@pytest.mark.parametrize("given", [{"source": "x.gguf"}, {"fleet": "8xH100-SXM"}, {"workload": "rate=2/s"}, {"slo": "ttft=1"}, {"knobs": {"threads": 1}}])
def test_what_a_stages_text_holds_cannot_be_given_beside_it(stages: Path, given: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(given))} can't be given with the text of a stage"):
        pipeline.lower(Inputs(**given), Options(start_from=("plan", stage_file(stages, "plan"))))


@pytest.mark.parametrize(
    ("fleet", "words"),
    [("2xTPU-v5e", "planned for the tpu @.*, and code is generated for CPUs and GPUs alone"), ("V100-SXM2-32GB", "no code can be generated for V100"), ("H100-SXM", "is stored as q4_1; GPU bundles take")],
)
def test_no_code_is_generated_for_what_has_no_kernels(gguf: Path, tmp_path: Path, fleet: str, words: str) -> None:
    with pytest.raises(UnsupportedError, match=words):
        pipeline.compile_to_bundle(Inputs(str(gguf), fleet=fleet), tmp_path / "build")
    assert not list(tmp_path.iterdir())


def test_a_file_of_another_stage_is_refused(stages: Path) -> None:
    with pytest.raises(InputError, match="holds the stage 'plan', not 'ops'"):
        pipeline.lower(Inputs(), Options(start_from=("ops", stage_file(stages, "plan"))))


def test_a_broken_stage_file_names_its_line(stages: Path, tmp_path: Path) -> None:
    text = stage_file(stages, "ops").read_text().replace('kind = "decode"', 'kind = "dream"')
    with pytest.raises(IRError, match=r"ops\.mlir:\d+.*kind is 'dream'; choose one of"):
        from_text("ops", text, tmp_path)


def test_the_same_input_gives_the_same_bundle(gguf: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        pipeline.compile_to_bundle(Inputs(str(gguf)), tmp_path / name)
    one, two = (json.loads((tmp_path / name / "manifest.json").read_text())["files"] for name in ("one", "two"))
    stable = {name for name in one if name != "plan.json"}
    assert {name: one[name] for name in stable} == {name: two[name] for name in stable}
