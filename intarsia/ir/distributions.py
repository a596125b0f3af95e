"""Distributions as plain dictionaries in the IR, and the few questions that planning asks of them.

    {kind: "constant", value}                     {kind: "uniform", low, high}
    {kind: "lognormal", median, sigma}            {kind: "exponential", mean}
    {kind: "geometric", mean}                     {kind: "empirical", values: [quantiles 0..1, evenly spaced]}
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any

PARAMETERS: dict[str, tuple[str, ...]] = {
    "constant": ("value",),
    "uniform": ("low", "high"),
    "lognormal": ("median", "sigma"),
    "exponential": ("mean",),
    "geometric": ("mean",),
    "empirical": ("values",),
}


def problem(spec: Any) -> str | None:
    """What is wrong with a dictionary as a distribution, or None."""
    if not isinstance(spec, dict) or spec.get("kind") not in list(PARAMETERS):
        return f"give it a kind of {', '.join(PARAMETERS)}"
    wanted = PARAMETERS[spec["kind"]]
    missing = [name for name in wanted if name not in spec]
    if missing:
        return f"{spec['kind']} needs {' and '.join(missing)}"
    numbers = spec["values"] if spec["kind"] == "empirical" else [spec[name] for name in wanted]
    if not isinstance(numbers, list) or not numbers:
        return "empirical needs a list of at least one value"
    if any(isinstance(n, bool) or not isinstance(n, (int, float)) or not math.isfinite(n) or n < 0 for n in numbers):
        return f"its numbers must be finite and not negative, found {numbers[:4]}"
    if spec["kind"] == "uniform" and spec["low"] > spec["high"]:
        return f"low ({spec['low']}) is above high ({spec['high']})"
    return None


def constant(value: float) -> dict[str, Any]:
    """The distribution that always gives `value`."""
    return {"kind": "constant", "value": float(value)}


def empirical(samples: list[float], points: int = 21) -> dict[str, Any]:
    """The distribution of `samples`, kept as `points` evenly spaced quantiles."""
    ordered = sorted(samples)
    last = len(ordered) - 1
    return {"kind": "empirical", "values": [float(ordered[round(i * last / (points - 1))]) for i in range(points)]}


@dataclass(frozen=True)
class Distribution:
    """A distribution read from its dictionary. Raises ValueError when `problem` finds one."""

    spec: dict[str, Any]

    def __post_init__(self) -> None:
        if wrong := problem(self.spec):
            raise ValueError(wrong)

    def mean(self) -> float:
        s = self.spec
        match s["kind"]:
            case "constant":
                return float(s["value"])
            case "uniform":
                return (s["low"] + s["high"]) / 2
            case "lognormal":
                return float(s["median"]) * math.exp(s["sigma"] ** 2 / 2)
            case "empirical":
                v = s["values"]
                return float(v[0]) if len(v) == 1 else sum((a + b) / 2 for a, b in pairwise(v)) / (len(v) - 1)
            case _:
                return float(s["mean"])

    def quantile(self, p: float) -> float:
        """The value below which a fraction `p` in [0, 1) lies."""
        s = self.spec
        match s["kind"]:
            case "constant":
                return float(s["value"])
            case "uniform":
                return float(s["low"] + p * (s["high"] - s["low"]))
            case "lognormal":
                return float(s["median"]) * math.exp(s["sigma"] * NormalDist().inv_cdf(min(max(p, 1e-9), 1 - 1e-9)))
            case "exponential":
                return -float(s["mean"]) * math.log1p(-min(p, 1 - 1e-12))
            case "geometric":
                return _geometric(float(s["mean"]), p)
            case _:
                return _interpolate(s["values"], p)

    def sample(self, rng: random.Random) -> float:
        return self.quantile(rng.random())


def _geometric(mean: float, p: float) -> float:
    if mean <= 1:
        return 1.0
    return max(1.0, float(math.ceil(math.log1p(-min(p, 1 - 1e-12)) / math.log1p(-1 / mean))))


def _interpolate(values: list[float], p: float) -> float:
    place = p * (len(values) - 1)
    below = min(int(place), len(values) - 1)
    above = min(below + 1, len(values) - 1)
    return float(values[below] + (values[above] - values[below]) * (place - below))
