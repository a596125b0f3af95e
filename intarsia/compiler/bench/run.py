"""Each load predicted and replayed, in turn, several times."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intarsia.compiler import units
from intarsia.compiler.bench import compare, loads, predict, replay, steps
from intarsia.compiler.bench.compare import Figures
from intarsia.compiler.bench.predict import Predictor
from intarsia.compiler.bench.recalibrate import Recalibration, recalibration
from intarsia.compiler.bench.replay import Replay
from intarsia.compiler.frontends import workload
from intarsia.cost_models import devices
from intarsia.cost_models.calibrate import Others
from intarsia.cost_models.cost import Setup
from intarsia.errors import InputError
from intarsia.ir.workload import Workload
from intarsia.runtime.bundle import Bundle, open_bundle

Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and the load under way."""


@dataclass(frozen=True)
class Wanted:
    """What to replay: `count` requests of `trace` (None: generated ones) with lengths times `scale`, at `loads` or at `rate` requests a second, `repeats` times.

    Without `measure`, predictions alone; without `renew`, from the stored calibration even if the machine is slower or faster now.
    """

    trace: Path | None = None
    count: int = 30
    repeats: int = 3
    loads: str = "light,near,over"
    rate: float | None = None
    scale: float = 1.0
    seed: int = 0
    threads: int | None = None
    model: str | None = None
    measure: bool = True
    renew: bool = True


@dataclass
class Found:
    """Rows of the table, and what is to be said about them."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def run(directory: Path, wanted: Wanted, progress: Progress = lambda share, text: None) -> Found:
    """Stops after a load that was interrupted. Raises InputError for a bundle without a decoder, and loads that make no sense."""
    bundle = open_bundle(directory)
    model = _decoder(bundle.models, wanted.model)
    predictor, deploy = predict.predictor(bundle, model, wanted.threads), bundle.models[model]["deploy"]
    material = loads.material(wanted.trace, wanted.count, wanted.seed, wanted.scale, min(deploy["context"], deploy["kv_pages"] * deploy["page_tokens"]))
    found = Found(notes=[*material.notes, f"predicted from {predictor.source}"])
    turns = [*_rates(predictor, material.requests, wanted).items()] * (wanted.repeats if wanted.measure else 1)
    with _renewing(bundle, model, wanted) as renewal:
        if renewal is None and not predictor.replica.rest.idle_s:
            found.notes.append("the calibration doesn't say what a step takes longer after a rest, so nothing is counted for that: run `intarsia calibrate` (again)")
        for number, (load, rate) in enumerate(turns):
            requests = workload.at_rate(material.requests, rate)
            done = _part(progress, number, len(turns), load, len(requests))
            replayed = _replayed(bundle, model, load, requests, predictor, wanted, found, done) if wanted.measure else None
            if renewal is not None:
                predictor = _renewed(renewal, bundle, model, load, wanted, found)
            _compared(load, rate, predictor, requests, replayed, found)
            if replayed is not None and not replayed.complete:
                found.notes.append(f"interrupted during the load {load}: its figures are of the requests that were done")
                break
    found.rows = compare.medians(found.rows)
    found.rows += compare.summary(found.rows)
    return found


def _renewed(renewal: Recalibration, bundle: Bundle, model: str, load: str, wanted: Wanted, found: Found) -> Predictor:
    """What the simulator says of the machine as it was around the replay of a load."""
    renewal.measure()
    found.notes.append(f"around the load {load}, kernels ran at {renewal.speed():.2f} of their calibrated speed, and predictions follow them")
    return predict.predictor(bundle, model, wanted.threads, renewal.current())


def _compared(load: str, rate: float, predictor: Predictor, requests: Workload, replayed: Replay | None, found: Found) -> None:
    """Add a load's rows, and notes on where their errors come from."""
    measured = compare.measured(replayed.answered, requests.requests) if replayed and replayed.answered else None
    found.rows += compare.rows(load, rate, predictor.figures(requests.requests), measured, predictor.band)
    if replayed is not None and measured is not None:
        found.notes += _about(load, predictor, requests, replayed, measured)


