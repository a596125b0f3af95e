"""`intarsia show`: what a bundle holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console
from intarsia.errors import InputError

FILES: tuple[console.Column, ...] = (("file", "name", units.words), ("size", "bytes", units.size))


def command(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The directory that `intarsia compile` wrote.")],
    stage: Annotated[str | None, typer.Option(metavar="STAGE", help="Print the text of one stage instead.")] = None,
    report: Annotated[bool, typer.Option("--report", help="Write the report anew, and print where it is.")] = False,
    as_json: console.Json = False,
) -> None:
    """Show what a bundle holds.

    Its models, the plan with its estimates, and its files.
    """
    from intarsia.compiler import report as page
    from intarsia.compiler.report import facts, rows

    found = facts.read(bundle)
    if report:
        print(page.render(bundle))
    elif stage is not None:
        print(_stage(found.stages, stage), end="")
    elif as_json:
        print(json.dumps([{"manifest": found.manifest, "plan": found.plan, "agent": found.agent, "measured": found.measured}], indent=1))
    else:
        console.table(rows.models(found), rows.MODELS, as_json=False, title="Models")
        console.table(rows.places(found), rows.PLACES, as_json=False, title="\nPlacements")
        console.table([{"name": name, **about} for name, about in found.manifest.get("files", {}).items()], FILES, as_json=False, title="\nFiles")


def _stage(texts: dict[str, str], wanted: str) -> str:
    for name, text in texts.items():
        if name == f"{wanted}.mlir" or name.partition("-")[2] == f"{wanted}.mlir":
            return text
    raise InputError(f"the bundle holds no stage {wanted!r}", mend=f"it holds {', '.join(name.partition('-')[2].removesuffix('.mlir') for name in texts) or 'none'}")
