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

KINDS = ("linear", "llama3", "yarn", "factors")


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
    raise ValueError(f"rope scaling has the kind {scaling['kind']!r}; choose one of {', '.join(KINDS)}")  # type: ignore[index]


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
