"""The grammar pages are what the tables say, and their examples are modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from intarsia.ir import grammar
from intarsia.ir.grammar import describe_rule
from intarsia.ir.module import STAGES, Module
from tests.ir.samples import SPECS

PAGES = {page.stage: page for page in grammar.PAGES}


def test_there_is_a_page_for_each_stage() -> None:
    assert tuple(PAGES) == STAGES


@pytest.mark.parametrize("stage", STAGES)
def test_page_is_up_to_date(stage: str) -> None:
    example = (grammar.PAGES_DIR / f"{stage}.mlir").read_text()
    page = (grammar.PAGES_DIR / f"{stage}.md").read_text()
    assert page == grammar.render(PAGES[stage], example), "run python -m intarsia.ir.grammar"


@pytest.mark.parametrize("stage", STAGES)
def test_example_is_a_module_of_its_stage(stage: str) -> None:
    module = Module.load(grammar.PAGES_DIR / f"{stage}.mlir")
    assert module.stage == stage
    assert str(Module.parse(str(module))) == str(module)


def test_every_operation_is_on_a_page() -> None:
    text = "".join((grammar.PAGES_DIR / f"{stage}.md").read_text() for stage in STAGES)
    assert [name for name in SPECS if f"| `{name}` |" not in text] == []


def test_every_rule_says_what_it_demands() -> None:
    assert [name for name, spec in SPECS.items() for rule in spec.rules if len(describe_rule(rule)) < 6] == []


def test_write_gives_the_files(tmp_path: Path) -> None:
    for stage in STAGES:
        (tmp_path / f"{stage}.mlir").write_text("module {}\n")
    assert [path.name for path in grammar.write(tmp_path)] == [f"{stage}.md" for stage in STAGES]
