"""Mixtures of experts: grouped matmuls over the experts that get a token, and the shuffles about them."""

from __future__ import annotations

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.analytic.constants import EXPERTS, ExpertsConstants
from intarsia.cost_models.analytic.machine import Parts, machine
from intarsia.cost_models.ops import ACTIVATION_BYTES, Experts
from intarsia.ir.device import Device

TILE_ROWS, TILE_COLUMNS = 16, 128
"""An expert's rows are padded to the first; a core makes the second many columns at a time."""


def experts(op: Experts, device: Device, constants: ExpertsConstants = EXPERTS) -> Parts:
    """Each expert's rows padded to a tile; each tile has a beginning and an end."""
    c, on, facts = constants, machine(device, op.arithmetic), dtypes.facts(op.dtype)
    rows, touched = np.asarray(op.rows), np.asarray(op.distinct)
    padded = touched * np.ceil(rows / touched / TILE_ROWS) * TILE_ROWS
    work = np.where(op.distribution == "balanced", 1.0, c.skewed) * op.flops * padded / rows
    rate = on.core_flops * on.cores * c.busy * (1.0 if facts.row_bytes == 2 else c.narrow)
    tiles = touched * np.ceil(rows / touched / 128) * np.ceil(3 * np.asarray(op.width) / TILE_COLUMNS) / on.cores
    compute = work / rate + tiles * c.tile / on.clock_hz
    fixed = np.full(np.shape(compute), (c.start + (c.quantise if facts.row_bytes < 2 else 0.0)) / on.clock_hz)
    shuffled = c.shuffle * ACTIVATION_BYTES * op.tokens * op.top_k * op.hidden
    return Parts(np.asarray(compute), np.asarray((op.bytes + shuffled) / (on.bandwidth * c.stream)), fixed, c.overlap)
