"""Judges a `pipe.schedule` by its text alone: rows, work, dependencies, capacity, lanes and signals. Shares no code with the search."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from intarsia.ir.module import Module, attributes_of, walk

SLACK, ROUNDED_US = 1e-6, 5e-4
"""Of the period; and at least what a begin and a few lengths are off that are written with four digits of a microsecond, each."""
MOST = 8
"""Faults that a message names."""


@dataclass(frozen=True)
class _Nano:
    facts: dict[str, Any]
    operator: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def kind(self) -> str:
        return str(self.operator["kind"])

    @property
    def begin(self) -> float:
        return float(self.facts["start_us"])

    @property
    def end(self) -> float:
        return self.begin + sum(self.facts["us"])

    @property
    def rows(self) -> range:
        return range(self.facts["first"], self.facts["first"] + self.facts["rows"])

    def share(self, time: float) -> float:
        """Of the units, at a time from its begin on."""
        for share, length in zip(self.facts["shares"], self.facts["us"], strict=True):
            if time < length:
                return float(share)
            time -= length
        return 0.0


def pipeline_problems(module: Module) -> list[str]:
    """What is wrong with the schedules of a module; empty where nothing is."""
    return [f"@{attributes_of(op)['sym_name']}: {problem}" for op in module.ops("pipe.schedule") for problem in _problems(op)]


def _problems(op: Any) -> list[str]:
    schedule = attributes_of(op)
    operators = {facts["name"]: facts for facts in map(attributes_of, walk(op, "pipe.operator"))}
    found = [f"{facts['name']} is of the unknown operator {facts['operator']!r}" for facts in map(attributes_of, walk(op, "pipe.nano")) if facts["operator"] not in operators]
    found += [f"{name}: {len(facts['points'])} row counts, but {len(facts['us'])} times" for name, facts in operators.items() if len(facts["points"]) != len(facts["us"])]
    found += [f"{facts['name']}: {len(facts['shares'])} shares, but {len(facts['us'])} lengths" for facts in map(attributes_of, walk(op, "pipe.nano")) if
              len(facts["shares"]) != len(facts["us"])]  # fmt: skip
    if found:
        return found
    nanos = [_Nano(facts, operators[facts["operator"]]) for facts in map(attributes_of, walk(op, "pipe.nano"))]
    return [*_rows(schedule, operators, nanos), *_signals(nanos, schedule["period_us"]), *_together(schedule, nanos), *_bounds(schedule)]


def _slack(period: float) -> float:
    """Microseconds that times may be off."""
    return max(SLACK * period, ROUNDED_US)


def _bounds(schedule: dict[str, Any]) -> Iterator[str]:
    if schedule.get("bound_us", 0.0) > schedule["period_us"] + _slack(schedule["period_us"]):
        yield f"the period of {schedule['period_us']:.3f} us is shorter than its bound of {schedule['bound_us']:.3f} us"


def _rows(schedule: dict[str, Any], operators: dict[str, Any], nanos: list[_Nano]) -> Iterator[str]:
    """Each operator's nano-batches hold each of its rows once."""
    wanted: dict[str, list[int]] = {"decode": [], "prefill": [], "all": []}
    for decode, prefill in zip(schedule["decode"], schedule["prefill"], strict=True):
        start = len(wanted["all"])
        wanted["all"] += range(start, start + decode + prefill)
        wanted["decode"] += range(start, start + decode)
        wanted["prefill"] += range(start + decode, start + decode + prefill)
    for name, operator in operators.items():
        held = sorted(row for nano in nanos if nano.facts["operator"] == name for row in nano.rows)
        if held != wanted[operator["rows"]]:
            yield f"the nano-batches of {name} hold {len(held)} rows ({len(set(held))} different ones) instead of the {len(wanted[operator['rows']])} {operator['rows']} rows"


def _signals(nanos: list[_Nano], period: float) -> Iterator[str]:
    """Whoever shares rows with what it depends on waits for its signal, and begins after its end."""
    names = [nano.name for nano in nanos]
    yield from (f"two nano-batches are called {name}" for name in sorted(set(names)) if names.count(name) > 1)
    for nano in nanos:
        for attribute, relation, lag in (("wait", "after", 0), ("wait_previous", "previous", 1)):
            waits = nano.facts.get(attribute, [])
            yield from (f"{nano.name} waits for {name!r}, which nothing signals" for name in waits if name not in names)
            for other in nanos:
                shared = nano.rows.start < other.rows.stop and other.rows.start < nano.rows.stop
                if other.facts["operator"] not in nano.operator.get(relation, []) or not shared:
                    continue
                if other.name not in waits:
                    yield f"{nano.name} does not wait for {other.name}{' of the layer before' * lag}, which makes its rows"
                if nano.begin + lag * period < other.end - _slack(period):
                    yield f"{nano.name} begins {other.end - nano.begin - lag * period:.3f} us before the end of {other.name}{' of the layer before' * lag}"


