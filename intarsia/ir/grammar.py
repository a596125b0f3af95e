"""The grammar of each stage on one page, made from the dialects' tables: `python -m intarsia.ir.grammar [DIR]`.

Each page ends with a short module of that stage, kept in `DIR/<stage>.mlir`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from intarsia.ir.dialects import agent, llm, pipe, plan
from intarsia.ir.rules import Typed
from intarsia.ir.spec import MANY, TOP, OpSpec, Rule

PAGES_DIR = Path(__file__).resolve().parents[2] / "docs" / "ir"
COLUMNS = ("operation", "operands → results", "attributes ([optional])", "rules", "what it is")
HEAD = "\n".join(("| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)))
NOTATION = """Operations are written in MLIR's generic form: `%results = "name"(%operands) ({regions}) {attributes} : (operand types) -> result types`.
Attributes are `str` ("text"), `int` (5), `float` (1.5), `bool` (true), `symbol` (@name), `dict` ({key = value}) and `list[kind]` ([a, b]).
A count `1..` means one or more. An attribute whose name has a dot is a note: it is kept and means nothing."""


@dataclass(frozen=True)
class Page:
    """One stage: what it holds, and the tables that a module of it may use beyond those of the stage before."""

    stage: str
    holds: str
    tables: tuple[tuple[str, str, Sequence[OpSpec]], ...]
    types: str


PAGES = (
    Page(
        "agent", "What the user brought: models, devices, workload and goals as facts, and one agent graph.",
        (("The graph", "agent", agent.OPS), ("Models", "llm", llm.MODEL_OPS), ("Facts", "plan", plan.FACTS)),
        "Every value of a graph has the type `!agent.value`; a KV cache is `!llm.kv<\"MODEL\">`.",
    ),
    Page(
        "tasks", "The graph's nodes as tasks, each with its resources as formulas; the rest of the `agent` stage stays.",
        (("Tasks", "llm", llm.TASK_OPS),),
        "A formula is arithmetic over `batch`, `prompt`, `context`, `output` and `arguments`, with `min`, `max` and `ceil`.",
    ),
    Page(
        "ops", "Each phase of each model as operators over rows of tokens.",
        (("Operators", "llm", llm.OPERATORS),),
        "Values are tensors with a dynamic number of rows: `tensor<?x576xf32>`; `tensor<?x576xi8>` stands for rows quantised in blocks of 32.",
    ),
    Page(
        "plan", "The same phases, fused and with places in the arena, and what the planner chose.",
        (("Choices", "plan", plan.CHOICES),),
        "Every operator that makes a value has an `offset`, in bytes from the start of the phase's arena.",
    ),
    Page(
        "pipe", "One pipeline for each phase: buffers, packed weights and kernel launches. Phases are gone. Or schedules of nano-batches, which `intarsia pipeline` finds.",
        (("Pipelines", "pipe", pipe.OPS),),
        "A buffer has the type `!pipe.rows`.",
    ),
)


def table(title: str, dialect: str, specs: Sequence[OpSpec]) -> str:
    """A heading and one row for each operation of `specs`."""
    return "\n".join((f"## {title}", "", HEAD, *(describe(spec, dialect) for spec in specs)))


def describe(spec: OpSpec, dialect: str) -> str:
    """The operation's row of the grammar page: name, operands → results, attributes ([optional]), rules, meaning."""
    attrs = [f"`{n}: {k}`" for n, k in spec.required.items()] + [f"[`{n}: {k}`]" for n, k in spec.optional.items()]
    shape = f"{_counts(spec.operands)} → {_counts(spec.results)}" + _regions(spec)
    rules = "; ".join(describe_rule(rule) for rule in spec.rules if not isinstance(rule, Typed))
    cells = (f"`{dialect}.{spec.name}`", shape, ", ".join(attrs) or "-", rules or "-", inspect.cleandoc(spec.summary))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _counts(bounds: tuple[int, int]) -> str:
    least, most = bounds
    return str(least) if least == most else f"{least}.." if most == MANY else f"{least}..{most}"


def _regions(spec: OpSpec) -> str:
    return f", a region ending in `{spec.ends_with}`" if spec.regions else ""


def describe_rule(rule: Rule) -> str:
    """What a rule demands, in words."""
    text = (rule.__doc__ or "") if inspect.isfunction(rule) else str(rule)
    return inspect.cleandoc(text).splitlines()[0].rstrip(".")


def nesting(page: Page) -> str:
    """Which operations stand inside which."""
    inside: dict[str, list[str]] = {}
    for _, dialect, specs in page.tables:
        for spec in specs:
            for parent in spec.parents or TOP:
                inside.setdefault(parent.removeprefix("builtin."), []).append(f"`{dialect}.{spec.name}`")
    return "\n".join(f"- in `{parent}`: {', '.join(names)}" for parent, names in inside.items())


def render(page: Page, example: str) -> str:
    """The whole page as Markdown."""
    tables = (table(*entry) for entry in page.tables)
    title = f"# Stage `{page.stage}`"
    made = "<!-- made by python -m intarsia.ir.grammar from intarsia/ir/dialects; edit those -->"
    nested = f"## Where they stand\n\n{nesting(page)}"
    shown = f"## Example\n\n```mlir\n{example.rstrip()}\n```"
    return "\n\n".join((title, made, page.holds, NOTATION, page.types, *tables, nested, shown)) + "\n"


def write(directory: Path = PAGES_DIR) -> list[Path]:
    """Write every page beside its example; gives the files."""
    written = []
    for page in PAGES:
        path = directory / f"{page.stage}.md"
        path.write_text(render(page, (directory / f"{page.stage}.mlir").read_text()))
        written.append(path)
    return written


if __name__ == "__main__":
    for path in write(*map(Path, sys.argv[1:2])):
        print(path)
