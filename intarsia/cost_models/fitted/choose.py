"""Choosing the analytic models' constants on measured devices: `python -m intarsia.cost_models.fitted.choose KIND`.

A seeded random walk: one to three constants at a time are changed by some percent, and what lowers the loss is kept. The loss is the mean over
slices of the mean absolute logarithm of predicted over measured, each at most MOST, so that a slow kernel of one framework pulls little.
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
UNSEEN = ("unpack", "unpack_start")
"""Only A100's tables have weights alone narrow in plain matmuls: these stay as assumed."""
START: dict[str, Any] = {"gemm": constants.GEMM, "context": constants.CONTEXT, "decode": constants.DECODE, "experts": constants.EXPERTS}
OF_KIND: dict[str, Callable[[Sample, Any], Array]] = {
    "gemm": lambda sample, c: gemm(cast(Gemm, sample.op), sample.device, c).seconds,
    "context": lambda sample, c: attention(cast(Attention, sample.op), sample.device, context=c).seconds,
    "decode": lambda sample, c: attention(cast(Attention, sample.op), sample.device, decode=c).seconds,
    "experts": lambda sample, c: experts(cast(Experts, sample.op), sample.device, c).seconds,
}  # fmt: skip


def loss(kind: str, known: Sequence[Sample], chosen: Any) -> float:
    return float(np.mean([np.minimum(np.abs(np.log(OF_KIND[kind](sample, chosen) / sample.seconds)), MOST).mean() for sample in known]))


def choose(kind: str, known: Sequence[Sample], steps: int, seed: int, start: Any = None) -> tuple[Any, float]:
    """The constants at the end of the walk, and their loss."""
    random, kept = np.random.default_rng(seed), START[kind] if start is None else start
    least = loss(kind, known, kept)
    names = [name for name, value in asdict(kept).items() if name not in UNSEEN and value]
    for step in range(steps):
        width = 0.25 * (1 - 0.7 * step / steps)
        changed = random.choice(names, size=random.integers(1, 4), replace=False)
        tried = replace(kept, **{name: _rounded(name, getattr(kept, name) * float(np.exp(width * random.normal()))) for name in changed.tolist()})
        found = loss(kind, known, tried)
        if found < least:
            kept, least = tried, found
    return kept, least


def _rounded(name: str, value: float) -> float:
    return float(f"{min(value, SHARES.get(name, value)):.3g}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Choose the analytic model's constants of a kind of operator on measured tables.")
    parser.add_argument("kind", choices=list(START))
    parser.add_argument("--rows", type=int, default=40, help="of each slice")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    known = [sample for sample in samples(given.kind, given.rows, given.seed) if sample.device.name not in NEVER and not sample.host_bound]
    print(*choose(given.kind, known, given.steps, given.seed), sep="\nloss ")


if __name__ == "__main__":
    main()
