"""Measured experts: sheets over tokens, one for each model shape and way of sharing it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.ops import ACTIVATION_BYTES, Experts, Op
from intarsia.cost_models.silicon import routed
from intarsia.cost_models.silicon.growing import Growth
from intarsia.cost_models.silicon.moe_kernel import slower
from intarsia.cost_models.silicon.scheme import ONE, Columns, Scheme, Wide, arrays
from intarsia.cost_models.silicon.tables import Array, Table, pack
from intarsia.cost_models.silicon.trend import Physics
from intarsia.ir.device import Device

GEOMETRY = ("hidden", "inter", "top_k", "experts", "tp", "ep")
NUMBERS = {
    "tokens": "num_tokens", "hidden": "hidden_size", "inter": "inter_size", "top_k": "topk", "experts": "num_experts", "tp": "moe_tp_size", "ep": "moe_ep_size",
}  # fmt: skip


def _operator(columns: Columns, words: Mapping[str, str]) -> Op:
    shape = {name: columns[name] for name in GEOMETRY}
    return Experts(tokens=columns["tokens"], **shape, dtype=words["dtype"], distribution=words["distribution"], kernel=words.get("kernel", ""))  # type: ignore[arg-type]


def _fields(op: Op) -> dict[str, Array]:
    experts = cast(Experts, op)
    return arrays(tokens=experts.tokens, one=1, **{name: getattr(experts, name) for name in GEOMETRY})


def _features(columns: Columns) -> Array:
    hidden, inter, top_k, experts, tp, ep = (columns[name] for name in GEOMETRY)
    return np.stack([*np.log2([hidden, inter / tp, experts / ep, top_k, experts, tp, ep])], axis=-1)


def _wide(columns: Columns) -> Array:
    """Tokens, tokens an expert gets, (token, expert) pairs of a device, its experts, their width, hidden, top-k, experts, tp, ep."""
    tokens, (hidden, inter, top_k, experts, tp, ep) = columns["tokens"], (columns[name] for name in GEOMETRY)
    return np.stack([*np.log2([tokens, tokens * top_k / experts, tokens * top_k / ep, experts / ep, inter / tp, hidden, top_k, experts, tp, ep])], axis=-1)


def _physics(op: Op, device: Device) -> Physics:
    """Terms of the time of experts: a start, weights of touched experts, rows, all tokens' copies (those for other devices too: kernels write zeros for them) before and
    within the experts, tokens; products of rows and of tiles, whole waves of tiles, each of the last two beside the weights' traffic; sorting by expert and by
    copy; the longest expert."""
    experts = cast(Experts, op)
    names = ("tokens", *GEOMETRY)
    tokens, hidden, inter, top_k, count, tp, ep = (column.astype(np.float64) for column in np.broadcast_arrays(*(np.atleast_1d(getattr(experts, name)) for name in names)))
    load = routed.load(tokens, count, top_k, ep, experts.distribution)
    width, facts, bandwidth = np.ceil(inter / tp), dtypes.facts(experts.dtype), device.main_memory.bandwidth
    peak = dtypes.peak(device, facts.arithmetic)
    flop = 6 * hidden * width / peak
    weights = 3 * load.touched * hidden * width * facts.bits / 8 / bandwidth
    sizes = load.rows * (2 * hidden + 3 * width), tokens * top_k * hidden, tokens * top_k * 3 * width, tokens * hidden
    moved, copies, activated, once = (ACTIVATION_BYTES * size / bandwidth for size in sizes)
    tiles = dict(zip(routed.BLOCKS, load.tiles, strict=True))
    padded = {rows: rows * tiles[rows] * flop for rows in (16, 64, 128)}
    waves = {rows: _waves(tiles[rows], rows, hidden, width, device.cores, peak) for rows in (64, 128)}
    terms = [
        np.full_like(tokens, 1e-6), weights, moved, copies, activated, once, load.rows * flop, *padded.values(), *(np.maximum(weights, padded[rows]) for rows in (64, 128)),
        *waves.values(), np.maximum(weights, waves[64]), 1e-8 * count / ep, 1e-9 * tokens * top_k, load.longest * flop,
    ]  # fmt: skip
    each = load.rows / load.touched
    known = [
        tokens, hidden, width, inter, count / ep, count, top_k, tp, ep, load.rows, load.touched, each, load.longest, tokens * top_k / count, tokens / count, tokens * ep / count,
        weights, load.rows * flop, load.rows * flop / weights, moved, copies, *(padded[rows] / (load.rows * flop) for rows in padded),
    ]  # fmt: skip
    filled = [tiles[rows] * np.ceil(columns / COLUMNS) / device.cores for rows in (16, 64, 128) for columns in (2 * width, hidden)]
    skew = np.full_like(tokens, routed.exponent(experts.distribution))
    return Physics(np.column_stack(terms), np.column_stack([skew, *np.log2(known), *np.log2(filled), *(np.ceil(wave) / wave for wave in filled)]))


def _waves(tiles: Array, rows: int, hidden: Array, width: Array, cores: float, peak: float) -> Array:
    """Seconds of whole waves of tiles over the cores, of both products."""
    first, second = (np.ceil(tiles * np.ceil(columns / COLUMNS) / cores) * inner for columns, inner in ((2 * width, hidden), (hidden, width)))
    return np.asarray((first + second) * 2 * rows * COLUMNS * cores / peak)


MOST_ROWS = 0.5
WIDTH = {"bf16": 2.0, "f8": 1.0, "f8_block": 1.0, "int8": 1.0}


def tuned(table: Table) -> Array:
    """False where a curve was measured with kernels that nobody tuned: more than half of its rows take over 1.5 times as long as a row that has at least
    their work, which no sound measurement does.

    At least their work have: the same model and tokens on fewer devices (`tp` and `ep` no larger), in the same or a wider type, routed alike; on one device, where
    all experts are, evenly routed tokens too, which touch most experts.
    """
    codes = {name: table.coded(name) for name in (*GEOMETRY, "tokens", "dtype", "distribution", "kernel")}
    widths = np.array([WIDTH.get(name, 0.0) for name in _words(table.columns["dtype"], codes["dtype"])])[codes["dtype"]]
    skewed = np.array([name != "balanced" for name in _words(table.columns["distribution"], codes["distribution"])], np.int64)[codes["distribution"]]
    cases = pack([codes[name] for name in ("hidden", "inter", "top_k", "experts", "tokens", "kernel")])
    curves = np.unique(pack([codes[name] for name in (*GEOMETRY, "dtype", "distribution", "kernel")]), return_inverse=True)[1]
    order, slow, found = np.lexsort((table.seconds, cases)), np.zeros(len(table), np.int64), np.zeros(len(table), np.int64)
    ends = np.append(np.flatnonzero(np.diff(cases[order])) + 1, len(order))
    slower(ends, *(column[order] for column in (table.columns["tp"], table.columns["ep"], codes["dtype"], widths, skewed, table.seconds)), found)
    slow[order] = found
    return (np.bincount(curves, slow) <= MOST_ROWS * np.bincount(curves))[curves]


def _words(column: Array, codes: Array) -> list[str]:
    """The word of each code."""
    found = np.empty(int(codes.max(initial=-1)) + 1, column.dtype)
    found[codes] = column
    return [str(word) for word in found.tolist()]


LIBRARIES = {"trtllm-gen": ("min_latency", "flashinfer_trtllm"), "cutlass": ("cutlass",), "deepgemm": ("deepgemm",), "triton": ("triton",)}
"""What names of kernels of a library hold, whatever the framework that calls it."""
COLUMNS = 128
"""Of a tile."""
MOE = Scheme(
    "MoE", "moe", "moe_perf", {"dtype": "moe_dtype", "distribution": "distribution", "kernel": "kernel_source"}, NUMBERS, GEOMETRY, ("tokens", ONE),
    _operator, _fields, _features, ((8, 4, 4, 4, 8, 16, 16), (4, 8, 4, 4, 8, 8, 8), (8, 8, 8, 8, 8, 16, 16)),
    (("hidden", "inter", "top_k", "experts"), GEOMETRY), neighbours=32, nugget=1e-2,
    wide=Wide(_wide, ((3, 3, 3, 2, 3, 6, 6, 16, 30, 30),)),
    physics=_physics, kin="distribution", growth=Growth(leaves=40, rate=0.06, sample=9_600, least_rows=60, features=0.4, most_rows=12_000, alone=0.8), sound=tuned,
)  # fmt: skip
