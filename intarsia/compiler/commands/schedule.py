"""`intarsia schedule`: the tasks of one request on unlike processors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia import whole_file
from intarsia.compiler import units
from intarsia.compiler.commands import console, options

if TYPE_CHECKING:
    from intarsia.planner.placement.dag.problem import Instance
    from intarsia.planner.placement.dag.schedule import Found

COLUMNS: tuple[console.Column, ...] = (
    ("source", "source", units.words), ("tasks", "tasks", str), ("makespan", "makespan_s", units.seconds), ("bound", "bound_s", units.seconds),
    ("gap", "gap", lambda v: f"{v:.2%}"), ("HEFT", "heft_s", units.seconds), ("CPOP", "cpop_s", units.seconds), ("found by", "method", units.words),
    ("took", "seconds", units.seconds),
)  # fmt: skip


def command(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A workflow in WfCommons' format; with --fleet, an agent (.yaml, .json).")],
    fleet: options.Fleet = None,
    speeds: Annotated[str, typer.Option("--speeds", help="A workflow's processors: their speeds, relative to the traced one.")] = "1,1,1,1,2,2,4,8",
    bandwidth: Annotated[str, typer.Option("--bandwidth", help="A workflow's links: of each between two processors.")] = "100MB/s",
    time_limit: Annotated[float, typer.Option("--time-limit", metavar="S", min=0.0, help="Seconds to search.")] = 60.0,
    exact: Annotated[bool, typer.Option("--exact/--heuristics", help="Whether CP-SAT may improve and prove what the heuristics found.")] = True,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the shaken priorities.")] = 0,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="OUT.json", help="Where to write the schedule.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="OUT.svg", help="Where to draw it.")] = None,
    as_json: console.Json = False,
) -> None:
    """Place the tasks of one request on unlike processors, so that the last is done as early as possible.

    HEFT and CPOP give first schedules; shaken priorities and CP-SAT improve them; a bound says how much could be left.
    """
    from intarsia.planner.placement.dag import wfcommons
    from intarsia.planner.placement.dag.schedule import schedule

    made = _agent(source, fleet) if fleet is not None else wfcommons.read(Path(source), _speeds(speeds), options.bandwidth(bandwidth))
    with console.bar("scheduling") as progress:
        found = schedule(made, time_limit_s=time_limit, exact=exact, seed=seed, watch=lambda share: progress(share, "priorities"))
    _check(made, found)
    if output is not None:
        whole_file.save(output, json.dumps(tasks(made, found), indent=1) + "\n", "the schedule")
    if svg is not None:
        whole_file.save(svg, picture(made, found), "the picture")
    console.table([row(source, made, found)], COLUMNS, as_json=as_json)
    for note in found.notes:
        console.say(f"note: {note}")


def _agent(source: str, fleet: str) -> Instance:
    """One request of an agent on the devices of a fleet, with the times that its tasks' cost models give."""
    from intarsia.compiler import pipeline
    from intarsia.planner.placement.agents import reading
    from intarsia.planner.placement.dag import agents

    module, _ = pipeline.lower(pipeline.Inputs(source, fleet), pipeline.Options(stop_after="ops"))
    return agents.from_reading(reading.read(module))


def _speeds(text: str) -> list[float]:
    from intarsia.errors import InputError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"the speeds should be numbers with commas between, found {text!r}", mend="give them like 1,1,2,4") from None


def _check(made: Instance, found: Found) -> None:
    from intarsia import knobs

    if knobs.get().validate:
        from intarsia.planner.validate import InvalidPlan, schedule_problems

        faults = schedule_problems(made, found.schedule.tasks)
        if faults:
            raise InvalidPlan(f"the schedule is not valid: {'; '.join(faults[:5])}", mend="please report it with the file")


def row(source: str, made: Instance, found: Found) -> console.Row:
    """What was found, as a row."""
    return {
        "source": source, "tasks": len(made.names), "processors": list(made.processors), "makespan_s": found.schedule.makespan, "bound_s": found.bound, "gap": found.gap,
        "heft_s": found.heuristics["HEFT"], "cpop_s": found.heuristics["CPOP"], "method": found.schedule.method, "seconds": found.seconds, "notes": list(found.notes),
        "schedule": tasks(made, found),
    }  # fmt: skip


def tasks(made: Instance, found: Found) -> list[dict[str, Any]]:
    """The schedule, a record a task, by start."""
    placed = sorted(zip(made.names, found.schedule.tasks, strict=True), key=lambda pair: (pair[1].start, pair[1].processor))
    return [{"task": name, "processor": made.processors[t.processor], "start_s": t.start, "end_s": t.end} for name, t in placed]


def picture(made: Instance, found: Found) -> str:
    """A row for each processor, a bar for each task."""
    from intarsia.compiler.report import svg
    from intarsia.compiler.report.timeline_picture import Slice, draw

    return svg.standalone(draw([Slice(made.processors[t.processor], name, t.start, t.end) for name, t in zip(made.names, found.schedule.tasks, strict=True)]))
