"""What the experts of the busiest device got when the tables of experts were measured.

The tables' publisher routes tokens by a rule of its own (`collector/helper.py` of https://github.com/ai-dynamo/aiconfigurator): "balanced" deals them out in strides;
"power_law_A" draws each expert's share from x ** -A between two bounds, at most one of each token, and measures the group of experts that got most, over some draws.
With many groups that one gets ten times its even part, so that rows, touched experts and tiles are those of the rule, not of even routing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.silicon.routed_kernel import fill
from intarsia.cost_models.silicon.tables import Array

BLOCKS = (16, 32, 64, 128)
"""Rows of the tiles that kernels cut an expert's rows in."""
DRAWS, SEED = 12, 1
"""Of a power law: draws that are averaged, the same ones for all numbers of tokens. The tables average 5 to 10 of their own."""
PREFIX = "power_law_"


@dataclass(frozen=True)
class Load:
    """Of the busiest device: (token, expert) pairs, experts that got any, rows of the longest, tiles by rows of `BLOCKS` [blocks, cases]."""

    rows: Array
    touched: Array
    longest: Array
    tiles: Array


def load(tokens: Array, experts: Array, top_k: Array, ep: Array, distribution: str) -> Load:
    """For arrays of equal length. Distributions that nobody describes are taken as balanced; "power_law_A_..." as its exponent says."""
    cases = np.stack([np.asarray(column, np.int64) for column in (tokens, experts, top_k, ep)], axis=-1)
    distinct, which = np.unique(cases, axis=0, return_inverse=True)
    found = np.zeros((len(distinct), 3 + len(BLOCKS)))
    uniform = np.random.default_rng(SEED).random((DRAWS, int(distinct[:, 1].max(initial=1))))
    fill(distinct, exponent(distribution), uniform, np.array(BLOCKS), np.zeros(uniform.shape[1], np.int64), found)
    rows = found[which.reshape(-1)].T
    return Load(rows[0], rows[1], rows[2], rows[3:])


def exponent(distribution: str) -> float:
    """Of a power law; 0 where tokens are dealt out evenly."""
    return float(distribution.removeprefix(PREFIX).split("_")[0]) if distribution.startswith(PREFIX) else 0.0
