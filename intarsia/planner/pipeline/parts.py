"""Experts' products as several launches, so that short operators of other rows come in between.

One nano-batch of a kind runs at a time, and experts take more than half of a layer: while they run whole, other rows' short products wait, and with them the attention and the
collectives that could run beside the experts. The product up and the one down are launches of their own in any engine. A launch can also take a part of a product's tiles: where it
is whole waves of them, as for a persistent kernel, nothing is lost but the launch. Other products aren't cut: in trials each part cost its launch and gained nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from intarsia.cost_models.analytic.constants import GEMM, MACHINE
from intarsia.ir.device import Device
from intarsia.planner.pipeline.layer import Operator, Resources

EXPERTS = "Experts"
PRODUCTS = {"Up": 2 / 3, "Down": 1 / 3}
"""Parts of a gated expert's arithmetic: both of its matrices up to the hidden width, and the one down. Time is taken to be in the same proportion."""
LONGEST = 0.15
"""Of a layer, one operator after the other: a launch takes no longer. Trials: docs/what-was-tried.md."""


def launch_s(device: Device) -> float:
    """Seconds that a launch more takes: launch and drain of a product, as fitted to measured ones (`GemmConstants.start`)."""
    return GEMM.start / (device.clock_hz or MACHINE.clock_hz)


def in_parts(operators: Sequence[Operator], layer_s: float, device: Device) -> list[Operator]:
    """Operators of a layer of `layer_s`, with experts as launches one after the other: ExpertsUp1, ExpertsUp2, ..., ExpertsDown1, ..."""
    return [part for op in operators for part in (_launches(op, LONGEST * layer_s, launch_s(device)) if op.name == EXPERTS else (op,))]


def product_of(name: str) -> str:
    """What an operator is a launch of: ExpertsUp of ExpertsUp2; others of themselves."""
    return name.rstrip("0123456789") if name.startswith(tuple(EXPERTS + product for product in PRODUCTS)) else name


def _launches(op: Operator, most: float, launch: float) -> Iterator[Operator]:
    for product, share in PRODUCTS.items():
        count = math.ceil(share * op.points[-1][1] / most)
        for number in range(count):
            yield _part(op, f"{op.name}{product}{number + 1}", share / count, launch if number else 0.0)


def _part(op: Operator, name: str, share: float, launch: float) -> Operator:
    used = Resources(share * op.resources.compute, share * op.resources.memory, share * op.resources.network)
    return replace(op, name=name, points=tuple((rows, share * seconds + launch) for rows, seconds in op.points), resources=used)
