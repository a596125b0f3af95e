"""What an import may load. Each check runs in a fresh interpreter, because modules stay loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "torch_mlir", "jinja2", "rich", "pulp", "highspy", "networkx", "numpy", "ortools", "tokenizers", "gguf", "yaml"}


def loaded_by(code: str) -> set[str]:
    """The modules in a fresh interpreter after `code`."""
    program = f"{code}\nimport json, sys\nsys.stderr.write(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def top(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_importing_intarsia_loads_nothing_else() -> None:
    modules = loaded_by("import intarsia")
    assert {name for name in modules if name.startswith("intarsia")} == {"intarsia"}
    assert not top(modules) & HEAVY


def test_the_runtime_loads_no_compiler_planner_mlir_or_torch() -> None:
    modules = loaded_by("import intarsia.runtime; intarsia.runtime.load")
    assert not top(modules) & {"torch", "torch_mlir", "pulp", "highspy", "jinja2", "gguf", "networkx", "rich", "typer"}
    assert not {name for name in modules if name.startswith(("intarsia.compiler", "intarsia.planner", "intarsia.codegen", "intarsia.ir.bindings", "intarsia.cost_models"))}


HELP = "import sys\nfrom intarsia.compiler.cli import app\ntry:\n    app({arguments!r})\nexcept SystemExit as done:\n    assert done.code == 0, done.code"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["compile", "--help"], ["run", "--help"], ["plan", "--help"], ["memory", "--help"], ["demo", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert not top(loaded_by(HELP.format(arguments=arguments))) & HEAVY


def test_errors_and_knobs_are_leaves() -> None:
    modules = loaded_by("import intarsia.errors, intarsia.knobs")
    assert {name for name in modules if name.startswith("intarsia")} == {"intarsia", "intarsia.errors", "intarsia.knobs"}


@pytest.mark.parametrize(
    ("code", "most"),
    [("import intarsia.runtime", 100), ("import intarsia.runtime; intarsia.runtime.load", 300), (HELP.format(arguments=["--help"]), 250)],
)
def test_starting_loads_few_modules(code: str, most: int) -> None:
    """What starting takes is what it loads: 0.1 ms to 1 ms a module, on any machine."""
    assert len(loaded_by(code)) < most
