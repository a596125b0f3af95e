"""Costs of operators on devices that somebody measured.

>>> Measured(load("H100-SXM"), "vllm").estimate(Gemm(m=np.arange(1, 4097), n=4096, k=4096)).seconds
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from intarsia.cost_models import kept, ops
from intarsia.cost_models.estimate import Estimate, by_phase
from intarsia.cost_models.ops import Attention, Experts, Gemm, Op
from intarsia.cost_models.silicon import collectives, delta, latent, moves, tables, wide
from intarsia.cost_models.silicon.attention import scheme_of
from intarsia.cost_models.silicon.gemm import GEMM
from intarsia.cost_models.silicon.moe import GEOMETRY, LIBRARIES, MOE
from intarsia.cost_models.silicon.rows import Rows, digest
from intarsia.cost_models.silicon.scheme import ONE, Scheme
from intarsia.cost_models.silicon.sheets import Slice
from intarsia.cost_models.silicon.tables import Array, Table
from intarsia.errors import InputError
from intarsia.ir.device import Device

LIKE = {"int8": "f8", "f16": "bf16"}
"""KV caches that nobody measured, and those that move as many bytes."""


@dataclass
class Measured:
    """The tables of one device and serving framework, read when first asked for."""

    device: Device
    framework: str = "vllm"
    folder: Path | None = None
    slices: dict[tuple[str, ...], Slice | InputError] = field(default_factory=dict)
    """By words: the slice, or why there is none, so that a large table isn't searched again for what it lacks."""
    believed: dict[str, Table] = field(default_factory=dict)
    """By kind of operator: what is left of a table without rows that can't be right."""

    def estimate(self, op: Op) -> Estimate:
        """Costs of an operator; its numbers may be arrays. Raises InputError where its kind or dtype was not measured here."""
        ops.check(op)
        if isinstance(op, ops.Collective):
            return collectives.estimate(op, self.device.name, self.framework, self.folder)
        if isinstance(op, ops.Elementwise):
            return moves.estimate(op, self.device.name, self.framework, self.folder)
        if isinstance(op, Attention) and not op.decode and np.any(np.asarray(op.rows) <= 1):
            return by_phase(op, self.estimate)
        if isinstance(op, Experts) and op.kernel in (wide.DECODE, wide.PROMPTS):
            return self._wide(ops.at_least_one(op))
        return replace(self.slice_of(op).estimate(op), source=f"measured with {self.framework}")

    def _wide(self, op: Experts) -> Estimate:
        """Experts over many devices: each model's from tables of their own, of this framework or another, else as the usual ones."""
        shape = ops.shape(op)
        columns = [np.broadcast_to(np.asarray(getattr(op, name)), shape).reshape(-1) for name in GEOMETRY]
        which = tables.pack([np.unique(column, return_inverse=True)[1] for column in columns]).reshape(shape)
        seconds, kind, band = (np.empty(shape, of) for of in (np.float64, np.int8, np.float64))
        for one in np.unique(which):
            rows = which == one
            part = ops.take(op, rows)
            found = self._spread(part) or self.estimate(replace(part, kernel=""))
            seconds[rows], kind[rows], band[rows] = found.seconds, found.kind, found.band
        return Estimate(seconds, kind, band, f"measured with {self.framework}")

    def _spread(self, op: Experts) -> Estimate | None:
        for framework in (self.framework, *(name for name in tables.FRAMEWORKS if name != self.framework)):
            try:
                return wide.estimate(op, self.device, framework, self.folder)
            except InputError:
                continue
        return None

    def slice_of(self, op: Op) -> Slice:
        """The slice that answers for an operator. Raises InputError where there is none."""
        scheme = _scheme(op)
        words = {name: _word(op, name) for name in scheme.words}
        key = (scheme.title, *words.values())
        if key not in self.slices:
            try:
                self.slices[key] = self._made(scheme, words)
            except InputError as error:
                self.slices[key] = error
        found = self.slices[key]
        if isinstance(found, InputError):
            raise found.with_traceback(None)
        return found

    def _made(self, scheme: Scheme, words: dict[str, str]) -> Slice:
        path = tables.shelf(self.folder, self.framework, self.device, scheme.title, words)
        rows = Rows.of_record(kept.found(path, lambda: self._laid_out(scheme, words).record()))
        return Slice(scheme, self.device, rows, lambda: _kin(scheme, self.sound(scheme), rows.words))

    def _laid_out(self, scheme: Scheme, words: dict[str, str]) -> Rows:
        table = self.sound(scheme)
        kernel = words.get("kernel")
        words = words | ({"kernel": _usual_kernel(table, words)} if kernel in ("", *LIBRARIES) or (kernel or "").endswith("*") else {})
        found = Rows.of(scheme, self.device, words, _with(table, words))
        return replace(found, digest=digest(found.ratio, found.features, *(other.seconds for _, other in _kin(scheme, table, words))))

    def sound(self, scheme: Scheme) -> Table:
        """The rows of a table that its scheme believes."""
        table = self.table(scheme)
        if scheme.sound is None:
            return table
        if scheme.title not in self.believed:
            self.believed[scheme.title] = table.take(scheme.sound(table))
        return self.believed[scheme.title]

    def table(self, scheme: Scheme) -> Table:
        """The whole table of a kind of operator, its columns named as the operator's fields."""
        gpu = tables.folder_of(self.device.name)
        path = tables.find(self.folder or tables.root(), gpu, scheme.folder, scheme.file, self.framework)
        return read(scheme, path)


