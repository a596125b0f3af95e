"""Helix's own instance files: the integer programs that its planner wrote for Gurobi (`.lp`), and solutions of them (`.sol`).

Read as they are: a node's rates stand in `node_throughput_constraint_I`, links in `edge_flow_constr_A_B`, the number of layers in `end_constraint_I`. Solutions are written so that
Gurobi, or HiGHS, completes them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from intarsia import whole_file
from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.planner.placement.flow.problem import Cluster, Flows, Interval, Machine, Placement

SECTIONS = {"maximize": "objective", "minimize": "objective", "subject to": "rows", "bounds": "", "binaries": "", "generals": "", "end": ""}
ROW = re.compile(r"^\s*([A-Za-z_][\w.]*)\s*:(.*)$")
TERM = re.compile(r"([+-]?)\s*(\d[\w.+-]*\s+)?([A-Za-z_]\w*)")
SENSE = re.compile(r"(<=|>=|=)\s*(\S+)\s*$")
HOLD = re.compile(r"hold_(\d+)_(\d+)$")
EDGE = re.compile(r"flow_(source|\d+)_(sink|\d+)$")
MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Row:
    """A constraint `terms` (coefficient by variable) `sense` `right`, and the line on which it begins."""

    name: str
    terms: dict[str, float]
    right: float
    line: int


@dataclass
class Found:
    """What the rows said so far."""

    layers: int = 0
    rates: dict[str, dict[int, float]] = field(default_factory=dict)
    links: dict[tuple[str, str], float] = field(default_factory=dict)


def read(path: Path) -> Cluster:
    """The cluster and model of an instance. Raises InputError with file and line, UnsupportedError for programs with partial inference."""
    found = Found()
    for row in _rows(path):
        _take(found, row, Where(str(path), row.line))
    if not found.layers or not found.rates:
        raise InputError("holds no node_throughput_constraint or no end_constraint", where=Where(str(path)), mend="give an LP file that Helix's planner wrote")
    machines = tuple(Machine(name, _ladder(path, name, rates)) for name, rates in sorted(found.rates.items(), key=lambda item: int(item[0])))
    return Cluster(str(path), found.layers, machines, found.links)


def _ladder(path: Path, name: str, rates: dict[int, float]) -> tuple[float, ...]:
    missing = set(range(1, max(rates) + 1)) - set(rates)
    if missing:
        raise InputError(f"node {name} has no rate for {min(missing)} layers", where=Where(str(path)))
    return tuple(rates[size] for size in sorted(rates))


def _take(found: Found, row: Row, where: Where) -> None:
    """What one row says."""
    kind, _, rest = row.name.partition("_constraint_")
    if kind == "end":
        if (found.layers and found.layers != row.right) or not 0 < row.right == int(row.right):
            raise InputError(f"{row.name} says {row.right:g} layers" + (f", others {found.layers}" if found.layers else ""), where=where)
        found.layers = int(row.right)
    elif kind == "node_throughput":
        if rest in found.rates or not rest.isdigit():
            raise InputError(f"{row.name} stands there twice, or names no node", where=where)
        found.rates[rest] = {int(h.group(2)): -value for name, value in row.terms.items() if (h := HOLD.match(name)) and h.group(1) == rest}
        if not found.rates[rest] or min(found.rates[rest].values()) < 0 or 0 in found.rates[rest]:
            raise InputError(f"{row.name} has no rates, or negative ones", where=where)
    elif row.name.startswith("edge_flow_constr_"):
        _take_link(found, row, where)
    elif row.name.startswith("edge_disable_constr2_") and len({h.group(1) for name in row.terms if (h := HOLD.match(name))}) > 1:
        raise UnsupportedError("the program allows partial inference", where=where, mend="make it with enable_partial_inference=False")


def _take_link(found: Found, row: Row, where: Where) -> None:
    flows = [e for name in row.terms if (e := EDGE.match(name))]
    switches = [-value for name, value in row.terms.items() if name.startswith("switch_")]
    if len(flows) != 1 or len(switches) != 1 or switches[0] < 0:
        raise InputError(f"{row.name} should be a flow minus capacity times a switch", where=where)
    link = (flows[0].group(1), flows[0].group(2))
    if link in found.links:
        raise InputError(f"the link from {link[0]} to {link[1]} stands there twice", where=where)
    found.links[link] = switches[0]


def _rows(path: Path) -> Iterator[Row]:
    """The constraints, continued lines joined."""
    section, name, text, began = "", "", "", 0
    for number, line in enumerate(_lines(path), 1):
        key = line.strip().lower()
        if key in SECTIONS:
            if name:
                yield _row(path, name, text, began)
            section, name = SECTIONS[key], ""
        elif section == "rows" and key and not key.startswith("\\"):
            found = ROW.match(line)
            if found is None and not name:
                raise InputError(f"a constraint without a name: {line.strip()[:60]!r}", where=Where(str(path), number))
            if found is None:
                text += " " + line.strip()
                continue
            if name:
                yield _row(path, name, text, began)
            name, text, began = found.group(1), found.group(2).strip(), number
    if name:
        raise InputError("ends in the middle of its constraints", where=Where(str(path), began), mend="the file was cut off: give a whole one")


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError("is larger than 1 GiB", where=Where(str(path)))
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror}", where=Where(str(path))) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is no text: {error.reason}", where=Where(str(path))) from None


def _row(path: Path, name: str, text: str, line: int) -> Row:
    where = Where(str(path), line)
    end = SENSE.search(text)
    if end is None:
        raise InputError(f"{name} has no right side", where=where)
    terms: dict[str, float] = {}
    rest = text[: end.start()]
    for sign, factor, variable in TERM.findall(rest):
        terms[variable] = (-1.0 if sign == "-" else 1.0) * (_number(factor, where) if factor.strip() else 1.0)
    if TERM.sub("", rest).strip():
        raise InputError(f"{name} can't be read: {TERM.sub('', rest).strip()[:40]!r}", where=where)
    return Row(name, terms, _number(end.group(2), where), line)


def _number(text: str, where: Where) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{text.strip()[:40]!r} is no number", where=where)
    return number


@dataclass(frozen=True)
class Stored:
    """A solution that somebody stored: its objective, tokens/s, and where it puts the layers."""

    value: float
    placement: dict[str, Interval]


def read_solution(path: Path) -> Stored:
    """A `.sol` file. Raises InputError with file and line."""
    values: dict[str, float] = {}
    objective = math.nan
    for number, line in enumerate(_lines(path), 1):
        where = Where(str(path), number)
        if line.startswith("# Objective value ="):
            objective = _number(line.partition("=")[2], where)
        elif line.strip() and not line.startswith("#"):
            parts = line.split()
            if len(parts) != 2:
                raise InputError(f"should be a variable and its value: {line.strip()[:60]!r}", where=where)
            values[parts[0]] = _number(parts[1], where)
    held = {h.group(1): int(h.group(2)) for name, value in values.items() if (h := HOLD.match(name)) and value > 0.5}
    starts = {name: round(values.get(f"start_{name}", 0.0)) for name in held}
    return Stored(objective, {name: Interval(starts[name], starts[name] + held[name]) for name in held})


def write_solution(path: Path, cluster: Cluster, placement: Placement, flows: Flows, value: float) -> None:
    """The placement in Helix's variables; an idle machine holds layer 0, as Helix's program wants each to hold something. Raises InputError."""
    lines = ["# Placement by Intarsia", f"# Objective value = {value!r}"]
    for machine in cluster.machines:
        held = placement.get(machine.name, Interval(0, 1))
        lines.append(f"start_{machine.name} {held.start}")
        lines += [f"hold_{machine.name}_{size} {int(size == held.size)}" for size in range(1, machine.most + 1)]
    lines += [f"flow_{a}_{b} {flows.get((a, b), 0.0)!r}" for a, b in cluster.links]
    whole_file.save(path, "\n".join(lines) + "\n", "the placement")
