"""`intarsia compile`: a model or an agent becomes a bundle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia.compiler.commands import console, options
from intarsia.errors import InputError

if TYPE_CHECKING:
    from intarsia.ir.module import Module

StartFrom = Annotated[tuple[str, Path] | None, typer.Option("--start-from", metavar="STAGE FILE", help="Take a stage's text from FILE instead of SOURCE.")]


def command(
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help=options.SOURCE)] = None,
    fleet: options.Fleet = None,
    workload: options.Workload = None,
    slo: options.Slo = None,
    output: options.Output = Path("build"),
    threads: options.Threads = None,
    precision: options.Precision = None,
    objective: options.Objective = None,
    context: options.Context = None,
    max_sequences: options.Sequences = None,
    policy: options.Policy = None,
    param: options.Param = None,
    memory_cap: options.MemoryCap = None,
    nano_batches: Annotated[int | None, typer.Option(min=1, help="GPU bundles: split decode steps into so many nano-batches, which overlap.")] = None,
    stop_after: Annotated[str | None, typer.Option(metavar="STAGE", help="Print the text of STAGE (agent, tasks, ops, plan or pipe) and write no bundle.")] = None,
    start_from: StartFrom = None,
    dump_stages: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the text of every stage to DIR.")] = None,
    write_lp: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the planner's integer program to FILE, in LP format.")] = None,
    as_json: console.Json = False,
) -> None:
    """Compile a model or an agent into a bundle.

    `intarsia run` runs the bundle; its report.html shows the plan.
    """
    from intarsia.compiler import pipeline
    from intarsia.compiler.watch import observer

    if (source is None) == (start_from is None):
        raise InputError("give either SOURCE or --start-from STAGE FILE", mend="for example: intarsia compile model.gguf -o build")
    inputs = pipeline.Inputs(source, fleet, workload, slo, options.knobs(
        threads=threads, precision=precision, objective=objective, context=context, max_sequences=max_sequences, policy=policy, memory_bytes=options.size(memory_cap),
        nano_batches=nano_batches, parameters=options.parameters(param) or None,
    ))
    with console.progress("compiling") as update:
        chosen = pipeline.Options(stop_after, start_from, dump_stages, write_lp, observe=observer(update))
        module = pipeline.compile_to_bundle(inputs, output, chosen)
    if stop_after is not None:
        print(json.dumps([{"stage": stop_after, "text": str(module)}]) if as_json else str(module))
        return
    _summary(module, output, as_json)


def _summary(module: Module, bundle: Path, as_json: bool) -> None:
    from intarsia.compiler.report import facts, rows

    made = facts.read(bundle)
    console.table(rows.models(made), rows.MODELS, as_json=as_json)
    if not as_json:
        console.say(f"bundle  {bundle}\nreport  {bundle / 'report.html'}\nnext    intarsia run {bundle}")
        for note in _notes(module, made.manifest):
            console.say(f"note    {note}")


def _notes(module: Module, manifest: dict[str, Any]) -> Iterator[str]:
    """What nano-batches cost, where they do."""
    from intarsia.ir.module import attribute

    for speedup in (attribute(op, "nano_speedup", 1.0) for op in module.ops("plan.deploy")):
        if speedup < 1:
            yield f"decode steps in one piece are expected to be {1 / speedup:.2f} times as fast: leave --nano-batches out"
    for one, other in (pair for model in manifest["models"].values() for pair in model.get("gpu", {}).get("apart", [])):
        yield f"no core holds {one} and {other} together: nano-batches wait for each other there, where the GPU's driver can't divide it"
