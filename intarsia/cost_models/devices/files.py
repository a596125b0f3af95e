"""Device files: TOML to `Device` and back, every figure with a source."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from intarsia.errors import InputError, Where
from intarsia.ir.device import Device

FIGURES = ("cores", "flops", "memory", "launch_s", "rates", "efficiency", "idle_watts", "watts", "price_usd", "rent_usd_per_h", "link_bandwidth")
SOURCE_OF = {"link_bandwidth": "link"}
"""Figures whose source has another name than they have."""
MOST = {"cores": 1e6, "flops": 1e17, "bandwidth": 1e15, "size": 1e16, "watts": 1e5, "launch_s": 1.0}
"""Figures above these are in the wrong unit."""


def read(path: Path) -> Device:
    """The device a TOML file describes. Raises InputError with file, line and field."""
    try:
        text = path.read_text()
        facts = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the device file: {error}", where=Where(str(path))) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"no valid TOML: {error}", where=Where(str(path), _line_in(str(error)))) from None
    wrong = problem(facts)
    if wrong is not None:
        field, sentence = wrong
        raise InputError(sentence, where=Where(str(path), _line_of(text, field), field), mend="figures are in SI units: bytes, seconds, FLOP/s, watts, US dollars")
    return Device.from_dict(facts)


def problem(facts: dict[str, Any]) -> tuple[str, str] | None:
    """The field that is wrong and a sentence about it, or None."""
    try:
        device = Device.from_dict(facts)
    except (ValueError, TypeError) as error:
        return _field_in(str(error)), str(error)
    return _unsourced(facts) or _absurd(device)


def _unsourced(facts: dict[str, Any]) -> tuple[str, str] | None:
    sources = facts.get("sources", {})
    for name in FIGURES:
        if facts.get(name) and SOURCE_OF.get(name, name) not in sources:
            return name, f"{name} has no source; say under [sources] where the figure comes from"
    return None


def _absurd(device: Device) -> tuple[str, str] | None:
    figures = [("cores", "cores", float(device.cores)), ("watts", "watts", device.watts)]
    figures += [("flops", f"flops.{dtype}", rate) for dtype, rate in device.flops.items()]
    figures += [("launch_s", f"launch_s.{threads}", seconds) for threads, seconds in device.launch_s.items()]
    for tier in device.memory:
        figures += [("size", f"memory {tier.name}: size", tier.size), ("bandwidth", f"memory {tier.name}: bandwidth", tier.bandwidth)]
    for kind, name, value in figures:
        if value > MOST[kind]:
            return kind, f"{name} is {value:g}, which no device has; check its unit"
    if any(value > 1 for value in device.efficiency.values()):
        return "efficiency", "an efficiency is a fraction of peak, so it can't exceed 1"
    if device.idle_watts > device.watts:
        return "idle_watts", f"idle_watts ({device.idle_watts:g}) exceeds watts ({device.watts:g})"
    return None


def write(device: Device, path: Path) -> None:
    """Write a device file in one go: it is there whole or not at all. Raises InputError where it can't be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(to_toml(device))
            os.replace(draft, path)
        except OSError:
            os.unlink(draft)
            raise
    except OSError as error:
        raise InputError(f"cannot write the device file: {error.strerror}", where=Where(str(path))) from None


def to_toml(device: Device) -> str:
    """The device as TOML; fields that hold nothing are left out."""
    facts = {name: value for name, value in device.to_dict().items() if value not in ("", 0, 0.0, {})}
    memory = facts.pop("memory")
    lines = [f"{name} = {_toml(value)}" for name, value in facts.items() if not isinstance(value, dict)]
    for tier in memory:
        lines += ["", "[[memory]]", *(f"{name} = {_toml(value)}" for name, value in tier.items() if value != {})]
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


def _line_of(text: str, field: str) -> int | None:
    """The line where `field` is set or its table begins, 1-based."""
    pattern = re.compile(rf'\s*(\[+\s*)?"?{re.escape(field)}"?\s*(\]|=)')
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), None)


def _field_in(sentence: str) -> str:
    """The field that a sentence of `Device` or `check_fields` is about."""
    quoted = re.search(r"field '(\w+)'", sentence)
    dotted = re.match(r"(?:device|memory tier)\.(\w+)", sentence)
    return quoted.group(1) if quoted else dotted.group(1) if dotted else re.match(r"\w*", sentence).group()  # type: ignore[union-attr]
