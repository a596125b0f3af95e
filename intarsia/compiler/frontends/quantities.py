"""Numbers with units, as people write them in fleet and workload files: "500ms", "900GB/s", "400Gb/s", "2/s"."""

from __future__ import annotations

import math
import re
from typing import Any

from intarsia.errors import InputError

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
BYTES = {"B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40}
BITS = {"Mb": 1e6 / 8, "Gb": 1e9 / 8, "Mbit": 1e6 / 8, "Gbit": 1e9 / 8, "Tb": 1e12 / 8}
_NUMBER = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*([^\d\s].*)?$")


def seconds(value: Any) -> float:
    """A duration in seconds: a number, or text such as "500ms". Raises ValueError."""
    return _read(value, SECONDS, "a duration such as 500ms or 2s")


def bandwidth(value: Any) -> float:
    """Bytes per second: a number, or text such as "900GB/s" or "400Gb/s" (bits). Raises ValueError."""
    text = value.strip().removesuffix("/s").removesuffix("ps") if isinstance(value, str) else value
    return _read(text, BYTES | BITS, "a bandwidth such as 900GB/s or 400Gb/s")


def positive_bandwidth(text: str, what: str = "bandwidth") -> float:
    """Bytes per second of a command's option. Raises InputError that names `what`."""
    try:
        found = bandwidth(text)
    except ValueError as error:
        raise InputError(f"the {what} {error}") from None
    if found <= 0:
        raise InputError(f"the {what} must be greater than zero, found {text!r}", mend="give one such as 10Gb/s")
    return found


def size(value: Any) -> float:
    """Bytes: a number, or text such as "3GB". Raises ValueError."""
    return _read(value, BYTES, "a size such as 3GB")


def count(value: Any) -> float:
    """A plain number, such as 4.7e11. Raises ValueError."""
    return _read(value, {}, "a number such as 4.7e11")


def rate(value: Any) -> float:
    """Requests per second: a number, or text such as "2/s" or "90/min". Raises ValueError."""
    if not isinstance(value, str) or "/" not in value:
        return _read(value, {}, "a rate such as 2/s or 90/min")
    number, _, unit = value.partition("/")
    if unit.strip() not in SECONDS:
        raise ValueError(f"should be a rate such as 2/s or 90/min, found {value!r}")
    return _read(number, {}, "a rate such as 2/s or 90/min") / SECONDS[unit.strip()]


def _read(value: Any, units: dict[str, float], wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"should be {wanted}, found {value!r}")
    if not isinstance(value, str):
        return _finite(float(value), value, wanted)
    found = _NUMBER.match(value)
    unit = (found.group(2) or "").strip() if found else ""
    if not found or (unit and unit not in units):
        known = f"; units are {', '.join(units)}" if units else ""
        raise ValueError(f"should be {wanted}, found {value!r}{known}")
    return _finite(float(found.group(1)) * units.get(unit, 1.0), value, wanted)


def _finite(number: float, value: Any, wanted: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"should be {wanted}, found {value!r}")
    return number
