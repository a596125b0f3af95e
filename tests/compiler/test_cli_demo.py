"""`intarsia demo` with the real models: the example agent is compiled, run on its questions, and compared with its plan."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import intarsia
from intarsia.compiler import cli
from intarsia.compiler.commands import demo
from intarsia.cost_models.devices import files
from intarsia.cost_models.devices.this_machine import calibration_file, estimate
from tests.conftest import ROOT


@pytest.fixture
def without_calibrating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An estimate stands in for the calibration, which takes most of a minute and has tests of its own."""
    monkeypatch.setenv("INTARSIA_CACHE", str(tmp_path / "cache"))
    files.write(estimate(), calibration_file())


DOCUMENTS = ("docs/glossary.md", "docs/how-it-works.md", "docs/index.md", "README.md")


@pytest.fixture
def few_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout with the example, half of its questions and few documents: the vectors of all of them would take most of the time."""
    checkout = tmp_path / "checkout"
    questions = shutil.copytree(ROOT / demo.EXAMPLE, checkout / demo.EXAMPLE) / "questions.txt"
    questions.write_text("".join(questions.read_text().splitlines(keepends=True)[:3]))
    for name in DOCUMENTS:
        (checkout / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, checkout / name)
    monkeypatch.setattr(intarsia, "__file__", str(checkout / "intarsia" / "__init__.py"))


@pytest.mark.usefixtures("smollm2", "minilm", "without_calibrating", "few_documents")
def test_the_demo_answers_and_compares(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["demo", "-o", str(tmp_path / "build"), "--json"])
    assert done.exit_code == 0, done.output
    compared = {(row["subject"], row["figure"]): row for row in json.loads(done.stdout)}
    assert compared["agent", "end to end"]["measured"] > 0
    assert compared["smollm2", "TPOT"]["predicted"] > 0
    runs = {run["input"]: run for run in json.loads((tmp_path / "build" / "measured.json").read_text())["runs"]}
    assert runs["What is 37 * 43?"]["answer"].endswith("= 1591")
    assert len(runs) == 3 and all(run["answer"].strip() for run in runs.values())
    report = (tmp_path / "build" / "report.html").read_text()
    assert all(question.replace("'", "&#39;") in report for question in runs)


def test_without_a_checkout_the_demo_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intarsia, "__file__", str(tmp_path / "site-packages" / "intarsia" / "__init__.py"))
    done = CliRunner().invoke(cli.app, ["demo", "-o", str(tmp_path / "build")])
    assert done.exit_code == 2
    assert "run the demo in a checkout of the project" in done.stderr
