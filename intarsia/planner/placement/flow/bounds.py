"""What no placement can beat.

    by work    a flow F through L layers is F x L token-layers/s of work, and each machine does only so much of it
    by layers  every layer is held by whole machines whose rates together carry F, and each machine lends itself to so many layers only
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from intarsia.planner.placement.flow.kernels import Reals, cover
from intarsia.planner.placement.flow.problem import Arrays

PRECISION = 1e-9
HALVINGS, STEPS, NEAR = 24, 300, 1e-7
"""Of the flow; steps that look for prices with which a flow is refuted; how near is near enough."""
CELLS = (1000, 8000)
"""Cells of the flow into which rates are rounded up: a coarse look, then a fine one."""


def least(made: Arrays) -> float:
    """The lower of both bounds."""
    return by_layers(made, work(made))


def work(made: Arrays) -> float:
    """Tokens/s that the machines have work for: a flow F through L layers is F x L token-layers/s, and a machine that holds k layers does at most k x min(its rate, F) of them.

    The largest F that they reach together, by bisection; and never more than the source's and the sink's links carry, or than the machines linked to them.
    """
    sizes = np.arange(made.rates.shape[1])
    low, high = 0.0, min(float(made.rates.max(axis=1).sum()), _ends(made))
    while high - low > PRECISION * max(1.0, high):
        flow = (low + high) / 2
        able = (sizes * np.minimum(made.rates, flow)).max(axis=1).sum()
        low, high = (flow, high) if able >= flow * made.layers * (1 - PRECISION) else (low, flow)
    return high


def _ends(made: Arrays) -> float:
    """Tokens/s into the first layers and out of the last ones."""
    count, top = len(made.most), made.rates.max(axis=1)
    return float(min(np.minimum(made.links[count, :count], top).sum(), np.minimum(made.links[:count, count + 1], top).sum()))


def by_layers(made: Arrays, most: float) -> float:
    """Tokens/s by a linear program over the ways to carry one layer (a cover by machines, each with a number of layers), of at most `most`.

    In its dual a machine of class c has a price p[c], so that one of its k layers costs p[c] / k. A flow F is refuted by prices with which L layers, each covered
    as cheaply as can be with rates of F together, cost more than all machines. Classes are machines of equal rates; links don't count.
    """
    rates, number = np.unique(made.rates, axis=0, return_counts=True)
    price = np.ones(len(number)) / float(number.sum())
    low, high = 0.0, most
    for cells in CELLS:
        low = 0.0 if cells == CELLS[0] else 0.98 * high
        for _ in range(HALVINGS):
            if high - low <= NEAR * high:
                break
            flow = (low + high) / 2
            found = _refuting(made.layers, rates, number.astype(np.float64), flow, cells, price)
            if found is None:
                low = flow
            else:
                high, price = flow, found
    return high


def _refuting(layers: int, rates: Reals, number: Reals, flow: float, cells: int, price: Reals) -> Reals | None:
    """Prices that refute a flow, or None where the steps find none: along the gradient of what layers cost less what machines cost, which is concave."""
    kind, size = np.nonzero(rates[:, 1:] > 0)
    size = size + 1
    weight = np.minimum(np.ceil(rates[kind, size] / flow * cells), cells).astype(np.int64)
    alone = rates[kind, size] >= flow
    for price_now, step in _steps(price):
        cost, used = cover(weight, alone, price_now[kind] / size, cells)
        if layers * cost > float(number @ price_now) * (1 + 1e-9):
            return price_now
        held = np.bincount(kind, weights=used / size, minlength=len(number))
        price_now += step * (layers * held - number) * price_now / number
        np.maximum(price_now, 1e-12, out=price_now)
        price_now /= float(number @ price_now)
    return None


def _steps(price: Reals) -> Iterator[tuple[Reals, float]]:
    """The same prices, changed in place between steps, and shrinking strides."""
    now = price.copy()
    for step in range(STEPS):
        yield now, 0.5 / (1 + 0.1 * step)
