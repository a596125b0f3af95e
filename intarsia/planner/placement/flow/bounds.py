"""What no placement can beat.

    by work    a flow F through L layers is F x L token-layers/s of work, and each machine does only so much of it
    by layers  every layer is held by whole machines whose rates together carry F, and each machine lends itself to so many layers only
"""

from __future__ import annotations

import highspy
import numpy as np

from intarsia.planner.placement.flow.kernels import Reals, cover
from intarsia.planner.placement.flow.problem import Arrays

PRECISION = 1e-9
HALVINGS, STEPS, NEAR = 24, 300, 1e-7
"""Of the flow; covers that are tried to refute one; how near is near enough."""
SURE = 1e-9
"""Share by which layers must cost more than all machines."""
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
    covers = _Covers(made)
    low, high = 0.0, most
    for cells in CELLS:
        low = 0.0 if cells == CELLS[0] else 0.98 * high
        for _ in range(HALVINGS):
            if high - low <= NEAR * high:
                break
            flow = (low + high) / 2
            low, high = (low, flow) if covers.refute(flow, cells) else (flow, high)
    return high


class _Covers:
    """Covers of one layer that were found so far. A thing is a machine of a class (`kind`) with `size` layers; a cover says how many it takes of each."""

    def __init__(self, made: Arrays) -> None:
        rates, number = np.unique(made.rates, axis=0, return_counts=True)
        self.layers, self.number = made.layers, number.astype(np.float64)
        self.kind, sizes = np.nonzero(rates[:, 1:] > 0)
        self.size = sizes + 1
        self.rate = rates[self.kind, self.size]
        self.found: list[Reals] = []

    def refute(self, flow: float, cells: int) -> bool:
        """Whether there are prices that refute a flow: those of the linear program over the covers that are known, to which its cheapest cover is added until nothing changes."""
        weight = np.minimum(np.ceil(self.rate / flow * cells), cells).astype(np.int64)
        alone = self.rate >= flow
        held = [self._held(used) for used in self.found if used @ weight >= cells and (used.sum() > 1 or used @ alone)]
        needed, price = _prices(self.layers, self.number, held) if held else (np.inf, 1 / (self.number.sum() * np.ones(len(self.number))))
        for _ in range(STEPS):
            if needed <= 1:
                return False
            cost, used = cover(weight, alone, price[self.kind] / self.size, cells)
            if self.layers * cost > float(self.number @ price) * (1 + SURE):
                return True
            self.found.append(used)
            held.append(self._held(used))
            needed, price = _prices(self.layers, self.number, held)
        return False

    def _held(self, used: Reals) -> Reals:
        """Of each class, the machines that a cover takes of one layer."""
        return np.bincount(self.kind, weights=used / self.size, minlength=len(self.number)).astype(np.float64)


def _prices(layers: int, number: Reals, held: list[Reals]) -> tuple[float, Reals]:
    """The share of each class that the layers need at most when they are divided among covers, and a machine's price in each class."""
    program = highspy.Highs()
    program.setOptionValue("output_flag", False)
    program.addVar(0.0, highspy.kHighsInf)
    program.changeColCost(0, 1.0)
    for c in range(len(number)):
        program.addRow(0.0, highspy.kHighsInf, 1, np.array([0], np.int32), np.array([number[c]]))
    program.addRow(float(layers), float(layers), 0, np.zeros(0, np.int32), np.zeros(0))
    rows = np.arange(len(number) + 1, dtype=np.int32)
    for each in held:
        program.addCol(0.0, 0.0, highspy.kHighsInf, len(rows), rows, np.append(-each, 1.0))
    program.run()
    return float(program.getInfo().objective_function_value), np.maximum(np.array(program.getSolution().row_dual[: len(number)]), 0.0)
