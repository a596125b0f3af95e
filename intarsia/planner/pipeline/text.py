"""A schedule as `pipe` IR, and the nano-batches of one read back. The text holds the problem beside its solution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from intarsia.errors import IRError
from intarsia.ir.module import Builder, Module, attributes_of, walk
from intarsia.planner.pipeline.curves import Interference
from intarsia.planner.pipeline.schedule import Schedule

MICRO, DIGITS = 1e6, 4


def _us(seconds: float) -> float:
    """Microseconds, rounded so that a person can read them."""
    return round(seconds * MICRO, DIGITS)


def module(schedule: Schedule, device: str, *, units: int | None = None) -> Module:
    """A module of stage pipe with one `pipe.schedule`. `units`: threads of the device, where shares are threads."""
    made = Module.create("pipe")
    builder, layer = Builder(made), schedule.layer
    builder.op(
        "pipe.schedule", body=lambda: _body(builder, schedule), sym_name=layer.name, device=device, layers=layer.layers, devices=layer.devices, units=units,
        decode=[group.decode for group in schedule.structure.groups], prefill=[group.prefill for group in schedule.structure.groups],
        period_us=_us(schedule.period_s), bound_us=_us(schedule.bound_s), sequential_us=_us(layer.sequential_s), optimal_us=_us(layer.optimal_s),
        elastic=schedule.curves.elastic, curves=_curves(schedule.curves), source=schedule.curves.source or None,
    )  # fmt: skip
    return made.verify()


def _curves(curves: Interference) -> dict[str, list[float]]:
    return {f"{kind}_beside_{beside}": [figure for point in points for figure in point] for (kind, beside), points in sorted(curves.curves.items())}


def _body(builder: Builder, schedule: Schedule) -> None:
    for op in schedule.layer.active:
        builder.op("pipe.operator", name=op.name, kind=op.kind, rows=op.rows, points=[float(rows) for rows, _ in op.points], us=[_us(seconds) for _, seconds in op.points],
                   after=[name for name, lag in _waits(schedule, op.name) if not lag] or None, previous=[name for name, lag in _waits(schedule, op.name) if lag] or None)
    for run in sorted(schedule.runs, key=lambda each: (each.start_s, each.nano.kind)):
        waits = {lag: [name for name, between in run.waits if between == lag] for lag in (0, 1)}
        builder.op("pipe.nano", name=run.nano.name, operator=run.nano.operator, first=run.nano.first, rows=run.nano.last - run.nano.first, order=run.order,
                   start_us=_us(run.start_s), shares=[share for _, share in run.parts], us=[_us(seconds) for seconds, _ in run.parts],
                   wait=waits[0] or None, wait_previous=waits[1] or None)  # fmt: skip
    builder.op("pipe.end")


def _waits(schedule: Schedule, operator: str) -> Iterator[tuple[str, int]]:
    """What an operator waits for, stepping over operators without rows in this batch."""
    from intarsia.planner.pipeline.layer import waits

    yield from ((before, lag) for name, before, lag in waits(schedule.layer) if name == operator)


@dataclass(frozen=True)
class Step:
    """A nano-batch as it is carried out: rows [first, first + rows) of `operator`, on `share` of the units, after the signals it waits for."""

    name: str
    operator: str
    kind: str
    first: int
    rows: int
    order: int
    start_us: float
    share: float
    wait: tuple[str, ...]
    wait_previous: tuple[str, ...]


def steps(made: Module) -> tuple[dict[str, Any], list[Step]]:
    """The facts of the module's one schedule, and its nano-batches by start. Raises IRError."""
    found = list(made.ops("pipe.schedule"))
    if len(found) != 1:
        raise IRError(f"the module has {len(found)} schedules instead of one")
    kinds = {facts["name"]: facts["kind"] for facts in map(attributes_of, walk(found[0], "pipe.operator"))}
    nanos = []
    for facts in map(attributes_of, walk(found[0], "pipe.nano")):
        if facts["operator"] not in kinds:
            raise IRError(f"the nano-batch {facts['name']} is of {facts['operator']!r}, which its schedule has not")
        nanos.append(Step(facts["name"], facts["operator"], kinds[facts["operator"]], facts["first"], facts["rows"], facts["order"], facts["start_us"], max(facts["shares"]),
                          tuple(facts.get("wait", ())), tuple(facts.get("wait_previous", ()))))  # fmt: skip
    return attributes_of(found[0]), sorted(nanos, key=lambda each: (each.start_us, each.order))
