"""Cases of kernels that choose: experts for rows, tokens from logits."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.triton.moe import MoeCombine, MoeRoute, MoeSort
from intarsia.codegen.triton.sample import Sample
from intarsia.codegen.verify.cases.case import Array, Case, Value, exact, normal, poison
from intarsia.codegen.verify.cases.products import by_expert


def moe_route(spec: MoeRoute, rows: int, seed: int = 13) -> Case:
    """Logits are different multiples of 1/64, so that f32 and float64 choose alike."""
    rng = np.random.default_rng(seed)
    logits = np.stack([rng.permutation(256)[: spec.experts] for _ in range(rows)]).astype(np.float32) / 64 - 2
    bias = (rng.permutation(spec.experts) / 40).astype(np.float32)
    logits = logits.astype(dtype(spec.dtype).numpy)
    chosen, weights = np.zeros((rows, spec.top_k), np.int32), np.zeros((rows, spec.top_k))
    for row in range(rows):
        chosen[row], weights[row] = _route(spec, exact(logits[row]), exact(bias))
    arguments: dict[str, Value] = {"logits": logits} | ({"bias": bias} if spec.bias else {})
    arguments |= {"weights": poison("f32", rows, spec.top_k), "experts": poison("i32", rows, spec.top_k), "rows": rows}
    return Case(spec, arguments, {"weights": weights, "experts": chosen}, 1e-5, {"rows": rows})


def _route(spec: MoeRoute, logits: Array, bias: Array) -> tuple[Array, Array]:
    powers = np.exp(logits - logits.max())
    scores = 1 / (1 + np.exp(-logits)) if spec.scoring == "sigmoid" else powers / powers.sum()
    choice = scores + (bias if spec.bias else 0)
    if spec.groups:
        table = choice.reshape(spec.groups, -1)
        totals = np.sort(table, 1)[:, -2:].sum(1) if spec.scoring == "sigmoid" else table.max(1)
        allowed = np.argsort(-totals, kind="stable")[: spec.top_groups]
        choice = np.where(np.isin(np.arange(len(choice)) // table.shape[1], allowed), choice, -np.inf)
    best = np.argsort(-choice, kind="stable")[: spec.top_k]
    weights = scores[best] / (scores[best].sum() if spec.normalised else 1)
    return best.astype(np.int32), weights * spec.scale


def moe_sort(spec: MoeSort, pairs: int, seed: int = 14) -> Case:
    experts = np.random.default_rng(seed).integers(0, spec.experts - 1, pairs).astype(np.int32)
    offsets, order = by_expert(experts, spec.experts)
    arguments = {"experts": experts, "offsets": poison("i32", spec.experts + 1), "order": poison("i32", pairs), "pairs": pairs}
    return Case(spec, arguments, {"offsets": offsets, "order": order}, 0.0, {"pairs": pairs})


def moe_combine(spec: MoeCombine, rows: int, seed: int = 15) -> Case:
    rng = np.random.default_rng(seed)
    x, residual = normal(rng, spec.dtype, rows * spec.top_k, spec.width), normal(rng, spec.dtype, rows, spec.width)
    weights = rng.uniform(0, 1, (rows, spec.top_k)).astype(np.float32)
    y = np.einsum("rk,rkw->rw", exact(weights), exact(x).reshape(rows, spec.top_k, -1)) + (exact(residual) if spec.residual else 0)
    arguments: dict[str, Value] = {"x": x, "weights": weights} | ({"residual": residual} if spec.residual else {})
    arguments |= {"y": poison(spec.dtype, rows, spec.width), "rows": rows}
    return Case(spec, arguments, {"y": y}, 1.5 * dtype(spec.dtype).epsilon + 1e-6, {"rows": rows, "pairs": rows * spec.top_k})


SETTINGS = ((0.0, 0, 1.0), (1.0, 0, 1.0), (0.7, 5, 1.0), (1.3, 0, 0.6), (0.9, 12, 0.7), (2.0, 1, 1.0), (1.0, 0, 0.0))
"""Temperature, top_k, top_p of a row; they take turns."""


def sample(spec: Sample, rows: int, seed: int = 16) -> Case:
    """Chances fall into the middle of a token's share, and what top_p leaves out is clear, so that f32 and float64 choose alike."""
    rng = np.random.default_rng(seed)
    logits = np.stack([rng.permutation(spec.vocab) for _ in range(rows)]).astype(np.float32) * (12 / spec.vocab) - 3
    settings = [SETTINGS[row % len(SETTINGS)] for row in range(rows)]
    chances, tokens, passes = np.zeros(rows, np.float32), np.zeros(rows, np.int32), 0
    for row, setting in enumerate(settings):
        tokens[row], chances[row] = _draw(logits[row], *setting, rng)
        passes += 1 if setting[0] == 0 else 4 + 8 * (0 < setting[1] < spec.vocab) + 8 * (setting[2] < 1)
    temperatures, top_ks, top_ps = (np.array(column, kind) for column, kind in zip(zip(*settings, strict=True), (np.float32, np.int32, np.float32), strict=True))
    arguments = {"logits": logits.astype(dtype(spec.dtype).numpy), "temperatures": temperatures, "top_ks": top_ks, "top_ps": top_ps, "chances": chances}
    counts = {"rows": rows, "passes": passes / rows}
    return Case(spec, arguments | {"tokens": poison("i32", rows), "rows": rows}, {"tokens": tokens}, 0.0, counts)


def _draw(logits: Array, temperature: float, top_k: int, top_p: float, rng: np.random.Generator) -> tuple[int, float]:
    """A token that may be drawn, and the chance in the middle of its share."""
    if temperature == 0:
        return int(np.argmax(logits)), 0.5
    order = np.argsort(-exact(logits), kind="stable")[: top_k or None]
    shares = np.exp((exact(logits)[order] - logits.max()) / np.float32(temperature))
    held = np.cumsum(shares) / shares.sum()
    kept = order[: 1 + int(np.searchsorted(held, top_p))] if top_p < 1 else order
    kept = np.sort(kept)
    shares = np.exp((exact(logits)[kept] - logits.max()) / np.float32(temperature))
    pick = int(rng.choice(np.flatnonzero(shares > shares.max() * 1e-3)))
    return int(kept[pick]), float((shares[:pick].sum() + shares[pick] / 2) / shares.sum())
