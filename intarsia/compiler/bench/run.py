"""Each load replayed, in turn, with several drawings of requests; then all of it predicted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intarsia.compiler import units
from intarsia.compiler.bench import compare, drawing, loads, predict, replay, steps
from intarsia.compiler.bench.compare import Figures
from intarsia.compiler.bench.loads import Material
from intarsia.compiler.bench.predict import Predictor
from intarsia.compiler.bench.recalibrate import Recalibration, recalibration
from intarsia.compiler.bench.replay import Asked, Replay
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
    """What to replay: `count` requests of `trace` (None: generated ones) with lengths times `scale`, at `loads` or at `rate` requests a second; other ones each of `repeats` times.

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


@dataclass
class Turn:
    """One replay of a load, or what is to be predicted of one."""

    load: str
    rate: float
    requests: Workload
    replayed: Replay | None = None

    @property
    def measured(self) -> Figures | None:
        """What came of it, if anything did."""
        return compare.measured(self.replayed.answered, self.requests.requests) if self.replayed is not None and self.replayed.answered else None


def run(directory: Path, wanted: Wanted, progress: Progress = lambda share, text: None) -> Found:
    """Stops after a load that was interrupted. Raises InputError for a bundle without a decoder, and loads that make no sense."""
    bundle = open_bundle(directory)
    model = _decoder(bundle.models, wanted.model)
    predictor, deploy = predict.predictor(bundle, model, wanted.threads), bundle.models[model]["deploy"]
    longest = min(deploy["context"], deploy["kv_pages"] * deploy["page_tokens"])
    material = loads.material(wanted.trace, wanted.count, wanted.seed, wanted.scale, longest, wanted.repeats)
    found = Found(notes=[*material.notes, f"predicted from {predictor.source}"])
    rates = _rates(predictor, material, wanted)
    turns = [Turn(load, rate, workload.at_rate(drawn, rate)) for drawn in material.drawn for load, rate in rates.items()]
    predictors = [predictor] * len(turns)
    with _renewing(bundle, model, wanted) as renewal:
        if renewal is None and not predictor.replica.rest.idle_s:
            found.notes.append("the calibration doesn't say what a step takes longer after a rest, so nothing is counted for that: run `intarsia calibrate` (again)")
        if wanted.measure:
            turns = _replayed(bundle, model, turns, predictor, renewal, wanted, found, progress)
        if renewal is not None:
            predictors = _renewed(renewal, bundle, model, turns, wanted, found)
    for turn, each in zip(turns, predictors, strict=False):
        found.notes += _about(turn, each)
    for load in dict.fromkeys(turn.load for turn in turns):
        chosen = [(turn, each) for turn, each in zip(turns, predictors, strict=False) if turn.load == load]
        found.notes += _apart(load, chosen)
        found.rows += _compared(load, chosen, wanted.seed)
    found.rows += compare.summary(found.rows)
    return found


def _replayed(
    bundle: Bundle, model: str, turns: Sequence[Turn], predictor: Predictor, renewal: Recalibration | None, wanted: Wanted, found: Found, progress: Progress,
) -> list[Turn]:
    """The turns that were replayed: all, or those up to the one that was interrupted. What rests cost is measured before, after and once between."""
    for number, turn in enumerate(turns):
        if renewal is not None and 0 < number == len(turns) // 2:
            renewal.measure_rests()
        others = Others(_own_s)
        turn.replayed = replay.replay(_asked(bundle, model, turn, number, renewal, wanted), _part(progress, number, len(turns), turn))
        predictor.check_scheduler(turn.replayed.scheduler)
        found.notes.append(f"{turn.load}: other programs took {others.share():.0%} of the cores")
        if not turn.replayed.complete:
            found.notes.append(f"interrupted during the load {turn.load}: its figures are of the requests that were done")
            return list(turns[: number + 1])
    if renewal is not None:
        renewal.measure_rests()
    return list(turns)


