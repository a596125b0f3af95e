"""The commands on a real, tiny model: compile, plan, show, run, stages that are edited and fed back, and what goes wrong."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli, measure
from intarsia.errors import InputError
from tests import models

run = CliRunner().invoke


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTARSIA_CACHE", str(tmp_path_factory.getbasetemp() / "cli-cache"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(models.tiny_gguf(tmp_path_factory.mktemp("cli") / "tiny.gguf"))


@pytest.fixture(scope="module")
def bundle(source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundle") / "build"
    done = run(cli.app, ["compile", source, "-o", str(target), "--json"], env={"INTARSIA_CACHE": str(tmp_path_factory.getbasetemp() / "cli-cache")})
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["model"] == "tiny"
    return target


def test_compile_writes_bundle_and_report(bundle: Path) -> None:
    assert {"manifest.json", "plan.json", "agent.json", "report.html", "stages"} <= {path.name for path in bundle.iterdir()}


def test_plan_ranks_and_says_why(source: str) -> None:
    found = json.loads(run(cli.app, ["plan", source, "--top", "3", "--json"]).stdout)
    assert [row["rank"] for row in found] == [1, 2, 3]
    assert found[0]["e2e_s"] <= found[1]["e2e_s"] <= found[2]["e2e_s"]
    assert {"ttft_s", "tpot_s", "throughput_requests_per_s", "memory_bytes", "joules", "dollars"} <= set(found[0])
    assert found[0]["why"]


def test_plan_prints_a_table_and_the_reason(source: str) -> None:
    lines = run(cli.app, ["plan", source, "--top", "2"]).stdout.splitlines()
    assert lines[0].split()[:2] == ["rank", "plan"]
    assert lines[-2].startswith("Best end to end")
    assert re.match(r"The integer program .*: optimal: .* gap 0\.00%", lines[-1])


def test_plan_for_devices_that_are_not_here(source: str) -> None:
    found = json.loads(run(cli.app, ["plan", source, "--fleet", "2xH100-SXM", "--objective", "cost", "--top", "1", "--json"]).stdout)
    assert "H100" in found["plans"][0]["plan"].upper()


def test_show_as_tables_and_as_json(bundle: Path) -> None:
    shown = run(cli.app, ["show", str(bundle)]).stdout
    assert all(word in shown for word in ("Models", "Placements", "Files", "tiny", "plan.json"))
    (found,) = json.loads(run(cli.app, ["show", str(bundle), "--json"]).stdout)
    assert found["plan"]["deployments"][0]["model"] == "tiny"


def test_show_prints_a_stage(bundle: Path) -> None:
    assert run(cli.app, ["show", str(bundle), "--stage", "plan"]).stdout == (bundle / "stages" / "04-plan.mlir").read_text()
    done = run(cli.app, ["show", str(bundle), "--stage", "nowhere"])
    assert (done.exit_code, done.stdout) == (2, "")


def test_show_writes_the_report_anew(bundle: Path) -> None:
    (bundle / "report.html").unlink()
    assert run(cli.app, ["show", str(bundle), "--report"]).stdout.strip() == str(bundle / "report.html")
    assert (bundle / "report.html").exists()


def test_run_answers_and_measures(bundle: Path) -> None:
    (found,) = json.loads(run(cli.app, ["run", str(bundle), "--prompt", "the cat", "--max-tokens", "5", "--json"]).stdout)
    assert found["output_tokens"] <= 5
    assert 0 < found["ttft_s"] <= found["total_s"]
    assert json.loads((bundle / "measured.json").read_text())["runs"] == [found]


def test_run_is_the_same_each_time_for_a_seed(bundle: Path) -> None:
    arguments = ["run", str(bundle), "--prompt", "the cat", "--max-tokens", "8", "--temperature", "1.5", "--seed", "7", "--json"]
    first, second = (json.loads(run(cli.app, arguments).stdout)[0]["answer"] for _ in range(2))
    assert first == second


def test_run_streams(bundle: Path) -> None:
    arguments = ["run", str(bundle), "--prompt", "the cat", "--max-tokens", "6"]
    whole = json.loads(run(cli.app, [*arguments, "--json"]).stdout)[0]["answer"]
    assert run(cli.app, [*arguments, "--stream"]).stdout.rstrip("\n") == whole.rstrip("\n")


def test_run_on_questions_and_inputs(bundle: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.txt"
    questions.write_text('# a comment\nthe cat\n\n{"prompt": "the hat"}\n')
    found = json.loads(run(cli.app, ["run", str(bundle), "--questions", str(questions), "--max-tokens", "2", "--json"]).stdout)
    assert [row["inputs"] for row in found] == [{"prompt": "the cat"}, {"prompt": "the hat"}]
    (one,) = json.loads(run(cli.app, ["run", str(bundle), "--input", "prompt=a=b", "--max-tokens", "2", "--json"]).stdout)
    assert one["input"] == "a=b"


def test_run_writes_a_trace(bundle: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    assert run(cli.app, ["run", str(bundle), "--prompt", "the cat", "--max-tokens", "3", "--trace", str(trace)]).exit_code == 0
    assert {event["name"] for event in json.loads(trace.read_text())["traceEvents"]} >= {"thread_name", "tiny.prefill", "llm.matmul"}


def test_the_null_driver_runs_without_measuring(bundle: Path) -> None:
    before = (bundle / "measured.json").read_bytes() if (bundle / "measured.json").exists() else b""
    done = run(cli.app, ["run", str(bundle), "--prompt", "the cat", "--max-tokens", "3", "--driver", "null", "--json"])
    assert done.exit_code == 0
    assert ((bundle / "measured.json").read_bytes() if before else b"") == before


@pytest.mark.parametrize("stage", ["agent", "tasks", "ops", "plan", "pipe"])
def test_every_stage_is_printed_and_goes_back_in(source: str, stage: str, tmp_path: Path) -> None:
    text = run(cli.app, ["compile", source, "--stop-after", stage]).stdout
    file = tmp_path / "stage.mlir"
    file.write_text(text)
    again = run(cli.app, ["compile", "--start-from", stage, str(file), "--stop-after", stage])
    assert again.stdout == text
    assert not (tmp_path / "build").exists()


def test_stages_are_dumped_and_the_program_is_written(source: str, tmp_path: Path) -> None:
    done = run(cli.app, ["compile", source, "--stop-after", "plan", "--dump-stages", str(tmp_path / "s"), "--write-lp", str(tmp_path / "p.lp"), "--json"])
    assert json.loads(done.stdout)[0]["stage"] == "plan"
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["01-agent.mlir", "02-tasks.mlir", "03-ops.mlir", "04-plan.mlir"]
    assert "inimi" in (tmp_path / "p.lp").read_text()


def test_the_debug_ladder(source: str) -> None:
    sizes = []
    for level in range(5):
        done = run(cli.app, ["compile", source, "--stop-after", "agent", "--json"], env={"INTARSIA_DEBUG": str(level)})
        json.loads(done.stdout)
        sizes.append(len(done.stderr))
    assert sizes[0] == 0
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--prompt", "x", "--max-tokens", "0"], ["--prompt", "x", "--temperature", "-1"], ["--input", "nonsense"], ["--input", "other=1"], [],
        ["--questions", "missing.txt"], ["--prompt", "x", "--tools", "missing.py"], ["--prompt", "x", "--driver", "abacus"], ["--prompt", "x " * 5000, "--max-tokens", "1"],
        ["--prompt", "x", "--trace", "no/such/folder/t.json"], ["--prompt", "x", "--stream", "--json"],
    ],
)  # fmt: skip
def test_bad_runs_are_one_line_and_code_2(bundle: Path, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(cli.app, ["run", str(bundle), *arguments])
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_a_bundle_that_cannot_be_written_to_still_runs(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from intarsia import whole_file

    move = whole_file.os.replace

    def full(source: str | Path, target: str | Path) -> None:
        if Path(target).name == "measured.json":
            raise OSError(28, "No space left on device")
        move(source, target)

    monkeypatch.setattr(whole_file.os, "replace", full)
    done = run(cli.app, ["run", str(bundle), "--prompt", "the cat", "--max-tokens", "2"])
    assert done.exit_code == 0
    assert "the report keeps its old figures" in done.stderr
    assert not list(bundle.glob(".measured*"))


def test_questions_that_say_nothing_are_refused(bundle: Path, tmp_path: Path) -> None:
    for text in ("# nothing\n", '{"prompt": \n'):
        (tmp_path / "q.txt").write_text(text)
        done = run(cli.app, ["run", str(bundle), "--questions", str(tmp_path / "q.txt")])
        assert (done.exit_code, done.stdout) == (2, "")


def test_tools_that_fail_to_load_name_their_file(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("import nothing_of_that_name\n")
    done = run(cli.app, ["run", str(bundle), "--prompt", "x", "--tools", str(tmp_path / "tools.py")])
    assert done.exit_code == 2
    assert "tools.py: cannot load the tools: ModuleNotFoundError" in done.stderr


def test_a_bundle_cut_short_is_refused(bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    weights = copy / "tiny.weights"
    weights.unlink()
    weights.write_bytes(b"cut")
    done = run(cli.app, ["run", str(copy), "--prompt", "x"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "tiny.weights" in done.stderr


def test_a_failed_compile_leaves_the_old_bundle(bundle: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    before = (bundle / "manifest.json").read_bytes()
    done = run(cli.app, ["compile", str(broken), "-o", str(bundle)])
    assert done.exit_code == 2
    assert (bundle / "manifest.json").read_bytes() == before


def test_compile_refuses_a_folder_of_other_things(source: str, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    done = run(cli.app, ["compile", source, "-o", str(tmp_path)])
    assert done.exit_code == 2
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_tools_are_functions_of_a_file_or_named_in_its_dictionary(tmp_path: Path) -> None:
    file = tmp_path / "tools.py"
    file.write_text("def look(text): return text\ndef _hidden(): pass\nTOOLS = {'grade.route': look}\n")
    assert set(measure.tools_in(file)) == {"look", "grade.route"}
    file.write_text("TOOLS = 3\n")
    with pytest.raises(InputError, match=r"tools\.py: TOOLS is a int"):
        measure.tools_in(file)
