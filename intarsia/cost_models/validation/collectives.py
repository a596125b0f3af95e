"""How far predicted collectives are from measured ones: message sizes and group sizes that were held out.

Tables are those of aiconfigurator-core (NCCL, and the frameworks' own all-reduces) on the devices of the run, and Vidur's where their
folder is given. A group size is predicted from the system's other ones, and from how other systems' times grow; the baseline is a
fitted alpha-beta model with an overhead, which sees the same points of the system. Of groups over a network it is said besides how far such a
model is from them that is fitted to the very group: what no model with one bandwidth and one algorithm can go below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import measured_collectives as curves
from intarsia.cost_models.devices import load
from intarsia.cost_models.measured_collectives import Points, Table, World, link_of
from intarsia.cost_models.silicon import collectives as silicon
from intarsia.cost_models.silicon import gpus, tables
from intarsia.cost_models.validation.rows import Row, Run
from intarsia.errors import InputError, MissingDependency

TARGETS = {"median": 5.0, "mean": 10.0}
EVERY, OFFSET = 5, 2
"""Of the sizes of a table, every fifth is held out."""
BASELINE, VIDUR = "fitted alpha-beta", "Vidur"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class System:
    """One collective of one library on one kind of system, and the same on others. `where` says whose table it is, `graphs` whether
    graphs launched the kernels."""

    where: str
    table: Table
    raw: Mapping[World, Points]
    graphs: bool = True

    def errors(self, known: Mapping[World, Points], wanted: Mapping[World, Points], others: Sequence[Table] = ()) -> Errors:
        """Of the wanted points, predicted from the known ones."""
        op, name, found, theirs = self.table.op, self.table.name, [], []
        ours = curves.table(op, name, known, others, graphs=self.graphs)
        for world, points in wanted.items():
            fit = curves.fitted(op, curves.over(link_of(name, world), name, known))
            found.append(np.abs(ours.seconds(points.sizes, *world) / points.seconds - 1))
            theirs.append(np.abs(fit.seconds(points.sizes, world[0]) / points.seconds - 1))
        return Errors(np.concatenate(found), np.concatenate(theirs))


@dataclass(frozen=True)
class Errors:
    """Absolute relative errors of held-out points: ours, and the baseline's."""

    ours: Array
    baseline: Array

    @staticmethod
    def joined(errors: Iterable[Errors]) -> Errors:
        listed = list(errors)
        return Errors(np.concatenate([e.ours for e in listed]), np.concatenate([e.baseline for e in listed]))


def rows(run: Run) -> Iterator[Row]:
    """Held-out sizes and group sizes, by whose tables they are and by system. Raises InputError for a damaged table."""
    run.tell(0.0, "collectives")
    systems = [*_installed(run), *_vidur(run)]
    for title, errors in (("held-out sizes", sizes), ("held-out group sizes", groups), ("held-out group sizes with no other system seen", groups_alone)):
        found: dict[str, list[Errors]] = {system.where: [] for system in systems}
        for system in systems:
            for names, each in errors(system):
                for name in (system.where, *(names if errors is not groups_alone else ())):
                    found.setdefault(name, []).append(each)
        for name, listed in found.items():
            if listed:
                yield from _rows(f"collectives, {title}, {name}", Errors.joined(listed))
    yield from _floor(systems)


def _floor(systems: Iterable[System]) -> Iterator[Row]:
    """Errors of alpha-beta models fitted to each group over a network, of that group."""
    over = [(s.table.op, world, points) for s in systems for world, points in s.raw.items() if link_of(s.table.name, world) == curves.NETWORK and s.table.op != "send_recv"]
    if over:
        errors = np.concatenate([np.abs(curves.fitted(op, {world: p}).seconds(p.sizes, world[0]) / p.seconds - 1) for op, world, p in over])
        for kind in TARGETS:
            metric = f"collectives, an alpha-beta model fitted to the very group, Vidur, over the network, {kind} error"
            yield Row(metric, 100 * float(getattr(np, kind)(errors)), "%", "-", None, None, None, None)


def _installed(run: Run) -> Iterator[System]:
    for name in run.devices:
        folder = run.folder or tables.root()
        gpu = tables.folder_of(load(name).name)
        for library in (silicon.NCCL, *tables.FRAMEWORKS):
            for op in silicon.THEIRS if library == silicon.NCCL else ("all_reduce",):
                if raw := silicon.worlds(folder, gpu, library, op):
                    yield System("measured kernels", silicon.table(folder, gpu, library, op), raw)


def _vidur(run: Run) -> Iterator[System]:
    """Each table with NCCL's of other systems beside it."""
    if run.data is None:
        return
    try:
        files = curves.files(run.data)
    except InputError:
        return
    read = [curves.read(path) for path in files]
    for op, name, raw in read:
        others = [curves.table(*other, graphs=False) for other in read if other[0] == op and other[1] != name]
        yield System(VIDUR, curves.table(op, name, raw, [*others, *_of_nccl(run, op)], graphs=False), raw, graphs=False)


def _of_nccl(run: Run, op: str) -> Iterator[Table]:
    """What the installed tables have of a collective, on all devices."""
    try:
        folder = run.folder or tables.root()
    except MissingDependency:
        return
    for gpu in gpus.GPUS if op in silicon.THEIRS else ():
        if raw := silicon.worlds(folder, gpu, silicon.NCCL, op):
            yield curves.table(op, gpu, raw)


def sizes(system: System) -> Iterator[tuple[tuple[str, ...], Errors]]:
    """What errors are counted under, and those of every fifth size of each group predicted from the others."""
    long = {w: p for w, p in system.raw.items() if len(p.sizes) > EVERY}
    known, wanted = {w: p.take(~_held(p)) for w, p in long.items()}, {w: p.take(_held(p)) for w, p in long.items()}
    yield (f"{system.table.op} {system.table.name}",), system.errors(known, wanted)


def groups_alone(system: System) -> Iterator[tuple[tuple[str, ...], Errors]]:
    """As `groups`, without what other systems say."""
    return groups(replace(system, table=replace(system.table, others=())))


def groups(system: System) -> Iterator[tuple[tuple[str, ...], Errors]]:
    """What errors are counted under, and those of each group size predicted from the others over the same link, for each link that has two."""
    name, op = system.table.name, system.table.op
    for world, points in system.raw.items():
        link = link_of(name, world)
        if others := {w: p for w, p in system.raw.items() if w != world and link_of(name, w) == link}:
            yield (f"{op} {name} {link}", *_sides(system, world)), system.errors(others, {world: points}, system.table.others)


def _sides(system: System, world: World) -> tuple[str, ...]:
    """What else a group of Vidur's is counted under."""
    if system.where != VIDUR:
        return ()
    if link_of(system.table.name, world) != curves.NETWORK:
        return (f"{VIDUR}, inside a node",)
    return f"{VIDUR}, over the network", f"{VIDUR}, {world[0]} ranks, {world[1]} a node"


def _held(points: Points) -> NDArray[np.bool_]:
    return np.arange(len(points.sizes)) % EVERY == OFFSET


def _rows(metric: str, errors: Errors) -> Sequence[Row]:
    return [_row(f"{metric}, {kind} error", kind, errors) for kind in TARGETS]


def _row(metric: str, kind: str, errors: Errors) -> Row:
    ours, baseline = (100 * float(getattr(np, kind)(e)) for e in (errors.ours, errors.baseline))
    return Row(metric, ours, "%", BASELINE, baseline, ours / baseline if baseline else float("nan"), TARGETS[kind], ours <= TARGETS[kind])
