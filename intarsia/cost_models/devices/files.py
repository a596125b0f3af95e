"""Device files: TOML to `Device` and back, every figure with a source."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intarsia import whole_file
from intarsia.cost_models.devices import checks
from intarsia.errors import InputError, Where
from intarsia.ir.device import Device
from intarsia.ir.facts import check_fields

BESIDE = ("aliases", "as_printed")
"""Tables of a file that are about a device, not of it."""


@dataclass(frozen=True)
class Printed:
    """A device's figures as somebody's table prints them, in the table's units, whether or not they agree with the datasheet."""

    price_usd: float
    memory_gb: float
    memory_gb_per_s: float
    f16_tflops: float
    operating_usd_per_h: float
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """A device file: the device, other spellings of its name, and figures as printed by where they are printed."""

    device: Device
    aliases: tuple[str, ...] = ()
    as_printed: dict[str, Printed] = field(default_factory=dict)


def read(path: Path) -> Device:
    """The device a TOML file describes. Raises InputError with file, line and field."""
    return read_entry(path).device


def read_entry(path: Path) -> Entry:
    """All that a device file says. Raises InputError with file, line and field."""
    try:
        text = path.read_text()
        facts = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the device file: {error}", where=Where(str(path))) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"no valid TOML: {error}", where=Where(str(path), _line_in(str(error)))) from None
    beside = {name: facts.pop(name, None) for name in BESIDE}
    wrong = checks.problem(facts) or _beside_problem(beside)
    if wrong is not None:
        figure, sentence = wrong
        raise InputError(sentence, where=Where(str(path), line_of(text, figure), figure), mend="figures are in SI units: bytes, seconds, FLOP/s, watts, US dollars")
    printed = {source: Printed(**row) for source, row in (beside["as_printed"] or {}).items()}
    return Entry(Device.from_dict(facts), tuple(beside["aliases"] or ()), printed)


def _beside_problem(beside: dict[str, Any]) -> checks.Problem | None:
    aliases, printed = (beside[name] for name in BESIDE)
    if aliases is not None and not (isinstance(aliases, list) and all(isinstance(alias, str) for alias in aliases)):
        return "aliases", f"aliases should list other names, found {aliases!r}"
    if printed is not None and not (isinstance(printed, dict) and all(isinstance(row, dict) for row in printed.values())):
        return "as_printed", f"as_printed should have a table for each source, found {printed!r}"
    try:
        for row in (printed or {}).values():
            check_fields(Printed, row, "as_printed")
            if wrong := next((name for name, value in row.items() if not isinstance(value, str) and not 0 < value < math.inf), None):
                return "as_printed", f"as_printed.{wrong} should be greater than zero, found {row[wrong]}"
    except ValueError as error:
        return "as_printed", str(error)
    return None


def write(device: Device, path: Path) -> None:
    """Write a device file in one go: it is there whole or not at all. Raises InputError where it can't be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write the device file: {error.strerror}", where=Where(str(path))) from None
    whole_file.save(path, to_toml(device), "the device file")


def to_toml(device: Device) -> str:
    """The device as TOML; fields that hold nothing are left out."""
    facts = {name: value for name, value in device.to_dict().items() if value not in ("", 0, 0.0, {})}
    listed = {name: facts.pop(name, []) for name in ("memory", "ports")}
    lines = [f"{name} = {_toml(value)}" for name, value in facts.items() if not isinstance(value, dict)]
    for name, rows in listed.items():
        for row in rows:
            lines += ["", f"[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in row.items() if value != {})]
    for name, table in facts.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{_toml(key)} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    match value:
        case str():
            escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in value)
            return f'"{escaped}"'
        case dict():
            return "{ " + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    return repr(value)


def _line_in(message: str) -> int | None:
    found = re.search(r"at line (\d+)", message)
    return int(found.group(1)) if found else None


def line_of(text: str, figure: str) -> int | None:
    """The 1-based line of a figure: of "flops.f8" in its table, of "memory.hbm3.size" in the tier of that name, of "watts" itself."""
    field, *inner = figure.split(".")
    lines = text.splitlines()
    start = _first(lines, field, 0)
    if start is None or not inner:
        return None if start is None else start + 1
    name, *key = [".".join(inner[:-1]), inner[-1]] if len(inner) > 1 else ["", inner[0]]
    if name or field in ("memory", "ports"):
        owner = name or inner[0]
        start = next((n for n, line in enumerate(lines) if n > start and re.match(rf'\s*(name|kind)\s*=\s*"{re.escape(owner)}"', line)), start)
    found = _first(lines, key[0], start) if name or field not in ("memory", "ports") else None
    return (start if found is None else found) + 1


def _first(lines: list[str], field: str, start: int) -> int | None:
    """The first line from `start` on where `field` is set or its table begins, 0-based."""
    pattern = re.compile(rf'\s*(\[+\s*"?{re.escape(field)}"?\s*[\].]|"?{re.escape(field)}"?\s*=)')
    return next((n for n in range(start, len(lines)) if pattern.match(lines[n])), None)
