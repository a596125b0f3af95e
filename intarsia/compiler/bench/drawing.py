"""A prediction is a mean over prices that could as well be right.

Which requests meet another's prompt hangs on milliseconds, so that one price alone says little of a busy load.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from intarsia.compiler.bench.compare import Figures
from intarsia.compiler.bench.predict import Predictor
from intarsia.ir.workload import Workload

TIMES = 40
"""Drawings of the prices."""
KIND, TURN = 0.03, 0.03
"""Standard errors, of the logarithm, of each of the four parts of a step in all turns, and of all parts together in each turn
(docs/what-was-tried.md, replays: what steps took beside what was predicted of them)."""


def figures(predictors: Sequence[Predictor], requests: Sequence[Workload], seed: int = 0) -> list[Figures]:
    """What is predicted of some turns together, each of its requests and by its predictor: once as prices are said to be, then drawn within their errors."""
    rng = np.random.default_rng(seed)
    found = [_pooled(predictors, requests)]
    for _ in range(TIMES):
        kinds = np.exp(rng.normal(0.0, KIND, 4))
        turns = np.exp(rng.normal(0.0, TURN, len(predictors)))
        found.append(_pooled([each.priced(*(kinds * turn).tolist()) for each, turn in zip(predictors, turns, strict=True)], requests))
    return found


def _pooled(predictors: Sequence[Predictor], requests: Sequence[Workload]) -> Figures:
    return Figures.pooled([each.figures(asked.requests) for each, asked in zip(predictors, requests, strict=True)])
