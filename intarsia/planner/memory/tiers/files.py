"""Problems of this package in JSON files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from intarsia.errors import InputError, Where
from intarsia.planner.memory.tiers import hybrid, schedule
from intarsia.planner.memory.tiers.machine import Link, Machine, Memory
from intarsia.runtime.scheduler.hybrimoe import Speeds

T = TypeVar("T")


def schedule_problem(path: Path) -> schedule.Problem:
    """{memories: [{name, bytes, in_place?}], links: [{source, target, bandwidth, latency_s?}], steps: [{name, seconds, bytes?}], items: [{name, bytes, uses, ...}], ahead?}.

    Memories come from the fastest on. Raises InputError with the file and the part that is wrong.
    """
    found = _read(path, {"memories", "links", "steps", "items"})
    memories, links = _each(found, "memories", Memory, path), _each(found, "links", Link, path)
    steps, items = _each(found, "steps", schedule.Step, path), _each(found, "items", _item, path)
    machine = _built(lambda: Machine(memories, links), path)
    return _built(lambda: schedule.Problem(machine, steps, items, int(found.get("ahead", 0))), path)


def _each(found: dict[str, Any], name: str, kind: Callable[..., T], path: Path) -> tuple[T, ...]:
    """The rows of a list as records."""
    if not isinstance(found[name], list):
        raise InputError(f"{name} should be a list", where=Where(str(path)))
    return tuple(_made(kind, row, path, f"{name}[{i}]") for i, row in enumerate(found[name]))


def _item(**fields: Any) -> schedule.Item:
    return schedule.Item(**fields | {"uses": tuple(fields["uses"]), "homes": tuple(fields.get("homes", ()))})


def expert_problem(path: Path) -> hybrid.Problem:
    """{speeds: {gpu_s, gpu_token_s, cpu_s, cpu_token_s, copy_s}, capacity, steps: [[{expert: tokens}, ...], ...], held?: [[expert, ...], ...], ahead?}.

    A step lists its layers. Raises InputError with the file and the part that is wrong.
    """
    found = _read(path, {"speeds", "capacity", "steps"})
    speeds = _made(Speeds, found["speeds"], path, "speeds")

    def build() -> hybrid.Problem:
        steps = tuple(tuple({int(e): int(n) for e, n in visit.items()} for visit in step) for step in found["steps"])
        held = tuple(frozenset(int(e) for e in layer) for layer in found.get("held", ()))
        return hybrid.Problem(steps, int(found["capacity"]), speeds, held, int(found.get("ahead", 3)))

    return _built(build, path)


def _read(path: Path, needed: set[str]) -> dict[str, Any]:
    where = Where(str(path))
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror}", where=where) from None
    except ValueError as error:
        raise InputError(f"is no JSON file: {error}", where=where) from None
    missing = sorted(needed - set(found)) if isinstance(found, dict) else sorted(needed)
    if missing:
        raise InputError(f"has no {missing[0]!r}", where=where, mend=f"it needs {', '.join(sorted(needed))}")
    return dict(found)


def _made(kind: Callable[..., T], row: Any, path: Path, part: str) -> T:
    """A record of a row's fields."""
    where = Where(str(path), node=part)
    if not isinstance(row, dict):
        raise InputError(f"should be an object, found {row!r}", where=where)
    if wrong := [name for name, value in row.items() if isinstance(value, bool) and name != "whole"]:
        raise InputError(f"{wrong[0]} should be a number", where=where)
    return _built(lambda: kind(**row), path, part)


def _built(make: Callable[[], T], path: Path, part: str = "") -> T:
    try:
        return make()
    except InputError as error:
        raise InputError(error.what, where=Where(str(path), node=" ".join(filter(None, (part, str(error.where or ""))))), mend=error.mend) from None
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise InputError(f"is not as it should be: {error}", where=Where(str(path), node=part)) from None
