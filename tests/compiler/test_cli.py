"""The command line: help, errors and exit codes, and that its documentation is complete."""

from __future__ import annotations

import errno
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intarsia import __version__
from intarsia.compiler import cli
from intarsia.compiler.commands import devices
from intarsia.errors import InfeasibleError, InputError
from tests.commands import commands, options

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "compile", "run", "plan", "show", "calibrate", "devices", "policies", "bench", "bench-pipeline", "validate", "memory", "demo", "simulate", "schedule", "pipeline", "place",
    "shard", "tiers",
}  # fmt: skip
run = CliRunner().invoke


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTARSIA_CACHE", str(tmp_path / "cache"))


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make `intarsia devices` raise `error`."""
    from intarsia.cost_models import devices as catalogue

    def fail() -> None:
        raise error

    monkeypatch.setattr(catalogue, "local", fail)


def test_the_commands() -> None:
    assert set(commands()) == COMMANDS


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in sorted(COMMANDS))])
def test_help(arguments: list[str]) -> None:
    done = run(cli.app, arguments)
    assert done.exit_code == 0
    assert "Usage:" in done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    section = re.search(rf"## intarsia {name}\n(.*?)(?=\n## |\Z)", page, re.DOTALL)
    assert section, f"docs/cli.md has no section 'intarsia {name}'"
    missing = [option for option in options(commands()[name]) if option != "--help" and option not in section.group(1)]
    assert not missing


def test_every_documented_option_exists() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    known = {option for name in COMMANDS for option in options(commands()[name])} | {"--version", "--help"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)) <= known


def test_version() -> None:
    assert run(cli.app, ["--version"]).stdout == f"intarsia {__version__}\n"


def test_no_command_prints_help() -> None:
    assert "Usage:" in run(cli.app, []).output


def test_devices_as_json_are_a_list_of_objects() -> None:
    done = run(cli.app, ["devices", "--json"])
    found = json.loads(done.stdout)
    assert found[0]["name"] == "local"
    assert all(row["flops"] > 0 and row["memory_bytes"] > 0 for row in found)


def test_policies_are_listed_with_their_parameters() -> None:
    found = {row["name"]: row for row in json.loads(run(cli.app, ["policies", "--json"]).stdout)}
    assert {"fcfs_chunked_prefill", "jitserve", "llumnix", "hybrimoe"} <= found.keys()
    assert all(row["summary"] and row["source"] and row["decides"] in ("batch", "cluster", "experts") for row in found.values())
    assert found["layered_prefill"]["runs"] == "simulator"
    frame = next(each for each in found["jitserve"]["parameters"] if each["name"] == "frame_s")
    assert (frame["default"], frame["least"], frame["type"]) == (1.0, 0.0, "float")
    assert [row["name"] for row in json.loads(run(cli.app, ["policies", "jitserve", "--json"]).stdout)] == [each["name"] for each in found["jitserve"]["parameters"]]
    assert run(cli.app, ["policies", "lottery"]).exit_code == 2


def test_a_devices_figures_have_sources() -> None:
    done = run(cli.app, ["devices", "H100-SXM", "--json"])
    assert all(row["source"] != "-" for row in json.loads(done.stdout))


def test_a_table_is_for_people() -> None:
    done = run(cli.app, ["devices"], env={"COLUMNS": "200"})
    assert "H100-SXM" in done.stdout
    assert "\x1b" not in done.stdout


def test_rates_and_prices_are_figures() -> None:
    from intarsia.cost_models import devices as catalogue

    shown = {row["figure"]: row["text"] for row in devices.figures(catalogue.load("H100-SXM"))}
    assert shown["cores"] == "132"
    assert shown["power"].endswith("W")


@pytest.mark.parametrize("error", [InputError("it is wrong", where="a.yaml", mend="write it\nright"), InfeasibleError("nothing fits")])
def test_an_error_is_one_line_and_code_2(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    raising(monkeypatch, error)
    done = run(cli.app, ["devices"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ")


def test_an_unexpected_exception_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyError("lost"))
    done = run(cli.app, ["devices"])
    assert done.exit_code == 1
    assert done.stderr.startswith("error: unexpected KeyError: 'lost' (set INTARSIA_DEBUG=1")


def test_a_full_disk_is_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    done = run(cli.app, ["devices"])
    assert (done.exit_code, done.stderr) == (1, "error: the output can't be written: No space left on device\n")


@pytest.mark.parametrize("words", [["--help"], ["policies"]])
def test_an_output_that_takes_nothing_is_told_in_a_line(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "intarsia", *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0 and "Traceback" not in done.stderr and "No space left" in done.stderr


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyError("lost"))
    done = run(cli.app, ["devices"], env={"INTARSIA_DEBUG": "1"})
    assert isinstance(done.exception, KeyError)


def test_calibrate_prints_what_was_measured_and_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from intarsia.compiler import calibrate
    from intarsia.cost_models.devices.this_machine import estimate

    asked: list[int | None] = []
    monkeypatch.setattr(calibrate, "calibrate", lambda threads, update: asked.append(threads) or replace(estimate(), sources={"rates": "measured"}))
    assert json.loads(run(cli.app, ["calibrate", "--threads", "1", "--json"]).stdout)[0]["figure"] == "cores"
    done = run(cli.app, ["calibrate"])
    assert str(tmp_path / "cache" / "local.toml") in done.stderr
    assert asked == [1, None]


def test_module_and_script_are_the_same() -> None:
    done = subprocess.run([sys.executable, "-m", "intarsia", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"intarsia {__version__}\n"


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    done = run(cli.app, ["devices"])
    assert (done.exit_code, done.stderr) == (130, "interrupted\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["devices", "no-such-device"], ["compile"], ["compile", "missing.gguf"], ["compile", "x.gguf", "--start-from", "ops", "y.mlir"],
        ["plan", "missing.gguf"], ["compile", "missing.gguf", "--stop-after", "nowhere"], ["compile", "--start-from", "ops", "missing.mlir"],
        ["run", "no-such-bundle", "--prompt", "x"], ["show", "no-such-bundle"], ["compile", "missing.gguf", "--threads", "0"],
        ["run", "x", "--threads", "-1", "--prompt", "y"], ["compile", "--unknown"], ["plan"], ["plan", "--top", "many"], ["nothing"], ["--nothing"], ["tiers", "nothing"],
    ],
)  # fmt: skip
def test_bad_arguments_are_code_2_without_a_traceback(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(cli.app, arguments)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("build*"))


def test_a_bad_knob_is_an_error_too() -> None:
    done = run(cli.app, ["devices"], env={"INTARSIA_DEBUG": "loud"})
    assert done.exit_code == 2
    assert done.stderr == "error: INTARSIA_DEBUG: found 'loud' (set it to a whole number from 0 to 4)\n"
