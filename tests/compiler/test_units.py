"""Figures as people read them."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.compiler import units


@pytest.mark.parametrize(
    ("write", "value", "written"),
    [
        (units.seconds, 90, "90.0 s"), (units.seconds, 0.0123, "12.3 ms"), (units.seconds, 4.5e-6, "4.50 µs"), (units.seconds, 3e-9, "3.00 ns"),
        (units.seconds, 0, "0 s"), (units.words, "", "-"), (units.words, 3, "3"),
        (units.size, 98e6, "98.0 MB"), (units.size, 12, "12.0 B"), (units.rate, 46.21, "46.2 tok/s"), (units.rate, 1234.5, "1234 tok/s"),
        (units.size, 0.00002, "2.00e-05 B"), (units.percent, 0.12, "+12.0 %"), (units.percent, -0.5, "-50.0 %"), (units.dollars, 1.5, "$1.5000"), (units.dollars, 2e-6, "$2.00e-06"),
        (units.seconds, None, "-"), (units.size, math.nan, "-"), (units.rate, "fast", "-"), (units.dollars, True, "-"),
    ],
)
def test_figures(write: object, value: object, written: str) -> None:
    assert write(value) == written  # type: ignore[operator]


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_seconds_and_sizes_read_back_to_three_digits(value: float) -> None:
    scale = {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
    for text in (units.seconds(value), units.size(max(value, 1.0))):
        found, unit = re.fullmatch(r"([\d.]+) (\S+)", text).groups()  # type: ignore[union-attr]
        wanted = value if unit in ("s", "ms", "µs", "ns") else max(value, 1.0)
        assert float(found) * scale[unit] == pytest.approx(wanted, rel=6e-3)


def test_errors_are_relative_to_what_was_measured() -> None:
    assert units.error_of(1.1, 1.0) == pytest.approx(0.1)
    assert units.error_of(1.0, 0) is None
    assert units.error_of(None, 1.0) is None
