"""`intarsia memory`: offsets for the buffers of a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console

if TYPE_CHECKING:
    from intarsia.planner.memory.offsets import Assignment


def share(value: Any) -> str:
    return f"{value:.2%}"


def cpu(value: Any) -> str:
    return f"{value:.2f}"


COLUMNS: tuple[console.Column, ...] = (
    ("file", "file", units.words), ("buffers", "buffers", str), ("load", "load", str), ("bound", "bound", str), ("peak", "peak", str), ("gap", "gap", share),
    ("proof", "proof", units.words), ("found by", "method", units.words), ("CPU s", "cpu_s", cpu),
)  # fmt: skip


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Buffers, a line each: id,lower,upper,size.")],
    capacity: Annotated[int | None, typer.Option("--capacity", metavar="N", min=1, help="Stop at any peak up to N. Default: look for the lowest peak.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="OUT.csv", help="Where to write the buffers with their offsets.")] = None,
    time_limit: Annotated[float, typer.Option("--time-limit", metavar="S", min=0.0, help="Seconds to search.")] = 60.0,
    alignment: Annotated[int, typer.Option("--alignment", metavar="N", min=1, help="Every offset is a multiple of N.")] = 1,
    as_json: console.Json = False,
) -> None:
    """Place buffers of known lifetimes in as little memory as possible.

    Lifetimes are half-open: [lower, upper). Reads and writes MiniMalloc's format.
    """
    from intarsia.errors import InfeasibleError, Where
    from intarsia.planner.memory import csv_file
    from intarsia.planner.memory.offsets import assign

    buffers = csv_file.read(file)
    with console.bar("placing") as progress:
        found = assign(buffers, alignment, capacity=capacity, time_limit_s=time_limit, watch=progress)
    _check(buffers, found)
    fits = capacity is None or found.peak <= capacity
    if output is not None and fits:
        csv_file.write(output, buffers, found.offsets)
    console.table([row(file, len(buffers), found)], COLUMNS, as_json=as_json)
    for note in found.notes:
        console.say(f"note: {note}")
    if found.proof == "interrupted":
        console.say("interrupted: these are the best offsets so far")
        raise typer.Exit(console.INTERRUPTED)
    if not fits:
        why = str(found.conflict) if found.conflict else f"nothing under {capacity} was found in {time_limit:g} s, nor a proof that there is nothing"
        raise InfeasibleError(why, where=Where(str(file)), mend=f"the best peak known is {found.peak}")


def _check(buffers: Any, found: Assignment) -> None:
    """Raises InvalidPlan where the independent validator finds a fault, unless INTARSIA_VALIDATE is 0."""
    from intarsia import knobs

    if knobs.get().validate:
        from intarsia.planner.validate import InvalidPlan, offset_problems

        faults = offset_problems(buffers, found.offsets, found.peak)
        if faults:
            raise InvalidPlan(f"the offsets are not valid: {'; '.join(faults[:5])}", mend="please report it with the file")


def row(file: Path, count: int, found: Assignment) -> console.Row:
    """What was found, as a row."""
    conflict = found.conflict
    return {
        "file": str(file), "buffers": count, "load": found.load, "bound": found.bound, "peak": found.peak, "gap": found.gap, "proof": found.proof,
        "stage": found.stage, "method": found.method, "branches": found.branches, "cpu_s": found.cpu_s, "notes": list(found.notes),
        "conflict": None if conflict is None else {
            "lower": conflict.lower, "upper": conflict.upper, "buffers": list(conflict.names), "load": conflict.load, "capacity": conflict.capacity,
        },
    }  # fmt: skip
