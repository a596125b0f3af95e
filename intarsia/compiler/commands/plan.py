"""`intarsia plan`: the ranked plans of a model or an agent, and why the first one won."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from intarsia.compiler.commands import console, options


def command(
    source: options.Source,
    fleet: options.Fleet = None,
    workload: options.Workload = None,
    slo: options.Slo = None,
    threads: options.Threads = None,
    precision: options.Precision = None,
    objective: options.Objective = None,
    context: options.Context = None,
    max_sequences: options.Sequences = None,
    top: Annotated[int, typer.Option(min=1, help="How many plans to rank.")] = 8,
    as_json: console.Json = False,
) -> None:
    """Rank the plans, and say why the first won.

    Predictions only: no code is generated, so the devices need not be here.
    """
    from intarsia.compiler.report import rows

    knobs = options.knobs(threads=threads, precision=precision, objective=objective, context=context, max_sequences=max_sequences)
    with console.progress("planning") as update:
        found = _rank(source, fleet, workload, slo, knobs, top, update)
    console.table(rows.alternatives({"alternatives": found}), rows.ALTERNATIVES, as_json=as_json)
    if not as_json:
        print(f"\n{found[0]['why']}")


def _rank(source: str, fleet: str | None, workload: str | None, slo: str | None, knobs: dict[str, Any] | None, top: int, update: Callable[[str], None]) -> list[dict[str, Any]]:
    """The best plans as dictionaries, best first. Raises InfeasibleError where nothing fits."""
    from intarsia.compiler import pipeline
    from intarsia.compiler.watch import observer
    from intarsia.planner import plan

    inputs = pipeline.Inputs(source, fleet, workload, slo, knobs)
    module, _ = pipeline.lower(inputs, pipeline.Options(stop_after="ops", observe=observer(update)))
    return [asdict(summary) for summary in plan.rank(module, top)]