def _together(schedule: dict[str, Any], nanos: list[_Nano]) -> Iterator[str]:
    """At every moment of a period: one nano-batch of a kind, shares that fit; over it all, each nano-batch's work done; lanes in their order."""
    period = float(schedule["period_us"])
    yield from (f"{nano.name} takes {nano.end - nano.begin:.3f} us, longer than the period of {period:.3f} us" for nano in nanos if nano.end - nano.begin > period + _slack(period))
    marks = sorted({mark % period for nano in nanos for mark in _marks(nano)} | {0.0, period})
    done = dict.fromkeys((nano.name for nano in nanos), 0.0)
    for begin, end in itertools.pairwise(marks):
        if end - begin <= _slack(period):
            continue
        middle = (begin + end) / 2
        running = [(nano, (middle - nano.begin) % period) for nano in nanos if (middle - nano.begin) % period < nano.end - nano.begin]
        shares = [nano.share(at) for nano, at in running]
        if sum(shares) > 1 + 1e-9:
            yield f"at {middle:.3f} us {', '.join(nano.name for nano, _ in running)} take {sum(shares):.3f} of the execution units"
        kinds = [nano.kind for nano, _ in running]
        if len(set(kinds)) < len(kinds):
            yield f"at {middle:.3f} us {', '.join(nano.name for nano, _ in running)} run together, and two of them are of one kind"
        for (nano, _), share in zip(running, shares, strict=True):
            done[nano.name] += (end - begin) * _speed(schedule["curves"], nano.kind, share, [other.kind for other, _ in running if other is not nano])
    for nano in nanos:
        work = _work(nano.operator, len(nano.rows))
        if abs(done[nano.name] - work) > 1e-4 * work + _slack(period):
            yield f"{nano.name} does {done[nano.name]:.3f} us of work in its time, instead of {work:.3f} us"
    for kind in ("compute", "memory", "network"):
        lane = sorted((nano for nano in nanos if nano.kind == kind), key=lambda nano: nano.facts["order"])
        places = [nano.begin % period for nano in lane]
        turns = sum(later < earlier for earlier, later in zip(places, [*places[1:], *places[:1]], strict=True))
        if turns > 1 or [nano.facts["order"] for nano in lane] != list(range(len(lane))):
            yield f"the {kind} lane's order is not that of its begins, so that devices could differ: {', '.join(nano.name for nano in lane)}"


def _marks(nano: _Nano) -> Iterator[float]:
    at = nano.begin
    yield at
    for length in nano.facts["us"]:
        at += length
        yield at


def _speed(curves: dict[str, list[float]], kind: str, share: float, others: list[str]) -> float:
    """The slowest of the pairs; a pair without a curve is as slow as the slowest curve of the kind."""
    known = [values for name, values in curves.items() if name.startswith(f"{kind}_beside_")]
    if not known:
        return 1.0
    found = []
    for other in others or ["alone"]:
        pair = curves.get(f"{kind}_beside_{other}")
        found.append(_along(pair, share) if pair else min(_along(values, share) for values in known))
    return min(found)


def _along(values: list[float], x: float) -> float:
    """The height of a line from the origin through (x, y, x, y, ...), level after its end."""
    xs, ys = [0.0, *values[::2]], [0.0, *values[1::2]]
    for i in range(1, len(xs)):
        if x <= xs[i] + 1e-12:
            return ys[i - 1] + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1])
    return ys[-1]


def _work(operator: dict[str, Any], rows: int) -> float:
    """Microseconds of so many rows: between the points on straight lines, beyond them on the nearest one, in proportion where there is one point."""
    xs, ys = operator["points"], operator["us"]
    if len(xs) == 1:
        return float(ys[0] * rows / xs[0])
    i = 1
    while i < len(xs) - 1 and rows > xs[i]:
        i += 1
    line = ys[i - 1] + (ys[i] - ys[i - 1]) * (rows - xs[i - 1]) / (xs[i] - xs[i - 1])
    if rows < xs[0]:
        return float(max(line, ys[0] * rows / xs[0]))
    return float(max(line, ys[-1])) if rows > xs[-1] else float(line)


def check(module: Module) -> None:
    """Raises InvalidPlan where a schedule of the module breaks a rule."""
    from intarsia.planner.validate import InvalidPlan

    if problems := pipeline_problems(module):
        rest = f", and {len(problems) - MOST} more" if len(problems) > MOST else ""
        raise InvalidPlan(f"the pipeline is not valid: {'; '.join(problems[:MOST])}{rest}", mend="if Intarsia made it, please report it with the file")
