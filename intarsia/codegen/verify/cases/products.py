"""Cases of matrix products."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.cuda.gemm_hopper import GemmHopper, GemmWeightsHopper
from intarsia.codegen.cuda.kernels import GemvInt4
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.triton.gemm import SCALE_BLOCK, Gemm
from intarsia.codegen.triton.gemm_weights import NIBBLES, GemmWeights
from intarsia.codegen.triton.moe import GroupedGemm
from intarsia.codegen.verify.cases.case import Array, Case, Value, exact, normal, poison
from intarsia.codegen.verify.cases.rows import activation


def gemm(spec: Gemm | GemmHopper, rows: int, seed: int = 3) -> Case:
    rng = np.random.default_rng(seed)
    a, b = normal(rng, spec.dtype, rows, spec.k), normal(rng, spec.dtype, spec.n, spec.k, scale=spec.k**-0.5)
    bias, residual = normal(rng, spec.result, spec.n), normal(rng, spec.result, rows, spec.n)
    scales = _scales(spec, rows, rng)
    left, right = _scaled(spec, a, b, scales)
    c = activation(spec.activation, left @ right.T + (exact(bias) if spec.bias else 0)) + (exact(residual) if spec.residual else 0)
    arguments: dict[str, Value] = {"a": a, "b": b} | ({"bias": bias} if spec.bias else {}) | ({"residual": residual} if spec.residual else {}) | scales
    arguments |= {"c": poison(spec.result, rows, spec.n), "rows": rows}
    return Case(spec, arguments, {"c": c}, 1.5 * dtype(spec.result).epsilon + 1e-5, {"rows": rows})


def _scales(spec: Gemm | GemmHopper, rows: int, rng: np.random.Generator) -> dict[str, Array]:
    blocks = spec.k // SCALE_BLOCK
    shapes: dict[str, list[tuple[int, ...]]] = {"": [], "tensor": [(1,), (1,)], "row": [(rows,), (1,)], "block": [(rows, blocks), (-(-spec.n // SCALE_BLOCK), blocks)]}
    return {name: rng.uniform(0.5, 2.0, shape).astype(np.float32) for name, shape in zip(("a_scale", "b_scale"), shapes[spec.scales], strict=False)}


def _scaled(spec: Gemm | GemmHopper, a: Array, b: Array, scales: dict[str, Array]) -> tuple[Array, Array]:
    """The numbers that 8-bit operands stand for."""
    if not scales:
        return exact(a), exact(b)
    of_a, of_b = exact(scales["a_scale"]), exact(scales["b_scale"])
    if spec.scales == "block":
        of_a = of_a.repeat(SCALE_BLOCK, 1)
        of_b = of_b.repeat(SCALE_BLOCK, 0)[: spec.n].repeat(SCALE_BLOCK, 1)
    return exact(a) * (of_a[:, None] if spec.scales == "row" else of_a), exact(b) * of_b


def gemm_weights(spec: GemmWeights | GemvInt4 | GemmWeightsHopper, rows: int, seed: int = 7) -> Case:
    rng = np.random.default_rng(seed)
    a, scales = normal(rng, spec.dtype, rows, spec.k), rng.uniform(0.5, 2.0, (spec.n, spec.k // spec.group)).astype(dtype(spec.dtype).numpy)
    largest = 8 if spec.bits == 4 else 128
    weights = rng.integers(-largest, largest, (spec.n, spec.k), np.int8)
    bias, residual = normal(rng, spec.dtype, spec.n, scale=100.0), normal(rng, spec.dtype, rows, spec.n, scale=100.0)
    product = exact(a) @ (exact(weights) * exact(scales).repeat(spec.group, 1)).T + (exact(bias) if spec.bias else 0)
    c = activation(spec.activation, product) + (exact(residual) if spec.residual else 0)
    arguments: dict[str, Value] = {"a": a, "b": pack_nibbles(weights) if spec.bits == 4 else weights, "scales": scales}
    arguments |= ({"bias": bias} if spec.bias else {}) | ({"residual": residual} if spec.residual else {}) | {"c": poison(spec.dtype, rows, spec.n), "rows": rows}
    return Case(spec, arguments, {"c": c}, 3 * dtype(spec.dtype).epsilon + 1e-5, {"rows": rows})


def grouped(spec: GroupedGemm, rows: int, seed: int = 8) -> Case:
    """Rows whose experts are drawn, one expert without any."""
    rng = np.random.default_rng(seed)
    experts = np.stack([rng.permutation(np.arange(1, spec.experts))[: spec.top_k] for _ in range(rows)]).astype(np.int32)
    offsets, order = by_expert(experts, spec.experts)
    pairs = experts.size
    a = normal(rng, spec.dtype, rows if spec.gathers else pairs, spec.k)
    b = normal(rng, spec.dtype, spec.experts, spec.n, spec.k, scale=spec.k**-0.5)
    c = np.zeros((pairs, spec.n))
    for place, pair in enumerate(order):
        row = exact(a[pair // spec.top_k if spec.gathers else place])
        c[place if spec.gathers else pair] = exact(b[experts.ravel()[pair]]) @ row
    counts = {"rows": rows, "pairs": pairs, "row_tiles": int(sum(-(-n // spec.tile_m) for n in np.diff(offsets)))}
    arguments = {"a": a, "b": b, "offsets": offsets, "order": order, "c": poison(spec.dtype, pairs, spec.n)}
    return Case(spec, arguments, {"c": c}, 1.5 * dtype(spec.dtype).epsilon + 1e-5, counts)


def by_expert(experts: Array, count: int) -> tuple[Array, Array]:
    """Offsets and order of the pairs of [rows, top_k] experts."""
    order = np.argsort(experts.ravel(), kind="stable").astype(np.int32)
    return np.searchsorted(experts.ravel()[order], np.arange(count + 1)).astype(np.int32), order


def pack_nibbles(weights: Array) -> Array:
    """Weights from -8 to 7, [n, k], as gemm_weights wants them: of 64 in a row, the first 32 in the low halves of 32 bytes, the others in the high ones."""
    runs = (weights + 8).astype(np.uint8).reshape(len(weights), -1, 2, NIBBLES)
    return (runs[:, :, 0] | runs[:, :, 1] << 4).reshape(len(weights), -1)
