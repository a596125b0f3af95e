"""What `intarsia pipeline` asks of the planner: a source, a device and a workload as a layer with its interference curves; and a schedule's pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from intarsia import knobs, whole_file
from intarsia.compiler import report, serving_plan, units
from intarsia.compiler.frontends import fleet as fleets
from intarsia.compiler.frontends import pipeline_times, workload
from intarsia.compiler.report.facts import PIPELINE, read
from intarsia.compiler.report.pipeline_picture import Bar
from intarsia.cost_models import dtypes
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.shapes import Plan
from intarsia.errors import InputError, Where
from intarsia.planner.pipeline import analysis, model_layer, text
from intarsia.planner.pipeline.curves import NAMED, PUBLISHED, Interference
from intarsia.planner.pipeline.layer import KINDS, Layer
from intarsia.planner.pipeline.model_layer import Kernels
from intarsia.planner.pipeline.parts import product_of
from intarsia.planner.pipeline.schedule import Schedule
from intarsia.runtime.trace import Tracer

BATCH = 2048
"""Rows of a dense batch, as NanoFlow serves them on eight A100."""
LAYERS_DRAWN = 3


class Asked(NamedTuple):
    """The layer, its curves, the devices' name, and what a user should know of its prices."""

    layer: Layer
    curves: Interference
    device: str
    notes: tuple[str, ...] = ()


def asked(source: Path, fleet: str | None, wanted: str | None, rows: int | None, precision: str | None, interference: Path | None, *,
          kernels: str | None = None, peak: float | None = None) -> Asked:  # fmt: skip
    """What the search is asked. `peak`: FLOP/s of a device. Raises InputError, InfeasibleError or UnsupportedError."""
    if pipeline_times.is_times(source):
        _of_models({"--workload": wanted, "--batch": rows, "--precision": precision, "--kernels": kernels, "--peak-tflops": peak}, source)
        layer, own = pipeline_times.read(source)
        return Asked(layer, curves(interference) or own or PUBLISHED, fleet or f"{layer.devices} devices")
    if source.suffix in (".yaml", ".yml", ".json", ".gguf") and not source.exists():
        raise InputError("no such file", where=Where(str(source)), mend="name a model, or a file of per-operator times")
    if fleet is None:
        raise InputError("a model's pipeline needs devices", mend="give --fleet, such as 8xA100-80GB-SXM, or a file of per-operator times as the source")
    groups, _ = fleets.read(fleet)
    if len(groups) != 1 or groups[0].device.kind == "cpu":
        raise InputError("a pipeline is that of equal accelerators", where=fleet, mend="name one kind, such as 8xH100-SXM; on this CPU run `intarsia bench-pipeline`")
    config, stored, name, _ = serving_plan.model(str(source))
    requests = workload.requests(wanted or serving_plan.usual_workload(config)).requests
    prompt, output = (sum(getattr(r, key) for r in requests) / max(1, len(requests)) for key in ("prompt_tokens", "output_tokens"))
    types = serving_plan.precisions(precision, stored)[0] if precision else stored
    device, count = groups[0].device, groups[0].count
    work = model_layer.Work.of(rows or BATCH, prompt, output)
    made = model_layer.layer(name, config, device, Plan(tp=count), types, work, Priced(experts="fastest"), kernels=_kernels(kernels or "fused"), peak=peak)
    wider = dtypes.widened(device, (types.weights, types.expert_weights, types.attention_weights))
    return Asked(made, curves(interference) or PUBLISHED, f"{count}x{device.name}", (wider,) if wider else ())


def _of_models(given: dict[str, object], source: Path) -> None:
    """A file of times says all of this itself."""
    if named := ", ".join(name for name, value in given.items() if value is not None):
        raise InputError(f"{named} of a file of times", where=Where(str(source)), mend="say it in the file, or name a model")


def _kernels(text: str) -> Kernels:
    for known in ("fused", "apart"):
        if text == known:
            return known
    raise InputError(f"no kernels {text!r}", mend="choose fused or apart")


def prepared(files: Mapping[str, Path | None], bundle: Path | None) -> None:
    """Whether what a search finds can be written where it is asked for, by what it is. Raises InputError, or BundleError where there is no bundle."""
    for what, path in files.items():
        if path is not None:
            whole_file.expected(path, what)
    if bundle is not None:
        read(bundle)


