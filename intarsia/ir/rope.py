"""Frequencies of rotary positions, with the scalings that extend a model's context.

A `scaling` dict has `kind`: linear | llama3 | yarn | factors, and
    linear   factor
    llama3   factor, low_freq_factor, high_freq_factor, original_context
    yarn     factor, original_context, [beta_fast, beta_slow, attention_factor]
    factors  factors (divisors, one a frequency)
"""

from __future__ import annotations

import math
from typing import Any

FIELDS = {
    "linear": (("factor",), ()),
    "llama3": (("factor", "low_freq_factor", "high_freq_factor", "original_context"), ()),
    "yarn": (("factor", "original_context"), ("beta_fast", "beta_slow", "attention_factor")),
    "factors": (("factors",), ()),
}
"""By kind: the fields that must be there, and those that may."""


def problem(head_dim: int, scaling: dict[str, Any]) -> str | None:
    """What is wrong with a scaling, as the end of a sentence; None when nothing is. An empty one scales nothing."""
    if not scaling:
        return None
    kind = scaling.get("kind")
    if kind not in FIELDS:
        return f"has the kind {kind!r}; choose one of {', '.join(FIELDS)}"
    needed, possible = FIELDS[kind]
    if missing := [name for name in needed if name not in scaling]:
        return f"of the kind {kind} needs {', '.join(missing)}"
    if unknown := sorted(set(scaling) - {"kind", *needed, *possible}):
        return f"of the kind {kind} has an unknown field {unknown[0]!r}"
    if kind == "factors" and (not isinstance(scaling["factors"], list) or len(scaling["factors"]) != head_dim // 2):
        return f"needs {head_dim // 2} factors, one for each pair of a head"
    numbers = scaling["factors"] if kind == "factors" else [value for name, value in scaling.items() if name != "kind"]
    wrong = [value for value in numbers if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf]
    return f"should hold numbers greater than zero, found {wrong[0]!r}" if wrong else None


def frequencies(head_dim: int, theta: float, scaling: dict[str, Any] | None = None) -> tuple[list[float], float]:
    """Radians a position for each of head_dim / 2 rotated pairs, and the factor on cos and sin."""
    plain = [theta ** (-2 * i / head_dim) for i in range(head_dim // 2)]
    match (scaling or {}).get("kind"):
        case None:
            return plain, 1.0
        case "linear":
            return [f / scaling["factor"] for f in plain], 1.0  # type: ignore[index]
        case "factors":
            return [f / d for f, d in zip(plain, scaling["factors"], strict=True)], 1.0  # type: ignore[index]
        case "llama3":
            return [_llama3(f, scaling) for f in plain], 1.0  # type: ignore[arg-type]
        case "yarn":
            return _yarn(plain, head_dim, theta, scaling)  # type: ignore[arg-type]
    raise ValueError(f"rope scaling has the kind {scaling['kind']!r}; choose one of {', '.join(FIELDS)}")  # type: ignore[index]


def _llama3(frequency: float, s: dict[str, Any]) -> float:
    """Llama 3.1: long waves are stretched by `factor`, short ones kept, those between blended."""
    turns = s["original_context"] * frequency / (2 * math.pi)
    if turns > s["high_freq_factor"]:
        return frequency
    if turns < s["low_freq_factor"]:
        return float(frequency / s["factor"])
    smooth = (turns - s["low_freq_factor"]) / (s["high_freq_factor"] - s["low_freq_factor"])
    return float((1 - smooth) * frequency / s["factor"] + smooth * frequency)


def _yarn(plain: list[float], head_dim: int, theta: float, s: dict[str, Any]) -> tuple[list[float], float]:
    """YaRN (arXiv 2309.00071, section 3.2 and equation 22)."""

    def pair_of(turns: float) -> float:
        """The pair that makes `turns` turns over the original context."""
        return head_dim * math.log(s["original_context"] / (turns * 2 * math.pi)) / (2 * math.log(theta))

    low = max(math.floor(pair_of(s.get("beta_fast", 32.0))), 0)
    high = min(math.ceil(pair_of(s.get("beta_slow", 1.0))), head_dim - 1)
    ramp = [min(1.0, max(0.0, (i - low) / max(high - low, 0.001))) for i in range(head_dim // 2)]
    scaled = [f / s["factor"] * r + f * (1 - r) for f, r in zip(plain, ramp, strict=True)]
    default = 0.1 * math.log(s["factor"]) + 1 if s["factor"] > 1 else 1.0
    return scaled, float(s.get("attention_factor", default))
