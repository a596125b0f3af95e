"""What no placement can beat."""

from __future__ import annotations

import numpy as np

from intarsia.planner.placement.flow.problem import Arrays

PRECISION = 1e-9


def work(made: Arrays) -> float:
    """Tokens/s that the machines have work for: a flow F through L layers is F x L token-layers/s, and a machine that holds k layers does at most k x min(its rate, F) of them.

    The largest F that they reach together, by bisection; and never more than the source's and the sink's links carry, or than the machines linked to them.
    """
    sizes = np.arange(made.rates.shape[1])
    low, high = 0.0, min(float(made.rates.max(axis=1).sum()), _ends(made))
    while high - low > PRECISION * max(1.0, high):
        flow = (low + high) / 2
        able = (sizes * np.minimum(made.rates, flow)).max(axis=1).sum()
        low, high = (flow, high) if able >= flow * made.layers else (low, flow)
    return high


def _ends(made: Arrays) -> float:
    """Tokens/s into the first layers and out of the last ones."""
    count, top = len(made.most), made.rates.max(axis=1)
    return float(min(np.minimum(made.links[count, :count], top).sum(), np.minimum(made.links[:count, count + 1], top).sum()))
