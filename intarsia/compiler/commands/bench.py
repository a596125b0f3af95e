"""`intarsia bench`: a trace replayed on a bundle here and now, beside what the simulator predicts from calibration alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console, options


def figure(row: console.Row, key: str) -> str:
    """A figure in the unit of its row."""
    return units.seconds(row.get(key)) if row.get("unit") == "s" else units.plain(row.get(key), row.get("unit", ""))


COLUMNS: tuple[console.Column, ...] = (
    ("load", "load", units.words), ("figure", "figure", units.words), ("predicted", "predicted_text", units.written), ("10 %", "low_text", units.written),
    ("90 %", "high_text", units.written), ("measured", "measured_text", units.written),
    ("error", "error", units.percent), ("target", "target", units.percent), ("met", "met", lambda met: "-" if met is None else "yes" if met else "no"),
)  # fmt: skip


def command(
    context: typer.Context,
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The directory that `intarsia compile` wrote.")],
    workload: Annotated[Path | None, typer.Option(metavar="TRACE", help="A trace (.csv, .jsonl). Default: generated requests.")] = None,
    requests: Annotated[int, typer.Option(min=2, help="Requests of each replay.")] = 30,
    repeats: Annotated[int, typer.Option(min=1, help="Replays of each load, in turn, each of other requests; figures are of all of them.")] = 3,
    loads: Annotated[str, typer.Option(help="Names (light, near, over) or shares of the predicted saturation.")] = "light,near,over",
    rate: Annotated[float | None, typer.Option(metavar="R", help="Requests a second, instead of --loads.")] = None,
    scale_tokens: Annotated[float, typer.Option(metavar="S", help="Multiply the trace's lengths by S.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the requests and their tokens.")] = 0,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads, instead of the planned number.")] = None,
    model: Annotated[str | None, typer.Option(help="The decoder, where the bundle has several.")] = None,
    renew: Annotated[bool, typer.Option("--renew/--no-renew", help="Measure the model's kernels again between the steps of each replay.")] = True,
    predict_only: Annotated[bool, typer.Option("--predict-only", help="Don't replay.")] = False,
    as_json: console.Json = False,
) -> None:
    """Replay a trace, and print predicted beside measured throughput and latency.

    Predictions rest on calibration alone, beside them their range over prices within their errors. Interrupting prints what there is.
    """
    from intarsia.compiler.bench.run import Wanted, run

    if rate is not None:
        options.refuse_idle(context, ("loads",), "--rate is the one load", "give one of them")
    wanted = Wanted(workload, requests, repeats, loads, rate, scale_tokens, seed, threads, model, measure=not predict_only, renew=renew)
    with console.bar("replaying") as progress:
        found = run(bundle, wanted, progress)
    for note in found.notes:
        console.say(f"note: {note}")
    rows: list[dict[str, Any]] = [row | {f"{key}_text": figure(row, key) for key in ("predicted", "low", "high", "measured") if key in row} for row in found.rows]
    console.table(found.rows if as_json else rows, COLUMNS, as_json=as_json)
