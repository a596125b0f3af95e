"""Figures as people read them: `12.3 ms`, `98.0 MB`, `46.2 tok/s`. Decimal prefixes; "-" for what is not known."""

from __future__ import annotations

import math
from typing import Any

UNKNOWN = "-"
PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def words(value: Any) -> str:
    """A value as it is; "-" for None and nothing."""
    return UNKNOWN if value is None or value == "" else str(value)


def written(value: Any) -> str:
    """A figure that is written out already; "-" for None and nothing."""
    return words(value)


def seconds(value: Any) -> str:
    """`90.0 s`, `12.3 ms`, `4.5 µs`."""
    if not _finite(value):
        return UNKNOWN
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(value) >= scale:
            return f"{three(value / scale)} {unit}"
    return f"{three(value / 1e-9)} ns" if value else "0 s"


def quantity(value: Any, unit: str) -> str:
    """`quantity(98e6, "B")` is `98.0 MB`."""
    if not _finite(value):
        return UNKNOWN
    for scale, prefix in PREFIXES:
        if abs(value) >= scale:
            return f"{three(value / scale)} {prefix}{unit}"
    return f"{three(value)} {unit}".rstrip()


def size(value: Any) -> str:
    """Bytes."""
    return quantity(value, "B")


def plain(value: Any, unit: str) -> str:
    """Never with a prefix: `plain(1234.5, "req/s")` is `1234 req/s`."""
    return f"{three(value)} {unit}".rstrip() if _finite(value) else UNKNOWN


def rate(value: Any) -> str:
    """Tokens per second."""
    return plain(value, "tok/s")


def percent(value: Any) -> str:
    """A signed relative error: 0.12 is `+12.0 %`."""
    return f"{value * 100:+.1f} %" if _finite(value) else UNKNOWN


def band(value: Any) -> str:
    """A relative standard error: 0.08 is `±8 %`."""
    return f"±{value * 100:.0f} %" if _finite(value) and value > 0 else UNKNOWN


def dollars(value: Any) -> str:
    """US dollars, small sums in scientific notation."""
    if not _finite(value):
        return UNKNOWN
    return f"${value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"${value:.2e}"


def error_of(predicted: Any, measured: Any) -> float | None:
    """(predicted - measured) / measured, or None where either is unknown or nothing was measured."""
    if not _finite(predicted) or not _finite(measured) or not measured:
        return None
    return float((predicted - measured) / measured)


def three(value: float) -> str:
    """Three significant digits, with an exponent below 0.001."""
    if value == 0:
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.2e}"
    return f"{value:.{max(2 - math.floor(math.log10(abs(value))), 0)}f}"


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
