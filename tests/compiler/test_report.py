"""The report: whole, self-contained, safe with any text, and honest about what is missing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intarsia import runtime, whole_file
from intarsia.compiler import measure, pipeline, report
from intarsia.compiler.report import assemble, facts
from intarsia.compiler.report.facts import Facts
from intarsia.errors import BundleError
from tests import models
from tests.pages import Checker, in_chromium

SECTIONS = ["summary", "plan", "graph", "memory", "pipeline", "run", "accuracy", "devices", "stages"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a tiny model, run once."""
    folder = tmp_path_factory.mktemp("report")
    source = models.tiny_gguf(folder / "tiny.gguf")
    pipeline.compile_to_bundle(pipeline.Inputs(str(source)), folder / "build")
    with runtime.load(folder / "build") as engine:
        found = measure.run(engine, [{"prompt": "the cat"}, {"prompt": "a <b>hat</b>"}], {"max_tokens": 8})
    measure.keep(folder / "build", found)
    return folder / "build"


def test_a_page_has_all_sections_and_is_well_formed(bundle: Path) -> None:
    page = Checker(report.render(bundle).read_text())
    assert page.sections == SECTIONS
    assert not page.unclosed


def test_a_page_needs_nothing_else(bundle: Path) -> None:
    text = (bundle / "report.html").read_text()
    assert all(reference.startswith(("#", "data:")) for reference in Checker(text).references)
    assert not re.findall(r"url\((?!#)|@import|fetch\(|XMLHttpRequest|<iframe|<img", text)


def test_predictions_and_measurements_stand_side_by_side(bundle: Path) -> None:
    text = (bundle / "report.html").read_text()
    assert "Operators of a typical step of tiny_decode<" in text.replace("</caption>", "<")
    assert "predicted; not measured" in text  # the throughput, which a few runs one by one don't show
    assert "Nothing was run yet" not in text


def test_what_was_asked_is_text_and_not_markup(bundle: Path) -> None:
    text = (bundle / "report.html").read_text()
    assert "a &lt;b&gt;hat&lt;/b&gt;" in text
    assert "<b>hat" not in text


def test_without_a_run_the_page_says_so(bundle: Path) -> None:
    found = facts.read(bundle)
    text = assemble.html(assemble.page(Facts(found.directory, found.manifest, found.plan, found.agent, {}, found.stages)))
    assert "Nothing was run yet" in text
    assert "(not measured)" in text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.data())
def test_missing_parts_are_no_error(bundle: Path, parts: st.DataObject) -> None:
    def without(found: dict[str, Any]) -> dict[str, Any]:
        dropped = parts.draw(st.sets(st.sampled_from(sorted(found)))) if found else set()
        return {key: value for key, value in found.items() if key not in dropped}

    found = facts.read(bundle)
    thinned = Facts(bundle, without(found.manifest), without(found.plan), without(found.agent), without(found.measured), without(found.stages))
    assert Checker(assemble.html(assemble.page(thinned))).sections == SECTIONS


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle here"):
        report.render(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "\xff"])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "manifest.json").write_text(json.dumps({"models": {}}))
    (tmp_path / "plan.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(BundleError, match=r"plan\.json"):
        report.render(tmp_path)


def test_a_page_is_written_whole_or_not_at_all(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    (copy / "report.html").write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "replace", full)
    with pytest.raises(BundleError, match="No space left"):
        report.render(copy)
    assert (copy / "report.html").read_text() == "old"
    assert not list(copy.glob(".report*"))


PROBE = """
  const table = document.querySelector("#plan table"), heading = table.querySelector("th .sort");
  heading.click(); heading.click();
  const button = document.getElementById("theme");
  button.click();
  document.querySelector(".tip").focus();
  return {
    ranks: [...table.tBodies[0].rows].map((row) => Number(row.cells[0].textContent)),
    theme: document.documentElement.dataset.theme,
    detail: document.getElementById("detail").textContent,
  };
"""


@pytest.mark.parametrize("size", ["1280,900", "500,900"])
def test_a_real_browser_shows_the_page_without_errors_or_requests(bundle: Path, tmp_path: Path, size: str) -> None:
    found = in_chromium(bundle / "report.html", tmp_path, PROBE, size)
    assert found["problems"] == []
    assert found["requests"] == []
    assert found["ranks"] == sorted(found["ranks"], reverse=True)
    assert found["theme"] == "light"
    assert found["detail"]
    assert not found["wider"], "the page scrolls sideways"