def _asked(bundle: Bundle, model: str, turn: Turn, number: int, renewal: Recalibration | None, wanted: Wanted) -> Asked:
    probes, threads = (tuple(point.key for point in renewal.points), renewal.threads) if renewal is not None else ((), 1)
    return Asked(bundle.directory, model, turn.requests.requests, wanted.threads, wanted.seed + number, probes, threads)


def _renewed(renewal: Recalibration, bundle: Bundle, model: str, turns: Sequence[Turn], wanted: Wanted, found: Found) -> list[Predictor]:
    """What the simulator says of the machine as it was during each turn."""
    device, paces = renewal.during([turn.replayed.bursts if turn.replayed is not None else () for turn in turns])
    found.notes.append(f"between the steps of replays, kernels ran at {renewal.speed(device):.2f} of their calibrated speed, and predictions follow them")
    usual = predict.predictor(bundle, model, wanted.threads, device)
    for turn, pace in zip(turns, paces, strict=True):
        found.notes.append(f"{turn.load}: everything took {pace.slower[-1]:.2f} times what it usually did ({min(pace.slower):.2f} to {max(pace.slower):.2f} in a second)")
    return [usual.at_pace(pace) for pace in paces]


def _apart(load: str, chosen: Sequence[tuple[Turn, Predictor]]) -> Iterator[str]:
    """How much hangs on which requests were drawn."""
    if len(chosen) > 1:
        means = [float(predictor.figures(turn.requests.requests).tpot.mean()) for turn, predictor in chosen]
        yield f"{load}: mean TPOT is predicted as {', '.join(units.seconds(mean) for mean in means)} for the requests of each replay"


def _compared(load: str, chosen: Sequence[tuple[Turn, Predictor]], seed: int) -> list[dict[str, Any]]:
    """Rows of a load, of all its turns together; where some were replayed, of those."""
    replayed = [(turn, predictor) for turn, predictor in chosen if turn.measured is not None] or chosen
    measured = [turn.measured for turn, _ in replayed if turn.measured is not None]
    predicted = drawing.figures([predictor for _, predictor in replayed], [turn.requests for turn, _ in replayed], seed)
    return compare.rows(load, replayed[0][0].rate, predicted, Figures.pooled(measured) if measured else None, replayed[0][1].band, len(measured))


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


def _part(progress: Progress, number: int, turns: int, turn: Turn) -> Callable[[int], None]:
    """Progress of one replay among several, from its requests that are done."""
    return lambda done: progress((number + done / len(turn.requests)) / turns, turn.load)


def _rates(predictor: Predictor, material: Material, wanted: Wanted) -> dict[str, float]:
    """Requests a second by load."""
    if wanted.rate is None:
        saturation = predictor.saturation(material.requests)
        return {name: share * saturation for name, share in loads.chosen(wanted.loads).items()}
    if not 0 < wanted.rate < float("inf"):
        raise InputError(f"the rate must be above zero, found {wanted.rate}", where="--rate")
    return {f"{wanted.rate:g}/s": wanted.rate}


def _own_s() -> float:
    """Processor time of this process and of the replays that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _about(turn: Turn, predictor: Predictor) -> Iterator[str]:
    """Where a prediction's error comes from: whether requests are scheduled alike, and what steps took beside what was predicted of them."""
    replayed, measured, load = turn.replayed, turn.measured, turn.load
    if replayed is None or measured is None:
        return
    if replayed.complete and replayed.steps:
        alike = steps.played(predictor.fresh_scheduler(), turn.requests.requests, replayed.steps)
        pairs = ((alike.ttft, measured.ttft), (alike.tpot, measured.tpot))
        errors = " and ".join(units.percent(units.error_of(float(ours.mean()), float(theirs.mean()))) for ours, theirs in pairs if len(theirs))
        yield f"{load}: the simulated scheduler makes the replay's {len(replayed.steps)} batches; with their measured seconds, mean TTFT and TPOT are off by {errors}"
    sums = steps.account(predictor.replica.table, replayed.steps, predictor.pace)
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
