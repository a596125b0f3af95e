"""The documents are true to the tree: every path, command and environment variable that they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands import commands, options

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "intarsia"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FOLDERS = ("intarsia/", "tests/", "docs/", "examples/", ".ci/")
PLACEHOLDER = re.compile(r"NAME|FORMAT|NN|\*|<")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_in_a_page_exist(page: Path) -> None:
    named = re.findall(r"`([^`\s]+)`", page.read_text())
    paths = [name.partition("::")[0] for name in named if name.startswith(FOLDERS) and not PLACEHOLDER.search(name)]
    assert not [path for path in paths if not (ROOT / path).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_in_a_page_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_names_in_contributing_are_in_the_files_beside_them() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for name, file in re.findall(r"`([A-Za-z_]+)` (?:in|of) `(intarsia/[\w/.]+\.py)`", text):
        assert re.search(rf"\b{name}\b", (ROOT / file).read_text()), f"{file} has no {name}"


def _code_map() -> list[tuple[list[str], list[str]]]:
    """Each row: the paths in its first cell, and the files that its second one names."""
    text = (ROOT / "ARCHITECTURE.md").read_text().split("## Code map")[1].split("\n## ")[0]
    cells = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`([^`]+)`", path), re.findall(r"`([\w/]+\.(?:py|js))`", what)) for path, what in cells]


def test_every_folder_and_file_of_the_code_map_exists() -> None:
    for paths, files in _code_map():
        assert not [path for path in paths if not list(SOURCE.glob(path))]
        folders = {SOURCE} | {SOURCE / path if path.endswith("/") else (SOURCE / path).parent for path in paths}
        assert not [file for file in files if not any((folder / file).exists() for folder in folders)], paths


def test_every_folder_of_the_package_is_in_the_code_map() -> None:
    mapped = {path for paths, _ in _code_map() for path in paths}
    folders = {str(path.parent.relative_to(SOURCE)) + "/" for path in SOURCE.rglob("*.py")}
    assert folders - mapped == {"./", "codegen/", "compiler/", "cost_models/", "ir/", "planner/", "planner/placement/", "runtime/"}, "parents, whose files have rows"


def test_the_first_line_of_every_file_says_what_it_holds() -> None:
    for path in SOURCE.rglob("*.py"):
        first = path.read_text().partition("\n")[0]
        assert first.startswith('"""') and len(first.strip('"')) > 12, path


def test_every_environment_variable_is_documented() -> None:
    used = {name for path in (ROOT / "intarsia").rglob("*.py") for name in re.findall(r"INTARSIA_[A-Z]+", path.read_text())}
    documented = set(re.findall(r"INTARSIA_[A-Z]+", (ROOT / "docs" / "index.md").read_text()))
    assert used == documented


def test_the_commands_in_the_readme_exist() -> None:
    known = set(commands())
    for page in PAGES:
        assert set(re.findall(r"^    intarsia ([a-z]+)", page.read_text(), re.MULTILINE)) <= known
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b(?!,)", (ROOT / "README.md").read_text())) <= targets


@pytest.mark.parametrize("page", [*PAGES, *sorted(ROOT.glob("examples/**/*.md"))], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_option_of_a_shown_command_exists(page: Path) -> None:
    for line in re.findall(r"^    intarsia ([a-z][^#\n]*)", page.read_text(), re.MULTILINE):
        name, *words = line.split()
        command = commands()[name]
        command = getattr(command, "commands", {}).get(words[0] if words else "", command)
        known = {*options(command), "--help"}
        assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", line)) <= known, line