def _scheme(op: Op) -> Scheme:
    match op:
        case Gemm():
            return GEMM
        case Attention():
            return scheme_of(op)
        case Experts():
            return MOE
        case ops.LatentAttention():
            return latent.scheme_of(op)
        case ops.BatchedGemm():
            return latent.PRODUCT
        case ops.DeltaRule():
            return delta.scheme_of(op)
    raise InputError(f"nobody measured {type(op).__name__}", mend="use the analytic model")


def _word(op: Op, name: str) -> str:
    if name == "expansion":
        return latent.expansion_of(op)  # type: ignore[arg-type]
    if isinstance(op, ops.DeltaRule):
        return delta.KERNEL
    word = str(getattr(op, name))
    return LIKE.get(word, word) if name == "kv_dtype" else word


def read(scheme: Scheme, path: Path) -> Table:
    """A file's rows, its columns named as the operator's fields. Raises InputError for a damaged one."""
    return named(scheme, tables.read(path, tuple(scheme.numbers.values()), tuple(scheme.words.values()), ours=True))


def named(scheme: Scheme, raw: Table) -> Table:
    """Columns renamed to the operator's fields."""
    columns = {ours: raw.columns[theirs] for ours, theirs in (*scheme.numbers.items(), *scheme.words.items())}
    codes = {ours: raw.codes[theirs] for ours, theirs in scheme.words.items() if theirs in raw.codes}
    return Table(columns | {ONE: np.ones(len(raw), np.int64)}, raw.seconds, raw.source, codes)


def _with(table: Table, words: Mapping[str, str]) -> Table:
    rows = _matching(table, words)
    if rows.any():
        return table.take(rows)
    wrong = next(name for name in words if not (table.columns[name] == words[name]).any() or name == list(words)[-1])
    measured = ", ".join(np.unique(table.columns[wrong]).tolist())
    raise InputError(f"no measurements with {' '.join(f'{k}={v}' for k, v in words.items())}", where=table.source, mend=f"{wrong} measured: {measured}")


def _kin(scheme: Scheme, table: Table, words: Mapping[str, str]) -> list[tuple[dict[str, str], Table]]:
    """Slices that differ in one word."""
    if not scheme.kin:
        return []
    others = {name: word for name, word in words.items() if name != scheme.kin}
    alike = table.take(_matching(table, others))
    found = [{**words, scheme.kin: word} for word in np.unique(alike.columns[scheme.kin]).tolist() if word != words[scheme.kin]]
    return [(each, _with(alike, each)) for each in found]


def _matching(table: Table, words: Mapping[str, str]) -> Array:
    return np.logical_and.reduce([table.columns[name] == word for name, word in words.items()])


def _usual_kernel(table: Table, words: Mapping[str, str]) -> str:
    """The kernel with most measurements, of those whose names begin as said or are of the library."""
    rows = _matching(table, {name: word for name, word in words.items() if name != "kernel"}) if len(words) > 1 else np.ones(len(table), bool)
    kernels, counts = np.unique(table.columns["kernel"][rows], return_counts=True)
    fitting = [(count, kernel) for count, kernel in zip(counts.tolist(), kernels.tolist(), strict=True) if _is_of(kernel, words["kernel"])]
    return max(fitting, default=(0, ""), key=lambda pair: pair[0])[1]


def _is_of(kernel: str, wanted: str) -> bool:
    return any(part in kernel for part in LIBRARIES[wanted]) if wanted in LIBRARIES else kernel.startswith(wanted.rstrip("*"))
