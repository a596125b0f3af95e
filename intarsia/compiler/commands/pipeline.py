"""`intarsia pipeline`: which nano-batches of a layer run beside each other on one device, with which shares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from intarsia import whole_file
from intarsia.compiler import units
from intarsia.compiler.commands import console, options


def share(value: Any) -> str:
    return "-" if value is None else f"{value:.0%}"


def excess(value: float | None) -> str:
    """A product faster than the rate of the optimum has less than none."""
    return "-" if value is None else f"{'-' * (value < 0)}{units.seconds(abs(value))}"


COLUMNS: tuple[console.Column, ...] = (
    ("operator", "operator", units.words), ("kind", "kind", units.words), ("rows", "rows", str), ("seconds", "seconds", units.seconds), ("compute", "compute_s", units.seconds),
    ("memory", "memory_s", units.seconds), ("network", "network_s", units.seconds), ("above optimum", "excess_s", excess),
    ("nano-batches", "nano_batches", str), ("share", "share", share),
)  # fmt: skip


def command(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A model (config.json, Hugging Face directory, .gguf), or a file of per-operator times (.yaml, .json).")],
    fleet: Annotated[str | None, typer.Option(help="Equal devices that share each layer, such as 8xA100-80GB-SXM.")] = None,
    workload: options.Workload = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Rows of the dense batch, decode and prefill together. Default: 2048.")] = None,
    precision: Annotated[str | None, typer.Option(help="Types of weights and cache, such as bf16 or f8/f8. Default: as stored.")] = None,
    interference: Annotated[Path | None, typer.Option(metavar="FILE", help="Curves: a file, a100 (published) or h100 (measured). Default: a100, or the times' own.")] = None,
    kernels: Annotated[str | None, typer.Option(help="fused: activations in products, norms in all-reduces, experts in launches; apart: each by itself. Default: fused.")] = None,
    peak: Annotated[float | None, typer.Option("--peak-tflops", metavar="T", min=0.001, help="What the optimum counts a device with. Default: what its products reach.")] = None,
    time_limit: Annotated[float, typer.Option("--time-limit", metavar="S", min=0.1, help="Seconds to search.")] = 50.0,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the small changes that are tried.")] = 0,
    write_lp: Annotated[Path | None, typer.Option("--write-lp", metavar="FILE", help="Write the integer programs to FILE-structure.lp, FILE-order.lp and FILE-shares.lp.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="OUT.mlir", help="Where the `pipe` text goes.")] = None,
    trace: Annotated[Path | None, typer.Option(metavar="OUT.json", help="Write a trace of three layers, which Perfetto opens.")] = None,
    svg: Annotated[Path | None, typer.Option(metavar="OUT.svg", help="Draw three layers.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="BUNDLE", help="Add the picture to a bundle's report.")] = None,
    as_json: console.Json = False,
) -> None:
    """Find a pipeline of nano-batches, or say that overlapping doesn't pay.

    Prints each operator's time by resource, and which resource bounds the workload.
    """
    from intarsia.compiler import pipelines
    from intarsia.compiler.report.pipeline_picture import draw
    from intarsia.planner.pipeline import analysis
    from intarsia.planner.pipeline.search import Options, search

    pipelines.prepared({"the pipeline": output, "the trace": trace, "the picture": svg, "the programs": write_lp}, report)
    layer, curves, device, notes = pipelines.asked(source, fleet, workload, batch, precision, interference, kernels=kernels, peak=None if peak is None else 1e12 * peak)
    with console.only_ours(), console.bar("searching") as progress:
        found = search(layer, curves, Options(time_limit, seed=seed, write_lp=write_lp), progress)
    found = replace(found, notes=(*notes, *found.notes))
    ir = pipelines.checked(found, device)
    if output is not None:
        whole_file.save(output, ir, "the pipeline")
    if trace is not None:
        pipelines.write_trace(found, trace)
    if svg is not None:
        whole_file.save(svg, draw(pipelines.bars(found), found.period_s, alone=True), "the picture")
    if report is not None:
        console.say(f"the report is {pipelines.add_to_report(found, device, report)}")
    if as_json:
        print(pipelines.as_json(found, device, ir))
        return
    console.table(analysis.rows(found), COLUMNS, as_json=False, title=f"{layer.name} on {device}: a layer of {layer.rows} rows ({layer.decode} decode, {layer.prefill} prefill)")
    for line in sentences(pipelines.facts(found, device)):
        print(line)


def sentences(found: dict[str, Any]) -> list[str]:
    """What was found, in words."""
    verdict = f"overlap {found['structure']}" if found["overlapped"] else "don't overlap: one operator after the other, with the whole batch"
    return [
        f"\n{verdict}",
        f"period of a layer {units.seconds(found['period_s'])}, {found['speedup']:.3f} x faster than the {units.seconds(found['sequential_s'])} of one after the other; "
        f"no schedule is shorter than {units.seconds(found['lower_bound_s'])} (gap {found['gap']:.1%})",
        f"bound by {found['bound_by']}: {found['optimal_tokens_per_s']:.0f} tokens/s a device at best; {found['sequential_fraction']:.1%} of it one after the other, "
        f"{found['fraction']:.1%} as found ({found['tokens_per_s']:.0f} tokens/s)",
        *([f"with the {units.seconds(found['outside_s'])} that a step takes outside its layers: {found['step_fraction']:.1%} ({found['step_tokens_per_s']:.0f} tokens/s)"]
          if found["outside_s"] else []),
        *incomplete(found), *lost(found), *(f"note: {note}" for note in found["notes"]), f"note: interference curves: {found['curves']}; searched for {found['search_s']:.1f} s",
    ]  # fmt: skip


def incomplete(found: dict[str, Any]) -> list[str]:
    """A layer that takes less than the optimum of the whole model is not all of it."""
    if found["sequential_fraction"] <= 1:
        return []
    return [f"warning: all operators together take less than the optimum of {units.seconds(found['optimal_s'])}: some are missing, or the peak is that of another layer"]


def lost(found: dict[str, Any]) -> list[str]:
    """Where the time above the optimum goes, the most first."""
    above = sorted((-row["excess_s"], row["operator"]) for row in found["operators"] if row["operator"] != "all" and (row["excess_s"] or 0) > 0)
    if not above:
        return []
    named = ", ".join(f"{name} {units.seconds(-seconds)}" for seconds, name in above[:4])
    hidden, more = max(0.0, found["sequential_s"] - found["period_s"]), ", ..." if len(above) > 4 else ""
    return [f"above the optimum of {units.seconds(found['optimal_s'])} one after the other: {named}{more}; overlapping hides {units.seconds(hidden)}"]
