"""Costs of operators on devices that somebody measured.

>>> Measured(load("H100-SXM"), "vllm").estimate(Gemm(m=np.arange(1, 4097), n=4096, k=4096)).seconds
>>> best(Gemm(16, 4096, 4096), load("L4")).kind     # analytic: nobody measured it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from intarsia.cost_models import analytic
from intarsia.cost_models.analytic import Attention, Gemm, Operator
from intarsia.cost_models.cost import Cost
from intarsia.cost_models.silicon import tables
from intarsia.cost_models.silicon.attention import scheme_of
from intarsia.cost_models.silicon.gemm import GEMM
from intarsia.cost_models.silicon.moe import MOE
from intarsia.cost_models.silicon.scheme import ONE, Scheme
from intarsia.cost_models.silicon.sheets import ANALYTIC, KINDS, UNKNOWN_BAND, Estimate, Slice
from intarsia.cost_models.silicon.tables import Array, Table
from intarsia.errors import InputError, MissingDependency
from intarsia.ir.device import Device


@dataclass
class Measured:
    """The tables of one device and serving framework, read when first asked for."""

    device: Device
    framework: str = "vllm"
    folder: Path | None = None
    slices: dict[tuple[str, ...], Slice] = field(default_factory=dict)

    def estimate(self, op: Operator) -> Estimate:
        """Costs of an operator; its numbers may be arrays. Raises InputError where its kind or dtype was not measured here."""
        analytic.check(op)
        return self.slice_of(op).estimate(op)

    def slice_of(self, op: Operator) -> Slice:
        """The slice that answers for an operator."""
        scheme = GEMM if isinstance(op, Gemm) else scheme_of(op) if isinstance(op, Attention) else MOE
        words = {name: str(getattr(op, name)) for name in scheme.words}
        key = (scheme.title, *words.values())
        if key not in self.slices:
            table = self.table(scheme)
            words |= {"kernel": _usual_kernel(table, words)} if words.get("kernel") == "" else {}
            self.slices[key] = Slice(scheme, self.device, words, _with(table, words))
        return self.slices[key]

    def table(self, scheme: Scheme) -> Table:
        """The whole table of a kind of operator, its columns named as the operator's fields."""
        gpu = tables.folder_of(self.device.name)
        path = tables.find(self.folder or tables.root(), gpu, scheme.folder, scheme.file, self.framework)
        return named(scheme, tables.read(path, tuple(scheme.numbers.values()), tuple(scheme.words.values())))


def named(scheme: Scheme, raw: Table) -> Table:
    """Columns renamed to the operator's fields."""
    columns = {ours: raw.columns[theirs] for ours, theirs in (*scheme.numbers.items(), *scheme.words.items())}
    return Table(columns | {ONE: np.ones(len(raw), np.int64)}, raw.seconds, raw.source)


def _with(table: Table, words: Mapping[str, str]) -> Table:
    rows = _matching(table, words)
    if rows.any():
        return table.take(rows)
    wrong = next(name for name in words if not (table.columns[name] == words[name]).any() or name == list(words)[-1])
    measured = ", ".join(np.unique(table.columns[wrong]).tolist())
    raise InputError(f"no measurements with {' '.join(f'{k}={v}' for k, v in words.items())}", where=table.source, mend=f"{wrong} measured: {measured}")


def _matching(table: Table, words: Mapping[str, str]) -> Array:
    return np.logical_and.reduce([table.columns[name] == word for name, word in words.items()])


def _usual_kernel(table: Table, words: Mapping[str, str]) -> str:
    """The kernel with most measurements."""
    rows = _matching(table, {name: word for name, word in words.items() if name != "kernel"})
    kernels, counts = np.unique(table.columns["kernel"][rows], return_counts=True)
    return str(kernels[counts.argmax()]) if len(kernels) else ""


def best(op: Operator, device: Device, framework: str = "vllm") -> Estimate:
    """Measured costs where there are tables, the analytic model's elsewhere."""
    analytic.check(op)
    try:
        return Measured(device, framework).estimate(op)
    except (InputError, MissingDependency):
        seconds = np.atleast_1d(analytic.seconds(op, device))
        return Estimate(seconds, np.full(seconds.shape, ANALYTIC, np.int8), np.full(seconds.shape, UNKNOWN_BAND))


def cost(op: Operator, device: Device, *, share: float = 1.0, model: Measured | None = None) -> Cost:
    """The cost of one operator on a `share` of a device, 0 to 1; its source says how the figure was come by."""
    if not 0 < share <= 1:
        raise InputError(f"the share of a device must be greater than 0 and at most 1, found {share}")
    found = model.estimate(op) if model else best(op, device)
    if found.seconds.size != 1:
        raise InputError(f"a cost is of one operator, found {found.seconds.size}", mend="ask estimate() for many")
    done, seconds = analytic.work(op), float(found.seconds.item()) / share
    bound = "compute" if float(done.flops.item()) / analytic.rate(device, op.dtype) > float(done.bytes.item()) / device.main_memory.bandwidth else "memory"
    joules = seconds * (device.idle_watts + (device.watts - device.idle_watts) * share)
    return Cost(seconds, float(done.flops.item()), float(done.bytes.item()), joules, bound, KINDS[int(found.kind.item())])
