"""Choosing the analytic models' constants on measured devices: `python -m intarsia.cost_models.fitted.choose KIND [--framework NAME]`.

A seeded random walk: one to three constants at a time are changed by some percent, and what lowers the loss is kept. The loss is the mean over
slices of the mean absolute logarithm of predicted over measured, each at most MOST, so that a slow kernel of one framework pulls little.
A framework's walk begins at the common constants; of matmuls it moves those of its own kernels alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

import numpy as np

from intarsia.cost_models.analytic import constants
from intarsia.cost_models.analytic.attention import attention
from intarsia.cost_models.analytic.experts import experts
from intarsia.cost_models.analytic.gemm import gemm
from intarsia.cost_models.fitted.samples import Sample, samples
from intarsia.cost_models.ops import Array, Attention, Experts, Gemm

NEVER = ("A100-80GB-SXM", "H100-SXM", "H200", "Arc-Pro-B60")
"""Devices that the constants are not chosen on: `validate costs` judges the analytic model on the first three; the last has another maker's cores."""
MOST = 0.6
SHARES = {"smooth": 1.0, "overlap": 1.0, "stream": 1.0, "busy": 1.0}
"""Constants that can't exceed one."""
ASSUMED = ("unpack", "unpack_start", "quantise_rows", "narrow_splits", "together", "wide_tile")
"""Only A100's tables have weights alone narrow in plain matmuls, and int8: these stay as assumed. The last three are read off frameworks' sources."""
DECODES = ("busy",)
"""Assumed of decodes: no device chosen on is short of arithmetic there."""
APART, ROW, ELEMENT = 0.15, 500.0, 0.2
"""Where the walks of these constants begin."""
OWN = ("quantise", "quantise_block", "quantise_four", "quantise_passes", "row", "element", "narrow", "block", "promoted", "four")
"""Constants of matmuls that a framework's own kernels have; the others are cuBLAS's, which all of them call."""
OF_KIND: dict[str, Callable[[Sample, Any], Array]] = {
    "gemm": lambda sample, c: gemm(cast(Gemm, sample.op), sample.device, c).seconds,
    "context": lambda sample, c: attention(cast(Attention, sample.op), sample.device, context=c).seconds,
    "decode": lambda sample, c: attention(cast(Attention, sample.op), sample.device, decode=c).seconds,
    "experts": lambda sample, c: experts(cast(Experts, sample.op), sample.device, c).seconds,
}  # fmt: skip


def loss(kind: str, known: Sequence[Sample], chosen: Any) -> float:
    """The mean absolute logarithm of predicted over measured seconds, each at most `MOST`."""
    return float(np.mean([np.minimum(np.abs(np.log(OF_KIND[kind](sample, chosen) / sample.seconds)), MOST).mean() for sample in known]))


def choose(kind: str, known: Sequence[Sample], steps: int, seed: int, start: Any, names: Sequence[str]) -> tuple[Any, float]:
    """The constants at the end of the walk from `start` on, which moves those named, and their loss."""
    random, kept = np.random.default_rng(seed), start
    least = loss(kind, known, kept)
    for step in range(steps):
        width = 0.25 * (1 - 0.7 * step / steps)
        changed = random.choice(names, size=random.integers(1, 4), replace=False)
        tried = replace(kept, **{name: _rounded(name, getattr(kept, name) * float(np.exp(width * random.normal()))) for name in changed.tolist()})
        found = loss(kind, known, tried)
        if found < least:
            kept, least = tried, found
    return kept, least


def start_of(kind: str, framework: str) -> Any:
    """The common constants, and what is known of a framework's kernels."""
    common, own = getattr(constants.COMMON, kind), getattr(constants.of(framework), kind)
    if kind == "gemm":
        return replace(common, narrow_splits=own.narrow_splits, row=ROW if framework else 0.0, element=ELEMENT if framework else 0.0)
    return replace(common, together=own.together, wide_tile=own.wide_tile, apart=APART if own.together else 0.0) if kind == "decode" else common


def moved(kind: str, framework: str, known: Sequence[Sample], start: Any) -> list[str]:
    """The names of constants that the samples say something of."""
    names = [name for name, value in asdict(start).items() if value and name not in (*ASSUMED, *(DECODES if kind == "decode" else ()))]
    names = [name for name in names if name in OWN] if framework and kind == "gemm" else names
    least = loss(kind, known, start)
    return [name for name in names if loss(kind, known, replace(start, **{name: 0.7 * getattr(start, name)})) != least]


def _rounded(name: str, value: float) -> float:
    return float(f"{min(value, SHARES.get(name, value)):.3g}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Choose the analytic model's constants of a kind of operator on measured tables.")
    parser.add_argument("kind", choices=list(OF_KIND))
    parser.add_argument("--framework", choices=list(constants.OF_FRAMEWORK), default="", help="default: the common constants")
    parser.add_argument("--rows", type=int, default=120, help="of each slice")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    known = [sample for sample in samples(given.kind, given.rows, given.seed) if sample.device.name not in NEVER and not sample.host_bound]
    known = [sample for sample in known if given.framework in ("", sample.framework)]
    start = start_of(given.kind, given.framework)
    print(*choose(given.kind, known, given.steps, given.seed, start, moved(given.kind, given.framework, known, start)), sep="\nloss ")


if __name__ == "__main__":
    main()
