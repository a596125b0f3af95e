"""Rows of solvers: what was found, what no solution can beat, and what finding it took."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tests.bench.bench_llm import human
from tests.bench.figures import Figure


@dataclass(frozen=True)
class Solved(Figure):
    """A row about one instance. `gap` is relative: zero is proved to be best; `cpu_s` and `peak_bytes` are those of the whole command."""

    instance: str = ""
    bound: float = float("nan")
    gap: float = float("nan")
    cpu_s: float = float("nan")
    peak_bytes: float = float("nan")

    def proof(self) -> str:
        """Its value, what no solution can beat, and what that took."""
        proved = "" if math.isnan(self.bound) else f", bound {human(self.bound, self.unit)}, gap {self.gap:.2%}"
        return f"{self.metric} {human(self.value, self.unit)}{proved}, {self.cpu_s:.1f} CPU-s, {self.peak_bytes / 1e6:.0f} MB"


def solved(instance: str, metric: str, value: float, unit: str, baseline: str, baseline_value: float, *, bound: float, cpu_s: float, peak_bytes: float,
           target: float | None = None, less_is_better: bool = True) -> Solved:  # fmt: skip
    """A row whose target, where there is one, is a value to reach."""
    better, worse = (baseline_value, value) if less_is_better else (value, baseline_value)
    ratio = better / worse if worse else float("inf")
    met = None if target is None else bool(value <= target * (1 + 1e-9) if less_is_better else value >= target * (1 - 1e-9))
    words = None if target is None else f"{'<=' if less_is_better else '>='} {target:g}"
    gap = abs(value - bound) / max(abs(value), 1e-12)
    return Solved(f"{instance}: {metric}", value, unit, baseline, baseline_value, ratio, words, met, instance, bound, gap, cpu_s, peak_bytes)
