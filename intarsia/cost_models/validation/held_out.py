"""How far predicted operator costs are from measured ones.

Whole groups of rows are held out (a matrix, a geometry of heads, a model's shape), so that nothing of a shape that is
predicted was seen. The baselines see the same rows as the model they stand beside: the fitted roofline those of the device, and, for
the analytic model, which sees none of them, a roofline fitted to the devices that its constants were chosen on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.cost_models import analytic, dtypes
from intarsia.cost_models.devices import load
from intarsia.cost_models.estimate import EXTRAPOLATED
from intarsia.cost_models.fitted.choose import NEVER
from intarsia.cost_models.fitted.samples import HOST_S, SCHEMES, Sample, samples
from intarsia.cost_models.ops import Op
from intarsia.cost_models.silicon import gpus, tables
from intarsia.cost_models.silicon.attention import CONTEXT, DECODE
from intarsia.cost_models.silicon.gemm import GEMM
from intarsia.cost_models.silicon.measured import Measured
from intarsia.cost_models.silicon.moe import MOE
from intarsia.cost_models.silicon.scheme import Scheme
from intarsia.cost_models.silicon.sheets import Slice
from intarsia.cost_models.silicon.tables import Array, Table
from intarsia.cost_models.validation.rows import SEED, Row, Run
from intarsia.errors import InputError
from intarsia.ir.device import Device

HELD_SHARE, MOST_HELD = 0.12, 24
"""Share of a slice's groups that is held out, and the most of them (each is many rows)."""
LEAST_ROWS, LEAST_GROUPS = 400, 6
"""Smaller slices are left out."""
EFFICIENCIES = np.array([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
MOST_FITTED = 4000
"""Rows that the baseline's three constants are fitted to."""
ROWS_ELSEWHERE = 400
"""Of each slice of other devices."""
SOUND = "sound"
"""The column that says which rows of a table to believe."""
Predict = Callable[[Op, Device], Array]
Part = tuple[str, dict[str, str], Table]
"""A framework, the words of one slice of its table, and their rows."""


@dataclass(frozen=True)
class Split:
    """A kind of operator, what of it is held out together, and the median and mean error to reach, in percent."""

    scheme: Scheme
    title: str
    group: tuple[str, ...]
    median: float
    mean: float
    share: float = HELD_SHARE


SPLITS = (
    Split(GEMM, "GEMM, held-out (n, k)", ("n", "k"), 2, 3.5),
    Split(GEMM, "GEMM, held-out n", ("n",), 2, 3.5),
    Split(CONTEXT, "context attention, held-out heads", ("heads", "kv_heads", "head_dim"), 2, 4),
    Split(DECODE, "decode attention, held-out heads", ("heads", "kv_heads", "head_dim"), 2, 5),
    Split(MOE, "MoE, held-out model shapes", ("hidden", "inter", "top_k", "experts"), 4, 7),
)


@dataclass(frozen=True)
class Errors:
    """Absolute relative errors of held-out rows, by predictor: ours, "roofline + constant", that of other devices, "peak roofline", "analytic"."""

    by_predictor: Mapping[str, Array]
    band_held: Array
    sound: Array
    """Rows that the kind's scheme believes: all but those of kernels that nobody tuned."""

    @staticmethod
    def joined(parts: Sequence[Errors]) -> Errors:
        names = parts[0].by_predictor
        return Errors({n: np.concatenate([p.by_predictor[n] for p in parts]) for n in names}, *(np.concatenate([getattr(p, n) for p in parts]) for n in ("band_held", "sound")))

    def believed(self) -> Errors:
        return Errors({name: errors[self.sound] for name, errors in self.by_predictor.items()}, self.band_held, self.sound[self.sound])


@dataclass(frozen=True)
class Judged:
    """Errors of a slice: of whose tables it is, and whether its least time is the host's (`fitted.samples.HOST_S`)."""

    framework: str
    host_bound: bool
    errors: Errors


OURS, CONSTANT, ELSEWHERE, PEAK, ANALYTIC = "measured", "roofline + constant", "roofline + constant of other devices", "peak roofline", "analytic"


def rows(run: Run) -> Iterator[Row]:
    """Every kind of operator on every device, then over all devices, and of each framework's tables.

    Raises MissingDependency without tables, InputError for a device without any.
    """
    for name in run.devices:
        tables.folder_of(load(name).name)
    everywhere: dict[str, list[Judged]] = {}
    steps = [(split, load(name)) for split in SPLITS for name in run.devices]
    for index, (split, device) in enumerate(steps):
        run.tell(index / len(steps), f"{split.title} on {device.name}")
        found = list(_errors(split, device, run.seed, run.folder))
        if found:
            everywhere.setdefault(split.title, []).extend(found)
            yield from _rows(split, device.name, Errors.joined([one.errors for one in found]), (CONSTANT,))
    for split in SPLITS:
        if split.title in everywhere:
            yield from _summary(split, everywhere[split.title])
            for framework in dict.fromkeys(one.framework for one in everywhere[split.title]):
                yield from _rows(split, f"all, tables of {framework}", Errors.joined([one.errors for one in everywhere[split.title] if one.framework == framework]), (CONSTANT,))


def _errors(split: Split, device: Device, seed: int, folder: Path | None) -> Iterator[Judged]:
    """Of every slice of every framework that is large enough and of a dtype that the roofline knows, on all cores."""

    parts = list(_parts_of(split, device, folder))

    def judged(part: Part) -> Judged | None:
        framework, words, rows = part
        kin = [(theirs, table) for other, theirs, table in parts if other == framework and _are_kin(split.scheme, words, theirs)]
        errors = held_out(split, device, words, rows, seed, fitted_elsewhere(split.scheme, framework, words, folder), framework, kin)
        return None if errors is None else Judged(framework, split.scheme is GEMM and bool(rows.seconds.min() > HOST_S), errors)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from (one for one in pool.map(judged, parts) if one is not None)


def _are_kin(scheme: Scheme, words: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether slices differ in the word of the scheme's kin alone."""
    return bool(scheme.kin) and all((others[name] == word) == (name != scheme.kin) for name, word in words.items())


def _parts_of(split: Split, device: Device, folder: Path | None) -> Iterator[Part]:
    for framework in tables.FRAMEWORKS:
        try:
            table = Measured(device, framework, folder).table(split.scheme)
        except InputError:
            continue
        if split.scheme.sound is not None:
            table = Table(table.columns | {SOUND: split.scheme.sound(table)}, table.seconds, table.source)
        yield from ((framework, words, rows) for words, rows in slices(split.scheme, table) if words["dtype"] in dtypes.DTYPES)


def slices(scheme: Scheme, table: Table) -> Iterator[tuple[dict[str, str], Table]]:
    """The rows of each combination of words."""
    codes = tables.pack([np.unique(table.columns[name], return_inverse=True)[1] for name in scheme.words])
    for code in np.unique(codes):
        part = table.take(codes == code)
        yield {name: str(part.columns[name][0]) for name in scheme.words}, part


def held_out(
    split: Split, device: Device, words: Mapping[str, str], table: Table, seed: int, elsewhere: Predict | None = None, framework: str = "",
    kin: Sequence[tuple[Mapping[str, str], Table]] = (),
) -> Errors | None:
    """Errors on groups that the models did not see; None for a slice that is too small to be split. `elsewhere` is a roofline that saw other devices,
    `framework` whose kernels the analytic model is asked for; of `kin` (sheets.py), the same groups are held out."""
    groups = np.unique(np.stack([table.columns[name] for name in split.group]), axis=1, return_inverse=True)[1].reshape(-1)
    count = int(groups.max(initial=-1)) + 1
    if count < LEAST_GROUPS or len(table) < LEAST_ROWS:
        return None
    chosen = np.random.default_rng(seed).permutation(count)[: min(MOST_HELD, max(1, round(split.share * count)))]
    held = np.isin(groups, chosen)
    sound = table.columns.get(SOUND, np.ones(len(table), np.bool_))
    known, wanted = table.take(~held & sound), table.take(held)
    op = split.scheme.operator(wanted.columns, words)
    beside = [(theirs, _without(split, other, wanted)) for theirs, other in kin]
    ours = Slice.of(split.scheme, device, words, known, beside).estimate(op)
    fitted = roofline_with_constant(split.scheme.operator(known.columns, words), known.seconds, device)
    predicted = {OURS: ours.seconds, CONSTANT: fitted(op, device), PEAK: analytic.peak_roofline(op, device), ANALYTIC: analytic.seconds(op, device, framework)}
    predicted |= {ELSEWHERE: elsewhere(op, device)} if elsewhere else {}
    errors = {name: np.abs(seconds / wanted.seconds - 1) for name, seconds in predicted.items()}
    within = (errors[OURS] <= 2 * ours.band)[ours.kind < EXTRAPOLATED]
    return Errors(errors, within, sound[held])


def _without(split: Split, table: Table, held: Table) -> Table:
    """The rows of a table that are believed, without the groups of those held out."""
    both = np.concatenate([np.stack([each.columns[name] for name in split.group]) for each in (table, held)], axis=1)
    groups = np.unique(both, axis=1, return_inverse=True)[1].reshape(-1)
    return table.take(~np.isin(groups[: len(table)], groups[len(table) :]) & table.columns[SOUND])


def fitted_elsewhere(scheme: Scheme, framework: str, words: Mapping[str, str], folder: Path | None) -> Predict | None:
    """The roofline of the devices that the analytic model's constants were chosen on: of the same framework and types, else of all. None where there are no tables."""
    known = _elsewhere(next(kind for kind, one in SCHEMES.items() if one is scheme), folder)
    wanted = {name: word for name, word in words.items() if name != "kernel"}
    alike = [sample for sample in known if sample.framework == framework and sample.words == wanted] or known
    return _least([(*_parts(sample.op, sample.device), sample.seconds) for sample in alike]) if alike else None


@lru_cache(maxsize=8)
def _elsewhere(kind: str, folder: Path | None) -> list[Sample]:
    return samples(kind, ROWS_ELSEWHERE, SEED, devices=[name for name in gpus.GPUS.values() if name not in NEVER], folder=folder)


def roofline_with_constant(op: Op, seconds: Array, device: Device) -> Predict:
    """A constant plus the roofline at two fitted efficiencies, which give the least mean relative error on the rows given."""
    return _least([(*_parts(op, device), seconds)])


def _least(known: Sequence[tuple[Array, Array, Array]]) -> Predict:
    """The same of (seconds of arithmetic, of traffic, measured) of several devices."""
    compute, memory, seconds = (np.concatenate(columns) for columns in zip(*known, strict=True))
    rows = np.random.default_rng(0).permutation(len(seconds))[:MOST_FITTED]
    _, constant, busy, stream = min(_fits(compute[rows], memory[rows], seconds[rows]))

    def predict(wanted: Op, device: Device) -> Array:
        compute, memory = _parts(wanted, device)
        return np.asarray(constant + np.maximum(compute / busy, memory / stream))

    return predict


def _parts(op: Op, device: Device) -> tuple[Array, Array]:
    """Seconds at peak arithmetic and at peak bandwidth."""
    return np.asarray(op.flops / dtypes.peak(device, op.arithmetic)), np.asarray(op.bytes / device.main_memory.bandwidth)


def _fits(compute: Array, memory: Array, seconds: Array) -> Iterator[tuple[float, float, float, float]]:
    """(mean relative error, constant, efficiency of arithmetic, of memory) for each pair of efficiencies."""
    constants = np.quantile(seconds, [0, 0.02, 0.05, 0.1, 0.2, 0.3])
    for busy in EFFICIENCIES:
        for stream in EFFICIENCIES:
            roof = np.maximum(compute / busy, memory / stream)
            for constant in constants:
                yield float(np.abs((roof + constant) / seconds - 1).mean()), float(constant), float(busy), float(stream)


def _rows(split: Split, where: str, errors: Errors, baselines: Sequence[str]) -> list[Row]:
    return [
        _row(f"{split.title}, {where}, {name}", errors, OURS, baseline, statistic, target)
        for name, statistic, target in (("median error", np.median, split.median), ("mean error", np.mean, split.mean))
        for baseline in baselines
    ]


def _summary(split: Split, judged: Sequence[Judged]) -> list[Row]:
    """Over all devices; the analytic model; and how often bands hold."""
    errors = Errors.joined([one.errors for one in judged])
    rows = [*_rows(split, "all", errors, (CONSTANT, PEAK)), *_analytic_rows(split, "all", errors)]
    own = [one.errors for one in judged if not one.host_bound]
    if len(own) < len(judged):
        rows += _analytic_rows(split, "all but host-bound", Errors.joined(own))
    if not errors.sound.all():
        rows += _rows(split, "all but untuned kernels", errors.believed(), (CONSTANT,))
    inside = 100 * float(errors.band_held.mean()) if len(errors.band_held) else float("nan")
    return [*rows, Row(f"{split.title}, all, within two error bands", inside, "%", "normal distribution", 95.4, inside / 95.4, None, None)]


def _analytic_rows(split: Split, where: str, errors: Errors) -> Iterator[Row]:
    """The analytic model, which saw no measurement of these devices, beside the roofline fitted to them and to those that it was chosen on."""
    kind, _, held = split.title.partition(", ")
    for baseline in (name for name in (CONSTANT, ELSEWHERE) if name in errors.by_predictor):
        for name, statistic in (("median error", np.median), ("mean error", np.mean)):
            target = 100 * float(statistic(errors.by_predictor[baseline]))
            yield _row(f"{kind} analytic, {held}, {where}, {name}", errors, ANALYTIC, baseline, statistic, target)


def _row(metric: str, errors: Errors, ours: str, baseline: str, statistic: Callable[[Array], Any], target: float) -> Row:
    value, other = (100 * float(statistic(errors.by_predictor[name])) for name in (ours, baseline))
    return Row(metric, value, "%", baseline, other, value / other, target, value <= target)