def curves(path: Path | None) -> Interference | None:
    """The curves in a file, or those that ship by that name. Raises InputError."""
    if path is None or str(path) in NAMED:
        return NAMED.get(str(path))
    try:
        return Interference.from_dict(yaml.safe_load(path.read_text(encoding="utf-8")), str(path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot read the curves: {error}", where=Where(str(path)), mend=f"name a file, or one of {', '.join(NAMED)}") from None


def checked(schedule: Schedule, device: str, threads: int | None = None) -> str:
    """The schedule as `pipe` text, judged by the independent validator. Raises InvalidPlan."""
    from intarsia.planner.validate import pipeline as judge

    made = text.module(schedule, device, units=threads)
    if knobs.get().validate:
        judge.check(made)
    return str(made)


def facts(schedule: Schedule, device: str) -> dict[str, Any]:
    """The answer as plain values."""
    found = analysis.account(schedule)
    return {
        "layer": schedule.layer.name, "device": device, "structure": str(schedule.structure), "overlapped": schedule.overlapped, "bound_by": found.bound,
        "period_s": schedule.period_s, "lower_bound_s": schedule.bound_s, "gap": schedule.gap, "sequential_s": schedule.layer.sequential_s, "speedup": schedule.speedup,
        "span_s": schedule.span_s, "model_s": schedule.model_s, "optimal_s": found.optimal_s, "optimal_tokens_per_s": found.optimal_tokens_per_s,
        "tokens_per_s": schedule.layer.throughput(schedule.period_s), "sequential_fraction": found.sequential_fraction, "fraction": found.overlapped_fraction,
        "outside_s": schedule.layer.outside_s, "step_tokens_per_s": schedule.layer.throughput(schedule.layer.with_ends(schedule.period_s)), "step_fraction": found.step_fraction,
        "search_s": schedule.seconds, "notes": list(schedule.notes), "curves": schedule.curves.source, "operators": analysis.rows(schedule),
        "tried": list(schedule.tried),
        "runs": [{"name": run.nano.name, "operator": run.nano.operator, "kind": run.nano.kind, "first": run.nano.first, "rows": run.nano.last - run.nano.first,
                  "order": run.order, "start_s": run.start_s, "end_s": run.end_s, "parts": [list(part) for part in run.parts], "waits": [list(wait) for wait in run.waits]}
                 for run in sorted(schedule.runs, key=lambda each: each.start_s)],
    }  # fmt: skip


def slices(schedule: Schedule, emit: Callable[[str, str, float, float, str, float], None], layers: int = LAYERS_DRAWN) -> None:
    """`emit(row, name, start_s, end_s, kind, share)` for each run of a few layers, and each part where the share changes."""
    for layer in range(layers):
        for run in schedule.runs:
            at = layer * schedule.period_s + run.start_s
            for seconds, share in run.parts:
                emit(run.nano.kind, f"{run.nano.name} of layer {layer}", at, at + seconds, run.nano.operator, share)
                at += seconds


def bars(schedule: Schedule) -> list[Bar]:
    """What a picture of a few layers shows: launches of one product in one colour."""
    found: list[Bar] = []
    slices(schedule, lambda row, name, start, end, operator, share: found.append(Bar(row, name, product_of(operator), start, end, share)))
    return found


def add_to_report(schedule: Schedule, device: str, bundle: Path) -> Path:
    """Write what was found beside a bundle's files, and its report anew. Raises BundleError where there is no bundle."""
    read(bundle)
    account = analysis.account(schedule)
    caption = (f"on {device}: {'overlapped, ' if schedule.overlapped else 'not overlapped, '}{schedule.structure}; {units.seconds(schedule.period_s)} a layer against "
               f"{units.seconds(schedule.layer.sequential_s)} one after the other, {account.overlapped_fraction:.1%} of the optimum (bound by {account.bound})")  # fmt: skip
    made = {"layer": schedule.layer.name, "caption": caption, "period_s": schedule.period_s, "bars": [astuple(bar) for bar in bars(schedule)]}
    whole_file.save(bundle / PIPELINE, json.dumps(made), "the pipeline")
    return report.render(bundle)


def write_trace(schedule: Schedule, path: Path) -> None:
    """A trace that Perfetto opens: a row for each kind, three layers. Raises InputError."""
    tracer = Tracer(lambda: 0.0)
    tracer.start()
    rows: list[tuple[Any, ...]] = []
    slices(schedule, lambda *each: rows.append(each))
    for row, name, start, end, kind, share in sorted(rows, key=lambda each: (KINDS.index(each[0]), each[2])):
        tracer.slice(name, start, end, row=row, operator=kind, share=share)
    tracer.save(path)


def write_spans(spans: list[list[Any]], path: Path) -> None:
    """What lanes did in a run: [task, lane, start, end] in seconds of any clock. Raises InputError."""
    tracer = Tracer(lambda: 0.0)
    tracer.start()
    began = min((start for _, _, start, _ in spans), default=0.0)
    for name, lane, start, end in spans:
        tracer.slice(name, start - began, end - began, row=lane)
    tracer.save(path)


def as_json(schedule: Schedule, device: str, ir: str) -> str:
    """`facts` with the schedule's `pipe` text under "ir"."""
    return json.dumps(facts(schedule, device) | {"ir": ir}, indent=1)
