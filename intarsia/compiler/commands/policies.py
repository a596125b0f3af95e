"""`intarsia policies`: the scheduling policies, or one with its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console
from intarsia.errors import InputError

if TYPE_CHECKING:
    from intarsia.runtime.scheduler.parameters import Parameter
    from intarsia.runtime.scheduler.policy import Listed

COLUMNS: tuple[console.Column, ...] = (
    ("policy", "name", units.words), ("decides on", "decides", units.words), ("runs in", "runs", units.words), ("what it does", "summary", units.words),
    ("parameters", "text", units.words),
)  # fmt: skip
PARAMETERS: tuple[console.Column, ...] = (
    ("parameter", "name", units.words),
    ("default", "text", units.words),
    ("range", "range", units.words),
    ("worth trying", "worth", units.words),
    ("what it is", "help", units.words),
)


def command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A policy's name. Default: list all.")] = None,
    as_json: console.Json = False,
) -> None:
    """List scheduling policies, or one policy's parameters.

    `compile --policy` and `plan --policy` take the names of those that decide on a batch.
    """
    from intarsia.runtime.scheduler.policy import listed

    found = listed()
    if name is None:
        console.table([_row(each) for each in found], COLUMNS, as_json=as_json)
        return
    chosen = next((each for each in found if each.name == name), None)
    if chosen is None:
        raise InputError(f"unknown scheduling policy {name!r}", mend=f"known are {', '.join(each.name for each in found)}")
    console.table([_parameter(each) for each in chosen.parameters], PARAMETERS, as_json=as_json, title=chosen.name)
    if not as_json:
        print(f"\n{chosen.summary}\n{chosen.source}")


def _row(policy: Listed) -> console.Row:
    return {
        "name": policy.name, "decides": policy.decides, "runs": "runtime, simulator" if policy.runs else "simulator", "summary": policy.summary, "source": policy.source,
        "parameters": [_parameter(each) for each in policy.parameters], "text": ", ".join(f"{each.name}={_default(each)}" for each in policy.parameters),
    }  # fmt: skip


def _parameter(parameter: Parameter) -> console.Row:
    least, most = (None if abs(bound) == float("inf") else bound for bound in (parameter.least, parameter.most))
    return {
        "worth": ", ".join(f"{value:g}" for value in parameter.tries), "tries": list(parameter.tries),
        "name": parameter.name, "type": parameter.type, "default": parameter.default, "least": least, "most": most, "help": parameter.help, "text": _default(parameter),
        "range": "" if parameter.type in ("bool", "str") else f"{'' if least is None else f'{least:g}'}..{'' if most is None else f'{most:g}'}",
    }  # fmt: skip


def _default(parameter: Parameter) -> str:
    return "?" if parameter.default is None else str(parameter.default)