@contextmanager
def _renewing(bundle: Bundle, model: str, wanted: Wanted) -> Iterator[Recalibration | None]:
    """The calibration of the model's kernels, measured once already; None where predictions are to rest on the stored one."""
    if not (wanted.measure and wanted.renew):
        yield None
        return
    entry = bundle.models[model]
    deploy = entry["deploy"]
    setup = Setup(devices.local(), predict.threads_of(entry, wanted.threads), deploy["precision"], deploy["kv_dtype"])
    with recalibration(predict.phase_costs(bundle, model), setup) as renewal:
        if renewal is not None:
            renewal.measure()
        yield renewal


def _part(progress: Progress, number: int, turns: int, load: str, requests: int) -> Callable[[int], None]:
    """Progress of one replay among several, from its requests that are done."""
    return lambda done: progress((number + done / requests) / turns, load)


def _rates(predictor: Predictor, requests: Workload, wanted: Wanted) -> dict[str, float]:
    """Requests a second by load."""
    if wanted.rate is None:
        saturation = predictor.saturation(requests.requests)
        return {name: share * saturation for name, share in loads.chosen(wanted.loads).items()}
    if not 0 < wanted.rate < float("inf"):
        raise InputError(f"the rate must be above zero, found {wanted.rate}", where="--rate")
    return {f"{wanted.rate:g}/s": wanted.rate}


def _replayed(bundle: Bundle, model: str, load: str, requests: Workload, predictor: Predictor, wanted: Wanted, found: Found, progress: Callable[[int], None]) -> Replay:
    """A replay by the scheduler that is simulated, and a note on what other programs took meanwhile."""
    others = Others(_own_s)
    made = replay.replay(bundle.directory, model, requests.requests, threads=wanted.threads, seed=wanted.seed, progress=progress)
    predictor.check_scheduler(made.scheduler)
    found.notes.append(f"{load}: other programs took {others.share():.0%} of the cores")
    return made


def _own_s() -> float:
    """Processor time of this process and of the replays that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _about(load: str, predictor: Predictor, requests: Workload, replayed: Replay, measured: Figures) -> Iterator[str]:
    """Where a prediction's error comes from: whether requests are scheduled alike, and what steps took beside what was predicted of them."""
    if replayed.complete and replayed.steps:
        alike = steps.played(predictor.fresh_scheduler(), requests.requests, replayed.steps)
        pairs = ((alike.ttft, measured.ttft), (alike.tpot, measured.tpot))
        errors = " and ".join(units.percent(units.error_of(float(ours.mean()), float(theirs.mean()))) for ours, theirs in pairs if len(theirs))
        yield f"{load}: the simulated scheduler makes the replay's {len(replayed.steps)} batches; with their measured seconds, mean TTFT and TPOT are off by {errors}"
    sums = steps.account(predictor.replica.table, replayed.steps)
    parts = [f"{sum_.count} {kind} {units.seconds(sum_.taken_s)} ({units.seconds(sum_.predicted_s)} predicted)" for kind, sum_ in sums.items() if sum_.count]
    if parts:
        yield f"{load}: steps took " + ", ".join(parts)


def _decoder(models: dict[str, dict[str, Any]], wanted: str | None) -> str:
    """The decoder to replay on. Raises InputError where there is none, or several."""
    names = [name for name, entry in models.items() if entry["family"] == "decoder"]
    if wanted is not None and wanted not in names:
        raise InputError(f"the bundle has no decoder {wanted!r}", mend=f"its decoders are {', '.join(names) or 'none'}")
    if wanted is None and len(names) != 1:
        raise InputError(f"the bundle has {len(names)} decoders", mend=f"name one with --model: {', '.join(names)}" if names else "compile a model that generates text")
    return wanted or names[0]
