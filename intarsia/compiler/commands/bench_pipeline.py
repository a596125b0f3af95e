"""`intarsia bench-pipeline`: a model's layers one operator after the other and as a pipeline, here and now, beside what the search predicts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from intarsia import whole_file
from intarsia.compiler import units
from intarsia.compiler.commands import console

COLUMNS: tuple[console.Column, ...] = (
    ("figure", "figure", units.words), ("predicted", "predicted_text", units.written), ("measured", "measured_text", units.written), ("error", "error", units.percent),
    ("target", "target", units.percent), ("met", "met", lambda met: "yes" if met else "no"),
)  # fmt: skip
TERM_COLUMNS: tuple[console.Column, ...] = (
    ("run", "run", units.words), ("term", "term", units.words), ("predicted", "predicted", units.seconds), ("measured", "measured", units.seconds),
)  # fmt: skip


def command(
    source: Annotated[str, typer.Argument(metavar="[SOURCE]", help="A model with weights (.gguf, Hugging Face directory). Default: random ones, shaped as SmolLM2-135M.")] = "",
    ranks: Annotated[int, typer.Option(min=1, max=2, help="Processes that share each layer (tensor parallelism over gloo).")] = 2,
    rows: Annotated[int, typer.Option(min=4, help="Sequences that decode together.")] = 256,
    context: Annotated[int, typer.Option(min=1, help="Tokens of each sequence in the KV cache.")] = 512,
    layers: Annotated[int, typer.Option(min=1, help="Layers that are run.")] = 6,
    time_limit: Annotated[float, typer.Option("--time-limit", metavar="S", min=0.1, help="Seconds to search.")] = 20.0,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the small changes that are tried.")] = 0,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="OUT.mlir", help="Where the `pipe` text goes.")] = None,
    trace: Annotated[Path | None, typer.Option(metavar="OUT.json", help="Write the last pipelined run of the first rank as a trace, which Perfetto opens.")] = None,
    as_json: console.Json = False,
) -> None:
    """Measure this CPU, search for a pipeline, run it and the plain order in turn, and print predicted beside measured.

    The best pipeline of several groups is run even where the search says that one after the other is better.
    """
    from intarsia.compiler import pipelines
    from intarsia.compiler.pipelined.bench import CALM, compare
    from intarsia.compiler.pipelined.rank import Setup
    from intarsia.cost_models.devices.this_machine import available_cores

    setup = Setup(source, rows, context, layers, ranks, available_cores())
    with console.only_ours(), console.bar("measuring") as progress:
        found = compare(setup, Path(source).stem or "SmolLM2-135M, random", time_limit_s=time_limit, seed=seed, progress=progress)
    if found.others > CALM:
        console.say(f"note: other programs took up to {found.others:.0%} of the cores, so that ranks wait for each other; measure again when the machine is still")
    if output is not None:
        whole_file.save(output, found.texts["pipelined"], "the pipeline")
    if trace is not None:
        pipelines.write_spans(found.spans, trace)
    table: list[dict[str, Any]] = found.rows()
    if as_json:
        console.table([*table, *found.terms()], COLUMNS, as_json=True)
        return
    shown = [row | {f"{key}_text": units.seconds(row[key]) if row["unit"] == "s" else f"{row[key]:.3f} x" for key in ("predicted", "measured")} for row in table]
    console.table(shown, COLUMNS, as_json=False, title=f"{found.layer.name}: {layers} layers, {rows} sequences of {context} tokens, {ranks} rank{'s' * (ranks > 1)}")
    console.table(found.terms(), TERM_COLUMNS, as_json=False, title="where a rank's seconds go")
    better = found.predicted["pipelined"].seconds < found.predicted["sequential"].seconds
    print(f"\n{'overlap' if better else 'do not overlap; the best pipeline that was found'}: {found.schedules['pipelined'].structure}; {found.curves.source}")
    print(f"the results are {'the same bit for bit' if found.same else 'NOT the same bits'}")
