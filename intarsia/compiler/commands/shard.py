"""`intarsia shard`: the operators of a model's phase, split over equal devices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia import whole_file
from intarsia.compiler import units
from intarsia.compiler.commands import console, options

if TYPE_CHECKING:
    from intarsia.planner.placement.sharding.solve import Sharding

COLUMNS: tuple[console.Column, ...] = (
    ("phase", "phase", units.words), ("devices", "devices", str), ("step", "seconds", units.seconds), ("bound", "bound_s", units.seconds), ("gap", "gap", lambda v: f"{v:.2%}"),
    ("Megatron's", "megatron_s", units.seconds), ("peak a device", "peak_bytes", units.size), ("Megatron's peak", "megatron_bytes", units.size), ("took", "took_s", units.seconds),
)  # fmt: skip
WAYS: tuple[console.Column, ...] = (("operator", "operator", units.words), ("times", "times", str), ("way", "way", units.words), ("Megatron's", "megatron", units.words))
FREE = 0.9
"""Share of a device's memory that a stage may use."""


def command(
    source: options.Source,
    fleet: Annotated[str, typer.Option(help="Equal devices, such as 4xH100-SXM.")],
    kind: Annotated[str, typer.Option("--phase", help="prefill or decode.")] = "decode",
    sequences: Annotated[int, typer.Option(min=1, help="Sequences of a step.")] = 32,
    tokens: Annotated[int, typer.Option(min=1, help="New tokens of each, in a prefill.")] = 1024,
    context: Annotated[int, typer.Option(min=0, help="Tokens of each before them.")] = 1024,
    time_limit: Annotated[float, typer.Option("--time-limit", metavar="S", min=0.0, help="Seconds to search.")] = 30.0,
    write_lp: Annotated[Path | None, typer.Option("--write-lp", metavar="FILE", help="Write the integer program in LP format.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="OUT.mlir", help="Where to write the stage with upstream shard annotations.")] = None,
    as_json: console.Json = False,
) -> None:
    """Split the operators of one phase over equal devices, as fast as memory allows.

    A one-hot integer program in Alpa's form: a way for each operator, resharding between them, memory at each step. Megatron's layout stands beside it.
    """
    from intarsia.compiler import pipeline
    from intarsia.compiler.frontends import fleet as fleets
    from intarsia.errors import InputError
    from intarsia.planner.placement.sharding import megatron
    from intarsia.planner.placement.sharding.build import graph
    from intarsia.planner.placement.sharding.solve import solve
    from intarsia.planner.placement.sharding.ways import Load, Site

    groups, _ = fleets.read(fleet)
    if len(groups) != 1:
        raise InputError(f"a stage runs on equal devices, found {len(groups)} kinds", mend="give one kind, such as 4xH100-SXM")
    module, _ = pipeline.lower(pipeline.Inputs(source, fleet, "rate=1/s,prompt_tokens=16,output_tokens=16", None, None), pipeline.Options(stop_after="ops"))
    decode = kind == "decode"
    load = Load(sequences * (1 if decode else tokens), sequences, context, sequences, sequences * (context + (1 if decode else tokens)), decode)
    device = groups[0].device
    made = graph(module, _phase(module, kind), Site(device, groups[0].count), load, FREE * device.main_memory.size)
    by_hand = megatron.layout(made)
    found = solve(made, time_limit_s=time_limit, write_lp=write_lp, start=by_hand)
    _check(found)
    if output is not None:
        _write(output, module, kind, found)
    console.table([row(kind, found, by_hand)], COLUMNS, as_json=as_json)
    if not as_json:
        print()
        console.table(ways(found, by_hand), WAYS, as_json=False)
    for note in found.answer.notes:
        console.say(f"note: {note}")


def _phase(module: Any, kind: str) -> Any:
    """The phase of a kind. Raises InputError where the model has none."""
    from intarsia.errors import InputError
    from intarsia.ir.module import attribute

    kinds = {attribute(op, "kind"): op for op in module.ops("llm.phase")}
    if kind not in kinds:
        raise InputError(f"the model has no phase {kind!r}", mend=f"choose {' or '.join(kinds)}" if kinds else "models with latent attention are planned, not run")
    return kinds[kind]


def _check(found: Sharding) -> None:
    """Raises InvalidPlan where the independent validator finds a fault, unless INTARSIA_VALIDATE is 0."""
    from intarsia import knobs

    if knobs.get().validate:
        from intarsia.planner.validate import InvalidPlan, sharding_problems

        faults = sharding_problems(found.graph, found.chosen, found.seconds, found.peak_bytes)
        if faults:
            raise InvalidPlan(f"the sharding is not valid: {'; '.join(faults[:5])}", mend="please report it with the model")


def _write(path: Path, module: Any, kind: str, found: Sharding) -> None:
    from intarsia.ir.module import attribute
    from intarsia.planner.placement.sharding.annotate import annotate

    text = str(annotate(module, attribute(_phase(module, kind), "sym_name"), found))
    whole_file.save(path, text, "the IR")


def row(kind: str, found: Sharding, by_hand: tuple[str, ...]) -> console.Row:
    """What was found, as a row."""
    from intarsia.planner.placement.sharding import graph

    return {
        "phase": kind, "devices": found.graph.devices, "seconds": found.seconds, "bound_s": found.bound, "gap": found.gap, "megatron_s": graph.seconds(found.graph, by_hand),
        "peak_bytes": found.peak_bytes, "megatron_bytes": graph.peak(found.graph, by_hand), "took_s": found.answer.seconds, "notes": list(found.answer.notes),
        "operators": ways(found, by_hand),
    }  # fmt: skip


def ways(found: Sharding, by_hand: tuple[str, ...]) -> list[dict[str, Any]]:
    """The way of each operator, beside Megatron's."""
    return [
        {"operator": node.name, "times": node.count, "way": way, "megatron": other}
        for node, way, other in zip(found.graph.nodes, found.chosen, by_hand, strict=True) if len(node.ways) > 1
    ]  # fmt: skip
