"""`intarsia place`: a model's layers on machines of different kinds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia import whole_file
from intarsia.compiler import units
from intarsia.compiler.commands import console, options

if TYPE_CHECKING:
    from intarsia.planner.placement.flow.place import Placed
    from intarsia.planner.placement.flow.problem import Cluster

COLUMNS: tuple[console.Column, ...] = (
    ("model and cluster", "source", units.words), ("layers", "layers", str), ("machines", "machines", str), ("idle", "idle", lambda v: str(len(v))),
    ("throughput", "tokens_per_s", units.rate), ("bound", "bound_tokens_per_s", units.rate), ("gap", "gap", lambda v: f"{v:.2%}"),
    ("validated", "validated_tokens_per_s", units.rate), ("Helix's program", "helix_tokens_per_s", units.rate), ("took", "seconds", units.seconds),
)  # fmt: skip
STAGES: tuple[console.Column, ...] = (
    ("layers", "layers", str), ("machines", "machines", units.words), ("tokens through", "tokens_per_s", units.rate), ("of", "able_tokens_per_s", units.rate),
)  # fmt: skip


def command(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="An instance of Helix's (.lp), or a model (config.json, Hugging Face directory, .gguf) with --fleet.")],
    fleet: Annotated[str | None, typer.Option(help="Fleet file, devices such as '4xA100-40GB-PCIe + 8xL4', or a cluster file of Helix's (.ini).")] = None,
    network: Annotated[str, typer.Option(help="Bandwidth between machines that no link of the fleet joins.")] = "10Gb/s",
    precision: Annotated[str | None, typer.Option(help="Type of weights, and after a stroke that of the cache: stored (default), bf16, f8/f8.")] = None,
    context: Annotated[int, typer.Option(min=1, help="Mean tokens of a sequence in the cache.")] = 1024,
    time_limit: Annotated[float, typer.Option("--time-limit", metavar="S", min=0.0, help="Seconds to search.")] = 60.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the solver and of local search.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the local search.")] = 0,
    write_lp: Annotated[Path | None, typer.Option("--write-lp", metavar="FILE", help="Write the finest integer program in LP format.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="OUT", help="Where to write the placement: .sol in Helix's variables, else JSON.")] = None,
    as_json: console.Json = False,
) -> None:
    """Place a model's layers on machines of different kinds, so that most tokens flow through.

    Helix's problem: an integer program that counts machines of a class, then local search on all machines and links. The flow that is found proves the throughput.
    """
    from intarsia.compiler import layer_cluster
    from intarsia.planner.placement.flow.place import Options, place

    cluster = layer_cluster.read(source, fleet, precision, options.bandwidth(network, "network"), context)
    with console.bar("placing") as progress:
        found = place(cluster, Options(time_limit, threads, seed, write_lp=write_lp), progress)
    made = row(source, found, _validated(found), _helix(source, found))
    if output is not None:
        _write(output, found, made)
    console.table([made], COLUMNS, as_json=as_json)
    if not as_json:
        print()
        console.table(stages(cluster, found), STAGES, as_json=False)
    for note in found.notes:
        console.say(f"note: {note}")
    if found.interrupted:
        console.say("interrupted: this is the best placement so far")
        raise typer.Exit(console.INTERRUPTED)


def _validated(found: Placed) -> float | None:
    """The throughput, if the independent validator finds that the flow keeps every rule; None where INTARSIA_VALIDATE is 0. Raises InvalidPlan."""
    from intarsia import knobs

    if not knobs.get().validate:
        return None
    from intarsia.planner.validate import InvalidPlan, flow_problems

    faults = flow_problems(found.cluster, found.placement, found.flows, found.value)
    if faults:
        raise InvalidPlan(f"the placement is not valid: {'; '.join(faults[:5])}", mend="please report it with the cluster")
    return found.value


def _helix(source: str, found: Placed) -> float | None:
    """What Helix's own program gives for the placement, where there is one."""
    from intarsia import knobs

    if not source.endswith(".lp") or not knobs.get().validate:
        return None
    from intarsia.planner.validate import lp_value

    return lp_value(Path(source), found.placement)


def row(source: str, found: Placed, validated: float | None, helix: float | None) -> console.Row:
    """What was found, as a row."""
    return {
        "source": found.cluster.name if not source.endswith(".lp") else source, "layers": found.cluster.layers, "machines": len(found.cluster.machines), "idle": found.idle,
        "tokens_per_s": found.value, "bound_tokens_per_s": found.bound, "gap": found.gap, "validated_tokens_per_s": validated, "helix_tokens_per_s": helix,
        "program_tokens_per_s": found.program, "seconds": found.seconds, "notes": list(found.notes),
        "placement": {name: [held.start, held.end] for name, held in found.placement.items()},
        "flows": [{"from": a, "to": b, "tokens_per_s": flow} for (a, b), flow in found.flows.items()],
    }  # fmt: skip


def stages(cluster: Cluster, found: Placed) -> list[dict[str, Any]]:
    """A row for each interval of layers: its machines (alike ones counted), what flows through them and what they could pass."""
    names: dict[tuple[float, ...], str] = {}
    rates = {machine.name: machine.rates for machine in cluster.machines}
    label = {name: names.setdefault(rate, _kind(name, rate)) for name, rate in rates.items()}
    by_interval: dict[tuple[int, int], list[str]] = {}
    for name, held in found.placement.items():
        by_interval.setdefault((held.start, held.end), []).append(name)
    through: Counter[str] = Counter()
    for (_, b), flow in found.flows.items():
        through[b] += flow  # type: ignore[assignment]
    return [
        {"layers": f"[{start}, {end})", "machines": ", ".join(f"{count} {kind}" for kind, count in Counter(label[name] for name in held).items()),
         "tokens_per_s": sum(through[name] for name in held), "able_tokens_per_s": sum(rates[name][end - start - 1] for name in held)}
        for (start, end), held in sorted(by_interval.items())
    ]  # fmt: skip


def _kind(name: str, rates: tuple[float, ...]) -> str:
    """A name for machines of one type: the group's, or what they hold where machines have numbers alone."""
    return name.partition("[")[0] if "[" in name else f"of up to {len(rates)} layers (like {name})"


def _write(path: Path, found: Placed, made: console.Row) -> None:
    from intarsia.planner.placement.flow import helix_lp

    if path.suffix == ".sol":
        helix_lp.write_solution(path, found.cluster, found.placement, found.flows, found.value)
        return
    whole_file.save(path, json.dumps(made, indent=1) + "\n", "the placement")
